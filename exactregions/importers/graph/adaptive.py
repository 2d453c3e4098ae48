"""Pooling over a given number of parts of each axis, which may overlap."""

from __future__ import annotations

from itertools import product

import numpy as np

from exactregions.importers.graph.core import Graph, References, Tensor, sized
from exactregions.importers.graph.winners import ABSENT, largest_of_rows


def _parts(value: Tensor, sizes: tuple[int, ...]) -> References:
    """Return the values of each part, shape (*lead, *sizes, k); -1 where a part has fewer."""
    axes = len(sizes)
    lead, lengths = value.shape[:-axes], value.shape[-axes:]
    flat = value.references.reshape(*lead, -1)
    grid = np.arange(sized(*lengths)).reshape(lengths)
    places = []
    for part in product(*(range(size) for size in sizes)):
        cut = tuple(
            slice(i * n // size, -(-(i + 1) * n // size)) for i, n, size in zip(part, lengths, sizes, strict=True)
        )
        places.append(grid[cut].ravel())
    widest = max(map(len, places))
    sized(flat.size // max(1, flat.shape[-1]), len(places), widest)
    at = np.array([np.pad(p, (0, widest - len(p)), constant_values=ABSENT) for p in places])
    found = np.where(at == ABSENT, ABSENT, flat[..., at])
    return found.reshape(*lead, *sizes, widest)


def adaptive_average_pool(graph: Graph, value: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Return the mean of each part: its sum times the float64 nearest to one over the number of its values."""
    parts = _parts(value, sizes)
    flat = parts.reshape(-1, parts.shape[-1])
    inside = flat != ABSENT
    counts = inside.sum(axis=1)
    if (counts & (counts - 1)).any():
        graph.note("an average over a window is its sum times the float64 nearest to one over its size")
    rows = np.broadcast_to(np.arange(len(flat))[:, None], flat.shape)[inside]
    weights = np.broadcast_to((1.0 / counts)[:, None], flat.shape)[inside]
    return Tensor(graph.affine(rows, flat[inside], weights, np.zeros(len(flat))).reshape(parts.shape[:-1]))


def adaptive_max_pool(graph: Graph, value: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Return the largest value of each part."""
    parts = _parts(value, sizes)
    return Tensor(largest_of_rows(graph, parts.reshape(-1, parts.shape[-1])).reshape(parts.shape[:-1]))
