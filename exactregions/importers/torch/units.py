"""Aten operators with kinks: ReLU and its relatives, clips, absolute values, maxima and minima."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph import linear, units, windows
from exactregions.importers.graph.adaptive import adaptive_max_pool
from exactregions.importers.graph.core import Tensor
from exactregions.importers.graph.winners import extreme_of, extreme_over
from exactregions.importers.torch.call import Call, aten
from exactregions.importers.torch.linear import adaptive_sizes, batched, pooling_windows


@aten("relu", "relu_")
def _relu(call: Call) -> Tensor:
    return units.relu(call.graph, call.tensor("self"))


@aten("relu6", "relu6_")
def _relu6(call: Call) -> Any:
    return units.clip(call.graph, call.tensor("self"), 0.0, 6.0)


@aten("hardtanh", "hardtanh_")
def _hardtanh(call: Call) -> Any:
    return units.clip(call.graph, call.tensor("self"), call.number(call["min_val"]), call.number(call["max_val"]))


@aten("clamp", "clamp_", "clip", "clamp_min", "clamp_max", "clamp_min_", "clamp_max_")
def _clamp(call: Call) -> Any:
    low, high = call.get("min"), call.get("max")
    if any(isinstance(bound, Tensor | np.ndarray) for bound in (low, high)):
        value: Any = call.tensor("self")
        value = value if low is None else extreme_of(call.graph, [value, call.value("min")], largest=True)
        return value if high is None else extreme_of(call.graph, [value, call.value("max")], largest=False)
    bounds = [None if bound is None else call.number(bound) for bound in (low, high)]
    return units.clip(call.graph, call.tensor("self"), *bounds)


@aten("leaky_relu", "leaky_relu_")
def _leaky_relu(call: Call) -> Tensor:
    return units.leaky(call.graph, call.tensor("self"), call.number(call["negative_slope"]))


@aten("prelu", "_prelu_kernel")
def _prelu(call: Call) -> Tensor:
    value, slope = call.tensor("self"), call.constant("weight")
    if slope is None:
        raise NetworkError("it has no slope")
    if call.kind == "prelu" and slope.size > 1:  # one a channel
        slope = slope.reshape(-1, *(1,) * (len(value.shape) - 2))
    return units.leaky(call.graph, value, slope)


@aten("rrelu", "rrelu_", "rrelu_with_noise")
def _rrelu(call: Call) -> Tensor:
    if call["training"]:
        raise UnsupportedLayerError("it draws its slopes at random; export it in eval mode")
    return units.leaky(call.graph, call.tensor("self"), call.number((call["lower"] + call["upper"]) / 2))


@aten("abs", "absolute")
def _abs(call: Call) -> Tensor:
    return units.absolute(call.graph, call.tensor("self"))


@aten("hardsigmoid", "hardsigmoid_")
def _hard_sigmoid(call: Call) -> Any:
    moved = linear.scale_and_shift(call.graph, call.tensor("self"), 1.0, 3.0)
    clipped = units.clip(call.graph, moved, 0.0, 6.0)
    assert isinstance(clipped, Tensor)
    return linear.divide(call.graph, clipped, np.array(6.0))


@aten("softshrink")
def _soft_shrink(call: Call) -> Tensor:
    return units.soft_shrink(call.graph, call.tensor("self"), call.number(call["lambd"]))


@aten("hardshrink")
def _hard_shrink(call: Call) -> Tensor:
    if call["lambd"]:
        raise UnsupportedLayerError(f"it jumps at {call['lambd']}: not continuous")
    return call.tensor("self")


@aten("threshold", "threshold_")
def _threshold(call: Call) -> Any:
    if call["threshold"] != call["value"]:
        raise UnsupportedLayerError(f"it jumps from {call['value']} to {call['threshold']}: not continuous")
    return units.clip(call.graph, call.tensor("self"), call.number(call["threshold"]), None)


@aten("maximum", "minimum", "fmax", "fmin")
def _extreme_of_two(call: Call) -> Tensor:
    return extreme_of(call.graph, [call.value("self"), call.value("other")], largest="max" in call.kind)


@aten("max", "min", "amax", "amin")
def _extreme(call: Call) -> Any:
    largest = "max" in call.kind
    if "other" in call.arguments:
        return extreme_of(call.graph, [call.value("self"), call.value("other")], largest)
    keep = bool(call.get("keepdim", False))
    found = extreme_over(call.graph, call.tensor("self"), call.axes(), keep, largest)
    return (found, None) if call.kind in ("max", "min") and "dim" in call.arguments else found


@aten("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices", "max_pool3d_with_indices")
def _max_pool(call: Call) -> Any:
    axes = int(call.kind[call.kind.index("pool") + 4])
    value, single = batched(call.tensor("self"), axes)
    found = windows.max_pool(call.graph, value, pooling_windows(call, axes), bool(call["ceil_mode"]))
    found = Tensor(found.references[0]) if single else found
    return (found, None) if call.kind.endswith("indices") else found


@aten("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def _adaptive_max_pool(call: Call) -> Any:
    return adaptive_max_pool(call.graph, call.tensor("self"), adaptive_sizes(call)), None
