"""Cells of domains without an end, by corners in homogeneous coordinates (mathematics, 3.8); see `outward`.

A corner is a vector (X, w), w >= 0, of size one: the point X / w, or the direction X at infinity where w is zero. A
form is g.X + e w there, and what bounds its error for |y_j| <= 1 bounds it here, at whatever distance the point is. The
first units that vary are multiples of the coordinates, and decided before all others: only then are there corners. The
cell lies in an orthant, which is bounded in the chart sum_j |X_j| + w = 1: there it is a cell as in a bounded domain,
with the hyperplane at infinity, w = 0, for a wall. Before that nothing bounds a form on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.columns import BEYOND_REACH
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.domains.unbounded import cancelling
from exactregions.engines.tree.kernels.endless_values import farthest
from exactregions.engines.tree.kernels.fields import constant, floats, integers
from exactregions.engines.tree.kernels.outward import OutwardState, add_line
from exactregions.engines.tree.kernels.vectors import row_at

AHEAD = 0.25  # what a corner of size one has in the chart at least, but for roundings far smaller than one half


@cancelling
class EndlessState(OutwardState):
    """A state with corners in homogeneous coordinates, `room` places each, w last."""

    __slots__ = ()

    given = constant("Rows of the domain, of which the origin is inside; those of the coordinates follow.")
    corner = floats("p + 1", "Scratch: a corner.")
    faces = integers("p", "Scratch: the lines of a corner.")
    balances = floats("p", "Scratch: their multipliers.")
    best_balances = floats("p", "Scratch: those of the corner that serves best.")
    best_faces = integers("p", "Scratch: its lines.")
    products = floats("p, p + 1", "Scratch: products of the lines with each other and with the row.")


@inner
def begin(state: Any) -> None:
    """Begin without corners, which come with the signs of the coordinates."""
    for k in range(state.depth):
        add_line(state, k)
    state.corner_counts[state.depth] = 0


@inner
def cut(state: Any, k: int) -> None:
    """Fill slot k + 1 with what row k leaves of slot k."""
    if not _without_corners(state, k):
        state.flat.cut(state, k)


@inner
def _without_corners(state: Any, k: int) -> bool:
    """Enter row k of a coordinate; with the last of them the corners of the orthant come, cut by the domain's rows."""
    if state.corner_counts[k] > 0:
        return False
    never_inline()
    last, given = k + 1, state.given
    if last < given + state.p:
        state.corner_counts[last] = 0
        return True
    begun = ZERO if given > 0 else last
    state.kernel.orthant(state, begun)
    if given > 0:
        for row in range(given):
            state.flat.cut(state, row)
        for i in range(len(state.corners[given])):
            state.corners[last, i] = state.corners[given, i]
        for i in range(len(state.edges[given])):
            state.edges[last, i] = state.edges[given, i]
        state.corner_counts[last] = state.corner_counts[given]
        state.corner_counts[given] = 0  # the cell of that slot is the whole domain
    return True


@inner
def corner_between(state: Any, k: int, g: int, h: int, kept: int, gone: int, at: int) -> None:
    """Write a new corner just beyond row k and the lines g and h, as evaluations with their tolerances prove.

    The end of the edge that goes is beyond them all, and serves where there is no such point nearer.
    """
    never_inline()
    p, room, source, target, line = state.p, state.room, state.corners[k], state.corners[k + 1], state.walls + k
    tolerance, first, second = state.line_tolerances[line], state.line_tolerances[g], state.line_tolerances[h]
    fu, fv = state.corner_values[kept], state.corner_values[gone]
    # what moving the corner beyond the other lines may take back
    room_left = 8.0 * (first * _turned(state, line, g) + second * _turned(state, line, h))
    t = (fu + 2.0 * tolerance + room_left) / (fu - fv)
    corner, largest = state.corner, 0.0
    for j in range(p + 1):
        u, v = source[j * room + kept], source[j * room + gone]
        target[j * room + at] = v
        corner[j] = u + t * (v - u)
        largest = max(largest, abs(corner[j]))
    if not t < 1.0:
        return
    for j in range(p + 1):
        corner[j] /= largest
    _push(state, g, first)
    if h != g:
        _push(state, h, second)
    outside = _at(state, line) <= -tolerance and _at(state, g) <= -first and _at(state, h) <= -second
    if outside and _in_chart(state):
        for j in range(p + 1):
            target[j * room + at] = corner[j]


@inner
def _at(state: Any, line: int) -> float:
    """Return the value of a line at the new corner."""
    p, lines, corner = state.p, state.lines, state.corner
    value = lines[0, line] * corner[0] + lines[1, line] * corner[1]
    if p == 3:
        value += lines[2, line] * corner[2]
    return value + lines[p, line] * corner[p]


@inner
def _turned(state: Any, line: int, other: int) -> float:
    """Return by how much a line changes while another one changes by one along its own normal, in absolute value."""
    lines, product, square = state.lines, 0.0, 0.0
    for j in range(state.p + 1):
        product += lines[j, line] * lines[j, other]
        square += lines[j, other] * lines[j, other]
    return abs(product) / square


@inner
def _push(state: Any, line: int, margin: float) -> None:
    """Move the new corner beyond a line along its normal, unless it is there; what is at infinity stays there."""
    lines, corner, value, square = state.lines, state.corner, _at(state, line), 0.0
    if value > -margin:
        moved = state.p if corner[state.p] == 0.0 else state.p + 1
        for j in range(moved):
            square += lines[j, line] * lines[j, line]
        for j in range(moved):
            corner[j] -= (value + 2.0 * margin) / square * lines[j, line]


@inner
def _in_chart(state: Any) -> bool:
    """Whether the new corner is within reach, and sum_j |X_j| + w is positive there, with the signs of the orthant."""
    p, corner = state.p, state.corner
    total, within = corner[p], corner[p] >= 0.0
    for j in range(p):
        total += corner[j] if state.rows[state.given + j, j] > 0.0 else -corner[j]
    for j in range(p + 1):
        within = within and abs(corner[j]) <= BEYOND_REACH
    return within and total > AHEAD


@inner
def add_corner(state: Any, corners: np.ndarray, i: int) -> None:
    """Add a corner to the one in hand."""
    for j in range(state.p + 1):
        state.corner[j] += corners[j * state.room + i]


@inner
def add_crossing(state: Any, corners: np.ndarray, i: int, j: int, t: float) -> None:
    """Add the point of the edge from i to j where t says."""
    for axis in range(state.p + 1):
        u, v = corners[axis * state.room + i], corners[axis * state.room + j]
        state.corner[axis] += u + t * (v - u)


@inner
def middle_found(state: Any, out: np.ndarray) -> None:
    """Write the sum of the corners added up, as a point; not finite if all are at infinity."""
    for j in range(state.p):
        out[j] = state.corner[j] / state.corner[state.p]


@inner
def opposite(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write a point on one side of a form, for a cell without corners: the witness moved along the normal."""
    square, value = 0.0, row_at(form, state.witness)
    for j in range(state.p):
        square += form[j] * form[j]
    wanted = side * max(abs(value), np.sqrt(square))
    for j in range(state.p):
        out[j] = state.witness[j] + (wanted - value) / square * form[j]


@inner
def towards_corner(state: Any, row: np.ndarray, out: np.ndarray) -> bool:
    """Go from the witness of the cell towards the farthest corner beyond a row, halfway past the row."""
    never_inline()
    if state.corner_counts[state.depth] == 0:
        return False
    best, value = farthest(state, row)
    size = 1.0
    for j in range(state.p):
        size = max(size, abs(state.witness[j]))
    at_witness = min(row_at(row, state.witness), 0.0) / size
    t = 0.5 * (1.0 + -at_witness / (value - at_witness))
    corners, room, p = state.corners[state.depth], state.room, state.p
    w = (1.0 - t) / size + t * corners[p * room + best]
    for j in range(p):
        out[j] = ((1.0 - t) * state.witness[j] / size + t * corners[j * room + best]) / w
    return True
