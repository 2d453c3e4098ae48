"""The kernel of bounded boxes and l1 balls with many inputs: the nearest point of the cell moves (see `kinds`).

The nearest point keeps a margin from every row, so it is a witness itself: there is nothing to look for inwards of it.
Cells too thin for the wide margin are asked again with the least that floats can prove, and then with none: what is
left is a proof that there is nothing, or a question to exact arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import BEYOND, NOTHING, UNKNOWN
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.distance_interval import distance_interval
from exactregions.engines.tree.kernels.distance_search import EMPTY, OUTSIDE, REACHED, nearest, reach_of
from exactregions.engines.tree.kernels.distance_trial import BARE, adopt, margin_of, measure_row
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.rungs import settle
from exactregions.engines.tree.kernels.vectors import copy, dot


@inner
def begin(state: Any) -> None:
    """Begin at the centre, and go to the rows of the domain."""
    for k in range(state.depth):
        measure_row(state, k)
    for k in range(state.depth):
        _enter_cold(state, k)


@inner
def probe(state: Any, out: np.ndarray) -> int:
    """Move the nearest point beyond the row at `depth`; where it cannot go, its multipliers are a proof."""
    k = state.depth
    state.trial, state.proof_columns_count = 0, -1
    if state.lost != 0:
        return UNKNOWN
    measure_row(state, k)
    for level in range(state.level, BARE + 1):
        status = nearest(state, k + 1, level, reach_of(level))
        if status == REACHED:
            state.trial = state.side
            copy(out, state.trial_point)
            if level < BARE and strictly_inside(state, k + 1, out):
                return BEYOND
        elif status in (OUTSIDE, EMPTY) and settle(state) == NOTHING:
            return NOTHING
        if state.stop != 0:
            return UNKNOWN
    return UNKNOWN


@inner
def enter(state: Any, k: int, warm: bool) -> None:
    """Move the nearest point into the new cell: to the trial of a warm probe, or by a method of its own."""
    measure_row(state, k)
    if warm and state.trial == state.side and state.lost == 0:
        adopt(state)
    else:
        _enter_cold(state, k)


@inner
def _enter_cold(state: Any, k: int) -> None:
    never_inline()
    if state.lost != 0:
        return
    value = dot(state.rows[k], state.nearest) + state.rows[k, state.p]
    if value >= margin_of(state, k, state.level) and value >= 0.0:
        return
    for level in range(state.level, BARE + 1):
        if nearest(state, k + 1, level, reach_of(level)) == REACHED:
            adopt(state)
            if level < BARE and strictly_inside(state, k + 1, state.nearest):
                copy(state.witness, state.nearest)
                state.witness_unproved = 0
            return
    # floats lost the cell: everything below is left to exact arithmetic until the next way back
    state.lost = 1


@inner
def save(state: Any, k: int) -> None:
    """Keep the nearest point for the other side of row k."""
    m = state.active
    copy(state.waiting_nearest[k], state.nearest)
    copy(state.waiting_gradient[k], state.gradient)
    kept = state.waiting_counts[k]
    kept[0], kept[1], kept[2], kept[3] = m, state.level, state.age, state.lost
    for i in range(m):
        state.waiting_rows[k, i], state.waiting_columns[k, i] = state.active_rows[i], state.free_columns[i]
        state.waiting_multipliers[k, i], state.waiting_sums[k, i] = state.multipliers[i], state.side_sums[i]


@inner
def restore(state: Any, k: int) -> None:
    """Take it back."""
    kept = state.waiting_counts[k]
    m = kept[0]
    state.active, state.level, state.age, state.lost = m, kept[1], kept[2], kept[3]
    copy(state.nearest, state.waiting_nearest[k])
    copy(state.gradient, state.waiting_gradient[k])
    for i in range(m):
        state.active_rows[i], state.free_columns[i] = state.waiting_rows[k, i], state.waiting_columns[k, i]
        state.multipliers[i], state.side_sums[i] = state.waiting_multipliers[k, i], state.waiting_sums[k, i]


@inner
def measure(state: Any, at: int, entries: np.ndarray) -> None:
    """Write the distance of the nearest point, the domain's being one, and its proved bounds."""
    lower, upper = distance_interval(state)
    entries[at, 0] = upper if upper < np.inf else lower
    entries[at, 1], entries[at, 2] = lower, upper
