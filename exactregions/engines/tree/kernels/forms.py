"""Affine forms of a stage under the signs of the stages before, with a bound of their error over the domain."""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNIT, fma, two_product, two_sum
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.layout import (
    BIASES,
    DIM,
    FIRST_ERRORS,
    FIRSTS,
    FORM_ERRORS,
    FORMS,
    HIGHS,
    LOWS,
    NICE,
    OUTER,
    PASSED,
    PASSED_ERRORS,
    PASSED_SIZES,
    REG,
    ROW_ERRORS,
    ROW_SCALES,
    ROW_SIGNS,
    ROW_UNITS,
    ROWS,
    SIGNS,
    STOP,
    WEIGHT_AT,
    WEIGHTS,
    WIDTHS,
    fill,
    floats,
    integers,
    matrix,
)

SUBNORMAL = 1e-290  # scaling by a power of two may lose digits of smaller numbers
UNDERFLOW = 1e-300  # far above what the underflow of a few thousand operations can lose
TINY = 1e-250  # the computed error of a smaller product may itself have vanished by underflow

__all__ = ["compose", "load_row", "magnitude"]


@inner
def magnitude(form: np.ndarray, outer: np.ndarray) -> float:
    """Return a bound of sum_j |form_j| |y_j| + |constant| over the domain, rounded up; zero for the zero form only."""
    p = len(outer)
    total = abs(form[p])
    for j in range(p):
        if form[j] != 0.0:  # an infinite side must not turn a zero coefficient into NaN
            # a product may vanish by underflow, and a magnitude of zero says that the form is zero
            total += abs(form[j]) * outer[j] + UNDERFLOW
    return total * (1.0 + 4.0 * (p + 2) * UNIT)


@inner
def compose(S: np.ndarray, layer: int) -> None:
    """Fill FORMS and FORM_ERRORS of a stage.

    With e the error bound of the stage before, that of unit i is sum_q |W_iq| |slope_q| e_q plus the rounding of
    the composition (theory, 3.3): gamma_{m+2} times the magnitudes, or, for networks of few digits, the errors
    themselves as the operations leave them.
    """
    never_inline()
    firsts = integers(S, FIRSTS)
    widths = integers(S, WIDTHS)
    weight_at = integers(S, WEIGHT_AT)
    forms = matrix(S, FORMS)
    weights = floats(S, WEIGHTS)
    biases = floats(S, BIASES)
    form_errors = floats(S, FORM_ERRORS)
    first_errors = floats(S, FIRST_ERRORS)
    passed_errors = floats(S, PASSED_ERRORS)
    passed_sizes = floats(S, PASSED_SIZES)
    passed = matrix(S, PASSED)
    reg = integers(S, REG)
    p = reg[DIM]
    begin, before = firsts[layer], firsts[layer - 1] if layer > 0 else 0
    m = widths[layer]
    if layer == 0:
        at = weight_at[0]
        for i in range(m):
            for j in range(p):
                forms[i, j] = weights[at + i * p + j]
            forms[i, p] = biases[i]
            form_errors[i] = first_errors[i]
        return
    count = widths[layer - 1]
    error, size = passed_errors, passed_sizes
    _pass_units(S, before, count, error, size)
    at = weight_at[layer]
    gamma = (count + 4.0) * UNIT
    for i in range(m):
        if reg[STOP] != 0:
            return
        row = forms[begin + i]
        carried = 0.0
        if reg[NICE]:
            carried = _exact_combination(S, at + i * count, count, row, biases[begin + i])
            for q in range(count):
                if error[q] != 0.0:
                    carried += abs(weights[at + i * count + q]) * error[q]
            if carried != 0.0:
                carried += UNDERFLOW
        else:
            fill(row, 0.0)
            row[p] = biases[begin + i]
            alone = True
            rounding = abs(row[p]) * gamma
            for q in range(count):
                w = weights[at + i * count + q]
                if w == 0.0 or (error[q] == 0.0 and size[q] == 0.0):
                    continue
                alone = False
                carried += abs(w) * error[q]
                if size[q] != 0.0:
                    for j in range(p + 1):
                        row[j] += w * passed[q, j]
                    rounding += abs(w) * size[q] * gamma
            # where nothing came in, the form is the bias itself
            carried = 0.0 if alone else carried + rounding + UNDERFLOW
        form_errors[begin + i] = carried * (1.0 + gamma * 4.0)


@once
def _pass_units(
    S: np.ndarray, before: int, count: int, error: np.ndarray, size: np.ndarray
) -> None:
    """Apply the slopes of the stage before: forms to PASSED, their errors and magnitudes beside them."""
    highs = floats(S, HIGHS)
    signs = integers(S, SIGNS)
    lows = floats(S, LOWS)
    outer = floats(S, OUTER)
    passed = matrix(S, PASSED)
    forms = matrix(S, FORMS)
    form_errors = floats(S, FORM_ERRORS)
    reg = integers(S, REG)
    p = reg[DIM]
    for q in range(count):
        unit = before + q
        slope = highs[unit] if signs[unit] > 0 else lows[unit]
        if slope == 0.0:
            error[q], size[q] = 0.0, 0.0
            fill(passed[q], 0.0)
            continue
        for j in range(p + 1):
            passed[q, j] = slope * forms[unit, j]
        size[q] = magnitude(passed[q], outer)
        error[q] = abs(slope) * form_errors[unit] * (1.0 + 4.0 * UNIT)
        if form_errors[unit] != 0.0:
            error[q] += UNDERFLOW
        if slope != 1.0 and slope != -1.0:
            lost = 0.0
            for j in range(p + 1):
                rest = fma(slope, forms[unit, j], -passed[q, j])
                if rest != 0.0 or _may_underflow(passed[q, j], forms[unit, j]):
                    lost = 2.0 * UNIT * size[q] + UNDERFLOW
            error[q] += lost


@once
def _may_underflow(product: float, factor: float) -> bool:
    """Whether digits of a product may have vanished below the smallest float, with its computed error."""
    return factor != 0.0 and abs(product) < TINY


@once
def _exact_combination(
    S: np.ndarray, at: int, count: int, row: np.ndarray, bias: float
) -> float:
    """Fill a row by operations whose errors are computed; return the bound of their sum over the domain."""
    passed = matrix(S, PASSED)
    weights = floats(S, WEIGHTS)
    outer = floats(S, OUTER)
    reg = integers(S, REG)
    p = reg[DIM]
    total = 0.0
    for j in range(p + 1):
        s, lost = bias if j == p else 0.0, 0.0
        for q in range(count):
            v = passed[q, j]
            if v == 0.0:
                continue
            product, e1 = two_product(weights[at + q], v)
            s, e2 = two_sum(s, product)
            lost += abs(e1) + abs(e2)
            if weights[at + q] != 0.0 and _may_underflow(product, v):
                lost += UNDERFLOW
        row[j] = s
        if lost != 0.0:
            # in a tiny domain the product may vanish by underflow; without an error the form counts as exact
            total += lost * (1.0 if j == p else outer[j]) + UNDERFLOW
    return total * (1.0 + 4.0 * (count + p) * UNIT)


@inner
def load_row(S: np.ndarray, unit: int, sign: int, k: int) -> None:
    """Make `sign` times the form of a unit the row k, scaled by a power of two to coefficients of size one."""
    never_inline()
    forms = matrix(S, FORMS)
    row_errors = floats(S, ROW_ERRORS)
    form_errors = floats(S, FORM_ERRORS)
    rows = matrix(S, ROWS)
    outer = floats(S, OUTER)
    row_units = integers(S, ROW_UNITS)
    row_signs = integers(S, ROW_SIGNS)
    reg = integers(S, REG)
    p = reg[DIM]
    top = 0.0
    for j in range(p):
        top = max(top, abs(forms[unit, j]))
    scale = float(sign)
    if top > 0.0 and top < np.inf:
        scale *= 2.0 ** -np.floor(np.log2(top))
    floats(S, ROW_SCALES)[k] = abs(scale)
    row_errors[k] = abs(scale) * form_errors[unit]
    if form_errors[unit] != 0.0:
        row_errors[k] += SUBNORMAL  # an error must not vanish by underflow: without one a row counts as exact
    for j in range(p + 1):
        value = scale * forms[unit, j]
        rows[k, j] = value
        if forms[unit, j] != 0.0 and abs(value) < SUBNORMAL:
            # never less than for a side of one: with a tiny side the error would vanish by underflow
            row_errors[k] += SUBNORMAL * (1.0 if j == p else max(1.0, outer[j]))
    row_units[k] = unit
    row_signs[k] = sign
