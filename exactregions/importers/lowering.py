"""From a chain of affine maps and activations to stages, without rounding anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError
from exactregions.network import Network, Stage

__all__ = ["Activation", "Affine", "Slopes", "Step", "assemble", "float32_if_exact", "slopes_of", "stack"]

Slopes = tuple[ArrayLike, ArrayLike]
"""Slopes of the units of a layer below and above zero: each a number, or one a unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """The map x -> weight x + bias.

    Parameters
    ----------
    weight : numpy.ndarray, shape (m, n)
    bias : numpy.ndarray, shape (m,)
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]

    @classmethod
    def identity(cls, width: int) -> Affine:
        """Return the map that changes nothing."""
        return cls(np.eye(width), np.zeros(width))


@dataclass(frozen=True, slots=True)
class Activation:
    """The map x -> max(x, 0) + low min(x, 0) on every value."""

    low: float


Step = Affine | Activation


def assemble(steps: Iterable[Step], inputs: int) -> Network:
    """Make the network that applies the steps one after another.

    Two affine maps in a row are not multiplied, which would round: the first becomes a stage of wires. An
    activation that follows no affine map gets the identity, and so does the output of a network that ends in
    an activation.

    Parameters
    ----------
    steps : iterable of Affine or Activation
    inputs : int
        Number of inputs.

    Raises
    ------
    NetworkError
        If shapes do not chain or a value is not finite.
    """
    stages: list[Stage] = []
    pending, width = None, inputs
    for step in steps:
        if isinstance(step, Affine):
            if pending is not None:
                stages.append(_stage(pending, (1.0, 1.0), len(stages)))
            pending, width = step, len(step.weight)
        else:
            stages.append(_stage(pending or Affine.identity(width), (step.low, 1.0), len(stages)))
            pending = None
    output = pending or Affine.identity(width)
    return Network(tuple(stages), output.weight, output.bias)


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
    stages = [_stage(Affine(w, b), pair, i) for i, ((w, b), pair) in enumerate(hidden)]  # type: ignore[arg-type]
    return Network(tuple(stages), *layers[-1])  # type: ignore[arg-type]


def _stage(affine: Affine, slopes: Slopes, position: int) -> Stage:
    m = np.shape(affine.weight)[:1]
    low, high = (np.full(m, s) if np.ndim(s) == 0 else s for s in slopes)
    try:
        return Stage(affine.weight, affine.bias, low, high)  # type: ignore[arg-type]
    except NetworkError as error:
        raise NetworkError(f"layer {position}: {error}") from None


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
