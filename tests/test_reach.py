"""Reachable sets, against closed forms, closed pieces in plain fractions, and a paper's example."""

from fractions import Fraction
from itertools import pairwise

import closed_sets
import numpy as np
import pytest
from public_data import DATA

from exactregions import Ball, Box, Network, WholeSpace
from exactregions.cases import networks as nets
from exactregions.errors import DomainError, NetworkError, NotExactError, PropertyError
from exactregions.quantities import reach
from exactregions.verification import Halfspaces, verify

EXAMPLE = DATA / "xiang2017" / "xiang2017.npz"
HALF = Fraction(1, 2)
RELU = Network.from_layers([np.eye(2), np.eye(2)], [np.zeros(2), np.zeros(2)])


def corners(points):
    """Corners of the convex hull of exact points of the plane."""
    points = sorted(set(points))
    if len(points) < 3:
        return frozenset(points)

    def chain(ordered):
        kept = []
        for p in ordered:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], p) <= 0:
                kept.pop()
            kept.append(p)
        return kept[:-1]

    return frozenset(chain(points) + chain(points[::-1]))


def _turn(p, q, r):
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def area(polygon):
    pairs = zip(polygon, [*polygon[1:], *polygon[:1]], strict=True)
    return sum((p[0] * q[1] - p[1] * q[0] for p, q in pairs), Fraction(0)) / 2


def random_network(seed, sizes):
    rng = np.random.default_rng(seed)
    weights = [rng.integers(-3, 4, (m, n)).astype(float) for n, m in pairwise(sizes)]
    return Network.from_layers(weights, [rng.integers(-2, 3, m).astype(float) for m in sizes[1:]])


def test_the_image_of_a_square_under_relu_has_four_pieces():
    found = reach(RELU, Box(-1, 1, dim=2))
    square = {(0, 0), (1, 0), (1, 1), (0, 1)}
    wanted = {frozenset(square), frozenset({(0, 0), (1, 0)}), frozenset({(0, 0), (0, 1)}), frozenset({(0, 0)})}
    assert set(map(frozenset, found.polygons())) == wanted
    assert max(map(area, found.polygons())) == 1
    assert found.contains([1, 1])
    assert not found.contains([1, 1 + Fraction(1, 10**40)])
    assert not found.contains([-Fraction(1, 10**40), 0])
    assert found.preimage([HALF, 1]) == (HALF, 1)


def test_closed_forms_of_ranges():
    assert reach(nets.sawtooth(2, 3), Box([0], [1])).bounds() == [(0, 1)]
    assert reach(nets.hat(), Box([-1], [3])).bounds() == [(0, 1)]
    nothing = Network.from_layers([np.zeros((2, 2)), np.zeros((2, 2))], [np.zeros(2), np.array([3.0, -1.0])])
    assert reach(nothing, Box(-1, 1, dim=2)).polygons() == [[(3, -1)]]
    affine = Network.from_layers([[[1.0, 2.0], [0.0, 1.0]]], [[0.0, 1.0]])
    found = reach(affine, Ball([0, 0], Fraction(1, 3), "inf"))
    assert found.bounds() == [(-1, 1), (Fraction(2, 3), Fraction(4, 3))]
    assert [area(p) for p in found.polygons()] == [Fraction(4, 9)]
    assert reach(affine, Ball([0, 0], 1, 1)).bounds() == [(-2, 2), (0, 2)]
    fixed = reach(RELU, Box([Fraction(1, 3), -1], [Fraction(1, 3), 2]))
    assert fixed.bounds() == [(Fraction(1, 3), Fraction(1, 3)), (0, 2)]
    assert fixed.preimage([Fraction(1, 3), 1]) == (Fraction(1, 3), 1)
    assert not fixed.contains([1 / 3, 1])
    assert sorted(map(len, fixed.polygons())) == [1, 2]


@pytest.mark.parametrize("seed", range(3))
def test_pieces_are_images_of_closed_pieces(seed):
    network = random_network(seed, (2, 3, 2, 2))
    rows = closed_sets.box([-1, -1], [1, 2])
    wanted = set()
    for given, outputs in closed_sets.pieces(network, rows, 2):
        ends = list(closed_sets.vertices(given, 2))
        if len(corners(map(tuple, ends))) > 2:  # cells of lower dimension are faces of these
            wanted.add(corners(tuple(closed_sets.dot(a, x) + b for a, b in outputs) for x in ends))
    found = reach(network, Box([-1, -1], [1, 2]))
    assert set(map(frozenset, found.polygons())) == wanted
    for direction in ([1, 0], [0, -1], [Fraction(1, 3), Fraction(-2, 7)]):
        low, high = closed_sets.extremes(network, rows, 2, [Fraction(v) for v in direction])
        value, point = found.greatest(direction)
        assert value == high
        assert closed_sets.dot(direction, closed_sets.outputs(network, point)) == high
        assert found.greatest([-v for v in direction])[0] == -low


def test_sampled_outputs_are_reached_and_pieces_map_their_regions():
    network = random_network(9, (3, 5, 4, 2))
    found = reach(network, Box(-1, 1, dim=3))
    rng = np.random.default_rng(1)
    for x in rng.integers(-8, 9, (10, 3)) / 8:
        outputs = closed_sets.outputs(network, x.tolist())
        assert found.contains(outputs)
        assert closed_sets.outputs(network, found.preimage(outputs)) == outputs
    for region, piece in zip(found.regions, found.pieces, strict=True):
        at = [closed_sets.dot(row, region.witness) + c for row, c in zip(piece.matrix, piece.constant, strict=True)]
        assert at == closed_sets.outputs(network, region.witness)


def test_the_largest_value_is_where_safety_ends():
    network = random_network(4, (2, 6, 5, 1))
    greatest, _ = reach(network, Box(-1, 1, dim=2)).greatest([1])
    assert verify(network, Box(-1, 1, dim=2), Halfspaces([[-1]], [-greatest])).margin == 0
    assert verify(network, Box(-1, 1, dim=2), Halfspaces([[-1]], [-greatest - Fraction(1, 10**50)])).outcome == "safe"


def test_columns_are_saved(tmp_path):
    found = reach(RELU, Box(-1, 1, dim=2))
    found.save(tmp_path / "reach.npz")
    with np.load(tmp_path / "reach.npz") as saved:
        assert saved["matrices"].shape == (4, 2, 2)
        assert saved["constants"].tolist() == [[0.0, 0.0]] * 4
        assert sorted(np.abs(saved["matrices"]).sum(axis=(1, 2)).tolist()) == [0.0, 1.0, 1.0, 2.0]


def test_refusals():
    with pytest.raises(DomainError, match="Euclidean"):
        reach(RELU, Ball([0, 0], 1)).bounds()
    assert reach(RELU, Ball([0, 0], 1)).contains([Fraction(3, 5), Fraction(4, 5)])
    with pytest.raises(DomainError, match="no end"):
        reach(RELU, WholeSpace(2)).bounds()
    found = reach(RELU, Box(-1, 1, dim=2))
    with pytest.raises(PropertyError, match="two of 0 to 1"):
        found.polygons(0, 2)
    with pytest.raises(NetworkError, match="3 values"):
        found.greatest([1, 2, 3])
    with pytest.raises(DomainError, match="1 outputs are given"):
        found.contains([1])
    with pytest.raises(NotExactError, match="may lack pieces"):
        reach(RELU, Box(-1, 1, dim=2), time_limit=0)


@pytest.mark.skipif(not EXAMPLE.exists(), reason="needs the network of the example")
def test_the_example_of_xiang_tran_and_johnson():
    arrays = np.load(EXAMPLE)
    layers = [(arrays[f"W{i}"], arrays[f"b{i}"].ravel()) for i in range(8)]
    network = Network.from_layers([w for w, _ in layers], [b for _, b in layers])
    found = reach(network, Box(-1, 1, dim=3))
    assert len(found) == 1250
    # twelve digits of exact rationals, by the vertices of all pieces
    wanted = [(-48.975381814558, 13.113267598223), (-13.014703461434, 24.704511027674)]
    for (low, up), (least, most) in zip(found.bounds(), wanted, strict=True):
        assert abs(low - Fraction(least)) < 1e-12
        assert abs(up - Fraction(most)) < 1e-12
