"""`exactregions agree`: what it prints, and its exit codes."""

import json
from dataclasses import replace

import pytest
import typer
from faulty import Faulty, drop_a_region
from typer.testing import CliRunner

import exactregions.crosscheck.agreement
from exactregions import Ball, count_regions
from exactregions.cases.networks import generated
from exactregions.cli.agree import agree
from exactregions.cli.output import Exit
from exactregions.engines import registry
from exactregions.importers import save

NETWORK = generated(2, 5, 4, 1, seed=4)
BALL = ("--origin", "--radius", 2)
COUNT = count_regions(NETWORK, Ball([0, 0], 2), engine="rational")


@pytest.fixture
def net(tmp_path):
    save(NETWORK, tmp_path / "net.npz")
    return str(tmp_path / "net.npz")


@pytest.fixture
def put(monkeypatch):
    """Put another engine where the command looks one up by name."""

    def put_engine(engine):
        real = registry.get_engine
        monkeypatch.setattr(
            exactregions.crosscheck.agreement, "get_engine", lambda name: engine if name == engine.name else real(name)
        )

    return put_engine


def run(*arguments, code: int = 0):
    app = typer.Typer()
    app.command()(agree)
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result


def test_agreement_for_people(net):
    output = run(net, *BALL).stdout
    assert f"all agree: exactly {COUNT} regions" in output
    assert all(name in output for name in ("tree", "facets", "rational", "open ball"))


def test_agreement_in_json(net):
    found = json.loads(run(net, *BALL, "--engines", "rational, tree", "--json").stdout)
    assert found["agreed"] is True
    assert found["exact"] is True
    assert [e["engine"] for e in found["engines"]] == ["rational", "tree"]
    assert {e["regions"] for e in found["engines"]} == {COUNT}
    assert found["disputes"] == []
    assert found["domain"] == Ball([0, 0], 2.0).describe()


def test_disagreement_has_a_code_of_its_own(net, put):
    put(Faulty("facets", drop_a_region, name="facets"))
    output = run(net, *BALL, "--engines", "rational,facets", code=Exit.DISAGREEMENT).stdout
    assert "is a region: found by rational, not by facets; wrong: facets" in output
    assert "DISAGREEMENT on 1 pattern; proved wrong: facets." in output
    assert "all agree" not in output
    found = json.loads(run(net, *BALL, "--json", code=Exit.DISAGREEMENT).stdout)
    (dispute,) = found["disputes"]
    assert dispute["is_region"] is True
    assert dispute["wrong"] == found["wrong"] == ["facets"]
    assert dispute["found_by"] == ["tree", "rational"]


def test_engines_cut_short_exit_with_3(tmp_path):
    save(generated(8, 32, 32, 1), tmp_path / "large.npz")
    asked = (tmp_path / "large.npz", "--box", "-1,1", "--engines", "tree,rational", "--time-limit", 0.2)
    output = run(*asked, code=Exit.INCOMPLETE).stdout
    assert "cut short: time limit of 0.2 s reached" in output
    assert "NOT EXACT: nothing final from tree, rational." in output
    assert json.loads(run(*asked, "--json", code=Exit.INCOMPLETE).stdout)["agreed"] is True


def test_an_undecided_engine_exits_with_4(net, put):
    put(Faulty("rational", lambda regions: replace(regions, undecided=2), name="tree"))
    assert "2 undecided" in run(net, *BALL, code=Exit.UNDECIDED).stdout


def test_an_engine_without_an_answer_exits_with_3(net, put):
    class Unable(Faulty):
        def supports(self, network, domain):
            return "balls are beyond it"

    put(Unable("rational", name="facets"))
    output = run(net, *BALL, code=Exit.INCOMPLETE).stdout
    assert "does not support the question: balls are beyond it" in output


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--origin",),
        (*BALL, "--engines", "tree,simplex"),
        (*BALL, "--engines", ""),
        (*BALL, "--engines", "tree,"),
        (*BALL, "--nonsense"),
    ],
)
def test_wrong_usage_exits_with_2(net, options):
    assert run(net, *options, code=2).stdout == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((*BALL, "--engines", "tree"), "needs two or more"),
        ((*BALL, "--engines", "tree,tree"), "named more than once"),
        ((*BALL, "--engines", "auto,tree"), "'auto' only passes"),
        ((*BALL, "--time-limit", -1), "time_limit is -1"),
        (("--center", "0,0,0", "--radius", 1), "dimension 3"),
    ],
)
def test_bad_input_exits_with_1_and_one_line(net, options, message):
    plain = run(net, *options, code=1)
    assert plain.stdout == ""
    assert plain.stderr.startswith("error: ")
    assert message in plain.stderr
    assert plain.stderr.count("\n") == 1
    assert message in json.loads(run(net, *options, "--json", code=1).stdout)["error"]["message"]
