"""Cells with float corners, proved to contain the true cell: units are decided by signs there (mathematics, 3.8).

What is common to the dimensions. A kernel of one dimension adds the corners: how a row cuts them, how a form varies
over them, and which multipliers belong to one. In a ball it adds what the sphere cuts off them (see `curved`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma, trailing_zeros
from exactregions.engines.tree.kernels.codes import (
    AT_LAYER,
    AT_UNIT,
    BEYOND,
    MINUS,
    MINUS_ONE,
    NONE,
    NOTHING,
    ONE,
    PLUS,
    SPLIT,
    UNSURE,
    YES,
    ZERO,
)
from exactregions.engines.tree.kernels.columns import BEYOND_REACH, ColumnState, compose_columns, row_of_columns
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.decision import decide
from exactregions.engines.tree.kernels.fields import constant, declared, floats, integers
from exactregions.engines.tree.kernels.forms import load_row
from exactregions.engines.tree.kernels.passed_units import magnitude
from exactregions.engines.tree.kernels.path import set_sign
from exactregions.engines.tree.kernels.proofs import RESERVE, refuted, strictly_inside
from exactregions.engines.tree.kernels.rungs import settle
from exactregions.engines.tree.kernels.vectors import copy, fill_integers, row_at


@declared
class OutwardState(ColumnState):
    """A state with the corners of the current cell, and of those on the path: slot k is that of the first k rows.

    A line is a wall, one of the sides of the polytope around the domain where a search begins, or a row. Its tolerance
    bounds its error and that of an evaluation, at every point within reach. At the ends of an edge its line is proved
    not to be positive, so no edge enters the cell, and the corners are around it (mathematics, 3.8).
    """

    __slots__ = ()

    walls = constant("Sides of the polytope where the search begins.")
    room = constant("Most corners that a cell is given; with more a row is left out, and the cell larger.")
    corners = floats("rows + 1, places", "Corners of the cells on the path, `room` places a coordinate.")
    corner_counts = integers("rows + 1", "How many.")
    edges = integers("rows + 1, sides", "In the plane, the line on which the edge after each corner lies.")
    lines = floats("p + 1, lines", "Walls, then rows, by columns, the constants last.")
    line_tolerances = floats("lines", "Their tolerances.")
    greatest = floats("units", "Scratch: the greatest value of a unit at the corners of a cell.")
    opened = integers("rows + 1, words", "Bits of the pending units that may cut the cells on the path.")
    corner_values = floats("room", "Scratch: values of a row at the corners.")
    new_places = integers("room", "Scratch: in space, where corners that stay go.")
    face_corners = integers("lines", "Scratch: in space, a new corner on a face, counted from one.")


@inner
def add_line(state: Any, k: int) -> None:
    """Make row k a line."""
    p, line, row = state.p, state.walls + k, state.rows[k]
    for j in range(p + 1):
        state.lines[j, line] = row[j]
    size = magnitude(row, state.within)
    # twice half: where a value may overflow, the tolerance does
    error = (state.row_errors[k] + 0.5 * gamma(p + 1) * (2.0 * size)) * BEYOND_REACH
    state.line_tolerances[line] = error * RESERVE + UNDERFLOW


@inner
def begin_stage(state: Any) -> bool:
    """Compose the forms of a stage and settle the units that do not cut the cell, all at a time."""
    never_inline()
    compose_columns(state, state.layer)
    if state.stop != 0:
        return True
    first, last = state.firsts[state.layer], state.firsts[state.layer + 1]
    state.kernel.survey(state, first, last)
    state.position, state.phase = 0, AT_UNIT
    if state.recording != 0 or _settle_all(state, first, last) > 0:
        _settle_open(state, first, last)
    else:
        state.pending_counts[state.layer] = 0
    return True


@inner
def _settle_all(state: Any, first: int, last: int) -> int:
    """Give each unit the sign that it has at all corners, zero where it has none; return how many have none."""
    signs, splits, forced = state.signs[first:last], state.splits[first:last], state.forced[first:last]
    least, greatest = state.least[first:last], state.greatest[first:last]
    tolerances = state.tolerances[first:last]
    unknown, wrong = ZERO, ZERO
    for i in range(last - first):
        sign = 1 if least[i] > tolerances[i] else (-1 if greatest[i] < -tolerances[i] else 0)
        sign = 1 if splits[i] == 0 else sign
        signs[i] = sign
        unknown += 1 if sign == 0 else 0
        wrong += 1 if forced[i] != 0 and sign != 0 and sign != forced[i] else 0
    state.decisions += last - first
    state.stable_by_float += last - first - unknown
    if wrong > 0:  # the prefix leads to nothing: whoever sets such a sign again ends the task
        for i in range(last - first):
            if signs[i] != 0 and forced[i] != 0 and signs[i] != forced[i]:
                set_sign(state, first + i, signs[i], YES)
    return unknown


@inner
def _settle_open(state: Any, first: int, last: int) -> None:
    """Decide those that may touch the cell without cutting it; the others wait for their turn."""
    never_inline()
    pending = ZERO
    for unit in range(first, last):
        if state.splits[unit] == 0:
            state.signs[unit] = 1
            continue
        if state.recording == 0 and state.signs[unit] != 0:
            continue
        if state.by_columns != 0:
            row_of_columns(state, unit)
        tolerance = state.tolerances[unit]
        if state.least[unit] < -tolerance and state.greatest[unit] > tolerance:
            sign = state.kernel.sign_beside(state, unit)
            if sign != 0:
                state.decisions += 1
                state.stable_by_float += 1
                set_sign(state, unit, sign, YES)
                continue
        else:
            if state.stop != 0:
                if state.phase == AT_UNIT:
                    state.phase = AT_LAYER
                return
            answer = decide(state, unit)
            if answer != SPLIT and answer != UNSURE:
                set_sign(state, unit, 1 if answer == PLUS else -1, YES)
                continue
        state.signs[unit] = 0
        state.pending_units[first + pending] = unit
        pending += 1
    state.pending_counts[state.layer] = pending
    for w in range((pending + 63) >> 6):
        state.opened[state.depth, w] = MINUS_ONE if pending - 64 * w >= 64 else (ONE << (pending - 64 * w)) - 1


@inner
def open_from(state: Any, position: int) -> int:
    """Return the place of the first pending unit from some place on that is still open in the cell."""
    count = state.pending_counts[state.layer]
    if position >= count:
        return count
    w = position >> 6
    left = state.opened[state.depth, w] & (MINUS_ONE << (position & 63))
    while left == 0:
        w += 1
        if w << 6 >= count:
            return count
        left = state.opened[state.depth, w]
    return (w << 6) + trailing_zeros(left)


@inner
def is_open(state: Any, position: int) -> bool:
    """Whether a pending unit may still cut the cell."""
    return (state.opened[state.depth, position >> 6] >> (position & 63)) & 1 == 1


@inner
def enter(state: Any, k: int, warm: bool) -> None:
    """Cut the cell by row k, and settle the pending units that do not cut what is left."""
    add_line(state, k)
    state.kernel.cut(state, k)
    state.kernel.note_reach(state, k + 1)
    position, count, first = state.position, state.pending_counts[state.layer], state.firsts[state.layer]
    mask = MINUS_ONE << (position & 63)
    for w in range(position >> 6, (count + 63) >> 6):
        left = state.opened[k, w] & mask
        mask, kept = MINUS_ONE, left
        while left != 0:
            bit = trailing_zeros(left)
            left &= left - 1
            if _settled(state, state.pending_units[first + (w << 6) + bit]):
                kept ^= ONE << bit
        state.opened[k + 1, w] = kept


@inner
def _settled(state: Any, unit: int) -> bool:
    """Settle a unit if it has one sign at all corners, or in the part of a ball that is among them."""
    tolerance = state.tolerances[unit]
    least, greatest = state.kernel.extremes(state, state.forms[unit])
    sign = 1 if least > tolerance else (-1 if greatest < -tolerance else 0)
    if sign == 0:
        sign = state.kernel.sign_beside(state, unit)
        if sign == 0:
            return False
    elif state.recording != 0 and not _proof_at_corner(state, unit, -sign):
        return False
    state.decisions += 1
    state.stable_by_float += 1
    state.signs[unit] = sign
    if state.recording != 0 or state.forced[unit] != 0:
        set_sign(state, unit, sign, YES)
    return True


@inner
def glance(state: Any, unit: int) -> int:
    """Decide a unit by its signs at the corners, where these are clear; NONE leaves it to a probe."""
    form, tolerance = state.forms[unit], state.tolerances[unit]
    least, greatest = state.kernel.extremes(state, form)
    sign = 1 if least > tolerance else (-1 if greatest < -tolerance else 0)
    if sign != 0:
        if state.recording != 0 and not _proof_at_corner(state, unit, -sign):
            return NONE
        state.stable_by_float += 1
        return PLUS if sign > 0 else MINUS
    if least < -tolerance and greatest > tolerance and state.witness_unproved == 0:
        return _split_at_glance(state, form, tolerance)
    return NONE


@once
def _split_at_glance(state: Any, form: np.ndarray, tolerance: float) -> int:
    """Find a witness beyond a unit among the corners there, and prove it; that of the cell is on the other side.

    A value that is not finite proves nothing: some of the terms behind it may be larger, with the other sign.
    """
    value = row_at(form, state.witness)
    if not tolerance * state.domain.growth(state, state.witness) < abs(value) < np.inf:
        return NONE
    known = 1 if value > 0.0 else -1
    out = state.children[(1 - known) // 2]
    state.kernel.middle(state, form, -known, out)
    enough = tolerance * state.domain.growth(state, out)
    if not (state.domain.contains(state, out) and enough < -known * row_at(form, out) < np.inf):
        return NONE
    if not state.kernel.rows_hold(state, out):
        return NONE
    copy(state.children[(1 + known) // 2], state.witness)
    fill_integers(state.children_unproved, ZERO)
    state.side = state.kernel.first_side(form, known)
    return SPLIT


@inner
def _proof_at_corner(state: Any, unit: int, side: int) -> bool:
    """Leave multipliers that prove one side of a unit empty."""
    never_inline()
    k = state.depth
    load_row(state, unit, side, k)
    state.side = side
    state.proof_rows[0], state.proof_multipliers[0], state.proof_length = k, 1.0, 1
    if refuted(state, 1):
        return True
    state.kernel.multipliers(state, k)
    return refuted(state, state.proof_length)


@inner
def probe(state: Any, out: np.ndarray) -> int:
    """Look for a witness beyond the row at `depth` among the corners there; else leave multipliers of the farthest."""
    k = state.depth
    row = state.rows[k]
    add_line(state, k)
    tolerance = state.line_tolerances[state.walls + k]
    greatest = state.kernel.extremes(state, row)[1]
    if greatest > tolerance:
        state.kernel.middle(state, row, 1, out)
        if strictly_inside(state, k + 1, out):
            return BEYOND
        towards = state.witness_unproved == 0 and state.kernel.towards_corner(state, row, out)
        if towards and strictly_inside(state, k + 1, out):
            return BEYOND
    state.kernel.multipliers(state, k)
    if greatest < -tolerance and state.recording == 0:
        state.stable_by_float += 1
        return NOTHING
    return settle(state)


@inner
def towards_corner(state: Any, row: np.ndarray, out: np.ndarray) -> bool:
    """Go from the witness of the cell towards the farthest corner beyond a row, halfway past the row."""
    never_inline()
    slot = state.depth
    best, value = state.kernel.farthest(state, row)
    at_witness = row_at(row, state.witness)
    at_witness = at_witness if at_witness < 0.0 else 0.0
    t = 0.5 * (1.0 + -at_witness / (value - at_witness))
    for j in range(state.p):
        corner = state.corners[slot, j * state.room + best]
        out[j] = state.witness[j] + t * (corner - state.witness[j])
    return True


@inner
def save(state: Any, k: int) -> None:
    """Keep nothing: the corners before row k stay in their slot."""


@inner
def restore(state: Any, k: int) -> None:
    """Take nothing back."""


@inner
def point_found(state: Any, out: np.ndarray) -> None:
    """Leave the points alone: a stage begins otherwise."""


@inner
def measure(state: Any, at: int, entries: np.ndarray) -> None:
    """Leave entry radii open: they are programs of their own."""


@inner
def note_reach(state: Any, slot: int) -> None:
    """Note nothing: where all sides are flat, no corner is outside the domain."""


@inner
def sign_beside(state: Any, unit: int) -> int:
    """Return zero: a unit that divides the corners cuts the cell."""
    return ZERO


@inner
def first_side(form: np.ndarray, known: int) -> int:
    """Go first where the witness of the cell is not."""
    return -known


@inner
def height(state: Any, corners: np.ndarray, i: int) -> float:
    """Return by what the constant of a form is multiplied at a corner: one, where corners are points."""
    return 1.0
