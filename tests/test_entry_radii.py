"""Entry radii in every norm: the curve from one search against separate searches and exact distances."""

import math

import numpy as np
import pytest
from networks import generated

from exactregions import Ball, Box, WholeSpace, count_regions, enumerate_regions
from exactregions.errors import EngineError

NETWORK = generated(3, 8, 8, 1)
CENTER = [0.1, -0.2, 0.3]


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_the_curve_of_one_search_equals_separate_counts(norm):
    regions = enumerate_regions(NETWORK, Ball(CENTER, 1.5, norm), engine="tree", entry_radii=True)
    assert len(regions.entry_radii) == regions.count > 20
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
    from exactregions import Network

    rng = np.random.default_rng(3)
    rows = [[1.0, 0.5], [1.0, 0.5 + 1e-12], [-1.0, 0.7]]
    bias = [1e-7, 1e-7 - 4e-13, 0.2]
    network = Network.from_layers([rows, rng.normal(size=(3, 3)), np.ones((1, 3))], [bias, [0.1, -0.2, 0.3], [0.0]])
    ball = Ball([0.0, 0.0], 2.0)
    tree = enumerate_regions(network, ball, engine="tree", entry_radii=True)
    exact = enumerate_regions(network, ball, engine="rational")
    radii = {p.tobytes(): r for p, r in zip(exact.patterns, exact.entry_radii, strict=True)}
    assert {p.tobytes() for p in tree.patterns} == set(radii)
    for pattern, radius in zip(tree.patterns, tree.entry_radii, strict=True):
        assert radius == pytest.approx(radii[pattern.tobytes()], rel=1e-9, abs=1e-12)


def test_domains_without_a_centre_are_refused():
    with pytest.raises(EngineError, match="entry radii need a ball or a box"):
        enumerate_regions(NETWORK, WholeSpace(3), entry_radii=True)
    with pytest.raises(EngineError, match="store=True"):
        enumerate_regions(NETWORK, Ball(CENTER, 1.0), entry_radii=True, store=False)
