"""Certificates: a count that anyone can check."""
