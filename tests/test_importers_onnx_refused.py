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
    "bilinear": ([node("MatMul", "x", "x", out="y")], {}, UnsupportedLayerError, "depend on the input"),
    "all obstacles": (
        [node("Tanh", "x", out="a"), node("MatMul", "a", "W", out="b"), node("Gelu", "b", out="y")],
        {"W": W},
        UnsupportedLayerError,
        r"node 0 \(Tanh, .*\): not piecewise linear; node 2 \(Gelu, .*\): not piecewise linear$",
    ),
    "not yet": ([node("GatherND", "x", "a", out="y")], {"a": np.array([[0]])}, UnsupportedLayerError, "not yet"),
    "a last softmax": (
        [node("MatMul", "x", "W", out="a"), node("Softmax", "a", out="y")],
        {"W": W},
        UnsupportedLayerError,
        r"node 1 \(Softmax.*not piecewise linear \(last: strip_output=True, --strip-output, cuts it off\)$",
    ),
    "a softmax in the middle": (
        [node("Softmax", "x", out="a"), node("MatMul", "a", "W", out="y")],
        {"W": W},
        UnsupportedLayerError,
        r"node 0 \(Softmax.*not piecewise linear$",
    ),
    "a jump": ([node("Shrink", "x", out="y")], {}, UnsupportedLayerError, "not continuous"),
    "division by it": ([node("Div", "b", "x", out="y")], {"b": C}, UnsupportedLayerError, "depends on the input"),
    "rounding": ([node("Cast", "x", out="y", to=TensorProto.INT64)], {}, UnsupportedLayerError, "rounds"),
    "batch norm of its own batch": (
        [helper.make_node("BatchNormalization", ["x", *"bbbb"], ["y", "m", "v"], training_mode=1)],
        {"b": C},
        UnsupportedLayerError,
        "own batch",
    ),
    "a value that nothing gives": ([node("Add", "x", "z", out="y")], {}, FileFormatError, "'z', which nothing gives"),
    "a circle": (
        [node("Add", "x", "b", out="a"), node("Relu", "a", out="b"), node("Relu", "b", out="y")],
        {},
        FileFormatError,
        "circle",
    ),
    "a value given twice": (
        [node("Relu", "x", out="y"), node("Abs", "x", out="y")],
        {},
        FileFormatError,
        "'y' is given by two nodes",
    ),
    "a giant shape": (
        [node("Expand", "x", "s", out="y")],
        {"s": np.array([10**6, 10**6, 3])},
        NetworkError,
        r"node 0 .*up to 67,108,864",
    ),
    "a giant padding": (
        [node("Pad", "x", "s", out="y")],
        {"s": np.array([0, 0, 0, 10**12])},
        NetworkError,
        r"node 0 .*up to 67,108,864",
    ),
    "a giant tile": ([node("Tile", "x", "s", out="y")], {"s": np.array([10**9, 10**9])}, NetworkError, "node 0"),
    "gemm of three dimensions": (
        [node("Reshape", "x", "s", out="a"), node("Gemm", "a", "W", out="y")],
        {"s": np.array([1, 1, 3]), "W": W},
        NetworkError,
        "needs two dimensions",
    ),
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
        "no input or no output",
    ),
    "other domain": (
        [helper.make_node("Relu", ["x"], ["y"], domain="com.example")],
        {},
        UnsupportedLayerError,
        r"node 0 \(Relu\): an operator that is not known here \(domain 'com.example'\)",
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


def test_of_several_outputs_one_is_named(tmp_path):
    proto = model([node("Relu", "x", out="y"), node("MatMul", "y", "W", out="z")], (1, 3), {"W": W})
    proto.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, (1, 4)))
    with pytest.raises(FileFormatError, match=r"2 outputs, \['y', 'z'\]; name one: output= \(--output-name\)"):
        loaded(proto, tmp_path)
    with pytest.raises(FileFormatError, match="no output 'a'"):
        loaded(proto, tmp_path, output="a")
    assert loaded(proto, tmp_path, output="z").outputs == 4


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
