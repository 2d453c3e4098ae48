"""Nearest points to the origin, in floats: the dual active-set method of Goldfarb and Idnani (1983).

The Hessian is the identity, so inner products of the active rows are all it needs. Nothing here is believed:
`proofs` decides.
"""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.layout import (
    ACTIVE,
    ACTIVE_ROWS,
    CANDIDATES,
    CONE_DIRECTION,
    CONE_MULTIPLIERS,
    CONE_ROWS,
    DEPTH,
    DIM,
    FACTOR,
    INNER,
    MULTIPLIERS,
    NEAREST,
    ONE,
    OUTER,
    PROOF_MULTIPLIERS,
    PROOF_ROWS,
    PROOFS,
    REG,
    ROW_ERRORS,
    ROWS,
    SCRATCH,
    STOP,
    TRIAL_MULTIPLIERS,
    TRIAL_POINT,
    TRIAL_ROWS,
    ZERO,
    copy,
    fill,
    fill_integers,
    floats,
    integers,
    matrix,
    square,
)

__all__ = ["EMPTY", "REACHED", "STUCK", "inward", "inward_of_all", "is_sharp", "nearest_with_row", "tangent_proof"]

FEASIBLE = 1e-13  # a row violated by less is taken for satisfied: rows and points are of size one
SHARP = 1e-10  # relative accuracy asked of an entry radius before rationals take over
ROUNDING = 1e-15  # of a row of size one at a point of size one, generously
TIGHT = 1e-12  # a row this close to zero is taken to be tight
TANGENT = 1e-9  # relative; a squared distance this close to the radius may be a tangency
DEPENDENT = 1e-18  # squared length, relative, below which a normal depends on the active ones
REACHED, OUTSIDE, EMPTY, STUCK = 0, 1, 2, 3


@inner
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


@inner
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


@inner
def _value(row: np.ndarray, x: np.ndarray, p: int, cone: int) -> float:
    """Return the value of a row; of a direction in a cone, its rate of increase less one."""
    s = -1.0 if cone != 0 else row[p]
    for t in range(p):
        s += row[t] * x[t]
    return s


@inner
def _most_violated(
    S: np.ndarray, candidates: np.ndarray, p: int, x: np.ndarray, active: np.ndarray, count: int, cone: int
) -> int:
    """Return the row most violated among those marked, or -1."""
    never_inline()
    rows = matrix(S, ROWS)
    worst, worst_value = -1, -FEASIBLE
    for k in range(len(candidates)):
        if candidates[k] == 0:
            continue
        v = _value(rows[k], x, p, cone)
        if v < worst_value:
            known = False
            for i in range(count):
                known = known or active[i] == k
            if not known:
                worst, worst_value = k, v
    return worst


@inner
def nearest_with_row(S: np.ndarray, height: int) -> int:
    """Go from NEAREST to the nearest point that satisfies row `height - 1` too, in the TRIAL arrays.

    Stops as soon as the distance reaches the radius. With OUTSIDE and EMPTY, PROOF_ROWS and PROOF_MULTIPLIERS hold
    a refutation (PROOFS of them, the new row last).
    """
    never_inline()
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
    copy(x, nearest)
    for i in range(count):
        active[i], u[i] = active_rows[i], multipliers[i]
    candidates = integers(S, CANDIDATES)[:height]
    fill_integers(candidates, ONE)
    violated = height - 1
    for _ in range(10 * (height + 10)):
        status, count = _satisfy(S, violated, p, active, u, x, count, limit, ZERO)
        trial_rows[0] = count
        if status != REACHED:
            return status
        violated = _most_violated(S, candidates, p, x, active, count, ZERO)
        if violated < 0:
            return REACHED
    return STUCK


@inner
def _satisfy(
    S: np.ndarray, violated: int, p: int, active: np.ndarray, u: np.ndarray, x: np.ndarray, count: int, limit: float,
    cone: int,
) -> tuple[int, int]:
    """Add one violated row to the active set, dropping others where their multipliers reach zero."""
    never_inline()
    rows = matrix(S, ROWS)
    scratch = matrix(S, SCRATCH)
    g = rows[violated]
    dual, z = scratch[3, : count + 1], scratch[4, :p]
    size = 0.0
    for t in range(p):
        size += g[t] * g[t]
    mine = 0.0
    for _ in range(4 * (p + 4)):
        if integers(S, REG)[STOP] != 0:
            return STUCK, count
        _factorise(S, active, count, p)
        for i in range(count):
            s = 0.0
            for t in range(p):
                s += rows[active[i], t] * g[t]
            dual[i] = s
        _solve(S, dual, count)
        copy(z, g)
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
        full = -_value(g, x, p, cone) / length if free else np.inf
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


@inner
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


@inner
def _away(S: np.ndarray, active: np.ndarray, count: int, direction: np.ndarray) -> None:
    """Write the direction that leaves all active hyperplanes at unit speed."""
    never_inline()
    scratch = matrix(S, SCRATCH)
    rows = matrix(S, ROWS)
    reg = integers(S, REG)
    p = reg[DIM]
    weights = scratch[3, : count + 1]
    fill(direction, 0.0)
    if count == 0:
        return
    _factorise(S, active, count, p)
    for i in range(count):
        weights[i] = _length(rows[active[i]], p)
    _solve(S, weights, count)
    for i in range(count):
        for t in range(p):
            direction[t] += weights[i] * rows[active[i], t]


@inner
def _length(row: np.ndarray, p: int) -> float:
    s = 0.0
    for t in range(p):
        s += row[t] * row[t]
    return np.sqrt(s)


@inner
def inward(S: np.ndarray, height: int, q: np.ndarray, active: np.ndarray, count: int, out: np.ndarray) -> None:
    """Step from q, where `count` rows are active, into the cell; `out` is then probably strictly inside."""
    scratch = matrix(S, SCRATCH)
    reg = integers(S, REG)
    p = reg[DIM]
    direction = scratch[4, :p]
    _away(S, active, count, direction)
    step = _room(S, height, q, direction)
    for t in range(p):
        out[t] = q[t] + 0.5 * step * direction[t]


@inner
def is_sharp(S: np.ndarray) -> bool:
    """Whether the distance of the nearest point is right to SHARP, by a bound from either side.

    A row violated by less than the tolerance moves the true nearest point by that over the sine of the angle
    between hyperplanes, and by anything in a sliver. From above: a step that leaves every active hyperplane
    satisfies all rows with their errors, and is short. From below: with x = sum_i u_i a_i the distance is at least
    ||x|| - sum_i u_i f_i(x) / ||x||, by duality.
    """
    never_inline()
    rows, row_errors = matrix(S, ROWS), floats(S, ROW_ERRORS)
    active, u, x = integers(S, ACTIVE_ROWS), floats(S, MULTIPLIERS), floats(S, NEAREST)
    scratch, reg = matrix(S, SCRATCH), integers(S, REG)
    p, count = reg[DIM], reg[ACTIVE]
    direction = scratch[4, :p]
    _away(S, active, count, direction)
    distance = np.sqrt(square(x))
    allowed = SHARP * (distance + 1e-3)
    step = 0.0
    for k in range(reg[DEPTH]):
        value, error = _value(rows[k], x, p, ZERO), row_errors[k]
        if value == 0.0 and error == 0.0:
            continue
        missing = error + ROUNDING - value
        if missing > 0.0:
            rate = _value(rows[k], direction, p, ONE) + 1.0
            if not rate > 0.0:
                return False
            step = max(step, missing / rate)
    if not step * np.sqrt(square(direction)) <= allowed:
        return False
    for k in range(reg[DEPTH]):
        rate = _value(rows[k], direction, p, ONE) + 1.0
        if step * rate < 0.0 and _value(rows[k], x, p, ZERO) + step * rate < row_errors[k] + ROUNDING:
            return False
    gap = 0.0
    for i in range(count):
        gap += abs(u[i]) * (abs(_value(rows[active[i]], x, p, ZERO)) + row_errors[active[i]] + ROUNDING)
    for t in range(p):
        rest = x[t]
        for i in range(count):
            rest -= u[i] * rows[active[i], t]
        gap += abs(rest) * distance
    return count == 0 or gap <= allowed * distance


@inner
def inward_of_all(S: np.ndarray, height: int, q: np.ndarray, out: np.ndarray) -> int:
    """Step from q into the cone of all rows tight there; EMPTY, with multipliers as a proof, if it has no inside.

    A direction d with g.d >= 1 for every tight row is again a nearest-point question.
    """
    never_inline()
    reg = integers(S, REG)
    rows, row_errors = matrix(S, ROWS), floats(S, ROW_ERRORS)
    active, u, x = integers(S, CONE_ROWS), floats(S, CONE_MULTIPLIERS), floats(S, CONE_DIRECTION)
    candidates = integers(S, CANDIDATES)[:height]
    p, count = reg[DIM], ZERO
    for k in range(height):
        tight = _value(rows[k], q, p, ZERO) <= TIGHT + 16.0 * row_errors[k]
        candidates[k] = 1 if tight else 0
    fill(x, 0.0)
    violated = height - 1
    if candidates[violated] == 0:
        violated = _most_violated(S, candidates, p, x, active, ZERO, ONE)
    for _ in range(10 * (height + 10)):
        if violated < 0:
            step = _room(S, height, q, x)
            for t in range(p):
                out[t] = q[t] + 0.5 * step * x[t]
            return REACHED
        status, count = _satisfy(S, violated, p, active, u, x, count, np.inf, ONE)
        if status != REACHED:
            return status
        violated = _most_violated(S, candidates, p, x, active, count, ONE)
    return STUCK


@once
def tangent_proof(S: np.ndarray, k: int) -> bool:
    """Store the multipliers of the trial point, row k last, where it is about as far as the radius."""
    reg = integers(S, REG)
    outer, x = floats(S, OUTER), floats(S, TRIAL_POINT)
    active, u = integers(S, TRIAL_ROWS), floats(S, TRIAL_MULTIPLIERS)
    proof_rows, proof_multipliers = integers(S, PROOF_ROWS), floats(S, PROOF_MULTIPLIERS)
    if square(x) < outer[0] ** 2 * (1.0 - TANGENT):
        return False
    count = ZERO
    last = -1.0
    for i in range(active[0]):
        if active[1 + i] == k:
            last = u[i]
        else:
            proof_rows[count], proof_multipliers[count] = active[1 + i], max(u[i], 0.0)
            count += 1
    proof_rows[count], proof_multipliers[count] = k, last
    reg[PROOFS] = count + 1
    return last > 0.0


@inner
def _room(S: np.ndarray, height: int, q: np.ndarray, direction: np.ndarray) -> float:
    """Return how far one can go from q without leaving the ball or a row."""
    inner = floats(S, INNER)
    rows = matrix(S, ROWS)
    p = len(q)
    a, b, c = 0.0, 0.0, -inner[0] * inner[0]
    for t in range(p):
        a += direction[t] * direction[t]
        b += q[t] * direction[t]
        c += q[t] * q[t]
    if a == 0.0:
        return 0.0
    step = (-b + np.sqrt(max(b * b - a * c, 0.0))) / a
    for k in range(height):
        rate = 0.0
        for t in range(p):
            rate += rows[k, t] * direction[t]
        if rate < 0.0:
            step = min(step, max(_value(rows[k], q, p, ZERO), 0.0) / -rate)
    return step
