"""Norms that are never below the true ones: the rounding of every float operation is added on top.

The error model is the standard one (Higham 2002, chapter 3): a sum of k products, in any order and with or
without fused operations, is off by at most gamma_k = k u / (1 - k u) times the sum of magnitudes, u = 2^-53,
and each operation that underflows, to a subnormal or flushed to zero, adds at most `TINY`. The matrix
products of numpy are of this kind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNIT
from exactregions.exact.matrices import row_terms, stored_values
from exactregions.support.stopping import aside
from exactregions.weights import Matrix

Array = NDArray[np.float64]

TWICE_UNIT = 2.0 * UNIT  # the spare factor covers 1 / (1 - k u) and the rounding of the bound itself
TINY = 2.0**-1022
LARGEST_GRAM = 2048  # beyond it the cubic work of the verified spectral norm is out of proportion
LARGEST_FACTOR = 2**23  # and beyond so many entries the memory for it, 64 MB several times
AT_ONCE = 10_000  # entries of a matrix whose norm takes no time worth a thread


def slack(operations: int) -> float:
    """Return a relative error that `operations` roundings, and the few that apply it, stay below."""
    return (operations + 4) * TWICE_UNIT


def above(value: Array | float, operations: int) -> Array:
    """Raise a nonnegative float result of so many operations to an upper bound of the exact one.

    A computed v >= (1 - gamma_k) t - TINY k of exact t >= 0 gives t <= v (1 + 2 (k + 4) u) + TINY (k + 4).
    """
    return np.asarray(value) * (1.0 + slack(operations)) + TINY * (operations + 4)


def affine_error(weight: Matrix, center: Array, bias: Array) -> Array:
    """Bound |fl(W c + b) - (W c + b)| for each row, shape (m,)."""
    terms = row_terms(weight) + 1
    magnitude = abs(weight) @ np.abs(center) + np.abs(bias)
    return magnitude * slack(terms) + TINY * (terms + 4)


def dual_norms(weight: Matrix, norm: float) -> Array:
    """Bound for each row w the dual norm, sup of w.x over ||x|| <= 1, shape (m,)."""
    n, sizes = row_terms(weight), abs(weight)
    if norm == 1:
        largest: Any = sizes.max(axis=1)
        return largest if isinstance(largest, np.ndarray) else largest.toarray().ravel()
    if norm == math.inf:
        return above(sizes.sum(axis=1), n)
    # n squares may each lose TINY, which the root turns into at most sqrt(n TINY) = sqrt(n) 2^-511
    return above(np.sqrt((sizes * sizes).sum(axis=1)), n + 1) + math.sqrt(n) * 2.0**-510


def operator_norm(weight: Matrix, norm: float) -> float:
    """Bound the operator norm that the vector norm 1, 2 or inf induces."""
    if norm == 2:
        return spectral_norm(weight)
    axis = 0 if norm == 1 else 1
    return float(above(abs(weight).sum(axis=axis), _shape(weight)[axis]).max())


def spectral_norm(weight: Matrix) -> float:
    """Bound the largest singular value from above, rigorously.

    Notes
    -----
    The smallest of three bounds of ||W||_2: the Frobenius norm, sqrt(||W||_1 ||W||_inf), and a
    verified eigenvalue. For the last one take *any* number t >= 0 and *any* matrix R with n columns, and put

        D = t I - W^T W - R^T R.   Then   W^T W = t I - D - R^T R <= t I - D,

    so ||W||_2^2 <= t + ||D||_2 <= t + ||D||_F. Nothing is assumed of t and R; they come from an eigenvalue
    routine and a Cholesky factor of t I - W^T W, and an inaccurate one only makes D larger. With M = (W; R),
    of k rows, M^T M is computed with an error of at most gamma_k ||M||_F^2 in the Frobenius norm and the
    subtraction with u times its result. Scaling by a power of two keeps squares in range: the largest entry
    is then in [1/2, 1), so ||M||_F^2 is at least 1/4, and what underflows is far below the slack that is a
    multiple of it.
    """
    largest = float(abs(weight).max())
    if not 0.0 < largest < math.inf:
        return largest
    exponent = math.frexp(largest)[1]
    scaled = _scaled(weight, -exponent)
    sums = operator_norm(scaled, 1) * operator_norm(scaled, math.inf)
    values = stored_values(scaled)
    square = min(float(above((values * values).sum(), len(values))), float(above(sums, 1)))
    m, n = _shape(scaled)
    if min(m, n) <= LARGEST_GRAM and m * n <= LARGEST_FACTOR:
        dense: Any = scaled if isinstance(scaled, np.ndarray) else scaled.toarray()
        tall = dense if m >= n else dense.T
        square = min(square, _verified_square(tall) if tall.size < AT_ONCE else aside(lambda: _verified_square(tall)))
    return float(np.ldexp(above(math.sqrt(square), 1), exponent) + TINY)


def _shape(matrix: Any) -> tuple[int, int]:
    return matrix.shape


def _scaled(matrix: Any, exponent: int) -> Matrix:
    """Return a matrix times a power of two."""
    if isinstance(matrix, np.ndarray):
        return np.ldexp(matrix, exponent)
    scaled = matrix.copy()
    scaled.data = np.ldexp(matrix.data, exponent)
    return scaled


def _verified_square(weight: Array) -> float:
    """Bound ||W||_2^2 by t + ||D||_F, as `spectral_norm` proves; infinity where no factor R was found."""
    from scipy import linalg  # it lets go of the interpreter meanwhile, numpy's does not

    rows, n = weight.shape
    gram = weight.T @ weight
    try:
        # room for the rounding of the Gram matrix and of the factorisation, about n (rows + n) u each
        t = float(linalg.eigvalsh(gram, check_finite=False)[-1]) * (1.0 + 4 * n * (rows + n) * TWICE_UNIT)
        factor = linalg.cholesky(t * np.eye(n) - gram, check_finite=False)
    except np.linalg.LinAlgError:
        return math.inf
    stacked = np.vstack([weight, factor])
    residual = t * np.eye(n) - stacked.T @ stacked
    size = above((stacked * stacked).sum(), stacked.size)
    found = np.sqrt((residual * residual).sum()) * (1.0 + slack(n * n + 4)) + size * slack(rows + n + 1)
    bound = float(above(t + found, 8))
    return bound if bound > 0.0 else math.inf
