"""A box around the current cell, drawn in row by row without programs, and the ranges of forms over it."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma, raised
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered

__all__ = ["enclose", "range_of"]


@inner
def enclose(state: Any) -> None:
    """Write a box around the current cell: that of the domain, drawn in row by row.

    A row g.y + e with an error bound of d is at most s + d on the box, s = e + sum_j max(g_j l_j, g_j u_j). Where it
    is positive, |g_i| |end_i - y_i| < s + d for the end at which g_i y_i is largest: y_i is that near to it.
    """
    never_inline()
    p, lows, highs = state.p, state.box_lows, state.box_highs
    for j in range(p):
        lows[j], highs[j] = -state.outer[j], state.outer[j]
    for k in range(state.depth):
        row = state.rows[k]
        most, size = row[p], abs(row[p])
        for j in range(p):
            term = row[j] * (highs[j] if row[j] > 0.0 else lows[j])
            most += term
            size += abs(term)
        room = most + (gamma(p + 1) * size + state.row_errors[k]) * (1.0 + 1e-10) + UNDERFLOW
        if not room < np.inf:
            continue
        room = max(room, 0.0)
        for j in range(p):
            if row[j] == 0.0:
                continue
            # four roundings, of the sum above, the quotient, the factor and the difference, are made up for
            near = room / abs(row[j]) * (1.0 + 1e-15)
            if row[j] > 0.0:
                lows[j] = max(lows[j], highs[j] - near - 1e-15 * abs(highs[j]))
            else:
                highs[j] = min(highs[j], lows[j] + near + 1e-15 * abs(lows[j]))
    for j in range(p):
        middle = 0.5 * (lows[j] + highs[j])
        state.middles[j] = middle
        state.halves[j] = max(max(highs[j] - middle, middle - lows[j]), 0.0) * (1.0 + 1e-15) + UNDERFLOW


@reordered
def _centre_and_radius(row: np.ndarray, middles: np.ndarray, halves: np.ndarray) -> tuple[float, float, float]:
    """Return the value at the middle, what coordinates and noise add to it, and the magnitude of all terms."""
    p = len(middles)
    value, radius, size = row[p], 0.0, abs(row[p])
    for j in range(p):
        value += row[j] * middles[j]
        radius += abs(row[j]) * halves[j]
        size += abs(row[j]) * abs(middles[j])
    for j in range(p + 1, len(row)):
        radius += abs(row[j])
    return value, radius, size + radius


@inner
def range_of(state: Any, row: np.ndarray, error: float) -> tuple[float, float, float]:
    """Return proved ends of the values of a row that is off by no more than `error`, and a bound of its magnitude.

    A term meets two products and at most as many additions as there are columns, in whatever order.
    """
    value, radius, size = _centre_and_radius(row, state.middles, state.halves)
    roundings = len(row) + 4
    off = (gamma(roundings) * size + error) * (1.0 + 1e-10) + UNDERFLOW
    reach = raised(radius, 2) + off
    # the sums below round once more, and by less than the last term makes up for
    low = value - reach - 4e-16 * (abs(value) + reach)
    high = value + reach + 4e-16 * (abs(value) + reach)
    return low, high, raised(size, roundings) + UNDERFLOW
