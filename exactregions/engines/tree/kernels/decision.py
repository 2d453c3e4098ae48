"""One decision: does a unit split the current cell? Found by floats, settled by proofs, else left unsure."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import (
    MINUS,
    MINUS_ONE,
    NONE,
    NOTHING,
    ONE,
    PLUS,
    SPLIT,
    UNKNOWN,
    UNSURE,
    ZERO,
)
from exactregions.engines.tree.kernels.compiling import entry_point, inner, never_inline, once
from exactregions.engines.tree.kernels.forms import load_row
from exactregions.engines.tree.kernels.proofs import positive_at, refuted, strictly_inside
from exactregions.engines.tree.kernels.vectors import copy, fill_integers, row_at

__all__ = ["admit", "decide"]


@inner
def decide(state: Any, unit: int) -> int:
    """Decide a unit in the current cell; for SPLIT the children's witnesses are in the state."""
    never_inline()
    answer = state.kernel.glance(state, unit)
    if answer != NONE:
        return answer
    fill_integers(state.children_unproved, ZERO)
    if _is_constant(state, unit):
        return _sign_of_constant(state, unit)
    known = _side_of_witness(state, unit)
    first = -known if known != 0 else ONE
    for attempt in range(2):
        side = first if attempt == 0 else MINUS_ONE
        found = _probe(state, unit, side)
        if found == UNKNOWN:
            return UNSURE
        if found == NOTHING:
            # If the plus side is empty, the form is negative on the cell, or vanishes identically: inactive in both
            # cases. The minus side is asked only when a point with a positive form is known, by the witness or by the
            # first attempt: so the form does not vanish identically, and is positive on the open cell.
            return MINUS if side > 0 else PLUS
        if known != 0:
            break
    return SPLIT


@once
def _is_constant(state: Any, unit: int) -> bool:
    constant = True
    for j in range(state.p):
        constant = constant and state.forms[unit, j] == 0.0
    return constant


@once
def _sign_of_constant(state: Any, unit: int) -> int:
    """Decide a form without coefficients: zero, where that is exact, is inactive."""
    value, error = state.forms[unit, state.p], state.form_errors[unit]
    if error != 0.0:
        error *= state.domain.largest_growth(state)
    state.proof_length = 0  # multipliers of an earlier question prove nothing here
    if not (abs(value) > error or (value == 0.0 and error == 0.0)):
        return UNSURE
    state.stable_by_float += 1
    return PLUS if value > 0.0 else MINUS


@once
def _side_of_witness(state: Any, unit: int) -> int:
    """Return the side on which the witness of the cell is proved to be, and make it that child's; else zero."""
    known, k = ZERO, state.depth
    if state.witness_unproved == 0:
        load_row(state, unit, ONE, k)
        sign = ONE if row_at(state.rows[k], state.witness) > 0.0 else MINUS_ONE
        if sign < 0:
            load_row(state, unit, MINUS_ONE, k)
        error = state.row_errors[k] * state.domain.growth(state, state.witness)
        if positive_at(state.rows[k], error, state.witness):
            copy(state.children[(sign + 1) // 2], state.witness)
            known = sign
    return known


@once
def _probe(state: Any, unit: int, side: int) -> int:
    """Look for a point of the cell on one side of a unit; a found one goes to the children."""
    load_row(state, unit, side, state.depth)
    state.side = side
    state.proof_rows[0], state.proof_multipliers[0], state.proof_length = state.depth, 1.0, 1
    if refuted(state, ONE):  # by the bound of the row over the whole domain
        state.stable_by_float += 1
        return NOTHING
    state.programs += 1
    return state.kernel.probe(state, state.children[(side + 1) // 2])


@entry_point
def admit(state: Any, unit: int) -> None:
    """Note which of the children's witnesses, given from outside, floats can prove."""
    for i in range(2):
        load_row(state, unit, 2 * i - 1, state.depth)
        state.children_unproved[i] = 0 if strictly_inside(state, state.depth + 1, state.children[i]) else 1
