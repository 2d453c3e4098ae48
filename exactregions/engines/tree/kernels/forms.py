"""Affine forms of a stage under the signs of the stages before, with a bound of their error within reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import (
    UNDERFLOW,
    gamma,
    power_below,
    raised,
    two_product,
    two_sum,
)
from exactregions.engines.tree.kernels.codes import MINUS_ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.passed_units import (
    list_changed,
    magnitude,
    may_underflow,
    note_composed,
    pass_changed,
    pass_units,
)
from exactregions.engines.tree.kernels.vectors import add_rows, copy, fill, largest

SUBNORMAL = 1e-290  # scaling by a power of two may lose digits of smaller numbers

__all__ = ["compose", "load_row"]


@inner
def compose(state: Any, layer: int) -> None:
    """Fill the forms of a stage and the bounds of their errors.

    A unit is an affine form of the inputs, or a constant, and weights of units of earlier stages. With e the error
    bound of those, its own is sum_q |W_iq| |slope_q| e_q plus the rounding of the composition (mathematics, 3.1), or,
    for networks of few digits, the errors themselves as the operations leave them.

    Where only few signs of the stage before have changed since the forms were made, what these units pass is added or
    taken away: a matrix of rank one for each. Every time adds to the bounds of the errors, so after a while all is
    composed anew.
    """
    never_inline()
    state.composed[layer] += 1
    count = list_changed(state, layer) if layer > 0 and state.few_digits == 0 else MINUS_ONE
    if count >= 0:
        count = pass_changed(state, count)
    elif layer > 0:
        pass_units(state, state.firsts[layer - 1], state.firsts[layer])
    state.composed_from[layer] = -1  # until all forms are written
    state.changes[layer] = 0 if count < 0 else state.changes[layer] + 1
    for unit in range(state.firsts[layer], state.firsts[layer + 1]):
        if state.stop != 0:
            return
        if count < 0 or not _change(state, unit, layer, count):
            _compose_anew(state, unit)
    if layer > 0:
        note_composed(state, layer)


@once
def _compose_anew(state: Any, unit: int) -> None:
    """Fill the form of a unit of what the stages before pass."""
    first, last = state.link_starts[unit], state.link_starts[unit + 1]
    row, size = state.forms[unit], _begin_form(state, unit)
    error = 0.0
    if first < last:
        if state.few_digits != 0:
            error = _exact_combination(state, first, last, row)
        else:
            error = _combination(state, first, last, row, size)
        # an error met three roundings in `pass_units`, its product, and at most last - first + 3 additions
        error = raised(error + state.base_errors[unit], last - first + 7)
    else:
        error = state.base_errors[unit]
    state.form_errors[unit] = error


@once
def _change(state: Any, unit: int, layer: int, count: int) -> bool:
    """Add to a form what `count` units pass that are on now, and take away what others passed before.

    False where it has to be composed anew: only a row of links to the stage before, side by side, tells the weights.

    A coefficient meets the product of each term and at most `count` additions; an error meets its product, as many
    additions, and fewer than six more roundings.
    """
    first, last = state.link_starts[unit], state.link_starts[unit + 1]
    if first == last:
        return True
    shift = state.link_units[first]
    if shift < state.firsts[layer - 1] or state.link_units[last - 1] - shift != last - first - 1:
        return False
    off, terms, added, row = gamma(count + 1), ZERO, 0.0, state.forms[unit]
    for i in range(count):
        q = state.changed[i]
        if q < shift or q - shift >= last - first:
            continue
        w, size, error = state.weights[first + q - shift], state.changed_sizes[i], state.form_errors[q]
        if w == 0.0 or (error == 0.0 and size == 0.0):
            continue
        state.terms[terms], state.term_weights[terms] = q, w if state.signs[q] > 0 else -w
        terms += 1
        added += abs(w) * (error + off * size)
    if terms > 0:
        added += off * magnitude(row, state.within) + UNDERFLOW
        add_rows(state.forms, state.terms, state.term_weights, terms, row)
        state.form_errors[unit] = raised(state.form_errors[unit] + added, count + 8)
    return True


@once
def _begin_form(state: Any, unit: int) -> float:
    """Write what a unit has of its own, without other units; return a bound of its magnitude within reach."""
    p, base, row = state.p, state.base_places[unit], state.forms[unit]
    if base < 0:
        fill(row, 0.0)
        row[p] = state.biases[unit]
        return abs(row[p])
    copy(row, state.bases[base])
    return magnitude(row, state.within) if state.link_starts[unit] < state.link_starts[unit + 1] else 0.0


@once
def _combination(state: Any, first: int, last: int, row: np.ndarray, size: float) -> float:
    """Add links to a row; return a bound of the error: a term meets its product and `last - first` additions.

    At most that many, in whatever order the terms are added.
    """
    off, terms = gamma(last - first + 1), ZERO
    carried, rounding = 0.0, size * off
    alone, weights, units = True, state.weights[first:last], state.link_units[first:last]
    # links ascend: those of a dense row read units side by side, which need not be looked up
    shift = units[0] if units[-1] - units[0] == len(units) - 1 else -1
    for link in range(len(weights)):
        w, q = weights[link], shift + link if shift >= 0 else units[link]
        error, size = state.passed_errors[q], state.passed_sizes[q]
        if w == 0.0 or (error == 0.0 and size == 0.0):
            continue
        alone = False
        carried += abs(w) * error
        if size != 0.0:
            state.terms[terms], state.term_weights[terms] = q, w
            terms += 1
            rounding += abs(w) * size * off
    add_rows(state.passed, state.terms, state.term_weights, terms, row)
    # where nothing came in, the form is what it was
    return 0.0 if alone else carried + rounding + UNDERFLOW


@once
def _exact_combination(state: Any, first: int, last: int, row: np.ndarray) -> float:
    """Add links to a row by operations whose errors are computed; return a bound of its error within reach."""
    p = state.p
    total = 0.0
    for j in range(p + 1):
        s, lost = row[j], 0.0
        for link in range(first, last):
            v = state.passed[state.link_units[link], j]
            if v == 0.0:
                continue
            product, e1 = two_product(state.weights[link], v)
            s, e2 = two_sum(s, product)
            lost += abs(e1) + abs(e2)
            if state.weights[link] != 0.0 and may_underflow(product, v):
                lost += UNDERFLOW
        row[j] = s
        if lost != 0.0:
            # in a tiny domain the product may vanish by underflow; without an error the form counts as exact
            total += lost * (1.0 if j == p else state.within[j]) + UNDERFLOW
    # a computed error met 2 (last - first) additions or fewer, its product, that of UNDERFLOW, and p more
    error = raised(total, 2 * (last - first) + p + 2)
    for link in range(first, last):
        q = state.link_units[link]
        if state.passed_errors[q] != 0.0:
            error += abs(state.weights[link]) * state.passed_errors[q]
    return error + UNDERFLOW if error != 0.0 else 0.0


@inner
def load_row(state: Any, unit: int, sign: int, k: int) -> None:
    """Make `sign` times the form of a unit the row k, scaled by a power of two to coefficients of size one."""
    never_inline()
    p = state.p
    top = largest(state.forms[unit], p)
    scale = float(sign)
    if top > 0.0 and top < np.inf:
        power = power_below(top)
        scale *= 1.0 / power if power > 0.0 else 2.0 ** -np.floor(np.log2(top))
    state.row_scales[k] = abs(scale)
    state.row_errors[k] = abs(scale) * state.form_errors[unit]
    if state.form_errors[unit] != 0.0:
        state.row_errors[k] += SUBNORMAL  # an error must not vanish by underflow: without one a row counts as exact
    form, row, tiny = state.forms[unit], state.rows[k], ZERO
    for j in range(p + 1):
        row[j] = scale * form[j]
        tiny += 1 if form[j] != 0.0 and abs(row[j]) < SUBNORMAL else 0
    for j in range(p + 1 if tiny > 0 else 0):
        if form[j] != 0.0 and abs(row[j]) < SUBNORMAL:
            # never less than for a side of one: with a tiny side the error would vanish by underflow
            state.row_errors[k] += SUBNORMAL * (1.0 if j == p else max(1.0, state.within[j]))
    state.row_units[k] = unit
    state.row_signs[k] = sign
