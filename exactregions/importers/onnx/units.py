"""Operators with kinks: ReLU and its relatives, clips, absolute values, maxima and minima."""

from __future__ import annotations

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph import linear, units, windows
from exactregions.importers.graph.core import Tensor
from exactregions.importers.graph.winners import extreme_of, extreme_over
from exactregions.importers.onnx.call import Call, Operand, operator
from exactregions.importers.onnx.linear import axes_of
from exactregions.importers.onnx.windows import windows_of


def _number(call: Call, name: str, default: float) -> float:
    # an attribute is a float32, and so is its default
    return float(np.float32(call.attribute(name, default)))


@operator("Relu")
def _relu(call: Call) -> Operand:
    value = call.value(0)
    return units.relu(call.graph, value) if isinstance(value, Tensor) else np.maximum(value, 0)


@operator("LeakyRelu")
def _leaky_relu(call: Call) -> Operand:
    return units.leaky(call.graph, call.tensor(0), _number(call, "alpha", 0.01))


@operator("PRelu")
def _prelu(call: Call) -> Operand:
    value, slope = call.tensor(0), call.needed(1, "the slope")
    if call.opset < 7 and slope.size > 1:  # one a channel
        slope = slope.reshape(-1, *(1,) * (len(value.shape) - 2))
    return units.leaky(call.graph, value, slope)


@operator("Abs")
def _abs(call: Call) -> Operand:
    value = call.value(0)
    return units.absolute(call.graph, value) if isinstance(value, Tensor) else np.abs(value)


@operator("Clip")
def _clip(call: Call) -> Operand:
    if isinstance(call.operand(1), Tensor) or isinstance(call.operand(2), Tensor):
        raise UnsupportedLayerError("it clips at values that depend on the input: piecewise linear, not yet")
    bounds = []
    for place, name in ((1, "min"), (2, "max")):
        given = call.constant(place, name)
        number = call.attribute(name) if given is None else np.ravel(given)[0]
        bounds.append(None if number is None else float(number))
    value = call.value(0)
    if not isinstance(value, Tensor):
        return np.clip(value, *bounds) if bounds != [None, None] else value
    return units.clip(call.graph, value, *bounds)


@operator("HardSigmoid")
def _hard_sigmoid(call: Call) -> Operand:
    inner = linear.scale_and_shift(call.graph, call.tensor(0), _number(call, "alpha", 0.2), _number(call, "beta", 0.5))
    return units.clip(call.graph, inner, 0.0, 1.0)


@operator("Shrink")
def _shrink(call: Call) -> Operand:
    bias, threshold = _number(call, "bias", 0.0), _number(call, "lambd", 0.5)
    if bias != threshold:
        raise UnsupportedLayerError(f"it jumps at {threshold} (bias {bias}): not continuous")
    return units.soft_shrink(call.graph, call.tensor(0), threshold)


@operator("ThresholdedRelu")
def _thresholded_relu(call: Call) -> Operand:
    if _number(call, "alpha", 1.0):
        raise UnsupportedLayerError("it jumps at its threshold: not continuous")
    return units.relu(call.graph, call.tensor(0))


@operator("Max", "Min")
def _extreme(call: Call) -> Operand:
    values = [v for v in call.operands if v is not None]
    if call.constants_only():
        function = np.maximum if call.kind == "Max" else np.minimum
        return function.reduce(np.broadcast_arrays(*values))  # type: ignore[arg-type]
    return extreme_of(call.graph, values, largest=call.kind == "Max")


@operator("MaxPool")
def _max_pool(call: Call) -> Operand | list[Operand]:
    if call.results > 1:
        raise UnsupportedLayerError("it also gives indices: not piecewise linear")
    value = call.tensor(0)
    spans = windows_of(call, call.integers("kernel_shape") or [], value.shape[2:])
    return windows.max_pool(call.graph, value, spans, bool(call.attribute("ceil_mode", 0)))


@operator("GlobalMaxPool")
def _global_max_pool(call: Call) -> Operand:
    value = call.tensor(0)
    if len(value.shape) < 3:
        raise NetworkError(f"it gets shape {value.shape}; batch, channels and more are wanted")
    return extreme_over(call.graph, value, list(range(2, len(value.shape))), keep=True, largest=True)


@operator("ReduceMax", "ReduceMin")
def _reduce_extreme(call: Call) -> Operand:
    value, keep = call.value(0), bool(call.attribute("keepdims", 1))
    axes = axes_of(call, value.shape)
    if axes is None:
        return value
    if not isinstance(value, Tensor):
        function = np.max if call.kind == "ReduceMax" else np.min
        return np.asarray(function(value, axis=tuple(axes), keepdims=keep))
    return extreme_over(call.graph, value, axes, keep, largest=call.kind == "ReduceMax")
