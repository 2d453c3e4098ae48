"""Entry radii in l1 balls: counts from one search against fresh rational searches at and beside every one of them."""

from fractions import Fraction

import numpy as np
import pytest

from exactregions import Ball, Network, count_regions, curve
from exactregions.cases.networks import generated, one_layer
from exactregions.geometry.distances.exact_distances import meets_ball
from exactregions.testing.trials.hostile_domains import hostile_ball
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network

BESIDE = Fraction(1, 10**40)  # relative: far below what floats tell

PLANE_ROWS = [[1.0, 1.0], [1.0, 1.0], [-2.0, -2.0], [0.0, 0.0], [1.0, -3.0]]
CASES = {
    "centre on hyperplanes": (one_layer([[1, 2, 3], [1, 0, 0], [0, 1, -1]], [0, 0, -0.5]), [0, 0, 0], 1),
    "distances of a third": (
        one_layer([[1, 2, 3], [1, 0, 0], [0, 3, -3]], [0, 0, -1]),
        [0] * 3,
        1,
    ),
    "faces of the ball on hyperplanes": (one_layer([[1, 1, 1], [1, -1, 1], [1, 0, 0]], [-1, -0.5, -0.75]), [0] * 3, 1),
    "corners on hyperplanes": (one_layer([[2, 1], [2, -1], [0, 1]], [-1, -1, -0.5]), [0, 0], 1),
    "repeated and zero rows": (one_layer(PLANE_ROWS, [-0.5, -0.5, 1, 0, -0.25]), [0, 0], 1),
    "no biases": (Network.from_layers([[[1, 2], [1, -1], [3, 1]], [[1, -1, 2]]], [[0, 0, 0], [0]]), [0.25, 0], 1),
    "one input": (generated(1, 6, 5, 1), [0.25], 3),
    "a centre that is no float": (one_layer([[1, 1], [1, 0], [0, 1]], [-1, 0, -1]), [Fraction(1, 3)] * 2, 2),
    "inputs without weight": (one_layer([[0, 1, 0, 2, 0], [0, 1, 0, -1, 0]], [-0.5, 0.25]), [0] * 5, 1),
    "four inputs, two layers": (generated(4, 6, 5, 1, seed=2), [0.1, 0.2, -0.3, 0.4], 1),
}


def counts_beside_entry_radii(network, center, radius, most=12):
    """Return the radii at and beside a sample of exact entry radii, what one search counts there, and fresh counts."""
    found = curve(network, center, radius, 1, bounds=[], radii=[])
    assert found.exact
    exact = [found.entries._distances.nearest(row)[0] for row in range(len(found.entries))]
    low, high = found.entries.bounds
    assert all(Fraction(a) <= e <= Fraction(b) for a, e, b in zip(low.tolist(), exact, high.tolist(), strict=True))
    chosen = sorted(set(exact))
    chosen = chosen[:: -(-len(chosen) // most)]
    radii = [r for e in chosen for r in (e * (1 - BESIDE), e, e * (1 + BESIDE)) if 0 < r <= radius]
    fresh = [count_regions(network, Ball(center, r, 1), engine="rational") for r in radii]
    return radii, [found.count(r) for r in radii], [sum(e < r for e in exact) for r in radii], fresh


@pytest.mark.parametrize("name", CASES)
def test_at_and_beside_the_entry_radii_of_degenerate_cells(name):
    radii, counted, below, fresh = counts_beside_entry_radii(*CASES[name])
    assert radii
    assert counted == below == fresh


@pytest.mark.parametrize("family", sorted({*FAMILIES} - {"winners"}))  # engines are given none
def test_at_and_beside_the_entry_radii_of_hostile_networks(family):
    rng = np.random.default_rng([1, *family.encode()])
    network = random_network(family, rng)
    ball = hostile_ball(network, rng)
    _, counted, below, fresh = counts_beside_entry_radii(network, ball.center, ball.radius, most=4)
    assert counted == below == fresh


def test_entry_radii_are_fractions_also_where_no_float_basis_is_one():
    """Ties of a network of integers leave the float solution a basis that is none; `near` is exact all the same."""
    entries = curve(*CASES["distances of a third"], 1, bounds=[], radii=[]).entries
    distances = entries._distances
    without_basis = [row for row in range(len(entries)) if distances._exact_entry(row) is None]
    assert without_basis
    for row in without_basis:
        radii = [entries.near(row) * factor / distances._tools()[0].unit for factor in (1, 1 + BESIDE)]
        assert [meets_ball(distances.rows(row), radius, 1) for radius in radii] == [False, True]


def test_a_curve_of_image_size_counts_what_fresh_searches_find():
    network, center = generated(784, 12, 6, 3, seed=1), [0.3] * 784
    found = curve(network, center, 2, 1, bounds=[], radii=[])
    assert found.exact
    assert len(found.entries) > 20
    for e in found.entries.values[1::13].tolist():
        assert found.count(e) == count_regions(network, Ball(center, e, 1))
