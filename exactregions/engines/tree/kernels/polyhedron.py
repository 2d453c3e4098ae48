"""The kernel of bounded boxes in space, and polytopes in them: cells are polyhedra (see `kinds` and `outward`).

Every corner lies on three faces, and so do the new ones of a cut, whatever rounding does. `edges` holds six numbers for
a corner: the lines of its faces, and for each face the corner at the other end of the edge that is on the other two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ONE, ZERO
from exactregions.engines.tree.kernels.columns import BEYOND_REACH
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.outward import (
    add_line,
)
from exactregions.engines.tree.kernels.polygon import NEAR, keep_multiplier

PAIRED = -1  # of a face that a cut has given both its new corners


@inner
def begin(state: Any) -> None:
    """Begin with the corners of the box, and cut it by the rows of the domain; bit j of a corner tells its side."""
    for corner in range(8):
        for j in range(3):
            upper = (corner >> j) & 1
            state.corners[0, j * state.room + corner] = state.outer[j] if upper == 1 else -state.outer[j]
            state.edges[0, 6 * corner + j] = j if upper == 1 else 3 + j
            state.edges[0, 6 * corner + 3 + j] = corner ^ (1 << j)
    state.corner_counts[0] = 8
    for k in range(state.depth):
        add_line(state, k)
        cut(state, k)


@inner
def cut(state: Any, k: int) -> None:
    """Fill slot k + 1 with what row k leaves of slot k: corners proved to be beyond the row go, new ones come.

    The new polyhedron contains the new cell (mathematics, 3.8). Where a cut would take no corner, or some face would
    not get two new ones, which rounding can feign, or there are too many corners, the old polyhedron is kept: it
    contains the new cell too.
    """
    never_inline()
    m, room, line = state.corner_counts[k], state.room, state.walls + k
    source, values, places = state.corners[k], state.corner_values, state.new_places
    a, b, c, e = state.lines[0, line], state.lines[1, line], state.lines[2, line], state.lines[3, line]
    tolerance, kept = state.line_tolerances[line], ZERO
    for i in range(m):
        constant = e * state.kernel.height(state, source, i)
        value = a * source[i] + b * source[room + i] + c * source[2 * room + i] + constant
        values[i] = value
        if value < -tolerance:
            places[i] = -1
        else:
            places[i] = kept
            kept += 1
    if kept == m or kept == 0 or not _rebuild(state, k, m, kept):
        _keep(state, k, m)


@inner
def _keep(state: Any, k: int, m: int) -> None:
    for i in range(m):
        state.kernel.copy_corner(state, state.corners[k], i, state.corners[k + 1], i)
    for i in range(6 * m):
        state.edges[k + 1, i] = state.edges[k, i]
    state.corner_counts[k + 1] = m


@inner
def _rebuild(state: Any, k: int, m: int, kept: int) -> bool:
    """Copy the corners that stay, and put a new one on each edge to a corner that goes; False where that fails."""
    room, old, new, places, line = state.room, state.edges[k], state.edges[k + 1], state.new_places, state.walls + k
    count, unpaired = kept, ZERO
    for i in range(m):
        place = places[i]
        if place < 0:
            continue
        state.kernel.copy_corner(state, state.corners[k], i, state.corners[k + 1], place)
        for j in range(3):
            new[6 * place + j] = old[6 * i + j]
        for j in range(3):
            other = old[6 * i + 3 + j]
            if places[other] >= 0:
                new[6 * place + 3 + j] = places[other]
                continue
            if count == room:
                unpaired = -1
                break
            g, h = old[6 * i + (j + 1) % 3], old[6 * i + (j + 2) % 3]
            new[6 * place + 3 + j] = count
            new[6 * count], new[6 * count + 1], new[6 * count + 2] = line, g, h
            new[6 * count + 3] = place
            # the edge on the new face and h is opposite to g, and the other way round
            change = _pair(state, new, count, g, 2)
            unpaired += change
            change = _pair(state, new, count, h, 1)
            unpaired += change
            state.kernel.corner_on_edge(state, k, g, h, i, other, count)
            count += 1
        if unpaired < 0:
            break
    for i in range(kept, count):
        state.face_corners[new[6 * i + 1]] = 0
        state.face_corners[new[6 * i + 2]] = 0
    state.corner_counts[k + 1] = count
    return unpaired == 0


@inner
def _pair(state: Any, new: np.ndarray, corner: int, face: int, opposite: int) -> int:
    """Join a new corner with the other one on a face; return how many more wait, or a very negative number."""
    first = state.face_corners[face]
    if first == 0:
        state.face_corners[face] = corner + 1
        return 1
    if first == PAIRED:
        return -(1 << 40)
    other = first - 1
    new[6 * corner + 3 + opposite] = other
    # in the list of the other corner the face is first or second: the edge is opposite to the one that is not
    new[6 * other + 3 + (2 if new[6 * other + 1] == face else 1)] = corner
    state.face_corners[face] = PAIRED
    return -1


@inner
def copy_corner(state: Any, source: np.ndarray, i: int, target: np.ndarray, at: int) -> None:
    """Copy a corner."""
    room = state.room
    target[at], target[room + at], target[2 * room + at] = source[i], source[room + i], source[2 * room + i]


@inner
def corner_on_edge(state: Any, k: int, g: int, h: int, kept: int, gone: int, at: int) -> None:
    """Write a new corner just beyond row k and the lines of two faces, as evaluations with their tolerances prove.

    The end of the edge that goes is beyond them all, and serves where there is no such point nearer.
    """
    never_inline()
    room, source, target, line = state.room, state.corners[k], state.corners[k + 1], state.walls + k
    tolerance, first, second = state.line_tolerances[line], state.line_tolerances[g], state.line_tolerances[h]
    fu, fv = state.corner_values[kept], state.corner_values[gone]
    t = (fu + 2.0 * tolerance + 8.0 * (first + second)) / (fu - fv)
    x, y, z = source[gone], source[room + gone], source[2 * room + gone]
    target[at], target[room + at], target[2 * room + at] = x, y, z
    if not t < 1.0:
        return
    ux, uy, uz = source[kept], source[room + kept], source[2 * room + kept]
    x, y, z = ux + t * (x - ux), uy + t * (y - uy), uz + t * (z - uz)
    x, y, z = _pushed(state, g, first, x, y, z)
    x, y, z = _pushed(state, h, second, x, y, z)
    outside = _at(state, g, x, y, z) <= -first and _at(state, h, x, y, z) <= -second
    within = state.within
    near = abs(x) <= within[0] * BEYOND_REACH and abs(y) <= within[1] * BEYOND_REACH
    if outside and near and abs(z) <= within[2] * BEYOND_REACH and _at(state, line, x, y, z) <= -tolerance:
        target[at], target[room + at], target[2 * room + at] = x, y, z


@inner
def _at(state: Any, line: int, x: float, y: float, z: float) -> float:
    lines = state.lines
    return lines[0, line] * x + lines[1, line] * y + lines[2, line] * z + lines[3, line]


@inner
def _pushed(state: Any, line: int, margin: float, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return a point moved beyond a line along its normal, unless it is there."""
    value = _at(state, line, x, y, z)
    if value > -margin:
        a, b, c = state.lines[0, line], state.lines[1, line], state.lines[2, line]
        push = (value + 2.0 * margin) / (a * a + b * b + c * c)
        x -= push * a
        y -= push * b
        z -= push * c
    return x, y, z


@inner
def extremes(state: Any, form: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value of a form at the corners."""
    slot, room = state.depth, state.room
    return _extremes(
        form[0], form[1], form[2], form[3], state.corners[slot, :room], state.corners[slot, room : 2 * room],
        state.corners[slot, 2 * room :], state.corner_counts[slot],
    )  # fmt: skip


@reordered
def _extremes(
    a: float, b: float, c: float, e: float, xs: np.ndarray, ys: np.ndarray, zs: np.ndarray, count: int
) -> tuple[float, float]:
    least = greatest = a * xs[0] + b * ys[0] + c * zs[0] + e
    for i in range(1, count):
        value = a * xs[i] + b * ys[i] + c * zs[i] + e
        least = value if value < least else least
        greatest = value if value > greatest else greatest
    return least, greatest


@inner
def farthest(state: Any, row: np.ndarray) -> tuple[int, float]:
    """Return the corner where a row is largest, and its value there."""
    best, greatest = ZERO, -np.inf
    for i in range(state.corner_counts[state.depth]):
        value = _value(state, row, i)
        if value > greatest:
            best, greatest = i, value
    return best, greatest


@inner
def _value(state: Any, row: np.ndarray, i: int) -> float:
    corners, room = state.corners[state.depth], state.room
    return row[0] * corners[i] + row[1] * corners[room + i] + row[2] * corners[2 * room + i] + row[3]


@inner
def survey(state: Any, first: int, last: int) -> None:
    """Fill the least and greatest values of the units of a stage at the corners."""
    room, corners, columns = state.room, state.corners[state.depth], state.columns
    _survey(
        columns[0, first:last], columns[1, first:last], columns[2, first:last], columns[3, first:last],
        corners[:room], corners[room : 2 * room], corners[2 * room :], state.corner_counts[state.depth],
        state.least[first:last], state.greatest[first:last],
    )  # fmt: skip


@reordered
def _survey(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, e: np.ndarray, xs: np.ndarray, ys: np.ndarray, zs: np.ndarray,
    count: int, least: np.ndarray, greatest: np.ndarray,
) -> None:  # fmt: skip
    for i in range(len(a)):
        least[i] = np.inf
        greatest[i] = -np.inf
    for corner in range(count):
        x, y, z = xs[corner], ys[corner], zs[corner]
        for i in range(len(a)):
            value = a[i] * x + b[i] * y + c[i] * z + e[i]
            least[i] = value if value < least[i] else least[i]
            greatest[i] = value if value > greatest[i] else greatest[i]


@inner
def middle(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write the mean of the corners of the part of the polyhedron on one side of a form, unproved."""
    slot, room = state.depth, state.room
    corners, m, values = state.corners[slot], state.corner_counts[slot], state.corner_values
    x, y, z, count = 0.0, 0.0, 0.0, 0.0
    for i in range(m):
        values[i] = side * _value(state, form, i)
    for i in range(m):
        if not values[i] > 0.0:
            continue
        px, py, pz = corners[i], corners[room + i], corners[2 * room + i]
        x += px
        y += py
        z += pz
        count += 1.0
        for j in range(3):
            other = state.edges[slot, 6 * i + 3 + j]
            if not values[other] > 0.0:
                t = values[i] / (values[i] - values[other])
                x += px + t * (corners[other] - px)
                y += py + t * (corners[room + other] - py)
                z += pz + t * (corners[2 * room + other] - pz)
                count += 1.0
    out[0], out[1], out[2] = x / count, y / count, z / count


@inner
def rows_hold(state: Any, y: np.ndarray) -> bool:
    """Prove that a point within reach is strictly inside all rows of the cell."""
    first, last, lines = state.walls, state.walls + state.depth, state.lines
    held = _held(
        lines[0, first:last], lines[1, first:last], lines[2, first:last], lines[3, first:last],
        state.line_tolerances[first:last], y[0], y[1], y[2],
    )  # fmt: skip
    return held == state.depth


@reordered
def _held(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, e: np.ndarray, tolerances: np.ndarray, x: float, y: float, z: float
) -> int:
    held = ZERO
    for k in range(len(a)):
        held += 1 if a[k] * x + b[k] * y + c[k] * z + e[k] > tolerances[k] else 0
    return held


@inner
def multipliers(state: Any, k: int) -> None:
    """Store the multipliers of row k at the corner where it is largest; of copies of it, where they are least negative.

    With the lines g_i of the three faces there, row k + sum_i u_i g_i has no slope. A wall needs no multiplier: the
    bound of a combination over the domain holds it.
    """
    never_inline()
    row, edges = state.rows[k], state.edges[state.depth]
    greatest = farthest(state, row)[1]
    best, most = ZERO, -np.inf
    for i in range(state.corner_counts[state.depth]):
        if _value(state, row, i) >= greatest - NEAR:
            u, v, w = _solve(state, row, edges[6 * i], edges[6 * i + 1], edges[6 * i + 2])
            smaller = u if u < v else v
            smaller = w if w < smaller else smaller
            if smaller > most:
                best, most = i, smaller
    u, v, w = _solve(state, row, edges[6 * best], edges[6 * best + 1], edges[6 * best + 2])
    count = keep_multiplier(state, edges[6 * best], u, ZERO)
    count = keep_multiplier(state, edges[6 * best + 1], v, count)
    count = keep_multiplier(state, edges[6 * best + 2], w, count)
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + ONE


@inner
def _solve(state: Any, row: np.ndarray, g: int, h: int, i: int) -> tuple[float, float, float]:
    """Return u, v, w with row + u g + v h + w i = 0, for the slopes."""
    A, B, C = state.lines[0], state.lines[1], state.lines[2]
    x, y, z = cross(A[h], B[h], C[h], A[i], B[i], C[i])
    volume = A[g] * x + B[g] * y + C[g] * z
    u = -(row[0] * x + row[1] * y + row[2] * z) / volume
    x, y, z = cross(A[i], B[i], C[i], A[g], B[g], C[g])
    v = -(row[0] * x + row[1] * y + row[2] * z) / volume
    x, y, z = cross(A[g], B[g], C[g], A[h], B[h], C[h])
    return u, v, -(row[0] * x + row[1] * y + row[2] * z) / volume


@inner
def cross(a: float, b: float, c: float, d: float, e: float, f: float) -> tuple[float, float, float]:
    """Return the vector product of (a, b, c) and (d, e, f)."""
    return b * f - c * e, c * d - a * f, a * e - b * d
