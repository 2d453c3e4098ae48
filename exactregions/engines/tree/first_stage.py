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
    def of(cls, network: Network, exact: ExactNetwork, center: Floats, scale: Floats) -> FirstStage:
        """Scale the weight, which loses nothing, and round the constants."""
        weight, lost = _scaled_weight(network.stages[0].matrix, scale)
        integers, exponent = _constants(exact, center)
        constant = np.array([_quotient(v, exponent) for v in integers])
        errors = np.array([_rounding(f, v, exponent) for f, v in zip(constant.tolist(), integers, strict=True)])
        errors[lost] = np.inf
        return cls(weight, constant, errors)

    def forms(self) -> Floats:
        """Return the forms as rows, the constant last, shape (m, d + 1)."""
        weight = self.weight if isinstance(self.weight, np.ndarray) else self.weight.toarray()
        return np.column_stack([weight, self.constant])


def _scaled_weight(matrix: Matrix, scale: Floats) -> tuple[Any, NDArray[np.intp]]:
    """Return a weight times powers of two a column, and its rows that overflow or underflow: they prove nothing."""
    stored: Any = matrix
    with np.errstate(over="ignore", under="ignore"):
        if isinstance(matrix, np.ndarray):
            weight = stored * scale
            wrong = (weight / scale != stored) | ~np.isfinite(weight)
            return weight, np.flatnonzero(wrong.any(axis=1))
        weight, factors = stored.copy(), scale[stored.indices]
        weight.data = stored.data * factors
        wrong = (weight.data / factors != stored.data) | ~np.isfinite(weight.data)
        return weight, np.unique(coordinates(stored)[0][wrong])


def rounding_bound(rounded: float, exact: Fraction) -> float:
    """Return a bound of the difference between a number and the float it was rounded to."""
    return rounded_up(abs(Fraction(rounded) - exact)) if math.isfinite(rounded) else math.inf


def _constants(exact: ExactNetwork, center: Floats) -> tuple[list[int], int]:
    """Return W c + b of the first stage without rounding: integers, and the exponent of a power of two under them."""
    integers, exponent = dyadic_integers(center)
    values, exponent = exact.stages[0].affine(flint.fmpz_mat(len(integers), 1, integers), exponent)
    return [int(values[i, 0]) for i in range(values.nrows())], exponent


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


def distance_of_hyperplanes(network: Network, exact: ExactNetwork, center: Floats) -> Fraction:
    """Return the median distance of the hyperplanes that miss the centre, in the maximum norm up to a factor d."""
    integers, exponent = _constants(exact, center)
    constants = np.array([_quotient(abs(v), exponent) for v in integers])
    slopes: Any = abs(network.stages[0].matrix).max(axis=1)  # type: ignore[union-attr]
    with np.errstate(all="ignore"):
        distances = constants / (slopes if isinstance(slopes, np.ndarray) else slopes.toarray().ravel())
    given = np.sort(distances[np.isfinite(distances) & (distances > 0)])
    return Fraction(float(given[len(given) // 2])) if len(given) else Fraction(1)
