"""The pytest plugin, the assertions and the golden cases, as another project's suite uses them."""

import json
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import wrong_bounds

from exactregions import Ball, Box, ExactRegionsError, WholeSpace
from exactregions.auditing import AuditCase
from exactregions.bounds.contract import NotApplicableError
from exactregions.cases.golden import golden_cases
from exactregions.cases.networks import generated, one_layer
from exactregions.engines.rational import RationalEngine
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers import save
from exactregions.testing import Case
from exactregions.testing.assertions import ENGINE, assert_bound_holds, assert_exact_count

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "data" / "golden"
HEAVY = ("numba", "cvxpy", "scipy", "highspy", "pulp", "networkx", "torch", "rich", "typer", "hypothesis", "matplotlib")
CROSS = one_layer([[1, 0], [0, 1]])  # four regions around the origin


# ---- assertions


def test_a_right_count_passes_whatever_it_is_given_as(tmp_path):
    assert_exact_count(CROSS, Ball([0, 0], 1), 4)
    assert_exact_count(CROSS, Ball([1, 2], 1), np.int64(1), engine="rational")
    save(CROSS, tmp_path / "cross.npz")
    for path in (tmp_path / "cross.npz", str(tmp_path / "cross.npz")):
        assert_exact_count(path, WholeSpace(2), 4, engine="rational")


@pytest.mark.parametrize("wrong", [3, 5, 0])
def test_a_wrong_count_fails_and_says_what_was_found_where(wrong):
    with pytest.raises(AssertionError) as failure:
        assert_exact_count(CROSS, Ball([0, 0], 1), wrong, engine="rational")
    text = str(failure.value)
    assert f"expected {wrong} regions, found exactly 4 (engine 'rational')" in text
    assert "stage 0: weight [[1.0, 0.0], [0.0, 1.0]]" in text
    assert "'radius': 1.0" in text


def test_what_cannot_be_counted_is_an_error_and_no_failure():
    with pytest.raises(DomainError, match="must agree"):
        assert_exact_count(CROSS, Ball([0], 1), 4)
    with pytest.raises(ExactRegionsError, match="no engine"):
        assert_exact_count(CROSS, Ball([0, 0], 1), 4, engine="nonsense")
    with pytest.raises(TypeError):
        assert_exact_count(CROSS, Ball([0, 0], 1), 4.5)  # pyright: ignore[reportArgumentType]


class Interrupted:
    """An engine that is told to stop by Ctrl-C, at once, and says so as engines do."""

    name = "interrupted"

    def supports(self, network, domain):
        return None

    def search(self, network, domain, limits, observer):
        found = RationalEngine().search(network, domain, limits, observer)
        return replace(found, complete=False, stopped="interrupted")


class Undecided(Interrupted):
    """An engine that leaves something open."""

    def search(self, network, domain, limits, observer):
        return replace(super().search(network, domain, limits, observer), complete=True, stopped=None, undecided=2)


def test_an_interrupt_ends_the_run_and_not_one_test():
    with pytest.raises(KeyboardInterrupt):
        assert_exact_count(CROSS, Ball([0, 0], 1), 4, engine=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        assert_bound_holds("naive", [(CROSS, Ball([0, 0], 1))], engine=Interrupted())


def test_an_answer_that_is_not_exact_proves_nothing():
    with pytest.raises(AssertionError, match="found at least 4, and no exact answer"):
        assert_exact_count(CROSS, Ball([0, 0], 1), 4, engine=Undecided())
    with pytest.raises(AssertionError, match="held against none of 1 cases: the engine left something undecided"):
        assert_bound_holds("naive", [(CROSS, Ball([0, 0], 1))], engine=Undecided())


def test_a_bound_that_holds_passes_on_cases_of_every_form():
    ball = Ball([0, 0], 1)
    cases = [(CROSS, ball), Case("cross", CROSS, ball), AuditCase("random", CROSS, ball), golden_cases(GOLDEN)[0]]
    assert_bound_holds("ball_profile", iter(cases))
    assert_bound_holds(lambda network, domain: 2**network.units, cases)
    assert_bound_holds("sampled_patterns", cases[:1])


TANGENT = (one_layer([[1, 0]], [-1]), Ball([0, 0], 1))


def test_a_bound_that_fails_says_where_and_how():
    with pytest.raises(AssertionError) as failure:
        assert_bound_holds(wrong_bounds.cut_or_touched, [(CROSS, Ball([0, 0], 1)), Case("tangent", *TANGENT)])
    text = str(failure.value)
    assert "the lower bound 'cut_or_touched' is wrong in 1 of 2 cases" in text
    assert "tangent: it gives 2, but there is exactly 1 region" in text
    assert "bias [-1.0]" in text
    assert_bound_holds(wrong_bounds.cut_by_hyperplanes, [TANGENT])


def test_only_some_of_many_failures_are_shown():
    with pytest.raises(AssertionError) as failure:
        assert_bound_holds(lambda network, domain: 3, [(CROSS, WholeSpace(2))] * 9, engine="rational")
    assert "is wrong in 9 of 9 cases" in str(failure.value)
    assert str(failure.value).count("Network(") == 3
    assert ".. and 6 more" in str(failure.value)


@pytest.mark.parametrize(
    ("value", "message"), [(float("nan"), "an integer"), (-3, "negative"), (3.5, "an integer"), (None, "an integer")]
)
def test_what_is_no_bound_fails(value, message):
    with pytest.raises(AssertionError, match=f"gives no number that a bound can be: .*{message}"):
        assert_bound_holds(lambda network, domain: value, [(CROSS, WholeSpace(2))])


def test_an_assertion_that_tests_nothing_fails():
    def silent(network, domain):
        raise NotApplicableError("it is for other networks")

    with pytest.raises(AssertionError, match="held against none of 0 cases"):
        assert_bound_holds("naive", [])
    with pytest.raises(AssertionError, match="held against none of 1 cases: it is for other networks"):
        assert_bound_holds(silent, [(CROSS, WholeSpace(2))])
    with pytest.raises(ExactRegionsError, match="kind 'expectation'"):
        assert_bound_holds("hanin_rolnick_2019", [(CROSS, WholeSpace(2))])


# ---- golden cases


def test_the_golden_set_is_read_whole():
    cases = golden_cases(GOLDEN)
    index = json.loads((GOLDEN / "index.json").read_text())["cases"]
    assert [case.name for case in cases] == [entry["name"] for entry in index]
    for case, entry in zip(cases, index, strict=True):
        assert case.network.fingerprint == entry["fingerprint"]
        assert case.domain.describe() == entry["domain"]
        assert case.regions == entry["regions"]
        assert (case.certificate is None) == (entry["certificate"]["file"] is None)
        assert case.certificate is None or case.certificate.is_file()
    small = golden_cases(GOLDEN, largest=30)
    assert {case.name for case in small} == {case.name for case in cases if case.regions <= 30}
    assert {case.name for case in golden_cases(GOLDEN, only="saw*")} == {n.name for n in cases if n.name[:3] == "saw"}


@pytest.fixture
def golden(tmp_path):
    """A golden set of one's own."""
    folder = tmp_path / "golden"
    folder.mkdir()
    save(CROSS, folder / "cross.npz")
    entry = {"network": "cross.npz", "fingerprint": CROSS.fingerprint, "truth": "two lines"}
    cases = [
        entry | {"name": "cross", "domain": Ball([0, 0], 1).describe(), "regions": 4},
        entry | {"name": "beside", "domain": Box([1, 1], [2, 2]).describe(), "regions": 1},
    ]
    (folder / "index.json").write_text(json.dumps({"version": 1, "cases": cases}))
    return folder


def test_faults_of_a_golden_set_are_named(golden, tmp_path):
    with pytest.raises(FileFormatError, match=r"no golden set in .*nowhere.* The wheel of exactregions holds none"):
        golden_cases(tmp_path / "nowhere")
    with pytest.raises(FileFormatError, match=r"none of the 2 cases .* is named 'x' and has at most 3 regions"):
        golden_cases(golden, only="x", largest=3)
    save(generated(2, 3, 1), golden / "cross.npz")
    with pytest.raises(FileFormatError, match="is not the network that the index names"):
        _ = golden_cases(golden)[0].network
    for text in ("", "[]", "{}", '{"version": 1, "cases": [{}]}', '{"version": 2, "cases": []}'):
        (golden / "index.json").write_text(text)
        with pytest.raises(FileFormatError, match=r"index\.json"):
            golden_cases(golden)


# ---- the plugin


@pytest.fixture
def suite(pytester, monkeypatch):
    """Run tests of another project under the plugin, as if it had just been installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(source: str, *options: str, ini: str = ""):
        pytester.makeini(f"[pytest]\naddopts = --strict-markers\n{ini}\n")
        pytester.makepyfile(source)
        return pytester.runpytest_inprocess("-p", "exactregions.testing.plugin", *options)

    return run


ENGINE_TEST = """
from exactregions.testing.assertions import ENGINE

def test_engine(exactregions_engine):
    assert (exactregions_engine, ENGINE.get()) == ({0!r}, {0!r})
"""


def test_the_engine_is_chosen_by_option_or_ini_file(suite):
    suite(ENGINE_TEST.format("auto")).assert_outcomes(passed=1)
    suite(ENGINE_TEST.format("rational"), ini="exactregions_engine = rational").assert_outcomes(passed=1)
    result = suite(ENGINE_TEST.format("facets"), "--exactregions-engine=facets", ini="exactregions_engine = rational")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["exactregions engine: facets"])
    assert ENGINE.get() == "auto"  # one run inside another leaves no trace


def test_the_assertions_ask_the_chosen_engine(suite):
    source = """
    from exactregions import Ball, Network
    from exactregions.testing.assertions import assert_exact_count

    def test_count():
        assert_exact_count(Network.from_layers([[[1.0]], [[1.0]]], [[0.0], [0.0]]), Ball([0.0], 1.0), 7)
    """
    result = suite(source, "--exactregions-engine=rational")
    result.assert_outcomes(failed=1)
    # the traceback ends in the line of the suite
    result.stdout.fnmatch_lines(
        [">*assert_exact_count(Network*", "E*AssertionError: expected 7 regions, found exactly 2 (engine 'rational')"]
    )
    result.stdout.no_fnmatch_line("*raise AssertionError*")


def test_an_unknown_engine_is_a_usage_error(suite):
    result = suite("def test(): pass", "--exactregions-engine=nonsense")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: exactregions has no engine 'nonsense'; choose from auto, tree*"])


GOLDEN_TEST = """
import pytest
from exactregions.testing.assertions import assert_exact_count

{}
def test_golden(golden_case):
    assert_exact_count(golden_case.network, golden_case.domain, golden_case.regions, engine="rational")
"""


def test_a_golden_case_is_a_test(suite, golden):
    result = suite(GOLDEN_TEST.format(""), f"--exactregions-golden={golden}", "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_golden[[]cross]*", "*test_golden[[]beside]*"])
    suite(GOLDEN_TEST.format(""), ini=f"exactregions_golden = {golden}").assert_outcomes(passed=2)
    mark = f"@pytest.mark.exactregions_golden({str(golden)!r}, only='c*', largest=4)"
    suite(GOLDEN_TEST.format(mark)).assert_outcomes(passed=1)
    index = json.loads((golden / "index.json").read_text())
    index["cases"][0]["regions"] = 5
    (golden / "index.json").write_text(json.dumps(index))
    result = suite(GOLDEN_TEST.format(""), f"--exactregions-golden={golden}")
    result.assert_outcomes(passed=1, failed=1)


def test_a_missing_golden_set_is_said_clearly(suite, tmp_path):
    result = suite(GOLDEN_TEST.format(""))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*golden_case needs a golden set, and none is named*The wheel*holds none*"])
    result = suite(GOLDEN_TEST.format(""), f"--exactregions-golden={tmp_path / 'nowhere'}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no golden set in *nowhere*"])


def test_the_plugin_leaves_other_suites_alone(suite):
    suite("def test(): pass").assert_outcomes(passed=1)


def test_loading_the_plugin_loads_nothing_heavy():
    code = f"import sys, exactregions.testing.plugin; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_plugin_is_registered():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"exactregions": "exactregions.testing.plugin"}


def test_the_example_project_runs(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    shutil.copytree(ROOT / "docs" / "example-project", pytester.path, dirs_exist_ok=True)
    outcomes = pytester.runpytest_inprocess("-p", "exactregions.testing.plugin").parseoutcomes()
    assert set(outcomes) <= {"passed", "warnings"}
    assert outcomes["passed"] > 15


def test_the_example_project_holds_copies_of_golden_cases():
    known = {case.name: case for case in golden_cases(GOLDEN)}
    for case in golden_cases(ROOT / "docs" / "example-project" / "golden"):
        original = known[case.name]
        assert case.path.read_bytes() == original.path.read_bytes()
        assert (case.domain, case.regions, case.truth) == (original.domain, original.regions, original.truth)
