"""Balls of the norm 1 around the origin; `outer` and `inner` repeat the radius."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, raised, two_product, two_sum
from exactregions.engines.tree.kernels.compiling import inner


@inner
def contains(state: Any, y: np.ndarray) -> bool:
    """Prove sum_j |y_j| < radius, by p - 1 additions; a sum that overflows, or is NaN, is not below anything."""
    total = 0.0
    for j in range(len(y)):
        total += abs(y[j])
    # a radius that is not positive: the rounding of the centre is larger than the ball
    radius = state.inner[0]
    return radius > 0.0 and raised(total, len(y) - 1) + UNDERFLOW < radius


@inner
def support(state: Any, rho: np.ndarray, slack: np.ndarray) -> float:
    """Return a bound of the radius times max_j (|rho_j| + slack_j): one sum and one product."""
    total = 0.0
    for j in range(len(rho)):
        size = abs(rho[j]) + slack[j]
        if size > total or size != size:  # a NaN, from coefficients that overflow, stays one; `max` would drop it
            total = size
    return raised(total * state.outer[0], 2)


@inner
def nowhere_positive(state: Any, rho: np.ndarray, kappa: float) -> bool:
    """Prove kappa + radius max_j |rho_j| <= 0."""
    top = 0.0
    for j in range(len(rho)):
        top = max(top, abs(rho[j]))
    product, e1 = two_product(top, state.outer[0])
    total, e2 = two_sum(kappa, product)
    return e1 == 0.0 and e2 == 0.0 and total <= 0.0
