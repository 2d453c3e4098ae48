"""`exactregions radius`: what it prints, and its exit codes."""

import json
from functools import partial

import numpy as np
import pytest
from command_line import run as run_command

from exactregions import Network
from exactregions.cases.networks import generated
from exactregions.certificate.checker import check
from exactregions.cli.output import Exit
from exactregions.importers import save

run = partial(run_command, "radius")
ABSOLUTE = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")


@pytest.fixture
def net(tmp_path):
    save(ABSOLUTE, tmp_path / "net.npz")
    return str(tmp_path / "net.npz")


def test_for_people(net):
    lines = run(net, "--center", "1/4", "--norm", "inf").stdout.splitlines()
    assert lines[0] == "0.75"
    assert lines[1] == "class    1; class 0 beyond"
    assert "as large at the point: 1" in run(net, "--center", "1").stdout


def test_in_json(net):
    found = json.loads(run(net, "--center", "1/3", "--json").stdout)
    assert found["radius"]["lower"] == found["radius"]["upper"] == "2/3"
    assert (found["label"], found["other"], found["nearest"], found["complete"]) == (1, 0, [1.0], True)
    assert found["norm"] == 2


def test_rows_of_a_file(net, tmp_path):
    np.save(tmp_path / "points.npy", [[0.5], [-3.0]])
    one = json.loads(run(net, "--center-file", tmp_path / "points.npy", "--row", 1, "--json").stdout)
    assert one["radius"]["value"] == 2.0
    every = json.loads(run(net, "--points", tmp_path / "points.npy", "--json").stdout)
    assert [p["radius"]["value"] for p in every["points"]] == [0.5, 2.0]
    text = run(net, "--points", tmp_path / "points.npy").stdout
    assert len(text.splitlines()) == 3
    assert "2 points, median 1.25" in text
    assert "rows 0 to 1" in run(net, "--center-file", tmp_path / "points.npy", "--row", 7, code=1).stderr


def test_certificates(net, tmp_path):
    text = run(net, "--center", "1/4", "--certificate", tmp_path / "radius.cert").stdout
    assert [line.split(", claim ")[-1] for line in text.splitlines()[-2:]] == ["unsafe", "safe"]
    assert check(tmp_path / "radius-beyond.cert").claim == "safe"
    np.save(tmp_path / "points.npy", [[0.5], [-3.0]])
    run(net, "--points", tmp_path / "points.npy", "--certificate", tmp_path / "radius.cert", code=2)
    assert "radius is zero" in run(net, "--center", "1", "--certificate", tmp_path / "radius.cert", code=1).stderr


def test_a_limit_has_its_exit_code(tmp_path):
    save(generated(6, 16, 16, 3), tmp_path / "net.npz")
    point = ",".join(["0.1"] * 6)
    found = json.loads(run(tmp_path / "net.npz", "--center", point, "--largest", 1e-6, "--json", code=3).stdout)
    assert found["radius"]["lower"] == 1e-6
    assert (
        "NOT COMPLETE" in run(tmp_path / "net.npz", "--center", point, "--largest", 1e-6, code=Exit.INCOMPLETE).stdout
    )


@pytest.mark.parametrize("arguments", [(), ("--center", "1", "--points", "x.npy"), ("--center", "1", "--row", "0")])
def test_wrong_usage(net, arguments):
    run(net, *arguments, code=2)
