"""Families of networks for trials: those of the audit, and what is hostile to arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from exactregions.auditing.degeneracies import SPOILS
from exactregions.auditing.families import FAMILIES as AUDITED
from exactregions.auditing.families import Family, generic
from exactregions.auditing.network_edits import with_stage
from exactregions.network import Network, Stage
from exactregions.testing.trials.winner_networks import Layer, network_of, random_layers

Array = NDArray[np.float64]
Rng = np.random.Generator

SLOPES = (-2.0, -1.0, -0.5, 0.0, 0.01, 0.25, 1.0, 1.5, 3.0)
# inputs and the most units with which counts and oracles take milliseconds
MOST_UNITS = {1: 10, 2: 8, 3: 6, 4: 5}
TRIES = 20


def _changed(network: Network, change: Callable[[Stage], Stage]) -> Network:
    return replace(network, stages=tuple(change(stage) for stage in network.stages))


def integer(rng: Rng) -> Network:
    """Return small integers throughout."""
    return _changed(generic(rng), lambda s: replace(s, weight=np.round(2 * s.weight), bias=np.round(2 * s.bias)))


def float32(rng: Rng) -> Network:
    """Return weights that single floats hold."""
    return _changed(
        generic(rng),
        lambda s: replace(s, weight=s.weight.astype(np.float32), bias=s.bias.astype(np.float32)),
    )


def slopes(rng: Rng) -> Network:
    """Return units with slopes of either sign, below and above zero, wires among them."""

    def sloped(stage: Stage) -> Stage:
        m = len(stage.bias)
        high = rng.choice(SLOPES, size=m) if rng.random() < 0.3 else np.ones(m)
        return replace(stage, low=rng.choice(SLOPES, size=m), high=high)

    return _changed(generic(rng), sloped)


def concurrent(rng: Rng) -> Network:
    """Return stages whose hyperplanes all pass one point, or all pass one line or plane."""

    def through_one(stage: Stage) -> Stage:
        weight = np.round(4 * stage.weight) / 4
        point = rng.integers(-2, 3, size=weight.shape[1]) / 2
        bias = -(weight @ point)
        if len(bias) > 2 and rng.random() < 0.5:
            shares = rng.integers(-2, 3, size=(len(bias) - 2, 2))
            weight[2:], bias[2:] = shares @ weight[:2], shares @ bias[:2]
        return replace(stage, weight=weight, bias=bias)

    return _changed(generic(rng), through_one)


def slivers(rng: Rng) -> Network:
    """Return units beside one another, from 1e-3 down to the last bit and 1e-26."""

    def beside(stage: Stage) -> Stage:
        weight, bias = np.round(stage.weight), np.round(2 * stage.bias) / 2
        for unit in range(1, len(bias)):
            gap = float(rng.choice([2.0**-52, 10.0 ** -rng.integers(3, 27)])) * float(rng.choice([-1, 1]))
            source = int(rng.integers(unit))
            match rng.integers(4):
                case 0:
                    weight[unit], bias[unit] = weight[source], bias[source] + gap
                case 1:
                    weight[unit], bias[unit] = weight[source] * (1 + gap), bias[source]
                case 2:
                    weight[unit], bias[unit] = weight[source], bias[source]
                    weight[unit, int(rng.integers(weight.shape[1]))] += gap
        return replace(stage, weight=weight, bias=bias)

    return _changed(generic(rng), beside)


def denormals(rng: Rng) -> Network:
    """Return numbers at the lower end of floats, where precision is lost."""
    tiny = 2.0**-1074

    def low(stage: Stage) -> Stage:
        unit = 2.0 ** int(rng.integers(0, 40)) * tiny
        match rng.integers(3):
            case 0:
                return replace(stage, weight=np.round(4 * stage.weight) * unit, bias=np.round(stage.bias) * unit)
            case 1:
                return replace(stage, bias=np.round(2 * stage.bias) * unit)
        return stage

    return _changed(generic(rng), low)


def scales(rng: Rng) -> Network:
    """Return units, or whole stages, scaled by 1e-300 to 1e300."""

    def scaled(stage: Stage) -> Stage:
        m = len(stage.bias)
        widest = float(rng.choice([20, 100, 300]))
        factors = 10.0 ** rng.uniform(-widest, widest, size=m if rng.random() < 0.5 else 1)
        weight, bias = stage.weight * factors[:, None], stage.bias * factors
        if rng.random() < 0.3:
            bias = stage.bias * 10.0 ** rng.uniform(-widest, widest)
        return replace(stage, weight=_finite(weight), bias=_finite(bias))

    with np.errstate(over="ignore", under="ignore"):
        return _changed(generic(rng), scaled)


def _finite(array: Array) -> Array:
    return np.nan_to_num(array, posinf=1e300, neginf=-1e300)


def repeated(rng: Rng) -> Network:
    """Return stages in which several units are zero, repeated, negated or dead."""
    network = integer(rng) if rng.random() < 0.5 else generic(rng)
    for _ in range(int(rng.integers(2, 5))):
        index = int(rng.integers(len(network.stages)))
        spoiled = SPOILS[int(rng.integers(len(SPOILS)))](network.stages[index], rng)
        network = with_stage(network, index, spoiled)
    return network


def winners(rng: Rng) -> Network:
    """Return units told by which value wins: generic, in small integers, or with rows that almost repeat."""
    inputs = int(rng.choice([1, 2, 2, 2, 3]))
    layers = random_layers(rng, inputs, coincident=rng.random() < 0.4)
    return network_of(inputs, [_spoiled(layer, rng) if rng.random() < 0.3 else layer for layer in layers])


def _spoiled(layer: Layer, rng: Rng) -> Layer:
    """Return a layer in which a row stands beside another one, or all are scaled."""
    if layer[0] != "affine":
        return layer
    weight, bias = layer[1].copy(), layer[2].copy()
    if rng.random() < 0.3:
        factor = 10.0 ** rng.uniform(-100, 100)
        return "affine", weight * factor, bias * factor
    source, unit = rng.permutation(len(bias))[:2].tolist()
    gap = float(rng.choice([0, 2.0**-52, 10.0 ** -rng.integers(3, 27)])) * float(rng.choice([-1, 1]))
    weight[unit], bias[unit] = weight[source], bias[source] + gap
    if rng.random() < 0.5:
        weight[unit, int(rng.integers(weight.shape[1]))] += gap
    return "affine", weight, bias


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        **{name.replace("random", "generic"): family for name, family in AUDITED.items()},
        **{
            f.__name__: f for f in (integer, float32, slopes, concurrent, slivers, denormals, scales, repeated, winners)
        },
    }
)


def random_network(family: str, rng: Rng) -> Network:
    """Return a network of a family that is small enough for an oracle."""
    for _ in range(TRIES):
        network = FAMILIES[family](rng)
        if network.stages and network.units <= MOST_UNITS[min(network.inputs, 4)]:
            return network
    return Network.from_layers([[[1.0]], [[1.0]]], [[0.0], [0.0]])
