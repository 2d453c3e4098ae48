"""The kernel of bounded domains of the plane with flat sides: cells are polygons (see `kinds` and `outward`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ONE, ZERO
from exactregions.engines.tree.kernels.columns import BEYOND_REACH
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.outward import (
    add_line,
)

NEAR = 1e-12  # corners whose values differ by less may be copies of one


@inner
def begin(state: Any) -> None:
    """Begin with the corners of the walls, which follow each other, and cut them by the rows of the domain."""
    count = state.walls
    for i in range(count):
        line, after = i, (i + 1) % count
        state.edges[0, after] = after
        _meet(state, line, after, state.corners[0], after)
    state.corner_counts[0] = count
    for k in range(state.depth):
        add_line(state, k)
        cut(state, k)


@inner
def _meet(state: Any, a: int, b: int, corners: np.ndarray, at: int) -> None:
    """Write the point where two walls meet: their coefficients are 0 and 1 in magnitude, and sums are exact."""
    A, B, C = state.lines[0], state.lines[1], state.lines[2]
    turn = A[a] * B[b] - A[b] * B[a]
    corners[at] = (B[a] * C[b] - B[b] * C[a]) / turn
    corners[state.room + at] = (C[a] * A[b] - C[b] * A[a]) / turn


@inner
def cut(state: Any, k: int) -> None:
    """Fill slot k + 1 with what row k leaves of slot k: corners proved to be beyond the row go, two new ones come.

    The new polygon contains the new cell (mathematics, 3.8). Where a cut would take no corner, or several pieces out of
    the polygon, which rounding can feign, or leave too many corners, the old polygon is kept: it contains the new cell
    too.
    """
    never_inline()
    m, values, line = state.corner_counts[k], state.corner_values, state.walls + k
    source, tolerance = state.corners[k], state.line_tolerances[line]
    room = state.room
    a, b, c = state.lines[0, line], state.lines[1, line], state.lines[2, line]
    taken, first, last, before, begins = ZERO, ZERO, ZERO, False, False
    changes = ZERO
    for i in range(m):
        value = a * source[i] + b * source[room + i] + c * state.kernel.height(state, source, i)
        values[i] = value
        beyond = value < -tolerance
        taken += 1 if beyond else 0
        if i == 0:
            begins = beyond
        elif beyond != before:
            changes += 1
            if beyond:
                first = i
            else:
                last = i
        before = beyond
    if before != begins:
        changes += 1
        if begins:
            first = 0
        else:
            last = 0
    if changes != 2 or m - taken + 2 > room:
        _keep(state, k)
        return
    # corners `first` to `last` - 1 go, around the end of the list if need be
    target, count = state.corners[k + 1], ZERO
    at = last
    for _ in range(m - taken):
        state.kernel.copy_corner(state, source, at, target, count)
        state.edges[k + 1, count] = state.edges[k, at]
        count += 1
        at = at + 1 if at + 1 < m else 0
    kept = first - 1 if first > 0 else m - 1
    state.kernel.corner_on_edge(state, k, state.edges[k, kept], kept, first, count)
    state.edges[k + 1, count] = line
    count += 1
    gone = last - 1 if last > 0 else m - 1
    state.kernel.corner_on_edge(state, k, state.edges[k, gone], last, gone, count)
    state.edges[k + 1, count] = state.edges[k, gone]
    state.corner_counts[k + 1] = count + 1


@inner
def _keep(state: Any, k: int) -> None:
    m = state.corner_counts[k]
    for i in range(m):
        state.kernel.copy_corner(state, state.corners[k], i, state.corners[k + 1], i)
        state.edges[k + 1, i] = state.edges[k, i]
    state.corner_counts[k + 1] = m


@inner
def copy_corner(state: Any, source: np.ndarray, i: int, target: np.ndarray, at: int) -> None:
    """Copy a corner."""
    room = state.room
    target[at], target[room + at] = source[i], source[room + i]


@inner
def corner_on_edge(state: Any, k: int, edge: int, kept: int, gone: int, at: int) -> None:
    """Write a new corner just beyond row k and the line of an edge, as evaluations with their tolerances prove.

    The end of the edge that goes is beyond both, and serves where there is no such point nearer.
    """
    never_inline()
    room, source, target, line = state.room, state.corners[k], state.corners[k + 1], state.walls + k
    A, B, C = state.lines[0], state.lines[1], state.lines[2]
    tolerance, margin = state.line_tolerances[line], state.line_tolerances[edge]
    ux, uy, vx, vy = source[kept], source[room + kept], source[gone], source[room + gone]
    fu, fv = state.corner_values[kept], state.corner_values[gone]
    t = (fu + 2.0 * tolerance + 8.0 * margin) / (fu - fv)
    target[at], target[room + at] = vx, vy
    if not t < 1.0:
        return
    x, y = ux + t * (vx - ux), uy + t * (vy - uy)
    value = A[edge] * x + B[edge] * y + C[edge]
    if value > -margin:
        push = (value + 2.0 * margin) / (A[edge] * A[edge] + B[edge] * B[edge])
        x -= push * A[edge]
        y -= push * B[edge]
        value = A[edge] * x + B[edge] * y + C[edge]
    outside = value <= -margin and A[line] * x + B[line] * y + C[line] <= -tolerance
    if outside and abs(x) <= state.within[0] * BEYOND_REACH and abs(y) <= state.within[1] * BEYOND_REACH:
        target[at], target[room + at] = x, y


@inner
def extremes(state: Any, form: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value of a form at the corners."""
    slot, room = state.depth, state.room
    corners = state.corners[slot]
    a, b, c = form[0], form[1], form[2]
    least = greatest = a * corners[0] + b * corners[room] + c
    for i in range(1, state.corner_counts[slot]):
        value = a * corners[i] + b * corners[room + i] + c
        least = value if value < least else least
        greatest = value if value > greatest else greatest
    return least, greatest


@inner
def farthest(state: Any, row: np.ndarray) -> tuple[int, float]:
    """Return the corner where a row is largest, and its value there."""
    slot, room = state.depth, state.room
    best, greatest = ZERO, -np.inf
    for i in range(state.corner_counts[slot]):
        value = row[0] * state.corners[slot, i] + row[1] * state.corners[slot, room + i] + row[2]
        if value > greatest:
            best, greatest = i, value
    return best, greatest


@inner
def survey(state: Any, first: int, last: int) -> None:
    """Fill the least and greatest values of the units of a stage at the corners."""
    slot, room = state.depth, state.room
    corners = state.corners[slot]
    _survey(
        state.columns[0, first:last], state.columns[1, first:last], state.columns[2, first:last],
        corners[:room], corners[room:], state.corner_counts[slot], state.least[first:last], state.greatest[first:last],
    )  # fmt: skip


@reordered
def _survey(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, xs: np.ndarray, ys: np.ndarray, count: int,
    least: np.ndarray, greatest: np.ndarray,
) -> None:  # fmt: skip
    x, y = xs[0], ys[0]
    for i in range(len(a)):
        value = a[i] * x + b[i] * y + c[i]
        least[i] = value
        greatest[i] = value
    for corner in range(1, count):
        x, y = xs[corner], ys[corner]
        for i in range(len(a)):
            value = a[i] * x + b[i] * y + c[i]
            least[i] = value if value < least[i] else least[i]
            greatest[i] = value if value > greatest[i] else greatest[i]


@inner
def middle(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write the mean of the corners of the part of the polygon on one side of a form, unproved."""
    slot, room = state.depth, state.room
    corners, m = state.corners[slot], state.corner_counts[slot]
    a, b, c = side * form[0], side * form[1], side * form[2]
    x, y, count = 0.0, 0.0, 0.0
    px, py = corners[m - 1], corners[room + m - 1]
    before = a * px + b * py + c
    for i in range(m):
        qx, qy = corners[i], corners[room + i]
        value = a * qx + b * qy + c
        if (value > 0.0) != (before > 0.0):
            t = before / (before - value)
            x += px + t * (qx - px)
            y += py + t * (qy - py)
            count += 1.0
        if value > 0.0:
            x += qx
            y += qy
            count += 1.0
        px, py, before = qx, qy, value
    out[0], out[1] = x / count, y / count


@inner
def rows_hold(state: Any, y: np.ndarray) -> bool:
    """Prove that a point within reach is strictly inside all rows of the cell."""
    first, last = state.walls, state.walls + state.depth
    held = _held(
        state.lines[0, first:last], state.lines[1, first:last], state.lines[2, first:last],
        state.line_tolerances[first:last], y[0], y[1],
    )  # fmt: skip
    return held == state.depth


@reordered
def _held(a: np.ndarray, b: np.ndarray, c: np.ndarray, tolerances: np.ndarray, x: float, y: float) -> int:
    held = ZERO
    for k in range(len(a)):
        held += 1 if a[k] * x + b[k] * y + c[k] > tolerances[k] else 0
    return held


@inner
def multipliers(state: Any, k: int) -> None:
    """Store the multipliers of row k at the corner where it is largest; of copies of it, where they are least negative.

    With the lines g, h of the two edges there, row k + u g + v h has no slope. A wall needs none: the bound of a
    combination over the domain holds it.
    """
    never_inline()
    slot, m = state.depth, state.corner_counts[state.depth]
    row = state.rows[k]
    greatest = farthest(state, row)[1]
    best, most = ZERO, -np.inf
    for i in range(m):
        value = row[0] * state.corners[slot, i] + row[1] * state.corners[slot, state.room + i] + row[2]
        if value >= greatest - NEAR:
            u, v = _solve(state, row, state.edges[slot, i - 1 if i > 0 else m - 1], state.edges[slot, i])
            smaller = u if u < v else v
            if smaller > most:
                best, most = i, smaller
    g, h = state.edges[slot, best - 1 if best > 0 else m - 1], state.edges[slot, best]
    u, v = _solve(state, row, g, h)
    count = keep_multiplier(state, g, u, ZERO)
    count = keep_multiplier(state, h, v, count)
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + 1


@inner
def _solve(state: Any, row: np.ndarray, g: int, h: int) -> tuple[float, float]:
    A, B = state.lines[0], state.lines[1]
    turn = A[g] * B[h] - A[h] * B[g]
    return (row[1] * A[h] - row[0] * B[h]) / turn, (row[0] * B[g] - row[1] * A[g]) / turn


@inner
def keep_multiplier(state: Any, line: int, multiplier: float, count: int) -> int:
    """Store the multiplier of a line, if it is a row's and positive; return how many are stored."""
    if line < state.walls or not multiplier > 0.0:
        return count
    state.proof_rows[count], state.proof_multipliers[count] = line - state.walls, multiplier
    return count + ONE
