"""The hyperplanes that points cut out of the weights of one unit, each once, and their slice as a network."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.double_description import Vector, primitive_row
from exactregions.exact.numbers import dyadic_matrix
from exactregions.network import Network, Stage

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """The central arrangement {w : w.v_i = 0} of vectors v_i, without those that are zero.

    Attributes
    ----------
    rows : numpy.ndarray, shape (h, r)
        One vector of each hyperplane, in `columns` alone: the other columns of all vectors are combinations of these,
        so that w.v_i takes the same values with weights in them alone.
    columns : numpy.ndarray of int, shape (r,)
    hyperplane : numpy.ndarray of int, shape (n,)
        Of each vector, -1 where it is zero.
    turned : numpy.ndarray of bool, shape (n,)
        Whether it is a negative multiple of its row.
    """

    rows: Array
    columns: Places
    hyperplane: Places
    turned: NDArray[np.bool_]

    @classmethod
    def of(cls, vectors: Array) -> Arrangement:
        """Group vectors, shape (n, D), by their hyperplanes, exactly."""
        integers, _ = dyadic_matrix(vectors)
        primitive = [_oriented([int(v) for v in row]) for row in integers.tolist()]
        first: dict[Vector, int] = {}
        for i, (row, _) in enumerate(primitive):
            if any(row):
                first.setdefault(row, i)
        number = {row: h for h, row in enumerate(first)}
        kept = list(first.values())
        columns = _independent_columns(integers)
        signs = np.array([sign for _, sign in primitive])
        hyperplane = np.array([number.get(row, -1) for row, _ in primitive], dtype=np.int64)
        leading = signs[np.array(kept, dtype=np.int64)[hyperplane]] if kept else signs
        return cls(vectors[kept][:, columns], columns, hyperplane, signs != leading)

    @property
    def rank(self) -> int:
        """Dimension that the vectors span."""
        return len(self.columns)

    @property
    def most_cells(self) -> int:
        """The number of cells of as many hyperplanes in general position, and the most there can be (Cover 1965)."""
        h = len(self.rows)
        return 2 * sum(comb(h - 1, k) for k in range(self.rank)) if h else 1

    def network(self) -> Network:
        """Return the network of the signs of all rows but the first on the slice w.rows[0] = 1.

        Cells come in opposite pairs, and one of each pair meets the slice. Its inputs are the weights but for one,
        over which the slice is solved: with a = rows[0] and the pivot k, |a_k| w_k = sign(a_k) (1 - sum_j a_j w_j).
        So the wires hold |a_k| w, without a division. It needs rank 2 or more.
        """
        a, k, others = self._pivoted()
        weight, bias = np.zeros((self.rank, self.rank - 1)), np.zeros(self.rank)
        weight[others, np.arange(len(others))] = abs(a[k])
        weight[k], bias[k] = -np.sign(a[k]) * a[others], np.sign(a[k])
        units = Stage.relu(self.rows[1:], np.zeros(len(self.rows) - 1))
        return Network((Stage.wires(weight, bias), units), np.ones((1, len(self.rows) - 1)), np.zeros(1))

    def weights(self, point: tuple[Fraction, ...], size: int) -> tuple[Fraction, ...]:
        """Return the weights of a unit, of so many columns, at a point of the slice."""
        a, k, others = self._pivoted()
        found = [Fraction(0)] * size
        for j, value in zip(others, point, strict=True):
            found[self.columns[j]] = abs(Fraction(a[k])) * value
        rest = 1 - sum((Fraction(a[j]) * v for j, v in zip(others, point, strict=True)), Fraction(0))
        found[self.columns[k]] = rest if a[k] > 0 else -rest
        return tuple(found)

    def _pivoted(self) -> tuple[Array, int, list[int]]:
        """Return the first row, its pivot and the other columns."""
        a = self.rows[0]
        k = int(np.flatnonzero(a)[0])
        return a, k, [j for j in range(self.rank) if j != k]

    def signs_of_vectors(self, cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for cells, shape (N, h), on which vectors they are positive, shape (N, n)."""
        if not len(self.rows):
            return np.zeros((len(cells), len(self.hyperplane)), dtype=bool)
        return (cells[:, self.hyperplane] ^ self.turned) & (self.hyperplane >= 0)


def _oriented(row: list[int]) -> tuple[Vector, int]:
    """Return the shortest integer multiple with a positive first entry (but for zeros), and the sign of the factor."""
    sign = 1 if next((v for v in row if v), 1) > 0 else -1
    return primitive_row([sign * v for v in row]), sign


def _independent_columns(matrix: flint.fmpz_mat) -> Places:
    """Return the first columns of an integer matrix of which all others are combinations."""
    reduced, _, rank = matrix.rref()
    found: list[int] = []
    for row in reduced.tolist()[:rank]:
        found.append(next(j for j, v in enumerate(row) if v))
    return np.array(found, dtype=np.int64)
