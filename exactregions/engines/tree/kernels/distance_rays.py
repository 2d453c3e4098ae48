"""Rays of dual solutions, for nearest points in the norm of a box, followed for long steps.

Along a ray what is violated, a row or the bounds of a free column, gains a multiplier. The distance rises at first by
the violation; wherever a component of the gradient changes sign, that coordinate goes to its other bound and the rate
falls. The ray is left where the rate would turn negative, which makes that column free, or where a multiplier reaches
zero, whose row leaves. So one pivot passes many vertices of the dual norm (long steps: Fourer 1994; Maros 2003;
Koberstein 2005).

The ray is u + theta (v - w), written q u + v - w with q = 1 / theta. Only ratios matter, so q falls from infinity
through zero to negative numbers: it passes the point at infinity of the ray as any other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import MINUS_ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.distance_basis import side_sum
from exactregions.engines.tree.kernels.distance_trial import margin_of, weigh_step
from exactregions.engines.tree.kernels.vectors import copy, dot, fill

__all__ = ["advance", "first_to_vanish", "follow", "pass_changes", "sign_changes"]

NOISE = 1e-11  # relative change of a component that is taken for none
LOWEST = -1e300  # stands for the end of a ray: times zero it is zero
VANISHED = 1e-13  # relative length of a gradient that is taken for zero
BLOCK = 32  # components looked at together


@inner
def follow(state: Any, row: int, place: int) -> tuple[float, float]:
    """Find how multipliers and gradient change along the ray; return the rate of the distance and the sizes summed."""
    never_inline()
    m, p, x = state.trial_active, state.p, state.trial_point
    change, given = state.change, state.solution
    if row >= 0:
        g = state.rows[row]
        state.trial_rows[m], state.trial_sums[m] = row, side_sum(state, row)
        for f in range(m - 1):
            given[f] = g[state.trial_columns[f]]
        given[m - 1] = state.trial_sums[m]
        rate = margin_of(state, row, state.trial_level) - g[p] - dot(g, x)
        copy(change, g)
    else:
        j = state.trial_columns[place]
        for f in range(m - 1):
            given[f] = 0.0
        given[place], given[m - 1] = -np.copysign(1.0, x[j]), state.outer[j]
        rate = abs(x[j]) - state.trial_distance[0] * state.outer[j]
        fill(change, 0.0)
    sizes = weigh_step(state)
    for f in range(m - 1):
        change[state.trial_columns[f]] = 0.0
    if row < 0:
        change[state.trial_columns[place]] = np.copysign(1.0, x[state.trial_columns[place]])
    return rate, sizes


@inner
def first_to_vanish(state: Any, sizes: float) -> tuple[int, float]:
    """Return the active row whose multiplier reaches zero first, and where on the ray."""
    block, bound, w = ZERO, -np.inf, state.weights_of_step
    for i in range(state.trial_active):
        u = state.trial_multipliers[i]
        q = w[i] / u if u > 0.0 else (np.inf if w[i] > NOISE * sizes else -np.inf)
        if q > bound or (q == bound and abs(w[i]) > abs(w[block])):
            block, bound = i, q
    return block, bound


@inner
def sign_changes(state: Any, sizes: float, bound: float) -> int:
    """Collect where components of the gradient change sign before a bound; return their number.

    A component with q = against / |gradient|, infinite where the gradient is zero, does so where q > bound.
    """
    never_inline()
    count, least = ZERO, NOISE * sizes
    keys, x, change, gradient = state.keys, state.trial_point, state.change, state.trial_gradient
    _fill_excess(keys, x, change, gradient, max(bound, LOWEST))
    for first in range(0, state.p, BLOCK):
        last = min(first + BLOCK, state.p)
        if _positive(keys[first:last]) == 0:
            continue
        for j in range(first, last):
            if keys[j] > 0.0 and abs(change[j]) > least and state.outer[j] > 0.0:
                state.key_columns[count] = j
                keys[count] = -np.copysign(1.0, x[j]) * change[j] / abs(gradient[j])
                count += 1
    return count


@reordered
def _fill_excess(keys: np.ndarray, x: np.ndarray, change: np.ndarray, gradient: np.ndarray, bound: float) -> None:
    """Write which components change sign before a bound: those with a positive excess."""
    for j in range(len(keys)):
        keys[j] = -np.copysign(1.0, x[j]) * change[j] - bound * abs(gradient[j])


@reordered
def _positive(keys: np.ndarray) -> int:
    count = 0
    for j in range(len(keys)):
        count += 1 if keys[j] > 0.0 else 0
    return count


@inner
def pass_changes(
    state: Any, row: int, place: int, count: int, rate: float, bound: float
) -> tuple[int, float, float, float, bool]:
    """Pass sign changes while the distance rises.

    Returns
    -------
    column, q, first, last, empty
        The column that becomes free, or -1, and where the ray is left; the dual length there is first q + last. Empty
        means that the gradient vanishes there while the distance still rises.
    """
    never_inline()
    keys, columns, t = state.keys, state.key_columns, state.trial_distance[0]
    slope, first, last = rate, 1.0, 0.0
    rows = state.trial_active + (1 if row >= 0 else 0)
    # upper bounds of the dual lengths of the two parts of the ray, had nothing cancelled
    own, other = 0.0, state.row_ranges[row] if row >= 0 else state.outer[state.trial_columns[place]]
    for i in range(state.trial_active):
        size = state.row_ranges[state.trial_rows[i]]
        own, other = own + state.trial_multipliers[i] * size, other + abs(state.weights_of_step[i]) * size
    for i in range(count // 2 - 1, -1, -1):
        _sink(keys, columns, i, count)
    while True:
        j, q = (columns[0], keys[0]) if count > 0 else (MINUS_ONE, bound)
        if q < np.inf and first * q + last <= VANISHED * (abs(q) * own + other):
            return j, (max(q, -last / first) if first > 0.0 else q), first, last, True
        if count == 0:
            return MINUS_ONE, q, first, last, False
        side = np.copysign(1.0, state.trial_point[j])
        b, a = abs(state.trial_gradient[j]) * state.outer[j], -side * state.change[j] * state.outer[j]
        drop = 2.0 * (rate * b + t * a)
        if not drop < slope:
            return j, q, first, last, False
        slope, first, last = slope - drop, first - 2.0 * b, last + 2.0 * a
        state.trial_point[j] = -state.trial_point[j]
        for i in range(rows):
            state.trial_sums[i] -= 2.0 * side * state.outer[j] * state.rows[state.trial_rows[i], j]
        count -= 1
        keys[0], columns[0] = keys[count], columns[count]
        _sink(keys, columns, ZERO, count)


@inner
def _sink(keys: np.ndarray, columns: np.ndarray, at: int, count: int) -> None:
    """Let an entry of a heap, largest key first, find its place."""
    key, column = keys[at], columns[at]
    while True:
        below = 2 * at + 1
        if below >= count:
            break
        if below + 1 < count and keys[below + 1] > keys[below]:
            below += 1
        if not keys[below] > key:
            break
        keys[at], columns[at] = keys[below], columns[below]
        at = below
    keys[at], columns[at] = key, column


@inner
def advance(state: Any, q: float, first: float, last: float) -> None:
    """Move the gradient along the ray, to dual length one."""
    old, new = 1.0, 0.0
    if abs(q) > 1.0:
        theta = 1.0 / q
        length = first + last * theta
        old, new = 1.0 / length, theta / length
    else:
        length = first * q + last
        old, new = q / length, 1.0 / length
    for j in range(state.p):
        state.trial_gradient[j] = old * state.trial_gradient[j] + new * state.change[j]
