"""Resize and Upsample by nearest values."""

from __future__ import annotations

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.graph.core import sized
from exactregions.importers.onnx.call import Array, Call, Operand, operator
from exactregions.support.shortening import short


@operator("Resize", "Upsample")
def _resize(call: Call) -> Operand:
    shape = call.value(0).shape
    mode = call.attribute("mode", b"nearest").decode()
    if mode != "nearest":
        raise UnsupportedLayerError(f"it resizes in mode {short(mode)}: piecewise linear, not yet; 'nearest' is read")
    sizes, scales = _sizes_and_scales(call, shape)
    sized(*sizes)
    places = [_places(call, n, size, scale) for n, size, scale in zip(shape, sizes, scales, strict=True)]
    return call.moved(0, lambda v: v[np.ix_(*places)])


def _sizes_and_scales(call: Call, shape: tuple[int, ...]) -> tuple[list[int], list[float]]:
    early = call.kind == "Upsample" or call.opset < 11
    scales = call.attribute("scales")
    if scales is None:
        scales = call.constant(1 if early else 2, "the scales")
    axes = call.integers("axes") or list(range(len(shape)))
    if scales is not None and np.size(scales):
        given = [float(s) for s in np.ravel(scales)]
        wanted = None
    else:
        given, sizes = None, None if early else call.constant(3, "the sizes")
        if sizes is None:
            raise NetworkError("it has neither scales nor sizes")
        wanted = [int(n) for n in sizes.ravel()]
    if len(given or wanted or []) != len(axes):
        raise NetworkError(f"its scales or sizes do not fit shape {shape}")
    all_sizes, all_scales = list(shape), [1.0] * len(shape)
    for i, axis in enumerate(axes):
        n = shape[axis]
        # runtimes hold scales in float32
        all_scales[axis] = given[i] if given else float(np.float32(wanted[i]) / np.float32(n))  # type: ignore[index]
        all_sizes[axis] = int(np.floor(n * all_scales[axis])) if given else wanted[i]  # type: ignore[index]
    if wanted is not None and call.attribute("keep_aspect_ratio_policy", b"stretch") != b"stretch":
        raise UnsupportedLayerError("it keeps the aspect ratio: piecewise linear, not yet")
    return all_sizes, all_scales


def _places(call: Call, length: int, size: int, scale: float) -> Array:
    """Return which value of an axis each new one is."""
    if size == length and scale == 1.0:
        return np.arange(length)
    early = call.kind == "Upsample" or call.opset < 11
    mode = "asymmetric" if early else call.attribute("coordinate_transformation_mode", b"half_pixel").decode()
    x = np.arange(size, dtype=np.float64)
    match mode:
        case "asymmetric":
            at = x / scale
        case "half_pixel":
            at = (x + 0.5) / scale - 0.5
        case "pytorch_half_pixel":
            at = (x + 0.5) / scale - 0.5 if size > 1 else np.zeros(size)
        case "tf_half_pixel_for_nn":
            at = (x + 0.5) / scale
        case "align_corners":
            at = x * (length - 1) / (size - 1) if size > 1 else np.zeros(size)
        case _:
            raise UnsupportedLayerError(f"its coordinate mode {short(mode)} is not read")
    rounding = "floor" if early else call.attribute("nearest_mode", b"round_prefer_floor").decode()
    rules = {
        "floor": np.floor,
        "ceil": np.ceil,
        "round_prefer_floor": lambda v: np.ceil(v - 0.5),
        "round_prefer_ceil": lambda v: np.floor(v + 0.5),
    }
    if rounding not in rules:
        raise UnsupportedLayerError(f"its rounding {short(rounding)} is not read")
    return np.clip(rules[rounding](at), 0, length - 1).astype(np.int64)
