"""Nearest points in the norm 1 (see `distance_search`): min sum_j |y_j| over the rows of a cell, by a dual simplex.

With active rows g_1 .. g_m a basis has m free columns F; every other coordinate is zero. The active rows are then m
equations in y_F,

    sum_{j in F} g_ij y_j = margin_i - constant_i,

and the transposed matrix gives the dual solution: multipliers u >= 0 whose combination h = sum_i u_i g_i, the gradient
of the distance in radii, is s_j / radius in F, s_j = 1 or -1, and no larger elsewhere. So a basis is as large as the
number of active rows, however many inputs there are, and a row is evaluated in as many products. A basis is violated by
a row, or by a free column with s_j y_j < 0.

Along a ray what is violated, a row or the bound of a column, gains a multiplier. The ray ends where another multiplier
reaches zero, whose row leaves, or a component of h its bound, which makes that column free. A column that comes to its
other bound has only changed sides. The distance rises along the whole ray, and nothing can be passed: these are no long
steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, raised
from exactregions.engines.tree.kernels.codes import MINUS_ONE
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.distance_search import EMPTY, STUCK, WENT_ON, most_violated_row, store_proof
from exactregions.engines.tree.kernels.distance_trial import (
    FEASIBLE,
    begin_trial,
    eliminate,
    shortfall,
    solve,
    solve_transposed,
    weigh_step,
)
from exactregions.engines.tree.kernels.vectors import add_rows, copy, fill

NOISE = 1e-11  # relative change of a component that is taken for none
NEARLY = 1e-11  # relative; of bounds that are reached so close together the one that changes most is taken
OLD = 40  # pivots after which the gradient is computed anew


@inner
def columns_of(m: int) -> int:
    """Return the same number."""
    return m


@inner
def retry(state: Any, level: int) -> bool:
    """Make the nearest point the trial: its multipliers are a basis for all margins."""
    never_inline()
    begin_trial(state, level)
    return state.trial_active == 0 or (_factorise(state) and _solve_point(state))


@inner
def violation(state: Any, k: int) -> float:
    """Return by how much the trial violates a row, relative to its range; zero where that is to be tolerated."""
    row, x, value = state.rows[k], state.trial_point, state.rows[k, state.p]
    for f in range(state.trial_active):
        j = state.trial_columns[f]
        value += row[j] * x[j]
    return shortfall(state, k, value)


@inner
def most_violated(state: Any, height: int, reach: float) -> tuple[int, int]:
    """Return the most violated row, or the place of the most violated free column; minus one for neither.

    Free columns may be on the wrong sides where the point is within reach.
    """
    never_inline()
    row, place = most_violated_row(state, height), MINUS_ONE
    if row >= 0 or state.trial_distance[0] < reach:
        return row, place
    worst = FEASIBLE * state.outer[0]
    for f in range(state.trial_active):
        j = state.trial_columns[f]
        beyond = -np.copysign(1.0, state.trial_gradient[j]) * state.trial_point[j]
        if beyond > worst:
            worst, place = beyond, f
    return row, place


@inner
def pivot(state: Any, row: int, place: int, height: int) -> int:
    """Give what is violated its multiplier, as far as all others stay within their bounds."""
    never_inline()
    state.pivots += 1
    sizes = _follow(state, row, place)
    block, column, theta = _first_bound(state, sizes, place)
    if block < 0 and column < 0:
        return _store_ray(state, row, height) if row >= 0 else STUCK
    h = state.trial_gradient
    for j in range(state.p):
        h[j] += theta * state.change[j]
    if column >= 0:
        h[column] = np.copysign(1.0 / state.outer[column], state.change[column])
    if place < 0 or column != state.trial_columns[place]:
        _exchange(state, row, place, column, block)
    return _at_new_basis(state)


@inner
def _at_new_basis(state: Any) -> int:
    """Compute point and multipliers of the basis."""
    never_inline()
    m, given = state.trial_active, state.solution
    if not (_factorise(state) and _solve_point(state)):
        return STUCK
    for f in range(m):
        given[f] = state.trial_gradient[state.trial_columns[f]]
    solve_transposed(state, given, state.trial_multipliers)
    for i in range(m):
        state.trial_multipliers[i] = max(state.trial_multipliers[i], 0.0)
    state.trial_age += 1
    if state.trial_age > OLD:
        _refresh(state)
    return WENT_ON


@inner
def _follow(state: Any, row: int, place: int) -> float:
    """Find how multipliers fall and the gradient changes along the ray; return the sizes summed."""
    never_inline()
    m, change, given = state.trial_active, state.change, state.solution
    if row >= 0:
        state.trial_rows[m] = row
        copy(change, state.rows[row])
        for f in range(m):
            given[f] = state.rows[row, state.trial_columns[f]]
    else:
        fill(change, 0.0)
        for f in range(m):
            given[f] = 0.0
        given[place] = np.copysign(1.0, state.trial_gradient[state.trial_columns[place]])
    sizes = weigh_step(state)
    for f in range(m):
        change[state.trial_columns[f]] = 0.0
    if place >= 0:
        j = state.trial_columns[place]
        change[j] = -np.copysign(1.0, state.trial_gradient[j])
    return sizes


@inner
def _first_bound(state: Any, sizes: float, place: int) -> tuple[int, int, float]:
    """Return the row whose multiplier reaches zero first, or the column that reaches a bound, and where on the ray.

    Of those that do so nearly at once it is the one that changes most, as the basis is then furthest from singular.
    """
    never_inline()
    m, w, u = state.trial_active, state.weights_of_step, state.trial_multipliers
    change, h = state.change, state.trial_gradient
    least, top, end = NOISE * sizes, 1.0 / state.outer[0], np.inf
    room = NEARLY * top
    for i in range(m):
        if w[i] > least:
            end = min(end, (u[i] + NEARLY * top) / w[i])
    for j in range(state.p):
        a = abs(change[j])
        if a > least:
            end = min(end, (top + room - np.copysign(1.0, change[j]) * h[j]) / a)
    block, column, best, theta = MINUS_ONE, MINUS_ONE, 0.0, 0.0
    for i in range(m):
        if w[i] > least and w[i] > best and u[i] <= end * w[i]:
            block, best, theta = i, w[i], u[i] / w[i]
    for j in range(state.p):
        a = abs(change[j])
        if a > least and a > best:
            gap = top - np.copysign(1.0, change[j]) * h[j]
            if gap <= end * a:
                block, column, best, theta = MINUS_ONE, j, a, gap / a
    return block, column, max(theta, 0.0)


@inner
def _exchange(state: Any, row: int, place: int, column: int, block: int) -> None:
    """Change the basis: a row or a free column comes or goes for what is violated."""
    m, rows, columns = state.trial_active, state.trial_rows, state.trial_columns
    if column >= 0:
        if row >= 0:
            columns[m], m = column, m + 1
        else:
            columns[place] = column
    elif row >= 0:
        rows[block] = row
    else:
        columns[place], rows[block] = columns[m - 1], rows[m - 1]
        m -= 1
    state.trial_active = m


@inner
def _factorise(state: Any) -> bool:
    """Factorise the active rows in the free columns; False where they are singular."""
    m, B = state.trial_active, state.factor
    for i in range(m):
        row = state.rows[state.trial_rows[i]]
        for f in range(m):
            B[i, f] = row[state.trial_columns[f]]
    return eliminate(state)


@inner
def _solve_point(state: Any) -> bool:
    """Write the point of the factorised basis, and its length; False where that is no number."""
    never_inline()
    solve(state)
    x, length = state.trial_point, 0.0
    fill(x, 0.0)
    for f in range(state.trial_active):
        x[state.trial_columns[f]] = state.solution[f]
        length += abs(state.solution[f])
    state.trial_distance[0] = length / state.outer[0]
    return length < np.inf


@inner
def _refresh(state: Any) -> None:
    """Compute the gradient of the trial from the rows, but for the sides of its free columns."""
    never_inline()
    h, given = state.trial_gradient, state.solution
    for f in range(state.trial_active):
        given[f] = h[state.trial_columns[f]]
    fill(h, 0.0)
    add_rows(state.rows, state.trial_rows, state.trial_multipliers, state.trial_active, h)
    for f in range(state.trial_active):
        h[state.trial_columns[f]] = given[f]
    state.trial_age = 0


@inner
def _store_ray(state: Any, row: int, height: int) -> int:
    """Make the multipliers of a ray without an end the last proof: their combination vanishes."""
    never_inline()
    m = state.trial_active
    for i in range(m):
        state.trial_multipliers[i] = max(-state.weights_of_step[i], 0.0)
    state.trial_multipliers[m] = 1.0
    state.trial_active = m + 1
    store_proof(state, height, m)
    return EMPTY


@inner
def gauge(state: Any, y: np.ndarray) -> float:
    """Return a bound of sum_j |y_j| over the radius: p - 1 additions and a division."""
    return raised(_length(y) / state.outer[0], len(y)) + UNDERFLOW


@reordered
def _length(y: np.ndarray) -> float:
    total = 0.0
    for j in range(len(y)):
        total += abs(y[j])
    return total
