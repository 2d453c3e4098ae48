"""The kernel of Euclidean balls in space: cells are what the ball holds of polyhedra (see `kinds`, `curved`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels import polyhedron
from exactregions.engines.tree.kernels.codes import ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.polygon import keep_multiplier
from exactregions.engines.tree.kernels.vectors import fill_integers


@inner
def nearest_zero(state: Any, form: np.ndarray) -> float:
    """Find the point nearest to the centre where a form vanishes in the polyhedron; return its squared distance.

    Zero where it vanishes nowhere. Those points are a polygon with a corner on every edge that changes sign: the foot
    of the centre on the plane is the nearest one where it is within, else one of a side is.
    """
    never_inline()
    slot, room, edges = state.depth, state.room, state.edges[state.depth]
    corners, m, values, zeros = state.corners[slot], state.corner_counts[slot], state.corner_values, state.zeros
    for i in range(m):
        values[i] = form[0] * corners[i] + form[1] * corners[room + i] + form[2] * corners[2 * room + i] + form[3]
    x, y, z = _foot(form)
    best, count, within = np.inf, ZERO, True
    for i in range(m):
        if not values[i] > 0.0:
            continue
        for j in range(3):
            other = edges[6 * i + 3 + j]
            if values[other] > 0.0 or count == room:
                continue
            t = values[i] / (values[i] - values[other])
            for c in range(3):
                place = c * room
                zeros[place + count] = corners[place + i] + t * (corners[place + other] - corners[place + i])
            g, h = edges[6 * i + (j + 1) % 3], edges[6 * i + (j + 2) % 3]
            state.zero_edges[2 * count], state.zero_edges[2 * count + 1] = g, h
            best, within = _join(state, count, g, x, y, z, best, within)
            best, within = _join(state, count, h, x, y, z, best, within)
            count += 1
    for i in range(2 * count):
        state.face_corners[state.zero_edges[i]] = 0
    if count == 0:
        return 0.0
    if within:
        state.zero_count = 0
        state.zero_point[0], state.zero_point[1], state.zero_point[2] = x, y, z
        return x * x + y * y + z * z
    return best


@inner
def _foot(form: np.ndarray) -> tuple[float, float, float]:
    """Return the point of a plane nearest to the centre; squares of the coefficients as they are might vanish."""
    top = max(max(abs(form[0]), abs(form[1])), abs(form[2]))
    a, b, c = form[0] / top, form[1] / top, form[2] / top
    far = -form[3] / top / (a * a + b * b + c * c)
    return far * a, far * b, far * c


@inner
def _join(
    state: Any, at: int, face: int, x: float, y: float, z: float, best: float, within: bool
) -> tuple[float, bool]:
    """Join a zero with the other one on a face: keep what is nearest on the side, and whether the foot is behind it."""
    other = state.face_corners[face] - 1
    state.face_corners[face] = at + 1
    if other < 0:
        return best, within
    lines = state.lines
    behind = lines[0, face] * x + lines[1, face] * y + lines[2, face] * z + lines[3, face] >= 0.0
    return _nearest_on_side(state, other, at, face, best), within and behind


@inner
def _nearest_on_side(state: Any, one: int, other: int, face: int, best: float) -> float:
    never_inline()
    room, zeros = state.room, state.zeros
    ux, uy, uz = zeros[one], zeros[room + one], zeros[2 * room + one]
    x, y, z = zeros[other] - ux, zeros[room + other] - uy, zeros[2 * room + other] - uz
    t = -(ux * x + uy * y + uz * z) / (x * x + y * y + z * z)
    end = one if not t > 0.0 else other
    inside = 0.0 < t < 1.0
    t = t if inside else (0.0 if end == one else 1.0)
    x, y, z = ux + t * x, uy + t * y, uz + t * z
    distance = x * x + y * y + z * z
    if not distance < best:
        return best
    state.zero_point[0], state.zero_point[1], state.zero_point[2] = x, y, z
    state.zero_count, state.zero_lines[0] = 1, face
    if not inside:
        state.zero_count = 2
        state.zero_lines[0], state.zero_lines[1] = state.zero_edges[2 * end], state.zero_edges[2 * end + 1]
    return distance


@inner
def multipliers_at_zero(state: Any, k: int) -> None:
    """Store the multipliers of row k, and of the lines on which it ends there, that add up to the nearest zero.

    Walls need none: they are tangent planes of the ball, which is within its own (mathematics, 3.8).
    """
    never_inline()
    count = ZERO
    if state.zero_count == 1:
        line = state.zero_lines[0]
        u, v = _two(state, state.rows[k], line)
        count = keep_multiplier(state, line, v / u, ZERO)
    elif state.zero_count == 2:
        u, v, w = _three(state, state.rows[k], state.zero_lines[0], state.zero_lines[1])
        count = keep_multiplier(state, state.zero_lines[0], v / u, ZERO)
        count = keep_multiplier(state, state.zero_lines[1], w / u, count)
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + ONE


@inner
def _two(state: Any, row: np.ndarray, line: int) -> tuple[float, float]:
    """Return u, v with u row + v line = the nearest zero, for the slopes, up to a factor."""
    ff, fg, gg, fx, gx = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(3):
        f, g, x = row[j], state.lines[j, line], state.zero_point[j]
        ff += f * f
        fg += f * g
        gg += g * g
        fx += f * x
        gx += g * x
    return fx * gg - gx * fg, gx * ff - fx * fg


@inner
def _three(state: Any, row: np.ndarray, one: int, other: int) -> tuple[float, float, float]:
    """Return u, v, w with u row + v one + w other = the nearest zero, for the slopes, up to a factor."""
    A, B, C = state.lines[0], state.lines[1], state.lines[2]
    x, y, z = state.zero_point[0], state.zero_point[1], state.zero_point[2]
    a, b, c = polyhedron.cross(A[one], B[one], C[one], A[other], B[other], C[other])
    d, e, f = polyhedron.cross(row[0], row[1], row[2], x, y, z)
    u = a * x + b * y + c * z
    # v = det(row, x, other), w = det(row, one, x)
    v = d * A[other] + e * B[other] + f * C[other]
    w = -(d * A[one] + e * B[one] + f * C[one])
    return u, v, w


@inner
def mark_lines(state: Any) -> None:
    """Mark the rows that have a face of the polyhedron."""
    fill_integers(state.candidates[: state.depth], ZERO)
    for i in range(state.corner_counts[state.depth]):
        for j in range(3):
            line = state.edges[state.depth, 6 * i + j]
            if line >= state.walls:
                state.candidates[line - state.walls] = 1
