"""Operators on windows of their input: convolutions and averages."""

from __future__ import annotations

from exactregions.errors import NetworkError
from exactregions.importers.graph import linear, windows
from exactregions.importers.graph.windows import Windows
from exactregions.importers.onnx.call import Array, Call, Operand, operator


def windows_of(call: Call, kernel: list[int], sizes: tuple[int, ...]) -> Windows:
    """Return the windows that the attributes of a node describe."""
    axes = len(kernel)
    strides = call.integers("strides") or [1] * axes
    dilations = call.integers("dilations") or [1] * axes
    pads = call.integers("pads") or [0] * (2 * axes)
    auto = call.attribute("auto_pad", b"NOTSET").decode()
    if len(sizes) != axes or len(strides) != axes or len(dilations) != axes or len(pads) != 2 * axes:
        raise NetworkError(f"kernel {kernel}, strides {strides} and pads {pads} do not fit sizes {sizes}")
    before, after = pads[:axes], pads[axes:]
    if auto == "VALID":
        before = after = [0] * axes
    elif auto.startswith("SAME"):
        missing = [
            max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            for n, s, d, k in zip(sizes, strides, dilations, kernel, strict=True)
        ]
        low = [m // 2 for m in missing]
        high = [m - m // 2 for m in missing]
        before, after = (low, high) if auto == "SAME_UPPER" else (high, low)
    return Windows(tuple(kernel), tuple(strides), tuple(dilations), tuple(before), tuple(after))


def _kernel(call: Call, weight: Array) -> list[int]:
    kernel = call.integers("kernel_shape")
    if weight.ndim < 3 or (kernel is not None and tuple(kernel) != weight.shape[2:]):
        raise NetworkError(f"kernel {kernel} does not fit the weight {weight.shape}")
    return list(weight.shape[2:])


@operator("Conv")
def _conv(call: Call) -> Operand:
    weight = call.needed(1, "the kernel")
    value = call.tensor(0)
    spans = windows_of(call, _kernel(call, weight), value.shape[2:])
    return windows.convolve(call.graph, value, weight, call.constant(2, "the bias"), spans, call.attribute("group", 1))


@operator("ConvTranspose")
def _conv_transpose(call: Call) -> Operand:
    weight, value = call.needed(1, "the kernel"), call.tensor(0)
    kernel, sizes = _kernel(call, weight), value.shape[2:]
    spans = windows_of(call, kernel, sizes)
    extra = call.integers("output_padding") or [0] * len(kernel)
    wanted = call.integers("output_shape")
    auto = call.attribute("auto_pad", b"NOTSET").decode()
    full = [
        s * (n - 1) + e + (k - 1) * d + 1
        for s, n, e, k, d in zip(spans.strides, sizes, extra, kernel, spans.dilations, strict=True)
    ]
    before, after = list(spans.before), list(spans.after)
    if wanted is None and auto.startswith("SAME"):
        wanted = [n * s for n, s in zip(sizes, spans.strides, strict=True)]
    if wanted is not None:
        total = [f - w for f, w in zip(full, wanted[-len(kernel) :], strict=True)]
        before = [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]
        after = [t - b for t, b in zip(total, before, strict=True)]
    result = tuple(f - b - a for f, b, a in zip(full, before, after, strict=True))
    spans = Windows(spans.kernel, spans.strides, spans.dilations, tuple(before), tuple(after))
    bias, groups = call.constant(2, "the bias"), call.attribute("group", 1)
    return windows.convolve_transposed(call.graph, value, weight, bias, spans, groups, result)


@operator("AveragePool")
def _average_pool(call: Call) -> Operand:
    value = call.tensor(0)
    spans = windows_of(call, call.integers("kernel_shape") or [], value.shape[2:])
    ceil, counted = bool(call.attribute("ceil_mode", 0)), bool(call.attribute("count_include_pad", 0))
    return windows.average_pool(call.graph, value, spans, ceil, counted)


@operator("GlobalAveragePool")
def _global_average_pool(call: Call) -> Operand:
    value = call.tensor(0)
    return linear.mean(call.graph, value, list(range(2, len(value.shape))), keep=True)
