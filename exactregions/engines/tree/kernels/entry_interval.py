"""The distance of a cell from the centre of a Euclidean ball, between two proved bounds.

From below by duality: multipliers y >= 0 of the rows give the cell's points a least distance, whatever the
multipliers. From above by a point: one that floats prove to lie in the cell, near the nearest point that the search
carries, which itself lies on the cell's boundary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.gaps import holds_at_origin, least_length, proved_gap
from exactregions.engines.tree.kernels.inward import away
from exactregions.engines.tree.kernels.proofs import RESERVE, strictly_inside
from exactregions.engines.tree.kernels.vectors import square

__all__ = ["entry_interval"]

NARROW = 1e-9  # relative width at which no second point is tried
BEYOND = 1.0 + 1e-6  # a step that is computed to arrive on a row's error bound is made longer by this


@inner
def entry_interval(state: Any) -> tuple[float, float]:
    """Return proved bounds of the distance of the current cell from the origin; an infinity where none is known."""
    never_inline()
    if holds_at_origin(state):
        return 0.0, 0.0
    lower, upper = 0.0, np.inf
    if state.nearest_lost == 0:
        lower = _least_distance(state)
        away(state, state.active_rows, state.active, state.direction)
        upper = _length_of_a_point(state)
    if state.witness_unproved == 0 and not upper - lower <= NARROW * upper:
        for j in range(state.p):
            state.direction[j] = state.witness[j] - state.nearest[j]
        upper = min(upper, _length_of_a_point(state), _length_above(state.witness))
    return lower, upper


@inner
def _length_above(y: np.ndarray) -> float:
    """Return a bound of the length of a vector; squares may vanish by underflow."""
    return np.sqrt(square(y) * (1.0 + gamma(len(y))) * RESERVE + UNDERFLOW) * (1.0 + 4.0 * UNIT)


@inner
def _least_distance(state: Any) -> float:
    """Return a lower bound of the distance by the multipliers of the nearest point.

    Points whose coordinates exceed `far`, where errors may grow by more, are as far away as that.
    """
    far, largest = 2.0 * state.domain.growth(state, state.nearest), state.domain.largest_growth(state)
    gap = proved_gap(state, state.active_rows, state.multipliers, state.active, min(far, largest))
    lower = least_length(gap, _length_above(state.combination[: state.p]))
    return lower if largest <= far else min(lower, far)


@inner
def _length_of_a_point(state: Any) -> float:
    """Return the length, rounded up, of a point from `nearest` in `direction` that is proved to lie in the cell.

    The point is as near as the error bounds of the rows allow. Away from the active hyperplanes at unit speed is the
    shorter way, which a sliver does not allow; every cell allows the way towards its witness.
    """
    never_inline()
    p, x, direction, point = state.p, state.nearest, state.direction, state.step
    step = 0.0
    for k in range(state.depth):
        row = state.rows[k]
        value, size, rate = row[p], abs(row[p]), 0.0
        for j in range(p):
            term = row[j] * x[j]
            value += term
            size += abs(term)
            rate += row[j] * direction[j]
        # twice what `strictly_inside` asks for, as the step itself is rounded
        missing = 2.0 * (state.row_errors[k] + gamma(p + 1) * size + UNDERFLOW) - value
        if missing > 0.0:
            if not rate > 0.0:
                return np.inf
            step = max(step, missing / rate)
    for j in range(p):
        point[j] = x[j] + BEYOND * step * direction[j]
    return _length_above(point) if strictly_inside(state, state.depth, point) else np.inf
