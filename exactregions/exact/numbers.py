"""Between floats, `Fraction` and the rationals of python-flint; what loses a digit says so in its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import nearest_float

__all__ = [
    "Number",
    "Point",
    "Rational",
    "as_fractions",
    "as_point",
    "dyadic_integers",
    "dyadic_matrix",
    "nearest_floats",
    "rational",
]

Rational: TypeAlias = "flint.fmpq"
Number: TypeAlias = "flint.fmpq | flint.fmpz"
Point: TypeAlias = "list[flint.fmpq]"


def rational(value: Fraction | float | int) -> Rational:
    """Return the exact value of a finite number."""
    p, q = value.as_integer_ratio()
    return flint.fmpq(p, q)


def as_point(values: Iterable[Fraction | float]) -> Point:
    """Return a vector of exact values."""
    return [rational(v) for v in values]


def as_fractions(point: Sequence[Rational]) -> tuple[Fraction, ...]:
    """Return a flint vector as Fractions, for results that leave the package."""
    return tuple(Fraction(int(v.p), int(v.q)) for v in point)


def dyadic_integers(values: NDArray[np.float64]) -> tuple[list[int], int]:
    """Return integers m and an exponent e >= 0 with values = m * 2**-e, exactly.

    Parameters
    ----------
    values : numpy.ndarray
        Finite; read in C order.
    """
    ratios = [v.as_integer_ratio() for v in values.ravel().tolist()]
    exponent = max((q.bit_length() - 1 for _, q in ratios), default=0)
    return [p << (exponent - (q.bit_length() - 1)) for p, q in ratios], exponent


def dyadic_matrix(values: NDArray[np.float64]) -> tuple[flint.fmpz_mat, int]:
    """Return an integer matrix M and an exponent e >= 0 with values = M * 2**-e, exactly."""
    integers, exponent = dyadic_integers(values)
    return flint.fmpz_mat(values.shape[0], values.shape[1], integers), exponent


def nearest_floats(point: Sequence[Rational]) -> NDArray[np.float64]:
    """Return the nearest float of every coordinate, infinities beyond their range."""
    return np.array([nearest_float(v) for v in as_fractions(point)])
