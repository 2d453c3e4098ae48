"""Networks whose number of regions is known, or that are hard in a known way: those of the package, and strategies."""

import math

from exactregions.cases.networks import (
    braid,
    central_general,
    direct_sum,
    generated,
    hat,
    max_min,
    moment_curve,
    one_layer,
    resonance,
    sawtooth,
    shifted_braid,
    tent,
    threshold,
    type_b,
    widened,
)
from exactregions.testing.strategies import networks as small_networks

__all__ = [
    "braid",
    "central_general",
    "direct_sum",
    "generated",
    "hat",
    "max_min",
    "moment_curve",
    "one_layer",
    "resonance",
    "sawtooth",
    "shifted_braid",
    "small_networks",
    "tent",
    "threshold",
    "type_b",
    "widened",
    "zaslavsky",
]


def zaslavsky(n: int, d: int) -> int:
    return sum(math.comb(n, j) for j in range(min(n, d) + 1))
