"""The trial of a nearest point: the basis that pivots change, until it is adopted or refutes; in boxes and l1 balls.

What a basis is depends on the norm: see `distance_basis` and `l1_distance`. Nothing here is believed: `proofs` decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.vectors import add_rows, copy, fill

__all__ = [
    "BARE",
    "FEASIBLE",
    "NARROW",
    "WIDE",
    "adopt",
    "begin_trial",
    "eliminate",
    "margin_of",
    "measure_row",
    "shortfall",
    "solve",
    "solve_transposed",
    "weigh_step",
]

WIDE, NARROW, BARE = 0, 1, 2  # how far points keep away from rows: as far as suits, as floats can prove, not at all
WIDE_MARGIN = 1e-6  # relative to the range of a row: rare cells are thinner, and float inputs can be proved there
FEASIBLE = 1e-13  # relative violation that is taken for none
SLACK = 0.25  # part of a margin that may be missing
SINGULAR = 1e-13  # smallest pivot; rows have coefficients of size one


@inner
def measure_row(state: Any, k: int) -> None:
    """Note the range of a row over the domain."""
    fill(state.combination_slack, 0.0)
    state.row_ranges[k] = state.domain.support(state, state.rows[k, : state.p], state.combination_slack)


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
def shortfall(state: Any, k: int, value: float) -> float:
    """Return by how much a value of row k misses its margin, relative to its range; zero where that is tolerated."""
    margin, size = margin_of(state, k, state.trial_level), state.row_ranges[k]
    missing = margin - value
    if missing > (FEASIBLE * size if state.trial_level == BARE else SLACK * margin):
        return missing / size
    return 0.0


@inner
def begin_trial(state: Any, level: int) -> None:
    """Make the nearest point the trial, with the margins of a level."""
    never_inline()
    m = state.active
    state.trial_active, state.trial_level, state.trial_age = m, level, state.age
    copy(state.trial_point, state.nearest)
    copy(state.trial_gradient, state.gradient)
    for i in range(m):
        state.trial_rows[i], state.trial_multipliers[i] = state.active_rows[i], state.multipliers[i]
        state.trial_sums[i], state.trial_columns[i] = state.side_sums[i], state.free_columns[i]
    state.trial_distance[0] = 0.0


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
def eliminate(state: Any) -> bool:
    """Factorise the matrix of the trial's basis with row exchanges; False where it is singular."""
    never_inline()
    m, B, order = state.trial_active, state.factor, state.order
    for i in range(m):
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
def solve(state: Any) -> None:
    """Solve the system of the factorised basis with the margins of its rows on the right: in `solution`."""
    never_inline()
    m, B, d = state.trial_active, state.factor, state.solution
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
def weigh_step(state: Any) -> float:
    """Find how multipliers fall along a ray, given in `solution`, and take the active rows so from `change`.

    Returns the sizes summed.
    """
    never_inline()
    m, w, sizes = state.trial_active, state.weights_of_step, 1.0
    solve_transposed(state, state.solution, w)
    for i in range(m):
        sizes += abs(w[i])
        w[i] = -w[i]
    add_rows(state.rows, state.trial_rows, w, m, state.change)
    for i in range(m):
        w[i] = -w[i]
    return sizes
