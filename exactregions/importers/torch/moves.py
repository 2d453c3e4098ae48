"""Aten operators that move values and compute nothing: torch itself applies them to the references."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.errors import UnsupportedLayerError
from exactregions.importers.graph.core import Graph, Tensor
from exactregions.importers.torch.loading import torch_module

MOVES = {
    *("view", "_unsafe_view", "reshape", "flatten", "unflatten", "permute", "transpose", "t", "numpy_T", "mT"),
    *("squeeze", "unsqueeze", "expand", "expand_as", "broadcast_to", "slice", "select", "narrow", "index_select"),
    *("index", "gather", "cat", "concat", "concatenate", "stack", "split", "split_with_sizes", "chunk", "unsafe_chunk"),
    *("unsafe_split", "tensor_split", "unbind", "clone", "contiguous", "alias", "detach", "detach_", "lift_fresh"),
    *("lift_fresh_copy", "constant_pad_nd", "pad", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d"),
    *("replication_pad1d", "replication_pad2d", "replication_pad3d", "_pad_circular", "repeat", "repeat_interleave"),
    *("tile", "flip", "roll", "rot90", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "movedim", "moveaxis"),
    *("native_channel_shuffle", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "swapaxes"),
    *("_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "swapdims", "diagonal"),
    *("unfold", "im2col", "slice_scatter", "select_scatter", "index_put", "view_as", "reshape_as", "ravel", "where"),
    *("masked_fill", "atleast_1d", "atleast_2d", "atleast_3d", "hsplit", "vsplit", "dsplit", "fliplr", "flipud"),
    *("hstack", "vstack", "dstack", "column_stack", "adjoint", "take_along_dim", "copy"),
    *("unsafe_split_with_sizes", "triu", "tril"),
}
CHOOSING = ("condition", "mask", "index", "indices")  # arguments that say which values are moved
FILLS = {"constant_pad_nd", "pad", "masked_fill"}
CASTS = {"to", "_to_copy", "type_as", "float", "double", "half", "bfloat16", "_assert_tensor_metadata"}
DROPOUTS = {"dropout", "dropout_", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout"}


def move(graph: Graph, kind: str, target: Any, arguments: dict[str, Any]) -> Any:
    """Apply the operator to references in place of values; constants among them become references too.

    References are counted from that of zero, so that operators which fill with zeros fill with its reference.
    """
    torch = torch_module()
    zero = int(graph.constants(np.array(0.0)))

    def referred(value: Any) -> Any:
        if isinstance(value, Tensor):  # float64 holds references exactly, and every operator takes it
            return torch.from_numpy(np.ascontiguousarray(value.references - zero, dtype=np.float64))
        if isinstance(value, torch.Tensor) and value.dtype.is_floating_point:
            return torch.from_numpy(np.asarray(graph.constants(value.numpy()) - zero, dtype=np.float64))
        return [referred(v) for v in value] if isinstance(value, list | tuple) else value

    for name in CHOOSING:
        if isinstance(arguments.get(name), Tensor):
            raise UnsupportedLayerError(f"its {name} depends on the input: piecewise linear if nothing jumps, not yet")
    given = {name: referred(value) for name, value in arguments.items()}
    fills = kind in FILLS and given.get("mode", "constant") == "constant"
    if fills and not isinstance(given.get("value"), torch.Tensor):
        given["value"] = float(graph.constants(np.array(float(given.get("value") or 0.0))) - zero)
    positional, named = _split(target, given)
    try:
        return _tensors(target(*positional, **named), zero)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        reason = str(error).split("\n")[0][:120]
        raise UnsupportedLayerError(f"torch cannot move references as it moves values ({reason})") from None


def _split(target: Any, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    schema = target._schema.arguments
    return [arguments[a.name] for a in schema if not a.kwarg_only], {
        a.name: arguments[a.name] for a in schema if a.kwarg_only
    }


def _tensors(found: Any, zero: int) -> Any:
    if isinstance(found, list | tuple):
        return [_tensors(v, zero) for v in found]
    return Tensor(found.numpy().astype(np.int64) + zero)


def cast(value: Tensor, arguments: dict[str, Any]) -> Tensor:
    """Return the value: between types of floats nothing changes."""
    wanted, other = arguments.get("dtype"), arguments.get("other")
    if wanted is None:
        wanted = getattr(other, "dtype", None)
    if wanted is not None and not wanted.is_floating_point:
        raise UnsupportedLayerError(f"it rounds values to {wanted}: not piecewise linear")
    return value
