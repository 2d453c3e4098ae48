"""Benchmarks of exact counting: `python -m benchmarks --help`."""
