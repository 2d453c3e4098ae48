"""What is asked of weights, whether they are stored dense or sparse, without making the sparse ones dense."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.weights import Matrix

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def stored_values(matrix: Matrix) -> Array:
    """Return all entries of a dense matrix, those that are not zero of a sparse one, as a vector."""
    stored: Any = matrix
    return stored.ravel() if isinstance(matrix, np.ndarray) else stored.data


def coordinates(matrix: Matrix) -> tuple[Places, Places, Array]:
    """Return row, column and value of each entry that is not zero, row by row."""
    if isinstance(matrix, np.ndarray):
        if matrix.all():
            m, n = matrix.shape
            return np.repeat(np.arange(m), n), np.tile(np.arange(n), m), matrix.ravel()
        rows, columns = np.nonzero(matrix)
        return rows, columns, matrix[rows, columns]
    stored: Any = matrix
    rows = np.repeat(np.arange(stored.shape[0]), np.diff(stored.indptr))
    return rows, stored.indices.astype(np.int64), stored.data


def entries(matrix: Matrix) -> int:
    """Return the number of entries that are not zero."""
    return int(np.count_nonzero(matrix)) if isinstance(matrix, np.ndarray) else int(matrix.nnz)


def row_of(matrix: Matrix, i: int) -> tuple[Places, Array]:
    """Return columns and values of the entries of a row that are not zero."""
    if isinstance(matrix, np.ndarray):
        columns = np.flatnonzero(matrix[i])
        return columns, matrix[i, columns]
    stored: Any = matrix
    here = slice(stored.indptr[i], stored.indptr[i + 1])
    return stored.indices[here].astype(np.int64), stored.data[here]


def row_terms(matrix: Matrix) -> int:
    """Return how many products a row of matrix @ vector adds at most."""
    if isinstance(matrix, np.ndarray):
        return matrix.shape[1]
    stored: Any = matrix
    return int(np.diff(stored.indptr).max(initial=0))


def nonzero_rows(matrix: Matrix) -> NDArray[np.bool_]:
    """Return which rows have an entry that is not zero, shape (m,)."""
    stored: Any = matrix
    return stored.any(axis=1) if isinstance(matrix, np.ndarray) else np.diff(stored.indptr) > 0
