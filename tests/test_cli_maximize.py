"""`exactregions maximize`: what it prints, and its exit codes."""

import json
from functools import partial

import pytest
from command_line import run as run_command

from exactregions import Network
from exactregions.cases.networks import generated, hat
from exactregions.certificate.checker import check
from exactregions.importers import save

run = partial(run_command, "maximize")
PAIR = Network.from_layers([[[1.0]], [[1.0], [-3.0]]], [None, [0.0, 2.0]])  # the ramp r, and 2 - 3 r


@pytest.fixture
def nets(tmp_path):
    save(hat(), tmp_path / "hat.npz")
    save(PAIR, tmp_path / "pair.npz")
    return {name: str(tmp_path / f"{name}.npz") for name in ("hat", "pair")}


def test_for_people(nets):
    lines = run(nets["hat"], "--box", "-1,3").stdout.splitlines()
    assert lines[:2] == ["1", "at       1"]
    assert run(nets["hat"], "--box", "-1,3", "--minimize").stdout.startswith("0\n")
    assert run(nets["hat"], "--whole-space").stdout.startswith("1\n")


def test_combinations_in_json(nets):
    def value(*arguments):
        return json.loads(run(nets["pair"], "--box", "-1,1", "--json", *arguments).stdout)["value"]["lower"]

    assert value("--of-output", 1) == 2.0
    assert value("--of-output", 1, "--minimize") == -1.0
    assert value("--direction", "1/3,0") == "1/3"
    assert value("--direction", "3,1", "--minimize") == 2.0
    found = json.loads(run(nets["pair"], "--box", "-1,1", "--of-output", 0, "--json").stdout)
    assert (found["point"], found["pattern"], found["complete"]) == ([1.0], [1], True)


def test_a_limit_has_its_exit_code(tmp_path):
    save(generated(4, 16, 16, 1), tmp_path / "net.npz")
    assert "NOT COMPLETE" in run(tmp_path / "net.npz", "--box", "-1,1", "--time-limit", 0, code=3).stdout


def test_certificates(nets, tmp_path):
    name = "value" * 20  # however long a line is, it is not broken
    text = run(nets["hat"], "--box", "-1,3", "--certificate", tmp_path / f"{name}.cert").stdout
    assert [line.split(", claim ")[-1] for line in text.splitlines()[-2:]] == ["unsafe", "safe"]
    assert check(tmp_path / f"{name}-beyond.cert").claim == "safe"
    told = json.loads(run(nets["hat"], "--box", "-1,3", "--minimize", "--certificate", tmp_path / "v", "--json").stdout)
    assert told["certificates"]["upper"] == 0.0
    assert check(told["certificates"]["reached"]).claim == "unsafe"


def test_refusals(nets):
    assert "2 outputs" in run(nets["pair"], "--box", "-1,1", code=1).stderr
    assert "outputs 0 to 1" in run(nets["pair"], "--box", "-1,1", "--of-output", 2, code=1).stderr
    assert "3 values" in run(nets["pair"], "--box", "-1,1", "--direction", "1,2,3", code=1).stderr
    assert "no numbers" in run(nets["pair"], "--box", "-1,1", "--direction", "up", code=2).output
    run(nets["pair"], "--box", "-1,1", "--direction", "1,2", "--of-output", 0, code=2)
