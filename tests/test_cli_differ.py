"""`exactregions differ`: what it prints, and its exit codes."""

import json
from functools import partial

import pytest
from command_line import run as run_command

from exactregions import Network
from exactregions.importers import save

run = partial(run_command, "differ")
RAMP = Network.from_layers([[[1.0]], [[1.0]]], [None, None])
LATER = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -5.0], None])


@pytest.fixture
def nets(tmp_path):
    for name, network in (("ramp", RAMP), ("later", LATER)):
        save(network, tmp_path / f"{name}.npz")
    return [str(tmp_path / f"{name}.npz") for name in ("ramp", "later")]


def test_for_people(nets):
    assert run(*nets, "--box", "-1,5").stdout == "equal\n"
    assert run(*nets, "--box", "-1,6").stdout.startswith("different\nat ")
    assert run(*nets, "--box", "-1,6", "--how-much").stdout == "1 in output 0\nat       6\n"


def test_in_json(nets):
    assert json.loads(run(*nets, "--box", "-1,5", "--json").stdout)["equal"] is True
    found = json.loads(run(*nets, "--box", "-1,6", "--json").stdout)
    assert found["equal"] is False
    assert 5 < found["point"][0] < 6
    much = json.loads(run(*nets, "--box", "-1,6", "--how-much", "--json").stdout)
    assert (much["value"]["value"], much["output"], much["point"]) == (1.0, 0, [6.0])


def test_a_limit_has_its_exit_code(nets):
    assert "NOT COMPLETE" in run(*nets, "--box", "-1,6", "--how-much", "--time-limit", 0, code=3).stdout
