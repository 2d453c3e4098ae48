"""Depth-first search over sign prefixes (mathematics, 2.1), a slice of work at a time.

The state holds everything: the path to the current node, and for each split on it whether the other side still
waits. A slice ends when its work is done, its output is full, a decision needs exact arithmetic, or the search is
finished; calling again goes on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.as_inputs import holds_as_input
from exactregions.engines.tree.kernels.codes import (
    AT_LAYER,
    AT_LEAF,
    AT_START,
    AT_UNIT,
    DONE,
    DOUBTFUL_WITNESS,
    FULL,
    GO_BACK,
    LEAF,
    MINUS,
    NO_DOUBT,
    NONE,
    PAUSED,
    PLUS,
    ROUNDED_WITNESS,
    SPLIT,
    UNDECIDED,
    UNSURE,
    YES,
    ZERO,
)
from exactregions.engines.tree.kernels.compiling import entry_point, once
from exactregions.engines.tree.kernels.decision import decide
from exactregions.engines.tree.kernels.forms import compose
from exactregions.engines.tree.kernels.goal import out_of_reach
from exactregions.engines.tree.kernels.path import go_back, set_sign, split
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.record import record_event, record_is_full
from exactregions.engines.tree.kernels.state import SEEN
from exactregions.engines.tree.kernels.vectors import copy, row_at

__all__ = ["search"]


@once
def _begin(state: Any) -> None:
    """Set up the root, whose witness is in the state: a rounded point, to be proved like every other."""
    state.witness_unproved = 0 if strictly_inside(state, state.depth, state.witness) else 1
    state.kernel.begin(state)
    state.phase = AT_LAYER


@entry_point
def search(
    state: Any,
    work: int,
    patterns: np.ndarray,
    points: np.ndarray,
    entries: np.ndarray,
    doubts: np.ndarray,
) -> int:
    """Run one slice.

    Parameters
    ----------
    state : State
        Of the kind of the domain: each kind is compiled when it is first asked for.
    work : int
        Number of nodes after which to pause.
    patterns : numpy.ndarray of uint8, shape (capacity, bytes)
        Packed signs of the regions found; capacity 0 only counts.
    points : numpy.ndarray, shape (capacity, p)
        Their witnesses in scaled coordinates.
    entries : numpy.ndarray, shape (capacity, 3)
        An estimate of the scaled entry radius, and proved bounds on either side of it; empty where none is wanted.
    doubts : numpy.ndarray of int64, shape (capacity,)
        NO_DOUBT where floats prove the witness as an input, ROUNDED_WITNESS where they prove it before it is mapped to
        one, else DOUBTFUL_WITNESS.

    Returns
    -------
    int
        PAUSED, FULL, UNDECIDED or DONE.
    """
    for _ in range(work):
        if state.stop != 0:
            return PAUSED
        if record_is_full(state):
            return FULL
        phase = state.phase
        if phase == AT_LAYER:
            if state.layer == state.stages:
                state.phase = AT_LEAF
            else:
                _begin_layer(state)
        elif phase == AT_UNIT:
            if state.goals >= 0 and state.leaves == state.most_leaves:
                return FULL
            if out_of_reach(state) or (state.goals >= 0 and state.pruning.ends_node(state)):
                continue
            state.position = state.kernel.open_from(state, state.position)
            if state.position == state.pending_counts[state.layer]:
                state.layer += 1
                state.phase = AT_LAYER
            elif not _settle_unit(state):
                return UNDECIDED
        elif phase == AT_LEAF:
            if state.found == state.most or state.leaves == state.most_leaves:
                return FULL
            if len(patterns) > 0:
                if state.stored == len(patterns):
                    return FULL
                _store(state, patterns, points, entries, doubts)
            state.found += 1
            state.leaves += 1
            record_event(state, LEAF, ZERO)
            state.phase = GO_BACK
        elif phase == GO_BACK:
            go_back(state)
        elif phase == AT_START:
            _begin(state)
        else:
            return DONE
    return PAUSED


@once
def _begin_layer(state: Any) -> None:
    """Compose the forms of a stage and settle the units that do not cut the incoming cell, for the whole subtree."""
    if state.kernel.begin_stage(state):
        return
    layer = state.layer
    compose(state, layer)
    if state.stop != 0:
        return  # the forms may not be whole; whoever goes on begins the stage again
    begin, pending, seen = state.firsts[layer], 0, 0
    state.position = state.pending_counts[layer] = 0
    state.phase = AT_UNIT
    for unit in range(begin, begin + state.widths[layer]):
        state.signs[unit] = 0
    if state.goals >= 0 and state.pruning.ends_stage(state):
        return
    for unit in range(begin, begin + state.widths[layer]):
        if not state.splits[unit]:
            state.signs[unit] = 1
            continue
        if state.stop != 0:
            if state.phase == AT_UNIT:
                state.phase = AT_LAYER
            return
        known = state.pruning.known_sign(state, unit)
        if known != 0:
            set_sign(state, unit, known, YES)
            continue
        if not _seen_on_both_sides(state, unit, seen):
            state.decisions += 1
            answer = decide(state, unit)
            if answer != SPLIT and answer != UNSURE:
                set_sign(state, unit, 1 if answer == PLUS else -1, YES)
                if state.phase == AT_UNIT and out_of_reach(state):
                    return
                continue
            state.kernel.point_found(state, state.seen_points[seen % SEEN])
            seen += 1
        state.pending_units[begin + pending] = unit
        pending += 1
    state.pending_counts[layer] = pending


@once
def _seen_on_both_sides(state: Any, unit: int, seen: int) -> bool:
    """Whether known points of the cell show that a unit probably cuts it: then there is nothing to settle yet."""
    value = row_at(state.forms[unit], state.witness)
    for i in range(min(seen, SEEN)):
        if value * row_at(state.forms[unit], state.seen_points[i]) < 0.0:
            return True
    return False


@once
def _settle_unit(state: Any) -> bool:
    """Decide the next pending unit and go down; False when exact arithmetic has to decide."""
    unit = state.pending_units[state.firsts[state.layer] + state.position]
    answer = state.answer
    by_floats = answer == NONE
    known = state.pruning.known_sign(state, unit) if by_floats else ZERO
    if known != 0:
        answer = PLUS if known > 0 else MINUS
    elif by_floats:
        state.decisions += 1
        answer = decide(state, unit)
        if answer == UNSURE:
            state.asked_unit = unit
            return False
        if answer == SPLIT:
            state.split_by_float += 1
    else:
        state.side = 0
    state.answer = NONE
    if answer == SPLIT:
        split(state, unit)
    else:
        set_sign(state, unit, 1 if answer == PLUS else -1, by_floats)
        state.position += 1
    return True


@once
def _store(state: Any, patterns: np.ndarray, points: np.ndarray, entries: np.ndarray, doubts: np.ndarray) -> None:
    """Append the current leaf to the output."""
    at = state.stored
    for i in range(patterns.shape[1]):
        patterns[at, i] = 0
    bit = 0
    for unit in range(state.units):
        if state.splits[unit]:
            if state.signs[unit] > 0:
                patterns[at, bit >> 3] |= np.uint8(1 << (bit & 7))
            bit += 1
    copy(points[at], state.witness)
    doubts[at] = DOUBTFUL_WITNESS if state.witness_unproved != 0 else ROUNDED_WITNESS
    if holds_as_input(state):
        doubts[at] = NO_DOUBT
    if len(entries) > 0:
        state.kernel.measure(state, at, entries)
    state.stored = at + 1
