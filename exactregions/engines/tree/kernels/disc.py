"""The kernel of balls of the plane: cells are polygons, and in a disc what it holds of them (see `kinds`, `curved`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels import polygon
from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.vectors import fill_integers


@inner
def nearest_zero(state: Any, form: np.ndarray) -> float:
    """Find the point nearest to the centre where a form vanishes in the polygon; return its squared distance.

    Zero where it vanishes nowhere.
    """
    never_inline()
    slot, room, edges = state.depth, state.room, state.edges[state.depth]
    corners, m = state.corners[slot], state.corner_counts[slot]
    a, b, c = form[0], form[1], form[2]
    ux, uy, vx, vy = 0.0, 0.0, 0.0, 0.0
    first, second, found = ZERO, ZERO, ZERO
    px, py = corners[m - 1], corners[room + m - 1]
    before, edge = a * px + b * py + c, edges[m - 1]
    for i in range(m):
        qx, qy = corners[i], corners[room + i]
        value = a * qx + b * qy + c
        if (value > 0.0) != (before > 0.0):
            t = before / (before - value)
            ux, uy, first = vx, vy, second
            vx, vy, second = px + t * (qx - px), py + t * (qy - py), edge
            found += 1
        px, py, before, edge = qx, qy, value, edges[i]
    if found < 2:
        return 0.0
    x, y = vx - ux, vy - uy
    t = -(ux * x + uy * y) / (x * x + y * y)
    state.zero_count = 0 if 0.0 < t < 1.0 else 1
    state.zero_lines[0] = second if t >= 1.0 else first
    t = min(max(t, 0.0), 1.0)
    x, y = ux + t * x, uy + t * y
    state.zero_point[0], state.zero_point[1] = x, y
    return x * x + y * y


@inner
def multipliers_at_zero(state: Any, k: int) -> None:
    """Store the multipliers of row k, and of the line where it ends there, with which they add up to the nearest zero.

    A wall needs none: it is a tangent of the disc, which is within its own tangents (mathematics, 3.8).
    """
    row, x, count = state.rows[k], state.zero_point, ZERO
    if state.zero_count > 0:
        line = state.zero_lines[0]
        a, b = state.lines[0, line], state.lines[1, line]
        count = polygon.keep_multiplier(state, line, (row[0] * x[1] - row[1] * x[0]) / (x[0] * b - x[1] * a), ZERO)
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + 1


@inner
def mark_lines(state: Any) -> None:
    """Mark the rows that have an edge of the polygon."""
    fill_integers(state.candidates[: state.depth], ZERO)
    for i in range(state.corner_counts[state.depth]):
        line = state.edges[state.depth, i]
        if line >= state.walls:
            state.candidates[line - state.walls] = 1
