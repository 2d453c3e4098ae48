"""Families of small networks, one function each: a random generator in, a network out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.auditing.degeneracies import SPOILS
from exactregions.auditing.network_edits import with_stage
from exactregions.cases import networks as nets
from exactregions.errors import ExactRegionsError
from exactregions.importers import load
from exactregions.network import Network, Stage

Array = NDArray[np.float64]
Rng: TypeAlias = np.random.Generator
Family: TypeAlias = Callable[[Rng], Network]

SUFFIXES = (".npz", ".safetensors", ".onnx", ".pt", ".pth")  # of networks, in a folder
POINTS, STEPS, RATE = 48, 40, 0.1  # of training: enough that units leave their first places and group
MOST_UNITS = 9  # of a fresh network: some milliseconds a count


def _shape(rng: Rng) -> list[int]:
    """Return inputs, widths of one to three hidden layers, and one output."""
    widths = rng.integers(1, 6, size=int(rng.integers(1, 4))).tolist()
    while sum(widths) > MOST_UNITS:
        widths[int(np.argmax(widths))] -= 1
    return [int(rng.choice([1, 1, 2, 2, 2, 3, 3, 4])), *widths, 1]


def generic(rng: Rng) -> Network:
    """Return random weights, sometimes of few bits."""
    bits = None if rng.random() < 0.6 else int(rng.integers(0, 4))
    return nets.generated(*_shape(rng), seed=int(rng.integers(2**31)), bits=bits)


def bias_free(rng: Rng) -> Network:
    """Return random weights without biases: all hyperplanes pass the origin."""
    network = generic(rng)
    stages = tuple(replace(stage, bias=np.zeros_like(stage.bias)) for stage in network.stages)
    return replace(network, stages=stages)


def leaky(rng: Rng) -> Network:
    """Return units of two nonzero slopes, which carry a dimension on both sides."""
    slope = float(rng.choice([0.01, 0.25, -0.5, -1.0, 2.0]))
    return nets.generated(*_shape(rng), seed=int(rng.integers(2**31)), slope=slope)


def wires(rng: Rng) -> Network:
    """Return ReLUs beside wires, which never split."""
    network = generic(rng)
    stages = [replace(stage, low=(rng.random(len(stage.bias)) < 0.4).astype(float)) for stage in network.stages]
    return replace(network, stages=tuple(stages))


def degenerate(rng: Rng) -> Network:
    """Return small integers with units spoiled: zero, repeated, negated, a sliver beside another, dead."""
    stages = []
    for n, m in pairwise(_shape(rng)[:-1]):
        bias = rng.integers(-3, 4, size=m) * float(rng.integers(2))
        stages.append(Stage.relu(rng.integers(-3, 4, size=(m, n)), bias))
    network = Network(tuple(stages), np.ones((1, len(stages[-1].bias))), np.zeros(1))
    spoils = list(SPOILS)
    for _ in range(int(rng.integers(1, 4))):
        index = int(rng.integers(len(network.stages)))
        spoil = spoils[int(rng.integers(len(spoils)))]
        network = with_stage(network, index, spoil(network.stages[index], rng))
    return network


def sawtooth(rng: Rng) -> Network:
    """Return nets that fold their inputs, which reach the most regions in one dimension."""
    if rng.random() < 0.3:
        return nets.tent(int(rng.integers(1, 6)), wires=bool(rng.integers(2)))
    p, layers, d = [(2, 1, 1), (2, 2, 1), (2, 3, 1), (2, 4, 1), (3, 2, 1), (2, 1, 2), (2, 2, 2)][rng.integers(7)]
    return nets.sawtooth(p, layers, d)


def trained(rng: Rng) -> Network:
    """Return a network after a few steps of gradient descent on a problem in the plane."""
    points = rng.uniform(-1, 1, size=(POINTS, 2))
    disc, quadrants = (points**2).sum(axis=1) < 0.5, points.prod(axis=1) > 0
    target = np.where(disc if rng.random() < 0.5 else quadrants, 1.0, -1.0)
    sizes = [2, *rng.integers(3, 5, size=2).tolist(), 1]
    weights = [rng.normal(0, np.sqrt(2 / n), (m, n)) for n, m in pairwise(sizes)]
    biases = [np.zeros(m) for m in sizes[1:]]
    for _ in range(STEPS):
        _descend(weights, biases, points, target)
    return Network.from_layers(weights, biases)


def _descend(weights: list[Array], biases: list[Array], points: Array, target: Array) -> None:
    """Take one step of gradient descent on the mean squared error, in place."""
    values = [points]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        values.append(np.maximum(values[-1] @ weight.T + bias, 0.0))
    error = (values[-1] @ weights[-1].T + biases[-1] - target[:, None]) / len(points)
    for weight, bias, below in zip(reversed(weights), reversed(biases), reversed(values), strict=True):
        slope, shift = error.T @ below, error.sum(axis=0)
        error = (error @ weight) * (below > 0)
        # clipped: a step must never blow up
        weight -= RATE * np.clip(slope, -1, 1)
        bias -= RATE * np.clip(shift, -1, 1)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "random": generic,
        "trained": trained,
        "degenerate": degenerate,
        "sawtooth": sawtooth,
        "bias-free": bias_free,
        "leaky": leaky,
        "wires": wires,
    }
)


def family_name(family: str | Path | Family) -> str:
    """Return the name under which a family is reported."""
    if isinstance(family, str | Path):
        return str(family)
    return getattr(family, "__name__", type(family).__name__)


def named_families(chosen: Iterable[str | Path | Family] | None) -> dict[str, Family]:
    """Return the families asked for, by name.

    Parameters
    ----------
    chosen : iterable, or None
        Names of `FAMILIES`, paths of network files or of folders of such, and functions that make a network from a
        `numpy.random.Generator`; None is all of `FAMILIES`.

    Raises
    ------
    ExactRegionsError
        If a name is unknown, there is nothing to choose from, or a file holds no network.
    """
    if isinstance(chosen, str | Path):
        chosen = [chosen]
    found = {family_name(f): _family(f) for f in (FAMILIES if chosen is None else chosen)}
    if not found:
        raise ExactRegionsError(f"families is empty; leave it out, or choose from {', '.join(FAMILIES)}")
    return found


def _family(family: str | Path | Family) -> Family:
    if callable(family):
        return family
    if isinstance(family, str) and family in FAMILIES:
        return FAMILIES[family]
    if not isinstance(family, str | Path) or not Path(family).exists():
        raise ExactRegionsError(
            f"there is no family {str(family)!r}; choose from {', '.join(FAMILIES)}, or give the path of networks"
        )
    networks = [load(path) for path in _files(Path(family))]

    def from_files(rng: Rng) -> Network:
        return networks[int(rng.integers(len(networks)))]

    return from_files


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not found:
        raise ExactRegionsError(f"{path} holds no network; give a folder of {', '.join(SUFFIXES)} files")
    return found
