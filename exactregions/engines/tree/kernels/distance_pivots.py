"""Pivots of the bounded dual simplex method for nearest points in the norm of a box.

The method goes from a basis to the next along a ray (`distance_rays`), until no row and no free column is violated or
the distance is that of the boundary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import MINUS_ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.distance_basis import (
    BARE,
    WIDE,
    factorise,
    margin_of,
    refresh,
    retry,
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
from exactregions.engines.tree.kernels.vectors import dot

__all__ = ["EMPTY", "OUTSIDE", "REACHED", "STUCK", "nearest_in_box", "reach_of"]

REACHED, OUTSIDE, EMPTY, STUCK, WENT_ON = 0, 1, 2, 3, 4
CLEARLY = 1.0 + 1e-10  # a distance beyond which multipliers refute in spite of rounding
ROOM = 1.0 - 1e-7  # the same for points that are to be inside with a wide margin
INSIDE = 1.0 - 1e-15  # and with a narrow one
FEASIBLE = 1e-13  # relative violation that is taken for none
SLACK = 0.25  # part of a margin that may be missing
OLD = 40  # pivots after which gradient and sums are computed anew


@inner
def nearest_in_box(state: Any, height: int, level: int, reach: float) -> int:
    """Go from the nearest point of a cell to that of its first `height` rows, and leave it as the trial.

    The last row is the one in question. With OUTSIDE and EMPTY the state's last proof refutes it.
    """
    never_inline()
    if not retry(state, level):
        return STUCK
    row, place = height - 1, MINUS_ONE
    if not _violation(state, row) > 0.0:
        row, place = _most_violated(state, height, reach)
    for _ in range(20 * (height + 20)):
        if state.stop != 0:
            return STUCK
        if row < 0 and place < 0:
            break
        status = _first(state, row, height) if state.trial_active == 0 else _pivot(state, row, place, height)
        if status != WENT_ON:
            return status
        if _true_distance(state) >= CLEARLY:
            _store_proof(state, height)
            return OUTSIDE
        row, place = _most_violated(state, height, reach)
    if row >= 0 or place >= 0:
        return STUCK
    if state.trial_distance[0] < (reach if reach > 0.0 else 1.0):
        return REACHED
    _store_proof(state, height)
    return OUTSIDE


@inner
def reach_of(level: int) -> float:
    """Return how far from the centre free columns may be, where any point inside will do."""
    return ROOM if level == WIDE else INSIDE


@inner
def _violation(state: Any, k: int) -> float:
    """Return by how much the trial violates a row, relative to its range; zero where that is to be tolerated."""
    margin = margin_of(state, k, state.trial_level)
    missing = margin - state.rows[k, state.p] - dot(state.rows[k], state.trial_point)
    size = state.row_ranges[k]
    if missing > (FEASIBLE * size if state.trial_level == BARE else SLACK * margin):
        return missing / size
    return 0.0


@inner
def _most_violated(state: Any, height: int, reach: float) -> tuple[int, int]:
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
    worst, row = 0.0, MINUS_ONE
    for k in range(height):
        missing = _violation(state, k)
        if missing > worst:
            known = False
            for i in range(state.trial_active):
                known = known or state.trial_rows[i] == k
            if not known:
                worst, row = missing, k
    return row, place


@inner
def _first(state: Any, row: int, height: int) -> int:
    """From the centre straight to a row."""
    g, x, size = state.rows[row], state.trial_point, state.row_ranges[row]
    state.trial_rows[0], state.trial_active = row, 1
    if not size > 0.0:
        state.trial_multipliers[0] = 1.0
        _store_proof(state, height)
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
def _pivot(state: Any, row: int, place: int, height: int) -> int:
    """Give what is violated its multiplier, as far as the distance rises."""
    never_inline()
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


# ---- what refutes


@inner
def _true_distance(state: Any) -> float:
    """Return the distance that the multipliers prove, without margins."""
    total = 0.0
    for i in range(state.trial_active):
        total -= state.trial_multipliers[i] * state.rows[state.trial_rows[i], state.p]
    return total


@inner
def _store_proof(state: Any, height: int) -> None:
    """Make the multipliers of the trial the last proof, with the columns in which it vanishes."""
    never_inline()
    count, last = ZERO, 0.0
    for i in range(state.trial_active):
        if state.trial_rows[i] == height - 1:
            last = state.trial_multipliers[i]
        else:
            state.proof_rows[count] = state.trial_rows[i]
            state.proof_multipliers[count] = state.trial_multipliers[i]
            count += 1
    state.proof_rows[count], state.proof_multipliers[count], state.proof_length = height - 1, last, count + 1
    state.proof_columns_count = max(state.trial_active - 1, 0)
    for f in range(state.trial_active - 1):
        state.proof_columns[f] = state.trial_columns[f]


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
    _store_proof(state, height)
    if column < 0:
        state.proof_columns_count = -1
