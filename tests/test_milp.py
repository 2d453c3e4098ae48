"""The mixed-integer engine: its answers, its cuts, its bounds, and what it does with solvers that fail or lie."""

import _thread
import os
import pickle
import random
import stat
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from typing import Any

import numpy as np
import pulp
import pytest
from engines import found
from hypothesis import given, settings
from hypothesis import strategies as st
from narrowing import present
from oracles import zaslavsky

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.engines.milp import MilpEngine, search
from exactregions.engines.milp.bounds import pre_activation_bounds
from exactregions.engines.milp.cuts import CutStore, refutation, shortened
from exactregions.engines.milp.forms import Unfolding
from exactregions.engines.milp.model import FLOOR, MARGIN_NAME, write_model
from exactregions.engines.milp.oracle import Empty, cell_oracle_of
from exactregions.engines.milp.variables import domain_columns
from exactregions.errors import DomainError, EngineError
from exactregions.exact.bounding import bounded
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.dyadic import above, as_float, below, root_above
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, rational
from exactregions.exact.shapes import shape_of
from exactregions.exact.shapes.rounded import center_floats
from exactregions.solvers.contract import Answer, Proposal, Proven, Row, Unknown
from exactregions.solvers.highs import LinearProgram
from exactregions.solvers.highs_milp import HighsProgram
from exactregions.solvers.pulp_milp import PulpProgram
from exactregions.testing.strategies import networks as small_networks

CBC = "pulp:PULP_CBC_CMD"
NETWORK = nets.generated(2, 4, 4, 1, seed=4)
DOMAINS = {
    "ball 2": Ball([0.25, -0.125], 1.5),
    "ball 1": Ball([0.25, -0.125], 1.5, 1),
    "ball inf": Ball([0.25, -0.125], 1.5, np.inf),
    "box": Box([-1, -2], [3, 1]),
    "polytope in a box": Polytope([[1, 1], [-1, 3]], [1, 2], Box([-2, -2], [1, 1])),
    "polytope": Polytope([[1, 1], [-1, 3], [0, -1]], [1, 2, 1]),
}
ENDLESS = nets.generated(8, 32, 32, 1), Box([-1.0] * 8, [1.0] * 8)
SQUARE = Box([-1.0] * 2, [1.0] * 2)


def answer(network, domain, solver="highs", cuts="proofs", **limits):
    return enumerate_regions(network, domain, engine=MilpEngine(solver, cuts), **limits)


def agrees(regions):
    assert regions.exact, repr(regions)
    assert len(regions.pattern_set()) == len(regions)
    assert regions.pattern_set() == found("rational", regions.network, regions.domain).pattern_set()


# ---- answers


@pytest.mark.parametrize("kind", DOMAINS)
@pytest.mark.parametrize("solver", ["highs", CBC])
def test_every_domain(kind, solver, monkeypatch):
    """The exact search at the end, and the points of proofs, would make up for any model: they have nothing to do."""
    monkeypatch.setattr(search, "BESIDE", 0)
    regions = answer(NETWORK, DOMAINS[kind], solver)
    agrees(regions)
    assert regions.stats["missed"] == regions.stats["beside"] == 0
    assert len(regions) <= regions.stats["iterations"] <= len(regions) + regions.stats["tangents"] + 1
    if kind == "ball 2":
        assert regions.stats["tangents"] > 0


def test_regions_beside_cuts_save_solves():
    network = nets.generated(2, 8, 6, 1, seed=2)
    regions = answer(network, SQUARE)
    agrees(regions)
    assert len(regions) > search.BESIDE + 2
    assert regions.stats["beside"] > 0
    assert regions.stats["missed"] == 0
    # the regions of the domain's middle and of the solver's proposals, and a last solve that finds nothing
    assert len(regions) == regions.stats["beside"] + regions.stats["iterations"]
    assert regions.stats["iterations"] <= 2 + len(regions) // search.BESIDE


def test_highs_through_pulp():
    regions = answer(NETWORK, DOMAINS["ball 2"], "pulp")
    agrees(regions)
    assert regions.stats["missed"] == 0


@pytest.mark.parametrize("kind", ["ball 2", "box"])
def test_proofs_take_fewer_solves_than_no_goods(kind):
    by_proofs, plain = (answer(NETWORK, DOMAINS[kind], cuts=cuts) for cuts in search.CUTS)
    agrees(plain)
    assert plain.stats["missed"] == 0
    assert plain.stats["iterations"] >= len(plain)
    assert by_proofs.stats["iterations"] < plain.stats["iterations"]
    assert by_proofs.stats["literals"] < plain.stats["literals"]


quarters = st.integers(-8, 8).map(lambda k: k / 4)


@st.composite
def bounded_domains(draw, d):
    center = draw(st.one_of(st.just([0.0] * d), st.lists(quarters, min_size=d, max_size=d)))
    size = draw(st.integers(1, 12)) / 4
    kind = draw(st.sampled_from([2, 1, np.inf, "box", "polytope"]))
    around = Box([c - size for c in center], [c + 2 * size for c in center])
    if kind == "box":
        return around
    if kind == "polytope":
        rows = draw(st.lists(st.lists(quarters, min_size=d, max_size=d), min_size=1, max_size=3))
        room = (sum(a * c for a, c in zip(row, center, strict=True)) + draw(st.integers(1, 8)) / 4 for row in rows)
        return Polytope(rows, list(room), around)
    return Ball(center, size, kind)


class Recorded(CutStore):
    """Keeps every cut for a test to look at."""

    every_cut: list

    def add(self, cut):
        self.every_cut.append(cut)
        super().add(cut)


@settings(max_examples=40)
@given(data=st.data())
def test_degenerate_networks_and_their_cuts(data):
    """The answer is right, and no cut excludes more than one region; no region is excluded twice."""
    network = data.draw(small_networks())
    domain = data.draw(bounded_domains(network.inputs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "CutStore", Recorded)
        Recorded.every_cut = []
        regions = answer(network, domain, cuts=data.draw(st.sampled_from(search.CUTS)))
    agrees(regions)
    patterns = regions.pattern_array()
    excluded = [k for cut in Recorded.every_cut for k in matching(patterns, cut)]
    assert len(excluded) == len(set(excluded))
    assert all(len(matching(patterns, cut)) <= 1 for cut in Recorded.every_cut)


def matching(patterns, cut):
    signs = np.array(list(cut.values()), dtype=bool)
    return np.flatnonzero((patterns[:, list(cut)] == signs).all(axis=1)).tolist()


@settings(max_examples=6)
@given(data=st.data())
def test_degenerate_networks_through_cbc(data):
    network = data.draw(small_networks(largest_units=5))
    agrees(answer(network, data.draw(bounded_domains(network.inputs)), CBC))


@settings(max_examples=150)
@given(data=st.data())
def test_cuts_of_patterns_that_are_no_regions(data):
    """Patterns drawn at random: a refuted one is excluded by a cut that no region has, a region by one of its own."""
    network = data.draw(small_networks(largest_units=8))
    domain = data.draw(bounded_domains(network.inputs))
    unfolding, oracle, pinned = parts(network, domain)
    patterns = found("rational", network, domain).pattern_array()
    for _ in range(6):
        pattern = tuple(data.draw(st.lists(st.booleans(), min_size=network.units, max_size=network.units)))
        stages = unfolding.stages(pattern)
        decided = refutation(stages, pattern, oracle)
        is_region = (patterns == np.array(pattern)).all(axis=1)
        assert is_region.any() != isinstance(decided, tuple)
        core = decided if isinstance(decided, tuple) else [unit for stage in stages for unit in stage.units]
        cut = shortened(stages, pattern, core, pinned, oracle).cut
        assert all(pattern[unit] == sign for unit, sign in cut.items())
        assert matching(patterns, cut) == np.flatnonzero(is_region).tolist()


def parts(network, domain):
    """What a search is made of, with no sign pinned."""
    within = present(bounded(domain))
    frame = LocalCoordinates.around(within, shrink=True)
    return Unfolding(network, frame), cell_oracle_of(frame.localised(within)), (None,) * network.units


def test_a_proof_in_a_later_stage_names_the_signs_its_forms_need():
    """relu(x) - relu(-x) = x: the second unit is positive where x is, whichever first-layer unit says so."""
    network = Network.from_layers([[[1.0], [-1.0]], [[1.0, -1.0]], [[1.0]]], [None] * 3)
    unfolding, oracle, pinned = parts(network, Box([-1.0], [1.0]))
    pattern = (True, False, False)
    stages = unfolding.stages(pattern)
    decided = refutation(stages, pattern, oracle)
    assert isinstance(decided, tuple)
    assert [unit.unit for unit in decided] in ([0, 2], [1, 2])
    cut = shortened(stages, pattern, decided, pinned, oracle).cut
    # one of x > 0 and -x < 0 follows from the other, and the second layer's sign is what is refuted
    assert cut in ({0: True, 2: False}, {1: False, 2: False})


def test_a_unit_that_passes_nothing_on_keeps_its_sign_in_the_cut():
    """max(x - 1/2, 0) is read by the last unit: inactive, it makes that unit's sign, whatever made it inactive."""
    network = Network.from_layers([[[1.0]], [[1.0]], [[4.0]], [[1.0]]], [[0.0], [-0.5], [-1.0], [0.0]])
    unfolding, oracle, pinned = parts(network, Box([-1.0], [1.0]))
    pattern = (False, False, True)
    stages = unfolding.stages(pattern)
    decided = refutation(stages, pattern, oracle)
    assert isinstance(decided, tuple)
    # under this pattern the second unit is constant, but that depends on the first, which is not in the cut
    assert shortened(stages, pattern, decided, pinned, oracle).cut == {1: False, 2: True}


SLIVERS = nets.one_layer([[1, 0], [1, 0], [1, -1]], [0, -1e-13, 0])
HARD = {
    "slivers": (SLIVERS, SQUARE, 6),
    "slivers in a ball": (SLIVERS, Ball([0, 0], 1), 6),
    "one dimension": (nets.one_layer([[1], [2], [-1], [0], [1]], [0, -1, 0.5, 1, -3]), Ball([0.25], 0.250001), 3),
    "no hidden layer": (Network((), np.ones((1, 2)), np.zeros(1)), SQUARE, 1),
    "wires alone": (Network((Stage.wires(np.ones((2, 2)), [0, 1]),), np.ones((1, 2)), np.zeros(1)), SQUARE, 1),
    "nothing splits": (nets.one_layer([[1, 0], [0, 0]], [5, 0]), SQUARE, 1),
    "each beside its negative": (nets.one_layer([[1, 2], [-1, -2], [2, 4], [0, 0]], [0, 0, 0, 1]), SQUARE, 2),
    "through the origin": (nets.braid(3), Ball([0] * 3, 1, 1), 6),
    "touched by the ball": (nets.one_layer(np.eye(2), [-1, 0]), Ball([0, 0], 1), 2),
    "a huge ball": (nets.moment_curve(4, 2), Ball([0.3, 0.1], 1e300), zaslavsky(4, 2)),
    "a tiny ball": (nets.moment_curve(4, 2), Ball([0.3, 0.1], 1e-300), 1),
    "a slope above one": (
        Network((Stage([[1.0]], [0.0], [3.0], [1.0]), Stage.relu([[1.0]], [0.5])), np.ones((1, 1)), np.zeros(1)),
        Box([-1], [1]),
        3,
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_inputs(name):
    network, domain, count = HARD[name]
    regions = answer(network, domain)
    assert (regions.exact, len(regions)) == (True, count)
    for region in regions:
        assert domain.contains(region.witness)


def test_the_exact_search_finds_what_the_solver_cannot_see(monkeypatch):
    monkeypatch.setattr(search, "BESIDE", 0)
    stats = answer(SLIVERS, SQUARE).stats
    assert stats["missed"] > 0


@pytest.mark.parametrize("solver", ["highs", "pulp", CBC])
def test_a_model_that_no_solver_can_hold_is_left_to_the_exact_search(solver):
    """A unit 3 - |x| passes on no more than 3, and its pre-activation has a range of 10^300."""
    weights = [[[1.0], [-1.0]], [[-1.0, -1.0], [1.0, 1.0]], [[1.0, 1.0]], [[1.0]]]
    network = Network.from_layers(weights, [[0.0, 0.0], [3.0, -2.0], [-1.0], [0.0]])
    domain = Ball([-1.0], 1e300)
    regions = answer(network, domain, solver)
    agrees(regions)
    assert regions.stats["iterations"] == 0
    assert regions.stats["missed"] == len(regions) - 1


def test_counting_keeps_nothing():
    regions = answer(NETWORK, SQUARE, store=False)
    assert (regions.exact, regions.stored) == (True, False)
    assert len(regions) == len(found("rational", NETWORK, SQUARE))


def test_an_empty_polytope():
    with pytest.raises(DomainError, match="empty"):
        answer(NETWORK, Polytope([[1, 0], [-1, 0]], [0, 0], SQUARE))
    with pytest.raises(DomainError, match="empty"):
        answer(NETWORK, Polytope([[1, 0], [-1, 0]], [0, 0]))


@pytest.mark.parametrize("domain", [WholeSpace(2), Polytope([[1, 1], [-1, 0]], [1, 1])], ids=["whole", "polytope"])
def test_unbounded_domains_are_refused_with_a_way_out(domain):
    with pytest.raises(EngineError, match=r"bounded.*'tree', 'facets' and 'rational'"):
        answer(NETWORK, domain)


def test_pickles():
    engine = MilpEngine(CBC, "no-goods", {"threads": 1})
    assert pickle.loads(pickle.dumps(engine)) == engine
    regions = answer(NETWORK, DOMAINS["ball 2"])
    data = pickle.dumps(regions)
    assert pickle.loads(data).pattern_set() == regions.pattern_set()
    assert all(name not in data for name in (b"highspy", b"pulp"))


# ---- arguments


def test_arguments_without_a_meaning():
    with pytest.raises(EngineError, match=r"'gurobi'.*pulp:NAME"):
        MilpEngine("gurobi")
    with pytest.raises(EngineError, match="solver is 3; give 'highs'"):
        MilpEngine(3)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="no-goods"):
        MilpEngine(cuts="short")
    with pytest.raises(EngineError, match=r"no solver 'CBC'.*PULP_CBC_CMD"):
        answer(NETWORK, SQUARE, "pulp:CBC")
    with pytest.raises(EngineError, match=r"does not take the option.*'speed'"):
        enumerate_regions(NETWORK, SQUARE, engine=MilpEngine(options={"speed": 11}))
    with pytest.raises(EngineError, match=r"does not take the options.*speed"):
        enumerate_regions(NETWORK, SQUARE, engine=MilpEngine(CBC, options={"speed": 11}))


@pytest.mark.parametrize(("name", "command"), [("GUROBI", "pip install gurobipy"), ("GLPK_CMD", "glpk")])
def test_a_solver_that_is_not_installed(name, command):
    if name in pulp.listSolvers(onlyAvailable=True):
        pytest.skip(f"{name} is installed here")
    with pytest.raises(EngineError, match=f"{name}.*not installed.*{command}"):
        answer(NETWORK, SQUARE, f"pulp:{name}")


# ---- solvers that fail, lie, or do not end


class Fake:
    """A solver that gives the answers it is told to give."""

    def __init__(self, problem, answers):
        names = [variable["name"] for variable in problem["variables"]]
        self._binaries = [name for name in names if name.startswith("s")]
        self._answers = answers
        self.closed = False
        self.names = names

    def add(self, row):
        pass

    def limit(self, variable, most):
        pass

    def start(self, seconds):
        pass

    def finished(self, patience) -> bool:
        return True

    def answer(self):
        return self._answers(self)

    def close(self):
        self.closed = True


def with_solver(patch, answers, kind: Callable[..., Any] = Fake):
    made = []

    def program(engine, problem):
        made.append(kind(problem, answers))
        return made[-1]

    patch.setattr(MilpEngine, "_program", program)
    return made


@pytest.mark.parametrize("kind", DOMAINS)
def test_a_solver_that_sees_nothing_costs_no_region(kind, monkeypatch):
    made = with_solver(monkeypatch, lambda solver: Answer(Proven.INFEASIBLE, None))
    regions = answer(NETWORK, DOMAINS[kind])
    agrees(regions)
    assert regions.stats["missed"] == len(regions) - 1  # one is known before the solver is asked
    assert made[0].closed


@pytest.mark.parametrize("cuts", search.CUTS)
@pytest.mark.parametrize("kind", ["ball 2", "ball 1", "polytope"])
def test_a_solver_that_lies_costs_no_region(kind, cuts, monkeypatch):
    rng = random.Random(0)

    def lie(solver):
        if rng.random() < 0.05:
            return Answer(Proven.INFEASIBLE, None)
        return Answer(Proven.OPTIMAL, {n: rng.choice([0, 1]) if n[0] == "s" else rng.gauss(0, 1) for n in solver.names})

    with_solver(monkeypatch, lie)
    regions = answer(NETWORK, DOMAINS[kind], cuts=cuts)
    agrees(regions)
    assert regions.stats["refuted"] > 0


def test_a_solver_that_repeats_itself_comes_to_an_end(monkeypatch):
    with_solver(monkeypatch, lambda solver: Answer(Proven.OPTIMAL, dict.fromkeys(solver.names, 0.0)))
    agrees(answer(NETWORK, SQUARE))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Answer(Unknown("it has a headache"), None), "headache"),
        (Answer(Proven.UNBOUNDED, None), "unbounded"),
        (Answer(Proven.OPTIMAL, {MARGIN_NAME: FLOOR}), "shows no solution"),
    ],
    ids=["unknown", "unbounded", "no values"],
)
def test_a_solver_that_fails_leaves_what_was_found(bad, why, monkeypatch):
    made = with_solver(monkeypatch, None, Failing)
    Failing.bad, Failing.after = bad, 3
    regions = answer(NETWORK, SQUARE, cuts="no-goods")
    assert 0 < len(regions) <= 4
    assert not regions.exact
    assert (regions.complete, regions.undecided) == (False, 1)
    assert why in regions.stopped
    assert made[0].closed


class Failing(HighsProgram):
    """HiGHS for a few solves, then something else."""

    bad: Answer
    after: int
    closed = False

    def __init__(self, problem, answers):
        super().__init__(problem, {})

    def answer(self):
        self.after -= 1
        return super().answer() if self.after >= 0 else self.bad

    def close(self):
        self.closed = True
        super().close()


@pytest.fixture
def script(tmp_path):
    """A CBC that does a few solves and then what the test says."""

    def write(last, solves=2):
        path = tmp_path / "cbc"
        path.write_text(
            f"#!/bin/sh\necho x >> {tmp_path}/calls\n"
            f"if [ $(wc -l < {tmp_path}/calls) -gt {solves} ]; then {last}; fi\n"
            f'exec {pulp.PULP_CBC_CMD.pulp_cbc_path} "$@"\n'
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return {"path": str(path)}

    if sys.platform == "win32":
        pytest.skip("needs a shell")
    return write


def test_a_pulp_solver_that_fails_midway(script):
    engine = MilpEngine("pulp:COIN_CMD", "no-goods", script("exit 1"))
    regions = enumerate_regions(NETWORK, SQUARE, engine=engine)
    assert len(regions) == 3
    assert (regions.exact, regions.undecided) == (False, 1)
    assert "PulpSolverError" in regions.stopped


def test_a_pulp_solver_that_takes_its_process_along(script):
    engine = MilpEngine("pulp:COIN_CMD", "no-goods", script("kill -9 $PPID"))
    regions = enumerate_regions(NETWORK, SQUARE, engine=engine)
    assert len(regions) == 3
    assert "the process of the solver ended" in regions.stopped


def test_a_pulp_solver_that_hangs_is_killed_with_its_children(script, tmp_path):
    engine = MilpEngine("pulp:COIN_CMD", "no-goods", script(f"echo $$ > {tmp_path}/pid; exec sleep 600"))
    start = time.perf_counter()
    regions = enumerate_regions(NETWORK, SQUARE, engine=engine, time_limit=3.0)
    assert time.perf_counter() - start < 30
    assert len(regions) == 3
    assert "time limit" in regions.stopped
    assert any(is_gone(int((tmp_path / "pid").read_text())) for _ in range(100))


def is_gone(process):
    """Whether a process has ended; a killed orphan stays for a moment, until init collects it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    time.sleep(0.1)
    return False


def test_a_limit_of_pulps_own_is_no_answer():
    """CBC stops at once and has nothing: that is no proof that there is nothing."""
    regions = enumerate_regions(*ENDLESS, engine=MilpEngine(CBC, options={"timeLimit": 1e-3}), time_limit=20)
    assert not regions.exact
    assert regions.stopped


class Endless(Fake):
    def finished(self, patience) -> bool:
        time.sleep(patience)
        return False


def test_a_time_limit_inside_a_solve(monkeypatch):
    made = with_solver(monkeypatch, None, Endless)
    regions = answer(NETWORK, SQUARE, time_limit=0.3)
    assert "time limit" in regions.stopped
    assert not regions.exact
    assert made[0].closed


@pytest.mark.usefixtures("hearing_ctrl_c")
@pytest.mark.parametrize("solver", ["highs", CBC])
def test_ctrl_c_inside_a_solve(solver):
    """The interrupt comes when it wants, most likely in the middle of a solve of some seconds."""
    threads = threading.active_count()
    timer = threading.Timer(2.5, _thread.interrupt_main)
    timer.start()
    start = time.perf_counter()
    regions = answer(*ENDLESS, solver, "no-goods")
    timer.join()
    assert time.perf_counter() - start < 30
    assert regions.stopped == "interrupted"
    assert not regions.exact
    assert threading.active_count() <= threads


# ---- programs in the hands of solvers


def knapsack():
    """Maximise 3 a + 2 b + y with a + b + y <= 1.5, y <= 0.25 and binaries a, b."""
    problem = pulp.LpProblem("knapsack", pulp.LpMaximize)
    a, b = (problem.add_variable(name, 0, 1, pulp.LpInteger) for name in "ab")
    y = problem.add_variable("y", 0, 0.25)
    problem += 3 * a + 2 * b + y
    problem += a + b + y <= 1.5
    return problem.toDict()


PROGRAMS = {
    "highs": lambda: HighsProgram(knapsack(), {}),
    "HiGHS": lambda: PulpProgram(knapsack(), "HiGHS", {}),
    "CBC": lambda: PulpProgram(knapsack(), "PULP_CBC_CMD", {}),
}


def solved(program):
    program.start(None)
    while not program.finished(10.0):
        pass
    return program.answer()


@pytest.mark.parametrize("kind", PROGRAMS)
def test_programs_grow_between_solves(kind):
    with closing(PROGRAMS[kind]()) as program:
        first = solved(program)
        assert first.status is Proven.OPTIMAL
        assert (first.values["a"], first.values["b"], first.values["y"]) == pytest.approx((1, 0, 0.25))
        program.add(Row({"a": -1.0}, 0.0))  # not a
        assert solved(program).values["b"] == pytest.approx(1)
        program.limit("y", 0.125)
        assert solved(program).values["y"] == pytest.approx(0.125)
        program.add(Row({"b": -1.0, "y": -1.0}, 0.0))
        program.add(Row({"y": 1.0, "a": 1.0}, 0.0625))
        assert solved(program) == Answer(Proven.INFEASIBLE, None)


def test_a_closed_program_leaves_nothing_running():
    program = PROGRAMS["CBC"]()
    folder, process = program._folder.name, program._process
    program.close()
    assert process.poll() is not None
    assert not os.path.exists(folder)


# ---- bounds, and the model made of them


def bounds_of(network, domain):
    within = present(bounded(domain))
    frame = LocalCoordinates.around(within, shrink=True)
    local = frame.localised(within)
    stages = pre_activation_bounds(ExactNetwork(network), frame.inputs(), local, domain_columns(local))
    return [stage for stage in stages if stage is not None]


def samples(domain, count=400):
    """Points of the domain, corners of its surroundings included."""
    rng = np.random.default_rng(0)
    outer = present(bounded(domain))
    lower, upper = (np.array([float(present(v)) for v in ends]) for ends in (outer.lower, outer.upper))
    points = lower + (upper - lower) * np.clip(rng.uniform(-0.2, 1.2, (count, len(lower))), 1e-9, 1 - 1e-9)
    return [p for p in points.tolist() if domain.contains(p)]


def hold(stages, network, domain):
    """Whether exact values at samples lie within the bounds."""
    for point in samples(domain):
        x = [Fraction(v) for v in point]
        for stage, intervals in zip(network.stages, stages, strict=True):
            z = [
                sum((Fraction(w) * v for w, v in zip(row, x, strict=True)), Fraction(b))
                for row, b in zip(stage.weight.tolist(), stage.bias.tolist(), strict=True)
            ]
            for value, interval in zip(z, intervals, strict=True):
                lower, upper = as_fractions([interval.lower, interval.upper])
                assert lower <= value <= upper
            slopes = zip(z, stage.low.tolist(), stage.high.tolist(), strict=True)
            x = [v * Fraction(high if v > 0 else low) for v, low, high in slopes]


@pytest.mark.parametrize("kind", DOMAINS)
def test_bounds_hold(kind):
    network = nets.generated(2, 4, 4, 3, 1, seed=1)
    slopes = zip(network.stages, (0.5, 2, -1), strict=True)
    stages = tuple(Stage(s.weight, s.bias, np.full(len(s.bias), slope), s.high) for s, slope in slopes)
    leaky = Network(stages, network.weight, network.bias)
    for one in (network, leaky):
        hold(bounds_of(one, DOMAINS[kind]), one, DOMAINS[kind])


@pytest.mark.parametrize("claim", [-1e6, 1e6])
@pytest.mark.parametrize("kind", ["box", "ball 1", "ball 2"])
def test_bounds_hold_whatever_the_solver_says(kind, claim, monkeypatch):
    rng = np.random.default_rng(0)

    def wrong(program, cost):
        return Proposal(claim, rng.normal(size=len(cost)), np.abs(rng.normal(size=len(program._offsets))))

    monkeypatch.setattr(LinearProgram, "minimise", wrong)
    hold(bounds_of(NETWORK, DOMAINS[kind]), NETWORK, DOMAINS[kind])


def test_linear_programs_tighten_bounds(monkeypatch):
    """x - relu(x) + relu(-x) is between 0 and -x, and intervals cannot know."""
    network = Network.from_layers([[[1.0], [-1.0]], [[1.0, 1.0]], [[1.0]]], [None, [-1.5], None])
    tight = bounds_of(network, Box([-1], [1]))[1][0]
    assert as_float(tight.upper) == pytest.approx(-0.5)
    monkeypatch.setattr(LinearProgram, "minimise", lambda program, cost: Unknown("on strike"))
    assert as_float(bounds_of(network, Box([-1], [1]))[1][0].upper) == pytest.approx(0.5)


def test_a_lower_bound_of_zero_pins_nothing():
    """relu(x) as a pre-activation is never negative, and vanishes identically on one side: inactive there."""
    network = Network.from_layers([[[1.0]], [[1.0]], [[1.0]]], [None] * 3)
    assert bounds_of(network, Box([-1], [1]))[1][0].sign is None
    patterns = {tuple(row) for row in answer(network, Box([-1], [1])).pattern_array().tolist()}
    assert patterns == {(True, True), (False, False)}


@pytest.mark.parametrize("kind", DOMAINS)
def test_the_model_cuts_off_no_region(kind):
    """Fix the binaries to each region in turn: its witness, with the values it has there, satisfies every row."""
    domain = DOMAINS[kind]
    within = present(bounded(domain))
    frame = LocalCoordinates.around(within, shrink=True)
    local = frame.localised(within)
    exact, columns = ExactNetwork(NETWORK), domain_columns(local)
    model = write_model(exact, frame.inputs(), local, columns, bounds_of(NETWORK, domain))
    for region in found("rational", NETWORK, domain):
        with closing(HighsProgram(model.problem, {})) as program:
            for name, sign in zip(model.binaries, region.pattern.tolist(), strict=True):
                if name is not None:
                    program.add(Row({name: 1.0 if sign else -1.0}, 1.0 if sign else 0.0))
            proposal = solved(program)
        assert proposal.values is not None
        assert model.pattern(proposal.values) == tuple(region.pattern.tolist())
        point = frame.outward([rational(v) for v in model.point(proposal.values).tolist()])
        if kind != "ball 2":  # of the ball the first model knows a polytope around it
            assert NETWORK.pattern([float(v) for v in as_fractions(point)]).tolist() == region.pattern.tolist()


def test_tangents_touch_the_ball():
    domain = DOMAINS["ball 2"]
    frame = LocalCoordinates.around(domain, shrink=True)
    local = frame.localised(domain)
    columns = domain_columns(local)
    model = write_model(ExactNetwork(NETWORK), frame.inputs(), local, columns, bounds_of(NETWORK, domain))
    center, radius = center_floats(local), float(present(local.radius))
    outside = center + radius * np.array([0.9, -0.8])
    row = model.tangent(outside)
    assert model.tangent(center) is None

    def value(y):
        w = np.concatenate([np.maximum(y - center, 0), np.maximum(center - y, 0)])
        return sum(v * w[int(name[1:])] for name, v in row.coefficients.items() if name != MARGIN_NAME) - row.least

    assert value(outside) < 0
    angles = np.linspace(0, 2 * np.pi, 50)
    assert all(value(center + radius * np.array([np.cos(a), np.sin(a)])) >= 0 for a in angles)
    assert row.coefficients[MARGIN_NAME] == -1.0


# ---- small parts


def test_boxes_around_polytopes():
    triangle = bounded(Polytope([[1, 1], [-1, 0], [0, -3]], [1, 0, Fraction(1, 3)]))
    assert triangle.box() == shape_of(Box([0, Fraction(-1, 9)], [Fraction(10, 9), 1]))
    assert bounded(Polytope([[1, 1], [-1, 0]], [1, 0])) is None
    assert bounded(Polytope([[0, 0], [1, 0], [-1, 0]], [1, 1, 1])) is None


@given(value=st.fractions().filter(bool))
def test_rounding_goes_outward(value):
    exact = rational(value)
    for near, least in ((below(exact), exact >= below(exact)), (above(exact), exact <= above(exact))):
        assert least
        assert abs(near - exact) <= abs(exact) / 2**60
    root = root_above(abs(exact))
    assert root * root >= abs(exact)
    assert root * root <= abs(exact) * (1 + rational(2.0**-55))


@settings(max_examples=60)
@given(data=st.data())
def test_decisions_without_floats_are_the_same(data):
    """Half-spaces of a degenerate network in a domain, decided as proposed and by exact pivots alone."""
    network = data.draw(small_networks())
    unfolding, oracle, _ = parts(network, data.draw(bounded_domains(network.inputs)))
    signs = data.draw(st.lists(st.booleans(), min_size=network.units, max_size=network.units))
    units = [unit for stage in unfolding.stages(signs) for unit in stage.units if unit.forced is None]
    sides = [unit.side(signs[unit.unit]) for unit in units]
    if not sides:
        return
    proposed, exact = oracle.decide(sides), oracle._exact(sides)
    assert isinstance(proposed, Empty) == isinstance(exact, Empty)
    if isinstance(proposed, Empty):
        for support in (proposed.support, exact.support):
            assert isinstance(oracle._exact([sides[k] for k in support]), Empty)


def test_what_cuts_cover():
    store = CutStore(3)
    assert not store.cover(store.every(), 3)
    for unit in range(3):
        store.add({0: True, unit: True})
    every = store.every()
    assert store.cover(store.heeded(every, 0, True), 1)
    assert len(store.heeded(every, 0, False)) == 0
    store.add({2: False})
    left = store.heeded(store.every(), 0, False)
    assert left.tolist() == [3]
    assert not store.cover(left, 2)
    assert store.cover(store.heeded(left, 2, False), 3)
    assert not store.cover(store.heeded(left, 2, True), 3)
    for _ in range(100):  # more than there was room for at first
        store.add({1: True, 2: True})
    assert len(store) == 104
    assert not store.cover(store.heeded(store.every(), 1, False)[4:], 3)


@pytest.mark.parametrize("radius", [1e-20, 1e-300, 5e-324])
def test_the_solver_is_asked_in_small_domains_too(radius):
    """A bias-free network has the same cones in every ball, and its program the same numbers."""
    network = nets.generated(2, 6, 6, 1, seed=3)
    network = Network.from_layers([*(s.weight for s in network.stages), network.weight], [None] * 3)
    small, large = (enumerate_regions(network, Ball([0.0, 0.0], r), engine="milp") for r in (radius, 1.0))
    assert small.exact
    assert small.pattern_set() == large.pattern_set()
    assert small.stats["iterations"] == large.stats["iterations"] > 0
    assert small.stats["missed"] == large.stats["missed"]


def test_a_program_beyond_the_floats_is_left_to_the_exact_search():
    """The biases cancel at the centre, so that in a tiny ball the last unit is 2**-1074 times what it is made of."""
    network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]], [[1.0]]], [[1.0, 1.0], [-2.0], [0.0]])
    regions = enumerate_regions(network, Ball([0.0], Fraction(2) ** -1074, np.inf), engine="milp")
    assert (regions.count, regions.exact, regions.stats["iterations"]) == (2, True, 0)


def test_an_inequality_beyond_the_floats_is_not_written():
    """It lies so far outside the box that its constant, for a normal of length one, is no float."""
    network = nets.one_layer([[1]], [0])
    found = enumerate_regions(network, Polytope([[1e-300]], [1e300], box=Box([-1], [1])), engine="milp")
    assert found.exact
    assert found.count == 2
