"""Networks of affine maps, units and winner units, written down as layers.

A layer is `("affine", weight, bias)`, `("units", low, high)`, or `("max", groups)` and `("min", groups)` where a group
is a tuple of places of values: a value for each group is handed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.importers.graph.core import Graph, References, Tensor
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.winners import extreme_of
from exactregions.network import Network

Array = NDArray[np.float64]
Rng = np.random.Generator
Layer: TypeAlias = tuple[Any, ...]

KINDS = ("max", "min", "max", "units")


def network_of(inputs: int, layers: Sequence[Layer]) -> Network:
    """Return the network of some layers, through the same graph that files and modules go through."""
    graph = Graph()
    values = graph.inputs((inputs,)).references
    for kind, *given in layers:
        if kind == "affine":
            weight, bias = (np.asarray(v, dtype=float) for v in given)
            rows, columns = np.nonzero(weight)
            values = graph.affine(rows, values[columns], weight[rows, columns], bias)
        elif kind == "units":
            values = graph.units(values, *(np.asarray(v, dtype=float) for v in given))
        else:
            values = np.array([_extreme(graph, values[list(group)], kind == "max") for group in given[0]])
    return lower(graph, values)


def _extreme(graph: Graph, candidates: References, largest: bool) -> int:
    parts = [Tensor(candidates[i : i + 1]) for i in range(len(candidates))]
    return int(extreme_of(graph, parts, largest).references[0])


def dyadic(rng: Rng, rows: int, columns: int, size: int = 1 << 12) -> Array:
    """Return numbers with so many digits that no coincidence is likely."""
    return rng.integers(-size, size + 1, (rows, columns)) / (size // 4)


def random_layers(rng: Rng, inputs: int, most: int = 5, coincident: bool = False) -> list[Layer]:
    """Return layers with groups of one to `most` values, repeated places, wires, and winners of winners.

    Parameters
    ----------
    coincident : bool
        Whether weights are -1, 0 or 1, and every value is often zero.
    """
    layers: list[Layer] = []
    width = inputs
    for kind in rng.permutation(KINDS)[: rng.integers(2, 5)].tolist():
        if rng.random() < 0.7:
            rows = int(rng.integers(2, most + 1))
            weight = rng.integers(-1, 2, (rows, width)).astype(float) if coincident else dyadic(rng, rows, width)
            bias = dyadic(rng, rows, 1)[:, 0] if rng.random() < 0.7 else np.zeros(rows)
            layers.append(("affine", _read_by_all(weight), bias))
            width = rows
        if kind == "units":
            layers.append(("units", rng.choice([0, 0, 0.5, 1], width), np.ones(width)))
        else:
            groups = _groups(rng, width)
            layers.append((kind, groups))
            width = len(groups)
    return layers


def _read_by_all(weight: Array) -> Array:
    """Let the first row read what no row reads: a value that nothing reads is no part of the network."""
    weight[0, ~weight.any(axis=0)] = 1
    return weight


def _groups(rng: Rng, width: int) -> list[tuple[int, ...]]:
    places = [*range(width), *rng.integers(0, width, rng.integers(0, 4)).tolist()]
    rng.shuffle(places)
    cuts = sorted(rng.integers(1, len(places), 2).tolist()) if len(places) > 1 else []
    return [tuple(places[a:b]) for a, b in zip([0, *cuts], [*cuts, len(places)], strict=True) if a < b]
