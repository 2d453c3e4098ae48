"""The kernel of bounded domains of the line: cells are intervals (see `kinds` and `outward`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.outward import (
    add_line,
)


@inner
def begin(state: Any) -> None:
    """Begin with the two ends of the domain, the upper one first, as walls are."""
    state.corners[0, 0], state.corners[0, 1] = state.outer[0], -state.outer[0]
    state.edges[0, 0], state.edges[0, 1] = 0, 1
    state.corner_counts[0] = 2
    for k in range(state.depth):
        add_line(state, k)
        cut(state, k)


@inner
def cut(state: Any, k: int) -> None:
    """Fill slot k + 1: an end proved to be beyond row k moves towards its root, to where it is still proved beyond."""
    line = state.walls + k
    a, c, tolerance = state.lines[0, line], state.lines[1, line], state.line_tolerances[line]
    for i in range(2):
        end = state.corners[k, i]
        state.corners[k + 1, i], state.edges[k + 1, i] = end, state.edges[k, i]
        if a * end + c < -tolerance:
            root = -(c + 2.0 * tolerance) / a
            inside = state.corners[k, 0] > root > state.corners[k, 1]
            if inside and a * root + c <= -tolerance:
                state.corners[k + 1, i], state.edges[k + 1, i] = root, line
    state.corner_counts[k + 1] = 2


@inner
def extremes(state: Any, form: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value of a form at the ends."""
    u = form[0] * state.corners[state.depth, 0] + form[1]
    v = form[0] * state.corners[state.depth, 1] + form[1]
    return (u, v) if u < v else (v, u)


@inner
def farthest(state: Any, row: np.ndarray) -> tuple[int, float]:
    """Return the end where a row is largest, and its value there."""
    best = ZERO if row[0] > 0.0 else ONE
    return best, row[0] * state.corners[state.depth, best] + row[1]


@inner
def survey(state: Any, first: int, last: int) -> None:
    """Fill the least and greatest values of the units of a stage at the ends."""
    corners = state.corners[state.depth]
    _survey(
        state.columns[0, first:last], state.columns[1, first:last], corners[0], corners[1],
        state.least[first:last], state.greatest[first:last],
    )  # fmt: skip


@reordered
def _survey(a: np.ndarray, c: np.ndarray, x: float, y: float, least: np.ndarray, greatest: np.ndarray) -> None:
    for i in range(len(a)):
        u, v = a[i] * x + c[i], a[i] * y + c[i]
        least[i] = u if u < v else v
        greatest[i] = v if u < v else u


@inner
def middle(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write the middle of the part of the interval on one side of a form, unproved."""
    root = -form[1] / form[0]
    out[0] = 0.5 * (root + state.corners[state.depth, 0 if side * form[0] > 0.0 else 1])


@inner
def first_side(form: np.ndarray, known: int) -> int:
    """Go to the lower side first: neighbours then follow each other, and one unit changes its sign between them."""
    return -1 if form[0] > 0.0 else 1


@inner
def rows_hold(state: Any, y: np.ndarray) -> bool:
    """Prove that a point within reach is strictly inside all rows of the cell."""
    first, last = state.walls, state.walls + state.depth
    held = _held(state.lines[0, first:last], state.lines[1, first:last], state.line_tolerances[first:last], y[0])
    return held == state.depth


@reordered
def _held(a: np.ndarray, c: np.ndarray, tolerances: np.ndarray, x: float) -> int:
    held = ZERO
    for k in range(len(a)):
        held += 1 if a[k] * x + c[k] > tolerances[k] else 0
    return held


@inner
def multipliers(state: Any, k: int) -> None:
    """Store the multipliers of row k at the end where it is largest: its slope over that of the row there."""
    never_inline()
    line, count = state.edges[state.depth, farthest(state, state.rows[k])[0]], ZERO
    if line >= state.walls:
        y = -state.rows[k, 0] / state.lines[0, line]
        if y > 0.0:
            state.proof_rows[0], state.proof_multipliers[0] = line - state.walls, y
            count = ONE
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + 1
