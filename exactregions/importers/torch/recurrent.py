"""The recurrent modules of torch: their layers, and which of them are refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.recurrent import RecurrentLayer
from exactregions.importers.obstacles import NEVER, NOT_YET
from exactregions.importers.torch.loading import torch_module
from exactregions.importers.torch.walk import widened


def layers_of(module: Any) -> list[RecurrentLayer]:
    """Return the layers of a `torch.nn.RNN` or `RNNCell` with ReLU, the lowest one first.

    Raises
    ------
    UnsupportedLayerError
        If it is an LSTM, a GRU, bidirectional, or has another activation.
    NetworkError
        If it is another module.
    """
    nn = torch_module().nn
    kind = type(module).__name__
    if isinstance(module, nn.LSTM | nn.GRU | nn.LSTMCell | nn.GRUCell):
        raise UnsupportedLayerError(f"{kind}: its gates are sigmoids: {NEVER}")
    if not isinstance(module, nn.RNN | nn.RNNCell):
        raise NetworkError(f"a {kind} was given; give a torch.nn.RNN or RNNCell, or a list of RecurrentLayer")
    if module.nonlinearity != "relu":
        raise UnsupportedLayerError(f"{kind} with {module.nonlinearity}: {NEVER}; nonlinearity='relu' is read")
    if getattr(module, "bidirectional", False):
        raise UnsupportedLayerError(f"{kind}: it is bidirectional: {NOT_YET}")
    return [RecurrentLayer(*parameters) for parameters in _parameters(module)]


def _parameters(module: Any) -> Iterator[list[Any]]:
    suffixes = [f"_l{k}" for k in range(module.num_layers)] if hasattr(module, "num_layers") else [""]
    names = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if module.bias else ()))
    for suffix in suffixes:
        every = [name + suffix for name in names]
        yield [widened(getattr(module, name), name).numpy() for name in every]


def first_shape(module: Any, steps: int) -> tuple[int, ...]:
    """Return the shape of the input, a batch of one, of a module that begins with a recurrent one.

    Raises
    ------
    NetworkError
        If none is in it.
    """
    nn = torch_module().nn
    for part in module.modules():
        if isinstance(part, nn.RNNBase):
            return (1, steps, part.input_size) if part.batch_first else (steps, 1, part.input_size)
    raise NetworkError(f"steps={steps} is given, and the {type(module).__name__} has no torch.nn.RNN; leave it out")
