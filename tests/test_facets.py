"""The facet search beyond its counts: its order, its proofs, and what it does when a solver lies or gives up."""

import itertools
import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from engines import found
from hypothesis import given, settings
from hypothesis import strategies as st
from narrowing import present
from oracles import forms, linear_distance, zaslavsky

from exactregions import Ball, Box, Polytope, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.engines.facets import FacetsEngine
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.numbers import as_fractions, rational
from exactregions.facets import ball_oracle
from exactregions.facets.float_domains import float_domain
from exactregions.facets.halfspaces import Halfspaces
from exactregions.facets.proofs import exact_combination, lies_beyond, proves_redundant
from exactregions.solvers.contract import Proposal, Unknown
from exactregions.solvers.highs import LinearProgram

NETWORK = nets.generated(2, 6, 5, 1, seed=4)
DOMAINS = {
    "ball 2": Ball([0.25, -0.125], 1.5),
    "ball 1": Ball([0.25, -0.125], 1.5, 1),
    "ball inf": Ball([0.25, -0.125], 1.5, math.inf),
    "box": Box([-1, -2], [3, 1]),
    "polytope": Polytope([[1, 1], [-1, 3]], [1, 2], Box([-2, -2], [1, 1])),
    "whole space": WholeSpace(2),
}


def rows_of(pattern):
    rows = np.where(pattern, 1.0, -1.0)[:, None] * forms(NETWORK, pattern)
    return rows[rows[:, :-1].any(axis=1)]


@pytest.mark.parametrize("kind", ["ball 2", "ball 1", "ball inf", "box"])
def test_regions_come_nearest_first(kind):
    radii = present(enumerate_regions(NETWORK, DOMAINS[kind], engine="facets", entry_radii=True).entry_radii)
    assert radii[0] == 0
    assert all(near <= far + 1e-12 for near, far in itertools.pairwise(radii))
    assert radii[-1] > 0


def test_regions_of_the_whole_space_come_nearest_first():
    regions = [f for f in FacetsEngine().iterate(NETWORK, WholeSpace(2)) if f is not None]
    distances = [linear_distance(rows_of(np.array(f.pattern)), np.zeros(2), math.inf) for f in regions]
    assert all(near <= far + 1e-9 for near, far in itertools.pairwise(distances))


def test_entry_radii_in_a_box_are_factors_of_the_box():
    box = DOMAINS["box"]
    for region in enumerate_regions(NETWORK, box, engine="facets", entry_radii=True):
        radius = present(region.entry_radius)
        shrunk = [(c - lo) * Fraction(radius) for c, lo in zip(box.center, box.lower, strict=True)]
        for factor, touches in ((1 - 1e-6, False), (1 + 1e-6, True)):
            if 1e-3 < radius < 0.999:
                low = [c - h * Fraction(factor) for c, h in zip(box.center, shrunk, strict=True)]
                up = [c + h * Fraction(factor) for c, h in zip(box.center, shrunk, strict=True)]
                inside = found("rational", NETWORK, Box(low, up))
                assert (region.pattern.tobytes() in {r.pattern.tobytes() for r in inside}) == touches


@pytest.mark.parametrize("most", [1, 5, 20])
def test_a_partial_answer_is_all_regions_up_to_a_distance(most):
    ball = DOMAINS["ball 2"]
    part = enumerate_regions(NETWORK, ball, engine="facets", max_regions=most, entry_radii=True)
    reached = float(part.entry_radii.max())
    whole = found("rational", NETWORK, ball)
    radii = present(whole.entry_radii)
    nearer = {p.tobytes() for p, r in zip(whole.patterns, radii, strict=True) if r < reached - 1e-9}
    assert nearer <= part.pattern_set()


@pytest.mark.parametrize("kind", DOMAINS)
def test_a_solver_without_answers_costs_time_and_no_region(kind, monkeypatch):
    monkeypatch.setattr(LinearProgram, "minimise", lambda self, cost: Unknown("on strike"))
    monkeypatch.setattr(ball_oracle, "nearest_point", lambda *question: Unknown("on strike"))
    patterns = found("facets", NETWORK, DOMAINS[kind]).pattern_set()
    assert patterns == found("rational", NETWORK, DOMAINS[kind]).pattern_set()


@pytest.mark.parametrize("kind", DOMAINS)
@pytest.mark.parametrize("optimism", [-1.0, 0.0, 1.0])
def test_a_solver_with_wrong_answers_costs_time_and_no_region(kind, optimism, monkeypatch):
    rng = np.random.default_rng(0)

    def wrong(program, cost):
        point = rng.normal(size=len(cost))
        return Proposal(optimism, point, np.abs(rng.normal(size=len(program._offsets))))

    def wrong_point(gram, offsets, reach):
        return ball_oracle.Nearest(0.5, optimism < 0, np.abs(rng.normal(size=len(offsets))))

    monkeypatch.setattr(LinearProgram, "minimise", wrong)
    monkeypatch.setattr(LinearProgram, "basis", lambda self: ([0, 1], [0, 1]))
    monkeypatch.setattr(ball_oracle, "nearest_point", wrong_point)
    patterns = found("facets", NETWORK, DOMAINS[kind]).pattern_set()
    assert patterns == found("rational", NETWORK, DOMAINS[kind]).pattern_set()


def test_radii_beyond_the_range_of_floats():
    for norm in (1, 2, math.inf):
        regions = found("facets", nets.moment_curve(5, 2), Ball([0.3, 0.1], Fraction(10) ** 400, norm))
        assert len(regions) == zaslavsky(5, 2)


# The proofs on their own.


def halfspaces(rows, groups=None) -> Halfspaces:
    rows = np.array(rows, dtype=float)
    labels = np.arange(len(rows)) if groups is None else np.array(groups)
    every = np.ones(len(rows), dtype=bool)
    exact = [[flint.fmpz(int(v * 2**60)) for v in row] for row in rows]
    return Halfspaces(
        rows[:, :-1], rows[:, -1], np.arange(len(rows)), every, labels, np.bincount(labels)[labels] == 1, (), exact
    )


TRIANGLE = halfspaces([[1, 0, 0], [0, 1, 0], [-1, -1, 1], [-1, 0, 1.5], [-1, 0, 1], [-1, 0, 0.75]])
LARGE_BOX = float_domain(Box([-2, -2], [2, 2]))


@pytest.mark.parametrize(("row", "redundant"), [(3, True), (5, False)])
def test_multipliers_prove_what_is_true_alone(row, redundant):
    """x <= 1.5 follows from y >= 0 and x + y <= 1 by the multipliers (1, 1); x <= 0.75 does not, by whatever."""
    multipliers = np.zeros((1, 6))
    multipliers[0, [1, 2]] = 1.0
    assert proves_redundant(TRIANGLE, np.array([row]), multipliers, LARGE_BOX)[0] == redundant
    assert proves_redundant(TRIANGLE, np.array([row]), multipliers * (1 + 1e-3), LARGE_BOX)[0] == redundant


def test_a_tie_is_left_to_the_rationals():
    """x <= 1 touches the triangle in a vertex: true, but not by a margin."""
    multipliers = np.zeros((1, 6))
    multipliers[0, [1, 2]] = 1.0
    assert not proves_redundant(TRIANGLE, np.array([4]), multipliers, LARGE_BOX)[0]
    assert exact_combination(TRIANGLE, 4, [1, 2])
    assert not exact_combination(TRIANGLE, 5, [1, 2])
    assert not exact_combination(TRIANGLE, 4, [0, 2])
    assert not exact_combination(TRIANGLE, 4, [])


def test_a_point_beyond_is_inside_all_others_and_the_domain():
    def beyond(row, *point):
        return bool(lies_beyond(TRIANGLE, np.array([row]), np.array([point]), LARGE_BOX)[0])

    assert beyond(0, -0.5, 0.25)
    assert not beyond(0, 0.5, 0.25)  # inside
    assert not beyond(0, -0.5, -0.25)  # beyond another row too
    assert not beyond(0, -0.5, 0.0)  # on another row
    assert not beyond(0, -2.0, 0.25)  # on the boundary of the domain
    assert beyond(2, 0.5, 0.5 + 1e-13)
    assert not beyond(2, 0.5, 0.5 + 2e-16)  # within the rounding error
    assert not beyond(0, math.nan, 0.25)


@settings(max_examples=200)
@given(
    normal=st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    offset=st.floats(-1e3, 1e3),
    point=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
)
def test_the_error_of_a_value_is_bounded(normal, offset, point):
    values, errors = halfspaces([[1, 0, 0, 0], [*normal, offset]]).values(np.array([point]))
    true = sum((Fraction(a) * Fraction(x) for a, x in zip(normal, point, strict=True)), Fraction(offset))
    assert abs(Fraction(float(values[0, 1])) - true) <= Fraction(float(errors[0, 1]))


@pytest.mark.parametrize(
    "domain",
    [
        Ball([Fraction(1, 3), 1e6], Fraction(1, 10**40)),
        Ball([0.1, 0.2], 1e300, 1),
        Box([0.1, -1], [Fraction(1, 3), 10**30]),
        Polytope([[0.1, Fraction(1, 3)], [1, 0]], [2, 3], Box([0, 0], [Fraction(1, 7), 1])),
        WholeSpace(2),
    ],
    ids=lambda d: d.kind,
)
def test_local_coordinates_change_no_membership(domain):
    frame = LocalCoordinates.around(domain)
    local = frame.localised(domain)
    rng = np.random.default_rng(0)
    answers = set()
    for y in rng.normal(size=(60, 2)) * rng.choice([0.1, 1, 1e3], (60, 1)):
        exact = [rational(v) for v in y.tolist()]
        x = frame.outward(exact)
        assert frame.inward(x) == exact
        answers.add(domain.contains(as_fractions(x)))
        assert domain.contains(as_fractions(x)) == local.contains(y.tolist())
        matrix, exponent = frame.inputs().matrix, frame.inputs().exponent
        for i in range(2):
            value = sum((matrix[i, j] * exact[j] for j in range(2)), flint.fmpq(matrix[i, 2]))
            assert value / flint.fmpq(1 << exponent) == x[i]
    assert True in answers


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    "network", [nets.one_layer([[1, 0], [1, 1], [0, 2.0**-40]], [0, 1, 1]), nets.generated(3, 4, 3, 1)]
)
def test_a_ball_beyond_the_squares_of_floats_overflows_in_silence(network):
    regions = enumerate_regions(network, Ball([0.1] * network.inputs, 1e300), engine="facets")
    assert regions.pattern_set() == found("rational", network, regions.domain).pattern_set()
