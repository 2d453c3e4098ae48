"""Linear aten operators: arithmetic with constants, products, convolutions, averages, batch norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph import linear, matrices, windows
from exactregions.importers.graph.adaptive import adaptive_average_pool
from exactregions.importers.graph.core import Tensor
from exactregions.importers.graph.windows import Windows
from exactregions.importers.torch.call import Array, Call, aten


def _with_factor(call: Call, value: Tensor | Array, factor: Any) -> Tensor | Array:
    number = call.number(factor)
    if number == 1.0:
        return value
    tensor = value if isinstance(value, Tensor) else Tensor(call.graph.constants(value))
    return linear.scale_and_shift(call.graph, tensor, number)


@aten("add", "sub", "rsub", "add_", "sub_")
def _add(call: Call) -> Tensor:
    first, second = call.value("self"), call.value("other")
    if call.kind == "rsub":
        first, second = second, first
        return linear.add(call.graph, [(1.0, first), (-1.0, _with_factor(call, second, call.get("alpha", 1)))])
    sign = -1.0 if call.kind.startswith("sub") else 1.0
    return linear.add(call.graph, [(1.0, first), (sign, _with_factor(call, second, call.get("alpha", 1)))])


@aten("neg")
def _neg(call: Call) -> Tensor:
    return linear.scale_and_shift(call.graph, call.tensor("self"), -1.0)


@aten("mul", "mul_")
def _mul(call: Call) -> Tensor:
    return linear.multiply(call.graph, call.value("self"), call.value("other"))


@aten("div", "div_", "true_divide")
def _div(call: Call) -> Tensor:
    if call.get("rounding_mode") is not None:
        raise UnsupportedLayerError("it divides and rounds: not piecewise linear")
    other = call.value("other")
    if isinstance(other, Tensor):
        raise UnsupportedLayerError("it divides by a value that depends on the input: not piecewise linear")
    return linear.divide(call.graph, call.tensor("self"), other)


@aten("addcmul")
def _addcmul(call: Call) -> Tensor:
    product = linear.multiply(call.graph, call.value("tensor1"), call.value("tensor2"))
    return linear.add(call.graph, [(1.0, call.value("self")), (1.0, _with_factor(call, product, call["value"]))])


@aten("lerp")
def _lerp(call: Call) -> Tensor:
    gap = linear.add(call.graph, [(1.0, call.value("end")), (-1.0, call.value("self"))])
    moved = linear.multiply(call.graph, gap, call.value("weight"))
    return linear.add(call.graph, [(1.0, call.value("self")), (1.0, moved)])


def _transposed(value: Tensor | Array) -> Tensor | Array:
    return Tensor(value.references.T) if isinstance(value, Tensor) else value.T


@aten("linear")
def _linear(call: Call) -> Tensor:
    product = matrices.matmul(call.graph, call.value("input"), _transposed(call.value("weight")))
    return product if call["bias"] is None else linear.add(call.graph, [(1.0, product), (1.0, call.value("bias"))])


@aten("mm", "bmm", "matmul", "mv", "dot")
def _product(call: Call) -> Tensor:
    first, second = list(call.arguments)[:2]
    return matrices.matmul(call.graph, call.value(first), call.value(second))


@aten("addmm", "baddbmm", "addmv", "addbmm")
def _add_product(call: Call) -> Tensor:
    _, first, second = list(call.arguments)[:3]
    product = matrices.matmul(call.graph, call.value(first), call.value(second))
    product = _with_factor(call, product, call["alpha"])
    return linear.add(call.graph, [(1.0, product), (1.0, _with_factor(call, call.value("self"), call["beta"]))])


@aten("einsum")
def _einsum(call: Call) -> Tensor:
    return matrices.einsum(call.graph, call["equation"], call["tensors"])


@aten("sum", "mean")
def _sum(call: Call) -> Tensor:
    function = linear.total if call.kind == "sum" else linear.mean
    return function(call.graph, call.tensor("self"), call.axes(), bool(call.get("keepdim", False)))


@aten("cumsum")
def _cumulative_sum(call: Call) -> Tensor:
    return matrices.cumulative_sum(call.graph, call.tensor("self"), call["dim"])


@aten("batch_norm", "_native_batch_norm_legit_no_training", "instance_norm")
def _batch_norm(call: Call) -> Any:
    if call.get("training") or call.get("use_input_stats") or call["running_mean"] is None:
        raise UnsupportedLayerError("it normalises by its own input: not piecewise linear")
    value = call.tensor("input")
    one = np.ones(value.shape[1])
    weight, bias = (call.constant(name) for name in ("weight", "bias"))
    found = linear.batch_norm(
        call.graph,
        value,
        call.constant("running_mean"),
        call.constant("running_var"),
        one if weight is None else weight,
        0 * one if bias is None else bias,
        float(call["eps"]),
    )
    return (found, None, None) if call.kind.startswith("_") else found


def spread(value: Any, axes: int) -> tuple[int, ...]:
    """Return one number an axis."""
    numbers = [value] if isinstance(value, int) else list(value)
    return tuple(numbers * axes if len(numbers) == 1 else numbers)


def _same_padding(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple(t // 2 for t in total), tuple(t - t // 2 for t in total)


def batched(value: Tensor, axes: int) -> tuple[Tensor, bool]:
    """Put a batch of one in front where there is none."""
    if len(value.shape) == axes + 1:
        return Tensor(value.references[None]), True
    return value, False


@aten("convolution", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _convolution(call: Call) -> Tensor:
    weight = call.constant("weight")
    if weight is None:
        raise NetworkError("it has no weight")
    axes = weight.ndim - 2
    value, single = batched(call.tensor("input"), axes)
    kernel = weight.shape[2:]
    stride, dilation = spread(call["stride"], axes), spread(call["dilation"], axes)
    padding = call["padding"]
    if isinstance(padding, str):
        before, after = _same_padding(kernel, dilation) if padding == "same" else ((0,) * axes, (0,) * axes)
    else:
        before = after = spread(padding, axes)
    spans = Windows(kernel, stride, dilation, before, after)
    groups, bias = call["groups"], call.constant("bias")
    if call.get("transposed") or "transpose" in call.kind:
        extra = spread(call["output_padding"], axes)
        sizes = tuple(
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1
            for n, s, p, d, k, e in zip(value.shape[2:], stride, before, dilation, kernel, extra, strict=True)
        )
        found = windows.convolve_transposed(call.graph, value, weight, bias, spans, groups, sizes)
    else:
        found = windows.convolve(call.graph, value, weight, bias, spans, groups)
    return Tensor(found.references[0]) if single else found


def pooling_windows(call: Call, axes: int) -> Windows:
    """Return the windows of a pooling."""
    kernel = spread(call["kernel_size"], axes)
    stride = spread(call["stride"], axes) if call["stride"] not in (None, [], ()) else kernel
    padding, dilation = spread(call["padding"], axes), spread(call.get("dilation", 1), axes)
    return Windows(kernel, stride, dilation, padding, padding)


@aten("avg_pool1d", "avg_pool2d", "avg_pool3d")
def _average_pool(call: Call) -> Tensor:
    axes = int(call.kind[-2])
    value, single = batched(call.tensor(next(iter(call.arguments))), axes)
    found = windows.average_pool(
        call.graph,
        value,
        pooling_windows(call, axes),
        bool(call["ceil_mode"]),
        bool(call["count_include_pad"]),
        call.get("divisor_override"),
    )
    return Tensor(found.references[0]) if single else found


POOLS = ("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")


@aten(*POOLS, "_adaptive_avg_pool2d", "_adaptive_avg_pool3d")
def _adaptive_average_pool(call: Call) -> Tensor:
    return adaptive_average_pool(call.graph, call.tensor("self"), adaptive_sizes(call))


def adaptive_sizes(call: Call) -> tuple[int, ...]:
    """Return the number of parts along each axis."""
    size = call["output_size"]
    return (size,) if isinstance(size, int) else tuple(size)
