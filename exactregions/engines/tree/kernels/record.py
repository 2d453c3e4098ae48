"""The record of a search, event by event, from which a certificate is made (docs/certificate.md)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ON_REQUEST, SIGN_MINUS, SIGN_PLUS
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.proofs import refuted
from exactregions.engines.tree.kernels.vectors import copy

__all__ = ["record_event", "record_is_full", "record_sign"]


@inner
def record_is_full(state: Any) -> bool:
    """Whether the record has to be taken away before the next step."""
    return state.recording != 0 and (state.logged >= state.log_limit or state.logged_values >= state.values_limit)


@inner
def record_event(state: Any, event: int, unit: int) -> None:
    """Note a split, a leaf, or a side that is searched elsewhere."""
    if state.recording != 0:
        at = state.logged
        state.log[at, 0], state.log[at, 1], state.log[at, 2] = event, unit, 0
        state.logged = at + 1


@inner
def record_sign(state: Any, unit: int, sign: int, by_floats: bool) -> None:
    """Note the sign of a unit that does not cut the cell, with the proof that `decide` left; rationals keep theirs."""
    never_inline()
    if state.recording == 0:
        return
    record_event(state, SIGN_PLUS if sign > 0 else SIGN_MINUS, unit)
    at = state.logged - 1
    if not by_floats:
        state.log[at, 2] = ON_REQUEST
    elif state.proof_length > 1:
        _shorten(state, state.proof_length)
        state.log[at, 2] = _record_multipliers(state, state.proof_length)


@once
def _shorten(state: Any, count: int) -> None:
    """Round the multipliers of a proof to single floats where it stays one: half the size of the certificate."""
    multipliers = state.proof_multipliers
    changed = False
    for i in range(count):
        state.long_multipliers[i] = multipliers[i]
        multipliers[i] = np.float64(np.float32(multipliers[i]))
        changed = changed or multipliers[i] != state.long_multipliers[i]
    if changed and not refuted(state, count):
        copy(multipliers[:count], state.long_multipliers)


@once
def _record_multipliers(state: Any, count: int) -> int:
    """Append the multipliers that are not zero, by ascending row; the row to refute is the last one."""
    rows, values = state.log_rows, state.log_values
    begin = state.logged_values
    end = begin
    for i in range(count):
        y, k = state.proof_multipliers[i], state.proof_rows[i]
        if y == 0.0:
            continue
        place = end
        while place > begin and rows[place - 1] > k:
            rows[place] = rows[place - 1]
            values[place, 0], values[place, 1] = values[place - 1, 0], values[place - 1, 1]
            place -= 1
        rows[place] = k
        values[place, 0], values[place, 1] = y, state.row_scales[k]
        end += 1
    state.logged_values = end
    return end - begin
