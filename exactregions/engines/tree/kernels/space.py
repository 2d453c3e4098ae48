"""The kernel of space, and of polytopes in it without an end: cells are polyhedra, up to infinity (see `endless`)."""

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
    """Write the corners of an octant: the origin, and the ends of its three sides at infinity, j + 1 that of side j."""
    room, first, edges = state.room, state.walls + state.given, state.edges[slot]
    for i in range(4):
        for j in range(4):
            state.corners[slot, j * room + i] = 0.0
    state.corners[slot, 3 * room] = 1.0
    for j in range(3):
        state.corners[slot, j * room + j + 1] = 1.0 if state.rows[state.given + j, j] > 0.0 else -1.0
        edges[j], edges[3 + j] = first + j, j + 1
        # the end of side j lies at infinity and on the other two faces; opposite to infinity is the origin
        at, g, h = 6 * (j + 1), (j + 1) % 3, (j + 2) % 3
        edges[at], edges[at + 1], edges[at + 2] = 0, first + g, first + h
        edges[at + 3], edges[at + 4], edges[at + 5] = 0, g + 1, h + 1
    state.corner_counts[slot] = 4


@inner
def copy_corner(state: Any, source: np.ndarray, i: int, target: np.ndarray, at: int) -> None:
    """Copy a corner."""
    room = state.room
    target[at], target[room + at] = source[i], source[room + i]
    target[2 * room + at], target[3 * room + at] = source[2 * room + i], source[3 * room + i]


@inner
def corner_on_edge(state: Any, k: int, g: int, h: int, kept: int, gone: int, at: int) -> None:
    """Write a new corner just beyond row k and the lines of two faces."""
    corner_between(state, k, g, h, kept, gone, at)


@inner
def middle(state: Any, form: np.ndarray, side: int, out: np.ndarray) -> None:
    """Write a point in the middle of the part of the polyhedron on one side of a form, unproved."""
    never_inline()
    slot = state.depth
    corners, m, values = state.corners[slot], state.corner_counts[slot], state.corner_values
    if m == 0:
        opposite(state, form, side, out)
        return
    fill(state.corner, 0.0)
    for i in range(m):
        values[i] = side * value_at(state, corners, form, i)
    for i in range(m):
        if not values[i] > 0.0:
            continue
        add_corner(state, corners, i)
        for j in range(3):
            other = state.edges[slot, 6 * i + 3 + j]
            if not values[other] > 0.0:
                add_crossing(state, corners, i, other, values[i] / (values[i] - values[other]))
    middle_found(state, out)


@inner
def lines_at(state: Any, i: int) -> None:
    """Write the lines of the three faces at a corner."""
    for j in range(3):
        state.faces[j] = state.edges[state.depth, 6 * i + j]
