"""From a point on the boundary of a cell to one inside: witnesses near a nearest point, unproved."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.dual_active_set import (
    REACHED,
    STUCK,
    factorise,
    most_violated,
    satisfy,
    solve,
    value_at,
)
from exactregions.engines.tree.kernels.vectors import fill

__all__ = ["away", "inward", "inward_of_all"]

TIGHT = 1e-12  # a row this close to zero is taken to be tight


@inner
def away(state: Any, active: np.ndarray, count: int, direction: np.ndarray) -> None:
    """Write the direction that leaves all active hyperplanes at unit speed."""
    never_inline()
    p, weights = state.p, state.duals
    fill(direction, 0.0)
    if count == 0:
        return
    factorise(state, active, count)
    for i in range(count):
        weights[i] = _length(state.rows[active[i]], p)
    solve(state, weights, count)
    for i in range(count):
        for t in range(p):
            direction[t] += weights[i] * state.rows[active[i], t]


@inner
def _length(row: np.ndarray, p: int) -> float:
    s = 0.0
    for t in range(p):
        s += row[t] * row[t]
    return np.sqrt(s)


@inner
def inward(state: Any, height: int, q: np.ndarray, active: np.ndarray, count: int, out: np.ndarray) -> None:
    """Step from q, where `count` rows are active, into the cell; `out` is then probably strictly inside."""
    direction = state.direction
    away(state, active, count, direction)
    step = _room(state, height, q, direction)
    for t in range(state.p):
        out[t] = q[t] + 0.5 * step * direction[t]


@inner
def inward_of_all(state: Any, height: int, q: np.ndarray, out: np.ndarray) -> int:
    """Step from q into the cone of all rows tight there; EMPTY, with multipliers as a proof, if it has no inside.

    A direction d with g.d >= 1 for every tight row is again a nearest-point question.
    """
    never_inline()
    active, u, x = state.cone_rows, state.cone_multipliers, state.cone_direction
    count = ZERO
    for k in range(height):
        tight = value_at(state.rows[k], q, ZERO) <= TIGHT + 16.0 * state.row_errors[k]
        state.candidates[k] = 1 if tight else 0
    fill(x, 0.0)
    violated = height - 1
    if state.candidates[violated] == 0:
        violated = most_violated(state, height, x, active, ZERO, ONE)
    for _ in range(10 * (height + 10)):
        if violated < 0:
            step = _room(state, height, q, x)
            for t in range(state.p):
                out[t] = q[t] + 0.5 * step * x[t]
            return REACHED
        status, count = satisfy(state, violated, active, u, x, count, np.inf, ONE)
        if status != REACHED:
            return status
        violated = most_violated(state, height, x, active, count, ONE)
    return STUCK


@inner
def _room(state: Any, height: int, q: np.ndarray, direction: np.ndarray) -> float:
    """Return how far one can go from q without leaving the ball or a row."""
    a, b, c = 0.0, 0.0, 0.0
    for t in range(len(q)):
        a += direction[t] * direction[t]
        b += q[t] * direction[t]
        c += q[t] * q[t]
    radius = state.domain.room(state, np.sqrt(c))
    c -= radius * radius
    if a == 0.0:
        return 0.0
    step = (-b + np.sqrt(max(b * b - a * c, 0.0))) / a
    for k in range(height):
        rate = 0.0
        for t in range(len(q)):
            rate += state.rows[k, t] * direction[t]
        if rate < 0.0:
            step = min(step, max(value_at(state.rows[k], q, ZERO), 0.0) / -rate)
    return step
