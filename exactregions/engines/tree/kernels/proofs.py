"""What floats can prove: that a point is strictly inside a cell, and that a cell has no point beyond a row.

Every function here errs on one side only: True is a theorem about the exact network, False means nothing. A NaN or an
infinity makes every comparison below False. Roundings are counted as in (mathematics, 3.1).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma, two_product, two_sum
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.vectors import fill, value_and_size

__all__ = ["combined", "positive_at", "refuted", "refuted_by_simple_fractions", "strictly_inside"]

SNAP = 1e-7  # how near to an integer a multiple of a multiplier must be to be taken for one
TINY = 1e-60  # products of four such numbers and their errors are still far from underflow
LARGEST_DENOMINATOR = 12  # of the simple fractions that multipliers of small integer networks are
RESERVE = 1.0 + 1e-10  # covers the roundings of a bound that is itself computed, fewer than 9e5 of them


@inner
def positive_at(row: np.ndarray, error: float, y: np.ndarray) -> bool:
    """Prove that a row is positive at y, an error bound of the row over the domain given.

    A term meets its product and at most p additions, in whatever order. RESERVE covers the five roundings of the right
    side, and UNDERFLOW what 2 p products lose below the normal floats, 5e-324 each.
    """
    value, size = value_and_size(row, y)
    return value > (error + gamma(len(y) + 1) * size) * RESERVE + UNDERFLOW


@inner
def strictly_inside(state: Any, count: int, y: np.ndarray) -> bool:
    """Prove that y lies strictly inside the domain cut by the first `count` rows."""
    never_inline()
    growth = state.domain.growth(state, y)
    for k in range(count - 1, -1, -1):
        if not positive_at(state.rows[k], state.row_errors[k] * growth, y):
            return False
    return state.domain.contains(state, y)


@inner
def refuted(state: Any, count: int) -> bool:
    """Prove that the first `count` of the proof's multipliers (nonnegative) allow no point.

    For y >= 0 let rho.x + kappa = sum_j y_j (g_j.x + e_j). If sup over the domain of rho.x + kappa, plus all errors
    of the rows and of the arithmetic, is not positive, then no point of the open domain has all rows g_j
    nonnegative and one with a positive multiplier positive. It holds for any multipliers, however inaccurate
    (Neumaier, Shcherbina 2004).

    Where the domain has no end, rho has to vanish there exactly: `cancel` bounds what that takes.

    A term of rho and of kappa meets its product and count - 1 additions. The sum of the rows' errors is off by as many,
    which RESERVE covers: count is at most rows + 1 and variables + 1, so 9e5 of them need a dictionary of terabytes.
    """
    never_inline()
    for i in range(count):
        if not (state.proof_multipliers[i] >= 0.0 and state.proof_multipliers[i] < np.inf):
            return False
    kappa, size, error = combined(state, state.proof_rows, state.proof_multipliers, count, 1.0)
    off, slack = gamma(count), state.combination_slack
    for j in range(state.p):
        slack[j] *= off * RESERVE
    error += state.domain.cancel(state, count, error * RESERVE)
    far = state.domain.support(state, state.combination[: state.p], slack)
    bound = far + (off * size + error) * RESERVE + UNDERFLOW
    # the factor covers the two additions above and itself; the sign of a sum of two floats is never rounded away
    return kappa + bound * (1.0 + 4.0 * UNIT) <= 0.0


@inner
def combined(
    state: Any, rows: np.ndarray, multipliers: np.ndarray, count: int, unit: float
) -> tuple[float, float, float]:
    """Write rho and the magnitudes of its terms for multipliers over a unit; return kappa, its own, and the errors.

    Multipliers that are not positive are left out.
    """
    never_inline()
    p = state.p
    rho, slack = state.combination[:p], state.combination_slack
    fill(rho, 0.0)
    fill(slack, 0.0)
    kappa, size, error = 0.0, 0.0, 0.0
    for i in range(count):
        k = rows[i]
        y, row = multipliers[i] / unit, state.rows[k]
        if not y > 0.0:
            continue  # zero times an overflowed coefficient would be NaN
        for j in range(p):
            term = y * row[j]
            rho[j] += term
            slack[j] += abs(term)
        kappa += y * row[p]
        size += abs(y * row[p])
        error += y * state.row_errors[k]
    return kappa, size, error


@inner
def refuted_by_simple_fractions(state: Any, count: int) -> bool:
    """Try `refuted` at a tangency: multipliers rounded to simple fractions, arithmetic with computed errors.

    It succeeds for networks of small integer or dyadic weights, where nothing is rounded at all.
    """
    never_inline()
    largest = 0.0
    for i in range(count):
        largest = max(largest, state.proof_multipliers[i])
        if state.row_errors[state.proof_rows[i]] != 0.0:
            return False
    if not (0.0 < largest < np.inf):
        return False
    for denominator in range(1, LARGEST_DENOMINATOR + 1):
        if _snapped(state, count, denominator) and _refuted_without_rounding(state, count):
            return True
    return False


@once
def _snapped(state: Any, count: int, denominator: int) -> bool:
    """Round `denominator` times each multiplier to an integer in the scratch; the last one given stays positive."""
    unit = state.proof_multipliers[count - 1]
    for i in range(count):
        y = state.proof_multipliers[i] / unit * denominator
        nearest = np.rint(y)
        if not abs(y - nearest) <= SNAP * max(1.0, abs(y)) or nearest > 1e6 or nearest < 0.0:
            return False
        state.simple_multipliers[i] = nearest
    return True


@inner
def _refuted_without_rounding(state: Any, count: int) -> bool:
    """Do as `refuted` with the simple multipliers; any operation that rounds is found, and ends the attempt."""
    p, rho = state.p, state.combination
    lost = 0.0
    for j in range(p + 1):
        s = 0.0
        for i in range(count):
            product, e1 = two_product(state.simple_multipliers[i], state.rows[state.proof_rows[i], j])
            s, e2 = two_sum(s, product)
            lost += abs(e1) + abs(e2)
        rho[j] = s
    if lost != 0.0:
        return False
    for j in range(p + 1):
        if rho[j] != 0.0 and not TINY < abs(rho[j]) < 1.0 / TINY:
            return False
        if j < p and state.outer[j] < TINY:
            return False
    return state.domain.nowhere_positive(state, rho[:p], rho[p])
