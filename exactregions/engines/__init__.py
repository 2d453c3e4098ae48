"""Engines: one file a way to search; `registry` finds them by name."""
