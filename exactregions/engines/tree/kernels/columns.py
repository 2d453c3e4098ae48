"""Forms of a stage by columns: one coordinate of all units side by side, which vector units add several at a time.

In few dimensions a row of coefficients is too short for that. The bounds are those of `forms.compose`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma, raised
from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once, reordered
from exactregions.engines.tree.kernels.fields import constant, declared, floats
from exactregions.engines.tree.kernels.forms import compose
from exactregions.engines.tree.kernels.passed_units import list_changed, note_composed
from exactregions.engines.tree.kernels.proofs import RESERVE
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.kernels.vectors import copy, fill

__all__ = ["BEYOND_REACH", "ColumnState", "compose_columns", "row_of_columns"]

BEYOND_REACH = 1.0 + 2.0**-20  # points may be so much further out than `within` where a tolerance is used
SMALL = 1e-290  # sums of magnitudes below it may have vanished by underflow, or be zero


@declared
class ColumnState(State):
    """A state with forms by columns, the constants last.

    The tolerance of a unit bounds, for every point within reach, its error together with that of an evaluation there.
    """

    __slots__ = ()

    by_columns = constant("Whether each stage reads all units of the stage before and nothing else.")
    weights_by_input = floats("links", "Then the weights, those with which one unit is read together.")
    columns = floats("p + 1, units", "Pre-activations by columns.")
    sizes = floats("units", "Bounds of their magnitudes within reach.")
    tolerances = floats("units", "Tolerances of the units.")
    least = floats("units", "Scratch: the least value of a unit at the corners of a cell.")
    factors = floats("p + 2, widest", "Scratch: passed forms by columns; last, what each adds to an error.")


@inner
def row_of_columns(state: Any, unit: int) -> None:
    """Write the form of a unit as a row, for what reads rows."""
    for j in range(state.p + 1):
        state.forms[unit, j] = state.columns[j, unit]


@inner
def compose_columns(state: Any, layer: int) -> None:
    """Fill the forms of a stage by columns, with bounds of their errors, sizes and tolerances.

    Where only few signs of the stage before have changed since it was last composed, what these units pass is added or
    taken away. Every time adds to the bounds of the errors, so after a while all is composed anew.
    """
    never_inline()
    first, last = state.firsts[layer], state.firsts[layer + 1]
    if layer == 0 or state.by_columns == 0:
        compose(state, layer)
        for unit in range(first, last):
            for j in range(state.p + 1):
                state.columns[j, unit] = state.forms[unit, j]
        _measure(state, first, last)
        return
    state.composed[layer] += 1
    before, count = state.firsts[layer - 1], list_changed(state, layer)
    if count >= 0:
        state.changes[layer] += 1
        _gather_changed(state, before, first, count)
        _change(state, first, last, count)
    else:
        state.changes[layer] = 0
        _combine(state, first, last, _gather(state, before, first))
    note_composed(state, layer)
    _measure(state, first, last)


@once
def _gather_changed(state: Any, first: int, last: int, count: int) -> None:
    """Write what changes with the signs of the units of a stage that are listed."""
    p, factors, off = state.p, state.factors, gamma(last - first + 1)
    for i in range(count):
        q = state.changed[i]
        sign = float(state.signs[q])
        for j in range(p + 1):
            factors[j, i] = sign * state.columns[j, q]
        factors[p + 1, i] = state.form_errors[q] + off * state.sizes[q]
        state.terms[i] = q - first


@once
def _gather(state: Any, first: int, last: int) -> int:
    """List the units of a stage that pass something, with what they pass; return their number."""
    p, factors, count = state.p, state.factors, ZERO
    off = gamma(last - first + 1)
    for q in range(first, last):
        slope = state.highs[q] if state.signs[q] > 0 else state.lows[q]
        if slope == 0.0:
            continue
        error, size = state.form_errors[q], state.sizes[q]
        if error == 0.0 and size == 0.0:
            continue
        if slope != 1.0:
            # the products round, and may underflow
            size *= abs(slope)
            error = abs(slope) * error + 4.0 * UNIT * size + UNDERFLOW
            size = raised(size, 2) + UNDERFLOW
        for j in range(p + 1):
            factors[j, count] = slope * state.columns[j, q]
        factors[p + 1, count] = error + off * size
        state.terms[count] = q - first
        count += 1
    return count


@once
def _combine(state: Any, first: int, last: int, count: int) -> None:
    """Compose the forms of a stage of the biases and of what `count` units pass."""
    p = state.p
    for j in range(p):
        fill(state.columns[j, first:last], 0.0)
    copy(state.columns[p, first:last], state.biases[first:last])
    for i in range(first, last):
        state.form_errors[i], state.sizes[i] = state.base_errors[i], abs(state.biases[i])
    _change(state, first, last, count)


@inner
def _change(state: Any, first: int, last: int, count: int) -> None:
    """Add what `count` units pass to forms of known sizes and errors.

    A term of a form meets its product and an addition for each unit, at most, and so does what was there. A term of an
    error meets the roundings of gathering, fewer than ten, its product, and as many additions.
    """
    never_inline()
    p, width, begin = state.p, last - first, state.link_starts[first]
    links = state.link_starts[first + 1] - begin
    weights, terms, added = state.weights_by_input[begin:], state.terms, state.least[first:last]
    for j in range(p + 1):
        _add(weights, width, terms, state.factors[j], count, state.columns[j, first:last])
    fill(added, 0.0)
    _add_magnitudes(weights, width, terms, state.factors[p + 1], count, added)
    off = gamma(links + 1)
    errors, sizes, small = state.form_errors[first:last], state.sizes[first:last], ZERO
    for i in range(width):
        small += 1 if added[i] < SMALL else 0
    if small > 0:
        for i in range(width):
            if added[i] >= SMALL or not _is_alone(weights, width, terms, count, i):
                errors[i] = raised(errors[i] + added[i] + sizes[i] * off + UNDERFLOW, links + 12)
        return
    for i in range(width):
        errors[i] = raised(errors[i] + added[i] + sizes[i] * off + UNDERFLOW, links + 12)


@inner
def _is_alone(weights: np.ndarray, width: int, terms: np.ndarray, count: int, i: int) -> bool:
    """Whether nothing was added to a unit, whose form is then what it was."""
    for n in range(count):
        if weights[terms[n] * width + i] != 0.0:
            return False
    return True


@reordered
def _add(weights: np.ndarray, width: int, terms: np.ndarray, factors: np.ndarray, count: int, out: np.ndarray) -> None:
    """Add to a column the weights of some inputs times their factors, four at a time."""
    full = count - count % 4
    for n in range(0, full, 4):
        a, b = terms[n] * width, terms[n + 1] * width
        c, d = terms[n + 2] * width, terms[n + 3] * width
        q, r, s, t = weights[a : a + width], weights[b : b + width], weights[c : c + width], weights[d : d + width]
        u, v, w, x = factors[n], factors[n + 1], factors[n + 2], factors[n + 3]
        for i in range(width):
            out[i] += (u * q[i] + v * r[i]) + (w * s[i] + x * t[i])
    for n in range(full, count):
        a, u = terms[n] * width, factors[n]
        q = weights[a : a + width]
        for i in range(width):
            out[i] += u * q[i]


@reordered
def _add_magnitudes(
    weights: np.ndarray, width: int, terms: np.ndarray, factors: np.ndarray, count: int, out: np.ndarray
) -> None:
    """Do the same with the magnitudes of the weights."""
    full = count - count % 4
    for n in range(0, full, 4):
        a, b = terms[n] * width, terms[n + 1] * width
        c, d = terms[n + 2] * width, terms[n + 3] * width
        q, r, s, t = weights[a : a + width], weights[b : b + width], weights[c : c + width], weights[d : d + width]
        u, v, w, x = factors[n], factors[n + 1], factors[n + 2], factors[n + 3]
        for i in range(width):
            out[i] += (u * abs(q[i]) + v * abs(r[i])) + (w * abs(s[i]) + x * abs(t[i]))
    for n in range(full, count):
        a, u = terms[n] * width, factors[n]
        q = weights[a : a + width]
        for i in range(width):
            out[i] += u * abs(q[i])


@once
def _measure(state: Any, first: int, last: int) -> None:
    """Fill the sizes and tolerances of a stage; a size is zero for the zero form only, as in `forms.magnitude`."""
    p = state.p
    sizes, tolerances, errors = state.sizes[first:last], state.tolerances[first:last], state.form_errors[first:last]
    fill(sizes, 0.0)
    for j in range(p):
        _add_sizes(state.columns[j, first:last], state.within[j], sizes)
    _finish_sizes(state.columns[p, first:last], p, sizes)
    half = 0.5 * gamma(p + 1) * BEYOND_REACH
    for i in range(last - first):
        # twice half: where a value may overflow, the tolerance does
        tolerances[i] = (errors[i] * BEYOND_REACH + half * (2.0 * sizes[i])) * RESERVE + UNDERFLOW


@inner
def _add_sizes(column: np.ndarray, within: float, sizes: np.ndarray) -> None:
    for i in range(len(column)):
        size = abs(column[i])
        sizes[i] += size * within + (UNDERFLOW if size > 0.0 else 0.0)


@inner
def _finish_sizes(constants: np.ndarray, p: int, sizes: np.ndarray) -> None:
    for i in range(len(constants)):
        sizes[i] = raised(sizes[i] + abs(constants[i]), p + 2)
