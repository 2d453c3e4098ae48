"""The version of the package, for what may not import all of it."""

__all__ = ["VERSION"]

VERSION = "0.2.0"
