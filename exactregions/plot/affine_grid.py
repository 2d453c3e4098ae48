"""The value of a piecewise affine function at every point of a grid: nothing is interpolated between corners."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.plot.affine_pieces import AffinePiece

Array = NDArray[np.float64]
Places = NDArray[np.intp]

# corners are rounded to about 1e-16 of a domain that is at least 1e-6 of its distance from the origin
ROUNDING = 1e-9
AT_ONCE = 1024  # pieces


def values_on_grid(pieces: Sequence[AffinePiece], x: Array, y: Array, size: float) -> Array:
    """Return the value at every point of a grid, NaN where no piece is: shape (len(y), len(x)).

    A point beside its piece by no more than rounding has a value that the function takes on the piece.

    Parameters
    ----------
    pieces : sequence of AffinePiece
    x, y : numpy.ndarray
        Ascending.
    size : float
        Of the domain: points within its rounding of a piece belong to it, so that none falls between two.
    """
    values = np.full((len(y), len(x)), np.nan)
    for first in range(0, len(pieces), AT_ONCE):
        _fill(values, pieces[first : first + AT_ONCE], x, y, ROUNDING * size)
    return values


def _fill(values: Array, pieces: Sequence[AffinePiece], x: Array, y: Array, slack: float) -> None:
    """Write the values of pieces where they are, line by line of the grid and dot by dot of each line."""
    owners, rows, begin, end = _lines([piece.outline for piece in pieces], y, slack)
    left, right = np.searchsorted(x, begin - slack), np.searchsorted(x, end + slack, side="right")
    lines, steps = _repeated(np.maximum(right - left, 0))
    owners, rows, columns = owners[lines], rows[lines], left[lines] + steps
    base, slope = np.array([piece.outline[0] for piece in pieces]), np.array([piece.slope for piece in pieces])
    value, low, high = np.array([(piece.value, piece.low, piece.high) for piece in pieces]).T
    along = slope[owners, 1] * (y[rows] - base[owners, 1]) + slope[owners, 0] * (x[columns] - base[owners, 0])
    values[rows, columns] = np.clip(value[owners] + along, low[owners], high[owners])


def _lines(outlines: Sequence[Array], y: Array, slack: float) -> tuple[Places, Places, Array, Array]:
    """Return the lines of the grid that meet convex outlines: whose, which, and where each enters and leaves.

    A line that misses an outline by less than the slack has the ends of the nearest line that meets it.
    """
    counts = np.array([len(outline) for outline in outlines])
    starts = np.cumsum(counts) - counts
    corners, after = np.concatenate(outlines), np.arange(1, counts.sum() + 1)
    after[starts + counts - 1] = starts
    bottom, top = (end.reduceat(corners[:, 1], starts) for end in (np.minimum, np.maximum))
    first, last = np.searchsorted(y, bottom - slack), np.searchsorted(y, top + slack)
    owners, steps = _repeated(np.maximum(last - first, 0))
    rows = first[owners] + steps
    lines, steps = _repeated(counts[owners])
    edges = starts[owners[lines]] + steps
    (x0, y0), (x1, y1) = corners[edges].T, corners[after[edges]].T
    height = np.clip(y[rows], bottom[owners], top[owners])[lines]
    slanted = y0 != y1
    along = (height - y0) / np.where(slanted, y1 - y0, 1.0)
    met = slanted & (along >= 0) & (along <= 1)
    crossing = x0 + along * (x1 - x0)
    begins = np.cumsum(counts[owners]) - counts[owners]
    enter, leave = np.where(met, crossing, np.inf), np.where(met, crossing, -np.inf)
    return owners, rows, np.minimum.reduceat(enter, begins), np.maximum.reduceat(leave, begins)


def _repeated(counts: Places) -> tuple[Places, Places]:
    """Return each place as often as its count says, and 0, 1, .. for its copies."""
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
