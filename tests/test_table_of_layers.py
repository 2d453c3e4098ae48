"""The table of layers in the how-to: each row is read from torch and from what both exporters write."""

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from exactregions import Network, load

PAGE = Path(__file__).parents[1] / "docs" / "howto" / "your-network.md"
ROW = re.compile(r"\| ([^|]+) \| `(nn\.[^`]+)` \| `([0-9, ]+)` \| ([^|]+) \| ([^|]+) \|")
ROWS = {match[1]: match for match in map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines()) if match}
# comparisons of values, which are not read, or what the exporter does not know
NOT_EXPORTED = {True: {"soft shrink", "RReLU"}, False: {"soft shrink"}}


def made(row: re.Match[str]) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    module = eval(row[2], {"nn": nn})
    return module.eval(), torch.zeros(1, *(int(n) for n in row[3].split(",")))


def test_the_table_has_its_rows():
    assert len(ROWS) == 22


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_read_from_torch(name):
    module, example = made(ROWS[name])
    network = Network.from_torch(module, example, tolerance=1e-6)
    assert bool(network.winners) == ("winner" in ROWS[name][5])
    assert bool(network.units) == ("unit" in ROWS[name][5])
    if "nothing is computed" in ROWS[name][5]:
        assert network.stages == ()
        assert set(np.unique(network.weight)) <= {0.0, 1.0}


class Together(nn.Module):
    """All rows side by side, so that they are exported once."""

    def __init__(self, parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, *inputs):
        return tuple(part(x) for part, x in zip(self.parts, inputs, strict=True))


@pytest.mark.parametrize("dynamo", [False, True])
def test_rows_are_read_from_exports(tmp_path, dynamo):
    names = sorted(set(ROWS) - NOT_EXPORTED[dynamo])
    modules, examples = zip(*map(made, (ROWS[name] for name in names)), strict=True)
    path = tmp_path / "a.onnx"
    extra: dict[str, Any] = {"verbose": False} if dynamo else {"opset_version": 17}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Together(modules).eval(), examples, path, dynamo=dynamo, **extra)
    written = onnx.load(path)
    operators = {node.op_type for node in written.graph.node}
    sizes = [example.numel() for example in examples]
    points = np.random.default_rng(0).integers(-8, 8, (20, sum(sizes))) / 4
    parts = np.split(points, np.cumsum(sizes)[:-1], axis=1)
    for name, module, example, part, info in zip(names, modules, examples, parts, written.graph.output, strict=True):
        assert operators & set(re.findall(r"[A-Z]\w+", ROWS[name][4])), name
        expected = Network.from_torch(module, example, check=False).forward(part)
        found = load(path, output=info.name).forward(points)
        assert np.abs(found - expected).max() < 1e-6 * max(1, np.abs(expected).max()), name
