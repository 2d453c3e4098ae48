"""ONNX files: a chain of affine operators and activations from one input to one output."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers.lowering import assemble
from exactregions.importers.onnx_operators import RULES, Array, Operand, Shape, Value
from exactregions.network import Network

__all__ = ["read"]


def read(path: Path) -> Network:
    """Read a network of Gemm, MatMul, Add, Sub, Flatten, Reshape, Relu, LeakyRelu, Constant and Identity.

    An input of several dimensions is flattened; a symbolic first dimension is the batch and counts as 1.
    Affine maps are never multiplied together: a constant that is subtracted before a MatMul becomes a stage
    of wires. The slope of a LeakyRelu is the float32 value that the file holds.

    Raises
    ------
    FileFormatError
        If the file is truncated, foreign, or has more than one input or output.
    UnsupportedLayerError
        If an operator has no translation; it is named, with its position.
    NetworkError
        If shapes do not chain or a value is not finite.
    ExactRegionsError
        If onnx is not installed.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        raise ExactRegionsError('this needs onnx; install it: pip install "exactregions[onnx]"') from None
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
        constants = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    except (DecodeError, onnx.checker.ValidationError, ValueError, TypeError) as error:
        reason = str(error).strip().split("\n")[0]
        raise FileFormatError(f"it is no whole ONNX model ({reason}); export it again") from None
    return _translate(model.graph, constants)


def _translate(graph: Any, constants: dict[str, Array]) -> Network:
    # old files list their initializers among the inputs
    inputs = [info for info in graph.input if info.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        found = f"{len(inputs)} inputs and {len(graph.output)} outputs"
        raise FileFormatError(f"it has {found}; one of each is supported")
    shape = _input_shape(inputs[0])
    known: dict[str, Operand] = {**constants, inputs[0].name: Value((), shape), "": None}
    for position, node in enumerate(graph.node):
        try:
            known[node.output[0]] = _apply(node, [known[name] for name in node.input])
        except NetworkError as error:
            name = f", {node.name!r}" if node.name else ""
            raise type(error)(f"node {position} ({node.op_type}{name}): {error}") from None
    result = known.get(graph.output[0].name)
    if not isinstance(result, Value):
        raise FileFormatError("its output does not depend on its input")
    return assemble(result.steps, math.prod(shape))


def _input_shape(info: Any) -> Shape:
    sizes = info.type.tensor_type.shape.dim
    dims = [d.dim_value if d.WhichOneof("value") == "dim_value" else None for d in sizes]
    if len(dims) > 1 and dims[0] is None:
        dims[0] = 1  # the batch
    if not dims or not all(dims):
        raise FileFormatError(f"its input {info.name!r} has shape {dims}; export it with fixed sizes")
    return tuple(d for d in dims if d)


def _apply(node: Any, operands: list[Operand]) -> Operand:
    from onnx.helper import get_attribute_value
    from onnx.numpy_helper import to_array

    rule = RULES.get(node.op_type) if node.domain in ("", "ai.onnx") else None
    if rule is None:
        raise UnsupportedLayerError(f"the operator is not supported; supported are {', '.join(RULES)}")
    attributes = {a.name: get_attribute_value(a) for a in node.attribute}
    if "value" in attributes:
        attributes["value"] = to_array(attributes["value"])
    return rule(operands, attributes)
