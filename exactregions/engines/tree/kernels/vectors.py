"""Vectors in plain loops: assignments of whole arrays compile to several times as much code."""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner, reordered

__all__ = [
    "add_rows",
    "copy",
    "copy_integers",
    "dot",
    "fill",
    "fill_integers",
    "largest",
    "row_at",
    "square",
    "value_and_size",
]


@inner
def copy(target: np.ndarray, source: np.ndarray) -> None:
    """Copy the head of a vector into a view."""
    for i in range(len(target)):
        target[i] = source[i]


@inner
def copy_integers(target: np.ndarray, source: np.ndarray) -> None:
    """Copy the head of an integer vector into a view."""
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


@reordered
def row_at(row: np.ndarray, y: np.ndarray) -> float:
    """Evaluate a row, summed in any order, unproved."""
    value = row[len(y)]
    for j in range(len(y)):
        value += row[j] * y[j]
    return value


@reordered
def value_and_size(row: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Evaluate a row and the magnitudes of its terms, summed in any order."""
    value, size = row[len(y)], abs(row[len(y)])
    for j in range(len(y)):
        term = row[j] * y[j]
        value += term
        size += abs(term)
    return value, size


@reordered
def dot(row: np.ndarray, y: np.ndarray) -> float:
    """Return the inner product of the head of a row with y, summed in any order, unproved."""
    total = 0.0
    for j in range(len(y)):
        total += row[j] * y[j]
    return total


@reordered
def add_rows(rows: np.ndarray, which: np.ndarray, factors: np.ndarray, count: int, out: np.ndarray) -> None:
    """Add the heads of some rows, times factors, to a vector: four at a time, which saves three of four stores."""
    full = count - count % 4
    for i in range(0, full, 4):
        a, b, c, d = rows[which[i]], rows[which[i + 1]], rows[which[i + 2]], rows[which[i + 3]]
        u, v, w, x = factors[i], factors[i + 1], factors[i + 2], factors[i + 3]
        for j in range(len(out)):
            out[j] += (u * a[j] + v * b[j]) + (w * c[j] + x * d[j])
    for i in range(full, count):
        a, u = rows[which[i]], factors[i]
        for j in range(len(out)):
            out[j] += u * a[j]


@inner
def largest(row: np.ndarray, count: int) -> float:
    """Return the largest magnitude of the head of a row: four maxima side by side, of which none waits for another."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    full = count - count % 4
    for j in range(0, full, 4):
        a, b = max(a, abs(row[j])), max(b, abs(row[j + 1]))
        c, d = max(c, abs(row[j + 2])), max(d, abs(row[j + 3]))
    for j in range(full, count):
        a = max(a, abs(row[j]))
    return max(max(a, b), max(c, d))
