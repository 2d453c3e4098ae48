"""Linear operators: arithmetic with constants, products, means, batch norm."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph import linear, matrices
from exactregions.importers.graph.core import Tensor
from exactregions.importers.onnx.call import Array, Call, Operand, operator
from exactregions.importers.onnx.constants import folded


def _pair(call: Call) -> tuple[Tensor | Array, Tensor | Array]:
    """Return the operands of a sum or product; below opset 7 the second one is laid along an axis of the first."""
    first, second = call.value(0), call.value(1)
    if call.opset >= 7 or first.shape == second.shape:
        return first, second
    if not call.attribute("broadcast", 0):
        raise NetworkError(f"shapes {first.shape} and {second.shape} differ without broadcast=1 (opset {call.opset})")
    rank, axis = len(first.shape), call.attribute("axis")
    if axis is None:
        return first, second
    axis += rank if axis < 0 else 0
    behind = rank - axis - len(second.shape)
    if axis < 0 or behind < 0:
        raise NetworkError(f"shape {second.shape} does not fit shape {first.shape} from axis {axis} on")
    return first, call.moved(1, lambda v: v.reshape(*v.shape, *(1,) * behind))


@operator("Add", "Sum")
def _add(call: Call) -> Operand:
    values = list(_pair(call)) if call.kind == "Add" else [v for v in call.operands if v is not None]
    if call.constants_only():
        return folded(lambda *v: sum(v[1:], v[0]), *values)
    return linear.add(call.graph, [(1.0, value) for value in values])


@operator("Sub")
def _sub(call: Call) -> Operand:
    first, second = _pair(call)
    if call.constants_only():
        return folded(np.subtract, first, second)
    return linear.add(call.graph, [(1.0, first), (-1.0, second)])


@operator("Scaler")
def _scaler(call: Call) -> Operand:
    """Read the scaler of ai.onnx.ml: (x - offset) * scale."""
    given = (call.attribute("offset", [0.0]), call.attribute("scale", [1.0]))
    offset, scale = (np.array(values, np.float32).astype(np.float64) for values in given)
    shifted = linear.add(call.graph, [(1.0, call.tensor(0)), (-1.0, offset)])
    return linear.multiply(call.graph, shifted, scale)


@operator("Neg")
def _neg(call: Call) -> Operand:
    value = call.value(0)
    return linear.scale_and_shift(call.graph, value, -1.0) if isinstance(value, Tensor) else -value


@operator("Mul")
def _mul(call: Call) -> Operand:
    first, second = _pair(call)
    if call.constants_only():
        return folded(np.multiply, first, second)
    return linear.multiply(call.graph, first, second)


@operator("Div")
def _div(call: Call) -> Operand:
    first, second = _pair(call)
    if not isinstance(second, Tensor) and second.dtype.kind in "iu":
        if isinstance(first, Tensor):
            raise UnsupportedLayerError("it divides integers, which rounds: not piecewise linear")
        return folded(lambda a, b: np.trunc(a / b).astype(np.int64), first, second)
    if call.constants_only():
        return folded(np.divide, first, second)
    if isinstance(second, Tensor):
        raise UnsupportedLayerError("it divides by a value that depends on the input: not piecewise linear")
    return linear.divide(call.graph, call.tensor(0), second)


@operator("Mean")
def _mean(call: Call) -> Operand:
    total = _add(Call(call.graph, "Sum", call.opset, call.operands, {}, 1))
    count = np.array(float(len(call.operands)))
    return linear.divide(call.graph, total, count) if isinstance(total, Tensor) else np.asarray(total) / count


@operator("MatMul")
def _matmul(call: Call) -> Operand:
    first, second = call.value(0), call.value(1)
    if call.constants_only():
        return folded(np.matmul, first, second)
    return matrices.matmul(call.graph, first, second)


@operator("Gemm")
def _gemm(call: Call) -> Operand:
    first, second, bias = call.value(0), call.value(1), call.operand(2)
    if len(first.shape) != 2 or len(second.shape) != 2:
        raise NetworkError(f"it multiplies shapes {first.shape} and {second.shape}; it needs two dimensions")
    first, second = (
        call.moved(i, lambda v, t=t: v.T if call.attribute(t, 0) else v) for i, t in enumerate(("transA", "transB"))
    )
    alpha, beta = float(call.attribute("alpha", 1.0)), float(call.attribute("beta", 1.0))
    if not isinstance(first, Tensor) and not isinstance(second, Tensor):
        product: Tensor | Array = folded(lambda a, b: alpha * (a @ b), first, second)
    else:
        product = _scaled(call, matrices.matmul(call.graph, *_with_factor(first, second, alpha)), alpha)
    if bias is None or beta == 0.0:
        return product
    return _sum(call, product, _times(call, bias, beta))


def _with_factor(first: Any, second: Any, factor: float) -> tuple[Any, Any]:
    """Put the factor into the weights where that rounds none of them."""
    scaled = [_exact_product(v, factor) if not isinstance(v, Tensor) else v for v in (first, second)]
    return (first, second) if any(v is None for v in scaled) else (scaled[0], scaled[1])


def _scaled(call: Call, product: Tensor, factor: float) -> Tensor:
    """Apply the factor that could not be put into the weights."""
    first, second = call.value(0), call.value(1)
    weight = second if isinstance(first, Tensor) else first
    done = factor == 1.0 or _exact_product(np.asarray(weight), factor) is not None
    return product if done else linear.scale_and_shift(call.graph, product, factor)


def _exact_product(array: Array, factor: float) -> Array | None:
    values = np.asarray(array, np.float64)
    if factor == 1.0:
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        product = values * factor
    if not np.isfinite(product).all():
        return None
    pairs = zip(values.ravel().tolist(), product.ravel().tolist(), strict=True)
    return product if all(Fraction(a) * Fraction(factor) == Fraction(p) for a, p in pairs) else None


def _times(call: Call, value: Tensor | Array, factor: float) -> Tensor | Array:
    if isinstance(value, Tensor):
        return linear.scale_and_shift(call.graph, value, factor)
    exact = _exact_product(value, factor)
    if exact is not None:
        return exact
    return linear.scale_and_shift(call.graph, Tensor(call.graph.constants(value)), factor)


def _sum(call: Call, first: Tensor | Array, second: Tensor | Array) -> Operand:
    if isinstance(first, Tensor) or isinstance(second, Tensor):
        return linear.add(call.graph, [(1.0, first), (1.0, second)])
    return folded(np.add, first, second)


@operator("Einsum")
def _einsum(call: Call) -> Operand:
    equation = call.attribute("equation", b"").decode().replace(" ", "")
    if call.constants_only():
        return folded(lambda *v: np.einsum(equation, *v), *call.operands)
    return matrices.einsum(call.graph, equation, [call.value(i) for i in range(len(call.operands))])


@operator("CumSum")
def _cumulative_sum(call: Call) -> Operand:
    value, axis = call.tensor(0), int(call.needed(1, "the axis").ravel()[0])
    reverse, exclusive = bool(call.attribute("reverse", 0)), bool(call.attribute("exclusive", 0))
    return matrices.cumulative_sum(call.graph, value, axis, reverse, exclusive)


@operator("BatchNormalization")
def _batch_norm(call: Call) -> Operand | list[Operand]:
    if call.attribute("training_mode", 0) or (call.opset >= 7 and call.results > 1):
        raise UnsupportedLayerError("it normalises by its own batch: not piecewise linear; export it in eval mode")
    weight, bias, mean, variance = (call.needed(i, "a parameter") for i in (1, 2, 3, 4))
    epsilon = float(np.float32(call.attribute("epsilon", 1e-5)))
    found = linear.batch_norm(call.graph, call.tensor(0), mean, variance, weight, bias, epsilon)
    return [found, *[None] * (call.results - 1)]


def axes_of(call: Call, shape: tuple[int, ...]) -> list[int] | None:
    """Return the axes of a reduction; None where it reduces nothing."""
    axes = call.integers("axes", 1)
    if axes is None or (not axes and "axes" not in call.attributes):
        if call.attribute("noop_with_empty_axes", 0):
            return None
        return list(range(len(shape)))
    if any(not -len(shape) <= axis < len(shape) for axis in axes):
        raise NetworkError(f"axes {axes} are none of shape {shape}")
    return [axis % len(shape) for axis in axes]


@operator("ReduceSum", "ReduceMean")
def _reduce(call: Call) -> Operand:
    value, keep = call.value(0), bool(call.attribute("keepdims", 1))
    axes = axes_of(call, value.shape)
    if axes is None:
        return value
    if not isinstance(value, Tensor):
        function = np.sum if call.kind == "ReduceSum" else np.mean
        return function(value, axis=tuple(axes), keepdims=keep)
    function = linear.total if call.kind == "ReduceSum" else linear.mean
    return function(call.graph, value, axes, keep)
