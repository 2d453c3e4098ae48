"""Piecewise linear functions of one value, as two-slope units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.importers.graph.core import Graph, Tensor
from exactregions.importers.graph.linear import add, broadcast, scale_and_shift

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


def two_slopes(graph: Graph, value: Tensor, low: Any, high: Any) -> Tensor:
    """Return high * max(value, 0) + low * min(value, 0)."""
    return Tensor(graph.units(value.references, low, high))


def relu(graph: Graph, value: Tensor) -> Tensor:
    """Return max(value, 0)."""
    return two_slopes(graph, value, 0.0, 1.0)


def leaky(graph: Graph, value: Tensor, slope: Any) -> Tensor:
    """Return value above zero, slope times value below; one slope, or an array of them that is broadcast."""
    slopes = np.asarray(slope, np.float64)
    if broadcast(value.shape, slopes.shape) != value.shape:
        raise NetworkError(f"slopes of shape {slopes.shape} do not fit values {value.shape}")
    return two_slopes(graph, value, slopes, 1.0)


def absolute(graph: Graph, value: Tensor) -> Tensor:
    """Return |value|."""
    return two_slopes(graph, value, -1.0, 1.0)


def clip(graph: Graph, value: Tensor, lower: float | None, upper: float | None) -> Tensor | NDArray[np.float64]:
    """Return max(lower, min(value, upper)); None, infinity and the largest float32 are no bound.

    Parallel cuts of one form, lower + relu(value - lower) - relu(value - upper): three pieces.
    """
    lower = None if lower is None or lower <= -LARGEST_FLOAT32 else float(lower)
    upper = None if upper is None or upper >= LARGEST_FLOAT32 else float(upper)
    if lower is not None and upper is not None and lower >= upper:
        return np.full(value.shape, upper)
    if lower is None and upper is None:
        return value
    if lower is None:
        under = two_slopes(graph, _less(graph, value, upper), 1.0, 0.0)
        return add(graph, [(1.0, under), (1.0, np.array(upper))])
    above = relu(graph, _less(graph, value, lower))
    terms: list[tuple[float, Any]] = [(1.0, above), (1.0, np.array(lower))]
    if upper is not None:
        terms.append((-1.0, relu(graph, _less(graph, value, upper))))
    return add(graph, terms)


def _less(graph: Graph, value: Tensor, bound: float | None) -> Tensor:
    return scale_and_shift(graph, value, 1.0, -(bound or 0.0))


def soft_shrink(graph: Graph, value: Tensor, threshold: float) -> Tensor:
    """Return the value moved towards zero by a threshold, and zero where it is smaller."""
    if threshold < 0:
        raise NetworkError(f"the threshold is {threshold}; a negative one makes jumps")
    above = relu(graph, _less(graph, value, threshold))
    below = two_slopes(graph, _less(graph, value, -threshold), 1.0, 0.0)
    return add(graph, [(1.0, above), (1.0, below)])
