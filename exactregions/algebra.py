"""Networks made of networks, by wires: nothing is multiplied out in floats."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from exactregions.network import Network, Stage

__all__ = ["with_output_units"]


def with_output_units(network: Network, weight: ArrayLike, bias: ArrayLike) -> Network:
    """Return a network with a last stage of ReLU units on its outputs: z = weight f(x) + bias.

    Parameters
    ----------
    network : Network
    weight : array_like, shape (k, outputs)
    bias : array_like, shape (k,)

    Returns
    -------
    Network
        Its outputs are those of the units. The units of the given network come first in a pattern.
    """
    outputs, last = Stage.wires(network.matrix, network.bias), Stage.relu(weight, bias)
    k = len(last.bias)
    return Network((*network.stages, outputs, last), np.eye(k), np.zeros(k), network.winners)
