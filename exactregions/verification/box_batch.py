"""Boxes that wait to be bounded, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Boxes that wait, one in each row: floats around the exact ones, and what is known of their paths."""

    nodes: Integers
    lower: Floats
    upper: Floats
    since: Integers  # cuts while few units were undecided
    cuts: Integers
    scores: Floats  # how near to counterexamples points of the box that was cut come

    def columns(self) -> list[Any]:
        """Return all arrays."""
        return [getattr(self, name) for name in self.__slots__]

    def at(self, chosen: NDArray[Any]) -> Batch:
        """Return some of the boxes, by place or by truth."""
        return Batch(*(column[chosen] for column in self.columns()))

    @classmethod
    def joined(cls, batches: Sequence[Batch]) -> Batch:
        """Return the boxes of all batches."""
        columns = zip(*(batch.columns() for batch in batches), strict=True)
        return cls(*map(np.concatenate, columns))
