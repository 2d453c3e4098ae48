"""The version of the package, for what may not import all of it."""

VERSION = "0.2.0"
