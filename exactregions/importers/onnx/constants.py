"""Operators on constants alone: shapes, ranges, arithmetic in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import sized
from exactregions.importers.onnx.call import Array, Call, Operand, operator


def folded(function: Callable[..., Any], *values: Any) -> Array:
    """Compute constants, floats in float64; a NetworkError where they do not fit."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(*values))
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise NetworkError(f"its constants do not fit ({error})") from None


@operator("Constant")
def _constant(call: Call) -> Operand:
    for name, kind in (("float", np.float32), ("floats", np.float32), ("int", np.int64), ("ints", np.int64)):
        if f"value_{name}" in call.attributes:
            value = np.array(call.attributes[f"value_{name}"], dtype=kind)
            return value.astype(np.float64) if kind is np.float32 else value
    if not isinstance(call.attribute("value"), np.ndarray):
        raise UnsupportedLayerError(f"a constant given as {list(call.attributes)}; store it as a dense tensor")
    return call.attribute("value")


@operator("Shape")
def _shape(call: Call) -> Operand:
    shape = call.value(0).shape
    return np.array(shape[call.attribute("start", 0) : call.attribute("end", len(shape))], dtype=np.int64)


@operator("Size")
def _size(call: Call) -> Operand:
    return np.array(int(np.prod(call.value(0).shape, dtype=np.int64)))


@operator("ConstantOfShape")
def _constant_of_shape(call: Call) -> Operand:
    shape = [int(n) for n in call.needed(0, "the shape").ravel()]
    sized(*shape)
    value = call.attribute("value")
    fill = np.zeros(1) if not isinstance(value, np.ndarray) else value
    return np.full(shape, fill.ravel()[0])


@operator("Range")
def _range(call: Call) -> Operand:
    start, limit, step = (call.needed(i, "a limit").ravel()[0] for i in range(3))
    if step == 0:
        raise NetworkError("its step is 0")
    sized(max(0, int((limit - start) / step)))
    return np.arange(start, limit, step)


UNARY = {
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Reciprocal": np.reciprocal,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Round": np.round,
    "Not": np.logical_not,
    "Sign": np.sign,
    "Sin": np.sin,
    "Cos": np.cos,
}
BINARY = {
    "Pow": np.power,
    "Equal": np.equal,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Mod": np.mod,
}


@operator(*UNARY, *BINARY)
def _arithmetic(call: Call) -> Operand:
    if not call.constants_only():
        raise UnsupportedLayerError("of a value that depends on the input it is not piecewise linear")
    function = UNARY.get(call.kind) or BINARY[call.kind]
    return folded(function, *map(np.asarray, call.operands))


@operator("ReduceProd")
def _reduce_prod(call: Call) -> Operand:
    axes = call.integers("axes", 1)
    value = call.needed(0, "its input")
    return np.prod(value, axis=None if axes is None else tuple(axes), keepdims=bool(call.attribute("keepdims", 1)))
