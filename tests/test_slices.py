"""Restriction to lines, planes and subspaces: patterns and counts against exact walks and other engines."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from engines import found

from exactregions import Ball, Box, Network, Polytope, count_regions, enumerate_regions, segment
from exactregions.cases import networks as nets
from exactregions.errors import NetworkError, NotExactError

SEGMENT = Box([0], [1])
SQUARE = Box([-1, -1], [1, 1])


def bias_free(*shape, seed=0):
    network = nets.generated(*shape, seed=seed)
    weights = [*(stage.weight for stage in network.stages), network.weight]
    return Network.from_layers(weights, [None] * len(weights))


def walk(network, start, end):
    """Cut a segment layer by layer in Fractions: the inner ends of its pieces, and their patterns in order."""
    forms = [(Fraction(p), Fraction(q) - Fraction(p)) for p, q in zip(start, end, strict=True)]
    pieces = [(Fraction(0), Fraction(1), forms, ())]
    for stage in network.stages:
        pieces = [part for piece in pieces for part in _cut(stage, *piece)]
    return [piece[0] for piece in pieces[1:]], [piece[3] for piece in pieces]


def _cut(stage, lo, up, forms, signs):
    weight = [[Fraction(w) for w in row] for row in stage.weight.tolist()]
    z = [
        (sum((w * f[0] for w, f in zip(row, forms, strict=True)), Fraction(b)),
         sum((w * f[1] for w, f in zip(row, forms, strict=True)), Fraction(0)))
        for row, b in zip(weight, stage.bias.tolist(), strict=True)
    ]  # fmt: skip
    roots = {-c / m for (c, m), splits in zip(z, stage.splits, strict=True) if splits and m}
    ends = [lo, *sorted(t for t in roots if lo < t < up), up]
    for a, b in pairwise(ends):
        on = [c + m * (a + b) / 2 > 0 for c, m in z]
        slopes = [Fraction(v) for v in np.where(on, stage.high, stage.low).tolist()]
        passed = [(s * c, s * m) for s, (c, m) in zip(slopes, z, strict=True)]
        kept = tuple(sign for sign, splits in zip(on, stage.splits, strict=True) if splits)
        yield a, b, passed, signs + kept


def rows_of(regions):
    return set(map(tuple, regions.pattern_array().tolist()))


def ends_between(regions):
    """The inner ends of one-dimensional regions, from their polyhedra in floats."""
    found = []
    for region in regions:
        a, b = region.polyhedron()
        a = a[:, 0]
        found.append(max([0.0, *(b[a < 0] / a[a < 0])]))
    return sorted(found)[1:]


ON_SEGMENTS = [
    nets.generated(3, 8, 8, 1, seed=1),
    nets.generated(5, 6, 6, 6, 2, seed=2, slope=0.25),
    nets.generated(1, 7, 5, 1, seed=3),
    nets.threshold(4),
    bias_free(4, 8, 8, 1),
]
NAMES = ["relu", "leaky", "one input", "repeated distances", "bias-free"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("network", ON_SEGMENTS, ids=NAMES)
def test_a_segment_has_the_regions_that_an_exact_walk_meets(network, seed, engine):
    start, end = np.random.default_rng(seed).normal(size=(2, network.inputs))
    ends, patterns = walk(network, start.tolist(), end.tolist())
    regions = found(engine, network.through([start, end]), SEGMENT)
    assert len(regions) == len(patterns)
    assert rows_of(regions) == set(patterns)
    assert ends_between(regions) == pytest.approx([float(t) for t in ends], abs=1e-12)


@pytest.mark.parametrize("network", ON_SEGMENTS, ids=NAMES)
def test_breakpoints_come_exactly_and_in_order(network):
    start, end = np.random.default_rng(7).normal(size=(2, network.inputs))
    ends, patterns = walk(network, start.tolist(), end.tolist())
    pieces = segment(network, start, end)
    assert pieces.breakpoints() == ends
    assert list(map(tuple, pieces.patterns.tolist())) == patterns
    for changed, before, after in zip(pieces.changes(), patterns, patterns[1:], strict=False):
        assert changed == tuple(k for k in range(network.units) if before[k] != after[k])


def test_breakpoints_closer_than_floats_come_in_order():
    """Two units bend between two neighbouring floats, the second one first."""
    network = nets.one_layer([[3.0], [5.0]], [-1.0, -(5 / 3)])
    pieces = segment(network, [0.0], [1.0])
    assert pieces.breakpoints() == sorted([Fraction(1, 3), Fraction(5 / 3) / 5])
    assert pieces.changes() == ([(1,), (0,)] if Fraction(5 / 3) / 5 < Fraction(1, 3) else [(0,), (1,)])


def test_segments_that_are_refused():
    network = nets.generated(3, 8, 1, seed=1)
    with pytest.raises(NetworkError, match=r"equals points\[0\]"):
        segment(network, [0, 0, 0], [0, 0, 0])
    with pytest.raises(NotExactError, match="more time"):
        segment(network, [-9, -9, -9], [9, 9, 9], max_regions=1)
    with pytest.raises(NetworkError, match="winner units"):
        segment(nets.largest_of([[1, 0], [0, 1], [1, 1]], [0, 1, 0], [(0, 1, 2)]), [0, 0], [1, 1])


def test_the_walk_is_right_on_a_sawtooth():
    network = nets.sawtooth(2, 3)
    ends, patterns = walk(network, [0.0], [1.0])
    assert [float(t) for t in ends] == [k / 8 for k in range(1, 8)]
    assert len(set(patterns)) == 8


@pytest.mark.parametrize("seed", range(3))
def test_a_plane_of_many_inputs_has_the_regions_of_the_rational_engine(seed):
    rng = np.random.default_rng(seed)
    network = nets.generated(784, 12, 8, 10, seed=seed)
    plane = network.through((4 * rng.random((3, 784))).astype(np.float32))
    domain = Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])
    regions, exact = (enumerate_regions(plane, domain, engine=name) for name in ("tree", "rational"))
    assert regions.exact
    assert rows_of(regions) == rows_of(exact)
    assert len(regions) > 3


def test_most_proofs_in_a_plane_of_many_inputs_are_made_in_floats():
    rng = np.random.default_rng(0)
    plane = nets.generated(784, 32, 16, 10).restrict(rng.random(784), rng.normal(size=(2, 784)))
    regions = enumerate_regions(plane, SQUARE)
    stats = regions.stats
    by_float = stats["stable_by_float"] + stats["split_by_float"]
    assert len(regions) > 50
    assert stats["settled_by_exact_basis"] + stats["settled_by_exact_pivots"] <= by_float // 100


def test_a_segment_between_points_of_many_inputs():
    rng = np.random.default_rng(5)
    network = nets.generated(784, 10, 6, 1, seed=4)
    start, end = rng.random((2, 784)) * 4
    ends, patterns = walk(network, start.tolist(), end.tolist())
    regions = enumerate_regions(network.through([start, end]), SEGMENT)
    assert rows_of(regions) == set(patterns)
    assert len(regions) == len(ends) + 1 > 3


@pytest.mark.parametrize("seed", range(4))
def test_patterns_on_a_plane_are_those_of_the_network_there(seed):
    rng = np.random.default_rng(seed)
    network = nets.generated(6, 10, 8, 2, seed=seed)
    origin, directions = rng.normal(size=6), rng.normal(size=(2, 6))
    plane = network.restrict(origin, directions)
    regions = enumerate_regions(plane, SQUARE)
    t = rng.uniform(-1, 1, size=(2000, 2))
    inputs = origin + t @ directions
    clear = np.min([np.abs(z).min(axis=1) for z in network.pre_activations(inputs)], axis=0) > 1e-9
    met = set(map(tuple, network.pattern(inputs[clear]).tolist()))
    assert met <= rows_of(regions)
    assert len(met) > 5
    assert np.allclose(plane.forward(t), network.forward(inputs))
    assert plane.widths == network.widths
    assert len(regions) == count_regions(plane, SQUARE, engine="rational")


def test_the_identity_changes_nothing():
    network = nets.generated(3, 8, 8, 1)
    same = network.restrict(np.zeros(3), np.eye(3))
    for domain in (Ball([0.1, 0.2, 0.3], 1.0), Box([-1] * 3, [1] * 3)):
        whole, again = enumerate_regions(network, domain), enumerate_regions(same, domain)
        assert rows_of(whole) == rows_of(again)
        if whole.entry_radii is not None and again.entry_radii is not None:
            assert sorted(whole.entry_radii) == pytest.approx(sorted(again.entry_radii), abs=1e-12)


def test_a_restriction_can_be_restricted():
    rng = np.random.default_rng(2)
    network = nets.generated(5, 8, 6, 1, seed=7)
    outer, inner = (rng.integers(-8, 9, size=shape) / 8 for shape in ((3, 5), (2, 3)))
    start, then = rng.integers(-8, 9, size=5) / 8, rng.integers(-8, 9, size=3) / 8
    twice = network.restrict(start, outer).restrict(then, inner)
    at_once = network.restrict(start + then @ outer, inner @ outer)  # exact: few digits
    assert rows_of(enumerate_regions(twice, SQUARE)) == rows_of(enumerate_regions(at_once, SQUARE))


def test_points_are_met_exactly_where_their_difference_is_no_float():
    corner = 2.0**-60
    network = Network.from_layers([[[1.0]], [[1.0]]], [[-corner], [0.0]])
    # the unit is zero at the second point alone, which does not belong to the open segment
    assert count_regions(network.through([[1.0], [corner]]), SEGMENT) == 1
    assert count_regions(network.restrict([1.0], [[corner - 1.0]]), SEGMENT) == 2


def test_an_affine_function_has_one_region():
    network = Network.from_layers([[[1.0, 2.0]]], [None])
    line = network.through([[0.0, 0.0], [1.0, 1.0]])
    assert count_regions(line, SEGMENT) == 1
    assert line.forward([[0.5]]).tolist() == [[1.5]]


@pytest.mark.parametrize(
    ("directions", "message"),
    [
        ([[0.0, 0.0, 0.0]], r"directions\[0\] is zero"),
        ([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], r"directions\[1\] is zero"),
        ([[1.0, 2.0, 3.0], [-0.5, -1.0, -1.5]], r"directions\[1\] depends linearly"),
        ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [3.0, 7.0, 0.0], [0.0, 0.0, 1.0]], r"directions\[2\] depends"),
        ([[1e-300, 1e300, 0.0], [2e-300, 2e300, 0.0]], r"directions\[1\] depends"),
        ([1.0, 0.0, 0.0], r"shape \(3,\); give \(k, 3\)"),
        ([[1.0, 0.0]], r"shape \(1, 2\); give \(k, 3\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        ([[np.nan, 0.0, 0.0]], r"directions\[0, 0\] is nan"),
        ([[1.0, np.inf, 0.0]], "finite"),
    ],
)
def test_directions_that_span_no_subspace(directions, message):
    with pytest.raises(NetworkError, match=message):
        nets.generated(3, 4, 1).restrict(np.zeros(3), directions)


def test_origins_that_do_not_fit():
    network = nets.generated(3, 4, 1)
    with pytest.raises(NetworkError, match=r"origin has shape \(2,\); the network needs \(3,\)"):
        network.restrict([0.0, 0.0], np.eye(3))
    with pytest.raises(NetworkError, match=r"origin\[1\] is inf"):
        network.restrict([0.0, np.inf, 0.0], np.eye(3))


def test_rank_is_decided_exactly():
    near = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0 + 2.0**-52]])
    network = nets.generated(3, 4, 1)
    assert network.restrict(np.zeros(3), near).inputs == 2
    assert network.through([[0.0, 0.0, 0.0], *near]).inputs == 2


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[0.0, 0.0, 0.0]], "a line needs two"),
        ([[0.5, 1.0, 0.0], [0.5, 1.0, 0.0]], r"points\[1\] equals points\[0\]"),
        ([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], r"points\[2\] equals points\[0\]"),
        ([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [3.0, 3.0, 1.0]], r"points\[2\] lies on"),
        ([[0.1, 0.2], [0.3, 0.4]], r"shape \(2, 2\)"),
        ([[0.0, 0.0, -np.inf], [1.0, 1.0, 1.0]], "finite"),
    ],
)
def test_points_that_span_no_subspace(points, message):
    with pytest.raises(NetworkError, match=message):
        nets.generated(3, 4, 1).through(points)
