"""The kernel of Euclidean balls: the point of the cell nearest to the centre moves with the search (see `kinds`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import (
    BEYOND,
    NOTHING,
    UNKNOWN,
    ZERO,
)
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.dual_active_set import EMPTY, REACHED, STUCK, nearest_with_row
from exactregions.engines.tree.kernels.entry_interval import entry_interval
from exactregions.engines.tree.kernels.fields import floats, integers, number
from exactregions.engines.tree.kernels.inward import inward, inward_of_all
from exactregions.engines.tree.kernels.nearest_fields import with_nearest_point
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.rungs import settle
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.kernels.vectors import copy, row_at, square

CLEAR = 1e-14  # a value this far beyond a row is worth trying for a witness; rows and domain are of size one
TANGENT = 1e-9  # relative; a squared distance this close to the radius may be a tangency


@with_nearest_point
class NearestPointState(State):
    """A state with the nearest point of the cell, and what waits of it."""

    __slots__ = ()

    trial = number("The side for which the last probe reached a nearest point, else zero.")
    trial_point = floats("p", "The nearest point with the row in question.")
    trial_rows = integers("p + 2", "Its active rows, their number first.")
    trial_multipliers = floats("p + 1", "Their multipliers.")
    waiting_nearest = floats("rows, p", "The nearest point before a row entered.")
    waiting_active = integers("rows, p + 2", "Its active rows, their number first; -1 where it was lost.")
    waiting_multipliers = floats("rows, p + 1", "Their multipliers.")
    cone_direction = floats("p", "Scratch: the shortest direction into the cone of tight rows.")
    cone_rows = integers("p + 1", "Its active rows.")
    cone_multipliers = floats("p + 1", "Their multipliers.")


@inner
def begin(state: Any) -> None:
    """Begin at the centre, the nearest point of the ball, and move into the rows that are there."""
    for k in range(state.depth):
        enter(state, k, False)


@inner
def probe(state: Any, out: np.ndarray) -> int:
    """Move the nearest point beyond the row at `depth`; it leaves the ball or finds nothing, or is near a witness."""
    k = state.depth
    state.trial = 0
    if state.nearest_lost != 0:
        return UNKNOWN
    clear = 16.0 * state.row_errors[k] + CLEAR
    if row_at(state.rows[k], state.nearest) > clear:
        inward(state, k + 1, state.nearest, state.active_rows, state.active, out)
        return _witness_or_proof(state, state.nearest, out)
    status = nearest_with_row(state, k + 1)
    if status == STUCK:
        return UNKNOWN
    if status != REACHED:
        return settle(state)
    state.trial = state.side
    inward(state, k + 1, state.trial_point, state.trial_rows[1:], state.trial_rows[0], out)
    return _witness_or_proof(state, state.trial_point, out)


@inner
def _witness_or_proof(state: Any, q: np.ndarray, out: np.ndarray) -> int:
    """Prove the proposed witness near q, or a better one, or that the rows tight at q leave nothing beyond."""
    never_inline()
    k = state.depth
    if strictly_inside(state, k + 1, out):
        return BEYOND
    if state.trial != 0 and _tangent_proof(state, k) and settle(state) == NOTHING:
        return NOTHING
    status = inward_of_all(state, k + 1, q, out)
    if status == EMPTY:
        return settle(state)
    return BEYOND if status == REACHED and strictly_inside(state, k + 1, out) else UNKNOWN


@once
def _tangent_proof(state: Any, k: int) -> bool:
    """Store the multipliers of the trial point, row k last, where it is about as far as the radius."""
    active, u = state.trial_rows, state.trial_multipliers
    if square(state.trial_point) < state.domain.radius(state) ** 2 * (1.0 - TANGENT):
        return False
    count = ZERO
    last = -1.0
    for i in range(active[0]):
        if active[1 + i] == k:
            last = u[i]
        else:
            state.proof_rows[count], state.proof_multipliers[count] = active[1 + i], max(u[i], 0.0)
            count += 1
    state.proof_rows[count], state.proof_multipliers[count] = k, last
    state.proof_length = count + 1
    return last > 0.0


@inner
def point_found(state: Any, out: np.ndarray) -> None:
    """Write the trial point; there is none where exact arithmetic answered."""
    if state.trial != 0 and state.side != 0:
        copy(out, state.trial_point)


@inner
def enter(state: Any, k: int, warm: bool) -> None:
    """Move the nearest point into the new cell: to the trial of a warm probe, or by a method of its own."""
    if not (warm and state.trial == state.side):
        if state.nearest_lost != 0 or row_at(state.rows[k], state.nearest) >= 0.0:
            return
        if nearest_with_row(state, k + 1) != REACHED:
            # floats lost the cell: everything below is left to exact arithmetic until the next way back
            state.nearest_lost = 1
            return
    count = state.trial_rows[0]
    copy(state.nearest, state.trial_point)
    state.active = count
    for i in range(count):
        state.active_rows[i] = state.trial_rows[1 + i]
        state.multipliers[i] = state.trial_multipliers[i]


@inner
def save(state: Any, k: int) -> None:
    """Keep the nearest point for the other side of row k."""
    count = state.active
    copy(state.waiting_nearest[k], state.nearest)
    state.waiting_active[k, 0] = -1 if state.nearest_lost != 0 else count
    for i in range(count):
        state.waiting_active[k, 1 + i] = state.active_rows[i]
        state.waiting_multipliers[k, i] = state.multipliers[i]


@inner
def restore(state: Any, k: int) -> None:
    """Take it back."""
    count = max(state.waiting_active[k, 0], 0)
    state.nearest_lost = 1 if state.waiting_active[k, 0] < 0 else 0
    copy(state.nearest, state.waiting_nearest[k])
    state.active = count
    for i in range(count):
        state.active_rows[i] = state.waiting_active[k, 1 + i]
        state.multipliers[i] = state.waiting_multipliers[k, i]


@inner
def measure(state: Any, at: int, entries: np.ndarray) -> None:
    """Write the distance of the nearest point and its proved bounds."""
    lower, upper = entry_interval(state)
    entries[at, 0] = min(max(np.sqrt(square(state.nearest)), lower), upper)
    entries[at, 1], entries[at, 2] = lower, upper
