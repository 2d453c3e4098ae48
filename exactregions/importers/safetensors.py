"""Safetensors files: ``0.weight``-style names, as `torch.nn.Sequential` gives them.

Layers are ordered by the numbers in their names, which may be nested (``net.2.weight``, ``net.10.weight``).
Tensors hold no architecture: the activation is asked for, unless the metadata has a key ``exactregions.slopes``, a
JSON list of one pair [low, high] for each layer but the last: the slopes of its units below and above zero, each a
number or a list of one number a unit. ReLU is [0, 1], LeakyReLU with slope a is [a, 1], no activation [1, 1].
`exactregions.save` writes that key.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.activations import Activation
from exactregions.errors import FileFormatError, NetworkError
from exactregions.importers.lowering import (
    Slopes,
    dumped_winners,
    float32_if_exact,
    slopes_of,
    stack,
    with_input_shape,
    with_winners,
)
from exactregions.importers.sniffing import content_of
from exactregions.importers.statedict import by_numbers, check_shapes, layers_of, network_of, numbered_order
from exactregions.network import Network, Stage

SLOPES, WINNERS, SHAPE = "exactregions.slopes", "exactregions.winners", "exactregions.input_shape"
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def read(path: Path, *, activation: Activation | None = None, prefix: str | None = None) -> Network:
    """Read a network; see the module for the names.

    Raises
    ------
    FileFormatError
        If the file is truncated or foreign, no activation is named, or the names do not tell the layers.
    UnsupportedLayerError
        If a tensor belongs to another layer than a linear one.
    NetworkError
        If shapes do not chain or a value is not finite.
    """
    from safetensors import SafetensorError, deserialize

    data = content_of(path)
    try:  # deserialize gives the tensors in another order each time
        found = dict(sorted(deserialize(data), key=lambda tensor: by_numbers(tensor[0])))
    except SafetensorError as error:
        raise FileFormatError(f"it is no whole safetensors file ({error}); write it again") from None
    tensors = {name: _array(name, found[name]) for name in found}
    metadata = _metadata(data)
    slopes = _slopes(metadata.get(SLOPES))
    if slopes is None or activation is not None or prefix is not None:
        return network_of(tensors, activation, prefix)
    check_shapes({name: value.shape for name, value in tensors.items()})
    network = stack(layers_of({name: tensors[name] for name in numbered_order(tensors)}), slopes)
    return with_input_shape(with_winners(network, metadata.get(WINNERS)), _shape(metadata.get(SHAPE)))


def _array(name: str, tensor: dict[str, Any]) -> NDArray[np.floating]:
    data, kind = tensor["data"], tensor["dtype"]
    if not name.endswith(("weight", "bias")):
        return np.zeros(tensor["shape"])  # it is refused by its name, with its shape
    if kind == "BF16":  # the upper half of a float32
        flat = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif kind in TYPES:
        flat = np.frombuffer(data, TYPES[kind])
    else:
        raise NetworkError(f"{name} has type {kind}; weights are read from {', '.join(TYPES)} and BF16")
    return flat.reshape(tensor["shape"])


def _metadata(data: bytes) -> dict[str, str]:
    # an eight-byte length and a JSON header; deserialize has checked both
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return header.get("__metadata__") or {}  # null is none


def _slopes(text: str | None) -> list[Slopes] | None:
    if text is None:
        return None
    try:
        return [(np.array(low, np.float64), np.array(high, np.float64)) for low, high in json.loads(text)]
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise FileFormatError(f"the metadata {SLOPES!r} is no list of pairs [low, high] ({error})") from None


def _shape(text: str | None) -> list[int] | None:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"the metadata {SHAPE!r} is no list of numbers ({error})") from None


def dump(network: Network) -> bytes:
    """Return the content of the file, named as nn.Sequential(Linear, ReLU, .., Linear) names it.

    A stage of wires is a Linear without an activation behind it; slopes go into the metadata, so that the tensors
    alone fit `torch.nn.Module.load_state_dict`.
    """
    from safetensors.numpy import save

    layers = [(s.weight, s.bias) for s in network.stages] + [(network.weight, network.bias)]
    flat = float32_if_exact([array for layer in layers for array in layer])
    names = [f"{i}.{kind}" for i in _positions(network.stages) for kind in ("weight", "bias")]
    slopes = [slopes_of(stage) for stage in network.stages]
    tensors = {name: np.ascontiguousarray(array) for name, array in zip(names, flat, strict=True)}
    metadata = {SLOPES: json.dumps(slopes)}  # read back alone, the other keys beside it
    if network.winners:
        metadata[WINNERS] = dumped_winners(network.winners)
    if network.input_shape is not None:
        metadata[SHAPE] = json.dumps(network.input_shape)
    return save(tensors, metadata)


def _positions(stages: tuple[Stage, ...]) -> list[int]:
    positions = [0]
    for stage in stages:
        positions.append(positions[-1] + (1 if slopes_of(stage) == (1.0, 1.0) else 2))
    return positions
