"""`exactregions segment`: what it prints, and its exit codes."""

import json
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from command_line import run as run_command

from exactregions import Network
from exactregions.importers import save

run = partial(run_command, "segment")


@pytest.fixture
def question(tmp_path):
    """Units x - 1/4 and y - 1/2 of three inputs; points of which the first two are (0, 0, 0) and (1, 1, 1)."""
    network = Network.from_layers([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[1.0, 1.0]]], [[-0.25, -0.5], [0.0]])
    save(network, tmp_path / "net.npz")
    np.save(tmp_path / "points.npy", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [3.0, 0.0, 7.0]])
    return [tmp_path / "net.npz", "--through", tmp_path / "points.npy"]


def test_for_people(question):
    lines = run(*question, "--rows", "0,1").stdout.splitlines()
    assert lines[0] == "3 pieces"
    assert [line.split() for line in lines[1:]] == [["0.25", "unit", "0"], ["0.5", "unit", "1"]]


def test_in_json_with_exact_breakpoints(question):
    found = json.loads(run(*question, "--rows", "0,2", "--json").stdout)
    assert (found["exact"], found["pieces"], found["changes"]) == (True, 2, [[0]])
    assert [Fraction(t["exact"]) for t in found["breakpoints"]] == [Fraction(1, 12)]
    assert found["breakpoints"][0]["value"] == 1 / 12
    assert found["regions"]["regions"] == 2


def test_backwards(question):
    found = json.loads(run(*question, "--rows", "1,0", "--json").stdout)
    assert [t["exact"] for t in found["breakpoints"]] == ["1/2", "3/4"]
    assert found["changes"] == [[1], [0]]


def test_a_limit_has_its_exit_code(question):
    found = json.loads(run(*question, "--rows", "0,1", "--max-regions", 1, "--json", code=3).stdout)
    assert found["exact"] is False
    assert found["regions"]["regions"] == 1
    assert "NOT COMPLETE" in run(*question, "--rows", "0,1", "--max-regions", 1, code=3).stdout


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ([], "3 points"),
        (["--rows", "0"], "1 point"),
        (["--rows", "0,9"], "rows 0 to 2"),
        (["--rows", "1,1"], "points[1] equals points[0]"),
    ],
)
def test_points_that_are_no_ends(question, options, remedy):
    assert remedy in run(*question, *options, code=1).stderr


def test_no_points(question):
    assert "--through points.npy" in run(question[0], code=1).stderr
