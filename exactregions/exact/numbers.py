"""Between floats, `Fraction` and the rationals of python-flint; what loses a digit says so in its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import nearest_float
from exactregions.support.stopping import check

PIECE = 1 << 16  # numbers converted between two looks at the scope: hundredths of a second
PRODUCT_WORK = 2e7  # products of two machine words in one call of flint: hundredths of a second

ZERO, ONE, HALF = flint.fmpq(0), flint.fmpq(1), flint.fmpq(1, 2)

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
    parts = [_odd_parts(flat) for flat in _pieces(values)]
    exponent = max((int(places.max(initial=0)) for _, places in parts), default=0)
    integers: list[int] = []
    for odd, places in parts:
        integers += [m << shift for m, shift in zip(odd.tolist(), (exponent - places).tolist(), strict=True)]
    return integers, exponent


def _pieces(values: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Yield the values a piece at a time, so that a stop is heard between them."""
    flat = values.ravel()
    for first in range(0, len(flat), PIECE):
        check()
        yield flat[first : first + PIECE]


def _odd_parts(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return odd integers m and exponents e with values = m * 2**-e; for zeros both are zero."""
    mantissas, exponents = np.frexp(values)
    whole = (mantissas * 2.0**53).astype(np.int64)
    # the lowest bit that is set is a power of two, whose exponent frexp counts from one
    zeros = np.frexp((whole & -whole).astype(np.float64))[1] - (whole != 0)
    return whole >> zeros, np.where(whole != 0, 53 - exponents.astype(np.int64) - zeros, 0)


def dyadic_matrix(values: NDArray[np.float64]) -> tuple[flint.fmpz_mat, int]:
    """Return an integer matrix M and an exponent e >= 0 with values = M * 2**-e, exactly."""
    exponent = max((int(_odd_parts(flat)[1].max(initial=0)) for flat in _pieces(values)), default=0)
    matrix = flint.fmpz_mat(*values.shape)
    at_once = max(1, PIECE // max(1, values.shape[1]))
    for first in range(0, len(values), at_once):
        check()
        odd, places = _odd_parts(values[first : first + at_once])
        rows, columns = np.nonzero(odd)
        shifts = exponent - places[rows, columns]
        entries = zip(rows.tolist(), columns.tolist(), odd[rows, columns].tolist(), shifts.tolist(), strict=True)
        for i, j, value, shift in entries:
            matrix[first + i, j] = value << shift
    return matrix, exponent


def product(a: flint.fmpz_mat, b: flint.fmpz_mat, bits: int) -> flint.fmpz_mat:
    """Return a b, some columns at a time where it takes long, so that a stop is heard in between.

    Parameters
    ----------
    bits : int
        About the size of the integers of b; it decides nothing but how many columns are taken.
    """
    m, n, columns = a.nrows(), a.ncols(), b.ncols()
    at_once = int(PRODUCT_WORK / (m * n * (2.0 + bits / 64) + 1))
    if at_once >= columns:
        return a * b
    at_once = max(at_once, 1)
    found = flint.fmpz_mat(m, columns)
    entries = b.tolist()
    for first in range(0, columns, at_once):
        check()
        some = [v for row in entries for v in row[first : first + at_once]]
        part = (a * flint.fmpz_mat(n, len(some) // n, some)).tolist()
        for i, row in enumerate(part):
            for j, value in enumerate(row):
                if value:
                    found[i, first + j] = value
    return found


def sparse_product(values: list[int], columns: list[int], starts: list[int], b: flint.fmpz_mat) -> flint.fmpz_mat:
    """Return a b for a matrix a of which compressed rows are given, as scipy's `csr_array` has them."""
    found = flint.fmpz_mat(len(starts) - 1, b.ncols())
    rows = [[(j, v) for j, v in enumerate(row) if v] for row in b.tolist()]
    for i, (first, last) in enumerate(pairwise(starts)):
        check()
        for value, column in zip(values[first:last], columns[first:last], strict=True):
            for j, v in rows[column]:
                found[i, j] += value * v
    return found


def nearest_floats(point: Sequence[Rational]) -> NDArray[np.float64]:
    """Return the nearest float of every coordinate, infinities beyond their range."""
    return np.array([nearest_float(v) for v in as_fractions(point)])
