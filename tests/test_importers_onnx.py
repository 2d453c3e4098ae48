"""ONNX: the network computes what onnxruntime computes."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx_models import loaded, model, node, outputs, quarters
from public_data import ACASXU, needs_acasxu
from torch import nn

from exactregions.importers import load

ACASXU_FILES = sorted(ACASXU.glob("*.onnx"))
W, V, C, ROW = quarters(3, 4), quarters(4, 2), quarters(3), quarters(1, 3)
CHAINS = {
    "matmul add relu": (
        [node("MatMul", "x", "W", out="a"), node("Add", "a", "b", out="c"), node("Relu", "c", out="y")],
        {"W": W, "b": quarters(4)},
    ),
    "constant first": (
        [node("MatMul", "x", "W", out="a"), node("Add", "b", "a", out="y")],
        {"W": W, "b": quarters(4)},
    ),
    "two additions": (
        [node("MatMul", "x", "W", out="a"), node("Add", "a", "b", out="c"), node("Add", "c", "b", out="y")],
        {"W": W, "b": quarters(1, 4)},
    ),
    "scalar": (
        [node("Sub", "x", "s", out="a"), node("MatMul", "a", "W", out="y")],
        {"W": W, "s": quarters(1)[0]},
    ),
    "sub before": ([node("Sub", "x", "c", out="a"), node("MatMul", "a", "W", out="y")], {"W": W, "c": C}),
    "sub after": (
        [node("MatMul", "x", "W", out="a"), node("Sub", "a", "b", out="y")],
        {"W": W, "b": quarters(4)},
    ),
    "sub from": ([node("Sub", "c", "x", out="a"), node("MatMul", "a", "W", out="y")], {"W": W, "c": ROW}),
    "matmul twice": (
        [node("MatMul", "x", "W", out="a"), node("MatMul", "a", "V", out="y")],
        {"W": W, "V": V},
    ),
    "weight on the left": (
        [
            node("Reshape", "x", "s", out="a"),
            node("MatMul", "W", "a", out="b"),
            node("Add", "b", "c", out="y"),
        ],
        {"W": quarters(4, 3), "s": np.array([3, 1]), "c": quarters(4, 1)},
    ),
    "leaky": (
        [node("LeakyRelu", "x", out="a", alpha=0.25), node("MatMul", "a", "W", out="y")],
        {"W": W},
    ),
    "constant node": (
        [
            helper.make_node("Constant", [], ["W"], value=numpy_helper.from_array(W)),
            helper.make_node("Constant", [], ["s"], value_ints=[1, -1]),
            helper.make_node("Constant", [], ["t"], value_float=0.5),
            helper.make_node("Constant", [], ["r"], value_floats=[0.5, 0.25, 1.0]),
            node("Identity", "W", out="U"),
            node("Add", "x", "r", out="q"),
            node("Reshape", "q", "s", out="a"),
            node("Add", "a", "t", out="b"),
            node("MatMul", "b", "U", out="c"),
            node("Identity", "c", out="y"),
        ],
        {},
    ),
    "unused branch": (
        [node("Relu", "x", out="unused"), node("MatMul", "x", "W", out="y")],
        {"W": W},
    ),
    "relu alone": ([node("Relu", "x", out="y")], {}),
    "reshape keeps and infers": (
        [node("Reshape", "x", "s", out="a"), node("MatMul", "a", "W", out="y")],
        {"s": np.array([0, 1, -1]), "W": W},
    ),
    "flatten from the right": (
        [node("Flatten", "x", out="a", axis=-1), node("MatMul", "a", "W", out="y")],
        {"W": W},
    ),
}


@pytest.mark.parametrize("case", CHAINS)
def test_chains_of_operators(tmp_path, case):
    nodes, constants = CHAINS[case]
    proto = model(nodes, (1, 3), constants)
    points = quarters(20, 3)
    found = loaded(proto, tmp_path).forward(points)
    assert np.array_equal(found, outputs(proto.SerializeToString(), points, (1, 3)))


@given(trans_a=st.booleans(), trans_b=st.booleans(), left=st.booleans(), data=st.data())
def test_gemm_in_every_form(tmp_path_factory, trans_a, trans_b, left, data):
    scale = st.sampled_from([1.0, 0.5, -2.0, 0.0])
    alpha, beta = data.draw(scale), data.draw(scale)
    # x is the row (1, 3) on the left or the column (3, 1) on the right, each transposed where told so
    shape = ((3, 1) if trans_a else (1, 3)) if left else ((1, 3) if trans_b else (3, 1))
    other = (3, 4) if left else (4, 3)
    weight = quarters(*(other[::-1] if (trans_b if left else trans_a) else other))
    bias = data.draw(st.sampled_from([None, (1,), (1, 1), (1, 4) if left else (4, 1)]))
    inputs = [*(("x", "W") if left else ("W", "x")), *(["b"] if bias else [])]
    constants = {"W": weight} | ({"b": quarters(*bias)} if bias else {})
    flags = {"transA": int(trans_a), "transB": int(trans_b), "alpha": alpha, "beta": beta}
    proto = model([node("Gemm", *inputs, out="y", **flags)], shape, constants)
    points = quarters(5, 3)
    found = loaded(proto, tmp_path_factory.mktemp("gemm")).forward(points)
    assert np.array_equal(found, outputs(proto.SerializeToString(), points, shape))


def test_stages_are_not_fused(tmp_path):
    nodes = [
        node("Sub", "x", "c", out="a"),
        node("MatMul", "a", "W", out="b"),
        node("Add", "b", "d", out="y"),
    ]
    network = loaded(model(nodes, (1, 3), {"c": np.full(3, 0.1, np.float32), "W": W, "d": quarters(4)}), tmp_path)
    (stage,) = network.stages
    assert not stage.splits.any()
    assert np.array_equal(stage.weight, np.eye(3))
    assert np.array_equal(stage.bias, -np.full(3, 0.1, np.float32).astype(float))
    assert np.array_equal(network.weight, W.T)


def test_subtracting_zero_adds_no_stage(tmp_path):
    nodes = [node("Sub", "x", "c", out="a"), node("MatMul", "a", "W", out="y")]
    assert loaded(model(nodes, (1, 3), {"c": np.zeros(3, np.float32), "W": W}), tmp_path).stages == ()


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), ("batch", 3), (1, 3), (3,), ("batch", 1, 3)])
def test_input_shapes_are_flattened(tmp_path, shape):
    nodes = [node("MatMul", "x", "W", out="a"), node("Relu", "a", out="y")]
    proto, points = model(nodes, shape, {"W": W}), quarters(10, 3)
    concrete = tuple(1 if isinstance(s, str) else s for s in shape)
    found = loaded(proto, tmp_path).forward(points)
    assert np.array_equal(found, outputs(proto.SerializeToString(), points, concrete))


def test_default_slope_is_the_float32_of_a_hundredth(tmp_path):
    proto = model([node("LeakyRelu", "x", out="y")], (1, 1))
    low = loaded(proto, tmp_path).stages[0].low[0]
    assert low == -outputs(proto.SerializeToString(), np.array([[-1.0]], np.float32), (1, 1))[0, 0]


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE])
def test_other_float_types_are_widened_exactly(tmp_path, dtype):
    weight = helper.make_tensor("W", dtype, (3, 4), W.ravel().tolist())
    proto = model([node("MatMul", "x", "W", out="y")], (1, 3), dtype=dtype)
    proto.graph.initializer.append(weight)
    assert loaded(proto, tmp_path).weight.T.tolist() == W.tolist()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of the exporters
@pytest.mark.parametrize("dynamo", [False, True])
@pytest.mark.parametrize("batch", [1, "symbolic"])
def test_what_torch_exports(tmp_path, dynamo, batch):
    torch.manual_seed(0)
    layers = (nn.Flatten(), nn.Linear(6, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 8, bias=False))
    module = nn.Sequential(*layers, nn.LeakyReLU(0.1), nn.Linear(8, 3), nn.ReLU()).eval()
    path, points = tmp_path / "a.onnx", torch.randn(50, 2, 3)
    free = {0: torch.export.Dim("n", min=1)} if dynamo else {"x": {0: "n"}}
    sizes = {"dynamic_shapes": (free,)} if dynamo else {"dynamic_axes": free}
    example = points[: 1 if batch == 1 else 2]
    extra: dict[str, Any] = {} if batch == 1 else sizes
    torch.onnx.export(module, (example,), path, dynamo=dynamo, input_names=["x"], **extra)
    flat = points.reshape(50, 6).numpy()
    found = load(path).forward(flat)
    assert np.allclose(found, module(points).detach().numpy(), rtol=0, atol=2e-6)
    assert np.allclose(found, outputs(str(path), flat, (1, 2, 3)), rtol=0, atol=2e-6)


@needs_acasxu
@pytest.mark.parametrize("path", ACASXU_FILES, ids=lambda p: p.stem)
def test_acasxu(path):
    network = load(path)
    assert (network.inputs, network.widths, network.outputs) == (5, (50,) * 6, 5)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (300, 5)).astype(np.float32)
    expected = outputs(str(path), points, (1, 1, 1, 5))
    assert np.abs(network.forward(points) - expected).max() < 1e-5 * max(1, np.abs(expected).max())
