"""The operator RNN with ReLU: one recurrent layer over the steps of a sequence."""

from __future__ import annotations

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Tensor
from exactregions.importers.graph.recurrent import RecurrentLayer, unrolled
from exactregions.importers.obstacles import NEVER, NOT_YET
from exactregions.importers.onnx.call import Array, Call, Operand, operator
from exactregions.support.shortening import short


@operator("RNN")
def _recurrent(call: Call) -> list[Operand]:
    _require_relu(call)
    by_batch = bool(call.attribute("layout", 0))
    values = call.tensor(0).references
    if values.ndim != 3:
        raise NetworkError(f"it reads shape {values.shape}; a sequence has steps, a batch and values")
    values = values.swapaxes(0, 1) if by_batch else values
    _require_whole(call, len(values))
    layer = _layer(call)
    state = _state(call, values.shape[1], len(layer.weight), by_batch)
    found = np.stack([t.references for t in unrolled(call.graph, [Tensor(step) for step in values], state, layer)])
    last, every = found[-1], found[:, None]  # one direction
    results: list[Operand] = [Tensor(every), Tensor(last[None])]
    if by_batch:
        results = [Tensor(every.transpose(2, 0, 1, 3)), Tensor(last[:, None])]
    return results[: call.results]


def _require_relu(call: Call) -> None:
    names = [bytes(name).decode(errors="replace") for name in call.attribute("activations", ())] or ["Tanh"]
    if any(name.lower() != "relu" for name in names):
        raise UnsupportedLayerError(NEVER)
    direction = bytes(call.attribute("direction", b"forward")).decode(errors="replace")
    if direction != "forward":
        raise UnsupportedLayerError(f"its direction is {short(direction)}: {NOT_YET}")
    if call.attribute("clip") is not None:
        raise UnsupportedLayerError(f"it clips what its units read: {NOT_YET}")


def _require_whole(call: Call, steps: int) -> None:
    lengths = call.constant(4, "the length of its sequences")
    if lengths is not None and (np.ravel(lengths) != steps).any():
        raise UnsupportedLayerError(f"it ends sequences before the last of {steps} steps: {NOT_YET}")


def _layer(call: Call) -> RecurrentLayer:
    weight, recurrent = call.needed(1, "its weight W"), call.needed(2, "its weight R")
    bias = call.constant(3, "its bias B")
    for name, array, ndim in (("W", weight, 3), ("R", recurrent, 3), ("B", bias, 2)):
        if array is not None and (array.ndim != ndim or len(array) != 1):
            raise NetworkError(f"its {name} has shape {array.shape}; one direction needs {ndim} dimensions, 1 first")
    halves: list[Array] = [] if bias is None else np.split(bias[0], [bias.shape[1] // 2])
    return RecurrentLayer(weight[0], recurrent[0], *halves)


def _state(call: Call, batch: int, units: int, by_batch: bool) -> Tensor:
    if call.operand(5) is None:
        return Tensor(call.graph.constants(np.zeros((batch, units))))
    given = call.tensor(5).references
    wanted = (batch, 1, units) if by_batch else (1, batch, units)
    if given.shape != wanted:
        raise NetworkError(f"its initial state has shape {given.shape}; it needs {wanted}")
    return Tensor(given.reshape(batch, units))
