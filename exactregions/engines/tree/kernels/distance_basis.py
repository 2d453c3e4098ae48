"""Bases of the nearest point in the norm of a box: min t over |y_j| <= t outer_j and the rows of a cell.

With active rows g_1 .. g_m a basis has m - 1 free columns F; every other coordinate is at one of its bounds, y_j =
s_j t outer_j. The active rows are then m equations in y_F and t,

    sum_{j in F} g_ij y_j + t sum_{j not in F} s_j outer_j g_ij = margin_i - constant_i,

and the transposed matrix gives the dual solution: multipliers u >= 0 whose combination sum_i u_i g_i, the gradient of
t, vanishes in F, has the signs s elsewhere, and has length one in the dual norm sum_j outer_j |.|. So a basis is as
large as the number of active rows, however many inputs there are. The sign s_j is kept as that of y_j, zero or not.
Nothing here is believed: `proofs` decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.distance_trial import begin_trial, eliminate, solve, solve_transposed
from exactregions.engines.tree.kernels.vectors import add_rows, fill, fill_integers

__all__ = ["factorise", "refresh", "retry_basis", "side_sum", "solve_multipliers", "solve_point"]


@inner
def side_sum(state: Any, k: int) -> float:
    """Return sum_j s_j outer_j g_j of row k over the columns that are not free."""
    row, x = state.rows[k], state.trial_point
    total = _sum_at_sides(row, x, state.outer)
    for f in range(state.trial_active - 1):
        j = state.trial_columns[f]
        total -= np.copysign(state.outer[j], x[j]) * row[j]
    return total


@reordered
def _sum_at_sides(row: np.ndarray, x: np.ndarray, outer: np.ndarray) -> float:
    total = 0.0
    for j in range(len(x)):
        total += np.copysign(outer[j], x[j]) * row[j]
    return total


@inner
def retry_basis(state: Any, level: int) -> bool:
    """Make the nearest point the trial, with the margins of a level; False where its basis is singular."""
    never_inline()
    begin_trial(state, level)
    fill_integers(state.free, ZERO)
    for f in range(state.trial_active - 1):
        state.free[state.trial_columns[f]] = 1
    if state.trial_active == 0:
        return True
    if not factorise(state):
        return False
    solve_point(state)
    if not state.trial_distance[0] > 0.0:  # with smaller margins the centre itself may be in reach
        _centre(state)
    return True


@inner
def _centre(state: Any) -> None:
    """Make the centre the trial, without active rows."""
    state.trial_active, state.trial_age, state.trial_distance[0] = 0, 0, 0.0
    fill(state.trial_point, 0.0)
    fill(state.trial_gradient, 0.0)
    fill_integers(state.free, ZERO)


@inner
def refresh(state: Any) -> None:
    """Compute gradient and sums of the trial from the rows."""
    never_inline()
    gradient = state.trial_gradient
    fill(gradient, 0.0)
    for i in range(state.trial_active):
        state.trial_sums[i] = side_sum(state, state.trial_rows[i])
    add_rows(state.rows, state.trial_rows, state.trial_multipliers, state.trial_active, gradient)
    for f in range(state.trial_active - 1):
        gradient[state.trial_columns[f]] = 0.0
    state.trial_age = 0


@inner
def factorise(state: Any) -> bool:
    """Factorise the basis of the trial with row exchanges; False where it is singular."""
    never_inline()
    m, B = state.trial_active, state.factor
    for i in range(m):
        row = state.rows[state.trial_rows[i]]
        for f in range(m - 1):
            B[i, f] = row[state.trial_columns[f]]
        B[i, m - 1] = state.trial_sums[i]
    return eliminate(state)


@inner
def solve_point(state: Any) -> None:
    """Write the point of the factorised basis, and its distance."""
    never_inline()
    solve(state)
    m, d, x = state.trial_active, state.solution, state.trial_point
    t = d[m - 1]
    state.trial_distance[0] = t
    for j in range(state.p):
        x[j] = np.copysign(state.outer[j] * t, x[j])
    for f in range(m - 1):
        x[state.trial_columns[f]] = d[f]


@inner
def solve_multipliers(state: Any) -> None:
    """Write the multipliers of the factorised basis."""
    m, d = state.trial_active, state.solution
    for i in range(m):
        d[i] = 1.0 if i == m - 1 else 0.0
    solve_transposed(state, d, state.trial_multipliers)
    for i in range(m):
        state.trial_multipliers[i] = max(state.trial_multipliers[i], 0.0)
