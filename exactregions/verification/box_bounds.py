"""Bounds that are known of boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["STEEPEST", "BoxBounds", "none_positive"]

Floats = NDArray[np.float64]

STEEPEST = 128  # slopes of lower lines are integers over this


@dataclass(frozen=True, slots=True, eq=False)
class BoxBounds:
    """What is proved over each box of a batch.

    Attributes
    ----------
    tops : numpy.ndarray, shape (boxes, groups)
        A sum of units of each group, times `multipliers`, is nowhere larger on the closed box; not a number where
        floats overflow.
    multipliers : numpy.ndarray, shape (boxes, units of the last stage)
        Nonnegative single floats, in each group one that is positive.
    forms : numpy.ndarray, shape (boxes, groups, inputs)
        Coefficients of the forms that bound the sums.
    influence : numpy.ndarray, shape (boxes, inputs)
        By about how much the bounds that are positive in a box would fall, for each unit of length by which the side of
        an input is made shorter.
    slopes : numpy.ndarray of uint8, shape (boxes, units of stages before the last)
        Of the line below each unit with a kink, or above where that is concave, over `STEEPEST`.
    undecided : numpy.ndarray of int, shape (boxes,)
        Units with a kink within the box, as far as is known.
    """

    tops: Floats
    multipliers: Floats
    forms: Floats
    influence: Floats
    slopes: NDArray[np.uint8]
    undecided: NDArray[np.int64]

    @property
    def decided(self) -> NDArray[np.bool_]:
        """In which boxes no sum is positive anywhere."""
        return none_positive(self.tops)

    def improve(self, boxes: NDArray[np.intp], others: BoxBounds) -> None:
        """Take other bounds of some of the boxes where they are better."""
        better = others.tops.max(axis=1) < self.tops[boxes].max(axis=1)
        for name in self.__slots__:
            getattr(self, name)[boxes[better]] = getattr(others, name)[better]


def none_positive(tops: Floats) -> NDArray[np.bool_]:
    """Tell in which boxes no bound is positive, or not a number."""
    return np.logical_and.reduce(tops <= 0.0, axis=1)
