"""The commands curve and study: options, files, exit codes, and Ctrl-C in a process of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from command_line import run

import exactregions
from exactregions import Ball, count_regions
from exactregions.cases.networks import generated
from exactregions.importers import save

NETWORK = generated(2, 6, 5, 1)
POINTS = np.random.default_rng(0).uniform(-1, 1, (5, 2))


@pytest.fixture
def net(tmp_path):
    save(NETWORK, tmp_path / "net.npz")
    return str(tmp_path / "net.npz")


@pytest.fixture
def points(tmp_path):
    np.save(tmp_path / "points.npy", POINTS)
    return str(tmp_path / "points.npy")


def test_curve_writes_its_table_breakpoints_and_picture(net, tmp_path):
    pytest.importorskip("matplotlib")
    table, steps, picture = (tmp_path / name for name in ("table.csv", "steps.csv", "curve.png"))
    files = "--csv", table, "--steps", steps, "--plot", picture
    shown = run("curve", net, "--center", "0.1,1/3", "--radius", 1, "--norm", "1", "--radii", "0.25,1/3,1", *files)
    rows = list(csv.DictReader(table.open()))
    radii = [Fraction(1, 4), Fraction(1, 3), 1]
    expected = [count_regions(NETWORK, Ball([0.1, Fraction(1, 3)], r, 1)) for r in radii]
    assert [int(row["regions"]) for row in rows] == expected
    assert f"exactly {expected[-1]} regions" in shown.stdout
    assert list(csv.DictReader(steps.open()))[-1]["regions"] == str(expected[-1])
    assert picture.stat().st_size > 5000


@pytest.fixture
def bounds_here(tmp_path, monkeypatch):
    """The name of a bound in a module of the current directory."""
    (tmp_path / "bounds_beside.py").write_text(
        "from exactregions.bounds.user import bound\n@bound\ndef large(network, domain):\n    return 10**15 + 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "bounds_beside", raising=False)
    return "bounds_beside:large"


@pytest.mark.parametrize(
    "command",
    [
        ("curve", "--origin", "--radius", "0.5", "--radii", "0.5"),
        ("study", "--points", "points.npy", "--radii", "0.5"),
        ("compare", "--origin", "--radius", "0.5"),
    ],
    ids=lambda command: command[0],
)
def test_bounds_of_the_current_directory(net, points, bounds_here, command):
    path = list(sys.path)
    name, *others = command
    data = json.loads(run(name, net, *others, "--bounds", f"naive,{bounds_here}", "--json").stdout)
    assert "large" in json.dumps(data)
    assert sys.path == path


def test_compare_prints_values_in_full_on_request(net, bounds_here):
    arguments = "compare", net, "--origin", "--radius", "0.5", "--bounds", f"naive,{bounds_here}"
    assert "1,000,000,000,000,003" not in run(*arguments).stdout
    shown = run(*arguments, "--full").stdout
    assert "10^15.00" in shown
    assert shown.endswith("\nlarge = 1,000,000,000,000,003\n")
    assert "naive =" not in shown


def test_curve_in_json(net):
    arguments = "--origin", "--radius", 1, "--norm", "inf", "--bounds", "naive,ball_profile", "--json"
    found = json.loads(run("curve", net, *arguments).stdout)
    assert found["regions"] == count_regions(NETWORK, Ball([0, 0], 1, "inf"))
    assert [bound["name"] for bound in found["curve"][0]["bounds"]] == ["naive", "ball_profile"]
    assert found["curve"][-1]["regions"] == found["regions"]
    bare = json.loads(run("curve", net, "--origin", "--radius", 1, "--bounds", "", "--json").stdout)
    assert bare["curve"][0]["bounds"] == []


def test_a_curve_cut_short_says_so(net):
    shown = run("curve", net, "--origin", "--radius", 1, "--max-regions", 2, code=3)
    assert "NOT EXACT" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "text", "code"),
    [
        (["--radius", 1], "needs a centre", 2),
        (["--origin"], "needs --radius", 2),
        (["--origin", "--radius", "x"], "no numbers", 2),
        (["--origin", "--radius", 1, "--radii", "a"], "no numbers", 2),
        (["--origin", "--radius", 1, "--radii", "2"], "beyond the largest", 1),
        (["--origin", "--radius", -1], "positive radius", 1),
        (["--origin", "--radius", 1, "--bounds", "none"], "there is no bound", 1),
        (["--origin", "--radius", 1, "--csv", "missing/file.csv"], "existing directory", 1),
        (["--origin", "--radius", 1, "--plot", "curve.nothing"], "suffix", 1),
    ],
)
def test_curve_refuses_bad_input(net, arguments, text, code):
    assert text in " ".join(run("curve", net, *arguments, code=code).output.split())


def test_study_writes_its_table(net, points, tmp_path):
    found = json.loads(run("study", net, "--points", points, "--radii", "0.5,1/3", "--json").stdout)
    assert found["exact"]
    assert [row["regions"] for row in found["rows"]] == [
        count_regions(NETWORK, Ball(point, radius)) for point in POINTS for radius in (0.5, Fraction(1, 3))
    ]
    table = tmp_path / "table.csv"
    question = "--points", points, "--radii", "0.5,1/3", "--workers", 2, "--bounds", "naive"
    shown = run("study", net, *question, "--output", table, "--resume", tmp_path / "checkpoint")
    assert "every count is exact" in shown.stdout
    rows = list(csv.DictReader(table.open()))
    assert [int(row["regions"]) for row in rows] == [row["regions"] for row in found["rows"]]
    again = tmp_path / "again.csv"
    run("study", net, *question, "--output", again, "--resume", tmp_path / "checkpoint")
    assert again.read_text() == table.read_text()


def test_study_writes_parquet(net, points, tmp_path):
    polars = pytest.importorskip("polars")
    run("study", net, "--points", points, "--radii", 0.5, "--norm", 1, "--output", tmp_path / "table.parquet")
    frame = polars.read_parquet(tmp_path / "table.parquet")
    assert frame["regions"].to_list() == [count_regions(NETWORK, Ball(point, 0.5, 1)) for point in POINTS]


@pytest.mark.parametrize(
    ("change", "text", "code"),
    [
        ({"--radii": "a"}, "no numbers", 2),
        ({"--radii": "0.5,0.5"}, "comes twice", 1),
        ({"--points": "missing.npy"}, "missing.npy", 1),
        ({"--output": "table.xls"}, ".csv or .parquet", 1),
        ({"--bounds": "none"}, "there is no bound", 1),
        ({"--max-regions": 2}, "NOT EXACT", 3),
    ],
)
def test_study_refuses_bad_input(net, points, change, text, code):
    options = {"--points": points, "--radii": "0.5", **change}
    arguments = [item for pair in options.items() for item in pair]
    assert text in " ".join(run("study", net, *arguments, code=code).output.split())


def test_a_text_file_is_no_array(net, tmp_path):
    path = tmp_path / "points.npy"
    path.write_text("1 2 3")
    assert "no .npy file" in run("study", net, "--points", path, "--radii", 1, code=1).output


@pytest.mark.usefixtures("hearing_ctrl_c")
@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_keeps_the_points_that_are_done(tmp_path):
    """The points at which nothing cuts are done at once; the last one takes minutes."""
    save(generated(8, 24, 24, 1), tmp_path / "net.npz")
    points = np.full((4, 8), 1e6)
    points[:, 0] += np.arange(4)
    points[3] = 0.0
    np.save(tmp_path / "points.npy", points)
    checkpoint = tmp_path / "study.jsonl"
    question = ["study", "net.npz", "--points", "points.npy", "--radii", "2", "--bounds", "", "--resume", checkpoint]
    command = [sys.executable, "-c", "from exactregions.cli import main; main()", *map(str, question), "--json"]
    folder = Path(exactregions.__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": str(folder)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) as process:
        deadline = time.monotonic() + 120
        while not checkpoint.exists() or checkpoint.read_bytes().count(b"\n") < 4:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    found = json.loads(output)
    assert not found["complete"]
    assert found["stopped"] == "interrupted"
    assert [row["point"] for row in found["rows"]] == [0, 1, 2]
