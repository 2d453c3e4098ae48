"""Operators that move values: reshapes, slices, concatenations, padding, resizing by nearest values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Tensor, sized
from exactregions.importers.onnx.call import Array, Call, Operand, operator
from exactregions.support.shortening import short


@operator("Identity", "Dropout", "Cast", "CastLike", "StopGradient")
def _same(call: Call) -> Operand | list[Operand]:
    value = call.value(0)
    if call.kind == "Dropout":
        return _dropout(call)
    if call.kind == "Cast":
        return _cast(call, value)
    return value


def _dropout(call: Call) -> list[Operand]:
    if call.constant(2) is not None and bool(np.ravel(call.needed(2, "training_mode"))[0]):
        call.graph.note("a Dropout in training mode is read in inference, where it changes nothing")
    return [call.value(0), *[None] * (call.results - 1)]


def _cast(call: Call, value: Tensor | Array) -> Operand:
    """Floats stay what they are, widened or not; integers become the floats that hold them."""
    from onnx import TensorProto

    target = call.attribute("to")
    if isinstance(target, bytes):  # opset 5 and below
        target = getattr(TensorProto, target.decode(errors="replace"), None)
    floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
    if target in floats:
        return value if isinstance(value, Tensor) else value.astype(np.float64)
    if isinstance(value, Tensor):
        if target in (TensorProto.INT32, TensorProto.INT64) and call.attribute("integer"):
            return value
        raise UnsupportedLayerError("it rounds values to another type: not piecewise linear")
    if target == TensorProto.BOOL:
        return value.astype(bool)
    if target in (TensorProto.INT32, TensorProto.INT64):
        return value.astype(np.int64)
    raise UnsupportedLayerError(f"it casts to type {target}, which is not read")


@operator("Flatten")
def _flatten(call: Call) -> Operand:
    shape = call.value(0).shape
    axis = call.attribute("axis", 1)
    if not -len(shape) <= axis <= len(shape):
        raise NetworkError(f"axis {axis} is none of shape {shape}")
    axis += len(shape) if axis < 0 else 0
    return call.moved(0, lambda v: v.reshape(math.prod(shape[:axis]), math.prod(shape[axis:])))


@operator("Reshape")
def _reshape(call: Call) -> Operand:
    wanted = call.integers("shape", None if call.opset < 5 and "shape" in call.attributes else 1)
    if wanted is None:
        raise NetworkError("the new shape is missing")
    old = call.value(0).shape
    keep_zero = bool(call.attribute("allowzero", 0))
    dims = [old[i] if d == 0 and not keep_zero and i < len(old) else d for i, d in enumerate(wanted)]
    size = math.prod(old)
    if dims.count(-1) == 1:
        dims[dims.index(-1)] = size // max(1, -math.prod(dims))
    if math.prod(dims) != size or min(dims, default=1) < 0:
        raise NetworkError(f"shape {old} cannot become {wanted}")
    return call.moved(0, lambda v: v.reshape(dims))


@operator("Transpose")
def _transpose(call: Call) -> Operand:
    return call.moved(0, lambda v: v.transpose(call.attribute("perm")))


@operator("Squeeze")
def _squeeze(call: Call) -> Operand:
    axes = call.integers("axes", 1)
    return call.moved(0, lambda v: v.squeeze() if axes is None else v.squeeze(tuple(axes)))


@operator("Unsqueeze")
def _unsqueeze(call: Call) -> Operand:
    axes = call.integers("axes", 1)
    if axes is None:
        raise NetworkError("its axes are missing")
    return call.moved(0, lambda v: np.expand_dims(v, tuple(axes)))


@operator("Concat")
def _concat(call: Call) -> Operand:
    axis = call.attribute("axis", 1)
    parts = [part for part in call.operands if part is not None]
    try:
        if call.constants_only():
            return np.concatenate([np.asarray(part) for part in parts], axis)
        return Tensor(np.concatenate([call.graph.references(part) for part in parts], axis))
    except ValueError as error:
        raise NetworkError(f"shapes {[part.shape for part in parts]} cannot be concatenated ({error})") from None


@operator("Split")
def _split(call: Call) -> list[Operand]:
    axis, shape = call.attribute("axis", 0), call.value(0).shape
    if not -len(shape) <= axis < len(shape):
        raise NetworkError(f"axis {axis} is none of shape {shape}")
    length, sizes = shape[axis], call.integers("split", 1)
    if sizes is None:
        part = -(-length // call.results)
        sizes = [min(part, length - i * part) for i in range(call.results)]
    if sum(sizes) != length or min(sizes) < 0 or len(sizes) < call.results:
        raise NetworkError(f"parts {sizes} do not make up axis {axis} of shape {shape}")
    ends = np.cumsum(sizes).tolist()
    starts = [0, *ends[:-1]]
    return [
        call.moved(0, lambda v, a=a, b=b: np.take(v, np.arange(a, b), axis)) for a, b in zip(starts, ends, strict=True)
    ]


@operator("Slice")
def _slice(call: Call) -> Operand:
    starts, ends = call.integers("starts", 1), call.integers("ends", 2)
    axes, steps = call.integers("axes", 3), call.integers("steps", 4)
    if starts is None or ends is None:
        raise NetworkError("its starts or ends are missing")
    shape = call.value(0).shape
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise NetworkError(f"its starts {starts}, ends {ends} and steps {steps} make no slices")
    places: list[slice] = [slice(None)] * len(shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if not -len(shape) <= axis < len(shape):
            raise NetworkError(f"axis {axis} is none of shape {shape}")
        places[axis] = _bounded(start, end, step, shape[axis])
    return call.moved(0, lambda v: v[tuple(places)])


def _bounded(start: int, end: int, step: int, length: int) -> slice:
    """Return the slice as ONNX means it: an end of -n - 1 or less goes past the first value when stepping down."""
    start += length if start < 0 else 0
    end += length if end < 0 else 0
    if step > 0:
        return slice(min(max(start, 0), length), min(max(end, 0), length), step)
    end = min(max(end, -1), length - 1)
    return slice(min(max(start, 0), length - 1), None if end < 0 else end, step)


@operator("Gather")
def _gather(call: Call) -> Operand:
    places = call.needed(1, "the indices").astype(np.int64)
    axis, shape = call.attribute("axis", 0), call.value(0).shape
    sized(*shape, *places.shape)
    return call.moved(0, lambda v: np.take(v, places, axis))


@operator("Expand")
def _expand(call: Call) -> Operand:
    shape = [int(n) for n in call.needed(1, "the shape").ravel()]
    sized(*shape)
    return call.moved(0, lambda v: np.broadcast_to(v, np.broadcast_shapes(v.shape, tuple(shape))))


@operator("Tile")
def _tile(call: Call) -> Operand:
    repeats = [int(n) for n in call.needed(1, "the repeats").ravel()]
    sized(*call.value(0).shape, *repeats)
    return call.moved(0, lambda v: np.tile(v, repeats))


@operator("Pad")
def _pad(call: Call) -> Operand:
    value, mode = call.value(0), call.attribute("mode", b"constant").decode()
    pads = call.integers("pads", 1) or call.integers("paddings")
    if pads is None:
        raise NetworkError("its pads are missing")
    fill = call.constant(2, "the padding")
    number = float(call.attribute("value", 0.0) if fill is None else np.ravel(fill)[0])
    axes = call.integers("axes", 3)
    rank = len(value.shape)
    axes = list(range(rank)) if axes is None else [axis % rank for axis in axes]
    if len(pads) != 2 * len(axes):
        raise NetworkError(f"pads {pads} do not fit shape {value.shape}")
    width = [(0, 0)] * rank
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        width[axis] = (before, after)
    sized(*(max(0, n + a + b) for n, (a, b) in zip(value.shape, width, strict=True)))
    cut = tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(value.shape, width, strict=True))
    width = [(max(0, a), max(0, b)) for a, b in width]
    if mode == "constant":
        filler: Any = call.graph.constants(number)[()] if isinstance(value, Tensor) else number
        return call.moved(0, lambda v: np.pad(v[cut], width, constant_values=filler))
    names = {"reflect": "reflect", "edge": "edge", "wrap": "wrap"}
    if mode not in names:
        raise UnsupportedLayerError(f"it pads in mode {short(mode)}, which is not read")
    return call.moved(0, lambda v: np.pad(v[cut], width, mode=names[mode]))  # type: ignore[call-overload]


@operator("Where")
def _where(call: Call) -> Operand:
    condition = call.needed(0, "the condition").astype(bool)
    if call.constants_only():
        return np.where(condition, call.needed(1, "a choice"), call.needed(2, "a choice"))
    first, second = (call.graph.references(call.value(i)) for i in (1, 2))
    try:
        return Tensor(np.where(condition, first, second))
    except ValueError as error:
        raise NetworkError(f"its shapes do not fit ({error})") from None


@operator("GatherElements")
def _gather_elements(call: Call) -> Operand:
    places, axis = call.needed(1, "the indices").astype(np.int64), call.attribute("axis", 0)
    return call.moved(0, lambda v: np.take_along_axis(v, places, axis))


@operator("Trilu")
def _trilu(call: Call) -> Operand:
    diagonal = call.constant(1, "the diagonal")
    k = 0 if diagonal is None else int(diagonal.ravel()[0])
    value = call.value(0)
    zero: Any = call.graph.constants(0.0)[()] if isinstance(value, Tensor) else 0
    cut = np.triu if call.attribute("upper", 1) else np.tril
    return call.moved(0, lambda v: np.where(cut(np.ones(v.shape[-2:], dtype=bool), k), v, zero))


@operator("DepthToSpace")
def _depth_to_space(call: Call) -> Operand:
    block, mode = call.attribute("blocksize", 1), call.attribute("mode", b"DCR")

    def move(v: Array) -> Array:
        n, c, h, w = v.shape
        if mode == b"DCR":
            v = v.reshape(n, block, block, c // block**2, h, w).transpose(0, 3, 4, 1, 5, 2)
        else:
            v = v.reshape(n, c // block**2, block, block, h, w).transpose(0, 1, 4, 2, 5, 3)
        return v.reshape(n, c // block**2, h * block, w * block)

    return call.moved(0, move)


@operator("SpaceToDepth")
def _space_to_depth(call: Call) -> Operand:
    block = call.attribute("blocksize", 1)

    def move(v: Array) -> Array:
        n, c, h, w = v.shape
        v = v.reshape(n, c, h // block, block, w // block, block).transpose(0, 3, 5, 1, 2, 4)
        return v.reshape(n, c * block**2, h // block, w // block)

    return call.moved(0, move)
