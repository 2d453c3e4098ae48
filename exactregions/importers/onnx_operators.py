"""What each ONNX operator does to the chain of affine maps and activations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.lowering import Activation, Affine, Step

__all__ = ["RULES", "Array", "Operand", "Shape", "Value"]

Shape = tuple[int, ...]
Array = NDArray[Any]
Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A tensor that depends on the input: the steps to its values, in row-major order, and its shape."""

    steps: tuple[Step, ...]
    shape: Shape

    def then(self, step: Step, shape: Shape | None = None) -> Value:
        """Return what the step makes of it."""
        return Value((*self.steps, step), self.shape if shape is None else shape)


Operand = Value | Array | None
Rule = Callable[[list[Operand], Attributes], Operand]


def _data(operand: Operand) -> Value:
    if not isinstance(operand, Value):
        raise UnsupportedLayerError("it works on constants only; simplify the model (constant folding) first")
    return operand


def _floats(operand: Operand) -> NDArray[np.float64]:
    if isinstance(operand, Value):
        raise UnsupportedLayerError("two operands depend on the input, as in a residual link; give a chain")
    # bfloat16 and the float8 types are of kind V; all of them widen without a change of value
    if operand is None or operand.dtype.kind not in "fV":
        kind = None if operand is None else operand.dtype
        raise UnsupportedLayerError(f"a constant has type {kind}; real floats are supported")
    return operand.astype(np.float64)


def _constant(operands: list[Operand], attributes: Attributes) -> Operand:
    for name, kind in (("float", np.float32), ("floats", np.float32), ("int", np.int64), ("ints", np.int64)):
        if f"value_{name}" in attributes:
            return np.array(attributes[f"value_{name}"], dtype=kind)
    if "value" not in attributes:
        raise UnsupportedLayerError(f"a constant given as {list(attributes)}; store it as a dense tensor")
    return attributes["value"]


def _identity(operands: list[Operand], attributes: Attributes) -> Operand:
    return operands[0]


def _relu(operands: list[Operand], attributes: Attributes) -> Value:
    return _data(operands[0]).then(Activation(0.0))


def _leaky_relu(operands: list[Operand], attributes: Attributes) -> Value:
    # an attribute is a float32, and so is its default of 0.01
    return _data(operands[0]).then(Activation(float(np.float32(attributes.get("alpha", 0.01)))))


def _flatten(operands: list[Operand], attributes: Attributes) -> Value:
    value = _data(operands[0])
    axis = attributes.get("axis", 1)
    axis += len(value.shape) if axis < 0 else 0
    return replace(value, shape=(math.prod(value.shape[:axis]), math.prod(value.shape[axis:])))


def _reshape(operands: list[Operand], attributes: Attributes) -> Value:
    value, wanted = _data(operands[0]), operands[1]
    if not isinstance(wanted, np.ndarray):
        raise UnsupportedLayerError("the new shape depends on the input; export with a fixed batch size of 1")
    old = () if attributes.get("allowzero", 0) else value.shape
    dims = [old[i] if d == 0 and i < len(old) else int(d) for i, d in enumerate(wanted.ravel().tolist())]
    size = math.prod(value.shape)
    if dims.count(-1) == 1:
        dims[dims.index(-1)] = size // max(1, -math.prod(dims))
    if math.prod(dims) != size or min(dims, default=1) < 1:
        raise NetworkError(f"shape {value.shape} cannot become {wanted.tolist()}; export with batch size 1")
    return replace(value, shape=tuple(dims))


def _add(operands: list[Operand], attributes: Attributes) -> Value:
    first, second = operands
    return _shifted(first, second) if isinstance(first, Value) else _shifted(_data(second), first)


def _sub(operands: list[Operand], attributes: Attributes) -> Value:
    first, second = operands
    if isinstance(first, Value):
        return _shifted(first, -_floats(second))
    size = math.prod(_data(second).shape)
    return _shifted(_data(second).then(Affine(-np.eye(size), np.zeros(size))), first)


def _shifted(value: Value, constant: Operand) -> Value:
    """Add a constant: as the bias of a map that has none, else as an affine map of its own."""
    shift = _floats(constant)
    shape = _broadcast(value.shape, shift.shape)
    if math.prod(shape) != math.prod(value.shape):
        raise NetworkError(f"a constant of shape {shift.shape} makes several of shape {value.shape}")
    flat = np.broadcast_to(shift, shape).ravel()
    if not flat.any():
        return replace(value, shape=shape)
    last = value.steps[-1] if value.steps else None
    if isinstance(last, Affine) and not last.bias.any():
        return Value((*value.steps[:-1], Affine(last.weight, flat)), shape)
    return value.then(Affine(np.eye(len(flat)), flat), shape)


def _broadcast(a: Shape, b: Shape) -> Shape:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        raise NetworkError(f"shapes {a} and {b} do not fit each other") from None


def _matmul(operands: list[Operand], attributes: Attributes) -> Value:
    first, second = operands
    if isinstance(first, Value):
        return _product(first, _floats(second).T, len(first.shape) - 1)
    value = _data(second)
    return _product(value, _floats(first), max(0, len(value.shape) - 2))


def _gemm(operands: list[Operand], attributes: Attributes) -> Value:
    first, second, bias = (*operands, None)[:3]
    trans_a, trans_b = bool(attributes.get("transA", 0)), bool(attributes.get("transB", 0))
    if isinstance(first, Value):
        value, weight, axis = _matrix(first, trans_a), _transposed(second, not trans_b), 1
    else:
        value, weight, axis = _matrix(_data(second), trans_b), _transposed(first, trans_a), 0
    value = _product(value, _scaled(weight, attributes.get("alpha", 1.0)), axis)
    return value if bias is None else _shifted(value, _scaled(_floats(bias), attributes.get("beta", 1.0)))


def _transposed(constant: Operand, wanted: bool) -> NDArray[np.float64]:
    return _floats(constant).T if wanted else _floats(constant)


def _matrix(value: Value, transposed: bool) -> Value:
    """Return a row or a column, transposed where wanted: that leaves its values in their order."""
    if len(value.shape) != 2 or 1 not in value.shape:
        raise NetworkError(f"it gets shape {value.shape}, no row (1, n); export with a batch size of 1")
    return replace(value, shape=value.shape[::-1]) if transposed else value


def _product(value: Value, weight: NDArray[np.float64], axis: int) -> Value:
    """Multiply along one axis with a weight of shape (m, n); all other axes have length 1."""
    before, length, after = value.shape[:axis], value.shape[axis : axis + 1], value.shape[axis + 1 :]
    if math.prod(before + after) != 1:
        raise NetworkError(f"it gets shape {value.shape}, several vectors; export with a batch size of 1")
    if weight.ndim != 2 or weight.shape[1:] != length:
        raise NetworkError(f"its weight, as (outputs, inputs), is {weight.shape}; its input is {value.shape}")
    m = len(weight)
    return value.then(Affine(weight, np.zeros(m)), (*before, m, *after))


def _scaled(array: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Multiply with the alpha or beta of a Gemm, provided that no product is rounded."""
    if factor == 1.0:
        return array
    with np.errstate(over="ignore", invalid="ignore"):
        product = array * factor
    pairs = zip(array.ravel().tolist(), product.ravel().tolist(), strict=True)
    if not np.isfinite(product).all() or any(Fraction(a) * Fraction(factor) != Fraction(p) for a, p in pairs):
        raise UnsupportedLayerError(
            f"its factor {factor} (alpha or beta) times its weights is not exact in float64; multiply them "
            "before the export"
        )
    return product


RULES: dict[str, Rule] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Add": _add,
    "Sub": _sub,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Relu": _relu,
    "LeakyRelu": _leaky_relu,
    "Constant": _constant,
    "Identity": _identity,
}
