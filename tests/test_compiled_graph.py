"""The region graph by kernels: against closed forms, against the exact way, and by its own witnesses in rationals."""

import dataclasses
import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from oracles import zaslavsky

from exactregions import Ball, Box, Network, Polytope, RegionSet, WholeSpace, enumerate_regions
from exactregions.cases.networks import generated, hat, moment_curve, sawtooth
from exactregions.engines.tree import neighbours
from exactregions.errors import EngineError
from exactregions.exact.forms import ExactNetwork
from exactregions.geometry import Adjacency, adjacency, meetings


def domain(kind: str, d: int):
    """A domain that no symmetry of a network shares."""
    center = [Fraction(1, 8)] * d
    simplex = [[1] * d, *(-np.eye(d, dtype=int)).tolist()]
    return {
        "box": Box([-2] * d, [Fraction(3, 2)] * d),
        "polytope": Polytope(simplex, [2] * (d + 1), Box([-1] * d, [1] * d)),
        "ball 2": Ball(center, Fraction(9, 4)),
        "ball 1": Ball(center, Fraction(9, 4), 1),
        "whole space": WholeSpace(d),
        "tiny box far away": Box([10**6] * d, [10**6 + Fraction(1, 10**3)] * d),
    }[kind]


def hostile(kind: str, d: int, seed: int) -> Network:
    """A network of two hidden layers of which floats, or the search, could make a mistake."""
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for fan_in, out in ((d, 5), (5, 5), (5, 1)):
        weight, bias = rng.integers(-2, 3, (out, fan_in)) / 1.0, rng.integers(-2, 3, out) / 2.0
        if kind in ("generic", "slivers"):
            weight, bias = rng.normal(size=(out, fan_in)), rng.normal(size=out) / 2
        if kind == "repeated" and out > 1:
            weight[1], bias[1] = 2 * weight[0], 2 * bias[0]
            weight[3], bias[3] = -weight[2], -bias[2]
        if kind == "zeros":
            weight[0], bias[0] = 0.0, 0.0
        if kind == "no biases":
            bias[:] = 0.0
        if kind == "slivers" and out > 1:
            weight[1], bias[1] = weight[0] + 1e-9 * rng.normal(size=fan_in), bias[0] + 1e-13
        weights.append(weight)
        biases.append(bias)
    return Network.from_layers(weights, biases)


def both(regions: RegionSet, monkeypatch) -> tuple[Adjacency, Adjacency]:
    """Return the graph by kernels and the exact one."""
    monkeypatch.setattr(meetings, "FEW", 0)
    compiled = adjacency(regions)
    monkeypatch.setattr(meetings, "FEW", math.inf)
    return compiled, adjacency(regions)


def assert_same(regions: RegionSet, monkeypatch) -> Adjacency:
    compiled, exact = both(regions, monkeypatch)
    for name in ("edges", "indptr", "indices", "numbers"):
        assert np.array_equal(getattr(compiled, name), getattr(exact, name)), name
    assert all(unit in compiled.flipped(edge) for edge, unit in enumerate(compiled.units.tolist()))
    return compiled


def assert_witnesses(found: Adjacency, step: int) -> None:
    """Every point is in the domain; there units are zero or as on both sides, so those that change are zero."""
    exact, patterns = ExactNetwork(found.regions.network), found.regions.pattern_array()
    edges = range(0, len(found), step)
    for edge, point in zip(edges, found.witnesses(edges), strict=True):
        assert found.regions.domain.contains(point)
        signs = exact.signs_at([flint.fmpq(x.numerator, x.denominator) for x in point])
        first, second = patterns[found.edges[edge]]
        for sign, one, other in zip(signs, first.tolist(), second.tolist(), strict=True):
            assert sign == 0 or (one == other == (sign > 0))


@pytest.mark.parametrize("kind", ["box", "polytope", "ball 2", "ball 1", "whole space"])
@pytest.mark.parametrize("network", ["generic", "repeated", "slivers"])
def test_every_kind_of_domain(kind, network, monkeypatch):
    regions = enumerate_regions(hostile(network, 2, 1), domain(kind, 2))
    assert_witnesses(assert_same(regions, monkeypatch), 3)


@pytest.mark.parametrize("network", ["integers", "repeated", "zeros", "no biases", "slivers"])
@pytest.mark.parametrize(("d", "seed"), [(1, 1), (2, 2), (3, 3)])
def test_hostile_networks(network, d, seed, monkeypatch):
    found = assert_same(enumerate_regions(hostile(network, d, seed), domain("box", d)), monkeypatch)
    assert_witnesses(found, 7)


def test_a_domain_far_from_the_origin(monkeypatch):
    network = hostile("generic", 2, 0)
    first = network.stages[0]
    moved = dataclasses.replace(first, bias=first.bias - first.weight @ np.full(2, 1e6), weight=first.weight * 1.0)
    stages = (moved, *network.stages[1:])
    regions = enumerate_regions(
        dataclasses.replace(network, stages=stages), Box([10**6 - 1] * 2, [10**6 + Fraction(1, 3)] * 2)
    )
    assert len(regions) > 5
    assert_witnesses(assert_same(regions, monkeypatch), 1)


def test_many_inputs(monkeypatch):
    """The kernel of boxes with ten inputs and more."""
    regions = enumerate_regions(generated(10, 5, 4, 1, seed=1), Box([-1] * 10, [1] * 10), max_regions=60)
    monkeypatch.setattr(meetings, "FEW", 0)
    compiled = adjacency(regions, partial=True)
    monkeypatch.setattr(meetings, "FEW", math.inf)
    assert np.array_equal(compiled.edges, adjacency(regions, partial=True).edges)


@pytest.mark.parametrize(("n", "d"), [(40, 2), (14, 3)])
def test_hyperplanes_in_general_position(n, d):
    """Each of n hyperplanes is cut by the others into regions of dimension d - 1."""
    regions = enumerate_regions(moment_curve(n, d), WholeSpace(d))
    assert len(regions) == zaslavsky(n, d) >= meetings.FEW
    assert len(adjacency(regions)) == n * zaslavsky(n - 1, d - 1)


def test_a_grid_of_boxes():
    """16 x 16 boxes of a deep network of integers: all crossings are tangencies of other rows."""
    regions = enumerate_regions(sawtooth(2, 4, 2), Box([0, 0], [1, 1]))
    assert len(regions) == 256 >= meetings.FEW
    found = adjacency(regions)
    assert len(found) == 2 * 16 * 15
    assert_witnesses(found, 29)


def test_regions_that_differ_in_one_unit_need_not_touch(monkeypatch):
    """In [2,64,64,1] some pairs do, and share no facet: a kernel proves it for each."""
    regions = enumerate_regions(generated(2, 24, 24, 1), Box([-1, -1], [1, 1]))
    pairs = neighbours.settled_pairs(regions)
    assert pairs is not None
    lower, _, _ = neighbours._pairs(regions.patterns, regions.network.units)
    assert len(pairs) < len(lower)
    assert len(assert_same(regions, monkeypatch)) == len(pairs)


@pytest.mark.parametrize("left", ["pairs", "regions"])
def test_what_kernels_leave_open_is_decided_exactly(left, monkeypatch):
    regions = enumerate_regions(hostile("generic", 2, 3), domain("box", 2))
    settled = neighbours.settled_pairs(regions)
    assert settled is not None
    assert not settled.doubtful.any()
    nothing = dataclasses.replace(settled, open=np.ones(len(settled), dtype=bool))
    if left == "regions":
        none = np.zeros(0, dtype=np.int64)
        every = np.ones(len(regions), dtype=bool)
        nothing = neighbours.SettledPairs(none, none, none, none.astype(bool), np.zeros((0, 2)), every)
    monkeypatch.setattr(neighbours, "settled_pairs", lambda regions: nothing)
    assert_witnesses(assert_same(regions, monkeypatch), 5)


def test_a_facet_at_which_several_units_change_is_found_from_the_doubtful_side(monkeypatch):
    """A unit of the second layer repeats the first unit where that is active, and vanishes where it is not."""
    network = Network.from_layers([[[1.0, 0.0], [0.25, 1.0]], [[1.0, 0.0]], [[1.0]]], [[0.0, 0.0], [0.0], [0.0]])
    regions = enumerate_regions(network, Box([-1, -1], [1, 1]))
    settled = neighbours.settled_pairs(regions)
    assert settled is not None
    assert settled.doubtful.sum() == 2
    assert len(settled) == 1
    found = assert_same(regions, monkeypatch)
    assert sorted(len(found.flipped(edge)) for edge in range(len(found))) == [1, 1, 2, 2]


def test_parts_of_sets_and_damaged_ones(monkeypatch):
    monkeypatch.setattr(meetings, "FEW", 0)
    regions = enumerate_regions(hat(), Box([-1], [4]))
    twice = dataclasses.replace(regions, patterns=regions.patterns[[0, 1, 1, 2]].copy())
    with pytest.raises(EngineError, match="twice"):
        adjacency(twice)
    part = enumerate_regions(hostile("generic", 2, 1), domain("box", 2), max_regions=9)
    compiled = adjacency(part, partial=True)
    monkeypatch.setattr(meetings, "FEW", math.inf)
    exact = adjacency(part, partial=True)
    assert np.array_equal(compiled.edges, exact.edges)
