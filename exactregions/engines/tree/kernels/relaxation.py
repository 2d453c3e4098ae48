"""Bounds of later units over the current cell: affine forms of the coordinates and of noise.

A unit whose sign on the cell is not known is replaced by a line through the ends of its range, and noise: with a form p
of values in [l, u], l < 0 < u, and slopes s for p < 0 and t for p > 0, the unit minus c p has values between the least
and the largest of 0, (s - c) l and (t - c) u, whatever c is, for it is linear but for a kink at zero. With the middle m
of these and half their distance h it is c p + m + h e, where e, a number in [-1, 1] at each point, is a column of all
later forms, so that what two units have in common is not counted twice (zonotopes: T. Gehr and others, AI2, IEEE
Symposium on Security and Privacy 2018).

Soundness. At each point of the cell there are values of the noise in [-1, 1] such that every unit q is within
`relaxed_errors[q]` of its row. Errors are composed as those of forms are (`forms`), with the magnitudes of rows over
the box around the cell; c, m and h are any floats, of which only the last is a bound and is rounded up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma, raised
from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.enclosure import range_of
from exactregions.engines.tree.kernels.vectors import add_rows, copy, fill

__all__ = ["keep_passed", "relax"]


@inner
def keep_passed(state: Any, layer: int) -> None:
    """Make the units of the stage before, whose signs are settled, rows without noise."""
    if layer == 0:
        return
    for unit in range(state.firsts[layer - 1], state.firsts[layer]):
        copy(state.relaxed[unit][: state.p + 1], state.passed[unit])
        state.relaxed_errors[unit] = state.passed_errors[unit]
        state.relaxed_sizes[unit] = state.passed_sizes[unit]
        state.relaxed_columns[unit] = state.p + 1


@once
def _compose_row(state: Any, unit: int, stage: int, columns: int) -> float:
    """Write the row of a unit of a later stage; return a bound of its error.

    A term meets its product and at most as many additions as there are links, and one more.
    """
    p, base, row = state.p, state.base_places[unit], state.relaxed[unit][:columns]
    first, last = state.link_starts[unit], state.link_starts[unit + 1]
    fill(row, 0.0)
    if base < 0:
        row[p] = state.biases[unit]
        size = abs(row[p])
    else:
        copy(row[: p + 1], state.bases[base])
        size = abs(row[p])
        for j in range(p):
            size += abs(row[j]) * (abs(state.middles[j]) + state.halves[j])
    carried, terms = 0.0, ZERO
    before = state.firsts[stage - 1]
    for link in range(first, last):
        w, q = state.weights[link], state.link_units[link]
        if w == 0.0 or (state.relaxed_errors[q] == 0.0 and state.relaxed_sizes[q] == 0.0):
            continue
        carried += abs(w) * state.relaxed_errors[q]
        size += abs(w) * state.relaxed_sizes[q]
        if q >= before:
            state.terms[terms], state.term_weights[terms] = q, w
            terms += 1
        else:
            for j in range(state.relaxed_columns[q]):
                row[j] += w * state.relaxed[q, j]
    add_rows(state.relaxed, state.terms, state.term_weights, terms, row)
    count = last - first
    error = state.base_errors[unit] + carried + gamma(count + 2) * size
    return raised(error, count + p + 8) + (count + columns) * UNDERFLOW


@once
def _scale_row(state: Any, unit: int, columns: int, slope: float) -> None:
    """Multiply a row by a slope; its magnitude is that of the values before."""
    row, size = state.relaxed[unit][:columns], state.relaxed_sizes[unit]
    if slope == 0.0:
        fill(row, 0.0)
        state.relaxed_errors[unit] = state.relaxed_sizes[unit] = 0.0
    elif slope != 1.0:
        for j in range(columns):
            row[j] *= slope
        state.relaxed_sizes[unit] = raised(abs(slope) * size, 2) + UNDERFLOW
        error = abs(slope) * state.relaxed_errors[unit] + gamma(1) * state.relaxed_sizes[unit]
        state.relaxed_errors[unit] = raised(error, 3) + columns * UNDERFLOW


@once
def _line_and_noise(state: Any, unit: int, columns: int, low: float, high: float, column: int) -> None:
    """Replace a unit by a line and noise in a column of its own."""
    p, below, above = state.p, state.lows[unit], state.highs[unit]
    row = state.relaxed[unit]
    state.noise_units[column], state.noise_columns[unit] = unit, column
    if not (low > -np.inf and high < np.inf):  # nothing is known of the unit
        fill(row[: column + 1], 0.0)
        state.relaxed_errors[unit] = state.relaxed_sizes[unit] = np.inf
        return
    total = 0.0
    for j in range(p):
        state.shares[column, j] = abs(row[j]) * state.halves[j]
        total += state.shares[column, j]
    for j in range(p):
        state.shares[column, j] /= total + UNDERFLOW
    slope = (above * high - below * low) / (high - low)
    at_low, at_high = (below - slope) * low, (above - slope) * high
    least, most = min(min(at_low, at_high), 0.0), max(max(at_low, at_high), 0.0)
    middle = 0.5 * (least + most)
    # two roundings in each of the ends, and two in the difference
    half = max(most - middle, middle - least) * (1.0 + 1e-15) + 4e-16 * (abs(least) + abs(most)) + UNDERFLOW
    _scale_row(state, unit, columns, slope)
    row[p] += middle
    row[column] = half
    state.relaxed_sizes[unit] = raised(state.relaxed_sizes[unit] + abs(middle) + half, 2)
    state.relaxed_errors[unit] = raised(state.relaxed_errors[unit] + gamma(1) * state.relaxed_sizes[unit], 2)


@inner
def relax(state: Any) -> int:
    """Write the rows of all units from the current stage on, those of the last before its slopes; return the columns.

    In the current stage forms are exact but for their errors, and a unit with a sign is linear.
    """
    never_inline()
    layer, columns = state.layer, state.p + 1
    for stage in range(layer, state.stages):
        first, end = state.firsts[stage], state.firsts[stage + 1]
        new = columns
        for unit in range(first, end):
            if stage == layer:
                copy(state.relaxed[unit][: state.p + 1], state.forms[unit])
                error = state.form_errors[unit]
            else:
                error = _compose_row(state, unit, stage, columns)
            low, high, size = range_of(state, state.relaxed[unit][:columns], error)
            state.relaxed_errors[unit], state.relaxed_sizes[unit] = error, size
            state.range_lows[unit], state.range_highs[unit] = low, high
            state.noise_columns[unit] = 0
            sign = state.signs[unit] if stage == layer else ZERO
            if stage == state.stages - 1:
                continue
            if low > 0.0 or sign > 0 or state.splits[unit] == 0:
                _scale_row(state, unit, columns, state.highs[unit])
            elif high <= 0.0 or sign < 0:
                _scale_row(state, unit, columns, state.lows[unit])
            else:
                _line_and_noise(state, unit, columns, low, high, new)
                new += 1
        if stage < state.stages - 1:
            _pad(state, first, end, columns, new)
            columns = new
    return columns


@once
def _pad(state: Any, first: int, end: int, columns: int, new: int) -> None:
    """Write zeros where rows of a stage have no noise of the others."""
    for unit in range(first, end):
        for j in range(columns, new):
            if state.noise_units[j] != unit:
                state.relaxed[unit, j] = 0.0
        state.relaxed_columns[unit] = new
