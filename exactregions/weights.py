"""Weights: exact floats, dense or, where a matrix is large and nearly empty, sparse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import ExactRegionsError, NetworkError
from exactregions.support.arrays import as_array

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

Array = NDArray[np.float64]
Matrix: TypeAlias = "Array | csr_array"
"""A matrix as it is stored: dense, or sparse where it is large and nearly empty."""
Weight: TypeAlias = "ArrayLike | sparray | spmatrix"
"""A matrix as it is given."""

ALWAYS_DENSE = 2**20  # entries of a matrix that is stored dense however empty it is
EMPTY = 8  # a larger one is stored sparse if at most one entry in so many is not zero
LARGEST_DENSE = 2**28  # entries of a matrix that is made dense on request: 2 GB
LARGEST_HASHED = 2**23  # entries up to which a sparse matrix is hashed as the dense one that certificates hold
HASHED_AT_ONCE = 2**22


def exact_floats(values: ArrayLike, name: str, ndim: int, error: type[ExactRegionsError] = NetworkError) -> Array:
    """Return a read-only float64 copy, refusing whatever float64 cannot hold without a change of value.

    Raises
    ------
    ExactRegionsError
        That is, `error`, if the values are no finite real numbers, lose digits, or have another number of dimensions
        than `ndim`.
    """
    given = as_array(values, name, error)
    if given.dtype.kind not in "fiub":
        raise error(f"{name} has dtype {given.dtype}; give real numbers (float32, float64 or integers)")
    array = np.array(given, dtype=np.float64)
    if given.dtype.kind in "iu" and not np.array_equal(array.astype(given.dtype), given):
        raise error(f"{name} holds integers beyond 2**53, which float64 cannot represent; rescale it")
    if given.dtype.kind == "f" and given.dtype.itemsize > 8 and not np.array_equal(array.astype(given.dtype), given):
        raise error(f"{name} has dtype {given.dtype} and loses digits in float64; round it first")
    if array.ndim != ndim:
        raise error(f"{name} has shape {array.shape}; it needs {ndim} dimension(s)")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise error(f"{name}{list(place)} is {array[place]}; every value must be finite")
    array.setflags(write=False)
    return array


def stored(weight: Any, name: str) -> Matrix:
    """Return the matrix as it is stored, which depends on its values alone, so that equal ones are stored alike."""
    if not hasattr(weight, "tocsr"):
        entries = exact_floats(weight, name, 2)
        if entries.size <= ALWAYS_DENSE or np.count_nonzero(entries) * EMPTY > entries.size:
            return entries
        weight = entries
    return _sparse(weight, name)


def bias_of(weight: Any, bias: Any) -> Array:
    """Return the bias of a layer, zero where it is left out."""
    if bias is not None:
        return exact_floats(bias, "bias", 1)
    shape = weight.shape if hasattr(weight, "shape") else as_array(weight, "weight", NetworkError).shape
    return np.zeros(shape[0] if len(shape) else 0)


def shape_of(matrix: Any) -> tuple[int, int]:
    """Return (rows, columns)."""
    return matrix.shape


def _sparse(weight: Any, name: str) -> Matrix:
    from scipy.sparse import coo_array, csr_array

    entries: Any = coo_array(weight)
    if len(entries.shape) != 2:
        raise NetworkError(f"{name} has shape {entries.shape}; it needs 2 dimension(s)")
    values = exact_floats(entries.data, name, 1)
    places = np.ravel_multi_index(entries.coords, entries.shape) if entries.nnz else np.zeros(0, dtype=np.intp)
    if len(np.unique(places)) < len(places):
        raise NetworkError(f"{name} has several entries at one place; their sum might be rounded, so add them first")
    matrix: Any = csr_array((values, entries.coords), shape=entries.shape, dtype=np.float64)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    size = matrix.shape[0] * matrix.shape[1]
    if size <= ALWAYS_DENSE or (matrix.nnz * EMPTY > size and size <= LARGEST_DENSE):
        return exact_floats(matrix.toarray(), name, 2)
    for array in (matrix.data, matrix.indices, matrix.indptr):
        array.setflags(write=False)
    return matrix


def dense(matrix: Matrix, name: str) -> Array:
    """Return the matrix as a read-only dense array.

    Raises
    ------
    NetworkError
        If it is stored sparse and would take more than 2 GB.
    """
    if isinstance(matrix, np.ndarray):
        return matrix
    m, n = shape_of(matrix)
    if m * n > LARGEST_DENSE:
        raise NetworkError(
            f"{name} of shape {(m, n)} is stored sparse, and would take {m * n / 2**27:.0f} GB dense, which what was "
            "asked for needs; give a smaller network, or restrict it to few inputs"
        )
    entries = matrix.toarray()
    entries.setflags(write=False)
    return entries


def applied(matrix: Matrix, points: Array) -> Array:
    """Return points @ matrix.T."""
    product = matrix @ points.T if not isinstance(matrix, np.ndarray) else (points @ matrix.T).T
    return np.ascontiguousarray(product.T)


def feed(digest: Any, matrix: Any) -> None:
    """Feed the values, row by row; a sparse matrix is hashed as the dense one, unless that is large."""
    digest.update(repr(matrix.shape).encode())
    if isinstance(matrix, np.ndarray):
        # adding zero turns -0.0 into 0.0: equal networks hash alike
        digest.update((matrix + 0.0).astype("<f8").tobytes())
    elif matrix.shape[0] * matrix.shape[1] <= LARGEST_HASHED:
        rows = max(1, HASHED_AT_ONCE // matrix.shape[1])
        for first in range(0, matrix.shape[0], rows):
            digest.update((matrix[first : first + rows].toarray() + 0.0).astype("<f8").tobytes())
    else:
        for array, kind in ((matrix.indptr, "<i8"), (matrix.indices, "<i8"), (matrix.data, "<f8")):
            digest.update(array.astype(kind).tobytes())
