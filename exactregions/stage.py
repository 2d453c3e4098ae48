"""A stage of a network: an affine map and two-slope units on its outputs; winner units, which are made of several."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError
from exactregions.support.shortening import short, short_list
from exactregions.support.tables import counted
from exactregions.weights import Matrix, Weight, dense, exact_floats, shape_of, stored

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Stage:
    """An affine map and the two-slope units on its outputs.

    Parameters
    ----------
    weight : array_like or scipy.sparse array, shape (m, n)
        Maps the n values of the stage before to the m pre-activations.
    bias : array_like, shape (m,)
    low, high : array_like, shape (m,)
        Slope of each unit below and above zero: ReLU (0, 1), LeakyReLU (a, 1), a wire (1, 1).

    Attributes
    ----------
    matrix : numpy.ndarray or scipy.sparse.csr_array, shape (m, n)
        The weight as it is stored: sparse where it is large and nearly empty.

    Raises
    ------
    NetworkError
        If shapes do not fit or a value is not finite.
    """

    matrix: Matrix
    bias: Array
    low: Array
    high: Array

    def __init__(
        self, weight: Any = None, bias: Any = None, low: Any = None, high: Any = None, *, matrix: Any = None
    ) -> None:
        # `matrix` is what dataclasses.replace gives
        object.__setattr__(self, "matrix", stored(matrix if weight is None else weight, "weight"))
        for name, value in (("bias", bias), ("low", low), ("high", high)):
            object.__setattr__(self, name, exact_floats(value, name, 1))
        m, n = shape_of(self.matrix)
        if m == 0 or n == 0:
            raise NetworkError(f"a layer has weight of shape {(m, n)}; a zero-width layer has no meaning, remove it")
        for name in ("bias", "low", "high"):
            if getattr(self, name).shape != (m,):
                raise NetworkError(
                    f"{name} has shape {getattr(self, name).shape}; the weight {(m, n)} needs ({m},): the shape of a "
                    "weight is (outputs, inputs), transpose it where it is the other way round"
                )

    @classmethod
    def relu(cls, weight: Weight, bias: ArrayLike) -> Stage:
        """Return a stage of ReLU units."""
        shift = exact_floats(bias, "bias", 1)
        return cls(weight, shift, np.zeros(len(shift)), np.ones(len(shift)))

    @classmethod
    def wires(cls, weight: Weight, bias: ArrayLike) -> Stage:
        """Return a stage whose units only pass their value on: an affine map alone."""
        shift = exact_floats(bias, "bias", 1)
        return cls(weight, shift, np.ones(len(shift)), np.ones(len(shift)))

    def __repr__(self) -> str:
        m, n = shape_of(self.matrix)
        pairs = sorted(set(zip(self.low.tolist(), self.high.tolist(), strict=True)))
        return f"<Stage: {counted(n, 'value')} to {counted(m, 'unit')}, slopes {short_list(pairs, text=str)}>"

    @property
    def weight(self) -> Array:
        """The weight as a dense array, shape (m, n).

        Raises
        ------
        NetworkError
            If it is stored sparse and would take more than 2 GB.
        """
        return dense(self.matrix, "the weight")

    @property
    def splits(self) -> NDArray[np.bool_]:
        """Which units have two different slopes, shape (m,); the others are wires."""
        return self.low != self.high


@dataclass(frozen=True, slots=True)
class Winner:
    """A unit that passes on the largest of k values, lowered to a tournament of k - 1 two-slope units.

    Its region is told by *which value wins*; several patterns of its two-slope units may have one winner.

    Parameters
    ----------
    units : tuple of int, length k - 1
        Place of the unit of each contest in an activation pattern.
    contests : tuple of (int, int), length k - 1
        What meets in each contest: the values 0 to k - 1, and k + j, the winner of contest j. The unit is positive
        where the second one is larger. The last contest decides.
    """

    units: tuple[int, ...]
    contests: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        try:
            units = tuple(map(operator.index, self.units))
            contests = tuple((operator.index(a), operator.index(b)) for a, b in self.contests)
        except (TypeError, ValueError):
            raise self._refused() from None
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "contests", contests)
        k = len(self.contests) + 1
        met = sorted(side for contest in self.contests for side in contest)
        later = any(max(contest) >= k + j for j, contest in enumerate(self.contests))
        if not self.units or len(self.units) != len(self.contests) or met != list(range(2 * k - 2)) or later:
            raise self._refused()

    def _refused(self) -> NetworkError:
        return NetworkError(f"units {short(self.units)} and contests {short(self.contests)} make no tournament")

    def __repr__(self) -> str:
        return f"<Winner of {len(self.units) + 1} values by units {short_list(self.units, text=str)}>"

    def wins(self, pattern: Sequence[bool] | NDArray[np.bool_]) -> int:
        """Return which of the k values wins under an activation pattern."""
        return self.value_at(2 * len(self.units), pattern)

    def value_at(self, side: int, pattern: Sequence[bool] | NDArray[np.bool_]) -> int:
        """Return which value stands on a side of a contest: the value itself, or the winner of an earlier contest."""
        k = len(self.units) + 1
        while side >= k:
            side = self.contests[side - k][bool(pattern[self.units[side - k]])]
        return side
