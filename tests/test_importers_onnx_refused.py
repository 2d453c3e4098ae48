"""ONNX: what is no chain of supported operators is refused, with the node and the remedy."""

import sys

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_models import loaded, model, node, quarters

from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers import load

W, C = quarters(3, 4), quarters(3)
REFUSED = {
    "operator": (
        [node("Sigmoid", "x", out="y")],
        {},
        UnsupportedLayerError,
        r"node 0 \(Sigmoid, 'Sigmoid to y'\)",
    ),
    "residual link": (
        [node("Relu", "x", out="a"), node("Add", "x", "a", out="y")],
        {},
        UnsupportedLayerError,
        r"node 1 \(Add, .*residual",
    ),
    "bilinear": ([node("MatMul", "x", "x", out="y")], {}, UnsupportedLayerError, "depend on the input"),
    "constants only": (
        [node("Add", "b", "b", out="a"), node("Add", "x", "a", out="y")],
        {"b": C},
        UnsupportedLayerError,
        "node 0.*constants only",
    ),
    "inexact alpha": (
        [node("Gemm", "x", "W", out="y", alpha=0.1)],
        {"W": np.full((3, 2), 0.1)},
        UnsupportedLayerError,
        "not exact",
    ),
    "integer constant": (
        [node("Add", "x", "b", out="y")],
        {"b": np.arange(3)},
        UnsupportedLayerError,
        "int64",
    ),
    "constant output": ([node("Identity", "b", out="y")], {"b": C}, FileFormatError, "does not depend"),
    "batch": (
        [node("Reshape", "x", "s", out="a"), node("MatMul", "a", "W", out="y")],
        {"s": np.array([3, 1]), "W": quarters(1, 2)},
        NetworkError,
        "node 1 .*batch size of 1",
    ),
    "gemm of three dimensions": (
        [node("Reshape", "x", "s", out="a"), node("Gemm", "a", "W", out="y")],
        {"s": np.array([1, 1, 3]), "W": W},
        NetworkError,
        "batch size of 1",
    ),
    "expansion": ([node("Add", "x", "b", out="y")], {"b": quarters(4, 3)}, NetworkError, "makes several"),
    "shapes": ([node("MatMul", "x", "W", out="y")], {"W": quarters(2, 4)}, NetworkError, "node 0"),
    "shapes of a sum": ([node("Add", "x", "b", out="y")], {"b": quarters(2)}, NetworkError, "do not fit"),
    "reshape": ([node("Reshape", "x", "s", out="y")], {"s": np.array([2, 2])}, NetworkError, "cannot become"),
    "two unknown sizes": (
        [node("Reshape", "x", "s", out="y")],
        {"s": np.array([-1, -1])},
        NetworkError,
        "cannot",
    ),
    "nan": ([node("MatMul", "x", "W", out="y")], {"W": W * np.float32("nan")}, NetworkError, "finite"),
    "zero width": (
        [node("MatMul", "x", "W", out="y")],
        {"W": np.zeros((3, 0), np.float32)},
        NetworkError,
        "shape",
    ),
    "other domain": (
        [helper.make_node("Relu", ["x"], ["y"], domain="com.example")],
        {},
        UnsupportedLayerError,
        r"node 0 \(Relu\): the operator is not supported",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_chain_is_refused(tmp_path, case):
    nodes, constants, error, message = REFUSED[case]
    with pytest.raises(error, match=message) as caught:
        loaded(model(nodes, (1, 3), constants), tmp_path)
    assert "model.onnx" in str(caught.value)


@pytest.mark.parametrize("shape", [(1, "n"), (1, 0), ("n",), ()])
def test_inputs_without_a_size_are_refused(tmp_path, shape):
    with pytest.raises(FileFormatError, match="fixed sizes"):
        loaded(model([node("Relu", "x", out="y")], shape), tmp_path)


def test_two_inputs_are_refused(tmp_path):
    proto = model([node("Add", "x", "z", out="y")], (1, 3))
    proto.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, (1, 3)))
    with pytest.raises(FileFormatError, match="2 inputs"):
        loaded(proto, tmp_path)


def test_truncated_models_are_refused(tmp_path):
    whole = model([node("MatMul", "x", "W", out="y")], (1, 3), {"W": W}).SerializeToString()
    for k in range(len(whole)):
        (tmp_path / "bad.onnx").write_bytes(whole[:k])
        with pytest.raises(FileFormatError, match=r"bad\.onnx"):
            load(tmp_path / "bad.onnx")


def test_missing_onnx_names_the_install_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ExactRegionsError, match=r'pip install "exactregions\[onnx\]"'):
        load(tmp_path / "a.onnx")
