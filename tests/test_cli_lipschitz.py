"""`exactregions lipschitz`: what it prints, and its exit codes."""

import json
import math
from functools import partial

import pytest
from command_line import run as run_command
from typer.testing import CliRunner

from exactregions.cases.networks import generated, hat
from exactregions.cli import app
from exactregions.cli.output import Exit
from exactregions.importers import save

run = partial(run_command, "lipschitz")


@pytest.fixture
def net(tmp_path):
    save(hat(), tmp_path / "net.npz")
    return str(tmp_path / "net.npz")


def test_for_people(net):
    text = run(net, "--box", "-1,3").stdout
    assert text.splitlines()[0] == "1"
    assert "4 regions, attained in region" in text
    assert "4 times as much: product of norms" in text or "product of norms" in text


def test_in_json(net):
    found = json.loads(run(net, "--box", "-1,3", "--norms", "inf,1", "--of-output", 0, "--json").stdout)
    assert found["norms"] == ["inf", 1]
    assert found["constant"] == {"value": 1.0, "lower": 1.0, "upper": 1.0, "exact": True}
    assert found["complete"] is True
    assert found["regions"]["regions"] == 4
    assert found["quartiles"] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert all(bound >= 1 for bound in found["bounds"].values())


def test_a_limit_has_its_exit_code(tmp_path):
    save(generated(4, 16, 16, 1), tmp_path / "net.npz")
    result = run(tmp_path / "net.npz", "--box", "-1,1", "--max-regions", 5, "--json", code=Exit.INCOMPLETE)
    found = json.loads(result.stdout)
    assert found["complete"] is False
    assert 0 < found["constant"]["value"] < math.inf
    assert "NOT COMPLETE" in run(tmp_path / "net.npz", "--box", "-1,1", "--max-regions", 5, code=3).stdout


@pytest.mark.parametrize("norms", ["3,2", "2", "two,two"])
def test_other_norms(net, norms):
    result = CliRunner().invoke(app, ["lipschitz", net, "--box", "-1,3", "--norms", norms])
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output


def test_an_output_that_is_not_there(net):
    assert "outputs 0 to 0" in run(net, "--box", "-1,3", "--of-output", 4, code=1).stderr
