"""Multipliers of rows whose sum is nowhere positive though each row is somewhere.

The largest value of y . (forms) over a box is convex in y, and is made small over the simplex by multiplicative steps
along subgradients. Any y will do: the bound of the sum is computed for the y that is found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["lowering"]

Floats = NDArray[np.float64]

STEPS, LENGTH = 12, 2.0
SMALLEST = 2.0**-40  # of multipliers, whose sum is about one


def lowering(tops: Floats, forms: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return multipliers for which the largest value of the sum of rows is small, in single floats.

    Parameters
    ----------
    tops : numpy.ndarray, shape (boxes, rows)
        Largest values of the rows.
    forms : numpy.ndarray, shape (boxes, rows, inputs)
    lower, upper : numpy.ndarray, shape (boxes, inputs)

    Returns
    -------
    numpy.ndarray, shape (boxes, rows)
        Not negative, and positive for a row of each box.
    """
    count = tops.shape[1]
    best = np.eye(count)[tops.argmin(axis=1)]
    if count == 1:
        return best
    halves = forms * ((upper - lower) / 2)[:, None]
    sizes = np.abs(halves).sum(axis=2)
    middles, scale = tops - sizes, sizes.max(axis=1, keepdims=True) + np.ptp(tops, axis=1, keepdims=True) + 1e-300
    y, least = np.full(tops.shape, 1.0 / count), tops.min(axis=1)
    for step in range(STEPS):
        total = np.matmul(y[:, None], halves)[:, 0]
        values = (y * middles).sum(axis=1) + np.abs(total).sum(axis=1)
        better = values < least
        best, least = np.where(better[:, None], y, best), np.where(better, values, least)
        slopes = middles + np.matmul(halves, np.sign(total)[..., None])[..., 0]
        y = y * np.exp(-LENGTH / np.sqrt(step + 1) * (slopes - slopes.min(axis=1, keepdims=True)) / scale)
        y /= y.sum(axis=1, keepdims=True)
    return np.where(best > SMALLEST, best, 0.0).astype(np.float32).astype(np.float64)
