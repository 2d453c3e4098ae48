"""What is free in a bound on parts of a ball, and the steps that make it smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SMALL", "Bounded", "Descent", "Multipliers"]

Array = NDArray[np.float64]

MOMENTUM, MEMORY = 0.7, 0.9
SMALL = 1e-12  # beside numbers of ordinary size


@dataclass(slots=True, eq=False)
class Multipliers:
    """What is free in bounds, a row for each bound.

    Attributes
    ----------
    slopes : list of numpy.ndarray, shape (bounds, units)
        Of the line through the kink: how much of the slope above zero, the rest of that below it.
    signs : list of numpy.ndarray, shape (bounds, units)
        Of the known signs.
    row : numpy.ndarray, shape (bounds,)
        Of the combination of outputs.
    """

    slopes: list[Array]
    signs: list[Array]
    row: Array

    def copy(self) -> Multipliers:
        """Return a copy."""
        return Multipliers([a.copy() for a in self.slopes], [a.copy() for a in self.signs], self.row.copy())

    def at(self, chosen: NDArray[np.intp]) -> Multipliers:
        """Return those of some bounds, by place."""
        return Multipliers([a[chosen] for a in self.slopes], [a[chosen] for a in self.signs], self.row[chosen])

    def keep(self, other: Multipliers, better: NDArray[np.bool_]) -> None:
        """Take over the better ones of others."""
        pairs = zip([*self.slopes, *self.signs], [*other.slopes, *other.signs], strict=True)
        for mine, theirs in (*pairs, (self.row, other.row)):
            mine[better] = theirs[better]


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """What is proved, a row for each bound.

    Attributes
    ----------
    tops : numpy.ndarray, shape (bounds,)
        Nothing is larger on the part of the closed ball; not a number where floats overflow.
    radii : numpy.ndarray, shape (bounds,)
        Within smaller distances from the centre it is negative.
    multipliers : Multipliers
    """

    tops: Array
    radii: Array
    multipliers: Multipliers


class Descent:
    """Directions of steps: subgradients, averaged and scaled by their sizes so far.

    Parameters
    ----------
    row_size : numpy.ndarray, shape (parts,)
        Roughly how much the combination of outputs changes in the unit ball.
    """

    def __init__(self, row_size: Array) -> None:
        self.row_size = row_size
        self._scale: Array | None = None
        self._mean: dict[tuple[str, int], Array] = {}
        self._square: dict[tuple[str, int], Array] = {}

    def scale(self, largest: Array) -> Array:
        """Return how large the bounds' forms were at the first step."""
        if self._scale is None:
            self._scale = largest.copy()
        return self._scale

    def way(self, key: tuple[str, int], gradient: Array, step: int) -> Array:
        """Return the direction of a step, about one in size."""
        if key not in self._mean:
            self._mean[key], self._square[key] = np.zeros_like(gradient), np.zeros_like(gradient)
        mean, square = self._mean[key], self._square[key]
        mean *= MOMENTUM
        mean += (1.0 - MOMENTUM) * gradient
        square *= MEMORY
        square += (1.0 - MEMORY) * gradient * gradient
        root = np.sqrt(square / (1.0 - MEMORY ** (step + 1)))
        root += SMALL
        root *= 1.0 - MOMENTUM ** (step + 1)
        return np.divide(mean, root, out=root)
