"""Refusals: all that cannot be read is named with its place and reason, and no message is longer than a paragraph."""

import json
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from onnx_models import loaded, model, node, quarters
from torch import nn
from typer.testing import CliRunner

from exactregions import Network
from exactregions.cli import app
from exactregions.errors import UnsupportedLayerError
from exactregions.importers.onnx import translation

LONGEST = 500


class Several(nn.Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.first, self.gates = nn.Linear(2, 2), nn.ModuleList(nn.Tanh() for _ in range(count))

    def forward(self, x):
        x = self.first(x)
        for gate in self.gates:
            x = torch.relu(gate(x) * x)
        return torch.softmax(x, 1)


def test_all_obstacles_are_in_the_error():
    with pytest.raises(UnsupportedLayerError) as raised:
        Network.from_torch(Several(40), input_shape=(2,))
    assert len(raised.value.obstacles) == 81
    assert raised.value.obstacles[0] == "Tanh 'gates.0' (tanh): not piecewise linear"
    assert raised.value.obstacles[-1].startswith("Several.forward (softmax): not piecewise linear (last: strip_output")
    text = str(raised.value)
    for words in (
        "Tanh 'gates.0' (tanh)",
        "more of its kind: not piecewise linear",
        "(mul)",
        "(softmax)",
        "strip_output",
    ):
        assert words in text
    assert len(text) <= LONGEST


def test_all_obstacles_of_a_file_are_told_by_the_command_line(tmp_path):
    nodes = [node("Sin" if i % 2 else "ReverseSequence", f"v{i}", out=f"v{i + 1}") for i in range(50)]
    nodes[0].input[0] = "x"
    proto = model([*nodes, node("Softmax", "v50", out="y")], (1, 3), {})
    (tmp_path / "a.onnx").write_bytes(proto.SerializeToString())
    result = CliRunner().invoke(app, ["count", str(tmp_path / "a.onnx"), "--whole-space", "--json"])
    error = json.loads(result.stdout)["error"]
    assert error["type"] == "UnsupportedLayerError"
    assert len(error["message"]) <= LONGEST
    assert len(error["obstacles"]) == 51
    assert error["obstacles"][0].startswith("node 0 (ReverseSequence")
    assert error["obstacles"][0].endswith("): piecewise linear, not yet")
    assert error["obstacles"][-1].startswith("node 50 (Softmax")
    for words in ("(ReverseSequence", "(Sin", "(Softmax", "(last: strip_output=True"):
        assert words in error["message"]


def test_many_kinds_of_obstacles_are_named():
    kinds = ["Tanh", "Sin", "Cos", "Elu", "Selu", "Celu", "Erf", "Softplus", "Softsign", "Mish", "Gelu", "HardSwish"]
    nodes = [node(kind, f"v{i}", out=f"v{i + 1}") for i, kind in enumerate(kinds * 3)]
    nodes[0].input[0] = "x"
    proto = model([*nodes, node("Identity", f"v{len(nodes)}", out="y")], (1, 3), {})
    walk_text = refusal_of(proto)
    assert all(kind in walk_text for kind in kinds)
    assert len(walk_text) <= LONGEST


def refusal_of(proto: onnx.ModelProto) -> str:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, pytest.raises(UnsupportedLayerError) as raised:
        loaded(proto, Path(folder))
    return str(raised.value)


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "ArgMin"])
def test_the_end_of_a_model_is_named_and_cut_off(tmp_path, kind):
    given = {"W": quarters(3, 4)}
    attributes: dict[str, Any] = {"axis": 1} if kind.startswith("Arg") else {}
    ends = [node("MatMul", "x", "W", out="s"), helper.make_node(kind, ["s"], ["p"], **attributes)]
    ends += [node("Cast", "p", out="q", to=TensorProto.FLOAT), node("Flatten", "q", out="y")]
    proto = model(ends, (1, 3), given)
    text = refusal_of(proto)
    assert f"node 1 ({kind}): not piecewise linear (last: strip_output=True, --strip-output, cuts it off)" in text
    network = loaded(proto, tmp_path, strip_output=True)
    assert network == loaded(proto, tmp_path, output="s")
    assert any(f"({kind}) is cut off at the end" in note for note in network.notes)


def test_a_label_of_a_softmax_is_cut_off_with_it(tmp_path):
    nodes = [node("MatMul", "x", "W", out="s"), node("Softmax", "s", out="p"), node("ArgMax", "p", out="y", axis=1)]
    proto = model(nodes, (1, 3), {"W": quarters(3, 4)})
    assert loaded(proto, tmp_path, strip_output=True) == loaded(proto, tmp_path, output="s")


@pytest.mark.parametrize("end", ["softmax", "log_softmax", "sigmoid", "argmax", "argmin"])
def test_the_end_of_a_module_is_named_and_cut_off(end):
    class Ended(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))

        def forward(self, x):
            function = getattr(torch, end)
            return function(self.inner(x)) if end == "sigmoid" else function(self.inner(x), 1)

    torch.manual_seed(0)
    module = Ended()
    with pytest.raises(UnsupportedLayerError, match=rf"\({end}\): not piecewise linear \(last: strip_output=True"):
        Network.from_torch(module, input_shape=(2,))
    network = Network.from_torch(module, input_shape=(2,), strip_output=True)
    assert network == Network.from_torch(module.inner)


def test_a_middle_that_is_curved_is_not_cut_off():
    module = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 2))
    with pytest.raises(UnsupportedLayerError, match=r"Sigmoid '1' \(sigmoid\): not piecewise linear$"):
        Network.from_torch(module, strip_output=True)


def test_every_standard_operator_has_a_verdict():
    known = {*translation.RULES, *translation.CURVED, *translation.FINAL, *translation.LABELS, *translation.LINEAR_YET}
    schemas = onnx.defs.get_all_schemas_with_history()
    standard = {s.name for s in schemas if s.domain in ("", "ai.onnx") and s.since_version <= 22}
    assert len(standard) > 150
    assert not sorted(standard - known)


def test_what_jumps_is_told_from_what_is_not_yet_read():
    functions = {
        "not piecewise linear$": [lambda x: (x > 0).float(), lambda x: torch.hypot(x, x), lambda x: x.max(1).indices],
        "piecewise linear, not yet": [lambda x: x.sort().values, lambda x: x.topk(2).values],
        "piecewise linear if nothing jumps, not yet$": [lambda x: torch.where(x > 0, x, x / 2)],
    }

    class Function(nn.Module):
        def __init__(self, function) -> None:
            super().__init__()
            self.function = function

        def forward(self, x):
            return self.function(x)

    for words, group in functions.items():
        for function in group:
            with pytest.raises(UnsupportedLayerError, match=words):
                Network.from_torch(Function(function), input_shape=(3,))


def test_the_scaler_of_a_pipeline_is_affine(tmp_path):
    scaler = helper.make_node(
        "Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[0.5, -1.0, 2.0], scale=[2.0, 0.25, 1.0]
    )
    network = loaded(model([scaler], (1, 3), {}), tmp_path)
    points = quarters(5, 3)
    assert np.array_equal(network.forward(points), (points - [0.5, -1.0, 2.0]) * [2.0, 0.25, 1.0])


def test_a_recurrence_is_judged_by_its_activation_and_direction():
    for attributes, reason in (
        ({}, "not piecewise linear"),
        ({"activations": ["Relu"], "direction": "reverse"}, "its direction is 'reverse': piecewise linear, not yet"),
    ):
        recurrent = helper.make_node("RNN", ["x", "W", "W"], ["y"], hidden_size=2, **attributes)
        assert refusal_of(model([recurrent], (1, 1, 3), {"W": quarters(1, 2, 3)})).endswith(f"(RNN): {reason}")
