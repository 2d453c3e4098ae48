"""Entry radii in every norm: the curve from one search against separate searches and exact distances."""

import math
from fractions import Fraction

import numpy as np
import pytest
from narrowing import present

from exactregions import Ball, Box, Network, WholeSpace, count_regions, curve, enumerate_regions
from exactregions.cases.networks import generated
from exactregions.errors import EngineError
from exactregions.geometry.distances.entry_radii import EntryRadii
from exactregions.progress import StopReason
from exactregions.support.stopping import Stop, Stopped

NETWORK = generated(3, 8, 8, 1)
CENTER = [0.1, -0.2, 0.3]


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_the_curve_of_one_search_equals_separate_counts(norm):
    regions = enumerate_regions(NETWORK, Ball(CENTER, 1.5, norm), engine="tree", entry_radii=True)
    assert len(present(regions.entry_radii)) == regions.count > 20
    for radius in (0.05, 0.3, 0.7, 1.0, 1.3):
        expected = count_regions(NETWORK, Ball(CENTER, radius, norm), engine="rational")
        assert np.sum(regions.entry_radii < radius) == expected


def test_a_box_measures_how_far_it_may_shrink():
    box = Box([-1, -2, -1], [1, 2, 3])
    regions = enumerate_regions(NETWORK, box, engine="tree", entry_radii=True)
    center = np.array([0, 0, 1])
    half = np.array([1, 2, 2])
    for t in (0.25, 0.5, 0.75):
        smaller = Box(center - t * half, center + t * half)
        assert np.sum(regions.entry_radii < t) == count_regions(NETWORK, smaller, engine="rational")


def test_slivers_have_exact_entry_radii():
    """Two hyperplanes at an angle of 1e-12 inside a ball: floats alone misplace where they cut."""
    rng = np.random.default_rng(3)
    rows = [[1.0, 0.5], [1.0, 0.5 + 1e-12], [-1.0, 0.7]]
    bias = [1e-7, 1e-7 - 4e-13, 0.2]
    network = Network.from_layers([rows, rng.normal(size=(3, 3)), np.ones((1, 3))], [bias, [0.1, -0.2, 0.3], [0.0]])
    ball = Ball([0.0, 0.0], 2.0)
    tree = enumerate_regions(network, ball, engine="tree", entry_radii=True)
    exact = enumerate_regions(network, ball, engine="rational")
    radii = {p.tobytes(): r for p, r in zip(exact.patterns, present(exact.entry_radii), strict=True)}
    assert {p.tobytes() for p in tree.patterns} == set(radii)
    for pattern, radius in zip(tree.patterns, present(tree.entry_radii), strict=True):
        assert radius == pytest.approx(radii[pattern.tobytes()], rel=1e-9, abs=1e-12)


def test_domains_without_a_centre_are_refused():
    with pytest.raises(EngineError, match="entry radii need a ball or a box"):
        enumerate_regions(NETWORK, WholeSpace(3), entry_radii=True)
    with pytest.raises(EngineError, match="store=True"):
        enumerate_regions(NETWORK, Ball(CENTER, 1.0), entry_radii=True, store=False)


# ---- radii that floats misplace


def form(rows, bias) -> Network:
    return Network.from_layers([np.array(rows, dtype=float), np.ones((1, len(rows)))], [bias, [0.0]])


@pytest.mark.parametrize("eps", [2.0**-52, 2.0**-51, 2.0**-50, 2.0**-48, 2.0**-44, 2.0**-40, 2.0**-35, 2.0**-30])
@pytest.mark.parametrize(("norm", "near"), [(2, 0.2**0.5), (1, 0.5), (math.inf, 1 / 3)])
def test_a_sliver_counts_from_its_own_distance_on(eps, norm, near):
    """The lines x + 2 y = 1 and (1 - eps) x + 2 y = 1 meet at (0, 1/2); between them x > 0 above, x < 0 below."""
    found = curve(form([[1, 2], [1 - eps, 2]], [-1.0, -1.0]), [0, 0], 4, norm, bounds=[], radii=[])
    for radius in (0.475, 0.499, Fraction(1, 2), Fraction(1, 2) + Fraction(1, 10**30), near * 1.01):
        ball = Ball([0, 0], radius, norm)
        assert found.count(radius) == count_regions(found.regions.network, ball, engine="rational")
    if norm == 2:
        assert [found.count(r) for r in (0.44, 0.475, 0.5, Fraction(1, 2) + Fraction(1, 10**30))] == [1, 3, 3, 4]


@pytest.mark.parametrize("norm", [1, 2, math.inf])
@pytest.mark.parametrize("place", [1e-310, 5e-324, 1e-320, 1e-300, 1e-200, 1e-160, 1e-60, 1e-20])
@pytest.mark.parametrize("radius", [2, 1e249])
def test_a_tiny_radius_is_not_zero(norm, place, radius):
    found = curve(form([[1.0]], [-place]), [0], radius, norm, bounds=[], radii=[])
    exact = Fraction(place)
    assert [found.count(exact * k) for k in (Fraction(1, 2), 1, 1 + Fraction(1, 10**9))] == [1, 1, 2]
    assert found.radii.tolist() == [0.0, pytest.approx(place, rel=1e-5, abs=1e-323)]
    assert (found.entries.values > 0).sum() == 1
    assert all(low <= place <= up for low, up in found.regions.entry_bounds[found.entries.values > 0])


@pytest.mark.parametrize("half", [1.0, 1e-40, 1e300])
def test_a_box_tells_tiny_factors_too(half):
    regions = enumerate_regions(form([[1.0, 0.0]], [-half * 2.0**-900]), Box([-half, -1], [half, 1]), entry_radii=True)
    factor = Fraction(half * 2.0**-900) / Fraction(half)
    assert sorted(present(regions.entry_radii)) == [0.0, pytest.approx(float(factor), rel=1e-5, abs=0)]


def test_curves_equal_fresh_searches_at_around_and_between_entry_radii():
    from benchmarks.radii import run

    found = run(range(24))
    assert not found.wrong
    assert found.slivers > 6
    assert found.queries > 200


def test_a_stop_before_the_first_radius_maps_no_witnesses(monkeypatch):
    """What the time is over for is not what makes the answer late: witnesses are mapped when somebody reads them."""

    def over(*given):
        raise Stopped(Stop(StopReason.TIME_LIMIT, "time limit of 5 s reached"))

    def refuse(*given):
        raise AssertionError("nobody asked for witnesses")

    network, ball = generated(20, 8, 8, 1), Ball([0.0] * 20, 1.0, 1)
    found = enumerate_regions(network, ball)
    monkeypatch.setattr("exactregions.engines.tree.found_regions._as_inputs", refuse)
    monkeypatch.setattr("exactregions.geometry.distances.entry_radii.check", over)
    part, _ = EntryRadii.measured(enumerate_regions(network, ball), None, None)
    assert (part.count, part.stop_reason) == (0, StopReason.TIME_LIMIT)
    monkeypatch.setattr(EntryRadii, "measured", over)
    part = enumerate_regions(network, ball, entry_radii=True)
    assert (part.count, part.exact) == (found.count, False)
