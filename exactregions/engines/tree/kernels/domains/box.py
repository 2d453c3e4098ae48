"""Boxes around the origin, with half sides of their own, infinite ones too; the whole space is one."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import raised, two_product, two_sum
from exactregions.engines.tree.kernels.compiling import inner, reordered


@inner
def contains(state: Any, y: np.ndarray) -> bool:
    """Prove that y lies strictly inside; comparisons are exact, and no NaN or infinity passes them."""
    for j in range(len(y)):
        if not abs(y[j]) < state.inner[j]:
            return False
    return True


@inner
def support(state: Any, rho: np.ndarray, slack: np.ndarray) -> float:
    """Return a bound of sum_j (|rho_j| + slack_j) outer_j: a sum, a product and p - 1 additions a term."""
    return raised(_weighted(rho, slack, state.outer), len(rho) + 1)


@reordered
def _weighted(rho: np.ndarray, slack: np.ndarray, outer: np.ndarray) -> float:
    """Return the sum, in any order."""
    total = 0.0
    for j in range(len(rho)):
        size = abs(rho[j]) + slack[j]
        total += size * outer[j] if size != 0.0 else 0.0  # zero times an infinite side would be NaN
    return total


@inner
def nowhere_positive(state: Any, rho: np.ndarray, kappa: float) -> bool:
    """Prove kappa + sum_j |rho_j| outer_j <= 0."""
    total, lost = kappa, 0.0
    for j in range(len(rho)):
        if rho[j] != 0.0:
            product, e1 = two_product(abs(rho[j]), state.outer[j])
            total, e2 = two_sum(total, product)
            lost += abs(e1) + abs(e2)
    return lost == 0.0 and total <= 0.0
