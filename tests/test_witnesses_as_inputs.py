"""Witnesses are proved in the coordinates of the search, and mapped to float inputs when somebody asks for them."""

import copy
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numba import njit
from test_tree_proofs import CASES, KINDS, exactly, state_of, ulps

from exactregions import Ball, Box, Network, Polytope, WholeSpace, curve, enumerate_regions, resume_regions
from exactregions.cases import networks as nets
from exactregions.engines.tree import scaled_problem, units_as_coordinates
from exactregions.engines.tree.found_regions import Buffer, FoundRegions
from exactregions.engines.tree.kernels import as_inputs
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.scaled_problem import ScaledProblem, scale_problem
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.witnesses import is_witness

UNIT = Fraction(1, 2**53)


@njit(error_model="numpy")
def holds_as_input(state):
    return as_inputs.holds_as_input(state)


def size_of(kind, point):
    if kind == at.UNBOUNDED:
        return 0
    if kind == at.EUCLIDEAN:
        return sum(v * v for v in point)
    return sum(point) if kind == at.L1_BALL else max(point)


@pytest.mark.parametrize("kind", [*KINDS.values(), at.UNBOUNDED], ids=[*KINDS, "unbounded"])
def test_points_that_may_move_out_are_not_accepted(kind):
    """The judge moves every coordinate as far as it may go, towards the row or the edge, in fractions.

    Without an end points are far away too, where errors have grown.
    """
    rng = np.random.default_rng(40 + kind)
    accepted = wrong = 0
    for _ in range(2 * CASES):
        p, count = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        rows, errors = rng.normal(size=(count, p + 1)), rng.choice([0.0, 1e-16, 1e-13], size=count)
        moves, inner, y = rng.choice([0.0, 1e-16, 1e-13, 1e-3], size=p), 0.5, rng.normal(size=p)
        y *= 0.5 / np.sqrt(float(size_of(at.EUCLIDEAN, y))) * rng.choice([1 - 1e-12, 1 - 1e-15, 0.7, 0.5, 0.1])
        outer, growth = 1.0, 1.0
        if kind == at.UNBOUNDED:
            outer, inner, y = np.inf, np.inf, y * rng.choice([1, 1e3, 1e9])
            growth = max(1.0, np.abs(y).max())
        lost = [sum(abs(a) * m * growth for a, m in zip(row, moves, strict=False)) for row in rows]
        gap = rng.choice([0, 1e-16, 1e-15, 1e-14, -1e-16, 1, 1, 1], size=count) * growth
        rows[:, -1] = errors * growth + lost - rows[:, :-1] @ y + gap
        rows = ulps(rng, rows, 2)
        state = state_of(kind, rows, errors, outer, inner)
        state.witness[:], state.input_errors[:], state.depth = y, moves, count
        growth = Fraction(growth)
        far = [m * growth + UNIT * abs(v) for m, v in zip(exactly(moves), exactly(y), strict=True)]
        room = [
            sum((a * v for a, v in zip(exactly(row), exactly([*y, 1]), strict=True)), -Fraction(float(e)) * growth)
            - sum(abs(a) * m for a, m in zip(exactly(row), far, strict=False))
            for row, e in zip(rows, errors, strict=True)
        ]
        reach = size_of(kind, [abs(v) + m for v, m in zip(exactly(y), far, strict=True)])
        truth = min(room) > 0 and (inner == np.inf or reach < Fraction(inner) ** (2 if kind == at.EUCLIDEAN else 1))
        claim = bool(holds_as_input(state))
        assert truth or not claim
        accepted += claim
        wrong += not truth
    assert accepted > CASES // 10
    assert wrong > CASES // 10


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e251])
def test_points_that_are_no_inputs_are_not_accepted(bad):
    state = state_of(at.BOX, np.zeros((0, 3)), np.zeros(0), np.inf)
    state.input_errors[:] = 0.0
    assert holds_as_input(state)
    state.witness[1] = bad
    assert not holds_as_input(state)
    state.witness[1], state.input_errors[0] = 0.0, bad
    assert not holds_as_input(state)


def test_without_a_bound_of_the_map_nothing_is_accepted():
    assert not holds_as_input(state_of(at.BOX, np.zeros((0, 3)), np.zeros(0), 1.0))


MAPS = {
    "box": (4, lambda c, s: Box([v - s for v in c], [v + s for v in c])),
    "ball": (4, lambda c, s: Ball(c, s)),
    "cross": (1, lambda c, s: Ball(c, s, 1)),
    "projected": (2, lambda c, s: Ball(c, s)),
    "projected to a line": (1, lambda c, s: Ball(c, s)),
}


@pytest.mark.parametrize("name", MAPS)
def test_the_map_moves_no_coordinate_further_than_it_says(name):
    """In fractions: the input, taken back through the exact transpose of the basis, beside the point it came from."""
    units, domain_of = MAPS[name]
    rng, largest = np.random.default_rng(len(name)), Fraction(0)
    for _ in range(40):
        network = nets.generated(3, units, 1, seed=int(rng.integers(1000)))
        center = np.rint(rng.normal(size=3) * 2.0**60) * rng.choice([0, 2.0**-60, 2.0**-20, 1, 2.0**-600])
        radius = Fraction(2.0 ** rng.choice([-3, 0, 40, -600, -1020]))
        domain = domain_of(exactly(center), radius)
        problem = scale_problem(network, ExactNetwork(network), domain)
        errors = problem.domain.input_errors
        if errors is None or problem.domain.kind == at.SPACE:  # far sides are rows, or the ball is far
            assert problem.domain.kind in (at.UNBOUNDED, at.SPACE, at.FAR_BALL)
            continue
        for _ in range(10):
            y = rng.normal(size=len(errors))
            y *= problem.domain.inner[0] / np.abs(y).sum()
            if not (np.isfinite(errors).all() and problem.domain.inner[0] > 0):
                continue
            inputs = problem.to_input(y[None])[0]
            moved = [
                (x - c) / s
                for x, c, s in zip(exactly(inputs), exactly(problem.center), exactly(problem.scale), strict=True)
            ]
            if problem.basis is not None:
                moved = [sum(q * v for q, v in zip(exactly(column), moved, strict=True)) for column in problem.basis.T]
            for before, after, error in zip(exactly(y), moved, exactly(errors), strict=True):
                bound = error + UNIT * abs(before)
                assert abs(after - before) <= bound
                largest = max(largest, abs(after - before) / bound)
    assert largest > (Fraction(1, 40) if "projected" in name else Fraction(1, 4))  # no bound for show


def test_a_map_that_may_overflow_tells_nothing():
    network = nets.generated(3, 4, 1, seed=1)
    for domain in (Box([1e308] * 3, [1.5e308] * 3), Ball([1.5e300] * 3, 1), Ball([0] * 3, 1e301)):
        problem = scale_problem(network, ExactNetwork(network), domain)
        errors = problem.domain.input_errors
        assert errors is None or np.isinf(errors).all()


FAR_OUT = 2.0**51  # floats about it are half a unit apart


def domains_far_out(d):
    center = [FAR_OUT] * d
    box = Box([FAR_OUT - 3] * d, [FAR_OUT + 3] * d)
    rows = np.vstack([np.eye(d), -np.eye(d)])
    return {
        "box": box,
        "cross": Ball(center, 4, 1),
        "ball": Ball(center, 3),
        "polytope": Polytope(rows, rows @ np.full(d, FAR_OUT) + 3, box),
        "whole space": WholeSpace(d),
    }


def crowded(d, units):
    """A network with more regions in a few units about the far centre than there are floats in most of them."""
    rng = np.random.default_rng(d + units)
    weight = rng.integers(-8, 9, size=(units, d)) / 8.0
    bias = -(weight @ np.full(d, FAR_OUT)) + rng.integers(-8, 9, size=units) / 8
    return Network.from_layers([weight, np.ones((1, units))], [bias, [0.0]])


def false_witnesses(network, regions):
    exact = ExactNetwork(network)
    return [
        row
        for row, (region, pattern) in enumerate(zip(regions, regions.pattern_array().tolist(), strict=True))
        if not is_witness(exact, regions.domain, as_point(region.witness), pattern)
    ]


@pytest.mark.parametrize(("d", "units"), [(1, 6), (2, 7), (3, 2), (4, 3), (10, 4)])
@pytest.mark.parametrize("name", domains_far_out(1))
def test_where_inputs_are_coarse_every_witness_is_one(d, units, name):
    network, domain = crowded(d, units), domains_far_out(d)[name]
    regions = enumerate_regions(network, domain, engine="tree")
    assert regions.pattern_set() == enumerate_regions(network, domain, engine="rational").pattern_set()
    assert not false_witnesses(network, regions)
    for row in range(len(regions)):
        if row not in regions.exact_witnesses:
            assert tuple(map(Fraction, regions.witnesses[row].tolist())) == regions[row].witness


@pytest.mark.parametrize(
    ("d", "units", "name"),
    [(2, 7, "box"), (2, 7, "cross"), (2, 7, "ball"), (4, 3, "ball"), (2, 12, "whole space")],
)
def test_a_bound_that_is_too_small_would_be_seen(d, units, name, monkeypatch):
    """The fault planted: a map that claims not to round."""
    monkeypatch.setattr(scaled_problem, "input_errors", lambda center, scale, domain, *_: np.zeros(len(domain.outer)))
    monkeypatch.setattr(units_as_coordinates, "input_errors", lambda center, *_: np.zeros(len(center)))
    network = crowded(d, units)
    assert false_witnesses(network, enumerate_regions(network, domains_far_out(d)[name], engine="tree"))


def wide(seed=0, inputs=40):
    return nets.generated(inputs, 6, 6, 2, seed=seed)


BALL = Ball([0.25] * 40, 2)


@pytest.fixture
def mapped(monkeypatch):
    """The number of points that were mapped to inputs."""
    rows, original = [], ScaledProblem.to_input
    monkeypatch.setattr(ScaledProblem, "to_input", lambda self, y: rows.append(len(y)) or original(self, y))
    return rows


def test_nothing_is_mapped_before_it_is_asked_for(mapped):
    regions = enumerate_regions(wide(), BALL, engine="tree", entry_radii=True)
    assert len(regions) > 100
    assert curve(wide(), BALL.center, 2, bounds=[]).count(2) == len(regions)
    assert not regions.without_regions().witnesses.size
    assert sum(mapped) == 0
    assert regions.witnesses.shape == (len(regions), 40)
    assert regions.witnesses is regions.witnesses
    assert sum(mapped) == len(regions)
    assert not regions.witnesses.flags.writeable
    assert not false_witnesses(wide(), regions)


@pytest.mark.parametrize("other", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r)), replace])
def test_copies_have_the_same_witnesses(other):
    regions = enumerate_regions(wide(), BALL, engine="tree")
    copied = other(regions)
    assert (copied.witnesses == regions.witnesses).all()
    assert not copied.witnesses.flags.writeable


def test_parts_of_a_search_join_their_witnesses():
    first = enumerate_regions(wide(), BALL, engine="tree", max_regions=20)
    whole = resume_regions(first)
    assert whole.exact
    assert (whole.witnesses[: len(first)] == first.witnesses).all()
    assert not false_witnesses(wide(), whole)


def test_regions_of_workers_and_parts_keep_the_inputs_that_were_found_for_them():
    """Points of no worth, for which exact arithmetic finds inputs: at their rows in a part, and after joining."""
    network, domain = wide(), BALL
    truth = enumerate_regions(network, domain, engine="rational", max_regions=8)
    exact = ExactNetwork(network)
    problem = scale_problem(network, exact, domain)
    first, second = (FoundRegions(network, domain, exact, problem, entry_scale=None) for _ in range(2))
    buffer = Buffer(network.units, len(problem.domain.outer), 2, measured=False)
    for place, row in enumerate(range(0, 8, 2)):
        buffer.patterns[:] = truth.patterns[row : row + 2]
        buffer.points[:] = [problem.from_input(as_point(truth[row].witness)), np.full(buffer.points.shape[1], np.nan)]
        buffer.doubts[:] = [at.ROUNDED_WITNESS, at.DOUBTFUL_WITNESS]
        regions = first if place < 2 else second
        mark = regions.mark()
        assert regions.take(buffer, 2) == 2
        since, exactly_since = regions.since(mark)
        assert (since == regions.witnesses()()[mark[0] :]).all()
        assert {row + mark[0] for row in exactly_since} == {r for r in regions.exact_witnesses if r >= mark[0]}
    first.absorb(second)
    assert sorted(first.inputs) == list(range(8))
    found = replace(truth, witnesses=first.witnesses()(), exact_witnesses=first.exact_witnesses)
    assert not false_witnesses(network, found)
    first.forget()
    assert first.witnesses()().shape == (0, 40)


def test_a_basis_that_is_not_orthonormal_moves_points_further():
    basis, y = np.array([[0.6], [0.8]]) * (1 + 1e-9), np.array([0.4375])
    network = nets.generated(2, 1, 1, seed=1)
    problem = scale_problem(network, ExactNetwork(network), Ball([0, 0], 1))
    errors = scaled_problem.input_errors(problem.center, problem.scale, problem.domain, basis, 1 + 2.1e-9)
    moved = replace(problem, basis=basis).to_input(y[None])[0] / problem.scale
    back = sum(q * v for q, v in zip(exactly(basis[:, 0]), exactly(moved), strict=True))
    assert abs(back - Fraction(0.4375)) <= Fraction(errors[0])


def test_inequalities_of_a_polytope_are_no_reason_for_exact_arithmetic():
    network = nets.generated(3, 8, 8, 1, seed=2)
    rows = np.array([[1.0, 1.0, 0.25], [-1.0, 0.5, 1.0]])
    regions = enumerate_regions(network, Polytope(rows, [1, 1], Box([-1] * 3, [1] * 3)), engine="tree")
    assert regions.stats["witnesses_by_exact_check"] == 0
    assert not false_witnesses(network, regions)
