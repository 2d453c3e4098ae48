"""The conformance suite: every engine passes it, every planted fault is caught, and engines can be registered."""

import pickle
import sys
import textwrap
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import faulty
import flint
import numpy as np
import pytest
from faulty import Faulty, OneUnitFlips

from exactregions import Ball, Box, Network, WholeSpace, count_regions, engine_names, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.cases.truths import coordinate_count, general_position_count
from exactregions.comparison import EntryRadii
from exactregions.engines import registry
from exactregions.engines.milp import search as milp_search
from exactregions.engines.milp.cuts import shortened
from exactregions.engines.registry import AutoEngine, engines_supporting, get_engine
from exactregions.engines.tree import TreeEngine
from exactregions.engines.tree.exact_fallback import ExactFallback
from exactregions.engines.tree.kernels.codes import MINUS
from exactregions.errors import EngineError
from exactregions.exact.cells import BallCell, Refutation
from exactregions.facets.decisions import FacetFinder
from exactregions.support import plugins
from exactregions.testing import (
    Case,
    ConformanceError,
    Failure,
    Report,
    Skipped,
    check_engine,
    engine_behaviour,
    standard_cases,
)

# regions of the largest case, so that each takes a few seconds
LARGEST = {"tree": 60, "rational": 30, "facets": 7, "milp": 6}
BUILT_IN = list(LARGEST)


# ---- every engine passes


@pytest.mark.parametrize("engine", BUILT_IN)
def test_every_engine_passes(engine):
    report = check_engine(engine, largest=LARGEST[engine])
    assert not report.failed, report
    assert len(report.passed) > 120
    assert "an error of the observer" in report.passed
    unsupported = {skip.case for skip in report.skipped if skip.reason.startswith("not supported")}
    assert engine == "milp" or not unsupported


def test_auto_passes():
    check_engine("auto", only="*braid*").raise_for_failures()


# ---- every planted fault is caught


FAULTS = {
    "a dropped region": {"answer": faulty.drop_a_region},
    "a region twice": {"answer": faulty.repeat_a_region},
    "a tolerance of 1e-6": {"answer": faulty.tolerate},
    "one unit a facet": {"answer": faulty.flip_one_unit},
    "a unit identically zero split in two": {"answer": faulty.lose_null_units},
    "a witness on a hyperplane": {"answer": faulty.witness_on_a_hyperplane},
    "a closed domain": {"question": faulty.closed},
    "a limit that looks final": {"answer": faulty.pretend_complete},
}


def caught(engine, only="*") -> Report:
    report = check_engine(engine, largest=30, only=only, stop_at_failure=True)
    assert not report.ok
    assert report.failures
    return report


@pytest.mark.parametrize("inner", BUILT_IN)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault, inner):
    """Where the fault is looked for, and nowhere else, so that nothing but the fault can fail."""
    report = caught(Faulty(inner, **FAULTS[fault]), WHERE[fault])
    text = str(report)
    assert SAYS[fault] in text, text


WHERE = {
    "a dropped region": "tent 3",
    "a region twice": "tent 3",
    "a tolerance of 1e-6": "strip of width 1e-07 *",
    "one unit a facet": "repeated rows *",
    "a unit identically zero split in two": "a unit identically zero *",
    "a witness on a hyperplane": "tent 3",
    "a closed domain": "a tangent of a ball",
    "a limit that looks final": "max_regions 7",
}
SAYS = {
    "a dropped region": "expected 8 regions, got 7; missing ",
    "a region twice": "1 of 9 regions reported twice",
    "a tolerance of 1e-6": "expected 6 regions, got 4; missing ",
    "one unit a facet": "; missing ",
    "a unit identically zero split in two": "expected 2 regions, got 1; missing -|-",
    "a witness on a hyperplane": "expected a witness strictly inside region ",
    "a closed domain": "expected 2 regions, got 3; extra ",
    "a limit that looks final": "a search that is not complete, got <RegionSet: exactly 7",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught_by_the_whole_suite(fault):
    """The same with all cases, as a third party would run it; the engine without the fault passes them."""
    caught(Faulty("rational", **FAULTS[fault]))


def test_the_wrapper_alone_is_no_fault():
    check_engine(Faulty("rational"), largest=6).raise_for_failures()


def test_a_naive_graph_search_is_caught():
    """It loses regions where units repeat, and is right on generic networks."""
    naive = OneUnitFlips()
    check_engine(naive, only="random [[]2, 7, 1[]] in *").raise_for_failures()
    (failure, *_) = caught(naive, "repeated rows in a ball").failures
    assert failure.missing
    assert not failure.extra
    caught(naive, "max of a min")
    caught(naive)


def test_wrong_entry_radii_are_caught():
    def halved(regions):
        regions, _ = EntryRadii.measured(regions)
        return replace(regions, entry_radii=regions.entry_radii / 2)

    for inner in ("tree", "rational"):
        assert "the entry radius of region" in str(caught(Faulty(inner, halved), "random [[]2, 7, 1[]] in a ball"))
    for kind in ("a ball of norm 1", "a ball of norm inf", "a box"):
        report = caught(Faulty("facets", halved), f"random [[]2, 7, 1[]] in {kind}")
        assert "the entry radius of region" in str(report)


def test_a_wrong_exact_entry_is_caught():
    def off(regions):
        entries = regions.exact_entries
        return regions if entries is None else replace(regions, exact_entries=tuple(2 * e for e in entries))

    caught(Faulty("rational", off), "random [[]2, 7, 1[]] in a ball")


@dataclass(frozen=True)
class Odd:
    """The rational engine with one odd habit."""

    habit: str
    name: str = "odd"

    def supports(self, network, domain) -> Any:
        if self.habit == "says yes":
            return True
        return "no balls" if self.habit == "no balls" and isinstance(domain, Ball) else None

    def search(self, network, domain, limits, observer) -> Any:
        match self.habit:
            case "ignores limits":
                limits = replace(limits, regions=None)
            case "ignores time":
                limits = replace(limits, seconds=None)
            case "one short" if limits.regions:
                limits = replace(limits, regions=max(1, limits.regions - 1))
            case "never sure" if limits.regions:
                limits = replace(limits, regions=1)
            case "no observer":
                observer = None
            case "lets interrupts out":
                return self._aborting(network, domain, limits, observer)
            case "raises":
                raise ZeroDivisionError("a bug")
            case "no answer":
                return None
            case "empty is zero":
                return self._of_empty(network, domain, limits, observer)
        regions = get_engine("rational").search(network, domain, limits, observer)
        match self.habit:
            case "keeps all":
                return get_engine("rational").search(network, domain, replace(limits, store=True), observer)
            case "no reason":
                return replace(regions, stopped=None)
            case "two lose" if limits.workers == 2:
                return faulty.drop_a_region(regions)
            case "no copies of answers":
                return replace(regions, stats=MappingProxyType({}))
            case "numpy stats":
                return replace(regions, stats={"decisions": np.int64(3)})
            case "dirty bits":
                patterns = regions.patterns.copy()
                patterns[:, -1:] |= 128
                return replace(regions, patterns=patterns)
            case "undecided":
                return replace(regions, undecided=1)
            case "another domain":
                return replace(regions, domain=WholeSpace(network.inputs))
            case "nan witnesses":
                return replace(regions, witnesses=np.full(regions.witnesses.shape, np.nan), exact_witnesses={})
        return regions

    def _aborting(self, network, domain, limits, observer):
        def abort(progress):
            try:
                observer(progress)
            except KeyboardInterrupt:
                raise ZeroDivisionError from None

        return get_engine("rational").search(network, domain, limits, observer and abort)

    def _of_empty(self, network, domain, limits, observer):
        from exactregions.errors import DomainError

        try:
            return get_engine("rational").search(network, domain, limits, observer)
        except DomainError:
            return faulty.kept(enumerate_regions(network, WholeSpace(2), engine="rational", max_regions=1), [])

    def __reduce__(self):
        if self.habit == "no copies":
            raise TypeError("cannot pickle a solver")
        return Odd, (self.habit,)


@pytest.mark.parametrize(
    ("habit", "only", "says"),
    [
        ("ignores limits", "max_regions 1", "expected 1 regions and a search that is not complete"),
        ("one short", "max_regions 7", "expected 7 regions"),
        ("one short", "max_regions that is just enough", "expected 9 regions, got <RegionSet: NOT EXACT: at least 8"),
        ("never sure", "max_regions beyond the count", "got <RegionSet: NOT EXACT: at least 1 region"),
        ("two lose", "two workers", "expected 9 regions, got 8"),
        ("no copies of answers", "a pickled answer", "cannot pickle 'mappingproxy' object"),
        ("keeps all", "counting only", "none of them held"),
        ("no reason", "max_regions 1", "the reason why the search stopped"),
        ("numpy stats", "the verdict as plain data", "int64"),
        ("dirty bits", "random [[]2, 7, 1[]] in a box", "zeros in the bits behind the last unit"),
        ("undecided", "braid 3", "expected exactly 6 regions, got <RegionSet: NOT EXACT: at least 6"),
        ("another domain", "braid 4 in a box", "the network and the domain of the question"),
        ("nan witnesses", "braid 3", "no finite point"),
        ("lets interrupts out", "interrupted*", "ZeroDivisionError"),
        ("raises", "braid 3", "expected an answer, got ZeroDivisionError: a bug"),
        ("no answer", "braid 3", "expected a RegionSet, got None"),
        ("empty is zero", "an empty polytope", "expected a DomainError"),
        ("says yes", "braid 3", "None or a reason in text, got True"),
        ("no copies", "a pickled engine", "cannot pickle a solver"),
    ],
)
def test_odd_habits_are_caught(habit, only, says):
    assert says in str(caught(Odd(habit), only))


def test_time_limits_that_are_ignored_are_caught(monkeypatch):
    assert "expected 9 regions, got 0" in str(caught(Faulty("rational", faulty.pretend_complete), "time limit of zero"))
    monkeypatch.setattr(engine_behaviour, "PATIENCE", 1.0)
    assert "expected an end soon after 0.5 s" in str(caught(Odd("ignores time"), "time limit in a long search"))
    assert "a search that is not complete" in str(
        caught(Faulty("rational", faulty.pretend_complete), "time limit in a long search")
    )


def test_an_engine_that_remembers_is_caught():
    class Forgetful(Odd):
        asked = 0

        def search(self, network, domain, limits, observer):
            Forgetful.asked += 1
            regions = super().search(network, domain, limits, observer)
            return regions if Forgetful.asked == 1 else faulty.drop_a_region(regions)

    assert "expected 9 regions, got 8" in str(caught(Forgetful(""), "asked twice"))


def test_a_frontier_that_loses_a_prefix_is_caught():
    class Losing(TreeEngine):
        def search_below(self, network, domain, prefixes, limits, observer):
            return super().search_below(network, domain, list(prefixes)[1:] or prefixes, limits, observer)

    assert "; missing " in str(caught(Losing(), "resumed *"))


def test_an_engine_without_a_name_is_caught():
    assert "expected a name, got ''" in str(caught(Faulty("rational", name=""), "the name"))


def test_unknown_read_as_empty_in_the_tree_engine_is_caught(monkeypatch):
    """Inside the engine: what floats cannot settle is taken for a unit that does not cut."""

    def never_cuts(self, state):
        state.answer = MINUS

    monkeypatch.setattr(ExactFallback, "settle", never_cuts)
    assert "; missing " in str(caught("tree", "strip of width 1e-26 in a ball*"))
    caught("tree")


def test_unknown_read_as_no_facet_in_the_facets_engine_is_caught(monkeypatch):
    """Inside the engine: what floats cannot settle is taken for a row that is no facet."""
    monkeypatch.setattr(FacetFinder, "_decided_exactly", lambda self, rows, row, witness: None)
    assert "; missing " in str(caught("facets", "strip of width 1e-26 in a ball*"))
    caught("facets")


def test_a_solver_that_is_believed_in_the_milp_engine_is_caught(monkeypatch):
    """Inside the engine: the solver's "infeasible" ends the enumeration, and nothing else finds thin cells."""
    monkeypatch.setattr(milp_search, "BESIDE", 0)
    monkeypatch.setattr(milp_search, "walk", lambda *_: iter(()))
    assert "; missing " in str(caught("milp", "strip of width 1e-07 in a box"))


def test_a_cut_that_is_too_short_in_the_milp_engine_is_caught(monkeypatch):
    """Inside the engine: a cut leaves out a unit whose sign does not follow from the others."""

    def one_less(*arguments):
        short = shortened(*arguments)
        return replace(short, cut=dict(list(short.cut.items())[1:]))

    monkeypatch.setattr(milp_search, "BESIDE", 0)
    monkeypatch.setattr(milp_search, "shortened", one_less)
    assert "; missing " in str(caught("milp", "tent 3"))


def test_a_tolerance_in_the_rational_engine_is_caught(monkeypatch):
    """Inside the engine: a side that is thinner than 1e-6 at its witness is taken for empty."""
    cut = BallCell.cut

    def tolerant(cell, form):
        found = cut(cell, form)
        if not isinstance(found, Refutation) and form.at(found.witness) ** 2 < form.square / flint.fmpq(10**12):
            return Refutation()
        return found

    monkeypatch.setattr(BallCell, "cut", tolerant)
    # the closed form has not gone through the engine
    assert "expected 6 regions, got 4" in str(caught("rational", "strip of width 1e-07 in a ball"))


def test_an_observer_error_that_is_swallowed_is_caught():
    class Swallowing(Odd):
        def search(self, network, domain, limits, observer):
            def swallow(progress):
                try:
                    observer(progress)
                except Exception:  # noqa: BLE001 - that is the fault
                    return

            return get_engine("rational").search(network, domain, limits, observer and swallow)

    assert "the observer's error" in str(caught(Swallowing(""), "an error of the observer"))


# ---- what is skipped is said


def test_what_an_engine_does_not_support_is_skipped_with_its_reason():
    report = check_engine(Odd("no balls"), largest=6, only="strip of width 1e-07 *")
    assert report.ok
    assert set(report.skipped) == {
        Skipped(f"strip of width 1e-07 in a ball{kind}", "not supported: no balls")
        for kind in ("", " of norm 1", " of norm inf", " off the floats")
    }
    assert "skipped 4: not supported: no balls (strip" in repr(report)


def test_an_engine_that_supports_nothing_does_not_pass():
    report = check_engine(Odd("no balls"), only="coordinate hyperplanes*")
    assert not report.ok
    assert not report.failures
    with pytest.raises(ConformanceError, match="was asked nothing"):
        report.raise_for_failures()


def test_what_is_too_large_is_skipped():
    report = check_engine("rational", largest=6, only="braid ?")
    assert report.passed == ("braid 2", "braid 3")
    assert set(report.skipped) == {Skipped(f"braid {n}", "more than 6 regions") for n in (4, 5)}


def test_the_time_budget_ends_the_run():
    standard_cases()
    report = check_engine("rational", time_limit=0.3)
    assert report.seconds < 10
    assert report.ok
    assert {skip.reason for skip in report.skipped} >= {"the time of 0.3 s is over"}


def test_an_engine_may_be_undecided_where_that_is_accepted():
    assert check_engine(Odd("undecided"), only="braid 3", accept_undecided=True).ok
    lost = Faulty("rational", lambda regions: replace(faulty.witness_on_a_hyperplane(regions), undecided=1))
    assert not check_engine(lost, only="braid 3", accept_undecided=True).ok


def test_an_engine_without_an_observer_is_not_asked_for_interrupts():
    report = check_engine(Odd("no observer"), only="an error of the observer")
    assert [skip.reason for skip in report.skipped] == ["the engine told its observer nothing in time"]


def test_ctrl_c_ends_the_run_although_engines_catch_it():
    interrupted = Faulty("rational", lambda regions: replace(regions, complete=False, stopped="interrupted"))
    with pytest.raises(KeyboardInterrupt):
        check_engine(interrupted, only="braid 3")


def test_progress_hears_every_case():
    heard = []
    report = check_engine("rational", only="braid [23]", progress=heard.append)
    assert heard == list(report.passed) == ["braid 2", "braid 3"]


# ---- the report


def test_a_report_reads_well_and_raises():
    failure = Failure("braid 3", "6 regions", "2", missing=("+++", "---", "++-", "-++"))
    report = Report("mine", ("braid 2",), (Skipped("braid 4", "more than 6 regions"),), (failure, failure), 1.25)
    assert repr(report) == "\n".join(
        [
            "engine 'mine' FAILS 1 of 2 cases in 1.2 s",
            *["  braid 3: expected 6 regions, got 2; missing +++, ---, ++- and 1 more"] * 2,
            "  skipped 1: more than 6 regions (braid 4)",
        ]
    )
    with pytest.raises(AssertionError, match="braid 3"):
        report.raise_for_failures()
    assert pickle.loads(pickle.dumps(report)) == report


def test_cases_have_names_of_their_own():
    names = [case.name for case in standard_cases()]
    assert len(set(names)) == len(names) > 400
    assert all(a.cost <= b.cost for a, b in zip(standard_cases(), standard_cases()[1:], strict=False))


def test_closed_forms_and_the_reference_agree():
    """Two roads to one number, so neither can be wrong alone."""
    known = [case for case in standard_cases() if case.known is not None and case.known < 60]
    assert len(known) > 250
    assert all(len(case.patterns()) == case.known for case in known)


def test_truths_against_enumeration():
    assert coordinate_count(4, 1, 2) == 15
    network = nets.generated(2, 6, 1, seed=5, bits=8)
    ball = Ball([0.25, 0.5], 0.75)
    assert general_position_count(network, ball) == count_regions(network, ball, engine="rational")
    assert Case("", network, ball).count == count_regions(network, ball, engine="tree")


# ---- engines of other distributions


ENGINE = """
    from exactregions.engines.rational import RationalEngine

    class Mine(RationalEngine):
        name = "mine"

    class Nameless(RationalEngine):
        name = "other"

    def boom():
        raise ZeroDivisionError("no luck")

    class Nothing:
        name = "nothing"
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install distributions with entry points, for the time of a test."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(distribution: str, **points: str) -> None:
        module = distribution.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(ENGINE))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        lines = [f"{name} = {value.replace('MODULE', module)}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[exactregions.engines]", *lines]))
        plugins.entry_points_of.cache_clear()

    yield install
    plugins.entry_points_of.cache_clear()
    for name in [name for name in sys.modules if name.startswith("exactregions_of_")]:
        del sys.modules[name]


NETWORK, BALL = nets.generated(2, 5, 4, 1, seed=4), Ball([0, 0], 2)


def test_built_in_engines_come_first_and_auto_keeps_its_order(installed):
    installed("exactregions-of-me", mine="MODULE:Mine")
    assert engine_names() == ["auto", "tree", "facets", "rational", "milp", "mine"]
    assert enumerate_regions(NETWORK, BALL).engine == "tree"


def test_a_registered_engine_is_found_by_name_and_can_be_checked(installed):
    installed("exactregions-of-me", mine="MODULE:Mine")
    assert count_regions(NETWORK, BALL, engine="mine") == count_regions(NETWORK, BALL, engine="rational")
    report = check_engine("mine", only="braid [23]")
    assert report.ok
    assert report.engine == "mine"
    assert "mine" in engines_supporting(NETWORK, BALL)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nowhere.at.all:Mine", r"ModuleNotFoundError: No module named 'nowhere'"),
        ("MODULE:Absent", r"AttributeError: .*Absent"),
        ("MODULE:boom", r"ZeroDivisionError: no luck"),
        ("MODULE:Nothing", r"has no supports, no search"),
        ("MODULE:Nameless", r"registers 'mine', but the engine calls itself 'other'"),
    ],
)
def test_a_broken_entry_point_names_its_distribution(installed, value, message):
    installed("exactregions-of-me", mine=value)
    with pytest.raises(EngineError, match=message) as caught:
        enumerate_regions(NETWORK, BALL, engine="mine")
    assert "distribution 'exactregions-of-me'" in str(caught.value)
    # nobody else suffers
    assert count_regions(NETWORK, BALL, engine="rational") == count_regions(NETWORK, BALL)
    assert "mine" not in engines_supporting(NETWORK, BALL)
    assert "mine" in engine_names()


def test_a_name_that_is_taken_twice_is_an_error_with_the_remedy(installed):
    installed("exactregions-of-me", mine="MODULE:Mine", rational="MODULE:Mine")
    installed("exactregions-of-you", mine="MODULE:Mine")
    with pytest.raises(EngineError, match="'mine' is taken 2 times") as caught:
        get_engine("mine")
    assert "exactregions-of-me" in str(caught.value)
    assert "exactregions-of-you" in str(caught.value)
    with pytest.raises(EngineError, match="'rational' is taken 2 times: by exactregions itself, by distribution"):
        get_engine("rational")
    assert engine_names().count("mine") == engine_names().count("rational") == 1
    assert enumerate_regions(NETWORK, BALL).exact


def test_entry_points_are_read_when_an_engine_is_asked_for_and_once(installed, monkeypatch):
    import subprocess

    code = "import sys, exactregions; print('importlib.metadata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
    plugins.entry_points_of.cache_clear()
    engine_names()
    engine_names()
    get_engine("rational")
    assert plugins.entry_points_of.cache_info().misses == 1


def test_engines_supporting():
    names = engines_supporting(NETWORK, BALL)
    assert names[:3] == ["tree", "facets", "rational"]
    assert "auto" not in names


def test_auto_gives_the_reasons_of_all(monkeypatch):
    monkeypatch.setattr(registry, "_built_in", lambda name: Odd("no balls"))
    reasons = "; ".join(f"{name}: no balls" for name in ("tree", "facets", "rational", "milp"))
    assert AutoEngine().supports(NETWORK, BALL) == reasons
    assert AutoEngine().supports(NETWORK, Box([0, 0], [1, 1])) is None


def test_an_engine_whose_library_is_missing(monkeypatch):
    monkeypatch.setitem(registry._ENGINES, "tree", "exactregions.engines.absent:TreeEngine")
    with pytest.raises(EngineError, match=r"engine 'tree' cannot be loaded: No module named .*install what is missing"):
        get_engine("tree")
    assert engines_supporting(NETWORK, BALL)[:2] == ["facets", "rational"]
    assert enumerate_regions(Network.from_layers([np.eye(2)] * 2, [None] * 2), BALL).engine == "facets"
