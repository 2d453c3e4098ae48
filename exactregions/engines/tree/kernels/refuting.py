"""Whether relaxed rows show that no point of the cell makes all units of a group positive, and what else they tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma, raised
from exactregions.engines.tree.kernels.codes import NOTHING
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.enclosure import range_of
from exactregions.engines.tree.kernels.vectors import fill, largest

__all__ = ["group_is_refuted", "score_inputs"]

ROUNDS = 3  # of line searches for the combination
HALVINGS = 12  # of a line search


@inner
def group_is_refuted(state: Any, group: int, columns: int, settled: bool) -> bool:
    """Prove that the units of a group are not all positive anywhere in the cell; leave the combination that was tried.

    At a point where all are positive so is each combination of theirs with multipliers that are nonnegative and not all
    zero. Multipliers are any floats: the combination is bounded with all its errors.
    """
    never_inline()
    start, end = state.goal_starts[group], state.goal_starts[group + 1]
    if settled:
        for i in range(start, end):
            if state.signs[state.goal_units[i]] < 0:
                return True
    if start == end:
        return False  # its units are positive on the whole domain
    best, lowest = start, np.inf
    for i in range(start, end):
        high = state.range_highs[state.goal_units[i]]
        if high <= 0.0:
            return True
        if high < lowest:
            best, lowest = i, high
    fill(state.factors[start:end], 0.0)
    state.factors[best] = 1.0
    _combine(state, start, end, columns)
    if end - start > 1 and not _all_positive_at_middle(state, start, end):
        for _ in range(ROUNDS):
            for i in range(start, end):
                _search_line(state, start, end, i, columns)
    error = _combine(state, start, end, columns)
    high = range_of(state, state.combined[:columns], error)[1]
    if high <= 0.0:
        return True
    return state.depth > state.cuts and _refuted_on_cell(state, columns, error)


@once
def _all_positive_at_middle(state: Any, start: int, end: int) -> bool:
    """Whether a point of the box, without noise, makes all rows positive: then no combination refutes."""
    for i in range(start, end):
        row = state.relaxed[state.goal_units[i]]
        value = row[state.p]
        for j in range(state.p):
            value += row[j] * state.middles[j]
        if value <= 0.0:
            return False
    return True


@once
def _combine(state: Any, start: int, end: int, columns: int) -> float:
    """Write the combination of the rows of a group; return a bound of its error.

    A term meets its product and at most as many additions as there are rows.
    """
    combined = state.combined[:columns]
    fill(combined, 0.0)
    error = 0.0
    for i in range(start, end):
        unit, factor = state.goal_units[i], state.factors[i]
        if factor == 0.0:
            continue
        for j in range(columns):
            combined[j] += factor * state.relaxed[unit, j]
        error += factor * (state.relaxed_errors[unit] + gamma(end - start + 1) * state.relaxed_sizes[unit])
    return raised(error, end - start + 4) + columns * UNDERFLOW * (end - start)


@once
def _search_line(state: Any, start: int, end: int, place: int, columns: int) -> None:
    """Move the combination towards a row as far as its bound falls; unproved."""
    p, unit = state.p, state.goal_units[place]
    row, combined = state.relaxed[unit], state.combined
    for j in range(columns):
        width = state.halves[j] if j < p else 1.0
        state.line[j] = row[j] - combined[j]
        if j == p:
            continue
        state.line_widths[j] = width
    rise = state.line[p]
    for j in range(p):
        rise += state.line[j] * state.middles[j]
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        t = 0.5 * (low + high)
        slope = rise
        for j in range(columns):
            if j != p:
                change = state.line[j] * state.line_widths[j]
                slope += change if combined[j] + t * state.line[j] > 0.0 else -change
        if slope > 0.0:
            high = t
        else:
            low = t
    t = low
    if t == 0.0:
        return
    for j in range(columns):
        combined[j] += t * state.line[j]
    for i in range(start, end):
        state.factors[i] *= 1.0 - t
    state.factors[place] += t


@once
def _refuted_on_cell(state: Any, columns: int, error: float) -> bool:
    """Ask whether the combination, noise at its worst, is positive anywhere on the cell."""
    k, p = state.depth, state.p
    row, worst, size = state.rows[k], state.combined[p], abs(state.combined[p])
    for j in range(p + 1, columns):
        worst += abs(state.combined[j])
        size += abs(state.combined[j])
    # a term of the sum meets `columns` additions at most
    error = raised(error + gamma(columns) * size, 4)
    top = largest(state.combined, p)
    scale = 1.0
    if top > 0.0 and top < np.inf:
        scale = 2.0 ** -np.floor(np.log2(top))
    lost = 0.0
    for j in range(p):
        row[j] = scale * state.combined[j]
        lost += UNDERFLOW * (1.0 + state.within[j])
    row[p] = scale * worst
    state.row_scales[k], state.row_errors[k] = scale, raised(scale * error, 1) + lost
    state.row_units[k], state.row_signs[k] = -1, 1
    state.side = 0
    return state.kernel.probe(state, state.beyond) == NOTHING


@inner
def score_inputs(state: Any, columns: int) -> None:
    """Add what each coordinate has to do with the width of the last combination: itself, and through the noise."""
    p = state.p
    for j in range(p):
        state.scores[j] += abs(state.combined[j]) * state.halves[j]
    for k in range(p + 1, columns):
        weight = abs(state.combined[k])
        for j in range(p):
            state.scores[j] += weight * state.shares[k, j]
