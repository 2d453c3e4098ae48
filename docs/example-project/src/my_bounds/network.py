"""A network of one's own, from any framework; here its weights are drawn."""

from __future__ import annotations

import numpy as np

from exactregions import Network


def my_network() -> Network:
    """Return a network with 3 inputs and two layers of 16 ReLUs.

    From torch it would be `Network.from_torch(model)`, from a file `exactregions.load("model.onnx")`.
    """
    rng = np.random.default_rng(0)
    weights, biases = [], []
    for fan_in, fan_out in ((3, 16), (16, 16), (16, 1)):
        weights.append(rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)))
        biases.append(rng.normal(0, 0.5, fan_out))
    return Network.from_layers(weights, biases)
