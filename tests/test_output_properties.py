"""Verdicts about outputs, against closed pieces in plain fractions, closed forms and each other."""

from fractions import Fraction
from itertools import pairwise

import closed_sets
import numpy as np
import pytest
from output_instances import SMALL, checked, faults_of, instance

from exactregions import Ball, Box, Network, Polytope, WholeSpace
from exactregions.cases import networks as nets
from exactregions.errors import DomainError, EngineError, NetworkError, PropertyError
from exactregions.verification import Halfspaces, Unsafe, resume_verification, verify
from exactregions.verification.property_network import property_network

ENGINES = ("tree", "rational")


def test_verdicts_are_those_of_closed_pieces():
    reached = []
    for seed in range(60):
        network, domain, rows, d, polyhedra = instance(seed)
        reached.append(closed_sets.is_reached(network, rows, d, polyhedra))
        for engine in ENGINES:
            verdict = verify(network, domain, [Halfspaces(*p) for p in polyhedra], engine=engine)
            assert checked(verdict, network, rows, polyhedra) == ("unsafe" if reached[-1] else "safe"), (seed, engine)
    assert 10 < sum(reached) < 50


def test_edges_that_are_touched_are_told_and_proved(tmp_path):
    """Sets that touch at corners, have no width, are empty or are missed: engines and checkers must be right."""
    kinds = set()
    for number in range(1, 100, 2):
        kind, faults = faults_of(number, tmp_path / "answer.cert")
        kinds.add(kind)
        assert not faults, number
    assert {kind.split()[-1] for kind in kinds} == {"safe", "unsafe"}
    assert len(kinds) > 6


def test_a_faulty_answer_is_told(tmp_path, monkeypatch):
    """A verdict on another set, for which there is no certificate."""

    def other(network, domain, unsafe, **options):
        return verify(network, domain, Halfspaces([[0] * network.outputs], [-1]))

    monkeypatch.setattr("output_instances.verify", other)
    kind, faults = faults_of(1, tmp_path / "answer.cert")
    assert kind.endswith("unsafe")
    assert [fault.split(" says ")[0] for fault in faults] == ["tree", "rational", "the checker", "the naive checker"]


@pytest.mark.parametrize("seed", [20148, 20352])
def test_few_units_that_stay_undecided_are_left_to_regions(seed):
    """Outputs come within 1e-30 of the unsafe set along a plane, which boxes would have to cover."""
    network, domain, rows, d, polyhedra = instance(seed)
    verdict = verify(network, domain, [Halfspaces(*p) for p in polyhedra])
    assert not closed_sets.is_reached(network, rows, d, polyhedra)
    assert verdict.outcome == "safe"
    assert verdict.stats["boxes_bounded"] < 40


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("gap", [Fraction(0), SMALL, -SMALL, Fraction(1, 10**400)])
@pytest.mark.parametrize("norm", [1, 2, "inf"])
def test_a_ball_that_a_side_touches_is_decided(engine, gap, norm):
    network = Network.from_layers([[[3.0, 4.0]], [[1.0]]], [[0.0], [0.0]])
    greatest = {1: 4, 2: 5, "inf": 7}[norm]
    verdict = verify(network, Ball([0, 0], 1, norm), Halfspaces([[-1]], [-greatest - gap]), engine=engine)
    assert verdict.outcome == ("safe" if gap > 0 else "unsafe")
    if gap == 0:
        assert verdict.margin == 0
        assert 3 * verdict.exact_input[0] + 4 * verdict.exact_input[1] == greatest


@pytest.mark.parametrize("engine", ENGINES)
def test_a_set_without_points_is_safe_and_one_of_all_outputs_is_not(engine):
    network, box = nets.hat(), Box([0], [1])
    assert verify(network, box, Unsafe([]), engine=engine).reason == "the unsafe set is empty"
    assert verify(network, box, Halfspaces([[0]], [-SMALL]), engine=engine).outcome == "safe"
    assert verify(network, box, Halfspaces([[0], [1]], [0, 10**9]), engine=engine).outcome == "unsafe"
    # contradictory rows, apart and touching
    assert verify(network, box, Halfspaces([[1], [-1]], [Fraction(1, 2), -Fraction(1, 2) - SMALL])).outcome == "safe"
    assert verify(network, box, Halfspaces([[1], [-1]], [Fraction(1, 2), -Fraction(1, 2)])).margin == 0


def test_a_search_that_was_cut_short_goes_on():
    rng = np.random.default_rng(5)
    sizes = (3, 12, 12, 2)
    weights = [rng.standard_normal((m, n)) for n, m in pairwise(sizes)]
    network = Network.from_layers(weights, [rng.standard_normal(m) for m in sizes[1:]])
    box = Box(-1, 1, dim=3)
    least = min(network.forward(rng.uniform(-1, 1, (4000, 3)))[:, 0].tolist())
    unsafe = Halfspaces([[1, 0]], [least - 1e-3])
    whole = verify(network, box, unsafe)
    stopped = verify(network, box, unsafe, time_limit=0)
    assert stopped.outcome == "incomplete"
    assert stopped.stop_reason == "time limit"
    assert stopped.open_prefixes
    assert resume_verification(stopped).outcome == whole.outcome
    assert resume_verification(whole) is whole
    assert verify(network, box, unsafe, workers=2).outcome == whole.outcome


def test_an_unbounded_domain_is_closed_too():
    network = Network.from_layers([[[1.0]], [[1.0]]], [[0.0], [0.0]])
    half_line = Polytope([[-1]], [-2])
    assert verify(network, half_line, Halfspaces([[1]], [2])).margin == 0
    assert verify(network, half_line, Halfspaces([[1]], [2 - SMALL])).outcome == "safe"
    assert verify(network, WholeSpace(1), Halfspaces([[1]], [0])).outcome == "unsafe"
    assert verify(network, WholeSpace(1), Halfspaces([[1]], [-SMALL])).outcome == "safe"


def test_the_network_of_a_property_rounds_nothing():
    network = nets.hat()
    unsafe = Unsafe([Halfspaces([[3], [-1]], [Fraction(1, 3), SMALL])])
    for gap in (Fraction(1, 2**40), SMALL, Fraction(1, 10**200)):
        asked = property_network(network, unsafe, [[gap, gap]])
        for h, above in zip(unsafe.polyhedra[0].h, asked.above[0], strict=True):
            assert 0 < above - h <= gap
        assert asked.network.units == network.units + 2
        stage = asked.network.stages[-1]
        constants = [1] * (len(asked.own) - int(asked.own.sum()))
        for row, bias, above in zip(stage.weight.tolist(), stage.bias.tolist(), asked.above[0], strict=True):
            found = Fraction(bias) + sum(Fraction(w) * c for w, c in zip(row[1:], constants, strict=True))
            assert found == above


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Halfspaces([], []), PropertyError, "no rows"),
        (lambda: Halfspaces([[1, 2], [3]], [0, 0]), PropertyError, "one length"),
        (lambda: Halfspaces([[1]], [0, 0]), PropertyError, "a value of h for each"),
        (lambda: Halfspaces([[float("nan")]], [0]), PropertyError, "G\\[0\\]"),
        (lambda: Halfspaces(3, [0]), PropertyError, "G is 3"),
        (lambda: Unsafe([Halfspaces([[1]], [0]), Halfspaces([[1, 1]], [0])]), PropertyError, "one number"),
        (lambda: Unsafe([([[1]], [0])]), PropertyError, "give Halfspaces"),
        (lambda: verify(nets.hat(), Box([0], [1]), Halfspaces([[1, 1]], [0])), PropertyError, "2 outputs"),
        (lambda: Halfspaces([[3, Fraction(2**60 + 1, 3)]], [0]).in_floats(), PropertyError, "digits"),
        (lambda: verify(nets.hat(), Box([0], [1]), Halfspaces([[1]], [0]), engine="facets"), EngineError, "facets"),
        (lambda: verify(nets.hat(), Box([0, 0], [1, 1]), Halfspaces([[1]], [0])), DomainError, "dim"),
        (lambda: verify("net", Box([0], [1]), Halfspaces([[1]], [0])), NetworkError, "str"),
        (
            lambda: verify(nets.hat(), Polytope([[1], [-1]], [0, 0], Box([-1], [1])), Halfspaces([[1]], [0])),
            DomainError,
            "no interior point",
        ),
    ],
)
def test_bad_input_is_told(make, error, words):
    with pytest.raises(error, match=words):
        make()
