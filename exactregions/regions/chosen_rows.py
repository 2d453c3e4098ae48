"""Which rows of a set of regions are meant by an index, a slice, a mask or a list of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import ExactRegionsError
from exactregions.support.shortening import short


def chosen_rows(index: Any, count: int) -> NDArray[np.intp]:
    """Return the numbers of rows that a slice, a mask or several numbers choose.

    Parameters
    ----------
    index : slice, or array_like of bool, shape (count,), or of int, shape (k,)
        Negative numbers count from the end.
    count : int
        How many rows there are.

    Raises
    ------
    ExactRegionsError
        If it is something else, or chooses a row twice.
    IndexError
        If there is no such row.
    """
    if isinstance(index, slice):
        return np.arange(count)[index]
    array = _flat(index)
    if array is None:
        raise ExactRegionsError(
            f"regions are asked for by {short(index)}; give the number of a row, a slice, a mask of {count:,} truth "
            "values, or a list of numbers"
        )
    if array.dtype == bool:
        if len(array) != count:
            raise ExactRegionsError(
                f"the mask has {len(array):,} values, and there are {count:,} regions; give as many"
            )
        return np.flatnonzero(array)
    beyond = array[(array < -count) | (array >= count)]
    if len(beyond):
        raise IndexError(f"there is no region {beyond[0]}; there are {count:,}")
    rows = np.where(array < 0, array + count, array)
    values, times = np.unique(rows, return_counts=True)
    if (times > 1).any():
        raise ExactRegionsError(f"region {values[times > 1][0]} is asked for twice; a set holds a region once")
    return rows


def _flat(index: Any) -> NDArray[Any] | None:
    """Return truth values or whole numbers in one row; None for anything else."""
    if isinstance(index, tuple):
        return None
    try:
        array = np.asarray(index.detach().cpu() if hasattr(index, "detach") else index)
    except (ValueError, TypeError, OverflowError):
        return None
    if array.ndim != 1 or not (array.size == 0 or array.dtype == bool or np.issubdtype(array.dtype, np.integer)):
        return None
    return array if array.dtype == bool else array.astype(np.intp)
