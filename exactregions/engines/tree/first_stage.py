"""The first stage of a network as forms of size one in the coordinates of the kernels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import rounded_up
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.matrices import coordinates
from exactregions.exact.numbers import dyadic_integers
from exactregions.network import Matrix, Network

Floats = NDArray[np.float64]


@dataclass(slots=True)
class FirstStage:
    """Forms of the first stage in scaled coordinates, and bounds of their errors within reach.

    Attributes
    ----------
    weight : numpy.ndarray or sparse array, shape (m, d)
    constant, errors : numpy.ndarray, shape (m,)
    """

    weight: Any
    constant: Floats
    errors: Floats

    @classmethod
    def of(cls, constants: FirstConstants, center: Floats, scale: Floats) -> FirstStage:
        """Scale the weight, which loses nothing, and round the constants."""
        weight, lost = _scaled_weight(constants.stage.matrix, scale)
        constant, errors = constants.at(center)
        return cls(weight, constant, np.where(lost, np.inf, errors))

    def forms(self) -> Floats:
        """Return the forms as rows, the constant last, shape (m, d + 1)."""
        weight = self.weight if isinstance(self.weight, np.ndarray) else self.weight.toarray()
        return np.column_stack([weight, self.constant])


def _scaled_weight(matrix: Matrix, scale: Floats) -> tuple[Any, NDArray[np.bool_]]:
    """Return a weight times powers of two a column, and which rows overflow or underflow: they prove nothing."""
    stored: Any = matrix
    with np.errstate(over="ignore", under="ignore"):
        if isinstance(matrix, np.ndarray):
            weight = stored * scale
            wrong = (weight / scale != stored) | ~np.isfinite(weight)
            return weight, wrong.any(axis=1)
        weight, factors = stored.copy(), scale[stored.indices]
        weight.data = stored.data * factors
        wrong = (weight.data / factors != stored.data) | ~np.isfinite(weight.data)
        return weight, np.bincount(coordinates(stored)[0][wrong], minlength=stored.shape[0]) > 0


def rounding_bound(rounded: float, exact: Fraction) -> float:
    """Return a bound of the difference between a number and the float it was rounded to."""
    return rounded_up(abs(Fraction(rounded) - exact)) if math.isfinite(rounded) else math.inf


class FirstConstants:
    """The constants W c + b of a network's first stage about centres c; those of a centre are computed once.

    Attributes
    ----------
    stage : Stage
        The first of the network.
    """

    def __init__(self, network: Network, exact: ExactNetwork) -> None:
        self.stage, self._exact = network.stages[0], exact
        self._known: dict[bytes, tuple[Floats, Floats]] = {}

    def at(self, center: Floats) -> tuple[Floats, Floats]:
        """Return the constants, each rounded once, and bounds of what that changed, shapes (m,)."""
        key = center.tobytes()
        if key not in self._known:
            self._known[key] = self._rounded(center) if center.any() else (self.stage.bias + 0.0, 0.0 * self.stage.bias)
        return self._known[key]

    def _rounded(self, center: Floats) -> tuple[Floats, Floats]:
        integers, exponent = dyadic_integers(center)
        column = flint.fmpz_mat(len(integers), 1, integers)
        exact, exponent = self._exact.stages[0].affine(column, exponent)
        values = [int(v) for v in exact.entries()]
        floats = [_quotient(v, exponent) for v in values]
        errors = [_rounding(f, v, exponent) for f, v in zip(floats, values, strict=True)]
        return np.array(floats), np.array(errors)

    def distance(self, center: Floats) -> Fraction:
        """Return the median distance of the hyperplanes that miss a centre, in the maximum norm up to a factor d."""
        slopes: Any = abs(self.stage.matrix).max(axis=1)  # type: ignore[union-attr]
        with np.errstate(all="ignore"):
            constants = np.abs(self.at(center)[0])
            distances = constants / (slopes if isinstance(slopes, np.ndarray) else slopes.toarray().ravel())
        given = np.sort(distances[np.isfinite(distances) & (distances > 0)])
        return Fraction(float(given[len(given) // 2])) if len(given) else Fraction(1)


def _quotient(value: int, exponent: int) -> float:
    """Return the float nearest to value / 2**exponent, an infinity beyond their range."""
    try:
        return value / (1 << exponent)  # the quotient of two Python integers is correctly rounded
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _rounding(rounded: float, value: int, exponent: int) -> float:
    """Return a bound of the difference between value / 2**exponent and its nearest float."""
    if math.isfinite(rounded):
        numerator, denominator = rounded.as_integer_ratio()
        if numerator << exponent == value * denominator:
            return 0.0
    return rounding_bound(rounded, Fraction(value, 1 << exponent))
