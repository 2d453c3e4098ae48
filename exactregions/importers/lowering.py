"""From the layers of files to stages, and back."""

from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import FileFormatError, NetworkError
from exactregions.network import Network, Stage, Winner
from exactregions.support.shortening import short

Slopes = tuple[ArrayLike, ArrayLike]
"""Slopes of the units of a layer below and above zero: each a number, or one a unit."""


def stack(layers: Sequence[tuple[ArrayLike, ArrayLike]], slopes: Sequence[Slopes] | None = None) -> Network:
    """Make a network of layers of which the last is the output.

    Parameters
    ----------
    layers : sequence of (weight, bias)
        Shapes (m, n) and (m,).
    slopes : sequence of (low, high), optional
        One pair for each layer but the last; ReLU where left out.

    Raises
    ------
    NetworkError
        If the numbers or the shapes do not fit, or a value is not finite.
    """
    pairs = [(0.0, 1.0)] * (len(layers) - 1) if slopes is None else list(slopes)
    if len(pairs) != len(layers) - 1:
        raise NetworkError(f"slopes are given for {len(pairs)} hidden layers and there are {len(layers) - 1}")
    hidden = zip(layers[:-1], pairs, strict=True)
    stages = [_stage(w, b, pair, i) for i, ((w, b), pair) in enumerate(hidden)]
    return Network(tuple(stages), *layers[-1])  # type: ignore[arg-type]


def _stage(weight: ArrayLike, bias: ArrayLike, slopes: Slopes, position: int) -> Stage:
    m = np.shape(weight)[:1]
    low, high = (np.full(m, s) if np.ndim(s) == 0 else s for s in slopes)
    try:
        return Stage(weight, bias, low, high)
    except NetworkError as error:
        raise NetworkError(f"layer {position}: {error}") from None


def dumped_winners(winners: Sequence[Winner]) -> str:
    """Return winner units as JSON."""
    return json.dumps([[winner.units, winner.contests] for winner in winners])


def with_winners(network: Network, text: str | None) -> Network:
    """Return the network with the winner units that `dumped_winners` wrote.

    Raises
    ------
    FileFormatError
        If the text is damaged.
    """
    if text is None:
        return network
    try:
        winners = [Winner(units, contests) for units, contests in json.loads(text)]
        return replace(network, winners=winners)
    except (ValueError, TypeError, RecursionError) as error:
        raise FileFormatError(f"its winner units are damaged ({error})") from None


def with_input_shape(network: Network, shape: Any) -> Network:
    """Return the network with the shape of its inputs as a file has it, None where it has none.

    Raises
    ------
    FileFormatError
        If that is no shape of its inputs.
    """
    if shape is None:
        return network
    try:
        return replace(network, input_shape=[operator.index(n) for n in shape])
    except (TypeError, NetworkError):
        raise FileFormatError(f"its input_shape {short(shape)} is none of {network.inputs} inputs") from None


def slopes_of(stage: Stage) -> tuple[float | list[float], float | list[float]]:
    """Return the slopes below and above zero, each a number where all units agree, else one a unit."""
    low, high = (s[0].item() if (s == s[0]).all() else s.tolist() for s in (stage.low, stage.high))
    return low, high


def float32_if_exact(arrays: Sequence[NDArray[np.float64]]) -> list[NDArray[np.floating]]:
    """Return the arrays in float32 where that changes no value of any of them, else as they are."""
    with np.errstate(over="ignore"):  # a value beyond float32 becomes inf, and the comparison sees it
        narrow = [a.astype(np.float32) for a in arrays]
    exact = all(np.array_equal(n.astype(np.float64), a) for n, a in zip(narrow, arrays, strict=True))
    return list(narrow if exact else arrays)
