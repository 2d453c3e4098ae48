"""Nearest points to the origin, in floats: the dual active-set method of Goldfarb and Idnani (1983).

The Hessian is the identity, so inner products of the active rows are all it needs. Nothing here is believed:
`proofs` decides.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from exactregions.kernels.layout import (
    ACTIVE,
    ACTIVE_ROWS,
    DIM,
    FACTOR,
    INNER,
    MULTIPLIERS,
    NEAREST,
    OUTER,
    PROOFS,
    PROOF_MULTIPLIERS,
    PROOF_ROWS,
    REG,
    ROWS,
    SCRATCH,
    TRIAL_MULTIPLIERS,
    TRIAL_POINT,
    TRIAL_ROWS,
    floats,
    integers,
    matrix,
)

__all__ = ["inward", "nearest_with_row"]

FEASIBLE = 1e-13  # a row violated by less is taken for satisfied: rows and points are of size one
DEPENDENT = 1e-18  # squared length, relative, below which a normal depends on the active ones
REACHED, OUTSIDE, EMPTY, STUCK = 0, 1, 2, 3


@njit(cache=True)
def _factorise(S: np.ndarray, active: np.ndarray, count: int, p: int) -> None:
    """Fill the Cholesky factor of the Gram matrix of the active rows."""
    factor = matrix(S, FACTOR)
    rows = matrix(S, ROWS)
    L = factor
    for i in range(count):
        a = rows[active[i]]
        for j in range(i + 1):
            b = rows[active[j]]
            s = 0.0
            for t in range(p):
                s += a[t] * b[t]
            for t in range(j):
                s -= L[i, t] * L[j, t]
            L[i, j] = np.sqrt(max(s, 1e-300)) if i == j else s / L[j, j]


@njit(cache=True)
def _solve(S: np.ndarray, rhs: np.ndarray, count: int) -> None:
    """Solve the factorised Gram system in place."""
    factor = matrix(S, FACTOR)
    L = factor
    for i in range(count):
        for t in range(i):
            rhs[i] -= L[i, t] * rhs[t]
        rhs[i] /= L[i, i]
    for i in range(count - 1, -1, -1):
        for t in range(i + 1, count):
            rhs[i] -= L[t, i] * rhs[t]
        rhs[i] /= L[i, i]


@njit(cache=True)
def _value(row: np.ndarray, x: np.ndarray, p: int) -> float:
    s = row[p]
    for t in range(p):
        s += row[t] * x[t]
    return s


@njit(cache=True)
def _most_violated(S: np.ndarray, height: int, p: int, active: np.ndarray, count: int) -> int:
    rows = matrix(S, ROWS)
    trial = floats(S, TRIAL_POINT)
    worst, worst_value = -1, -FEASIBLE
    for k in range(height):
        v = _value(rows[k], trial, p)
        if v < worst_value:
            known = False
            for i in range(count):
                known = known or active[i] == k
            if not known:
                worst, worst_value = k, v
    return worst


@njit(cache=True)
def nearest_with_row(S: np.ndarray, height: int) -> int:
    """Go from `state.nearest` to the nearest point that satisfies row `height - 1` too, in `state.trial*`.

    Stops as soon as the distance reaches the radius. With OUTSIDE and EMPTY, PROOF_ROWS and PROOF_MULTIPLIERS hold
    a refutation (PROOFS of them, the new row last).
    """
    outer = floats(S, OUTER)
    trial_rows = integers(S, TRIAL_ROWS)
    trial_multipliers = floats(S, TRIAL_MULTIPLIERS)
    trial = floats(S, TRIAL_POINT)
    nearest = floats(S, NEAREST)
    active_rows = integers(S, ACTIVE_ROWS)
    multipliers = floats(S, MULTIPLIERS)
    reg = integers(S, REG)
    p = reg[DIM]
    limit = outer[0] ** 2
    active, u, x = trial_rows[1:], trial_multipliers, trial
    count = reg[ACTIVE]
    x[:] = nearest
    for i in range(count):
        active[i], u[i] = active_rows[i], multipliers[i]
    violated = height - 1
    for _ in range(10 * (height + 10)):
        status, count = _satisfy(S, violated, p, active, u, x, count, limit)
        trial_rows[0] = count
        if status != REACHED:
            return status
        violated = _most_violated(S, height, p, active, count)
        if violated < 0:
            return REACHED
    return STUCK


@njit(cache=True)
def _satisfy(
    S: np.ndarray, violated: int, p: int, active: np.ndarray, u: np.ndarray, x: np.ndarray, count: int, limit: float
) -> tuple[int, int]:
    """Add one violated row to the active set, dropping others where their multipliers reach zero."""
    rows = matrix(S, ROWS)
    scratch = matrix(S, SCRATCH)
    g = rows[violated]
    dual, z = scratch[3, : count + 1], scratch[4, :p]
    size = 0.0
    for t in range(p):
        size += g[t] * g[t]
    mine = 0.0
    for _ in range(4 * (p + 4)):
        _factorise(S, active, count, p)
        for i in range(count):
            s = 0.0
            for t in range(p):
                s += rows[active[i], t] * g[t]
            dual[i] = s
        _solve(S, dual, count)
        z[:] = g[:p]
        for i in range(count):
            for t in range(p):
                z[t] -= dual[i] * rows[active[i], t]
        length = 0.0
        for t in range(p):
            length += z[t] * z[t]
        partial, drop = np.inf, -1
        for i in range(count):
            if dual[i] > 0.0 and u[i] < partial * dual[i]:
                partial, drop = u[i] / dual[i], i
        free = count < p and length > DEPENDENT * size
        if not free and drop < 0:
            _store_proof(S, active, dual, count, violated, -1.0, 1.0)
            return EMPTY, count
        full = -_value(g, x, p) / length if free else np.inf
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
            _store_proof(S, active, u, count, violated, 1.0, mine)
            return OUTSIDE, count
        if full <= partial:
            active[count], u[count] = violated, mine
            return REACHED, count + 1
        for i in range(drop, count - 1):
            active[i], u[i] = active[i + 1], u[i + 1]
        count -= 1
    return STUCK, count


@njit(cache=True)
def _store_proof(
    S: np.ndarray, active: np.ndarray, values: np.ndarray, count: int, violated: int, factor: float, mine: float
) -> None:
    proof_rows = integers(S, PROOF_ROWS)
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    reg = integers(S, REG)
    for i in range(count):
        proof_rows[i] = active[i]
        proof_multipliers[i] = max(factor * values[i], 0.0)
    proof_rows[count] = violated
    proof_multipliers[count] = mine
    reg[PROOFS] = count + 1


@njit(cache=True)
def inward(S: np.ndarray, height: int, q: np.ndarray, active: np.ndarray, count: int, out: np.ndarray) -> None:
    """Step from q, where `count` rows are active, into the cell; `out` is then probably strictly inside."""
    scratch = matrix(S, SCRATCH)
    rows = matrix(S, ROWS)
    reg = integers(S, REG)
    p = reg[DIM]
    direction, weights = scratch[4, :p], scratch[3, : count + 1]
    direction[:] = 0.0
    if count > 0:
        _factorise(S, active, count, p)
        for i in range(count):
            a = rows[active[i]]
            s = 0.0
            for t in range(p):
                s += a[t] * a[t]
            weights[i] = np.sqrt(s)
        _solve(S, weights, count)
        for i in range(count):
            for t in range(p):
                direction[t] += weights[i] * rows[active[i], t]
    for _ in range(30):
        step, worst = _room(S, height, q, direction)
        if step > 1e-9 or worst < 0:
            break
        # a row that is tight without being active blocks: lean towards it and try again
        a = rows[worst]
        s = 0.0
        for t in range(p):
            s += a[t] * a[t]
        for t in range(p):
            direction[t] += a[t] / np.sqrt(s)
    step, worst = _room(S, height, q, direction)
    for t in range(p):
        out[t] = q[t] + 0.5 * step * direction[t]


@njit(cache=True)
def _room(S: np.ndarray, height: int, q: np.ndarray, direction: np.ndarray) -> tuple[float, int]:
    """Return how far one can go from q without leaving the ball or a row, and the row that blocks first."""
    inner = floats(S, INNER)
    rows = matrix(S, ROWS)
    p = len(q)
    a, b, c = 0.0, 0.0, -inner[0] * inner[0]
    for t in range(p):
        a += direction[t] * direction[t]
        b += q[t] * direction[t]
        c += q[t] * q[t]
    if a == 0.0:
        return 0.0, -1
    step, worst = (-b + np.sqrt(max(b * b - a * c, 0.0))) / a, -1
    for k in range(height):
        rate = 0.0
        for t in range(p):
            rate += rows[k, t] * direction[t]
        if rate < 0.0:
            limit = max(_value(rows[k], q, p), 0.0) / -rate
            if limit < step:
                step, worst = limit, k
    return step, worst
