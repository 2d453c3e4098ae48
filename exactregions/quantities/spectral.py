"""The largest eigenvalue of a positive semidefinite integer matrix between two close rationals."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import flint
import numpy as np

from exactregions.support.stopping import check

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["largest_eigenvalue"]

CLOSE = Fraction(1, 2**46)  # relative width that is tried first: the root is then proved to 1e-14
BITS = 256  # of the interval arithmetic of the factorisation at first


def largest_eigenvalue(gram: flint.fmpz_mat) -> tuple[Fraction, Fraction]:
    """Bound the largest eigenvalue of G from both sides.

    From below by v.G v / v.v for the float eigenvector v, taken at its exact value. From above by a number t for which
    all pivots of t I - G in interval arithmetic are positive, so that it is positive definite.
    """
    scale = max((abs(int(v)).bit_length() for v in gram.entries()), default=0)
    if not scale:
        return Fraction(0), Fraction(0)
    floats = np.array([[int(v) / (1 << scale) for v in row] for row in gram.tolist()])
    lower = _quotient(gram, np.linalg.eigh(floats)[1][:, -1])
    step = CLOSE
    while not _is_below(gram, lower * (1 + step)):
        check()
        step *= 2
    return lower, lower * (1 + step)


def _quotient(gram: flint.fmpz_mat, vector: NDArray[np.float64]) -> Fraction:
    whole = [int(v) for v in np.rint(np.ldexp(vector, 60))]
    column = flint.fmpz_mat(len(whole), 1, whole)
    return Fraction(int((column.transpose() * gram * column)[0, 0]), sum(v * v for v in whole))


def _is_below(gram: flint.fmpz_mat, bound: Fraction) -> bool:
    """Prove that t I - G is positive definite; False proves nothing."""
    before = flint.ctx.prec
    try:
        flint.ctx.prec = BITS
        return _positive(gram, flint.fmpq(bound.numerator, bound.denominator))
    finally:
        flint.ctx.prec = before


def _positive(gram: flint.fmpz_mat, bound: flint.fmpq) -> bool:
    n = gram.nrows()
    rows = [[flint.arb((bound if i == j else 0) - gram[i, j]) for j in range(n)] for i in range(n)]
    for k in range(n):
        check()
        pivot = rows[k][k]
        if not pivot > 0:
            return False
        for i in range(k + 1, n):
            factor = rows[i][k] / pivot
            for j in range(k + 1, i + 1):
                rows[i][j] -= factor * rows[j][k]
    return True
