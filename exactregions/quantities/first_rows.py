"""Combinations of the rows of a matrix as linear forms on a unit ball: how large they are, and where."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.rounding_errors import above, dual_norms, slack

__all__ = ["FirstRows"]

Array = NDArray[np.float64]


class FirstRows:
    """The rows of a matrix, whose combinations are linear forms on the unit ball of a norm.

    In the Euclidean norm of many inputs the inner products of the rows stand for them: far fewer numbers.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (m, inputs)
    norm : {1, 2, inf}

    Attributes
    ----------
    lengths : numpy.ndarray, shape (m,)
        The dual norm of each row, rounded up.
    """

    def __init__(self, matrix: Array, norm: float) -> None:
        self._matrix, self._norm = matrix, norm
        self.lengths = dual_norms(matrix, norm)
        self._sizes = above(np.abs(matrix).sum(axis=1), matrix.shape[1])
        self._gram = matrix @ matrix.T if norm == 2 and len(matrix) < matrix.shape[1] else None

    def farthest(self, rows: Array) -> tuple[Array, Array]:
        """Return how large forms are on the ball, in floats, and what the rows of the matrix are where they are so.

        Parameters
        ----------
        rows : numpy.ndarray, shape (n, m)
            A combination each.

        Returns
        -------
        largest : numpy.ndarray, shape (n,)
        values : numpy.ndarray, shape (n, m)
        """
        if self._gram is not None:
            values = rows @ self._gram
            largest = np.sqrt(np.maximum((values * rows).sum(axis=1), 0.0))
            return largest, values / np.where(largest > 0.0, largest, 1.0)[:, None]
        forms = rows @ self._matrix
        sizes = np.abs(forms)
        if self._norm == math.inf:
            return sizes.sum(axis=1), np.sign(forms) @ self._matrix.T
        if self._norm == 1:
            place, each = sizes.argmax(axis=1), np.arange(len(rows))
            return sizes[each, place], np.sign(forms[each, place])[:, None] * self._matrix.T[place]
        largest = np.sqrt((forms * forms).sum(axis=1))
        return largest, (forms / np.where(largest > 0.0, largest, 1.0)[:, None]) @ self._matrix.T

    def bound(self, rows: Array, largest: Array) -> Array:
        """Return proved bounds of how large forms are on the ball, shape (n,), from what `farthest` says of them."""
        (m, d), sizes = self._matrix.shape, np.abs(rows)
        if self._gram is None:
            # an entry of a form is off by at most m + 1 roundings of its terms, whose dual norm is below their sum
            return above(above(largest, d + 2) + slack(m + 1) * (sizes @ self._sizes), m + 2)
        # |rows W|^2 is off by d + 2 m roundings of its terms: each inner product is at most that of the lengths
        lost = slack(d + 2 * m + 8) * above(sizes @ self.lengths, m) ** 2
        return above(np.sqrt(above(largest * largest, 2) + lost), 4)
