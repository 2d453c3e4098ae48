"""Affine forms of a stage under the signs of the stages before, with a bound of their error within reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import (
    UNDERFLOW,
    UNIT,
    fma,
    gamma,
    power_below,
    raised,
    two_product,
    two_sum,
)
from exactregions.engines.tree.kernels.codes import ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.vectors import add_rows, copy, fill, largest

SUBNORMAL = 1e-290  # scaling by a power of two may lose digits of smaller numbers
TINY = 1e-250  # the computed error of a smaller product may itself have vanished by underflow

__all__ = ["compose", "load_row", "magnitude"]


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
def compose(state: Any, layer: int) -> None:
    """Fill the forms of a stage and the bounds of their errors.

    A unit is an affine form of the inputs, or a constant, and weights of units of earlier stages. With e the error
    bound of those, its own is sum_q |W_iq| |slope_q| e_q plus the rounding of the composition (mathematics, 3.1), or,
    for networks of few digits, the errors themselves as the operations leave them.
    """
    never_inline()
    if layer > 0:
        _pass_units(state, state.firsts[layer - 1], state.firsts[layer])
    for unit in range(state.firsts[layer], state.firsts[layer + 1]):
        if state.stop != 0:
            return
        first, last = state.link_starts[unit], state.link_starts[unit + 1]
        row, size = state.forms[unit], _begin_form(state, unit)
        error = 0.0
        if first < last:
            if state.few_digits != 0:
                error = _exact_combination(state, first, last, row)
            else:
                error = _combination(state, first, last, row, size)
            # an error met three roundings in `_pass_units`, its product, and at most last - first + 3 additions
            error = raised(error + state.base_errors[unit], last - first + 7)
        else:
            error = state.base_errors[unit]
        state.form_errors[unit] = error


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
def _pass_units(state: Any, first: int, last: int) -> None:
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
                if rest != 0.0 or _may_underflow(passed[j], state.forms[unit, j]):
                    lost = 2.0 * UNIT * size + UNDERFLOW  # half of it is the rounding of the products
            error += lost
        state.passed_errors[unit], state.passed_sizes[unit] = error, size


@once
def _may_underflow(product: float, factor: float) -> bool:
    """Whether digits of a product may have vanished below the smallest float, with its computed error."""
    return factor != 0.0 and abs(product) < TINY


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
            if state.weights[link] != 0.0 and _may_underflow(product, v):
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
