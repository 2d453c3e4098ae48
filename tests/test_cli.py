"""The command line: domains, output, exit codes, and Ctrl-C in a process of its own."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from command_line import run
from onnx_models import model, node, quarters
from safetensors.numpy import save_file

import exactregions
from exactregions import Ball, Box, Network, Polytope, RegionSet, WholeSpace, count_regions, enumerate_regions
from exactregions.bounds import Serra2018, registry
from exactregions.cases.networks import generated
from exactregions.cli import counting
from exactregions.importers import save

NETWORK = generated(2, 5, 4, 1)


@pytest.fixture
def net(tmp_path):
    save(NETWORK, tmp_path / "net.npz")
    return str(tmp_path / "net.npz")


def domain_of(net: str, *options) -> dict:
    return json.loads(run("count", net, *options, "--json", "--engine", "rational").stdout)["domain"]


def test_count_in_json_is_the_verdict_of_the_answer(net):
    ball = Ball([0.25, -0.5], 0.75)
    found = json.loads(run("count", net, "--center", "0.25,-0.5", "--radius", 0.75, "--json").stdout)
    assert found["regions"] == count_regions(NETWORK, ball)
    assert found["exact"] is True
    assert found["complete"] is True
    assert found["undecided"] == 0
    assert found["seconds"] >= 0
    assert found["network"] == {"inputs": 2, "widths": [5, 4], "outputs": 1}
    assert found["domain"] == ball.describe()
    assert found["engine"] in exactregions.engine_names()


@pytest.mark.parametrize("engine", ["facets", "milp"])
def test_solvers_print_nothing_between_the_lines(net, engine):
    """In a process of its own: what a library writes to the descriptor itself, no runner in this process sees."""
    code = "from exactregions.cli import main; main()"
    command = [sys.executable, "-c", code, "count", net, "--box", "-1,1", "--json", "--engine", engine]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["regions"] == count_regions(NETWORK, Box([-1, -1], [1, 1]))
    assert done.stderr == ""


def test_count_for_people(net):
    output = run("count", net, "--box", "-1,1").stdout
    assert f"exactly {count_regions(NETWORK, Box([-1, -1], [1, 1]))} regions" in output
    assert "hidden widths 5, 4" in output
    assert "open box" in output


def test_stats_are_those_of_the_answer(net):
    regions = enumerate_regions(NETWORK, Box([-1, -1], [1, 1]), engine="tree", store=False)
    output = run("count", net, "--box", "-1,1", "--engine", "tree", "--stats").stdout
    assert output.startswith(f"exactly {regions.count} regions")
    assert regions.stats
    for name, number in regions.stats.items():
        assert re.search(rf"^{name.replace('_', ' ')} +{number:,}$", output, re.MULTILINE)
    assert "stable by float" not in run("count", net, "--box", "-1,1", "--engine", "tree").stdout


def test_an_engine_that_counts_nothing_says_so(net):
    output = run("count", net, "--box", "-1,1", "--engine", "rational", "--stats").stdout
    assert "the engine rational keeps no statistics" in output


def test_every_domain_can_be_asked_for(net, tmp_path):
    points = tmp_path / "points.npy"
    np.save(points, np.array([[0.5, 1], [0.1, 2]], dtype=np.float32))
    vnnlib = tmp_path / "box.vnnlib"
    names = "(declare-const X_0 Real)(declare-const X_1 Real)"
    vnnlib.write_text(names + "(assert (>= X_0 0))(assert (<= X_0 0.1))(assert (>= X_1 -1))(assert (<= X_1 1))")
    exact_row = np.load(points)[1].tolist()
    asked = {
        ("--center", "0.1,0.2", "--radius", "0.3"): Ball([0.1, 0.2], 0.3),
        ("--center", "-0.1,1/3", "--radius", "1/7", "--norm", "1"): Ball([-0.1, Fraction(1, 3)], Fraction(1, 7), 1),
        ("--center-file", points, "--row", 1, "--radius", 1): Ball(exact_row, 1.0),
        ("--center-file", points, "--radius", 1): Ball([0.5, 1.0], 1.0),
        ("--origin", "--radius", "2", "--norm", "inf"): Ball([0, 0], 2.0, "inf"),
        ("--box", "-0.5,1/3"): Box([-0.5] * 2, [Fraction(1, 3)] * 2),
        ("--vnnlib", vnnlib): Box([0, -1], [Fraction(1, 10), 1]),
        ("--whole-space",): WholeSpace(2),
        ("--box", "-0.5:1/3,0:0.1"): Box([-0.5, 0], [Fraction(1, 3), 0.1]),
        ("--box", tmp_path / "box.npz"): Box([0, -0.5], [1, 2]),
        ("--box", tmp_path / "box.json"): Box([0, Fraction(1, 3)], [0.1, 2]),
        ("--polytope", tmp_path / "rows.npz"): Polytope([[1, 2], [0.5, -1]], [3, 0.25]),
        ("--polytope", tmp_path / "rows.npz", "--box", "-1:1,-2:2"): Polytope(
            [[1, 2], [0.5, -1]], [3, 0.25], Box([-1, -2], [1, 2])
        ),
        ("--polytope", tmp_path / "all.NPZ"): Polytope([[1, 2]], [3], Box([-1, -2], [1, 2])),
        ("--polytope", tmp_path / "rows.json", "--box", tmp_path / "box.npz"): Polytope(
            [[Fraction(1, 3), 0]], [1], Box([0, -0.5], [1, 2])
        ),
    }
    np.savez(tmp_path / "box.npz", lower=np.array([0, -0.5], np.float32), upper=[1, 2])
    np.savez(tmp_path / "rows.npz", A=[[1, 2], [0.5, -1]], b=[3, 0.25])
    (tmp_path / "all.NPZ").write_bytes(archive(A=[[1, 2]], b=[3], lower=[-1, -2], upper=[1, 2]))
    (tmp_path / "box.json").write_text('{"kind": "box", "lower": [0, "1/3"], "upper": [0.1, 2]}')
    (tmp_path / "rows.json").write_text('{"domain": {"kind": "polytope", "A": [["1/3", 0]], "b": [1], "box": null}}')
    for options, domain in asked.items():
        assert domain_of(net, *options) == domain.describe(), options


def archive(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def test_the_domain_that_was_printed_is_a_file_of_it(net, tmp_path):
    printed = run("count", net, "--box", "-0.1:1/3,0:1", "--json", "--engine", "rational").stdout
    (tmp_path / "a.json").write_text(printed)
    again = run("count", net, "--box", tmp_path / "a.json", "--json", "--engine", "rational").stdout
    first, second = json.loads(printed), json.loads(again)
    assert (first["domain"], first["regions"]) == (second["domain"], second["regions"])


DOMAIN_FILES = {
    "a.json": (b"[1", "no JSON file"),
    "b.json": (b"[1]", "describes no domain"),
    "c.json": (
        b'{"kind": "ball", "center": [0, 0], "radius": 1, "norm": 2}',
        "holds a ball, and a box is asked for; use --center and --radius",
    ),
    "d.json": (b'{"kind": "box", "lower": [NaN, 0], "upper": [1, 1]}', "no finite number"),
    "e.json": (b'{"kind": "box", "lower": [0], "upper": [1]}', "is of 1 inputs and the network has 2"),
    "f.json": (b"[" * 100_000, "no JSON file"),
    "g.json": (b'{"kind": "box", "lower": [1, 1], "upper": [0, 0]}', r"lower\[0\] = 1 is above"),
    "h.json": (b"\xff\xfe", "no text"),
    "i.json": (b'{"kind": "box", "lower": [' + b"9" * 5000 + b', 0], "upper": [1, 1]}', "no JSON file"),
    "a.npz": (b"PK\x03\x04 and no more", "no whole npz archive"),
    "b.npz": (archive(lower=[0, 0]), r"has the arrays \['lower'\]; lower and upper make a box"),
    "c.npz": (archive(lower=[0, 0], upper=["a", "b"]), r"upper\[0\] is 'a'"),
    "d.npz": (archive(A=[[1, 2]], b=[1]), "holds a polytope, and a box is asked for; use --polytope"),
    "e.npz": (archive(A=[[1, 2]], b=[1], lower=[0, 0], upper=[1, 1], c=[0]), "has the arrays"),
}


@pytest.mark.parametrize("name", DOMAIN_FILES)
def test_files_that_hold_no_box(net, tmp_path, name):
    content, message = DOMAIN_FILES[name]
    (tmp_path / name).write_bytes(content)
    error = run("count", net, "--box", tmp_path / name, code=1).stderr
    assert error.startswith(f"error: {tmp_path / name}: ") or "is asked for" in error or "is of 1" in error
    assert re.search(message, error)
    assert len(error.splitlines()) == 1


def test_a_box_that_is_given_twice(net, tmp_path):
    np.savez(tmp_path / "all.npz", A=[[1, 2]], b=[3], lower=[-1, -2], upper=[1, 2])
    assert "leave out --box" in run("count", net, "--polytope", tmp_path / "all.npz", "--box", "0,1", code=1).stderr


def test_a_property_of_another_network_is_named(net, tmp_path):
    path = tmp_path / "one.vnnlib"
    path.write_text("(declare-const X_0 Real)(assert (>= X_0 0))(assert (<= X_0 1))")
    for command in ("count", "compare"):
        error = run(command, net, "--vnnlib", path, code=1).stderr
        assert (
            error == f"error: {path} is of 1 inputs and the network has 2; give the file that belongs to this network\n"
        )


def test_images_in_a_file_are_those_of_the_network(tmp_path):
    save(replace(generated(4, 3, 1), input_shape=(1, 2, 2)), tmp_path / "net.npz")
    np.save(tmp_path / "a.npy", np.arange(8.0).reshape(2, 2, 2, 1))
    np.save(tmp_path / "b.npy", np.arange(16.0).reshape(2, 4, 2))
    options = ("--row", 1, "--radius", 1)
    assert domain_of(tmp_path / "net.npz", "--center-file", tmp_path / "a.npy", *options)["center"] == [4, 5, 6, 7]
    error = run("count", tmp_path / "net.npz", "--center-file", tmp_path / "b.npy", *options, code=1).stderr
    assert "has rows of shape (4, 2) and the network takes (1, 2, 2)" in error


def test_a_flat_array_and_one_with_many_axes_are_centres(net, tmp_path):
    np.save(tmp_path / "one.npy", np.array([1, 2]))
    np.save(tmp_path / "image.npy", np.arange(4).reshape(2, 1, 2))
    one = domain_of(net, "--center-file", tmp_path / "one.npy", "--radius", 1)
    image = domain_of(net, "--center-file", tmp_path / "image.npy", "--row", 1, "--radius", 1)
    assert one["center"] == [1, 2]
    assert image["center"] == [2, 3]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--origin",),
        ("--origin", "--radius", 1, "--box", "0,1"),
        ("--origin", "--center", "0,0", "--radius", 1),
        ("--whole-space", "--radius", 1),
        ("--box", "0,1", "--norm", 2),
        ("--box", "0"),
        ("--box", "0,1,2"),
        ("--box", "0:1:2"),
        ("--box", "0:1,2"),
        ("--box", "0:1,a:b"),
        ("--box", ":"),
        ("--polytope", "a.npz", "--whole-space"),
        ("--origin", "--radius", "1,2"),
        ("--origin", "--radius", "one"),
        ("--origin", "--radius", "1/0"),
        ("--origin", "--radius", 1, "--norm", 3),
        ("--origin", "--radius", 1, "--row", 0),
        ("--center", "0,,0", "--radius", 1),
        ("--origin", "--radius", 1, "--engine", "nonsense"),
        ("--origin", "--radius", 1, "--nonsense"),
    ],
)
@pytest.mark.parametrize("command", ["count", "compare"])
def test_wrong_usage_exits_with_2(net, command, options):
    assert run(command, net, *options, code=2).stdout == ""


BAD_INPUT = [
    ("--origin", "--radius", -1),
    ("--origin", "--radius", 0),
    ("--origin", "--radius", "nan"),
    ("--center", "0,0,0", "--radius", 1),
    ("--center", "0,inf", "--radius", 1),
    ("--box", "1,0"),
    ("--box", "0:1"),
    ("--box", "0:1,0:1,0:1"),
    ("--box", "0:1,1:0"),
    ("--box", "missing.npz"),
    ("--polytope", "missing.json"),
    ("--polytope", "missing.csv"),
    ("--center-file", "missing.npy", "--radius", 1),
    ("--vnnlib", "missing.vnnlib"),
    ("--whole-space", "--time-limit", -1),
    ("--whole-space", "--max-regions", 0),
    ("--whole-space", "--workers", 0),
    ("--whole-space", "--output", "missing/found.npz"),
]


@pytest.mark.parametrize("options", BAD_INPUT)
def test_bad_input_exits_with_1_and_one_line(net, options):
    plain = run("count", net, *options, code=1)
    assert plain.stdout == ""
    assert plain.stderr.startswith("error: ")
    assert plain.stderr.count("\n") == 1
    error = json.loads(run("compare", net, *options, "--json", code=1).stdout)["error"]
    assert f"error: {error['message']}\n" == plain.stderr
    assert error["type"].endswith("Error")


@pytest.mark.parametrize("command", [("count", "--whole-space"), ("compare", "--whole-space"), ("info",)])
def test_bad_networks_exit_with_1(tmp_path, command):
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    (tmp_path / "other.txt").write_text("no network")
    for name in ("missing.npz", "broken.npz", "other.txt"):
        result = run(command[0], tmp_path / name, *command[1:], code=1)
        assert name in result.stderr


@pytest.mark.parametrize("content", ["text", "objects", "words", "empty", "archive", "short"])
def test_a_centre_file_that_is_none(net, tmp_path, content):
    path = tmp_path / "points.npy"
    match content:
        case "text":
            path.write_text("0.1,0.2")
        case "objects":
            np.save(path, np.array([None, 1]), allow_pickle=True)
        case "words":
            np.save(path, np.array(["a", "b"]))
        case "empty":
            np.save(path, np.zeros((0, 2)))
        case "archive":
            np.savez(tmp_path / "points.npz", a=np.zeros(2))
            (tmp_path / "points.npz").rename(path)
        case "short":
            np.save(path, np.zeros(100))
            path.write_bytes(path.read_bytes()[:-50])
    assert "points.npy" in run("count", net, "--center-file", path, "--radius", 1, code=1).stderr


def test_a_row_that_is_not_there(net, tmp_path):
    np.save(tmp_path / "points.npy", np.zeros((3, 2)))
    options = ("--center-file", tmp_path / "points.npy", "--radius", 1, "--row")
    assert "rows 0 to 2" in run("count", net, *options, 3, code=1).stderr
    assert "rows 0 to 2" in run("count", net, *options, -1, code=1).stderr


def test_a_limit_exits_with_3_and_saves_what_was_found(net, tmp_path):
    path = tmp_path / "found.npz"
    result = run("count", net, "--whole-space", "--max-regions", 3, "--output", path, code=3)
    assert "NOT EXACT: at least 3 regions (max_regions 3 reached)" in result.stdout
    found = RegionSet.load(path)
    assert found.count == 3
    assert len(found.patterns) == 3
    assert not found.complete


def test_the_saved_regions_are_those_of_the_search(net, tmp_path):
    path, box = tmp_path / "found.npz", Box([-1, -1], [1, 1])
    for command in ("count", "compare"):
        run(command, net, "--box", "-1,1", "--output", path)
        assert RegionSet.load(path).pattern_set() == enumerate_regions(NETWORK, box).pattern_set()
    run("count", net, "--box", "-1,1", "--output", path, "--no-store")
    found = RegionSet.load(path)
    assert found.exact
    assert not found.stored
    assert found.count == count_regions(NETWORK, box)


def test_undecided_prefixes_exit_with_4(net, monkeypatch):
    def search(network, domain, **limits):
        patterns = np.zeros((0, 2), np.uint8)
        return RegionSet(network, domain, "planted", 5, patterns, np.zeros((0, 2)), undecided=2)

    monkeypatch.setattr(counting, "enumerate_regions", search)
    result = run("count", net, "--whole-space", code=4)
    assert "NOT EXACT: at least 5 regions (2 prefixes undecided)" in result.stdout


def test_compare_prints_the_table(net):
    output = run("compare", net, "--origin", "--radius", "0.5").stdout
    count = count_regions(NETWORK, Ball([0, 0], 0.5))
    assert f"exactly {count} regions" in output
    for name in (
        "exact count",
        "naive",
        "montufar_2017",
        "serra_2018",
        "ball_propagation",
        "ball_profile",
        "minimum",
    ):
        assert name in output


def test_compare_in_json(net):
    found = json.loads(run("compare", net, "--origin", "--radius", "0.5", "--json").stdout)
    assert found["falsified"] is False
    assert {bound["name"]: bound["value"] for bound in found["bounds"]}["serra_2018"] == Serra2018().evaluate(
        NETWORK, WholeSpace(2)
    )
    assert all(bound["value"] >= found["regions"] for bound in found["bounds"])


def test_a_falsified_bound_exits_with_5_even_when_incomplete(net, monkeypatch):
    class Wrong(Serra2018):
        name = "wrong"

        def evaluate(self, network, domain):
            return 1

    monkeypatch.setattr(registry, "standard_bounds", lambda: (Wrong(), Serra2018()))
    assert "FALSIFIED: upper bound wrong gives 1" in run("compare", net, "--whole-space", code=5).stdout
    plain = json.loads(run("compare", net, "--whole-space", "--max-regions", 2, "--json", code=5).stdout)
    assert [bound["falsified"] for bound in plain["bounds"]] == [True, False, True]


def test_info_tells_the_shape_and_the_oddities(tmp_path):
    rows = [[1.0, 2.0], [1.0, 2.0], [0.0, 0.0], [-1.0, -2.0], [0.0, -0.0]]
    network = Network.from_layers(
        [rows, [[1.0] * 5, [-1.0] * 5], [[1.0, 1.0]]], [[0.5, 0.5, 1.0, 0.5, -1.0], [0.0, 0.0], [0.0]]
    )
    save(network, tmp_path / "odd.npz")
    found = json.loads(run("info", tmp_path / "odd.npz", "--json").stdout)
    assert (found["inputs"], found["widths"], found["outputs"], found["units"]) == (2, [5, 2], 1, 7)
    assert found["fingerprint"] == network.fingerprint
    assert (found["zero_rows"], found["duplicate_rows"], found["dead_units"]) == (2, 1, 2)
    assert found["layers"][1] == {
        "units": 2,
        "wires": 0,
        "zero_rows": 0,
        "duplicate_rows": 0,
        "dead_units": 1,
    }
    bounds = {bound["name"]: bound["value"] for bound in found["bounds"]}
    assert bounds["naive"] == 128
    assert bounds["serra_2018"] == Serra2018().evaluate(network, WholeSpace(2))
    text = run("info", tmp_path / "odd.npz").stdout
    assert network.fingerprint in text
    assert "serra_2018" in text


def test_a_network_without_hidden_layers(tmp_path):
    save(Network.from_layers([[[1.0, 2.0]]], [[0.0]]), tmp_path / "flat.npz")
    assert "exactly 1 region\n" in run("count", tmp_path / "flat.npz", "--whole-space").stdout
    assert "hidden widths none" in run("info", tmp_path / "flat.npz").stdout
    run("compare", tmp_path / "flat.npz", "--whole-space")


def test_the_manual_and_the_version():
    manual = run("--help").stdout
    for word in (
        "--center-file",
        "--vnnlib",
        "--whole-space",
        "Examples",
        "Exit codes",
        "falsified",
        "undecided",
    ):
        assert word in manual
    assert run("--version").stdout == f"exactregions {exactregions.__version__}\n"
    for command in ("count", "compare", "info"):
        assert "--json" in run(command, "--help").stdout
    for option in ("--json", "--quiet"):
        assert option in manual


def test_the_page_of_commands_cuts_no_description_short():
    program = [sys.executable, "-m", "typer", "exactregions.cli", "utils", "docs", "--name", "exactregions"]
    page = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    listed = [line for line in page.splitlines() if line.startswith("* `") and "`--" not in line]
    assert len(listed) > 20
    assert [line for line in listed if line.endswith("..")] == []


# the command as it is, which tells on stderr when its search has found something
SEARCHING = """
import sys
from exactregions.cli import main
from exactregions.engines.rational import _Walk
regions = _Walk.regions
def telling(self):
    for step, item in enumerate(regions(self)):
        if step == 300:
            print("searching", file=sys.stderr, flush=True)
        yield item
_Walk.regions = telling
main()
"""


def test_a_pipe_gets_json_alone_and_no_heavy_import(net):
    code = (
        "import sys; from exactregions.cli import app; app(standalone_mode=False, args=sys.argv[1:]);"
        "assert not {'torch', 'cvxpy', 'onnx'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, "info", net, "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    json.loads(done.stdout)


@pytest.mark.usefixtures("hearing_ctrl_c")
@pytest.mark.skipif(os.name == "nt", reason="SIGINT is sent to a process")
def test_ctrl_c_prints_and_saves_the_partial_result(tmp_path):
    save(generated(4, 16, 16, 16, 1), tmp_path / "large.npz")
    path = tmp_path / "found.npz"
    arguments = ["count", tmp_path / "large.npz", "--box", "-1,1", "--engine", "rational", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", SEARCHING, *map(str, arguments), "--output", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "searching\n"
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 3, stderr
    assert stderr == ""
    plain = json.loads(stdout)
    assert plain["complete"] is False
    assert plain["stopped"] == "interrupted"
    found = RegionSet.load(path)
    assert found.count == plain["regions"] > 0
    assert not found.exact


def test_options_of_reading(tmp_path):
    rng = np.random.default_rng(0)
    parts = [f"{part}.{i}.weight" for part in ("actor", "critic") for i in (0, 2)]
    save_file({name: rng.normal(size=(3, 3)) for name in parts}, tmp_path / "a.safetensors")
    command = ("count", tmp_path / "a.safetensors", "--origin", "--radius", "1")
    assert "name the activation" in run(*command, "--prefix", "actor", code=1).stderr
    assert "prefix=" in run(*command, "--activation", "relu", code=1).stderr
    for activation, count in (("relu", 8), ("identity", 1)):
        result = run(*command, "--prefix", "actor", "--activation", activation, "--json")
        assert json.loads(result.stdout)["regions"] == count
    run("info", tmp_path / "a.safetensors", "--activation", "relu", "--prefix", "critic")


def test_info_checks_the_reading(tmp_path):
    graph = [node("MatMul", "x", "W", out="a"), node("Relu", "a", out="b"), node("Softmax", "b", out="y")]
    path = tmp_path / "a.onnx"
    path.write_bytes(model(graph, (1, 3), {"W": quarters(3, 4)}).SerializeToString())
    assert "Softmax" in run("info", path, code=1).stderr
    assert "is cut off at the end" in run("info", path, "--strip-output").stdout
    assert "largest difference 0" in run("info", path, "--output-name", "b", "--check").stdout
    notes = json.loads(run("info", path, "--output-name", "a", "--check", "--json").stdout)["notes"]
    assert any("100 points" in note for note in notes)
    save(NETWORK, tmp_path / "a.npz")
    assert "no evaluation of its own" in run("info", tmp_path / "a.npz", "--check", code=1).stderr
