"""What multipliers prove about how far a cell is from the origin, in every norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma
from exactregions.engines.tree.kernels.compiling import inner
from exactregions.engines.tree.kernels.proofs import RESERVE, combined

__all__ = ["holds_at_origin", "least_length", "proved_gap"]


@inner
def holds_at_origin(state: Any) -> bool:
    """Prove that no row is negative at the origin, where a row is its constant: nothing is rounded."""
    for k in range(state.depth):
        if not state.rows[k, state.p] >= state.row_errors[k]:
            return False
    return True


@inner
def proved_gap(state: Any, rows: np.ndarray, multipliers: np.ndarray, count: int, growth: float) -> float:
    """Return a lower bound g of -rho.y for every y of the cell, and leave bounds of |rho| in `combination`.

    With rho.y + kappa = sum_i u_i (g_i.y + e_i), u >= 0, and E the same sum of the rows' error bounds, grown by a
    factor, every point y of the cell where these hold has rho.y + kappa + E >= 0: so g is -(kappa + E), and
    ||y|| >= g / ||rho||_dual. The multipliers are divided by the largest, so that products of small ones do not vanish;
    what is left of that is below UNDERFLOW.
    """
    largest = 0.0
    for i in range(count):
        largest = max(largest, multipliers[i])
    if not (largest > 0.0 and largest < np.inf):
        return 0.0
    kappa, size, error = combined(state, rows, multipliers, count, largest)
    off, rho, slack = gamma(count), state.combination, state.combination_slack
    for j in range(state.p):
        rho[j] = abs(rho[j]) + off * slack[j] * RESERVE
    # the factor covers the roundings of the two sums
    return -kappa - (off * size + error * growth) * RESERVE - UNDERFLOW - 4.0 * UNIT * abs(kappa)


@inner
def least_length(gap: float, length: float) -> float:
    """Return a lower bound of a quotient, and of zero; `length` was summed of bounds that were rounded themselves."""
    length *= RESERVE
    return gap / length * (1.0 - 4.0 * UNIT) if gap > 0.0 and length < np.inf else 0.0
