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

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma
from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.vectors import add_rows, copy, fill, fill_integers

__all__ = [
    "BARE",
    "NARROW",
    "WIDE",
    "adopt",
    "factorise",
    "margin_of",
    "measure_row",
    "refresh",
    "retry",
    "side_sum",
    "solve_multipliers",
    "solve_point",
    "solve_transposed",
]

WIDE, NARROW, BARE = 0, 1, 2  # how far points keep away from rows: as far as suits, as floats can prove, not at all
WIDE_MARGIN = 1e-6  # relative to the range of a row: rare cells are thinner, and float inputs can be proved there
SINGULAR = 1e-13  # smallest pivot; rows have coefficients of size one


@inner
def measure_row(state: Any, k: int) -> None:
    """Note the range of a row over the box."""
    state.row_ranges[k] = dual_length(state.rows[k], state.outer)


@inner
def margin_of(state: Any, k: int, level: int) -> float:
    """Return how far beyond row k a point has to be; NARROW is four times what `strictly_inside` asks for."""
    if level == WIDE:
        return WIDE_MARGIN * state.row_ranges[k] + 16.0 * state.row_errors[k]
    if level == NARROW:
        size = state.row_ranges[k] + abs(state.rows[k, state.p])
        return 4.0 * (state.row_errors[k] + gamma(state.p + 1) * size + UNDERFLOW)
    return 0.0


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


@reordered
def dual_length(row: np.ndarray, outer: np.ndarray) -> float:
    """Return the length in the dual norm of the head of a row."""
    total = 0.0
    for j in range(len(outer)):
        total += abs(row[j]) * outer[j]
    return total


@inner
def retry(state: Any, level: int) -> bool:
    """Make the nearest point the trial, with the margins of a level; False where its basis is singular."""
    never_inline()
    m = state.active
    state.trial_active, state.trial_level, state.trial_age = m, level, state.age
    copy(state.trial_point, state.nearest)
    copy(state.trial_gradient, state.gradient)
    fill_integers(state.free, ZERO)
    for i in range(m):
        state.trial_rows[i], state.trial_multipliers[i] = state.active_rows[i], state.multipliers[i]
        state.trial_sums[i], state.trial_columns[i] = state.side_sums[i], state.free_columns[i]
    for f in range(m - 1):
        state.free[state.trial_columns[f]] = 1
    state.trial_distance[0] = 0.0
    if m == 0:
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
def adopt(state: Any) -> None:
    """Make the trial the nearest point."""
    m = state.trial_active
    state.active, state.level, state.age = m, state.trial_level, state.trial_age
    copy(state.nearest, state.trial_point)
    copy(state.gradient, state.trial_gradient)
    for i in range(m):
        state.active_rows[i], state.multipliers[i] = state.trial_rows[i], state.trial_multipliers[i]
        state.side_sums[i], state.free_columns[i] = state.trial_sums[i], state.trial_columns[i]


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
    m, B, order = state.trial_active, state.factor, state.order
    for i in range(m):
        row = state.rows[state.trial_rows[i]]
        for f in range(m - 1):
            B[i, f] = row[state.trial_columns[f]]
        B[i, m - 1] = state.trial_sums[i]
        order[i] = i
    for c in range(m):
        best = c
        for i in range(c + 1, m):
            if abs(B[i, c]) > abs(B[best, c]):
                best = i
        if not abs(B[best, c]) > SINGULAR:
            return False
        if best != c:
            order[c], order[best] = order[best], order[c]
            for j in range(m):
                B[c, j], B[best, j] = B[best, j], B[c, j]
        inverse = 1.0 / B[c, c]
        for i in range(c + 1, m):
            factor = B[i, c] * inverse
            B[i, c] = factor
            if factor != 0.0:
                for j in range(c + 1, m):
                    B[i, j] -= factor * B[c, j]
    return True


@inner
def solve_point(state: Any) -> None:
    """Write the point of the factorised basis, and its distance."""
    never_inline()
    m, B, d, x = state.trial_active, state.factor, state.solution, state.trial_point
    for i in range(m):
        k = state.trial_rows[state.order[i]]
        d[i] = margin_of(state, k, state.trial_level) - state.rows[k, state.p]
    for i in range(m):
        for j in range(i):
            d[i] -= B[i, j] * d[j]
    for i in range(m - 1, -1, -1):
        for j in range(i + 1, m):
            d[i] -= B[i, j] * d[j]
        d[i] /= B[i, i]
    t = d[m - 1]
    state.trial_distance[0] = t
    for j in range(state.p):
        x[j] = np.copysign(state.outer[j] * t, x[j])
    for f in range(m - 1):
        x[state.trial_columns[f]] = d[f]


@inner
def solve_transposed(state: Any, given: np.ndarray, out: np.ndarray) -> None:
    """Solve the transposed system of the factorised basis; what is given is overwritten."""
    never_inline()
    m, B = state.trial_active, state.factor
    for i in range(m):
        given[i] /= B[i, i]
        for j in range(i + 1, m):
            given[j] -= B[i, j] * given[i]
    for i in range(m - 1, -1, -1):
        for j in range(i):
            given[j] -= B[i, j] * given[i]
    for i in range(m):
        out[state.order[i]] = given[i]


@inner
def solve_multipliers(state: Any) -> None:
    """Write the multipliers of the factorised basis."""
    m, d = state.trial_active, state.solution
    for i in range(m):
        d[i] = 1.0 if i == m - 1 else 0.0
    solve_transposed(state, d, state.trial_multipliers)
    for i in range(m):
        state.trial_multipliers[i] = max(state.trial_multipliers[i], 0.0)
