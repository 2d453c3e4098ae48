"""Depth-first search over sign prefixes (theory, section 2), a slice of work at a time.

The state holds everything: the path to the current node, and for each split on it whether the other side still
waits. A slice ends when its work is done, its output is full, a decision needs exact arithmetic, or the search is
finished; calling again goes on.
"""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import entry_point, inner, never_inline, once
from exactregions.engines.tree.kernels.decision import current_point, decide, row_at
from exactregions.engines.tree.kernels.forms import compose, load_row
from exactregions.engines.tree.kernels.layout import (
    ACTIVE,
    ACTIVE_ROWS,
    ANSWER,
    AT_END,
    AT_LAYER,
    AT_LEAF,
    AT_START,
    AT_UNIT,
    BROKEN,
    CHILDREN,
    CHILDREN_THIN,
    DEPTH,
    DIM,
    DOUBTFUL_ENTRY,
    DOUBTFUL_WITNESS,
    ELSEWHERE,
    EUCLIDEAN,
    FIRSTS,
    FORCED,
    FORMS,
    FOUND,
    GIVEN_AWAY,
    GO_BACK,
    KIND,
    LAYER,
    LAYERS,
    LEAF,
    MINUS_FIRST,
    MOST,
    MULTIPLIERS,
    NEAREST,
    NODES,
    NONE,
    ONE,
    PENDING_COUNTS,
    PENDING_UNITS,
    PHASE,
    PLUS,
    PLUS_FIRST,
    POSITION,
    REG,
    ROW_SIGNS,
    ROW_UNITS,
    ROWS,
    SEEN,
    SEEN_POINTS,
    SIDE,
    SIGNS,
    SPLIT,
    SPLIT_PROVED,
    SPLITS,
    STATS,
    STOP,
    STORED,
    THIN,
    TRIAL,
    TRIAL_MULTIPLIERS,
    TRIAL_POINT,
    TRIAL_ROWS,
    UNIT_AT,
    UNITS,
    UNSURE,
    WAITING,
    WAITING_ACTIVE,
    WAITING_MULTIPLIERS,
    WAITING_NEAREST,
    WAITING_PLACES,
    WAITING_THIN,
    WAITING_WITNESSES,
    WIDTHS,
    WITNESS,
    ZERO,
    copy,
    fill_integers,
    floats,
    integer_matrix,
    integers,
    matrix,
    square,
)
from exactregions.engines.tree.kernels.nearest import REACHED, is_sharp, nearest_with_row
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.record import record_event, record_is_full, record_sign
from exactregions.engines.tree.kernels.simplex import add_row, restart

__all__ = ["DONE", "FULL", "PAUSED", "UNDECIDED", "search"]


PAUSED, FULL, UNDECIDED, DONE = 0, 1, 2, 3  # why a slice ended


@once
def _begin(S: np.ndarray) -> None:
    """Set up the root, whose witness is in the state: a rounded point, to be proved like every other."""
    reg = integers(S, REG)
    reg[THIN] = 0 if strictly_inside(S, reg[DEPTH], floats(S, WITNESS)) else 1
    if reg[KIND] != EUCLIDEAN:
        restart(S)
    reg[PHASE] = AT_LAYER


@entry_point
def search(
    S: np.ndarray,
    work: int,
    patterns: np.ndarray,
    points: np.ndarray,
    entries: np.ndarray,
    doubts: np.ndarray,
) -> int:
    """Run one slice.

    Parameters
    ----------
    work : int
        Number of nodes after which to pause.
    patterns : numpy.ndarray of uint8, shape (capacity, bytes)
        Packed signs of the regions found; capacity 0 only counts.
    points : numpy.ndarray, shape (capacity, p)
        Their witnesses in scaled coordinates.
    entries : numpy.ndarray, shape (capacity,)
        Their entry radii in scaled coordinates, for Euclidean balls.
    doubts : numpy.ndarray of int64, shape (capacity,)
        DOUBTFUL_WITNESS where floats could not prove the witness, plus DOUBTFUL_ENTRY where the entry radius may
        be off.

    Returns
    -------
    int
        PAUSED, FULL, UNDECIDED or DONE.
    """
    reg = integers(S, REG)
    pending_counts = integers(S, PENDING_COUNTS)
    reg = reg
    for _ in range(work):
        if reg[STOP] != 0:
            return PAUSED
        if record_is_full(S):
            return FULL
        phase = reg[PHASE]
        if phase == AT_LAYER:
            if reg[LAYER] == reg[LAYERS]:
                reg[PHASE] = AT_LEAF
            else:
                _begin_layer(S)
        elif phase == AT_UNIT:
            if reg[POSITION] == pending_counts[reg[LAYER]]:
                reg[LAYER] += 1
                reg[PHASE] = AT_LAYER
            elif not _settle_unit(S):
                return UNDECIDED
        elif phase == AT_LEAF:
            if reg[FOUND] == reg[MOST]:
                return FULL
            if len(patterns) > 0:
                if reg[STORED] == len(patterns):
                    return FULL
                _store(S, patterns, points, entries, doubts)
            reg[FOUND] += 1
            record_event(S, LEAF, ZERO)
            reg[PHASE] = GO_BACK
        elif phase == GO_BACK:
            _go_back(S)
        elif phase == AT_START:
            _begin(S)
        else:
            return DONE
    return PAUSED


@once
def _begin_layer(S: np.ndarray) -> None:
    """Compose the forms of a stage and settle the units that do not cut the incoming cell, for the whole subtree."""
    reg = integers(S, REG)
    firsts = integers(S, FIRSTS)
    widths = integers(S, WIDTHS)
    splits = integers(S, SPLITS)
    signs = integers(S, SIGNS)
    stats = integers(S, STATS)
    seen_points = matrix(S, SEEN_POINTS)
    trial = floats(S, TRIAL_POINT)
    pending_units = integers(S, PENDING_UNITS)
    pending_counts = integers(S, PENDING_COUNTS)
    layer = reg[LAYER]
    compose(S, layer)
    if reg[STOP] != 0:
        return  # the forms may not be whole; whoever goes on begins the stage again
    begin, pending, seen = firsts[layer], 0, 0
    reg[POSITION] = 0
    reg[PHASE] = AT_UNIT
    for unit in range(begin, begin + widths[layer]):
        if not splits[unit]:
            signs[unit] = 1
            continue
        if reg[STOP] != 0:
            if reg[PHASE] == AT_UNIT:
                reg[PHASE] = AT_LAYER
            return
        if not _seen_on_both_sides(S, unit, seen):
            stats[NODES] += 1
            answer = decide(S, unit)
            if answer != SPLIT and answer != UNSURE:
                _set_sign(S, unit, 1 if answer == PLUS else -1, True)
                continue
            if reg[KIND] != EUCLIDEAN:
                current_point(S, seen_points[seen % SEEN])
            elif reg[TRIAL] != 0:
                copy(seen_points[seen % SEEN], trial)
            seen += 1
        pending_units[begin + pending] = unit
        pending += 1
    pending_counts[layer] = pending


@once
def _seen_on_both_sides(S: np.ndarray, unit: int, seen: int) -> bool:
    """Whether known points of the cell show that a unit probably cuts it: then there is nothing to settle yet."""
    forms = matrix(S, FORMS)
    witness = floats(S, WITNESS)
    seen_points = matrix(S, SEEN_POINTS)
    value = row_at(forms[unit], witness)
    for i in range(min(seen, SEEN)):
        if value * row_at(forms[unit], seen_points[i]) < 0.0:
            return True
    return False


@inner
def _set_sign(S: np.ndarray, unit: int, sign: int, by_floats: bool) -> None:
    """Note a sign; one that contradicts the prefix of the task ends the task, whose cell is then empty."""
    never_inline()
    record_sign(S, unit, sign, by_floats)
    signs = integers(S, SIGNS)
    forced = integers(S, FORCED)
    waiting = integers(S, WAITING)
    reg = integers(S, REG)
    signs[unit] = sign
    if forced[unit] != 0 and forced[unit] != sign:
        fill_integers(waiting, ZERO)
        reg[PHASE] = AT_END


@once
def _settle_unit(S: np.ndarray) -> bool:
    """Decide the next pending unit and go down; False when exact arithmetic has to decide."""
    reg = integers(S, REG)
    pending_units = integers(S, PENDING_UNITS)
    firsts = integers(S, FIRSTS)
    stats = integers(S, STATS)
    reg = reg
    unit = pending_units[firsts[reg[LAYER]] + reg[POSITION]]
    answer = reg[ANSWER]
    by_floats = answer == NONE
    if by_floats:
        stats[NODES] += 1
        answer = decide(S, unit)
        if answer == UNSURE:
            reg[UNIT_AT] = unit
            return False
        if answer == SPLIT:
            stats[SPLIT_PROVED] += 1
    else:
        reg[TRIAL] = 0
        reg[SIDE] = 0
    reg[ANSWER] = NONE
    if answer == SPLIT:
        _split(S, unit)
    else:
        _set_sign(S, unit, 1 if answer == PLUS else -1, by_floats)
        reg[POSITION] += 1
    return True


@once
def _split(S: np.ndarray, unit: int) -> None:
    """Go down one side of a unit and leave the other waiting."""
    reg = integers(S, REG)
    forced = integers(S, FORCED)
    waiting = integers(S, WAITING)
    waiting_places = integer_matrix(S, WAITING_PLACES)
    waiting_witnesses = matrix(S, WAITING_WITNESSES)
    children = matrix(S, CHILDREN)
    waiting_thin = integers(S, WAITING_THIN)
    children_thin = integers(S, CHILDREN_THIN)
    waiting_nearest = matrix(S, WAITING_NEAREST)
    nearest = floats(S, NEAREST)
    waiting_active = integer_matrix(S, WAITING_ACTIVE)
    active_rows = integers(S, ACTIVE_ROWS)
    waiting_multipliers = matrix(S, WAITING_MULTIPLIERS)
    multipliers = floats(S, MULTIPLIERS)
    reg = reg
    k = reg[DEPTH]
    probed, forced = reg[SIDE], forced[unit]
    side = probed if probed != 0 else 1
    if forced != 0:
        side = forced
    waiting[k] = forced == 0
    other = (1 - side) // 2
    waiting_places[k, 0], waiting_places[k, 1] = reg[LAYER], reg[POSITION]
    copy(waiting_witnesses[k], children[other])
    waiting_thin[k] = children_thin[other]
    if reg[KIND] == EUCLIDEAN:
        count = reg[ACTIVE]
        copy(waiting_nearest[k], nearest)
        waiting_active[k, 0] = -1 if reg[BROKEN] != 0 else count
        for i in range(count):
            waiting_active[k, 1 + i] = active_rows[i]
            waiting_multipliers[k, i] = multipliers[i]
    record_event(S, PLUS_FIRST if side > 0 else MINUS_FIRST, unit)
    load_row(S, unit, side, k)
    _enter(S, unit, side, ONE if probed == side else ZERO)


@inner
def _enter(S: np.ndarray, unit: int, side: int, warm: int) -> None:
    """Make row `DEPTH`, already loaded, a row of the cell; `warm` when the last probe went to this side."""
    never_inline()
    reg = integers(S, REG)
    witness = floats(S, WITNESS)
    children = matrix(S, CHILDREN)
    children_thin = integers(S, CHILDREN_THIN)
    signs = integers(S, SIGNS)
    reg = reg
    k = reg[DEPTH]
    copy(witness, children[(side + 1) // 2])
    reg[THIN] = children_thin[(side + 1) // 2]
    signs[unit] = side
    if reg[KIND] == EUCLIDEAN:
        _enter_ball(S, k, warm != 0 and reg[TRIAL] == side)
        reg[DEPTH] = k + 1
    elif warm != 0:
        reg[DEPTH] = k + 1
        add_row(S, k)
    else:
        reg[DEPTH] = k + 1
        restart(S)
    reg[POSITION] += 1
    reg[PHASE] = AT_UNIT


@once
def _enter_ball(S: np.ndarray, k: int, known: bool) -> None:
    """Move the nearest point into the new cell."""
    reg = integers(S, REG)
    rows = matrix(S, ROWS)
    nearest = floats(S, NEAREST)
    trial_rows = integers(S, TRIAL_ROWS)
    trial = floats(S, TRIAL_POINT)
    active_rows = integers(S, ACTIVE_ROWS)
    multipliers = floats(S, MULTIPLIERS)
    trial_multipliers = floats(S, TRIAL_MULTIPLIERS)
    if not known:
        if reg[BROKEN] != 0 or row_at(rows[k], nearest) >= 0.0:
            return
        if nearest_with_row(S, k + 1) != REACHED:
            # floats lost the cell: everything below is left to exact arithmetic until the next way back
            reg[BROKEN] = 1
            return
    count = trial_rows[0]
    copy(nearest, trial)
    reg[ACTIVE] = count
    for i in range(count):
        active_rows[i] = trial_rows[1 + i]
        multipliers[i] = trial_multipliers[i]


@once
def _go_back(S: np.ndarray) -> None:
    """Turn to the other side of the deepest split that still waits."""
    reg = integers(S, REG)
    waiting = integers(S, WAITING)
    waiting_places = integer_matrix(S, WAITING_PLACES)
    row_signs = integers(S, ROW_SIGNS)
    row_units = integers(S, ROW_UNITS)
    children = matrix(S, CHILDREN)
    waiting_witnesses = matrix(S, WAITING_WITNESSES)
    children_thin = integers(S, CHILDREN_THIN)
    waiting_thin = integers(S, WAITING_THIN)
    rows = matrix(S, ROWS)
    waiting_active = integer_matrix(S, WAITING_ACTIVE)
    nearest = floats(S, NEAREST)
    waiting_nearest = matrix(S, WAITING_NEAREST)
    active_rows = integers(S, ACTIVE_ROWS)
    multipliers = floats(S, MULTIPLIERS)
    waiting_multipliers = matrix(S, WAITING_MULTIPLIERS)
    reg = reg
    k = reg[DEPTH] - 1
    while k >= 0 and waiting[k] <= 0:
        if waiting[k] == GIVEN_AWAY:
            record_event(S, ELSEWHERE, ZERO)
            waiting[k] = 0
        k -= 1
    if k < 0:
        reg[PHASE] = AT_END
        return
    waiting[k] = False
    reg[DEPTH] = k
    reg[LAYER], reg[POSITION] = waiting_places[k, 0], waiting_places[k, 1]
    side, unit = -row_signs[k], row_units[k]
    copy(children[(side + 1) // 2], waiting_witnesses[k])
    children_thin[(side + 1) // 2] = waiting_thin[k]
    for j in range(reg[DIM] + 1):
        rows[k, j] = -rows[k, j]
    row_signs[k] = side
    if reg[KIND] == EUCLIDEAN:
        reg[BROKEN] = 1 if waiting_active[k, 0] < 0 else 0
        count = max(waiting_active[k, 0], 0)
        copy(nearest, waiting_nearest[k])
        reg[ACTIVE] = count
        for i in range(count):
            active_rows[i] = waiting_active[k, 1 + i]
            multipliers[i] = waiting_multipliers[k, i]
    _enter(S, unit, side, ZERO)


@once
def _store(
    S: np.ndarray,
    patterns: np.ndarray,
    points: np.ndarray,
    entries: np.ndarray,
    doubts: np.ndarray,
) -> None:
    """Append the current leaf to the output."""
    reg = integers(S, REG)
    splits = integers(S, SPLITS)
    signs = integers(S, SIGNS)
    witness = floats(S, WITNESS)
    nearest = floats(S, NEAREST)
    at = reg[STORED]
    for i in range(patterns.shape[1]):
        patterns[at, i] = 0
    bit = 0
    for unit in range(reg[UNITS]):
        if splits[unit]:
            if signs[unit] > 0:
                patterns[at, bit >> 3] |= np.uint8(1 << (bit & 7))
            bit += 1
    copy(points[at], witness)
    doubts[at] = DOUBTFUL_WITNESS if reg[THIN] != 0 or reg[BROKEN] != 0 else 0
    if reg[KIND] == EUCLIDEAN:
        entries[at] = np.sqrt(square(nearest))
        if reg[BROKEN] != 0 or not is_sharp(S):
            doubts[at] += DOUBTFUL_ENTRY
    reg[STORED] = at + 1
