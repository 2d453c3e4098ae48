"""Nearest points in the norm of a box (see `distance_search`): pivots of a bounded dual simplex method.

The method goes from a basis to the next along a ray (`distance_rays`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT
from exactregions.engines.tree.kernels.codes import MINUS_ONE
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.distance_basis import (
    factorise,
    refresh,
    retry_basis,
    solve_multipliers,
    solve_point,
)
from exactregions.engines.tree.kernels.distance_rays import (
    advance,
    first_to_vanish,
    follow,
    pass_changes,
    sign_changes,
)
from exactregions.engines.tree.kernels.distance_search import EMPTY, STUCK, WENT_ON, most_violated_row, store_proof
from exactregions.engines.tree.kernels.distance_trial import FEASIBLE, shortfall
from exactregions.engines.tree.kernels.vectors import dot

OLD = 40  # pivots after which gradient and sums are computed anew


@inner
def columns_of(m: int) -> int:
    """Return one less: the distance is a variable too."""
    return max(m - 1, 0)


@inner
def retry(state: Any, level: int) -> bool:
    """Make the nearest point the trial."""
    return retry_basis(state, level)


@inner
def gauge(state: Any, y: np.ndarray) -> float:
    """Return a bound of max_j |y_j| / outer_j."""
    never_inline()
    longest = 0.0
    for j in range(len(y)):
        longest = max(longest, abs(y[j]) / state.outer[j])
    return longest * (1.0 + 4.0 * UNIT) + UNDERFLOW


@inner
def violation(state: Any, k: int) -> float:
    """Return by how much the trial violates a row, relative to its range; zero where that is to be tolerated."""
    return shortfall(state, k, state.rows[k, state.p] + dot(state.rows[k], state.trial_point))


@inner
def most_violated(state: Any, height: int, reach: float) -> tuple[int, int]:
    """Return the most violated row, or the place of the most violated free column; minus one for neither."""
    never_inline()
    t, worst, place = max(state.trial_distance[0], reach), FEASIBLE, MINUS_ONE
    for f in range(state.trial_active - 1):
        j = state.trial_columns[f]
        beyond = abs(state.trial_point[j]) / state.outer[j] - t
        if beyond > worst:
            worst, place = beyond, f
    if place >= 0:
        return MINUS_ONE, place
    return most_violated_row(state, height), MINUS_ONE


@inner
def _first(state: Any, row: int, height: int) -> int:
    """From the centre straight to a row."""
    g, x, size = state.rows[row], state.trial_point, state.row_ranges[row]
    state.trial_rows[0], state.trial_active = row, 1
    if not size > 0.0:
        state.trial_multipliers[0] = 1.0
        store_proof(state, height, columns_of(1))
        return EMPTY
    for j in range(state.p):
        x[j] = np.copysign(1.0, g[j])
        state.trial_gradient[j] = g[j] / size
    state.trial_sums[0] = size
    if not factorise(state):
        return STUCK
    solve_point(state)
    solve_multipliers(state)
    return WENT_ON


@inner
def pivot(state: Any, row: int, place: int, height: int) -> int:
    """Give what is violated its multiplier, as far as the distance rises."""
    never_inline()
    if state.trial_active == 0:
        return _first(state, row, height)
    state.pivots += 1
    rate, sizes = follow(state, row, place)
    block, bound = first_to_vanish(state, sizes)
    count = sign_changes(state, sizes, bound)
    column, q, first, last, empty = pass_changes(state, row, place, count, rate, bound)
    if empty:
        _store_ray(state, row, place, column, q, height)
        return EMPTY
    advance(state, q, first, last)
    _exchange(state, row, place, column, block)
    if not factorise(state):
        return STUCK
    solve_point(state)
    solve_multipliers(state)
    state.trial_age += 1
    if state.trial_age > OLD:
        refresh(state)
    return WENT_ON


@inner
def _exchange(state: Any, row: int, place: int, column: int, block: int) -> None:
    """Change the basis: a row or a free column comes or goes for what is violated."""
    m, rows, columns, sums = state.trial_active, state.trial_rows, state.trial_columns, state.trial_sums
    if row < 0:
        _release(state, columns[place], 1.0)
    if column >= 0:
        if row >= 0:
            columns[m - 1], m = column, m + 1
        else:
            columns[place] = column
    elif row >= 0:
        rows[block], sums[block] = rows[m], sums[m]
    else:
        columns[place] = columns[m - 2]
        rows[block], sums[block] = rows[m - 1], sums[m - 1]
        m -= 1
    state.trial_active = m
    if column >= 0:
        _release(state, column, -1.0)
        state.trial_gradient[column] = 0.0


@inner
def _release(state: Any, column: int, factor: float) -> None:
    """Bring a column to the bound on its side (1), or make it free (-1), in the sums of the active rows."""
    state.free[column] = 0 if factor > 0.0 else 1
    side = factor * np.copysign(state.outer[column], state.trial_point[column])
    for i in range(state.trial_active):
        state.trial_sums[i] += side * state.rows[state.trial_rows[i], column]


@inner
def _store_ray(state: Any, row: int, place: int, column: int, q: float, height: int) -> None:
    """Make the multipliers at q the last proof: their gradient vanishes, in one more column if in all."""
    never_inline()
    m = state.trial_active
    if column < 0:  # no sign changes before: any column with a gradient tells where it vanishes
        size = 0.0
        for j in range(state.p):
            if state.free[j] == 0 and abs(state.trial_gradient[j]) * state.outer[j] > size:
                column, size = j, abs(state.trial_gradient[j]) * state.outer[j]
    for i in range(m):
        state.trial_multipliers[i] = max(q * state.trial_multipliers[i] - state.weights_of_step[i], 0.0)
    if row >= 0:
        state.trial_multipliers[m] = 1.0
        if m > 0 and column >= 0:
            state.trial_columns[m - 1] = column
        state.trial_active = m + 1
    elif column >= 0:
        state.trial_columns[place] = column
    store_proof(state, height, columns_of(state.trial_active))
    if column < 0:
        state.proof_columns_count = -1
