"""Recurrent layers with ReLU, unrolled in time: each step reads its input and the values of the step before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from exactregions.errors import NetworkError
from exactregions.importers.graph.core import Floats, Graph, Tensor
from exactregions.importers.graph.linear import add
from exactregions.importers.graph.matrices import matmul
from exactregions.importers.graph.units import relu
from exactregions.weights import exact_floats


@dataclass(frozen=True, slots=True, eq=False, init=False)
class RecurrentLayer:
    """h_t = relu(weight x_t + recurrent h_{t-1} + bias), with one bias or the sum of several.

    Parameters
    ----------
    weight : array_like, shape (h, n)
        Of the values of the layer below.
    recurrent : array_like, shape (h, h)
        Of the values of the step before.
    *biases : array_like, shape (h,)
        None is zero. Their sum is the real one, also where floats would round it.

    Raises
    ------
    NetworkError
        If shapes do not fit or a value is not finite.
    """

    weight: Floats
    recurrent: Floats
    biases: tuple[Floats, ...]

    def __init__(self, weight: ArrayLike, recurrent: ArrayLike, *biases: ArrayLike) -> None:
        object.__setattr__(self, "weight", exact_floats(weight, "weight", 2))
        object.__setattr__(self, "recurrent", exact_floats(recurrent, "recurrent weight", 2))
        object.__setattr__(self, "biases", tuple(exact_floats(bias, "bias", 1) for bias in biases))
        h = len(self.weight)
        if not self.weight.size or self.recurrent.shape != (h, h) or any(bias.shape != (h,) for bias in self.biases):
            raise NetworkError(
                f"a recurrent layer has weight {self.weight.shape}, recurrent weight {self.recurrent.shape} and biases "
                f"{[bias.shape for bias in self.biases]}; {h} units need ({h}, inputs), ({h}, {h}) and ({h},)"
            )


def unrolled(graph: Graph, steps: Sequence[Tensor], state: Tensor, layer: RecurrentLayer) -> list[Tensor]:
    """Return the values of a layer after each step.

    Parameters
    ----------
    steps : sequence of Tensor, each of shape (.., n)
        What the layer reads in each step.
    state : Tensor, shape (.., h)
        Its values before the first one.
    """
    found = []
    weight = np.hstack([layer.weight, layer.recurrent])
    for value in steps:
        _require_width(value, layer.weight.shape[1], "a step")
        _require_width(state, len(layer.recurrent), "the initial state")
        read = Tensor(np.concatenate([value.references, state.references], axis=-1))
        terms: list[tuple[float, Any]] = [(1.0, bias) for bias in _biases(layer.biases)]
        state = relu(graph, add(graph, [(1.0, matmul(graph, read, weight.T)), *terms]))
        found.append(state)
    return found


def _require_width(value: Tensor, width: int, what: str) -> None:
    if value.shape[-1:] != (width,):
        raise NetworkError(f"{what} of a recurrent layer has shape {value.shape}; its weights take {width} values")


def _biases(biases: Sequence[Floats]) -> list[Floats]:
    """Return the sum of the biases where it is a float, else all of them."""
    if len(biases) != 2:
        return list(biases)
    first, second = biases
    total = first + second
    back = total - first
    # the error of a float sum, exactly (Knuth 1969; Moeller 1965)
    rest = (first - (total - back)) + (second - back)
    return list(biases) if rest.any() or not np.isfinite(total).all() else [total]
