"""Small ONNX models, and what onnxruntime makes of them."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from exactregions import Network
from exactregions.importers import load


def quarters(*shape: int) -> np.ndarray:
    """Multiples of 1/4 in float32, with which small networks are evaluated without rounding."""
    rng = np.random.default_rng([3, *shape])  # the same for a test alone and among others
    return (rng.integers(-4, 5, shape) / 4).astype(np.float32)


def node(kind: str, *inputs: str, out: str, **attributes) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [out], name=f"{kind} to {out}", **attributes)


def model(nodes, shape, constants=None, out="y", dtype=TensorProto.FLOAT, opset=20) -> onnx.ModelProto:
    """A model from x to out."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info(out, dtype, None)],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid(domain, opset if domain == "" else 1) for domain in {"", *(n.domain for n in nodes)}]
    proto = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    if opset >= 7:
        proto = onnx.shape_inference.infer_shapes(proto)
    # where shapes do not fit, none is inferred, and a model without one is refused before it is translated
    proto.graph.output[0].type.tensor_type.shape.SetInParent()
    return proto


def loaded(proto: onnx.ModelProto, folder: Path, **options) -> Network:
    (folder / "model.onnx").write_bytes(proto.SerializeToString())
    return load(folder / "model.onnx", **options)


def outputs(content: bytes | str, points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What onnxruntime makes of each point, flattened; content is a model or its path."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.stack([np.asarray(session.run(None, {name: p.reshape(shape)})[0]).ravel() for p in points])
