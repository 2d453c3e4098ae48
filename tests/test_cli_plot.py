"""The commands plot: slices and domains, files by suffix, exit codes."""

import json

import numpy as np
import pytest
from command_line import run

from exactregions import Ball, Box, count_regions
from exactregions.cases.networks import generated
from exactregions.importers import save

PLANE, SOLID, DEEP = generated(2, 6, 5, 1), generated(3, 5, 4, 2), generated(12, 6, 5, 3)
CORNERS = np.random.default_rng(0).normal(size=(5, 12))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name, network in (("plane", PLANE), ("solid", SOLID), ("deep", DEEP)):
        save(network, tmp_path / f"{name}.npz")
    np.save(tmp_path / "corners.npy", CORNERS)
    np.save(tmp_path / "marks.npy", np.array([[0.0, 0.25]]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("html", b"<!doctype html>")]
)
def test_the_suffix_decides_the_kind_of_file(folder, suffix, start):
    shown = run("plot", "regions", "plane.npz", "--origin", "--radius", 1, "--output", f"cells.{suffix}")
    assert f"exactly {count_regions(PLANE, Ball([0, 0], 1))} regions" in shown.stdout
    assert f"cells.{suffix}" in shown.stdout
    written = (folder / f"cells.{suffix}").read_bytes()
    assert written.startswith(start)
    assert len(written) > 5_000


@pytest.mark.parametrize("color", ["pattern", "class", "output", "slope", "entry"])
def test_json_and_colours(folder, color):
    arguments = "--box", "-1,1", "--color", color, "--points", "marks.npy", "--output", "cells.png", "--json"
    found = json.loads(run("plot", "regions", "plane.npz", *arguments).stdout)
    assert found["regions"] == count_regions(PLANE, Box([-1, -1], [1, 1]))
    assert found["plot"] == "cells.png"
    assert found["exact"] is True


def test_a_plane_through_points(folder):
    arguments = "--through", "corners.npy", "--rows", "1,3,0", "--output", "plane.png", "--json"
    found = json.loads(run("plot", "regions", "deep.npz", *arguments).stdout)
    plane = DEEP.through(CORNERS[[1, 3, 0]])
    assert found["regions"] == count_regions(plane, Box([-0.25, -0.25], [1.25, 1.25]))
    found = json.loads(run("plot", "regions", "deep.npz", *arguments, "--origin", "--radius", "1/2").stdout)
    assert found["regions"] == count_regions(plane, Ball([0, 0], 0.5))


def test_two_inputs_of_many(folder):
    center = ",".join(str(v) for v in CORNERS[0])
    arguments = "--axes", "7,2", "--center", center, "--radius", 2, "--output", "axes.png", "--json"
    found = json.loads(run("plot", "graph", "deep.npz", *arguments).stdout)
    inner = DEEP.restrict(CORNERS[0], np.eye(12)[[7, 2]])
    assert found["regions"] == count_regions(inner, Ball([0, 0], 2))


@pytest.mark.parametrize("command", ["count", "compare"])
def test_a_segment_is_counted(folder, command):
    arguments = "--through", "corners.npy", "--rows", "2,4", "--box", "0,1", "--json"
    found = json.loads(run(command, "deep.npz", *arguments).stdout)
    assert found["regions"] == count_regions(DEEP.through(CORNERS[[2, 4]]), Box([0], [1])) > 1


def test_three_dimensions_on_a_page(folder):
    pytest.importorskip("plotly")
    run("plot", "regions", "solid.npz", "--origin", "--radius", 1, "--output", "solid.html")
    assert b"mesh3d" in (folder / "solid.html").read_bytes()
    refused = run("plot", "regions", "solid.npz", "--origin", "--radius", 1, "--output", "solid.png", code=1)
    assert "--through points.npy" in refused.stderr


@pytest.mark.parametrize("what", ["curve", "ratio"])
def test_curves_and_ratios(folder, what):
    arguments = "--origin", "--radius", 1, "--bounds", "naive", "--output", f"{what}.png"
    assert "exactly" in run("plot", what, "deep.npz", *arguments).stdout
    found = json.loads(run("plot", what, "deep.npz", *arguments, "--json").stdout)
    assert found["plot"] == f"{what}.png"
    assert (folder / f"{what}.png").stat().st_size > 5_000


def test_a_falsified_bound_is_drawn_and_told(folder):
    source = "from exactregions.bounds import bound\n\n@bound(kind='upper')\ndef one(network, domain):\n    return 1\n"
    (folder / "wrong_bound_of_plots.py").write_text(source)
    arguments = "--origin", "--radius", 1, "--bounds", "wrong_bound_of_plots:one", "--output", "ratio.png"
    assert "FALSIFIED: upper bound one gives 1" in run("plot", "ratio", "plane.npz", *arguments, code=5).stdout
    assert (folder / "ratio.png").exists()


def test_a_curve_needs_a_centre():
    shown = run("plot", "curve", "plane.npz", "--radius", 1, "--output", "curve.png", code=2)
    assert "a curve needs a centre" in shown.output


@pytest.mark.parametrize("what", ["regions", "graph", "curve"])
def test_an_unfinished_search_is_drawn_and_has_its_exit_code(folder, what):
    arguments = "--origin", "--radius", 2, "--max-regions", 4, "--output", "part.svg"
    assert "NOT EXACT" in run("plot", what, "plane.npz", *arguments, code=3).stdout
    assert (folder / "part.svg").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["plane.npz"], 2, "name one domain"),
        (["plane.npz", "--box", "-1,1", "--through", "corners.npy", "--axes", "0,1"], 2, "two kinds of slices"),
        (["plane.npz", "--box", "-1,1", "--rows", "0,1"], 2, "--rows belongs to --through"),
        (["deep.npz", "--through", "corners.npy", "--rows", "0,-1,2"], 2, "whole numbers"),
        (["deep.npz", "--through", "corners.npy", "--rows", "0,1,5"], 1, "rows 0 to 4; row 5"),
        (["deep.npz", "--through", "corners.npy", "--rows", "0,1,0"], 1, "equals points[0]"),
        (["deep.npz", "--through", "corners.npy"], 1, "4 input(s)"),
        (["deep.npz", "--axes", "0,12", "--origin", "--radius", "1"], 1, "the network has 0 to 11"),
        (["deep.npz", "--axes", "0,0", "--origin", "--radius", "1"], 2, "two different inputs"),
        (["deep.npz", "--axes", "0,1", "--box", "-1,1"], 1, "--axes needs a ball"),
        (["deep.npz", "--box", "-1,1"], 1, "12 input(s)"),
        (["plane.npz", "--box", "-1,1", "--color", "red"], 2, "red"),
        (["plane.npz", "--box", "-1,1", "--color", "class", "--output", "cells.html"], 2, "--color pattern"),
        (["plane.npz", "--box", "-1,1", "--points", "marks.npy", "--output", "cells.html"], 2, "--color pattern"),
        (["plane.npz", "--box", "-1,1", "--color", "output", "--of", "4"], 1, "outputs 0 to 0"),
        (["plane.npz", "--box", "-1,1", "--output", "cells.xyz"], 1, "suffix 'xyz'"),
        (["plane.npz", "--box", "-1,1", "--output", "nowhere/cells.png"], 1, "existing directory"),
        (["missing.npz", "--box", "-1,1"], 1, "missing.npz"),
    ],
)
def test_wrong_options(folder, arguments, code, message):
    output = [] if "--output" in arguments else ["--output", "cells.png"]
    shown = run("plot", "regions", *arguments, *output, code=code)
    assert message in " ".join(shown.output.replace("│", " ").split())
    assert not list(folder.glob("cells*"))


def test_help_names_the_pictures():
    assert "plot regions" in run("--help").stdout
    assert "regions" in run("plot", "--help").stdout
