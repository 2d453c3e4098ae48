"""Searches for a goal leave a node when relaxed units show that nothing of the goal lies below (mathematics, 8.1).

A class of states names the module that its search asks, this one or `no_pruning`:

ends_stage(state)
    When the forms of a stage are made: whether the node is finished, or cut in two by a coordinate.
ends_node(state)
    Before a unit is decided: whether the node is finished.
known_sign(state, unit)
    The sign of a unit of the stage where its range shows it, else zero.
first_side(state, probed)
    To which side of a split to go first.
turned_back(state, k)
    Row k was turned to its other side.

Cuts. While many units are undecided a relaxation gains more from a smaller box than from one more sign. So before the
first unit is split, the cell is cut by a coordinate, in the middle. Such a row stands for no unit: the two sides are
nodes with the same signs. Boxes with few undecided units are left to splits, which end, and so are those in which cuts
decide no more units.

Dives. Points of the cell are tried as members of the goal. Where floats say that one is, it becomes the witness of the
cell, and the search goes down to its region, where that is proved as everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import AT_LAYER, CUT, GO_BACK, MINUS_ONE, NONE, ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once, reordered
from exactregions.engines.tree.kernels.enclosure import enclose
from exactregions.engines.tree.kernels.goal import forget_signs
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.refuting import group_is_refuted, score_inputs
from exactregions.engines.tree.kernels.relaxation import keep_passed, relax
from exactregions.engines.tree.kernels.vectors import copy, fill, row_at

__all__ = ["MOST_CUTS", "ends_node", "ends_stage", "first_side", "known_sign", "turned_back"]

MOST_CUTS = 60  # on a path
FEW = 3  # undecided units with which a box is left to splits
PATIENCE = 10  # cuts that decide no unit, after which a box is left to splits: units may meet all over a hyperplane
NEAR = 0.25  # part of a half side that a witness has to be away from a cut
NEARLY = 0.999  # how far towards the corner of a box points are tried


@inner
def ends_stage(state: Any) -> bool:
    """Prune the node where a stage begins, or cut it in two."""
    never_inline()
    keep_passed(state, state.layer)
    if state.diving != 0 or state.depth == state.bounded_depth:
        return False  # the rows of later units hold, their settled signs among them
    if _refuted(state):
        return True
    if state.layer > 0 or state.noise <= FEW or not _cuts_help(state):
        return False
    if _dives(state):
        return False
    return _cut(state)


@once
def _cuts_help(state: Any) -> bool:
    """Whether one of the last cuts of the path has decided units; note what this one would start from."""
    k = state.depth
    fewest, since = state.noise, 0
    if state.cuts > 0 and state.cut_noise[k - 1, 0] <= state.noise:
        fewest, since = state.cut_noise[k - 1, 0], state.cut_noise[k - 1, 1] + 1
    state.cut_noise[k, 0], state.cut_noise[k, 1] = fewest, since
    return state.cuts < MOST_CUTS and since <= min(2 * state.p, PATIENCE)


@inner
def ends_node(state: Any) -> bool:
    """Prune the node where it has a row more than when that was last tried."""
    if state.diving != 0 or state.answer != NONE:
        return False  # exact arithmetic has answered for the next unit
    if state.depth != state.bounded_depth and _refuted(state):
        return True
    _choose_unit(state)
    return False


@once
def _choose_unit(state: Any) -> None:
    """Take the unit next, of those of the stage that wait, whose noise widens the last combination most."""
    first, at = state.firsts[state.layer], state.position
    best, most = at, 0.0
    for i in range(at, state.pending_counts[state.layer]):
        column = state.noise_columns[state.pending_units[first + i]]
        width = abs(state.combined[column]) if column > 0 else 0.0
        if width > most:
            best, most = i, width
    if best != at:
        units = state.pending_units
        units[first + at], units[first + best] = units[first + best], units[first + at]


@inner
def known_sign(state: Any, unit: int) -> int:
    """Return the sign that the range of a unit of the stage shows, where the ranges are those of this cell."""
    if state.diving != 0 or state.depth != state.bounded_depth:
        return ZERO
    if state.range_lows[unit] > 0.0:
        return ONE
    return MINUS_ONE if state.range_highs[unit] <= 0.0 else ZERO


@inner
def first_side(state: Any, probed: int) -> int:
    """Stay with the witness in a dive."""
    return -probed if state.diving != 0 else probed


@inner
def turned_back(state: Any, k: int) -> None:
    """End a dive, and forget the bounds of another cell."""
    state.diving, state.bounded_depth = 0, -1
    if state.row_units[k] == CUT:
        state.cuts = k + 1 - state.walls


@inner
def _refuted(state: Any) -> bool:
    """Relax the units that are not decided, and finish the node where no group can be positive."""
    never_inline()
    state.relaxations += 1
    forget_signs(state)
    enclose(state)
    columns = relax(state)
    state.bounded_depth, state.noise = state.depth, columns - state.p - 1
    fill(state.scores, 0.0)
    cuttable = state.layer == 0
    for group in range(state.goals):
        if not group_is_refuted(state, group, columns, state.layer == state.stages - 1):
            if not cuttable:
                return False
            score_inputs(state, columns)
            state.alive = group + 1
    if state.alive > 0:
        state.alive = 0
        return False
    state.leaves += 1
    state.pruned += 1
    state.phase = GO_BACK
    return True


@once
def _cut(state: Any) -> bool:
    """Cut the cell by a coordinate; False where no witness of a side is known."""
    best, most = MINUS_ONE, 0.0
    for j in range(state.p):
        if state.scores[j] > most:
            best, most = j, state.scores[j]
    if best < 0:
        return False
    k, at = state.depth, state.middles[best]
    for i in range(2):
        child, side = state.children[i], 2.0 * i - 1.0
        copy(child, state.witness)
        if not (child[best] - at) * side > NEAR * state.halves[best]:
            child[best] = 0.5 * (at + (state.box_highs[best] if i == 1 else state.box_lows[best]))
        _load_cut(state, best, at, side)
        if not strictly_inside(state, k + 1, child):
            return False
        state.children_unproved[i] = 0
    first = 1 if state.combined[best] > 0.0 else 0
    _load_cut(state, best, at, 2.0 * first - 1.0)
    state.row_signs[k] = 2 * first - 1
    state.waiting[k], state.waiting_unproved[k] = 1, 0
    state.waiting_places[k, 0], state.waiting_places[k, 1] = state.layer, ZERO
    copy(state.waiting_witnesses[k], state.children[1 - first])
    state.kernel.save(state, k)
    copy(state.witness, state.children[first])
    state.witness_unproved = 0
    state.depth = k + 1
    state.cuts += 1
    state.kernel.enter(state, k, False)
    state.phase = AT_LAYER
    return True


@inner
def _load_cut(state: Any, coordinate: int, at: float, side: float) -> None:
    """Make side (y_j - at) the row at `depth`, which is exact."""
    k, p = state.depth, state.p
    fill(state.rows[k], 0.0)
    state.rows[k, coordinate], state.rows[k, p] = side, -side * at
    state.row_errors[k], state.row_scales[k], state.row_units[k] = 0.0, 1.0, CUT


@once
def _dives(state: Any) -> bool:
    """Try the corner of the box where the last combination is largest, and the middle, as members of the goal."""
    for attempt in range(2):
        for j in range(state.p):
            step = 0.0 if attempt == 1 else np.copysign(state.halves[j] * NEARLY, state.combined[j])
            state.beyond[j] = state.middles[j] + step
        if _is_member(state, state.beyond) and strictly_inside(state, state.depth, state.beyond):
            copy(state.witness, state.beyond)
            state.witness_unproved, state.diving = 0, 1
            return True
    return False


@inner
def _is_member(state: Any, y: np.ndarray) -> bool:
    """Whether all units of a group are positive at a point; unproved."""
    never_inline()
    last = state.stages - 1
    for unit in range(state.units):
        base, first, end = state.base_places[unit], state.link_starts[unit], state.link_starts[unit + 1]
        value = row_at(state.bases[base], y) if base >= 0 else state.biases[unit]
        if first < end:
            value += _linked(state.weights[first:end], state.link_units[first:end], state.values)
        if unit < state.firsts[last]:
            value *= state.highs[unit] if value > 0.0 else state.lows[unit]
        state.values[unit] = value
    for group in range(state.goals):
        positive = True
        for i in range(state.goal_starts[group], state.goal_starts[group + 1]):
            positive = positive and state.values[state.goal_units[i]] > 0.0
        if positive:
            return True
    return False


@reordered
def _linked(weights: np.ndarray, units: np.ndarray, values: np.ndarray) -> float:
    """Return the sum of weighted units, in any order."""
    total = 0.0
    if units[-1] - units[0] == len(units) - 1:
        side_by_side = values[units[0] : units[-1] + 1]
        for i in range(len(weights)):
            total += weights[i] * side_by_side[i]
    else:
        for i in range(len(weights)):
            total += weights[i] * values[units[i]]
    return total
