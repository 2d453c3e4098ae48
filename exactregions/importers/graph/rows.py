"""Networks of a whole batch read as the network of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.importers.graph.core import Graph, References, Tensor
from exactregions.importers.graph.lowering import live_scalars, lower
from exactregions.network import Network, Stage


def one_row(graph: Graph, inputs: Sequence[Tensor], result: Tensor | NDArray[Any], batch: int) -> Network:
    """Return the network of the first row of all inputs and of the result.

    Raises
    ------
    NetworkError
        If `batch` is not 1, the first dimensions differ, or the rows are not independent of each other and alike.
    """
    references = graph.references(result)
    counts = {value.shape[:1] for value in (*inputs, Tensor(references))}
    if batch != 1 or len(counts) != 1 or () in counts:
        raise NetworkError(f"batch is {batch} and first dimensions are {sorted(counts)}; batch=1 needs equal ones")
    first, last = (_row(graph, inputs, references, row) for row in (0, -1))
    if first != last:
        raise NetworkError("its rows are not one function, so its first dimension is no batch")
    return first


def _row(graph: Graph, inputs: Sequence[Tensor], result: References, row: int) -> Network:
    own = np.concatenate([value.references[row].ravel() for value in inputs])
    every = np.concatenate([value.references.ravel() for value in inputs])
    foreign = np.setdiff1d(every, own)
    if live_scalars(graph, result[row].ravel())[foreign].any():
        raise NetworkError("a row of its output depends on several rows of its input: its first dimension is no batch")
    network = lower(graph, result[row])
    kept = np.searchsorted(np.sort(every), own)
    shape = graph.input_shape and graph.input_shape[1:]
    if not network.stages:
        return Network((), network.matrix[:, kept], network.bias, notes=network.notes, input_shape=shape)
    head = network.stages[0]
    stages = (Stage(head.matrix[:, kept], head.bias, head.low, head.high), *network.stages[1:])
    return Network(stages, network.matrix, network.bias, network.winners, network.notes, input_shape=shape)
