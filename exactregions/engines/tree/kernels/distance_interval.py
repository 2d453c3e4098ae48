"""The distance of a cell from the centre of a box or an l1 ball, whose own is one, between two proved bounds.

From below by the multipliers of a nearest point, from above by a point that floats prove to lie in the cell. The search
stops at any point inside the box, so the nearest one is looked for here: with the least margins that floats can prove,
and without any in a cell too thin for them, whose own witness is then the point.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.distance_search import REACHED, nearest
from exactregions.engines.tree.kernels.distance_trial import BARE, NARROW
from exactregions.engines.tree.kernels.gaps import holds_at_origin, least_length, proved_gap
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.vectors import fill

__all__ = ["distance_interval"]


@inner
def distance_interval(state: Any) -> tuple[float, float]:
    """Return proved bounds of the distance of the current cell; an infinity where none is known."""
    never_inline()
    if holds_at_origin(state):
        return 0.0, 0.0
    lower, upper = 0.0, np.inf
    if state.lost == 0:
        for level in range(NARROW, BARE + 1):
            reached = nearest(state, state.depth, level, 0.0) == REACHED
            lower = max(lower, _least_distance(state))
            if reached and strictly_inside(state, state.depth, state.trial_point):
                return lower, state.kernel.gauge(state, state.trial_point)
    if state.witness_unproved == 0:
        upper = state.kernel.gauge(state, state.witness)
    return lower, upper


@inner
def _least_distance(state: Any) -> float:
    """Return a lower bound of the distance by the multipliers of the trial, optimal or not."""
    gap = proved_gap(state, state.trial_rows, state.trial_multipliers, state.trial_active, 1.0)
    fill(state.combination_slack, 0.0)
    return least_length(gap, state.domain.support(state, state.combination[: state.p], state.combination_slack))
