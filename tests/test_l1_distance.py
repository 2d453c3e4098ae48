"""l1 balls with many inputs: the kernel of least distances, on small cases that others can decide, and at full size."""

from fractions import Fraction

import numpy as np
import pytest
from engines import found
from many_inputs import IMAGE, assert_settled_in_floats, three_among_forty
from narrowing import present

from exactregions import Ball, Network, curve, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.cases.degenerate import degenerate
from exactregions.cases.random_nets import random_nets
from exactregions.certificate.checker import check
from exactregions.engines.contract import Limits
from exactregions.engines.tree import TreeEngine, scaled_problem
from exactregions.engines.tree.kernels.codes import L1_BALL, WIDE_L1_BALL
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.shapes import shape_of
from exactregions.geometry.distances.distances import Distances, is_wide
from exactregions.geometry.distances.entry_radii import EntryRadii
from exactregions.testing.trials.hostile_domains import hostile_ball
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network


@pytest.fixture
def everywhere(monkeypatch):
    """Let the kernel answer for every l1 ball, down to one input."""
    monkeypatch.setattr(scaled_problem, "MANY_INPUTS_OF_L1_BALL", 1)
    monkeypatch.setitem(scaled_problem.FEW_INPUTS, L1_BALL, {})


def kind_of(network, domain):
    return scaled_problem.scale_problem(network, ExactNetwork(network), domain).domain.kind


def test_l1_balls_with_many_inputs_have_a_kernel_of_their_own():
    many = scaled_problem.MANY_INPUTS_OF_L1_BALL
    for d, kind in [(many - 1, L1_BALL), (many, WIDE_L1_BALL)]:
        assert kind_of(nets.generated(d, 2, 1), Ball([0.0] * d, 1, 1)) == kind


def as_l1_ball(domain):
    """An l1 ball about the centre of a bounded domain, through the middle of its nearest side."""
    shape = shape_of(domain)
    halves = [half for half in shape.half_widths if half]
    return Ball(shape.center, min(halves), 1) if len(halves) == shape.dim else None


CASES = [(case.name, case.network, as_l1_ball(case.domain)) for cases in (degenerate, random_nets) for case in cases()]
CASES = [case for case in CASES if case[2] is not None]


def assert_equal_to_rational(network, domain):
    regions = found("tree", network, domain)
    assert regions.pattern_set() == found("rational", network, domain).pattern_set()
    return regions


@pytest.mark.parametrize(("name", "network", "domain"), CASES, ids=[case[0] for case in CASES])
def test_degenerate_and_random_cases(everywhere, name, network, domain):
    assert_equal_to_rational(network, domain)


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("seed", range(6))
def test_hostile_networks_in_balls_on_and_beside_what_is_hard(everywhere, family, seed):
    rng = np.random.default_rng([seed, *family.encode()])
    network = random_network(family, rng)
    ball = hostile_ball(network, rng)
    assert_equal_to_rational(network, Ball(ball.center, ball.radius, 1))


@pytest.mark.parametrize("seed", range(60))
def test_small_integer_networks_have_tangents_ties_and_repeated_rows(everywhere, seed):
    """Faces and corners of the ball lie on hyperplanes, and components of gradients tie in magnitude."""
    rng = np.random.default_rng(seed)
    d, width = int(rng.integers(1, 5)), int(rng.integers(2, 6))
    weight, bias = rng.integers(-2, 3, size=(width, d)), rng.integers(-2, 3, size=width)
    weight[-1], bias[-1] = -2 * weight[0], -2 * bias[0]
    second = rng.integers(-1, 2, size=(3, width))
    network = Network.from_layers(
        [weight.astype(float), second.astype(float), np.ones((1, 3))], [bias.astype(float), [0.0, 1.0, -1.0], [0.0]]
    )
    center = rng.integers(-1, 2, size=d).tolist()
    assert_equal_to_rational(network, Ball(center, Fraction(int(rng.integers(1, 7)), 2), 1))


@pytest.mark.parametrize("radius", [1e-300, Fraction(1, 10**40), 1e-9, 1.0, 1e9, 1e300])
@pytest.mark.parametrize("center", [[0.0, 0.0, 0.0], [Fraction(1, 3), Fraction(-2, 7), 0]])
def test_radii_of_every_size(everywhere, radius, center):
    """Six hyperplanes near the centre or through it, of which small balls see fewer."""
    rows = [[1, 0, 0], [0, 1, 1], [1, -1, 0], [1, 2, 3], [0, 0, 1], [3, 7, 0]]
    network = nets.one_layer(rows, [0, 0, -1e-9, 0.25, 1e-300, 1.0])
    assert_equal_to_rational(network, Ball(center, radius, 1))


def by_dictionary(monkeypatch, network, domain):
    with monkeypatch.context() as patch:
        patch.setattr(scaled_problem, "MANY_INPUTS_OF_L1_BALL", 10**6)
        return found("tree", network, domain)


@pytest.mark.parametrize(
    ("sizes", "radius"), [((8, 12, 8, 1), 2), ((12, 10, 10, 1), 3), ((5, 8, 8, 8, 1), 2), ((40, 30, 30, 1), 0.7)]
)
def test_it_finds_what_the_dictionary_finds(everywhere, monkeypatch, sizes, radius):
    network = nets.generated(*sizes, seed=3)
    domain = Ball([0.1] * sizes[0], radius, 1)
    regions = found("tree", network, domain)
    assert regions.pattern_set() == by_dictionary(monkeypatch, network, domain).pattern_set()
    assert len(regions) > 300
    assert regions.stats["pivots"] > 0


def test_inputs_without_weight_change_nothing():
    """Three inputs that matter among forty: the count is that of the three."""
    small, network = three_among_forty()
    regions = found("tree", network, Ball([0.0] * 40, 1, 1))
    assert regions.pattern_set() == found("tree", small, Ball([0.0] * 3, 1, 1)).pattern_set()


AROUND = Ball([0.3] * 784, 2, 1)


def test_image_size_needs_no_exact_arithmetic():
    """Witnesses keep their distance from every row, so floats prove all of them, as points and as inputs."""
    regions = found("tree", IMAGE, AROUND)
    assert len(regions) > 20
    assert_settled_in_floats(regions, AROUND)


def test_certificates_of_image_size_are_confirmed_and_small(tmp_path):
    regions = enumerate_regions(IMAGE, AROUND, engine="tree", certificate=tmp_path / "c")
    assert regions.exact
    verdict = check(tmp_path / "c", fingerprint=IMAGE.fingerprint)
    assert (verdict.claim, verdict.regions) == ("exact", regions.count)
    assert (tmp_path / "c").stat().st_size < regions.count * (500 + 16 * 784)


def test_a_tangent_cell_in_many_inputs_is_settled_on_the_float_basis():
    """A ball as large as an entry radius touches the cell: multipliers with one magnitude in some inputs refute it."""
    network, center = nets.generated(100, 9, 6, 1, seed=4), [0.1] * 100
    regions, entries = EntryRadii.measured(searched(network, Ball(center, 4, 1)))
    row = int(np.argsort(entries.values)[len(regions) // 2])
    distance, point = Distances(regions).nearest(row)
    assert sum(x != 0.1 for x in map(float, point)) > 2
    touching = found("tree", network, Ball(center, distance, 1))
    assert len(touching) == entries.count(distance) > 100
    assert touching.stats["settled_by_exact_basis"] > 0
    assert touching.stats["settled_by_exact_pivots"] == 0


# ---- entry radii that come with the search


def searched(network, domain):
    return TreeEngine().search(network, domain, Limits(entry_radii=True), None)


def assert_bounds_hold(network, domain):
    """Every exact distance lies between the bounds that the search proved."""
    regions = searched(network, domain)
    assert regions.pattern_set() == found("rational", network, domain).pattern_set()
    if regions.entry_bounds is None:
        return None
    distances = Distances(regions)
    exact = [distances.nearest(row)[0] for row in range(len(regions))]
    low, high = present(regions.entry_bounds).T
    assert all(Fraction(a) <= e <= Fraction(b) for a, e, b in zip(low.tolist(), exact, high.tolist(), strict=True))
    assert ((low <= regions.entry_radii) & (regions.entry_radii <= high)).all()
    return regions


@pytest.mark.parametrize("family", sorted({*FAMILIES} - {"winners"}))  # engines are given none
@pytest.mark.parametrize("seed", range(3))
def test_bounds_hold_the_exact_distances_of_hostile_regions(family, seed):
    rng = np.random.default_rng([seed, *family.encode()])
    network = random_network(family, rng)
    ball = hostile_ball(network, rng)
    assert_bounds_hold(network, Ball(ball.center, ball.radius, 1))


@pytest.mark.parametrize("center", [[0.1, -0.2, 0.3], [Fraction(1, 3), Fraction(-1, 7), Fraction(2, 9)]])
@pytest.mark.parametrize("radius", [1.5, Fraction(4, 3), Fraction(10, 7) * 10**-30])
def test_rounded_centres_and_radii_are_counted_in(center, radius):
    """A radius of 1e-30 about thirds: their float is further away than the ball is wide."""
    regions = assert_bounds_hold(nets.generated(3, 6, 6, 1), Ball(center, radius, 1))
    assert radius < 1e-20 or np.ptp(present(regions.entry_bounds), axis=1).max() < 1e-9


def test_a_slanted_row_is_as_far_as_its_largest_coefficient_says():
    """|w.x + b| / max |w_i| is the distance of a hyperplane; the region that holds the centre is at zero."""
    regions = searched(nets.one_layer([[1.0, -2.0, 5.0]], [-2.0]), Ball([0.0] * 3, 1, 1))
    assert sorted(present(regions.entry_radii)) == [0.0, pytest.approx(0.4, rel=1e-9)]
    assert sorted(map(tuple, present(regions.entry_bounds)))[0] == (0.0, 0.0)


def test_a_curve_of_image_size_measures_nothing_twice(monkeypatch):
    def forbidden(self, row):
        raise AssertionError("a region was measured by a program of its own")

    monkeypatch.setattr(Distances, "interval", forbidden)
    regions = curve(IMAGE, [0.3] * 784, 2, 1, bounds=[], radii=[])
    assert regions.exact
    assert len(regions.entries) > 20
    assert not is_wide(*regions.entries.bounds).any()
