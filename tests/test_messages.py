"""No message of an error is long, however large the input, and none had to be cut: the remedy is still there."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from onnx_models import loaded, model, node, quarters
from safetensors.numpy import save_file
from torch import nn
from typer.testing import CliRunner

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, enumerate_regions, load, save, study
from exactregions.bounds import get_bounds
from exactregions.cli import app
from exactregions.domain import domain_from_dict
from exactregions.engines.registry import get_engine
from exactregions.errors import ExactRegionsError
from exactregions.importers.vnnlib import input_box
from exactregions.network import Winner

LONGEST = 500
HUGE, GAP = "x" * 10_000, " .. "  # a gap is where an error had to cut its message, which may have lost the remedy
MANY = list(range(5_000))
WIDE = Network.from_layers([np.ones((3, 784)), np.ones((1, 3))], [None, None])


def vnnlib(folder, text: str):
    (folder / "a.vnnlib").write_text(text)
    return input_box(folder / "a.vnnlib")


def state_dict(folder, names, shape=(2, 2), **options):
    save_file({name: np.zeros(shape, np.float32) for name in names}, folder / "a.safetensors")
    return load(folder / "a.safetensors", **options)


def archive(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return load(folder / "a.npz")


def nnet(folder, text: str):
    (folder / "a.nnet").write_text(text)
    return load(folder / "a.nnet")


REFUSALS = {
    "a centre of text": lambda f: Ball(HUGE, 1),
    "a radius of text": lambda f: Ball([0], HUGE),
    "a radius that is a list": lambda f: Ball([0], MANY),
    "a radius of many digits": lambda f: Ball([0], -(10**20_000)),
    "a norm": lambda f: Ball([0], 1, 10**20_000),  # type: ignore[arg-type]
    "a norm that is a list": lambda f: Ball([0], 1, MANY),  # type: ignore[arg-type]
    "the shape of a ball": lambda f: Ball([0], 1, input_shape=MANY),
    "a centre of lists": lambda f: Ball([MANY, MANY], 1),
    "a centre of tensors": lambda f: Ball([torch.zeros(5000)], 1),
    "a centre without values": lambda f: Ball(torch.zeros(784, device="meta"), 1),
    "ends of a box": lambda f: Box(10**20_000, -(10**20_000), dim=1),
    "ends without a number": lambda f: Box(10**20_000, 1),
    "the dimension of a box": lambda f: Box(0, 1, dim=HUGE),  # type: ignore[arg-type]
    "rows of a polytope": lambda f: Polytope([[0] * n for n in range(1, 300)], MANY[:299]),
    "a matrix": lambda f: Polytope(HUGE, [1]),  # type: ignore[arg-type]
    "the box of a polytope": lambda f: Polytope([[1]], [1], HUGE),  # type: ignore[arg-type]
    "the whole space": lambda f: WholeSpace(HUGE),  # type: ignore[arg-type]
    "a point": lambda f: Ball([0], 1).contains(MANY),
    "a description": lambda f: domain_from_dict({"kind": HUGE}),
    "a damaged description": lambda f: domain_from_dict({"kind": "ball", "center": [HUGE], "radius": 1, "norm": 2}),
    "a weight": lambda f: Stage.relu([MANY, [1]], [0, 0]),
    "layers of text": lambda f: Network.from_layers(HUGE, HUGE),
    "an activation": lambda f: Network.from_layers([[[1]], [[1]]], [None, None], activation=HUGE),
    "a winner": lambda f: Winner(tuple(MANY), tuple((i, i) for i in MANY)),
    "the shape of inputs": lambda f: Network((), [[1]], [0], input_shape=MANY),
    "points": lambda f: WIDE.forward(np.zeros((2,) * 30)),
    "points of text": lambda f: WIDE.forward([HUGE]),
    "a network": lambda f: enumerate_regions(HUGE, Ball([0], 1)),  # type: ignore[arg-type]
    "an engine": lambda f: get_engine(HUGE),
    "radii": lambda f: study(WIDE, np.zeros((1, 784)), HUGE),  # type: ignore[arg-type]
    "bounds": lambda f: get_bounds([HUGE]),
    "bounds of another kind": lambda f: get_bounds([MANY]),  # type: ignore[list-item]
    "a suffix": lambda f: load("a." + "s" * 200),
    "keys of an archive": lambda f: archive(f, **{f"{'k' * 100}{i}": np.zeros(1) for i in range(100)}),
    "an unknown key": lambda f: archive(f, W0=np.zeros((1, 1)), **{"k" * 5000: np.zeros(1)}),
    "text as weights": lambda f: archive(f, W0=np.array([[HUGE]])),
    "names of tensors": lambda f: state_dict(f, [f"{HUGE}.{i}.running_mean" for i in range(30)], activation="relu"),
    "several networks": lambda f: state_dict(
        f, [f"{'n' * 50}{i}.{j}.weight" for i in range(100) for j in (0, 2)], activation="relu"
    ),
    "a prefix": lambda f: state_dict(f, ["a.0.weight", "b.0.weight"], activation="relu", prefix=HUGE),
    "tensors of many axes": lambda f: state_dict(
        f, [f"{'n' * 90}.{i}.weight" for i in range(200)], (1,) * 20, activation="relu"
    ),
    "a command of a property": lambda f: vnnlib(f, f"({HUGE} {HUGE})"),
    "a bound of a property": lambda f: vnnlib(f, f"(declare-const X_0 Real)(assert (<= X_0 {HUGE}))"),
    "brackets of a property": lambda f: vnnlib(f, "(" * 100_000),
    "a number of a property": lambda f: vnnlib(f, f"(declare-const X_0 Real)(assert (<= X_0 {'9' * 100_000}))"),
    "a gap of a property": lambda f: vnnlib(f, f"(declare-const X_{'9' * 3000} Real)"),
    "a header": lambda f: nnet(f, f"{HUGE}\n"),
    "numbers of a header": lambda f: nnet(f, "1,1,1,1\n" + "1," * 5000 + "\n"),
    "an operator": lambda f: _with_operator(f, HUGE),
    "an input without a size": lambda f: _with_inputs(f, [0] * 500),
    "an input of many axes": lambda f: _with_inputs(f, [9] * 500),
    "outputs": lambda f: _with_outputs(f),
    "an output": lambda f: _with_operator(f, "MatMul", output=HUGE),
    "a weight of many axes": lambda f: _with_weight(f, np.zeros((1,) * 60, np.float32)),
    "a module": lambda f: Network.from_torch(HUGE),  # type: ignore[arg-type]
    "a shape of inputs": lambda f: Network.from_torch(nn.Linear(2, 2), input_shape=MANY),
    "an export": lambda f: Network.from_torch(nn.Linear(2, 2), input_shape=[1] * 500),
    "an example": lambda f: Network.from_torch(nn.Linear(2, 2), HUGE),
}


def _with_operator(folder, kind: str, **options):
    nodes = [helper.make_node(kind, ["x", "W"], ["y"], name=HUGE)]
    proto = helper.make_model(
        helper.make_graph(
            nodes,
            "a",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [onnx.numpy_helper.from_array(quarters(3, 4), "W")],
        )
    )
    return loaded(proto, folder, **options)


def _with_inputs(folder, shape):
    proto = model([node("Relu", "x", out="y")], (1, 3))
    proto.graph.input[0].CopyFrom(helper.make_tensor_value_info(HUGE, TensorProto.FLOAT, shape))
    return loaded(proto, folder)


def _with_outputs(folder):
    proto = model([node("Relu", "x", out="y")], (1, 3))
    for i in range(100):
        proto.graph.output.append(helper.make_tensor_value_info(f"{'o' * 100}{i}", TensorProto.FLOAT, (1, 3)))
    return loaded(proto, folder)


def _with_weight(folder, weight):
    proto = model([node("MatMul", "x", "W", out="y")], (1, 3), {"W": quarters(3, 4)})
    proto.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(weight, "W"))
    return loaded(proto, folder)


@pytest.mark.parametrize("case", REFUSALS)
def test_messages_are_short_however_large_the_input(tmp_path, case):
    with pytest.raises(ExactRegionsError) as raised:
        REFUSALS[case](tmp_path)
    text = str(raised.value).replace(str(tmp_path), "")
    assert len(str(raised.value)) <= LONGEST
    assert len(text) <= LONGEST - 60
    assert GAP not in text.replace(", .. ", ""), "the message was cut"
    assert "\n" not in text


@pytest.mark.parametrize(
    "options",
    [
        ("--center", HUGE, "--radius", "1"),
        ("--center", ",".join(["a"] * 5000), "--radius", "1"),
        ("--origin", "--radius", HUGE),
        ("--origin", "--radius", ",".join(["1"] * 5000)),
        ("--box", HUGE),
        ("--box", ":".join(["1"] * 5000)),
        ("--box", ",".join(["0:1"] * 5000)),
        ("--whole-space", "--engine", HUGE),
        ("--whole-space", "--through", "a.npy", "--rows", HUGE),
        ("--whole-space", "--activation", HUGE),
    ],
)
def test_usage_errors_are_short(tmp_path, options):
    save(WIDE, tmp_path / "net.npz")
    result = CliRunner().invoke(app, ["count", str(tmp_path / "net.npz"), *options])
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    assert len(" ".join(result.stderr.split())) <= LONGEST + 300  # with the frame and the usage line
