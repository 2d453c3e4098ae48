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

    def places(self, influence: Floats, free: NDArray[np.bool_]) -> tuple[Integers, Floats]:
        """Return the free input and the place of a cut, NaN for none: the middle of the side that does most for bounds.

        The place lies strictly between the ends, so that both sides have an interior.
        """
        sides, useful = self.upper - self.lower, np.nan_to_num(influence)
        scores = np.where(free, (useful + 1e-9 * (1.0 + useful.max(axis=1, keepdims=True))) * sides, -1.0)
        inputs, boxes = scores.argmax(axis=1), np.arange(len(sides))
        low, up = self.lower[boxes, inputs], self.upper[boxes, inputs]
        middles = low / 2 + up / 2
        # the ends of the root are rounded outwards: a float between is not enough
        between = (np.nextafter(low, np.inf) < middles) & (middles < np.nextafter(up, -np.inf))
        return inputs, np.where(between & free[inputs], middles, np.nan)
