"""Operator norms ||A||_{p->q} = sup ||A x||_q / ||x||_p: of many matrices in floats with bounds, of one exactly.

All but the spectral norm are the largest length of the rows of S A or S A^T, in the norm 1, 2 or inf, for a matrix S
of signs or the identity. For p -> inf the length of a row is dual to p; for 1 -> q it is that of a column. For q = 1
the norm of A x is the largest s.A x over all signs s, so S has 2^(m-1) rows (s and -s give the same); p = inf is the
same for the transpose. That is why these need few outputs or few inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import ExactRegionsError
from exactregions.exact.rounding_errors import TINY, slack
from exactregions.support.shortening import short

if TYPE_CHECKING:
    import flint

__all__ = ["DUAL", "OperatorNorm", "checked_norms"]

Array = NDArray[np.float64]
Ends = tuple[Array, Array]

NORMS = (1.0, 2.0, math.inf)
DUAL = {1.0: math.inf, 2.0: 2.0, math.inf: 1.0}
MOST_SIGNS = 12  # coordinates of which all sign vectors are tried
EXACT_INTEGERS = 2.0**53


def checked_norms(norms: Any) -> tuple[float, float]:
    """Return a pair of norms, each 1, 2 or inf.

    Raises
    ------
    ExactRegionsError
        If they are something else.
    """
    try:
        p, q = (float(norm) for norm in norms)
    except (TypeError, ValueError):
        p = q = math.nan
    if p not in NORMS or q not in NORMS:
        raise ExactRegionsError(f"norms is {short(norms)}; give a pair (p, q), each 1, 2 or inf, as (2, 2)")
    return p, q


@dataclass(frozen=True, slots=True, eq=False)
class OperatorNorm:
    """The norm p -> q of matrices of one shape.

    Attributes
    ----------
    p, q : float
    outputs, inputs : int
    power : int
        The power of the norm that is computed: 2 where lengths are Euclidean, else 1.
    """

    p: float
    q: float
    outputs: int
    inputs: int

    def __post_init__(self) -> None:
        if not self._spectral and self._signs() is None:
            raise ExactRegionsError(
                f"the norm {self.p:g} -> {self.q:g} of {self.outputs} outputs and {self.inputs} inputs is hard to "
                f"compute; it needs at most {MOST_SIGNS} of either, so ask for one output, or for other norms"
            )

    @property
    def _spectral(self) -> bool:
        return self.p == self.q == 2 and min(self.outputs, self.inputs) > 1

    @property
    def _length(self) -> float:
        """The norm in which rows, or columns, are long."""
        by_rows, _ = self._side()
        length = DUAL[self.p] if by_rows else self.q
        return length if (self.inputs if by_rows else self.outputs) > 1 else math.inf

    @property
    def power(self) -> int:
        """2 where lengths are Euclidean, else 1."""
        return 2 if self._spectral or self._length == 2 else 1

    def _side(self) -> tuple[bool, bool]:
        """Return whether rows count, not columns, and whether signs go before them."""
        if self.outputs == 1 or self.q == math.inf:
            return True, False
        if self.inputs == 1 or self.p == 1:
            return False, False
        few_outputs, few_inputs = self.outputs <= MOST_SIGNS, self.inputs <= MOST_SIGNS
        by_rows = self.q == 1 and (few_outputs or not (few_inputs and self.p == math.inf))
        return by_rows, True

    def _signs(self) -> Array | None:
        """Return S: the identity as a matrix without rows, None where there are too many signs."""
        by_rows, signed = self._side()
        count = self.outputs if by_rows else self.inputs
        if not signed:
            return np.zeros((0, count))
        if count > MOST_SIGNS:
            return None
        return np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=count - 1)])

    # ---- floats

    def ends(self, matrices: Array, error: Array, unit: float | None) -> Ends:
        """Bound the norms of matrices that are known to an error, taken to `power`: two arrays of shape (n,).

        Parameters
        ----------
        matrices : numpy.ndarray, shape (n, outputs, inputs)
        error : numpy.ndarray, shape (outputs, inputs)
        unit : float, optional
            A power of two of which all entries are integral multiples, where the matrices are exact.
        """
        with np.errstate(all="ignore"):
            lower, upper = self._spectral_ends(matrices, error) if self._spectral else self._row_ends(matrices, error)
            if unit is not None and not self._spectral:
                lower, upper = self._where_exact(matrices, unit, lower, upper)
        known = np.isfinite(lower) & np.isfinite(upper)
        return np.where(known, np.maximum(lower, 0.0), 0.0), np.where(known, upper, np.inf)

    def _rows(self, matrices: Array) -> Array:
        by_rows, signed = self._side()
        found = matrices if by_rows else matrices.transpose(0, 2, 1)
        signs = self._signs() if signed else None
        return found if signs is None else signs @ found

    def _lengths(self, rows: Array) -> Array:
        sizes = np.abs(rows)
        if self._length == math.inf:
            return sizes.max(axis=2).max(axis=1)
        return (sizes * sizes if self._length == 2 else sizes).sum(axis=2).max(axis=1)

    def _row_ends(self, matrices: Array, error: Array) -> Ends:
        found = self._lengths(self._rows(matrices))
        length = np.sqrt(found) if self.power == 2 else found
        terms = self.outputs + self.inputs + 2
        # the norm of the error is at most that of its magnitudes; sums over signs lose a part of all magnitudes
        off = self._of_magnitudes(error[None])
        lost = self._of_magnitudes(np.abs(matrices)) * slack(terms) if self._side()[1] else 0.0
        gap = (off + lost) * (1.0 + slack(4)) + length * slack(terms) + math.sqrt(terms * TINY)
        return self._powers(length, gap)

    def _of_magnitudes(self, sizes: Array) -> Array:
        """Bound the norm of matrices without negative entries: the sum of all rows, where signs are summed."""
        by_rows, signed = self._side()
        found = sizes if by_rows else sizes.transpose(0, 2, 1)
        rows = found.sum(axis=1, keepdims=True) if signed else found
        lengths = self._lengths(rows)
        length = np.sqrt(lengths) if self.power == 2 else lengths
        terms = self.outputs + self.inputs + 2
        return length * (1.0 + slack(terms)) + math.sqrt(terms * TINY)

    def _powers(self, length: Array, gap: Array) -> Ends:
        lower, upper = np.maximum(length - gap, 0.0), length + gap
        lower, upper = lower * (1.0 - slack(1)), upper * (1.0 + slack(1))
        if self.power == 1:
            return lower, upper
        return lower * lower * (1.0 - slack(1)), upper * upper * (1.0 + slack(1)) + TINY

    def _where_exact(self, matrices: Array, unit: float, lower: Array, upper: Array) -> Ends:
        """Put the exact values where all sums are integers that floats hold."""
        largest = np.abs(matrices).max(axis=(1, 2)) / unit
        terms = float(self.outputs * self.inputs)
        size = largest * terms if self.power == 1 else (largest * terms) ** 2
        inside = (size < EXACT_INTEGERS) & (unit**self.power > TINY)
        found = self._lengths(self._rows(matrices))
        return np.where(inside, found, lower), np.where(inside, found, upper)

    def _spectral_ends(self, matrices: Array, error: Array) -> Ends:
        """Bound the largest eigenvalue of the Gram matrix; what the eigenvalue routine says is only a proposal.

        For any Q and diagonal L the Gram matrix is G = Q L Q^T + D, so its largest eigenvalue is at most
        max(L, 0) ||Q||^2 + ||D||_F, and ||Q||^2 <= 1 + ||Q^T Q - I||_F. For any q it is at least q.G q / q.q.
        """
        k = min(self.outputs, self.inputs)
        short_rows = matrices if self.outputs <= self.inputs else matrices.transpose(0, 2, 1)
        gram = short_rows @ short_rows.transpose(0, 2, 1)
        trace = (matrices * matrices).sum(axis=(1, 2)) * (1.0 + slack(matrices[0].size)) + TINY
        rounding = trace * slack(self.inputs + self.outputs)  # of the Gram matrix, in the Frobenius norm
        known = np.isfinite(trace)
        values, vectors = np.linalg.eigh(np.where(known[:, None, None], gram, 0.0))
        back = (vectors * values[:, None, :]) @ vectors.transpose(0, 2, 1)
        away = _frobenius(gram - back) + (trace + np.abs(values).sum(axis=1) * k) * slack(k * k + 8)
        skew = _frobenius(vectors.transpose(0, 2, 1) @ vectors - np.eye(k)) + k * slack(k + 4)
        upper = np.maximum(values[:, -1], 0.0) * (1.0 + skew) + away + rounding
        top = vectors[:, :, -1:]
        lower = (top * (gram @ top)).sum(axis=(1, 2)) / (top * top).sum(axis=(1, 2))
        lower = lower - (trace * slack(k * k + 8) + rounding)
        off = _frobenius(error[None])
        roots = np.sqrt(np.maximum(lower, 0.0)) * (1.0 - slack(2)), np.sqrt(upper) * (1.0 + slack(2))
        low, high = np.maximum(roots[0] - off, 0.0), roots[1] + off
        ends = low * low * (1.0 - slack(3)), high * high * (1.0 + slack(3)) + TINY
        return np.where(known, ends[0], np.nan), np.where(known, ends[1], np.nan)

    # ---- exact

    def exact(self, matrix: flint.fmpz_mat) -> tuple[Fraction, Fraction]:
        """Bound the norm of a matrix of integers, taken to `power`: equal ends but for the spectral norm."""
        if self._spectral:
            from exactregions.quantities.spectral import largest_eigenvalue

            short = matrix if self.outputs <= self.inputs else matrix.transpose()
            return largest_eigenvalue(short * short.transpose())
        value = Fraction(max(self._exact_length(row) for row in self._exact_rows(matrix)))
        return value, value

    def _exact_rows(self, matrix: flint.fmpz_mat) -> Sequence[Sequence[Any]]:
        import flint

        by_rows, signed = self._side()
        found = matrix if by_rows else matrix.transpose()
        if not signed:
            return found.tolist()
        signs = self._signs()
        assert signs is not None, "there are few"
        return (flint.fmpz_mat(len(signs), found.nrows(), [int(s) for s in signs.ravel()]) * found).tolist()

    def _exact_length(self, row: Sequence[Any]) -> int:
        if self._length == math.inf:
            return int(max(abs(v) for v in row))
        return int(sum(v * v for v in row) if self._length == 2 else sum(abs(v) for v in row))


def _frobenius(matrices: Array) -> Array:
    size = matrices[0].size
    return np.sqrt((matrices * matrices).sum(axis=(1, 2))) * (1.0 + slack(size + 2)) + math.sqrt(size * TINY)
