"""Vectors in plain loops: assignments of whole arrays compile to several times as much code."""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner

__all__ = ["copy", "fill", "fill_integers", "row_at", "square"]


@inner
def copy(target: np.ndarray, source: np.ndarray) -> None:
    """Copy the head of a vector into a view."""
    for i in range(len(target)):
        target[i] = source[i]


@inner
def fill(target: np.ndarray, value: float) -> None:
    """Fill a float view."""
    for i in range(len(target)):
        target[i] = value


@inner
def fill_integers(target: np.ndarray, value: int) -> None:
    """Fill an integer view."""
    for i in range(len(target)):
        target[i] = value


@inner
def square(x: np.ndarray) -> float:
    """Return the squared length of a vector."""
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return total


@inner
def row_at(row: np.ndarray, y: np.ndarray) -> float:
    """Evaluate a row, unproved."""
    value = row[len(y)]
    for j in range(len(y)):
        value += row[j] * y[j]
    return value
