"""Seeded random networks in every kind of domain; the exact reference says what is true of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from exactregions.cases import networks as nets
from exactregions.cases.case import Case
from exactregions.cases.domains import every_kind
from exactregions.network import Network, Stage

FAULTS = ("none", "none", "none", "zero row", "zero unit", "repeat", "negate", "dead", "wire", "leaky")
SPOILED = 32  # spoiled networks, four in each kind of domain


def random_nets() -> Iterator[Case]:
    """Yield the cases."""
    for seed, shape in enumerate([(1, 3, 3, 1), (2, 7, 1), (2, 3, 2, 2, 1), (2, 8, 6, 1), (3, 4, 3, 1)]):
        for kind, domain in every_kind(shape[0]).items():
            yield Case(f"random {list(shape)} in {kind}", nets.generated(*shape, seed=seed), domain)
    for slope in (0.01, -0.5):
        network = nets.generated(2, 5, 4, 1, seed=9, slope=slope)
        for kind, domain in every_kind(2).items():
            yield Case(f"LeakyReLU of slope {slope} in {kind}", network, domain)
    for seed in range(SPOILED):
        network = _spoiled(seed)
        kinds = list(every_kind(network.inputs).items())
        kind, domain = kinds[seed % len(kinds)]
        yield Case(f"spoiled network {seed} in {kind}", network, domain)


def _spoiled(seed: int) -> Network:
    """Return a network of small integers, some of its units spoiled."""
    rng = np.random.default_rng(seed)
    sizes = [int(rng.integers(1, 4)), *rng.integers(2, 5, size=int(rng.integers(1, 4))).tolist()]
    stages = []
    for n, m in pairwise(sizes):
        weight = rng.integers(-3, 4, size=(m, n)).astype(float)
        bias = rng.integers(-3, 4, size=m) * float(rng.integers(2))
        low, high = np.zeros(m), np.ones(m)
        for unit in range(m):
            spoil(FAULTS[rng.integers(len(FAULTS))], unit, int(rng.integers(m)), weight, bias, low)
        stages.append(Stage(weight, bias, low, high))
    return Network(tuple(stages), np.ones((1, sizes[-1])), np.zeros(1))


def spoil(fault: str, unit: int, source: int, weight: nets.Array, bias: nets.Array, low: nets.Array) -> None:
    """Spoil one unit of a layer, in place; a fault that is none of those below leaves it as it is."""
    match fault:
        case "zero row":
            weight[unit] = 0
        case "zero unit":
            weight[unit], bias[unit] = 0, 0
        case "repeat":
            weight[unit], bias[unit] = 2 * weight[source], 2 * bias[source]
        case "negate":
            weight[unit], bias[unit] = -weight[source], -bias[source]
        case "dead":
            weight[unit], bias[unit] = -np.abs(weight[unit]), -abs(bias[unit])
        case "dead layer":
            weight[:], bias[:] = -np.abs(weight), -np.abs(bias)
        case "wire":
            low[unit] = 1.0
        case "leaky":
            low[unit] = 0.25
