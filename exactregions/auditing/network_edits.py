"""Networks and domains with a part taken out, put in or replaced: the steps of mutation and of shrinking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.network import Network, Stage

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def with_stage(network: Network, index: int, stage: Stage) -> Network:
    """Return the network with another stage in this place."""
    stages = [*network.stages[:index], stage, *network.stages[index + 1 :]]
    return replace(network, stages=tuple(stages))


def reader(network: Network, index: int) -> Array:
    """Return the weight that reads the values of a stage; of stage -1, the inputs."""
    after = index + 1
    return network.stages[after].weight if after < len(network.stages) else network.weight


def with_reader(network: Network, index: int, weight: ArrayLike) -> Network:
    """Return the network in which another weight reads the values of a stage."""
    after = index + 1
    if after < len(network.stages):
        return with_stage(network, after, replace(network.stages[after], weight=weight))
    return replace(network, weight=weight)


def without_units(network: Network, index: int, gone: Mask) -> Network:
    """Return the network without some units of a stage, of which one at least must stay."""
    stage, kept = network.stages[index], ~gone
    smaller = Stage(stage.weight[kept], stage.bias[kept], stage.low[kept], stage.high[kept])
    return _with_both(network, index, (smaller,), reader(network, index)[:, kept])


def without_stage(network: Network, index: int) -> Network:
    """Return the network without a stage: what read it reads the stage before, columns cut or filled with zeros."""
    fan_in, weight = network.stages[index].weight.shape[1], reader(network, index)
    fitted = np.zeros((len(weight), fan_in))
    common = min(fan_in, weight.shape[1])
    fitted[:, :common] = weight[:, :common]
    return _with_both(network, index, (), fitted)


def without_inputs(network: Network, gone: Mask) -> Network:
    """Return the network without some inputs, of which one at least must stay."""
    return with_reader(replace(network, input_shape=None), -1, reader(network, -1)[:, ~gone])


def with_unit(network: Network, index: int, row: ArrayLike, bias: float, column: ArrayLike) -> Network:
    """Return the network with one more ReLU in a stage.

    Parameters
    ----------
    row : array_like, shape (fan_in,)
    column : array_like, shape (fan_out,)
        What the next weight multiplies its value with.
    """
    stage = network.stages[index]
    wider = Stage(
        np.vstack([stage.weight, row]), np.r_[stage.bias, bias], np.r_[stage.low, 0.0], np.r_[stage.high, 1.0]
    )
    return _with_both(network, index, (wider,), np.column_stack([reader(network, index), column]))


def _with_both(network: Network, index: int, instead: Sequence[Stage], weight: ArrayLike) -> Network:
    """Return the network with another stage in this place, or none, and the weight that reads its values.

    Units have other numbers then, so that the network has no winner units.
    """
    before, after = network.stages[:index], network.stages[index + 1 :]
    if not after:
        return Network((*before, *instead), weight, network.bias)
    stages = (*before, *instead, replace(after[0], weight=weight), *after[1:])
    return Network(stages, network.matrix, network.bias)
