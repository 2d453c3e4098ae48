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
from exactregions.engines.tree.kernels.inward import away
from exactregions.engines.tree.kernels.proofs import RESERVE, strictly_inside
from exactregions.engines.tree.kernels.vectors import fill, square

__all__ = ["entry_interval"]

NARROW = 1e-9  # relative width at which no second point is tried
BEYOND = 1.0 + 1e-6  # a step that is computed to arrive on a row's error bound is made longer by this


@inner
def entry_interval(state: Any) -> tuple[float, float]:
    """Return proved bounds of the distance of the current cell from the origin; an infinity where none is known."""
    never_inline()
    holds = True
    for k in range(state.depth):
        # at the origin a row is its constant: nothing is rounded
        holds = holds and state.rows[k, state.p] >= state.row_errors[k]
    if holds:
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

    With rho.y + kappa = sum_i u_i (g_i.y + e_i), u >= 0, and E the same sum of the rows' error bounds, every point y
    of the cell in the domain has rho.y + kappa + E >= 0, hence ||y|| >= -(kappa + E) / ||rho||. The multipliers are
    divided by the largest, so that products of small ones do not vanish; what is left of that is below UNDERFLOW.
    """
    never_inline()
    p, count = state.p, state.active
    rho, slack = state.combination[:p], state.combination_slack
    fill(rho, 0.0)
    fill(slack, 0.0)
    largest = 0.0
    for i in range(count):
        largest = max(largest, state.multipliers[i])
    if not (largest > 0.0 and largest < np.inf):
        return 0.0
    kappa, size, error = 0.0, 0.0, 0.0
    for i in range(count):
        k = state.active_rows[i]
        y, row = max(state.multipliers[i] / largest, 0.0), state.rows[k]
        for j in range(p):
            term = y * row[j]
            rho[j] += term
            slack[j] += abs(term)
        kappa += y * row[p]
        size += abs(y * row[p])
        error += y * state.row_errors[k]
    off = gamma(count)
    for j in range(p):
        rho[j] = abs(rho[j]) + off * slack[j] * RESERVE
    length = _length_above(rho) * RESERVE
    # the factor covers the roundings of the two sums and of the quotient
    gap = -kappa - (off * size + error) * RESERVE - UNDERFLOW - 4.0 * UNIT * abs(kappa)
    return gap / length * (1.0 - 4.0 * UNIT) if gap > 0.0 and length < np.inf else 0.0


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
