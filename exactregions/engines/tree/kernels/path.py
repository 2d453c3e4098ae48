"""Down one side of a split, and back to the other: the path of the search, and what waits beside it."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import (
    AT_END,
    AT_LAYER,
    AT_UNIT,
    CUT,
    ELSEWHERE,
    GIVEN_AWAY,
    MINUS_FIRST,
    NO,
    PLUS_FIRST,
    ZERO,
)
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.forms import load_row
from exactregions.engines.tree.kernels.record import record_event, record_sign
from exactregions.engines.tree.kernels.vectors import copy, fill_integers

__all__ = ["go_back", "set_sign", "split"]


@inner
def set_sign(state: Any, unit: int, sign: int, by_floats: bool) -> None:
    """Note a sign; one that contradicts the prefix of the task ends the task, whose cell is then empty."""
    never_inline()
    record_sign(state, unit, sign, by_floats)
    state.signs[unit] = sign
    if state.forced[unit] != 0 and state.forced[unit] != sign:
        fill_integers(state.waiting, ZERO)
        state.phase = AT_END


@once
def split(state: Any, unit: int) -> None:
    """Go down one side of a unit and leave the other waiting."""
    k = state.depth
    probed, forced = state.side, state.forced[unit]
    side = state.pruning.first_side(state, probed) if probed != 0 else 1
    if forced != 0:
        side = forced
    other = (1 - side) // 2
    state.waiting[k] = forced == 0
    state.waiting_places[k, 0], state.waiting_places[k, 1] = state.layer, state.position
    copy(state.waiting_witnesses[k], state.children[other])
    state.waiting_unproved[k] = state.children_unproved[other]
    state.kernel.save(state, k)
    record_event(state, PLUS_FIRST if side > 0 else MINUS_FIRST, unit)
    load_row(state, unit, side, k)
    _enter(state, unit, side, probed == side)


@inner
def _enter(state: Any, unit: int, side: int, warm: bool) -> None:
    """Make row `depth`, already loaded, a row of the cell; warm when the last probe went to this side."""
    never_inline()
    k = state.depth
    copy(state.witness, state.children[(side + 1) // 2])
    state.witness_unproved = state.children_unproved[(side + 1) // 2]
    state.depth = k + 1
    if unit == CUT:
        state.phase = AT_LAYER
        state.kernel.enter(state, k, warm)
        return
    state.signs[unit] = side
    state.position += 1
    state.phase = AT_UNIT
    state.kernel.enter(state, k, warm)


@once
def go_back(state: Any) -> None:
    """Turn to the other side of the deepest split that still waits."""
    k = state.depth - 1
    while k >= 0 and state.waiting[k] <= 0:
        if state.waiting[k] == GIVEN_AWAY:
            record_event(state, ELSEWHERE, ZERO)
            state.waiting[k] = 0
        k -= 1
    if k < 0:
        state.phase = AT_END
        return
    state.waiting[k] = 0
    state.depth = k
    state.layer, state.position = state.waiting_places[k, 0], state.waiting_places[k, 1]
    side, unit = -state.row_signs[k], state.row_units[k]
    copy(state.children[(side + 1) // 2], state.waiting_witnesses[k])
    state.children_unproved[(side + 1) // 2] = state.waiting_unproved[k]
    for j in range(state.p + 1):
        state.rows[k, j] = -state.rows[k, j]
    state.row_signs[k] = side
    state.pruning.turned_back(state, k)
    state.kernel.restore(state, k)
    _enter(state, unit, side, NO)
