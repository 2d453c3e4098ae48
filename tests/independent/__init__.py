"""Truths for trials, found three ways, in integers and fractions alone: nothing here is of the package.

`clipping` cuts polygons and intervals, `programs` asks an exact linear program about every sign, `nearest` finds
nearest points by trying every set of active rows. `ORACLE` chooses between them.
"""

from independent.oracle import ORACLE

__all__ = ["ORACLE"]
