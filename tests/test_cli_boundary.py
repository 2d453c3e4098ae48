"""`exactregions boundary`: what it prints, and its exit codes."""

import json
from functools import partial

import numpy as np
import pytest
from command_line import run as run_command

from exactregions import Network
from exactregions.cases.networks import generated
from exactregions.importers import save

run = partial(run_command, "boundary")
CROSS = Network.from_layers([np.eye(3), [[1.0, 1.0, 1.0]]], [None, [-1.0]], activation="abs")


@pytest.fixture
def net(tmp_path):
    save(CROSS, tmp_path / "net.npz")
    return str(tmp_path / "net.npz")


def test_for_people(net):
    lines = run(net, "--box", "-2,2").stdout.splitlines()
    assert lines[0] == "8 pieces in 8 regions"
    assert lines[-1] == "between  classes 0 and 1: 8 pieces"


def test_in_json_and_on_a_slice(net, tmp_path):
    found = json.loads(run(net, "--box", "-2,2", "--json").stdout)
    assert (found["pieces"], found["regions"], found["complete"]) == (8, 8, True)
    assert found["between"] == [{"classes": [0, 1], "pieces": 8}]
    np.save(tmp_path / "points.npy", [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    plane = tmp_path / "plane.png"
    sliced = "--through", tmp_path / "points.npy", "--rows", "0,1,2", "--box", "-1,2"
    found = json.loads(run(net, *sliced, "--plot", plane, "--json").stdout)
    assert (found["pieces"], found["regions"]) == (4, 4)
    assert plane.stat().st_size > 10_000


def test_refusals_and_limits(net, tmp_path):
    assert "classes is" in run(net, "--box", "-2,2", "--classes", "0,2", code=1).stderr
    run(net, "--box", "-2,2", "--classes", "up", code=2)
    run(net, code=2)
    assert "plane" in run(net, "--box", "-2,2", "--plot", tmp_path / "no.png", code=1).stderr
    save(generated(4, 16, 16, 3), tmp_path / "large.npz")
    assert "NOT COMPLETE" in run(tmp_path / "large.npz", "--box", "-1,1", "--max-regions", 5, code=3).stdout
