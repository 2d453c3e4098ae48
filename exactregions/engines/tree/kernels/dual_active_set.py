"""Nearest points to the origin, in floats: the dual active-set method of Goldfarb and Idnani (1983).

The Hessian is the identity, so inner products of the active rows are all it needs. Nothing here is believed:
`proofs` decides.

The same method finds the shortest direction d with g.d >= 1 for the rows g of a cone. There `cone` is one, and the
value of a row is g.d - 1 in place of g.x + e.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.vectors import copy, fill_integers, square

__all__ = ["EMPTY", "OUTSIDE", "REACHED", "STUCK", "factorise", "most_violated", "nearest_with_row", "satisfy",
           "solve", "value_at"]  # fmt: skip

FEASIBLE = 1e-13  # a row violated by less is taken for satisfied: rows and points are of size one
DEPENDENT = 1e-18  # squared length, relative, below which a normal depends on the active ones
REACHED, OUTSIDE, EMPTY, STUCK = 0, 1, 2, 3


@inner
def factorise(state: Any, active: np.ndarray, count: int) -> None:
    """Fill the Cholesky factor of the Gram matrix of the active rows."""
    L, p = state.factor, state.p
    for i in range(count):
        a = state.rows[active[i]]
        for j in range(i + 1):
            b = state.rows[active[j]]
            s = 0.0
            for t in range(p):
                s += a[t] * b[t]
            for t in range(j):
                s -= L[i, t] * L[j, t]
            L[i, j] = np.sqrt(max(s, 1e-300)) if i == j else s / L[j, j]


@inner
def solve(state: Any, rhs: np.ndarray, count: int) -> None:
    """Solve the factorised Gram system in place."""
    L = state.factor
    for i in range(count):
        for t in range(i):
            rhs[i] -= L[i, t] * rhs[t]
        rhs[i] /= L[i, i]
    for i in range(count - 1, -1, -1):
        for t in range(i + 1, count):
            rhs[i] -= L[t, i] * rhs[t]
        rhs[i] /= L[i, i]


@inner
def value_at(row: np.ndarray, x: np.ndarray, cone: int) -> float:
    """Return the value of a row; of a direction in a cone, its rate of increase less one."""
    s = -1.0 if cone != 0 else row[len(x)]
    for t in range(len(x)):
        s += row[t] * x[t]
    return s


@inner
def most_violated(state: Any, height: int, x: np.ndarray, active: np.ndarray, count: int, cone: int) -> int:
    """Return the most violated of the candidates below `height` that are not active, or -1."""
    never_inline()
    worst, worst_value = -1, -FEASIBLE
    for k in range(height):
        if state.candidates[k] == 0:
            continue
        v = value_at(state.rows[k], x, cone)
        if v < worst_value:
            known = False
            for i in range(count):
                known = known or active[i] == k
            if not known:
                worst, worst_value = k, v
    return worst


@inner
def nearest_with_row(state: Any, height: int) -> int:
    """Go from the nearest point to the one that satisfies row `height - 1` too, and leave it as the trial.

    Stops as soon as the distance reaches the radius. With OUTSIDE and EMPTY the state's last proof is a refutation,
    the new row last.
    """
    never_inline()
    limit = state.domain.radius(state) ** 2
    active, u, x = state.trial_rows[1:], state.trial_multipliers, state.trial_point
    count = state.active
    copy(x, state.nearest)
    for i in range(count):
        active[i], u[i] = state.active_rows[i], state.multipliers[i]
    fill_integers(state.candidates[:height], 1)
    violated = height - 1
    for _ in range(10 * (height + 10)):
        status, count = satisfy(state, violated, active, u, x, count, limit, ZERO)
        state.trial_rows[0] = count
        if status != REACHED:
            return status
        violated = most_violated(state, height, x, active, count, ZERO)
        if violated < 0:
            return REACHED
    return STUCK


@inner
def satisfy(
    state: Any, violated: int, active: np.ndarray, u: np.ndarray, x: np.ndarray, count: int, limit: float, cone: int
) -> tuple[int, int]:
    """Add one violated row to the active set, dropping others where their multipliers reach zero."""
    never_inline()
    p, g = state.p, state.rows[violated]
    dual, z = state.duals, state.step
    size = 0.0
    for t in range(p):
        size += g[t] * g[t]
    mine = 0.0
    for _ in range(4 * (p + 4)):
        if state.stop != 0:
            return STUCK, count
        factorise(state, active, count)
        for i in range(count):
            s = 0.0
            for t in range(p):
                s += state.rows[active[i], t] * g[t]
            dual[i] = s
        solve(state, dual, count)
        copy(z, g)
        for i in range(count):
            for t in range(p):
                z[t] -= dual[i] * state.rows[active[i], t]
        length = square(z)
        partial, drop = np.inf, -1
        for i in range(count):
            if dual[i] > 0.0 and u[i] < partial * dual[i]:
                partial, drop = u[i] / dual[i], i
        free = count < p and length > DEPENDENT * size
        if not free and drop < 0:
            _store_proof(state, active, dual, count, violated, -1.0, 1.0)
            return EMPTY, count
        full = -value_at(g, x, cone) / length if free else np.inf
        step = min(partial, full)
        for i in range(count):
            u[i] -= step * dual[i]
        mine += step
        distance = 0.0
        for t in range(p):
            if free:
                x[t] += step * z[t]
            distance += x[t] * x[t]
        if distance >= limit:
            _store_proof(state, active, u, count, violated, 1.0, mine)
            return OUTSIDE, count
        if full <= partial:
            active[count], u[count] = violated, mine
            return REACHED, count + 1
        for i in range(drop, count - 1):
            active[i], u[i] = active[i + 1], u[i + 1]
        count -= 1
    return STUCK, count


@inner
def _store_proof(
    state: Any, active: np.ndarray, values: np.ndarray, count: int, violated: int, factor: float, mine: float
) -> None:
    for i in range(count):
        state.proof_rows[i] = active[i]
        state.proof_multipliers[i] = max(factor * values[i], 0.0)
    state.proof_rows[count] = violated
    state.proof_multipliers[count] = mine
    state.proof_length = count + 1
