"""Networks whose number of regions is known, or that are hard in a known way: those of the package, and strategies."""

import math

import numpy as np
from hypothesis import strategies as st

from exactregions import Network, Stage
from exactregions.testing.networks import (
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


@st.composite
def small_networks(draw, largest_units: int = 6) -> Network:
    """Networks with small dyadic weights, generic or degenerate in the ways that break region counters.

    Every float operation on them is exact, and a margin is zero or clearly positive.
    """
    d = draw(st.integers(1, 3))
    widths = draw(
        st.lists(st.integers(1, 4), min_size=1, max_size=3).filter(lambda w: sum(w) <= largest_units)
    )
    sixteenths = draw(st.booleans())
    entry = st.integers(-40, 40).map(lambda k: k / 16) if sixteenths else st.integers(-3, 3).map(float)
    slope = draw(st.sampled_from([0.0, 0.0, 0.0, 0.25, -0.5]))
    bias_free = draw(st.booleans())
    stages, fan_in = [], d
    for width in widths:
        weight = np.array(draw(st.lists(entry, min_size=width * fan_in, max_size=width * fan_in)))
        weight = weight.reshape(width, fan_in)
        bias = (
            np.zeros(width) if bias_free else np.array(draw(st.lists(entry, min_size=width, max_size=width)))
        )
        low = np.full(width, slope)
        for target in range(width):
            weight, bias, low = _degraded(draw, weight, bias, low, target)
        stages.append(Stage(weight, bias, low, np.ones(width)))
        fan_in = width
    return Network(tuple(stages), np.ones((1, fan_in)), np.zeros(1))


def _degraded(draw, weight, bias, low, target):
    """Spoil one unit, or none: zero row, repeated or negated row, dead layer, wire."""
    fault = draw(st.sampled_from(["none"] * 6 + ["zero", "zero bias", "repeat", "negate", "dead", "wire"]))
    source = draw(st.integers(0, len(weight) - 1))
    weight, bias, low = weight.copy(), bias.copy(), low.copy()
    match fault:
        case "zero":
            weight[target] = 0
        case "zero bias":
            weight[target], bias[target] = 0, 0
        case "repeat":
            weight[target], bias[target] = 2 * weight[source], 2 * bias[source]
        case "negate":
            weight[target], bias[target] = -weight[source], -bias[source]
        case "dead":
            weight, bias = -np.abs(weight), -np.abs(bias)
        case "wire":
            low[target] = 1.0
    return weight, bias, low
