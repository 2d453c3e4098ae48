"""Linear operations of tensors: sums, products with constants, contractions, batch norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import Floats, Graph, Tensor, sized

Value = Tensor | NDArray[Any]
NOT_LINEAR = "two values that depend on the input are multiplied: not piecewise linear"


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the common shape.

    Raises
    ------
    NetworkError
        If there is none.
    """
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise NetworkError(f"shapes {' and '.join(map(str, shapes))} do not fit each other") from None


def add(graph: Graph, terms: Sequence[tuple[float, Value]]) -> Tensor:
    """Return the sum of factor times value, broadcast against each other; a factor is 1 or -1."""
    shape = broadcast(*(np.shape(v) if isinstance(v, np.ndarray) else v.shape for _, v in terms))
    size = sized(*shape)
    graph.require_room(size)
    constants = [factor * np.asarray(v, np.float64) for factor, v in terms if isinstance(v, np.ndarray)]
    bias, extra = _one_bias(constants, shape)
    parts = [(factor, v.references) for factor, v in terms if isinstance(v, Tensor)]
    parts += [(1.0, graph.constants(v)) for v in extra]
    if not parts:
        raise NetworkError("a sum of constants is no tensor")
    if len(parts) == 1 and parts[0][0] == 1.0 and not bias.any():
        return Tensor(np.broadcast_to(parts[0][1], shape))
    references = np.concatenate([np.broadcast_to(r, shape).ravel() for _, r in parts])
    weights = np.repeat([factor for factor, _ in parts], size)
    return Tensor(graph.affine(np.tile(np.arange(size), len(parts)), references, weights, bias).reshape(shape))


def _one_bias(constants: list[Floats], shape: tuple[int, ...]) -> tuple[Floats, list[Floats]]:
    """Return the first constant as a bias; several are not added in floats."""
    if not constants:
        return np.zeros(sized(*shape)), []
    return np.broadcast_to(constants[0], shape).ravel(), constants[1:]


def multiply(graph: Graph, first: Value, second: Value) -> Tensor:
    """Return the product, elementwise; in each place one of the factors is a constant.

    Raises
    ------
    UnsupportedLayerError
        If both depend on the input.
    """
    shape = broadcast(first.shape, second.shape)
    graph.require_room(sized(*shape))
    sides = []
    for value in (first, second):
        if isinstance(value, Tensor):
            references = np.broadcast_to(value.references, shape).ravel()
            sides.append((references, *graph.constant_values(references)))
        else:
            flat = np.broadcast_to(np.asarray(value, np.float64), shape).ravel()
            sides.append((np.zeros(flat.shape, dtype=np.int64), np.ones(flat.shape, dtype=bool), flat))
    (a, a_known, a_values), (b, b_known, b_values) = sides
    if not (a_known | b_known).all():
        raise UnsupportedLayerError(NOT_LINEAR)
    take_a = ~a_known  # where both are known, the first one is the weight of the second
    references = np.where(take_a, a, b)
    fixed = a_known & b_known
    if fixed.any():
        references = references.copy()
        references[fixed] = graph.constants(b_values[fixed])
    factors = np.where(take_a, b_values, a_values).reshape(shape)
    return scale_and_shift(graph, Tensor(references.reshape(shape)), factors)


def scale_and_shift(graph: Graph, value: Tensor, factor: Any, shift: Any = 0.0) -> Tensor:
    """Return factor * value + shift, elementwise."""
    shape = value.shape
    weights, bias = (np.broadcast_to(np.asarray(v, np.float64), shape).ravel() for v in (factor, shift))
    if (weights == 1).all() and not bias.any():
        return value
    rows = np.arange(value.references.size)
    return Tensor(graph.affine(rows, value.references.ravel(), weights, bias).reshape(shape))


def divide(graph: Graph, value: Tensor, divisor: NDArray[Any]) -> Tensor:
    """Return value / divisor: the factor is the float64 nearest to 1 / divisor."""
    if not np.all(divisor):
        raise NetworkError("it divides by zero")
    numbers = np.asarray(divisor, np.float64)
    if (np.abs(np.frexp(numbers)[0]) != 0.5).any():
        graph.note("a division is by the float64 nearest to one over the divisor")
    return multiply(graph, value, 1.0 / numbers)


def total(graph: Graph, value: Tensor, axes: Sequence[int], keep: bool, factor: float = 1.0) -> Tensor:
    """Return factor times the sum over some axes."""
    axes = [axis % len(value.shape) for axis in axes]
    others = [axis for axis in range(len(value.shape)) if axis not in axes]
    moved = np.transpose(value.references, [*others, *axes])
    shape = tuple(value.shape[axis] for axis in others)
    graph.require_room(sized(*shape))
    flat = moved.reshape(sized(*shape), -1)
    rows = np.repeat(np.arange(len(flat)), flat.shape[1])
    result = graph.affine(rows, flat.ravel(), np.full(flat.size, factor), np.zeros(len(flat)))
    kept = tuple(1 if axis in axes else n for axis, n in enumerate(value.shape))
    return Tensor(result.reshape(kept if keep else shape))


def mean(graph: Graph, value: Tensor, axes: Sequence[int], keep: bool) -> Tensor:
    """Return the mean over some axes; the factor is the float64 nearest to one over their size."""
    size = sized(*(value.shape[axis] for axis in axes))
    if not size:
        raise NetworkError("a mean of no values has no meaning")
    if size & (size - 1):
        graph.note("a mean is a sum times the float64 nearest to one over the number of its terms")
    return total(graph, value, axes, keep, 1.0 / size)


def batch_norm(graph: Graph, value: Tensor, mean: Any, variance: Any, weight: Any, bias: Any, epsilon: float) -> Tensor:
    """Return weight (value - mean) / sqrt(variance + epsilon) + bias, all of them one a channel (axis 1).

    The factor is the float64 nearest to weight / sqrt(variance + epsilon); mean and bias are taken as they are.
    """
    shape = (-1, *(1,) * (len(value.shape) - 2)) if len(value.shape) > 1 else (-1,)
    channels = value.shape[min(1, len(value.shape) - 1)]
    one = [np.asarray(v, np.float64).ravel() for v in (mean, variance, weight, bias)]
    if any(len(v) != channels for v in one):
        raise NetworkError(f"batch norm of {channels} channels has parameters of {[len(v) for v in one]} values")
    means, variances, weights, biases = one
    if not (variances + epsilon > 0).all():
        raise NetworkError("the variance of a batch norm is not positive")
    factor = nearest_factor(weights, variances, epsilon)
    graph.note("the factor of a batch norm is the float64 nearest to weight / sqrt(variance + eps)")
    centred = add(graph, [(1.0, value), (-1.0, means.reshape(shape))])
    return scale_and_shift(
        graph,
        centred,
        np.broadcast_to(factor.reshape(shape), value.shape),
        np.broadcast_to(biases.reshape(shape), value.shape),
    )


def nearest_factor(weights: Floats, variances: Floats, epsilon: float) -> Floats:
    """Return the float64 nearest to weight / sqrt(variance + epsilon), each correctly rounded."""
    from decimal import Decimal, localcontext

    found = []
    with localcontext() as context:
        context.prec = 60  # far more digits than the nearest float could hang on
        for weight, variance in zip(weights.tolist(), variances.tolist(), strict=True):
            found.append(float(Decimal(weight) / (Decimal(variance) + Decimal(epsilon)).sqrt()))
    return np.array(found)
