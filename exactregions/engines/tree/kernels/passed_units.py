"""What units of a stage pass to the next one: forms after their slopes, and which of them have changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, fma, raised
from exactregions.engines.tree.kernels.codes import MINUS_ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner
from exactregions.engines.tree.kernels.vectors import copy_integers, fill

TINY = 1e-250  # the computed error of a smaller product may itself have vanished by underflow
MOST_CHANGES = 32  # of a stage that is not composed anew

__all__ = ["list_changed", "magnitude", "may_underflow", "note_composed", "pass_changed", "pass_units"]


@inner
def magnitude(form: np.ndarray, within: np.ndarray) -> float:
    """Return a bound of sum_j |form_j| within_j + |constant|, rounded up; zero for the zero form only.

    A term meets its product, the addition of UNDERFLOW and at most p more.
    """
    p = len(within)
    total = abs(form[p])
    for j in range(p):
        if form[j] != 0.0:
            # a product may vanish by underflow, and a magnitude of zero says that the form is zero
            total += abs(form[j]) * within[j] + UNDERFLOW
    return raised(total, p + 2)


@inner
def pass_units(state: Any, first: int, last: int) -> None:
    """Apply the slopes of a stage: passed forms, their errors and magnitudes."""
    for unit in range(first, last):
        passed = state.passed[unit]
        slope = state.highs[unit] if state.signs[unit] > 0 else state.lows[unit]
        if slope == 0.0:
            state.passed_errors[unit], state.passed_sizes[unit] = 0.0, 0.0
            fill(passed, 0.0)
            continue
        for j in range(state.p + 1):
            passed[j] = slope * state.forms[unit, j]
        size = magnitude(passed, state.within)
        error = abs(slope) * state.form_errors[unit]
        if state.form_errors[unit] != 0.0:
            error += UNDERFLOW
        if slope != 1.0 and slope != -1.0:
            lost = 0.0
            for j in range(state.p + 1):
                rest = fma(slope, state.forms[unit, j], -passed[j])
                if rest != 0.0 or may_underflow(passed[j], state.forms[unit, j]):
                    lost = 2.0 * UNIT * size + UNDERFLOW  # half of it is the rounding of the products
            error += lost
        state.passed_errors[unit], state.passed_sizes[unit] = error, size


@inner
def may_underflow(product: float, factor: float) -> bool:
    """Whether digits of a product may have vanished below the smallest float, with its computed error."""
    return factor != 0.0 and abs(product) < TINY


@inner
def list_changed(state: Any, layer: int) -> int:
    """List the units of the stage before whose sign has changed since a stage was composed; return their number.

    Negative where the stage has to be composed anew: forms of the stage before have changed too, or units with slopes
    other than 0 and 1, or so many that nothing is saved, or this was done often.
    """
    before, first, count, passing = state.firsts[layer - 1], state.firsts[layer], ZERO, ZERO
    if state.composed_from[layer] != state.composed[layer - 1] or state.changes[layer] >= MOST_CHANGES:
        return MINUS_ONE
    for q in range(before, first):
        passing += 1 if state.signs[q] > 0 else 0
        if state.signs[q] == state.composed_signs[q]:
            continue
        known = state.form_errors[q] < np.inf
        if not known or state.lows[q] != 0.0 or state.highs[q] != 1.0 or count == (first - before) // 4:
            return MINUS_ONE
        state.changed[count] = q
        count += 1
    return count if count < passing else MINUS_ONE


@inner
def note_composed(state: Any, layer: int) -> None:
    """Note of which forms and signs of the stage before a stage was composed."""
    before, first = state.firsts[layer - 1], state.firsts[layer]
    state.composed_from[layer] = state.composed[layer - 1]
    copy_integers(state.composed_signs[before:first], state.signs[before:first])


@inner
def pass_changed(state: Any, count: int) -> int:
    """Pass units whose sign has changed, and measure them; return their number, negative beyond the range of floats."""
    for i in range(count):
        q = state.changed[i]
        pass_units(state, q, q + 1)
        state.changed_sizes[i] = magnitude(state.forms[q], state.within)
        if not state.changed_sizes[i] < np.inf:
            count = MINUS_ONE
    return count
