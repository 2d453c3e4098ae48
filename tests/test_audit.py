"""`audit`: it breaks wrong bounds, leaves sound ones alone, blames nobody wrongly, and leaves what reproduces it."""

import json
import math
import shutil
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import typer
import wrong_bounds
from faulty import Faulty
from rich.console import Console
from typer.testing import CliRunner

from exactregions import Ball, Box, ExactRegionsError, Network, Polytope, WholeSpace, count_regions, load
from exactregions.auditing import FAMILIES, AuditCase, Judged, audit
from exactregions.auditing.bound_under_test import reference
from exactregions.auditing.case_size import size_of
from exactregions.auditing.degeneracies import SPOILS
from exactregions.auditing.families import named_families
from exactregions.auditing.mutations import MOST_UNITS, align, mutated
from exactregions.auditing.network_edits import (
    reader,
    with_reader,
    with_stage,
    with_unit,
    without_inputs,
    without_stage,
)
from exactregions.auditing.network_edits import without_units as without
from exactregions.auditing.random_domains import random_domain
from exactregions.auditing.simplifying import simpler_cases
from exactregions.auditing.tangency import touching_radii
from exactregions.bounds import Naive, get_bound
from exactregions.bounds.contract import Kind, NotApplicableError
from exactregions.bounds.user import bound
from exactregions.cases.networks import generated, one_layer
from exactregions.certificate.checker import check
from exactregions.cli.audit import FAMILIES as LISTED
from exactregions.cli.audit import audit as audit_command
from exactregions.cli.output import Exit
from exactregions.domain import domain_from_dict
from exactregions.engines.registry import get_engine
from exactregions.errors import EngineError, FileFormatError
from exactregions.importers import save
from exactregions.testing.trials.running import random_trial

pytest_plugins = ["pytester"]

SMALLEST = {  # stages, units: what shrinking must come down to
    "cut_or_touched": (1, 1),
    "with_a_tolerance": (2, 2),
    "norm_rounded_down": (4, 5),
    "norm_by_power_iteration": (4, 6),
    "dimension_never_grows_back": (2, 2),
}


@pytest.mark.parametrize("wrong", wrong_bounds.WRONG, ids=lambda b: b.name)
def test_a_wrong_bound_is_broken_and_shrunk(wrong):
    found = audit(wrong, cases=600, seed=1)
    assert found.falsified
    assert not found.complete
    judged, case = found.violation.smallest, found.violation.smallest.case
    assert found.violation.proved
    assert found.violation.repeatable
    assert judged.exact
    assert judged.count == count_regions(case.network, case.domain, engine="rational")
    assert judged.value == wrong.evaluate(case.network, case.domain)
    assert judged.value < judged.count if wrong.kind == "upper" else judged.value > judged.count
    stages, units = SMALLEST[wrong.name]
    assert len(case.network.stages) <= stages
    assert case.network.units <= units
    assert size_of(case) <= size_of(found.violation.found.case)
    assert wrong.name in repr(found)
    assert "FALSIFIED" in repr(found)


@pytest.mark.parametrize("name", ["naive", "montufar_2017", "serra_2018", "ball_propagation", "ball_profile"])
def test_a_sound_bound_is_not_broken(name):
    found = audit(name, cases=200, seed=3)
    assert found.complete, found
    assert found.cases == 200
    assert [family.name for family in found.families] == list(FAMILIES)
    assert all(family.cases and family.tightest.ratio >= 1 for family in found.families)
    assert found.ratio == 1
    assert found.tightest.count > 1
    assert "nothing broke" in repr(found)


@pytest.mark.parametrize("sound", wrong_bounds.SOUND, ids=lambda b: b.name)
def test_the_sound_twin_of_a_wrong_bound_is_not_broken(sound):
    found = audit(sound, cases=150, seed=1)
    assert found.complete, found
    assert sum(family.not_judged for family in found.families) == 150 - found.cases > 0
    assert found.ratio == 1


def test_the_same_seed_gives_the_same_audit_and_another_does_not():
    one, two, other = (
        audit(Naive(), cases=40, seed=s, engine="rational").describe() | {"seconds": 0} for s in (5, 5, 6)
    )
    assert one == two
    assert one["families"] != other["families"]


def of(value, kind: Kind = "upper"):
    """A bound that does what it is told on networks with two units or more, and is naive on others."""

    @bound(kind=kind, name="planted")
    def planted(network, domain):
        if network.units < 2:
            return 2**network.units if kind == "upper" else 0
        if isinstance(value, Exception):
            raise value
        return value

    return planted


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (ZeroDivisionError("in the bound"), "ZeroDivisionError: in the bound"),
        (float("nan"), "TypeError: the value is nan"),
        (12.0, "TypeError: the value is 12.0"),
        (Fraction(5, 2), "TypeError"),
        (True, "TypeError: the value is True"),
        (None, "TypeError: the value is None"),
        (-1, "ValueError: the value is negative"),
    ],
)
@pytest.mark.parametrize("kind", ["upper", "lower"])
def test_what_is_no_bound_is_the_fault_of_the_bound(value, message, kind):
    found = audit(of(value, kind), cases=50, engine="rational")
    assert found.falsified
    judged = found.violation.smallest
    assert message in str(judged.fault)
    assert message in repr(found)
    assert judged.value is None
    # shrunk as far as the fault goes: two units, one input, and the plainest domain
    assert judged.case.network.units == 2
    assert judged.case.network.inputs == 1
    assert judged.case.domain == WholeSpace(1)
    assert judged.count == count_regions(judged.case.network, judged.case.domain)
    json.dumps(found.describe(), allow_nan=False)


def test_shrinking_keeps_to_the_fault_that_was_found():
    def two_faults(network, domain):
        raise KeyError("many units") if network.units > 4 else IndexError("few units")

    six = [lambda rng: generated(2, 3, 3, 1, seed=int(rng.integers(99)))]
    violation = audit(two_faults, cases=1, families=six, engine="rational").violation
    assert violation.found.fault.kind == violation.smallest.fault.kind == "KeyError"
    assert violation.network.units == 5


def test_a_bound_that_answers_otherwise_when_asked_again_is_named_so():
    calls = count()

    def restless(network, domain):
        return 0 if next(calls) == 5 else 2**network.units

    found = audit(restless, cases=50, engine="rational")
    assert found.cases == 6
    assert found.falsified
    assert not found.violation.repeatable
    assert "asked once more" in "\n".join(found.remarks())


@pytest.mark.parametrize("kind", ["expectation", "attainable"])
def test_what_no_network_can_falsify_is_refused(kind):
    with pytest.raises(ExactRegionsError, match=f"kind '{kind}'.*give one of kind 'upper' or 'lower'"):
        audit(bound(kind=kind)(lambda network, domain: 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bound": "nonsense"}, "there is no bound 'nonsense'"),
        ({"bound": "no_such_module:it"}, "cannot be loaded: ModuleNotFoundError"),
        ({"bound": "wrong_bounds:nothing"}, "cannot be loaded: AttributeError"),
        ({"bound": 7}, "is no bound"),
        ({"bound": lambda: 7}, "is no bound"),
        ({"bound": lambda network: 7}, "gives no bound: TypeError"),
        ({"cases": 0}, "cases is 0"),
        ({"seed": -1}, "seed -1"),
        ({"time_limit": -1.0}, "time_limit is -1"),
        ({"engine": "nonsense"}, "there is no engine"),
        ({"families": ["nonsense"]}, "there is no family 'nonsense'; choose from random"),
        ({"families": []}, "families is empty"),
    ],
)
def test_bad_input_is_named_with_its_remedy(arguments, message):
    with pytest.raises(ExactRegionsError, match=message):
        audit(**({"bound": "naive"} | arguments))


def test_a_bound_in_every_form():
    assert {get_bound(given).name for given in ("naive", Naive(), Naive, lambda: Naive())} == {"naive"}
    for given in ("wrong_bounds:cut_or_touched", wrong_bounds.cut_or_touched):
        assert get_bound(given) is wrong_bounds.cut_or_touched
    plain = get_bound(plain_function)
    assert (plain.name, plain.kind) == ("plain_function", "upper")
    assert plain.evaluate(generated(1, 2, 1), WholeSpace(1)) == 99


def plain_function(network, domain):
    return 99


def test_how_a_file_names_a_bound():
    def local(network, domain):
        return 1

    for given, named in [
        ("ball_profile", "ball_profile"),
        (get_bound("ball_profile_sphere"), "ball_profile_sphere"),
        (wrong_bounds.cut_or_touched, "wrong_bounds:cut_or_touched"),
        (plain_function, f"{__name__}:plain_function"),
        (local, None),
        (lambda network, domain: 1, None),
    ]:
        assert reference(given, get_bound(given)) == named


def test_no_claim_about_any_case_is_not_a_bound_that_holds():
    @bound
    def silent(network, domain):
        raise NotApplicableError("it is for nothing")

    found = audit(silent, cases=20)
    assert not found.falsified
    assert not found.complete
    assert found.cases == 0
    assert found.tightest is None
    assert "CUT SHORT (neither the bound nor the engine makes a claim" in repr(found)


def test_limits_and_interrupts_keep_what_was_found():
    short = audit("naive", cases=10**6, time_limit=0.5, engine="rational")
    assert "time limit" in short.stopped
    assert not short.complete
    assert 0 < short.cases < 10**6

    calls = count()

    def interrupted(network, domain):
        if next(calls) == 7:
            raise KeyboardInterrupt
        return 2**network.units

    found = audit(interrupted, cases=100, engine="rational")
    assert (found.stopped, found.cases, found.falsified) == ("interrupted", 7, False)


def test_an_engine_that_is_wrong_is_not_the_bound():
    generous = Faulty("rational", lambda regions: replace(regions, count=regions.count + 1000))
    with pytest.raises(EngineError, match=r"engine 'faulty' counts .* a certificate proves .* and the bound is not"):
        audit("naive", cases=5, engine=generous)


def test_what_the_engine_cannot_answer_is_not_judged():
    class Boxes(Faulty):
        def supports(self, network, domain):
            return None if isinstance(domain, Box) else "it is for boxes"

    found = audit("naive", cases=60, engine=Boxes("rational"))
    assert 0 < found.cases < 60
    assert found.cases + sum(f.not_judged for f in found.families) == 60
    assert isinstance(found.tightest.case.domain, Box)


def test_progress_is_told():
    told = []
    found = audit("naive", cases=10, engine="rational", progress=told.append)
    assert [p.tried for p in told] == list(range(1, 11))
    assert {p.asked for p in told} == {10}
    assert told[-1].ratio == found.ratio


def printed(found) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(found)
    return console.export_text()


def test_values_that_no_float_holds():
    huge = audit(bound(name="huge")(lambda network, domain: 10**5000), cases=5, engine="rational")
    assert huge.complete
    assert huge.ratio > 10**4990
    assert "10^5000.00" in printed(huge)
    assert huge.describe()["tightest"]["ratio"] is None
    json.dumps(huge.describe(), allow_nan=False)
    nothing = audit(bound(name="nothing", kind="lower")(lambda network, domain: 0), cases=5, engine="rational")
    assert nothing.complete
    assert nothing.ratio == 0
    assert "= 0," in printed(nothing)


def test_the_report_for_people_and_programs():
    found = audit(wrong_bounds.dimension_never_grows_back, cases=100, seed=1)
    text = printed(found)
    assert all(word in text for word in ("FALSIFIED", "judged", "sawtooth", "stage 0: weight", "certificate"))
    assert "FALSIFIED" in found._repr_html_()
    data = json.loads(json.dumps(found.describe(), allow_nan=False))
    assert data["falsified"] is True
    assert data["violation"]["smallest"]["regions"] == found.violation.smallest.count
    assert data["violation"]["smallest"]["weights"]["0.weight"] == found.violation.network.stages[0].weight.tolist()
    assert "nothing broke" in printed(audit("naive", cases=5, engine="rational"))


# ---- the reproducer


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit") / "broken"
    return folder, audit("wrong_bounds:cut_or_touched", cases=200, seed=1, output=folder)


def test_the_reproducer_holds_the_case_and_its_proof(broken):
    folder, found = broken
    case, judged = found.violation.smallest.case, found.violation.smallest
    assert found.folder == str(folder)
    assert {p.name for p in folder.iterdir()} == {
        "network.npz", "domain.json", "count.cert", "finding.json", "README.md", "test_reproducer.py",
    }  # fmt: skip
    assert load(folder / "network.npz") == case.network
    assert domain_from_dict(json.loads((folder / "domain.json").read_text())) == case.domain
    verdict = check(folder / "count.cert", fingerprint=case.network.fingerprint)
    assert (verdict.claim, verdict.regions, verdict.domain) == ("exact", judged.count, case.domain.describe())
    finding = json.loads((folder / "finding.json").read_text())
    assert (finding["bound"], finding["kind"], finding["seed"]) == ("cut_or_touched", "lower", 1)
    assert finding["smallest"]["value"] == judged.value
    assert f"gives {judged.value}, but there are exactly {judged.count} region" in (folder / "README.md").read_text()


def test_the_test_of_the_reproducer_fails_until_the_bound_is_mended(broken, pytester, monkeypatch):
    folder, _ = broken
    shutil.copytree(folder, pytester.path / "broken")
    pytester.syspathinsert()
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delitem(sys.modules, "wrong_bounds")
    source = Path(wrong_bounds.__file__).read_text()
    mended = source.replace("gap(h, euclidean(domain)) <= 0", "gap(h, euclidean(domain)) < 0")
    assert mended != source
    for text, outcomes in ((source, {"passed": 1, "failed": 1}), (mended, {"passed": 2})):
        (pytester.path / "wrong_bounds.py").write_text(text)
        pytester.runpytest_inprocess("broken").assert_outcomes(**outcomes)


def test_a_bound_without_a_name_leaves_a_place_for_it(tmp_path):
    audit(lambda network, domain: 0, cases=5, engine="rational", output=tmp_path / "new")
    assert (
        'BOUND = None  # name the bound here, as in "my_module:my_bound"'
        in (tmp_path / "new" / "test_reproducer.py").read_text()
    )


def test_an_old_reproducer_is_not_written_over(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "README.md").write_text("old")
    for place in (tmp_path / "old", tmp_path / "old" / "README.md"):
        with pytest.raises(FileFormatError, match="not empty; name a new one"):
            audit("naive", cases=5, output=place)
    found = audit("naive", cases=5, engine="rational", output=tmp_path / "new")
    assert found.folder is None
    assert not list((tmp_path / "new").iterdir())


# ---- its parts


def random_case(seed: int) -> AuditCase:
    rng = np.random.default_rng(seed)
    name = list(FAMILIES)[seed % len(FAMILIES)]
    network = FAMILIES[name](rng)
    return AuditCase(name, network, random_domain(network, rng))


@pytest.mark.parametrize("name", FAMILIES)
def test_families_are_seeded_small_and_of_their_kind(name):
    nets = [FAMILIES[name](np.random.default_rng(seed)) for seed in range(12)]
    assert nets == [FAMILIES[name](np.random.default_rng(seed)) for seed in range(12)]
    assert len({net.fingerprint for net in nets}) > 4
    assert all(1 <= net.units <= 12 for net in nets)
    if name == "bias-free":
        assert not any(stage.bias.any() for net in nets for stage in net.stages)
    if name == "leaky":
        assert all(stage.low.all() for net in nets for stage in net.stages)
    if name == "wires":
        assert any(not stage.splits.all() for net in nets for stage in net.stages)


def test_spoils_do_what_they_say():
    stage, rng = generated(3, 4, 1).stages[0], np.random.default_rng(0)
    for spoil in SPOILS:
        spoiled = [spoil(stage, rng) for _ in range(8)]
        changed = [(s.weight != stage.weight).any(axis=1) | (s.bias != stage.bias) for s in spoiled]
        assert all(c.sum() <= 1 for c in changed)
        assert any(c.any() for c in changed)


def test_families_from_files_and_functions(tmp_path):
    nets = [generated(2, 3, 1, seed=s) for s in range(3)]
    for i, net in enumerate(nets):
        save(net, tmp_path / f"{i}.npz")
    (tmp_path / "notes.txt").write_text("no network")
    rng = np.random.default_rng(0)
    (drawn,) = named_families(tmp_path).values()
    assert {drawn(rng).fingerprint for _ in range(30)} == {net.fingerprint for net in nets}
    found = audit("naive", cases=8, families=[tmp_path / "0.npz", lambda rng: nets[1]], engine="rational")
    assert [f.name for f in found.families] == [str(tmp_path / "0.npz"), "<lambda>"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExactRegionsError, match="holds no network"):
        named_families([tmp_path / "empty"])


def test_hyperplanes_beyond_the_range_of_floats_do_not_end_an_audit():
    def remote(rng):
        network = generated(2, 3, 2, 1, seed=int(rng.integers(1000)))
        first = network.stages[0]
        return with_stage(network, 0, replace(first, weight=np.ldexp(first.weight, -1060)))

    assert audit("ball_profile", cases=60, families=[remote]).complete
    assert audit(lambda network, domain: 1, cases=60, families=[remote]).falsified


def test_larger_networks_are_looked_at_close_by():
    found = audit("naive", cases=6, families=[lambda rng: generated(8, 40, 40, 1)])
    assert found.cases == 6
    assert found.complete


@pytest.mark.parametrize("seed", range(21))
def test_a_mutant_is_another_valid_case(seed):
    case, rng, engine = random_case(seed), np.random.default_rng(seed), get_engine("rational")
    mutants = [mutated(case, rng, engine) for _ in range(6)]
    for mutant in mutants:
        assert mutant.family == case.family
        assert mutant.domain.dim == mutant.network.inputs == case.network.inputs
        assert mutant.network.units <= max(MOST_UNITS, case.network.units)
    assert any(m != case for m in mutants)


@pytest.mark.parametrize("seed", range(12))
def test_an_aligned_unit_cuts_the_ball_where_norms_say_it_just_can(seed):
    network, ball = generated(2, 2, 1, 1, seed=seed), Ball([0.5, -0.25], 1.5)
    aligned = [align(network, ball, np.random.default_rng(draw)) for draw in range(8)]
    opened = [net for net in aligned if min(touching_radii(without_stage(net, 1), ball.center, 2)) > ball.radius]
    assert opened
    for net in opened:
        ratio = float(min(touching_radii(net, ball.center, 2)) / ball.radius)
        assert any(math.isclose(ratio, share, rel_tol=1e-9) for share in (0.7, 0.9, 0.97, 0.999))
        # all of the first stage is active, so the unit feels the whole norm of its weight
        first, second = (stage.weight for stage in net.stages)
        assert math.isclose(np.linalg.norm(second @ first), np.linalg.norm(second) * np.linalg.norm(first, 2))


@pytest.mark.parametrize("seed", range(21))
def test_every_simpler_case_is_valid(seed):
    case = random_case(seed)
    smaller = [simpler for simpler in simpler_cases(case) if size_of(simpler) < size_of(case)]
    assert smaller
    for simpler in smaller:
        assert simpler.domain.dim == simpler.network.inputs


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("family", ["scales", "denormals", "slopes"])
def test_every_simpler_case_is_valid_out_of_the_range_of_floats_as_well(family):
    kinds = set()
    for number in range(40):
        trial = random_trial(0, number, family)
        case = AuditCase(family, trial.network, trial.domain)
        for simpler in simpler_cases(case):
            size_of(simpler)
            assert simpler.domain.dim == simpler.network.inputs
        kinds.add(trial.domain.kind)
    assert kinds == {"ball", "box", "polytope", "whole-space"}


def test_a_polytope_is_made_simpler():
    case = AuditCase("polytopes", generated(2, 2, 1), Polytope([[0.1, 2], [3, 4]], [1, 1.5], Box([0, 0], [1, 1])))
    kinds = [simpler.domain for simpler in simpler_cases(case)]
    assert Polytope([[3, 4]], [1.5], Box([0, 0], [1, 1])) in kinds
    assert Polytope([[0.1, 2], [3, 4]], [1, 1.5]) in kinds
    assert Polytope([[0, 2], [3, 4]], [1, 1.5], Box([0, 0], [1, 1])) in kinds


def test_surgery_takes_out_what_nothing_reads():
    network, points = generated(3, 4, 3, 2, seed=2), np.random.default_rng(0).normal(size=(20, 3))
    first = np.arange(4) == 1
    deaf = with_reader(network, 0, np.where(first, 0.0, reader(network, 0)))
    assert np.allclose(without(deaf, 0, first).forward(points), deaf.forward(points))
    last = np.arange(3) == 2
    deaf = with_reader(network, 1, np.where(last, 0.0, reader(network, 1)))
    assert np.allclose(without(deaf, 1, last).forward(points), deaf.forward(points))
    blind = with_reader(network, -1, np.where(np.arange(3) == 0, 0.0, reader(network, -1)))
    assert np.allclose(without_inputs(blind, np.arange(3) == 0).forward(points[:, 1:]), blind.forward(points))
    wider = with_unit(network, 1, np.ones(4), 0.5, np.zeros(2))
    assert wider.widths == (4, 4)
    assert np.allclose(wider.forward(points), network.forward(points))
    assert [without_stage(network, i).widths for i in (0, 1)] == [(3,), (4,)]
    same = with_stage(network, 0, network.stages[0])
    assert same == network


def test_radii_of_contact_are_exact():
    lines = one_layer([[3, 4], [1, -2], [0, 0]], [-5, 1, 3])
    quarters, third = Fraction(5, 4), Fraction(1, 3)
    for norm, radii in ((2, [Fraction(1)]), (1, [Fraction(1, 2), quarters]), (math.inf, [third, Fraction(5, 7)])):
        found = touching_radii(lines, (Fraction(0), Fraction(0)), norm)
        assert set(radii) <= set(found)
        assert len(found) == 2
        for radius in radii:
            touched, reached = (Ball([0, 0], r, norm) for r in (radius, radius * (1 + Fraction(1, 2**60))))
            counts = [count_regions(lines, ball, engine="rational") for ball in (touched, reached)]
            assert counts[1] > counts[0]
    # in the second layer, along the affine map at the centre: relu(x + 1) - 3 vanishes at 2
    deep = Network.from_layers([[[1.0]], [[1.0]], [[1.0]]], [[1.0], [-3.0], [0.0]])
    assert touching_radii(deep, (Fraction(0),), 2) == [Fraction(1), Fraction(2)]


def test_ties_do_not_break_a_bound():
    case = AuditCase("", generated(1, 1, 1), WholeSpace(1))
    for kind, values in (("upper", {1: True, 2: False, 3: False}), ("lower", {1: False, 2: False, 3: True})):
        assert {v: Judged(case, kind, v, None, 2, True).broken for v in values} == values
    assert Judged(case, "upper", 1, None, 2, False).broken
    assert not Judged(case, "lower", 3, None, 2, False).broken  # there may be more than were found


# ---- the command


def run(*arguments, code: int = 0):
    app = typer.Typer()
    app.command()(audit_command)
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with a module of bounds, as somebody works in."""
    (tmp_path / "bounds_of_mine.py").write_text(
        "from exactregions.bounds.user import bound\n"
        "def wrong(network, domain):\n    return network.units + 1\n"
        "@bound(kind='lower')\ndef sound(network, domain):\n    return 1\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "bounds_of_mine", raising=False)
    return tmp_path


def test_the_command_breaks_a_bound_of_the_current_directory(here):
    path = list(sys.path)
    output = run("bounds_of_mine:wrong", "--engine", "rational", "--output", "broken", code=Exit.FALSIFIED).stdout
    assert "FALSIFIED" in output
    assert "reproducer: broken" in output
    assert 'BOUND = "bounds_of_mine:wrong"' in (here / "broken" / "test_reproducer.py").read_text()
    assert sys.path == path


def test_the_command_lists_all_families():
    assert tuple(FAMILIES) == LISTED


def test_exit_codes_of_the_command(here):
    few = ("--cases", 5, "--engine", "rational")
    assert "nothing broke" in run("bounds_of_mine:sound", *few, "--families", "random,sawtooth").stdout
    data = json.loads(run("naive", *few, "--seed", 3, "--json").stdout)
    assert (data["bound"], data["cases"], data["seed"], data["falsified"]) == ("naive", 5, 3, False)
    run("naive", "--cases", 10**6, "--engine", "rational", "--time-limit", 0.3, code=Exit.INCOMPLETE)
    for name in ("nonsense", "bounds_of_mine:nothing", "hanin_rolnick_2019"):
        assert "error: " in run(name, *few, code=Exit.BAD_INPUT).stderr
    assert "error" in json.loads(run("nonsense", "--json", code=Exit.BAD_INPUT).stdout)
    save(generated(2, 3, 1), here / "net.npz")
    assert "net.npz" in run("naive", *few, "--networks", "net.npz").stdout
