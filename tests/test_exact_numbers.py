"""Conversions and products in integers, whole and in pieces, beside Python's own fractions."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from scipy.sparse import csr_array

from exactregions.exact import linear_systems, numbers
from exactregions.exact.linear_systems import solve
from exactregions.exact.numbers import dyadic_integers, dyadic_matrix, product, sparse_product

HOSTILE = [0.0, -0.0, 1.0, -3.0, 0.1, 5e-324, -2.5e-310, 1.7976931348623157e308, -(2.0**53), 1e-300, 2.0**60, -1e22]


@pytest.mark.parametrize("piece", [1, 3, 1 << 16])
def test_dyadic_integers_are_the_values(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(numbers, "PIECE", piece)
    rng = np.random.default_rng(0)
    powers = np.ldexp(1.0, rng.integers(-1074, 1000, 40))
    for values in (HOSTILE, rng.normal(size=50), rng.integers(-9, 9, 30), powers, []):
        floats = np.array(values, dtype=np.float64)
        integers, exponent = dyadic_integers(floats)
        assert [Fraction(m, 1 << exponent) for m in integers] == [Fraction(v) for v in floats.tolist()]
        # the least exponent, as a common denominator
        assert exponent == max((Fraction(v).denominator.bit_length() - 1 for v in floats.tolist()), default=0)
        square = np.array([*floats, 1.0]).reshape(1, -1)
        matrix, exponent = dyadic_matrix(square)
        assert [Fraction(int(v), 1 << exponent) for v in matrix.entries()] == [Fraction(v) for v in square[0].tolist()]


@pytest.mark.parametrize("work", [1.0, 2000.0, 1e9])
def test_a_product_in_pieces_is_the_product(monkeypatch: pytest.MonkeyPatch, work: float) -> None:
    monkeypatch.setattr(numbers, "PRODUCT_WORK", work)
    rng = np.random.default_rng(1)
    for m, n, columns in ((3, 4, 5), (1, 1, 1), (7, 2, 9), (2, 8, 1)):
        a = flint.fmpz_mat(m, n, [int(v) << 70 for v in rng.integers(-9, 9, m * n)])
        b = flint.fmpz_mat(n, columns, [int(v) for v in rng.integers(-(2**60), 2**60, n * columns)])
        assert product(a, b, 60) == a * b


def test_a_sparse_product_is_the_product() -> None:
    rng = np.random.default_rng(2)
    dense = rng.integers(-5, 5, (6, 4)) * (rng.random((6, 4)) < 0.4)
    sparse = csr_array(dense)
    b = flint.fmpz_mat(4, 3, [int(v) << 70 for v in rng.integers(-9, 9, 12)])
    indices, indptr = ([int(v) for v in places] for places in (sparse.indices, sparse.indptr))
    found = sparse_product([int(v) for v in sparse.data], indices, indptr, b)
    assert found == flint.fmpz_mat(6, 4, [int(v) for v in dense.ravel()]) * b


@pytest.mark.parametrize("at_once", [0.0, 1e30])
def test_a_system_is_solved_exactly(monkeypatch: pytest.MonkeyPatch, at_once: float) -> None:
    monkeypatch.setattr(linear_systems, "AT_ONCE", at_once)
    rng = np.random.default_rng(3)
    for n, bits in ((1, 3), (2, 60), (5, 8), (9, 300), (20, 62)):
        rows = [[flint.fmpz(int(v)) << (bits - 3) for v in row] for row in rng.integers(-9, 10, (n, n))]
        wanted = [flint.fmpq(int(v), 7) for v in rng.integers(-99, 99, n)]
        rhs = [sum((a * x for a, x in zip(row, wanted, strict=True)), flint.fmpq(0)) for row in rows]
        try:
            found = solve(rows, rhs)
        except ZeroDivisionError:
            assert flint.fmpz_mat(rows).det() == 0
        else:
            assert found == wanted
    with pytest.raises(ZeroDivisionError):
        solve([[flint.fmpz(1), flint.fmpz(2)], [flint.fmpz(2), flint.fmpz(4)]], [flint.fmpz(1), flint.fmpz(1)])


def test_a_system_that_is_singular_modulo_the_primes_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_systems, "AT_ONCE", 0.0)
    first, second = (flint.fmpz(p) for p in linear_systems.PRIMES)
    solution = solve([[first * second, flint.fmpz(0)], [flint.fmpz(1), flint.fmpz(1)]], [first, flint.fmpz(1)])
    assert solution == [flint.fmpq(1, int(second)), flint.fmpq(int(second) - 1, int(second))]
