"""The activation between the layers of files that hold tensors alone, by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.support.shortening import short

__all__ = ["Activation", "slopes_named"]

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
    single = isinstance(activation, str | float | int)
    names = [activation] * hidden if single else list(activation)
    if len(names) != hidden:
        raise NetworkError(f"{len(names)} activations are given for {hidden} hidden layers; give one, or one each")
    return [_slopes(name, narrow) for name in names]


def _slopes(activation: object, narrow: bool) -> tuple[float, float]:
    if isinstance(activation, int | float) and not isinstance(activation, bool):
        return _rounded(activation, narrow), 1.0
    if not isinstance(activation, str):
        raise NetworkError(
            f"the activation {short(activation)} is no name and no slope; give 'relu' or 'leaky_relu(0.1)'"
        )
    name = activation.strip().lower().replace("-", "_")
    leaky = LEAKY.fullmatch(name)
    if leaky:
        try:
            return _rounded(float(leaky[2]) if leaky[2] else 0.01, narrow), 1.0
        except ValueError:
            raise NetworkError(f"the activation {short(activation)} has no number as its slope") from None
    if name in SLOPES:
        return SLOPES[name]
    if name in CURVED:
        raise UnsupportedLayerError(f"the activation {short(activation)} is not piecewise linear")
    if name in LATER:
        raise UnsupportedLayerError(f"the activation {short(activation)} is read from modules and ONNX models only")
    raise NetworkError(
        f"the activation {short(activation)} is unknown; known are {', '.join(SLOPES)} and leaky_relu(slope)"
    )


def _rounded(slope: float, narrow: bool) -> float:
    return float(np.float32(slope)) if narrow else float(slope)
