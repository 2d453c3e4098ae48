"""Decision boundaries, against polygons cut in fractions, closed forms, and robust radii."""

import math
from fractions import Fraction

import numpy as np
import pytest
from quantity_instances import edges_of
from small_hostile import drawn_network, value

from exactregions import Ball, Box, Network, WholeSpace, decision_boundary, enumerate_regions, robust_radius
from exactregions.cases.networks import generated
from exactregions.errors import DomainError, NetworkError, NotExactError
from exactregions.network import Stage

INF = math.inf
CLAMP = Network.from_layers([np.eye(2), np.eye(2)], [None, None])  # the classes are the larger of two ramps


def at(row, point):
    return sum((a * x for a, x in zip(row, point, strict=False)), row[-1])


def tied(seed):
    """A network of two inputs whose outputs are equal in some regions, or along whole facets."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(2, 5))
    hidden = Stage.relu(rng.integers(-2, 3, (4, 2)).astype(float), rng.integers(-1, 2, 4).astype(float))
    return Network([hidden], rng.integers(-1, 2, (m, 4)).astype(float), np.zeros(m))


@pytest.mark.parametrize("seed", range(10))
def test_pieces_are_the_edges_at_which_the_class_changes(seed):
    rng = np.random.default_rng(seed)
    network = tied(seed) if seed % 2 else drawn_network(rng, 2, int(rng.integers(1, 5)))
    found = decision_boundary(network, Box(-2, 2, dim=2))
    assert found.complete
    assert found.regions == enumerate_regions(network, Box(-2, 2, dim=2)).count
    wanted = edges_of(network, -2, 2)
    assert sorted((*piece.classes, *sorted(piece.vertices())) for piece in found) == wanted
    assert sum(found.between.values()) == len(found)
    for piece in found:
        check_the_equation(network, piece)


def check_the_equation(network, piece):
    """It vanishes at the ends and at the point, where both classes are largest, and tells the second class."""
    a, b = piece.equation
    outputs = value(network, piece.point)
    first, second = piece.classes
    most = max(outputs) if len(outputs) > 1 else 0
    assert outputs[-1 if len(outputs) == 1 else first] == most == outputs[second if len(outputs) > 1 else 0]
    for point in (piece.point, *piece.vertices()):
        assert at([*a, b], point) == 0
        assert all(at([*row, constant], point) >= 0 for row, constant in piece.inequalities)
    size = Fraction(1, 10**9) / max(map(abs, a))
    beyond = [x + size * v for x, v in zip(piece.point, a, strict=True)]
    outputs = value(network, beyond)
    assert (outputs.index(max(outputs)) if len(outputs) > 1 else int(outputs[0] > 0)) == second


def test_a_tie_of_a_whole_region_ends_at_a_facet():
    """Where both ramps are zero the first class holds; so the boundary runs along the facet x = 0, y > 0 as well."""
    found = decision_boundary(CLAMP, Box(-1, 1, dim=2))
    # below zero: y <= 0 or both zero is class 0; class 1 is y > max(x, 0)
    ends = sorted((piece.on_a_facet, sorted(piece.vertices())) for piece in found)
    assert ends == [(False, [(0, 0), (1, 1)]), (True, [(-1, 0), (0, 0)])]
    assert found.between == {(0, 1): 2}
    assert "on a facet" in repr(found[int(found[1].on_a_facet)])


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_is_the_robust_radius(seed):
    rng = np.random.default_rng(100 + seed)
    d = int(rng.integers(1, 4))
    network = drawn_network(rng, d, int(rng.integers(1, 4)))
    boundary = decision_boundary(network, Box(-40, 40, dim=d))
    point = [Fraction(int(v), 2 if rng.random() < 0.7 else 3) for v in rng.integers(-3, 4, d)]
    for norm in (2, 1, INF):
        wanted, found = robust_radius(network, point, norm), boundary.distance(point, norm)
        if float(wanted.radius.upper) > 15:
            continue
        own = [k for k, piece in enumerate(boundary) if wanted.label in piece.classes]
        assert own
        # another class may be equal at the point, or another boundary nearer
        assert found.value.lower <= wanted.radius.lower
        if found.piece in own:
            assert (found.value.lower, found.value.square) == (wanted.radius.lower, wanted.radius.square)
            assert sum(map(abs, value(network, found.point))) >= 0
        nearest = boundary[found.piece]
        assert at([*nearest.equation[0], nearest.equation[1]], found.point) == 0


def test_in_more_dimensions_pieces_are_polytopes():
    """|x| + |y| + |z| < 1 against the rest: eight triangles."""
    octahedron = Network.from_layers([np.eye(3), [[1.0, 1.0, 1.0]]], [None, [-1.0]], activation="abs")
    found = decision_boundary(octahedron, Box(-2, 2, dim=3))
    assert (len(found), found.regions) == (8, 8)
    for piece in found:
        signs = [1 if v > 0 else -1 for v in piece.point]
        units = [tuple(s * (i == j) for i, s in enumerate(signs)) for j in range(3)]
        assert sorted(piece.vertices()) == sorted(units)
        assert piece.equation == (tuple(signs), -1)
    assert found.distance([0, 0, 0]).value.square == Fraction(1, 3)
    assert found.distance([0, 0, 0], INF).value.lower == Fraction(1, 3)
    assert found.distance([0, 0, 0], 1).value.lower == 1
    assert found.distance([0, 0, Fraction(3, 2)]).point == (0, 0, 1)


def test_balls_fixed_inputs_and_slices():
    absolute = Network.from_layers([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]], [None, [-1.0]], activation="abs")
    in_ball = decision_boundary(absolute, Ball([0, 0], Fraction(3, 4)))
    assert len(in_ball) == 4
    assert in_ball.distance([0, 0]).value.square == Fraction(1, 2)
    with pytest.raises(DomainError, match="arcs"):
        in_ball[0].vertices()
    with pytest.raises(DomainError, match="sphere"):
        decision_boundary(absolute, Ball([0, 0], Fraction(3, 4))).distance([3, 0])
    fixed = decision_boundary(absolute, Box([-2, Fraction(1, 3)], [2, Fraction(1, 3)]))
    assert sorted(piece.vertices() for piece in fixed) == [[(Fraction(s * 2, 3), Fraction(1, 3))] for s in (-1, 1)]
    assert fixed.distance([0, Fraction(1, 3)], INF).value.lower == Fraction(2, 3)
    with pytest.raises(DomainError, match="fixes"):
        fixed.distance([0, 0])
    line = absolute.restrict([0.0, 0.0], [[1.0, 1.0]])
    assert sorted(p.vertices() for p in decision_boundary(line, Box([-1], [1]))) == [
        [(Fraction(s, 2),)] for s in (-1, 1)
    ]
    whole = decision_boundary(absolute, WholeSpace(2))
    assert len(whole) == 4
    assert len(whole[0].vertices()) == 2
    ramp = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [None, [-1.0]])
    with pytest.raises(DomainError, match="no end"):
        decision_boundary(ramp, WholeSpace(2))[0].vertices()


def test_pairs_of_classes_and_refusals():
    network = generated(2, 6, 6, 4, seed=1, bits=6)
    box = Box(-2, 2, dim=2)
    found = decision_boundary(network, box)
    assert len(found.between) > 1
    for pair, number in found.between.items():
        assert decision_boundary(network, box, pair[::-1]).between == {pair: number}
    constant = Network.from_layers([[[1.0, 0.0]], [[1.0], [0.0]]], [None, [1.0, 0.0]])
    nothing = decision_boundary(constant, box)
    assert (len(nothing), list(nothing), nothing[:]) == (0, [], [])
    assert nothing.distance([0, 0]).value.lower == INF
    for classes in ((0, 0), (0, 4), (1,), "ab", 3):
        with pytest.raises(NetworkError, match="classes is"):
            decision_boundary(network, box, classes)
    part = decision_boundary(network, box, max_regions=3)
    assert not part.complete
    assert len(part) <= len(found)
    assert "NOT COMPLETE" in repr(part)
    with pytest.raises(NotExactError, match="may be missing"):
        part.distance([0, 0])
    with pytest.raises(IndexError):
        found[len(found)]


def test_the_boundary_follows_scaling_permutation_and_translation():
    network, order = generated(2, 6, 6, 3, seed=1, bits=6), [2, 0, 1]
    plain = decision_boundary(network, Box(-1, 1, dim=2))
    stages = (Stage.wires(2 * np.eye(2), [0.5, -0.25]), *network.stages)
    moved = decision_boundary(
        Network(stages, 4 * network.weight[order], 4 * network.bias[order]), Box([-0.75, -0.375], [0.25, 0.625])
    )
    names = {old: new for new, old in enumerate(order)}
    pairs = {tuple(sorted((names[a], names[b]))): count for (a, b), count in plain.between.items()}
    assert len(plain) > 3
    assert moved.between == dict(sorted(pairs.items()))
    half = Fraction(1, 2)
    ends = sorted(sorted((2 * x + half, 2 * y - half / 2) for x, y in ends) for ends in moved.segments())
    assert ends == sorted(map(sorted, plain.segments()))
    for norm in (2, 1, INF):
        near, far = moved.distance([-0.25, 0.125], norm).value, plain.distance([0, 0], norm).value
        assert far.square == (None if near.square is None else near.square * 4)
        assert far.square is not None or far.lower == near.lower * 2
