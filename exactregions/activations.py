"""The activation between the layers of files that hold tensors alone, by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError, listed
from exactregions.support.arrays import as_array
from exactregions.support.shortening import short
from exactregions.weights import exact_floats

Activation = str | float | Sequence[str | float]
"""A name as "relu" or "leaky_relu(0.1)", or the slope below zero; one for all hidden layers, or one each."""

SLOPES = {"relu": (0.0, 1.0), "identity": (1.0, 1.0), "linear": (1.0, 1.0), "none": (1.0, 1.0), "abs": (-1.0, 1.0)}
LEAKY = re.compile(r"(leaky_?relu|prelu)(?:\(([^()]*)\))?")
CURVED = ("tanh", "sigmoid", "logistic", "gelu", "elu", "selu", "silu", "swish", "softplus", "mish", "softmax")
LATER = ("relu6", "hardtanh", "hardsigmoid", "maxout")


def slopes_named(activation: Activation, hidden: int, narrow: bool) -> list[tuple[float, float]]:
    """Return the slopes below and above zero of each hidden layer.

    Parameters
    ----------
    activation : str, float or sequence of them
    hidden : int
        Number of hidden layers.
    narrow : bool
        Whether the source computes in float32 or less, and rounds a slope to float32.

    Raises
    ------
    NetworkError
        If the name is unknown or the number does not fit.
    UnsupportedLayerError
        If it has no two slopes.
    """
    given = _unwrapped(activation)
    single = isinstance(given, str) or not isinstance(given, Iterable)
    names = [given] * hidden if single else listed(given, "activation", NetworkError)
    if len(names) != hidden:
        raise NetworkError(f"{len(names)} activations are given for {hidden} hidden layers; give one, or one each")
    return [_slopes(name, narrow) for name in names]


def _unwrapped(activation: Any) -> Any:
    """Return the number in an array, a tensor or a numpy scalar without axes; anything else as it is."""
    if not (hasattr(activation, "detach") or hasattr(activation, "__array__")):
        return activation
    values = as_array(activation, "activation", NetworkError)
    return values if values.ndim else values.item()


def _slopes(given: object, narrow: bool) -> tuple[float, float]:
    activation = _unwrapped(given)
    if isinstance(activation, int | float | np.floating) and not isinstance(activation, bool):
        return _rounded(activation, narrow), 1.0
    if not isinstance(activation, str):
        raise NetworkError(
            f"the activation {short(activation)} is no name and no slope; give 'relu' or 'leaky_relu(0.1)'"
        )
    name = activation.strip().lower().replace("-", "_")
    leaky = LEAKY.fullmatch(name)
    if leaky:
        try:
            slope = float(leaky[2]) if leaky[2] else 0.01
        except ValueError:
            raise NetworkError(f"the activation {short(activation)} has no number as its slope") from None
        return _rounded(slope, narrow), 1.0
    if name in SLOPES:
        return SLOPES[name]
    if name in CURVED:
        raise UnsupportedLayerError(f"the activation {short(activation)} is not piecewise linear")
    if name in LATER:
        raise UnsupportedLayerError(f"the activation {short(activation)} is read from modules and ONNX models only")
    raise NetworkError(
        f"the activation {short(activation)} is unknown; known are {', '.join(SLOPES)} and leaky_relu(slope)"
    )


def _rounded(slope: Any, narrow: bool) -> float:
    exact = exact_floats([slope], "slope", 1)
    with np.errstate(over="ignore"):  # a slope beyond float32 is infinite, and refused by the stage
        return float(exact.astype(np.float32)[0] if narrow else exact[0])
