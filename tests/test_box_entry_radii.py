"""Entry radii that come with a search in a box: proved intervals against exact distances, and what they count."""

import math
from fractions import Fraction

import numpy as np
import pytest
from narrowing import present

from exactregions import Ball, Box, Network, count_regions, curve, enumerate_regions, resume_regions, study
from exactregions.cases import networks as nets
from exactregions.engines.contract import Limits
from exactregions.engines.tree import TreeEngine
from exactregions.geometry.distances.distances import Distances, is_wide
from exactregions.testing.trials.hostile_domains import hostile_ball
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network

CLOSE = Fraction(1, 10**30)  # relative: far below what floats tell
LEAST = Fraction(1, 10**320)  # below all floats


@pytest.fixture
def no_programs(monkeypatch):
    """Forbid what measures regions one by one."""

    def forbidden(self, row):
        raise AssertionError("a region was measured by a program of its own")

    monkeypatch.setattr(Distances, "interval", forbidden)


def searched(network, domain, **limits):
    return TreeEngine().search(network, domain, Limits(entry_radii=True, **limits), None)


def differences(network, domain):
    """Return regions, of a sample, that fresh exact searches find elsewhere than their bounds say; and all bounds."""
    return differences_of(searched(network, domain))


def differences_of(found, sample=5):
    network, domain = found.network, found.domain
    assert found.pattern_set() == patterns_in(network, domain)
    if found.entry_bounds is None:  # the search took another shape, a cone or rows in place of sides
        return [], None
    largest, wrong = present(domain.largest_entry), []
    assert np.all((found.entry_bounds[:, 0] <= found.entry_radii) & (found.entry_radii <= found.entry_bounds[:, 1]))
    patterns = [row.tobytes() for row in found.patterns]
    for row in np.argsort(present(found.entry_radii))[:: -(-len(found) // sample)].tolist():
        low, high = map(Fraction, found.entry_bounds[row].tolist())
        beyond = high * (1 + CLOSE) + CLOSE * largest * LEAST
        if low > 0 and patterns[row] in patterns_in(network, domain.shrunk(low)):
            wrong.append((row, "nearer than", low))
        if beyond < largest and patterns[row] not in patterns_in(network, domain.shrunk(beyond)):
            wrong.append((row, "further than", high))
    return wrong, found.entry_bounds


def patterns_in(network, domain):
    return enumerate_regions(network, domain, engine="rational").pattern_set()


@pytest.mark.parametrize("family", sorted({*FAMILIES} - {"winners"}))  # engines are given none
@pytest.mark.parametrize("seed", range(2))
def test_intervals_hold_the_exact_distance_of_hostile_regions(family, seed):
    rng = np.random.default_rng([seed, *family.encode()])
    network = random_network(family, rng)
    ball = hostile_ball(network, rng)
    wrong, _ = differences(network, Ball(ball.center, ball.radius, math.inf))
    assert not wrong


@pytest.mark.parametrize("center", [[0.1, -0.2, 0.3], [Fraction(1, 3), Fraction(-1, 7), Fraction(2, 9)]])
@pytest.mark.parametrize("radius", [1.5, Fraction(4, 3), Fraction(10, 7) * 10**-30])
def test_rounded_centres_and_radii_are_counted_in(center, radius):
    """A radius of 1e-30 about thirds: their float is further away than the ball is wide."""
    wrong, bounds = differences(nets.generated(3, 6, 6, 1), Ball(center, radius, math.inf))
    assert not wrong
    assert radius < 1e-20 or np.ptp(present(bounds), axis=1).max() < 1e-9


@pytest.mark.parametrize("sides", [(1.0, 1.0, 1.0), (1e-3, 2.0, 5.0), (2.0**-15, 1.0, 2.0**15)])
def test_a_box_has_factors(sides):
    network = nets.one_layer([[1 / s for s in sides], *np.diag([1 / s for s in sides])], [-0.4, 0.1, 0.2, -0.3])
    wrong, bounds = differences(network, Box([-s for s in sides], sides))
    assert not wrong
    assert not is_wide(*present(bounds).T).any()


def test_a_slanted_row_is_as_far_as_its_dual_norm_says():
    """|w.x + b| / ||w||_1 is the distance of a hyperplane; the region that holds the centre is at zero."""
    network = nets.one_layer([[1.0, -2.0, 5.0]], [-2.0])
    found = searched(network, Ball([0.0] * 3, 1, math.inf))
    assert sorted(present(found.entry_radii)) == [0.0, pytest.approx(0.25, rel=1e-9)]
    assert sorted(map(tuple, present(found.entry_bounds)))[0] == (0.0, 0.0)


def test_inputs_without_weight_and_repeated_rows():
    rows = np.zeros((4, 12))
    rows[0, 3], rows[1, 3], rows[2, 7], rows[3, [3, 7]] = 1.0, 1.0, -2.0, [1.0, 1.0]
    wrong, bounds = differences(nets.one_layer(rows, [-0.25, -0.25, 1.0, -0.75]), Ball([0.0] * 12, 1, math.inf))
    assert not wrong
    assert not is_wide(*present(bounds).T).any()


def test_a_curve_of_image_size_measures_nothing_twice(no_programs):
    network, center = nets.generated(784, 12, 6, 3, seed=1), [0.3] * 784
    found = curve(network, center, 0.012, math.inf, bounds=[], radii=[])
    assert found.exact
    assert len(found.radii) > 20
    for radius in (0.003, 0.006, float(found.radii[len(found.radii) // 2])):
        assert found.count(radius) == count_regions(network, Ball(center, radius, math.inf))


def test_a_curve_counts_exactly_at_and_beside_entry_radii(no_programs):
    network, center = nets.generated(4, 6, 5, 1, seed=2), [0.1, 0.2, -0.3, 0.4]
    found = curve(network, center, 1, math.inf, bounds=[], radii=[])
    entries = sorted({found.entries.near(row) for row in range(len(found.entries))})[1::4]
    for radius in (r for e in entries for r in (e * (1 - Fraction(1, 10**40)), e, e * (1 + Fraction(1, 10**40)))):
        fresh = count_regions(network, Ball(center, radius, math.inf), engine="rational")
        assert found.count(radius) == fresh


def test_studies_take_them_from_the_search_but_for_the_least_one_of_a_point(monkeypatch):
    asked, interval = [], Distances.interval
    monkeypatch.setattr(Distances, "interval", lambda self, row: asked.append(row) or interval(self, row))
    network = nets.generated(3, 6, 6, 1)
    found = study(network, [[0.1, 0.2, 0.3], [0.5, -0.2, 0.0]], [0.4, 0.8], math.inf, bounds=[])
    centers = [[0.1, 0.2, 0.3], [0.5, -0.2, 0.0]]
    fresh = [count_regions(network, Ball(c, r, math.inf)) for c in centers for r in (0.4, 0.8)]
    assert [row["regions"] for row in found.rows] == fresh
    assert len(asked) <= len(centers)


def test_a_search_that_was_stopped_goes_on_with_its_entry_radii(no_programs):
    network, ball = nets.generated(3, 8, 8, 1), Ball([0.1, -0.2, 0.3], 1, math.inf)
    part = enumerate_regions(network, ball, engine="tree", entry_radii=True, max_regions=10)
    whole = resume_regions(part)
    assert len(part) == 10
    wrong, bounds = differences_of(whole, sample=20)
    assert not wrong
    assert not is_wide(*present(bounds).T).any()


def test_a_certificate_is_written_beside_them(tmp_path, no_programs):
    network, ball = nets.generated(3, 6, 6, 1), Ball([0.1, -0.2, 0.3], 1, math.inf)
    regions = enumerate_regions(network, ball, entry_radii=True, certificate=tmp_path / "c")
    assert regions.exact
    assert not is_wide(*present(regions.entry_bounds).T).any()


def test_nothing_is_measured_unasked():
    ball = Ball([0.1] * 12, 0.5, math.inf)
    assert enumerate_regions(nets.generated(12, 6, 1), ball, engine="tree").entry_radii is None


def test_networks_without_biases_are_measured_after_the_search():
    """They are searched as cones in the whole space, which tells no distances."""
    network = Network.from_layers([[[1.0, 2.0], [1.0, -1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    ball = Ball([0.25, 0.0], 1, math.inf)
    assert searched(network, ball).entry_radii is None
    found = enumerate_regions(network, ball, entry_radii=True)
    # the hyperplanes x + 2 y = 0 and x - y = 0 are at 1/12 and 1/8 of (1/4, 0), the origin at 1/4
    assert sorted(present(found.entry_radii)) == pytest.approx([0, 1 / 12, 1 / 8, 1 / 4])
