"""NumPy archives: weights ``W0, W1, ..`` of shape (m, n) and biases ``b0, b1, ..`` of shape (m,).

A bias that is left out is zero. The units between the layers are ReLUs unless the archive has the keys
``low0, high0, ..``: the slopes of the units of layer 0, .. below and above zero, each a number or of shape
(m,). LeakyReLU with slope a is low = a; a layer without activation is low = high = 1. ``input_shape`` may hold the
shape of an input of several dimensions, as an image. Nothing is unpickled.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import FileFormatError
from exactregions.importers.lowering import (
    dumped_winners,
    float32_if_exact,
    slopes_of,
    stack,
    with_input_shape,
    with_winners,
)
from exactregions.network import Network
from exactregions.support.archives import read_arrays
from exactregions.support.shortening import short, short_list

KEYS = 200  # characters of a list of keys


def read(path: Path) -> Network:
    """Read a network; see the module for the keys.

    Raises
    ------
    FileFormatError
        If the file is no whole archive of arrays, or a key is unknown or missing.
    NetworkError
        If shapes do not chain or a value is not finite.
    """
    arrays = read_arrays(path)
    count = sum(re.fullmatch(r"W[0-9]+", key) is not None for key in arrays)
    missing = [f"W{i}" for i in range(count) if f"W{i}" not in arrays]
    if not count or missing:
        gap = (missing or ["W0"])[0]
        raise FileFormatError(
            f"it has the keys {short_list(sorted(arrays), KEYS, short)} and no {gap}; number weights from W0 on"
        )
    winners, shape = arrays.pop("winners", None), arrays.pop("input_shape", None)
    unknown = sorted(set(arrays) - _keys(count))
    if unknown:
        raise FileFormatError(
            f"the key {short(unknown[0])} is unknown beside {count} weights; known are W0, b0, W1, b1, .. and the "
            "slopes low0, high0, .. of all layers but the last"
        )
    weights = [arrays[f"W{i}"] for i in range(count)]
    layers = [(w, arrays.get(f"b{i}", np.zeros(np.shape(w)[:1]))) for i, w in enumerate(weights)]
    slopes = [(arrays.get(f"low{i}", 0.0), arrays.get(f"high{i}", 1.0)) for i in range(count - 1)]
    network = with_winners(stack(layers, slopes), None if winners is None else _text(winners))
    return with_input_shape(network, None if shape is None else shape.ravel().tolist())


def _text(array: NDArray[np.generic]) -> str:
    try:
        return array.astype(np.uint8).tobytes().decode()
    except (ValueError, TypeError) as error:
        raise FileFormatError(f"its winner units are damaged ({error})") from None


def _keys(count: int) -> set[str]:
    return {f"{k}{i}" for k in "Wb" for i in range(count)} | {
        f"{k}{i}" for k in ("low", "high") for i in range(count - 1)
    }


def dump(network: Network) -> bytes:
    """Return the content of the archive; slopes are stored for the layers that are not plain ReLUs."""
    layers = [(s.weight, s.bias) for s in network.stages] + [(network.weight, network.bias)]
    flat = float32_if_exact([array for layer in layers for array in layer])
    columns = {f"{'Wb'[i % 2]}{i // 2}": array for i, array in enumerate(flat)}
    for i, stage in enumerate(network.stages):
        if slopes_of(stage) != (0.0, 1.0):
            columns |= {f"low{i}": stage.low, f"high{i}": stage.high}
    if network.winners:
        columns["winners"] = np.frombuffer(dumped_winners(network.winners).encode(), dtype=np.uint8)  # type: ignore
    if network.input_shape is not None:
        columns["input_shape"] = np.array(network.input_shape)  # type: ignore
    stream = io.BytesIO()
    np.savez(stream, **columns)  # type: ignore[arg-type]
    return stream.getvalue()
