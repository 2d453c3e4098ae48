"""Euclidean balls around the origin; `outer` and `inner` repeat the radius."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, raised, two_product, two_sum
from exactregions.engines.tree.kernels.compiling import inner


@inner
def contains(state: Any, y: np.ndarray) -> bool:
    """Prove sum_j y_j^2 < radius^2; a sum that overflows, or is NaN, is not below anything.

    A term meets its product and p - 1 additions. The square of the radius rounds twice on the other side, where
    (1 + u)^2 (1 - 2 u) < 1.
    """
    total = 0.0
    for j in range(len(y)):
        total += y[j] * y[j]
    # a radius that is not positive: the rounding of the centre is larger than the ball
    radius = state.inner[0]
    bound = radius * radius * (1.0 - 2.0 * UNIT)
    return radius > 0.0 and raised(total, len(y)) + UNDERFLOW < bound


@inner
def support(state: Any, rho: np.ndarray, slack: np.ndarray) -> float:
    """Return a bound of the radius times the length of |rho| + slack.

    A square meets the two roundings of its sum, one of its own, p - 1 additions and that of UNDERFLOW, which stands for
    squares that vanish. The root halves these p + 3; it rounds itself, and so does the product.
    """
    total = 0.0
    for j in range(len(rho)):
        size = abs(rho[j]) + slack[j]
        total += size * size
    return raised(np.sqrt(total + UNDERFLOW) * state.outer[0], (len(rho) + 3) // 2 + 3)


@inner
def nowhere_positive(state: Any, rho: np.ndarray, kappa: float) -> bool:
    """Prove kappa + radius ||rho|| <= 0, by squares: kappa <= 0 and kappa^2 >= radius^2 ||rho||^2."""
    if kappa > 0.0:
        return False
    total, lost = two_product(kappa, kappa)
    square, e0 = two_product(state.outer[0], state.outer[0])
    lost = abs(lost) + abs(e0)
    for j in range(len(rho)):
        length, e1 = two_product(rho[j], rho[j])
        product, e2 = two_product(length, square)
        total, e3 = two_sum(total, -product)
        lost += abs(e1) + abs(e2) + abs(e3)
    return lost == 0.0 and total >= 0.0


@inner
def radius(state: Any) -> float:
    """Return the radius, rounded up."""
    return state.outer[0]


@inner
def room(state: Any, distance: float) -> float:
    """Return the radius, rounded down: so far points are looked for, wherever the nearest one is."""
    return state.inner[0]
