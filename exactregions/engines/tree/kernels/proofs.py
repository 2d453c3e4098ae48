"""What floats can prove: that a point is strictly inside a cell, and that a cell has no point beyond a row.

Every function here errs on one side only: True is a theorem about the exact network, False means nothing.
"""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNIT, two_product, two_sum
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.layout import (
    BOX,
    CROSS,
    DIM,
    EUCLIDEAN,
    INNER,
    KIND,
    OUTER,
    PROOF_MULTIPLIERS,
    PROOF_ROWS,
    REG,
    ROW_ERRORS,
    ROWS,
    SCRATCH,
    fill,
    floats,
    integers,
    matrix,
)

__all__ = ["inside_domain", "positive_at", "refuted", "strictly_inside"]

UNDERFLOW = 1e-300  # far above what the underflow of a few thousand operations can lose
SNAP = 1e-7  # how near to an integer a multiple of a multiplier must be to be taken for one
TINY = 1e-60  # products of four such numbers and their errors are still far from underflow
SIMPLE_MULTIPLIERS = 2  # the row of the scratch that holds multipliers rounded to simple fractions
LARGEST_DENOMINATOR = 12  # of the simple fractions that multipliers of small integer networks are


@inner
def inside_domain(S: np.ndarray, y: np.ndarray) -> bool:
    """Prove that y lies strictly inside the domain (its polytope rows are rows of the cell)."""
    inner = floats(S, INNER)
    reg = integers(S, REG)
    p = len(y)
    total = 0.0
    for j in range(p):
        if not np.isfinite(y[j]):
            return False
        if reg[KIND] == BOX:
            if not abs(y[j]) < inner[j]:
                return False
        elif reg[KIND] == CROSS:
            total += abs(y[j])
        else:
            total += y[j] * y[j]
    if reg[KIND] == BOX:
        return True
    radius = inner[0]
    if not radius > 0.0:  # the rounding of the centre is larger than the ball
        return False
    bound = radius if reg[KIND] == CROSS else radius * radius * (1.0 - 2.0 * UNIT)
    return total * (1.0 + 2.0 * (p + 2) * UNIT) + UNDERFLOW < bound


@inner
def positive_at(row: np.ndarray, error: float, y: np.ndarray) -> bool:
    """Prove that a row is positive at y, an error bound of the row over the domain given."""
    p = len(y)
    value, size = row[p], abs(row[p])
    for j in range(p):
        term = row[j] * y[j]
        value += term
        size += abs(term)
    return value > (error + (p + 3.0) * UNIT * size) * (1.0 + 1e-10) + UNDERFLOW


@inner
def strictly_inside(S: np.ndarray, count: int, y: np.ndarray) -> bool:
    """Prove that y lies strictly inside the domain cut by the first `count` rows."""
    never_inline()
    rows = matrix(S, ROWS)
    row_errors = floats(S, ROW_ERRORS)
    for k in range(count - 1, -1, -1):
        if not positive_at(rows[k], row_errors[k], y):
            return False
    return inside_domain(S, y)


@inner
def _support(S: np.ndarray, rho: np.ndarray, slack: np.ndarray) -> float:
    """Return a bound of sup rho.y over the domain, where component j of rho may be off by slack_j."""
    outer = floats(S, OUTER)
    reg = integers(S, REG)
    p = reg[DIM]
    total = 0.0
    for j in range(p):
        size = abs(rho[j]) + slack[j]
        if reg[KIND] == BOX:
            if size != 0.0:
                total += size * outer[j]
        elif reg[KIND] == CROSS:
            total = max(total, size)
        else:
            total += size * size
    if reg[KIND] == CROSS:
        total *= outer[0]
    elif reg[KIND] == EUCLIDEAN:
        total = np.sqrt(total + UNDERFLOW) * outer[0]  # squares may vanish
    return total * (1.0 + 4.0 * (p + 3) * UNIT)


@once
def _is_constant(row: np.ndarray) -> bool:
    for j in range(len(row) - 1):
        if row[j] != 0.0:
            return False
    return True


@inner
def refuted(S: np.ndarray, count: int) -> bool:
    """Prove that the first `count` of PROOF_MULTIPLIERS (nonnegative) allow no point.

    For y >= 0 let rho.x + kappa = sum_j y_j (g_j.x + e_j). If sup over the domain of rho.x + kappa, plus all errors
    of the rows and of the arithmetic, is not positive, then no point of the open domain has all rows g_j
    nonnegative and one with a positive multiplier positive. It holds for any multipliers, however inaccurate
    (Neumaier, Shcherbina 2004).
    """
    never_inline()
    scratch = matrix(S, SCRATCH)
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    rows = matrix(S, ROWS)
    proof_rows = integers(S, PROOF_ROWS)
    row_errors = floats(S, ROW_ERRORS)
    reg = integers(S, REG)
    p = reg[DIM]
    rho, slack = scratch[0, :p], scratch[1, :p]
    fill(rho, 0.0)
    fill(slack, 0.0)
    kappa, size, error = 0.0, 0.0, 0.0
    unbounded = floats(S, OUTER)[0] == np.inf
    for i in range(count):
        y, row = proof_multipliers[i], rows[proof_rows[i]]
        if not (y >= 0.0 and y < np.inf):
            return False
        if y == 0.0:
            continue  # zero times an overflowed coefficient would be NaN
        if unbounded and not _is_constant(row):
            return False  # a product that vanishes by underflow must not pass for one that is zero
        for j in range(p):
            term = y * row[j]
            rho[j] += term
            slack[j] += abs(term)
        kappa += y * row[p]
        size += abs(y * row[p])
        error += y * row_errors[proof_rows[i]]
    gamma = (count + 2.0) * UNIT
    for j in range(p):
        slack[j] *= gamma * (1.0 + 1e-10)
    bound = _support(S, rho, slack) + (gamma * size + error) * (1.0 + 1e-10) + UNDERFLOW
    return kappa + bound * (1.0 + 4.0 * UNIT) <= -2.0 * UNIT * abs(kappa)


@inner
def refuted_by_simple_fractions(S: np.ndarray, count: int) -> bool:
    """Try `refuted` at a tangency: multipliers rounded to simple fractions, arithmetic with computed errors.

    It succeeds for networks of small integer or dyadic weights, where nothing is rounded at all.
    """
    never_inline()
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    row_errors = floats(S, ROW_ERRORS)
    proof_rows = integers(S, PROOF_ROWS)
    largest = 0.0
    for i in range(count):
        largest = max(largest, proof_multipliers[i])
        if row_errors[proof_rows[i]] != 0.0:
            return False
    if not (0.0 < largest < np.inf):
        return False
    for denominator in range(1, LARGEST_DENOMINATOR + 1):
        if _snapped(S, count, denominator) and _refuted_without_rounding(S, count):
            return True
    return False


@once
def _snapped(S: np.ndarray, count: int, denominator: int) -> bool:
    """Round `denominator` times each multiplier to an integer in the scratch; the last one given stays positive."""
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    scratch = matrix(S, SCRATCH)
    unit = proof_multipliers[count - 1]
    for i in range(count):
        y = proof_multipliers[i] / unit * denominator
        nearest = np.rint(y)
        if not abs(y - nearest) <= SNAP * max(1.0, abs(y)) or nearest > 1e6 or nearest < 0.0:
            return False
        scratch[SIMPLE_MULTIPLIERS, i] = nearest
    return True


@inner
def _refuted_without_rounding(S: np.ndarray, count: int) -> bool:
    scratch = matrix(S, SCRATCH)
    rows = matrix(S, ROWS)
    proof_rows = integers(S, PROOF_ROWS)
    outer = floats(S, OUTER)
    reg = integers(S, REG)
    p = reg[DIM]
    rho = scratch[0, : p + 1]
    lost = 0.0
    for j in range(p + 1):
        s = 0.0
        for i in range(count):
            product, e1 = two_product(scratch[SIMPLE_MULTIPLIERS, i], rows[proof_rows[i], j])
            s, e2 = two_sum(s, product)
            lost += abs(e1) + abs(e2)
        rho[j] = s
    if lost != 0.0:
        return False
    for j in range(p + 1):
        if rho[j] != 0.0 and not TINY < abs(rho[j]) < 1.0 / TINY:
            return False
        if j < p and outer[j] < TINY:
            return False
    kappa = rho[p]
    if reg[KIND] == EUCLIDEAN:
        return _outside_sphere(rho[:p], kappa, outer[0])
    total = kappa
    top = 0.0
    for j in range(p):
        if rho[j] == 0.0:
            continue
        if reg[KIND] == CROSS:
            top = max(top, abs(rho[j]))
        else:
            product, e1 = two_product(abs(rho[j]), outer[j])
            total, e2 = two_sum(total, product)
            lost += abs(e1) + abs(e2)
    if reg[KIND] == CROSS:
        product, e1 = two_product(top, outer[0])
        total, e2 = two_sum(total, product)
        lost += abs(e1) + abs(e2)
    return lost == 0.0 and total <= 0.0


@inner
def _outside_sphere(rho: np.ndarray, kappa: float, radius: float) -> bool:
    """Decide kappa + radius ||rho|| <= 0 by squares, where no operation rounds."""
    if kappa > 0.0:
        return False
    total, lost = two_product(kappa, kappa)
    square, e0 = two_product(radius, radius)
    lost = abs(lost) + abs(e0)
    for j in range(len(rho)):
        length, e1 = two_product(rho[j], rho[j])
        product, e2 = two_product(length, square)
        total, e3 = two_sum(total, -product)
        lost += abs(e1) + abs(e2) + abs(e3)
    return lost == 0.0 and total >= 0.0
