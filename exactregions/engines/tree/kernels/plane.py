"""The kernel of the plane, and of polygons in it without an end: cells are polygons, up to infinity (see `endless`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.endless import (
    add_corner,
    add_crossing,
    corner_between,
    middle_found,
    opposite,
)
from exactregions.engines.tree.kernels.endless_values import (
    value_at,
)
from exactregions.engines.tree.kernels.vectors import fill


@inner
def orthant(state: Any, slot: int) -> None:
    """Write the corners of a quadrant: the origin, and the ends of its two sides at infinity."""
    room, first = state.room, state.walls + state.given
    for i in range(3):
        for j in range(3):
            state.corners[slot, j * room + i] = 0.0
    state.corners[slot, 2 * room] = 1.0
    for j in range(2):
        state.corners[slot, j * room + j + 1] = 1.0 if state.rows[state.given + j, j] > 0.0 else -1.0
    state.edges[slot, 0], state.edges[slot, 1], state.edges[slot, 2] = first + 1, 0, first
    state.corner_counts[slot] = 3


@inner
def copy_corner(state: Any, source: np.ndarray, i: int, target: np.ndarray, at: int) -> None:
    """Copy a corner."""
    room = state.room
    target[at], target[room + at], target[2 * room + at] = source[i], source[room + i], source[2 * room + i]


@inner
def corner_on_edge(state: Any, k: int, edge: int, kept: int, gone: int, at: int) -> None:
    """Write a new corner just beyond row k and the line of an edge."""
    corner_between(state, k, edge, edge, kept, gone, at)


@inner
def middle(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write a point in the middle of the part of the polygon on one side of a form, unproved."""
    never_inline()
    slot = state.depth
    corners, m = state.corners[slot], state.corner_counts[slot]
    if m == 0:
        opposite(state, form, side, out)
        return
    fill(state.corner, 0.0)
    last = m - 1
    before = side * value_at(state, corners, form, last)
    for i in range(m):
        value = side * value_at(state, corners, form, i)
        if (value > 0.0) != (before > 0.0):
            add_crossing(state, corners, last, i, before / (before - value))
        if value > 0.0:
            add_corner(state, corners, i)
        last, before = i, value
    middle_found(state, out)


@inner
def lines_at(state: Any, i: int) -> None:
    """Write the lines of the two edges at a corner."""
    edges = state.edges[state.depth]
    state.faces[0], state.faces[1] = edges[i - 1 if i > 0 else state.corner_counts[state.depth] - 1], edges[i]
