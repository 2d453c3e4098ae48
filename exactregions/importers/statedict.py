"""From the named tensors of a multilayer perceptron to its layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from exactregions.activations import Activation, slopes_named
from exactregions.errors import FileFormatError, UnsupportedLayerError
from exactregions.importers.lowering import Slopes, stack
from exactregions.network import Network
from exactregions.support.shortening import short, short_list, short_text

Tensor = NDArray[np.floating]
NAMES = 200  # characters of a list of names
LONGEST_CHAIN = 8  # layers whose order is looked for by their sizes


def network_of(tensors: Mapping[str, Tensor], activation: Activation | None, prefix: str | None) -> Network:
    """Make the network of a state dict; nothing is guessed.

    Parameters
    ----------
    tensors : mapping of str to numpy.ndarray
        ``<layer>.weight``, shape (m, n), and ``<layer>.bias``, shape (m,), in the order of the file.
    activation : str, float or sequence, optional
        May be left out where there is no hidden layer.
    prefix : str, optional
        Which part of the names; "" takes all of several parts as one network.

    Raises
    ------
    FileFormatError
        If no activation is named, the parts are several, or neither names nor sizes tell the order of layers.
    UnsupportedLayerError
        If a tensor belongs to another kind of layer.
    NetworkError
        If shapes do not chain or a value is not finite.
    """
    chosen = _part(tensors, prefix)
    check_shapes({name: value.shape for name, value in chosen.items()})
    layers = layers_of({name: chosen[name] for name in _order(chosen)})
    narrow = all(value.dtype != np.float64 for value in chosen.values())
    return stack(layers, named_slopes(activation, len(layers) - 1, narrow))


def named_slopes(activation: Activation | None, hidden: int, narrow: bool) -> list[Slopes]:
    """Return the slopes of the hidden layers.

    Raises
    ------
    FileFormatError
        If there are such layers and no activation is named.
    """
    if activation is None and hidden:
        raise FileFormatError(
            "it holds tensors and no architecture; name the activation between its layers: activation='relu', "
            "'leaky_relu(0.1)', .. (--activation on the command line)"
        )
    return list(slopes_named(activation if activation is not None else "relu", hidden, narrow))


def _part(tensors: Mapping[str, Tensor], prefix: str | None) -> dict[str, Tensor]:
    """Return the tensors under a prefix; refuse several networks where none is named."""
    if prefix:
        start = prefix.rstrip(".") + "."
        chosen = {name: value for name, value in tensors.items() if name.startswith(start)}
        if not chosen:
            raise FileFormatError(
                f"no tensor's name begins with {short(start)}; there are {short_list(list(tensors), NAMES, str)}"
            )
        return chosen
    if prefix is None:
        parts: dict[str, set[str]] = {}
        for name in tensors:
            head, dot, rest = _layer(name).removeprefix("module.").partition(".")
            parts.setdefault(head if dot else "", set()).add(rest)
        several = sorted(head for head, layers in parts.items() if head and len(layers) > 1)
        if len(several) > 1:
            raise FileFormatError(
                f"it may hold several networks, {short_list(several, NAMES, short)}; name one: prefix= (--prefix), or "
                "prefix='' for all of them in a row"
            )
    return dict(tensors)


def _order(tensors: Mapping[str, Tensor]) -> list[str]:
    """Return the names in the order of their layers: by their numbers, or the only one in which sizes chain."""
    try:
        return numbered_order(tensors)
    except FileFormatError:
        places = list(dict.fromkeys(_layer(name) for name in tensors))
        weights = {place: tensors.get(_under(place, "weight")) for place in places}
        sizes = {place: weight.shape for place, weight in weights.items() if weight is not None}
        if len(sizes) < len(places):  # layers_of names the bias that is alone
            return list(tensors)
        orders = list(islice(_chains(sizes), 2)) if len(places) <= LONGEST_CHAIN else []
        if len(orders) != 1:
            raise
        return [name for place in orders[0] for name in tensors if _layer(name) == place]


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _chains(sizes: Mapping[str, Sequence[int]], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the orders in which each layer takes what the one before gives."""
    if len(before) == len(sizes):
        yield before
    for place, (_, n) in sizes.items():
        if place not in before and (not before or sizes[before[-1]][0] == n):
            yield from _chains(sizes, (*before, place))


def check_shapes(shapes: Mapping[str, Sequence[int]]) -> None:
    """Refuse tensors that are no weights and biases of linear layers; all of them are named.

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
    foreign = [
        f"layer {places.index(_layer(name))} ({short(_layer(name))}) has {short_text(name)} "
        f"of shape {short(tuple(shape))}"
        for name, shape in shapes.items()
        if len(shape) != {"weight": 2, "bias": 1}.get(name.rpartition(".")[2])
    ]
    if foreign:
        shown = next((k for k in (4, 2) if len("; ".join(foreign[:k])) <= NAMES), 1)
        more = f"; and {len(foreign) - shown} more" if len(foreign) > shown else ""
        raise UnsupportedLayerError(
            f"{'; '.join(foreign[:shown])}{more}: no Linear. Only weights of shape (m, n) and biases of shape (m,) are "
            "read from a state dict; load it into its module and use Network.from_torch, or export that to ONNX",
            tuple(foreign),
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
            raise FileFormatError(
                f"{short_text(prefix)}bias has no {short_text(prefix)}weight beside it; save the whole file"
            )
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
    ordered = sorted(names, key=by_numbers)
    for before, after in pairwise(dict.fromkeys(_layer(name) for name in ordered)):
        a, b = by_numbers(before), by_numbers(after)
        first = next((i for i, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), None)
        if first is None or not first % 2:
            raise FileFormatError(
                f"the names do not tell whether layer {short(before)} or {short(after)} comes first; number the "
                "layers, as nn.Sequential does (0.weight, 2.weight, ..)"
            )
    return ordered


def by_numbers(name: str) -> list[str | int]:
    """Split a name into text (at even places) and numbers (at odd places)."""
    return [int(part) if i % 2 else part for i, part in enumerate(re.split(r"([0-9]{1,4000})", name))]
