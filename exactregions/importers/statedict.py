"""From the named tensors of a multilayer perceptron to its layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import FileFormatError, UnsupportedLayerError

__all__ = ["check_shapes", "layers_of", "numbered_order"]

Tensor = NDArray[np.floating]


def check_shapes(shapes: Mapping[str, Sequence[int]]) -> None:
    """Refuse tensors that are no weights and biases of linear layers.

    Parameters
    ----------
    shapes : mapping of str to sequence of int
        Of ``<layer>.weight``, (m, n), and of ``<layer>.bias``, (m,).

    Raises
    ------
    UnsupportedLayerError
        If a tensor belongs to another kind of layer; it is named, with its position.
    """
    places = list(dict.fromkeys(_layer(name) for name in shapes))
    for name, shape in shapes.items():
        if len(shape) != {"weight": 2, "bias": 1}.get(name.rpartition(".")[2]):
            place = _layer(name)
            raise UnsupportedLayerError(
                f"layer {places.index(place)} ({place!r}) has {name} of shape {tuple(shape)}, so it is no "
                "Linear; only weights of shape (m, n) and biases of shape (m,) can be read from a state dict"
            )


def layers_of(tensors: Mapping[str, Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Pair the weights and biases of linear layers, in the order in which their names come first.

    Parameters
    ----------
    tensors : mapping of str to numpy.ndarray
        As `check_shapes` wants them; a layer without bias has the bias zero.

    Raises
    ------
    FileFormatError
        If there is no weight, or a bias without one.
    """
    places = dict.fromkeys(_layer(name) for name in tensors)
    layers = []
    for place in places:
        prefix = f"{place}." if place else ""
        if f"{prefix}weight" not in tensors:
            raise FileFormatError(f"{prefix}bias has no {prefix}weight beside it; save the whole state dict")
        weight = tensors[f"{prefix}weight"]
        layers.append((weight, tensors.get(f"{prefix}bias", np.zeros(len(weight), weight.dtype))))
    if not layers:
        raise FileFormatError("it holds no tensors; save the state dict of a network with a Linear layer")
    return layers


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def numbered_order(names: Iterable[str]) -> list[str]:
    """Sort names by the numbers in them, so that ``10.weight`` follows ``9.weight``.

    Raises
    ------
    FileFormatError
        If the layers differ in something else than a number: then the names do not tell the order.
    """
    ordered = sorted(names, key=_parts)
    for before, after in pairwise(dict.fromkeys(_layer(name) for name in ordered)):
        a, b = _parts(before), _parts(after)
        first = next((i for i, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), None)
        if first is None or not first % 2:
            raise FileFormatError(
                f"the names do not tell whether layer {before!r} or {after!r} comes first; number the "
                "layers, as nn.Sequential does (0.weight, 2.weight, ..)"
            )
    return ordered


def _parts(name: str) -> list[str | int]:
    """Split a name into text (at even places) and numbers (at odd places)."""
    return [int(part) if i % 2 else part for i, part in enumerate(re.split(r"([0-9]+)", name))]
