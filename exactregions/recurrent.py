"""Recurrent networks with ReLU as feed-forward ones: unrolled over a number of steps, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from exactregions.errors import NetworkError
from exactregions.importers.graph.core import Floats, Graph, Tensor
from exactregions.importers.graph.linear import add
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.matrices import matmul
from exactregions.importers.graph.recurrent import RecurrentLayer, unrolled
from exactregions.network import Network
from exactregions.support.shortening import short
from exactregions.weights import exact_floats

if TYPE_CHECKING:
    import torch

__all__ = ["RecurrentLayer", "unroll"]

FREE = ("sequence", "initial_state", "both")


def unroll(
    rnn: torch.nn.Module | RecurrentLayer | Sequence[RecurrentLayer],
    steps: int,
    inputs: str | Sequence[int] = "sequence",
    *,
    sequence: ArrayLike | None = None,
    initial_state: ArrayLike | None = None,
    readout: torch.nn.Module | tuple[ArrayLike, ArrayLike | None] | None = None,
    outputs: str = "last",
) -> Network:
    """Return a recurrent network over a number of steps as one network, with the same weights in each step.

    The units of a step are ReLU units, in the order of steps, in a step from the lowest layer up; what a later step
    reads rides on wires. Nothing is multiplied out in floats.

    Parameters
    ----------
    rnn : torch.nn.RNN, torch.nn.RNNCell, RecurrentLayer or list of them
        With ReLU, one direction; the lowest layer first.
    steps : int
    inputs : {"sequence", "initial_state", "both"} or list of int
        What is free: the values x_1, .., x_T of all steps; the state h_0 of all layers; the sequence and then the
        state; or the values of the steps named, from 0 on. All else is fixed.
    sequence : array_like, shape (steps, n), optional
        The values of steps that are fixed; zero by default.
    initial_state : array_like, shape (layers, h) or (h,), optional
        The state where it is fixed; zero by default.
    readout : torch.nn.Linear or (weight, bias), optional
        An affine map of the highest layer: y_t = V h_t + c.
    outputs : {"last", "every"}
        The values after the last step, or after every step, one after the other.

    Raises
    ------
    UnsupportedLayerError
        If the module is an LSTM, a GRU, bidirectional, or has another activation than ReLU.
    NetworkError
        If shapes do not fit, a value is not finite, or an option is another.

    Examples
    --------
    Two units make a tent of the input, which every step folds again:

    >>> from exactregions import Box, count_regions
    >>> tent = RecurrentLayer([[1.0], [1.0]], [[2.0, -4.0], [2.0, -4.0]], [0.0, -0.5])
    >>> network = unroll(tent, 5, inputs=[0])
    >>> count_regions(network, Box([0.0], [1.0]))
    32
    """
    steps = _steps(steps)
    layers = _layers(rnn)
    if outputs not in ("last", "every"):
        raise NetworkError(f"outputs is {short(outputs)}; give 'last' or 'every'")
    graph = Graph()
    values = _sequence(graph, steps, len(layers[0].weight[0]), inputs, sequence)
    states = _states(graph, layers, inputs, initial_state)
    for layer, state in zip(layers, states, strict=True):
        values = unrolled(graph, values, state, layer)
    wanted = values if outputs == "every" else values[-1:]
    if readout is not None:
        wanted = [_read(graph, value, *_affine(readout)) for value in wanted]
    return lower(graph, np.concatenate([value.references.ravel() for value in wanted]))


def _steps(steps: Any) -> int:
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
        raise NetworkError(f"steps is {short(steps)}; give a positive integer")
    return int(steps)


def _layers(rnn: Any) -> list[RecurrentLayer]:
    if isinstance(rnn, RecurrentLayer):
        return [rnn]
    if isinstance(rnn, Sequence) and rnn and all(isinstance(layer, RecurrentLayer) for layer in rnn):
        return list(rnn)
    from exactregions.importers.torch.recurrent import layers_of

    return layers_of(rnn)


def _sequence(graph: Graph, steps: int, width: int, inputs: Any, given: ArrayLike | None) -> list[Tensor]:
    """Return the values of each step: inputs, or the constants that are given."""
    free = _free_steps(inputs, steps)
    fixed = _fixed(given, (steps, width), "sequence")
    values = graph.constants(fixed) if len(free) < steps else np.zeros((steps, width), dtype=np.int64)
    if free:
        values[free] = graph.inputs((1, len(free), width)).references[0]
    return [Tensor(row) for row in values]


def _free_steps(inputs: Any, steps: int) -> list[int]:
    if isinstance(inputs, str):
        if inputs not in FREE:
            raise NetworkError(f"inputs is {short(inputs)}; give one of {FREE}, or a list of steps")
        return [] if inputs == "initial_state" else list(range(steps))
    free = list(inputs) if isinstance(inputs, Sequence | np.ndarray) else [inputs]
    whole = all(isinstance(t, int | np.integer) and not isinstance(t, bool) and 0 <= t < steps for t in free)
    if not free or not whole or len(set(free)) < len(free):
        raise NetworkError(f"inputs is {short(inputs)}; give different steps, from 0 to {steps - 1}")
    return sorted(int(t) for t in free)


def _states(graph: Graph, layers: Sequence[RecurrentLayer], inputs: Any, given: ArrayLike | None) -> list[Tensor]:
    widths = {len(layer.weight) for layer in layers}
    if isinstance(inputs, str) and inputs in ("initial_state", "both"):
        parts = np.cumsum([len(layer.weight) for layer in layers])
        if given is not None:
            raise NetworkError("initial_state is given, and free; leave one of both out")
        return [Tensor(part) for part in np.split(graph.inputs((int(parts[-1]),)).references, parts[:-1])]
    if given is None:
        return [Tensor(graph.constants(np.zeros(len(layer.weight)))) for layer in layers]
    if len(widths) > 1:
        raise NetworkError(
            f"layers have {sorted(widths)} units; an initial state is taken where they have equally many"
        )
    rows = np.atleast_2d(np.asarray(given))
    fixed = _fixed(rows, (len(layers), widths.pop()), "initial_state")
    return [Tensor(row) for row in graph.constants(fixed)]


def _fixed(given: ArrayLike | None, shape: tuple[int, int], name: str) -> Floats:
    if given is None:
        return np.zeros(shape)
    values = exact_floats(given, name, 2)
    if values.shape != shape:
        raise NetworkError(f"{name} has shape {values.shape}; it needs {shape}")
    return values


def _affine(readout: Any) -> tuple[Floats, Floats]:
    if hasattr(readout, "weight"):
        from exactregions.importers.torch.walk import widened

        bias = readout.bias
        readout = widened(readout.weight, "readout").numpy(), None if bias is None else widened(bias, "bias").numpy()
    if not isinstance(readout, tuple | list) or len(readout) != 2:
        raise NetworkError(f"readout is {short(readout)}; give a torch.nn.Linear, or weight and bias")
    weight = exact_floats(readout[0], "readout weight", 2)
    bias = np.zeros(len(weight)) if readout[1] is None else exact_floats(readout[1], "readout bias", 1)
    return weight, bias


def _read(graph: Graph, value: Tensor, weight: Floats, bias: Floats) -> Tensor:
    if weight.shape[1] != value.shape[-1] or bias.shape != weight.shape[:1]:
        raise NetworkError(
            f"readout has shapes {weight.shape} and {bias.shape}; the layer has {value.shape[-1]} units, a row each"
        )
    return add(graph, [(1.0, matmul(graph, value, weight.T)), (1.0, bias)])
