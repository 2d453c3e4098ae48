"""Cells in Euclidean balls of two or three inputs, kept by the corners of what their rows leave of a box around it.

What is common to the dimensions. Where a row divides the corners of a cell, the point nearest to the centre at which it
vanishes between them tells whether it cuts what the ball holds of the cell: it does when that point is inside. When it
is outside, the plane through it at right angles to the way from the centre has one side of the row beyond it, and rows
that add up to this plane are a proof (mathematics, 3.8). A cell with no corner outside the ball is treated as in a box.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import MINUS_ONE, ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.dual_active_set import REACHED, most_violated, satisfy
from exactregions.engines.tree.kernels.entry_interval import entry_interval
from exactregions.engines.tree.kernels.fields import constant, floats, integers, number
from exactregions.engines.tree.kernels.forms import load_row
from exactregions.engines.tree.kernels.nearest_fields import with_nearest_point
from exactregions.engines.tree.kernels.outward import OutwardState
from exactregions.engines.tree.kernels.proofs import refuted
from exactregions.engines.tree.kernels.vectors import fill, row_at, square

TANGENT = 1e-9  # relative; a squared distance this close to that of the boundary may be a tangency


@with_nearest_point
class CurvedState(OutwardState):
    """A state with corners, and with the point nearest to the centre where a form vanishes among them."""

    __slots__ = ()

    norm = constant("That of the ball, 1 or 2.")
    outside = integers("rows + 1", "Whether a corner of the cells on the path is outside the ball.")
    zero_point = floats("p", "The point nearest to the centre where a form vanishes between the corners.")
    zero_lines = integers("p", "The lines on which that point is.")
    zero_count = number("How many.")
    zeros = floats("places", "Scratch: in space, where the form vanishes on edges.")
    zero_edges = integers("sides", "Scratch: in space, the two lines of each of these edges.")


@inner
def begin(state: Any) -> None:
    """Begin with the corners of the domain."""
    state.flat.begin(state)
    note_reach(state, state.depth)


@inner
def note_reach(state: Any, slot: int) -> None:
    """Note whether a corner of a cell is outside the ball."""
    limit, room, out = state.outer[0] * state.outer[0], state.room, ZERO
    if state.norm == 2:
        for i in range(state.corner_counts[slot]):
            total = 0.0
            for j in range(state.p):
                total += state.corners[slot, j * room + i] * state.corners[slot, j * room + i]
            if total >= limit:
                out = 1
    state.outside[slot] = out


@inner
def sign_beside(state: Any, unit: int) -> int:
    """Return the sign of a unit that divides the corners, and is proved not to cut the ball between them; else zero."""
    if state.outside[state.depth] == 0:
        return ZERO
    return _sign_beside(state, unit)


@inner
def _sign_beside(state: Any, unit: int) -> int:
    never_inline()
    form, k = state.forms[unit], state.depth
    if state.kernel.nearest_zero(state, form) < state.outer[0] * state.outer[0]:
        return ZERO
    sign = ONE if row_at(form, state.witness) > 0.0 else MINUS_ONE
    load_row(state, unit, -sign, k)
    state.side = -sign
    state.kernel.multipliers_at_zero(state, k)
    return sign if refuted(state, state.proof_length) else ZERO


@inner
def multipliers(state: Any, k: int) -> None:
    """Store the multipliers of row k where it vanishes outside the ball; else at the corner where it is largest."""
    if _is_beside(state, state.rows[k]):
        state.kernel.multipliers_at_zero(state, k)
    else:
        state.flat.multipliers(state, k)


@inner
def _is_beside(state: Any, row: np.ndarray) -> bool:
    """Whether a row seems to vanish nowhere between the corners in the ball, or to touch it there."""
    if state.outside[state.depth] == 0:
        return False
    return state.kernel.nearest_zero(state, row) >= state.outer[0] * state.outer[0] * (1.0 - TANGENT)


@inner
def middle(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write the mean of the corners of the part on one side of a form, or a point nearer to the form."""
    state.flat.middle(state, form, side, out)
    if state.outside[state.depth] != 0 and not state.domain.contains(state, out):
        _draw_in(state, form, out)


@inner
def _draw_in(state: Any, form: np.ndarray, out: np.ndarray) -> None:
    """Bring a point outside the ball, on one side of a form, halfway to the boundary from where the form vanishes."""
    never_inline()
    state.kernel.nearest_zero(state, form)
    a, b, c = 0.0, 0.0, -state.inner[0] * state.inner[0]
    for j in range(state.p):
        x, d = state.zero_point[j], out[j] - state.zero_point[j]
        a += d * d
        b += x * d
        c += x * x
    step = 0.5 * (np.sqrt(b * b - a * c) - b) / a
    for j in range(state.p):
        out[j] = state.zero_point[j] + step * (out[j] - state.zero_point[j])


@inner
def measure(state: Any, at: int, entries: np.ndarray) -> None:
    """Write the distance of the nearest point and its proved bounds."""
    state.kernel.mark_lines(state)
    _find_nearest(state)
    lower, upper = entry_interval(state)
    entries[at, 0] = min(max(np.sqrt(square(state.nearest)), lower), upper)
    entries[at, 1], entries[at, 2] = lower, upper


@inner
def _find_nearest(state: Any) -> None:
    """Find the point nearest to the centre that satisfies the candidates among the rows."""
    never_inline()
    k, active, x, count = state.depth, state.active_rows, state.nearest, ZERO
    fill(x, 0.0)
    state.nearest_lost, state.active = 1, 0
    for _ in range(10 * (k + 10)):
        violated = most_violated(state, k, x, active, count, ZERO)
        if violated < 0:
            state.nearest_lost, state.active = 0, count
            return
        status, count = satisfy(state, violated, active, state.multipliers, x, count, np.inf, ZERO)
        if status != REACHED:
            return
