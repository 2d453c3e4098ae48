"""Volumes of classes and of unsafe outputs, and means, against closed forms and polygons cut in fractions."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from small_hostile import drawn_network, value
from test_decision_boundary import at, tied
from test_robust_radius import rows_of

from exactregions import (
    Ball,
    Box,
    Halfspaces,
    Network,
    Polytope,
    Unsafe,
    WholeSpace,
    class_volumes,
    decision_boundary,
    enumerate_regions,
    mean,
    violation_volume,
)
from exactregions.cases.networks import generated, hat, sawtooth
from exactregions.errors import DomainError, NetworkError, PropertyError
from exactregions.exact.values import Value
from exactregions.testing.trials.winner_networks import network_of


def clipped(polygon, row):
    """The part of a convex polygon, corners in fractions, on which a form is not negative."""
    found = []
    for p, q in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        u, v = at(row, p), at(row, q)
        if u >= 0:
            found.append(p)
        if u * v < 0:
            found.append(tuple(a + (b - a) * u / (u - v) for a, b in zip(p, q, strict=True)))
    return list(dict.fromkeys(found))


def area(polygon):
    pairs = zip(polygon, [*polygon[1:], *polygon[:1]], strict=True)
    return abs(sum((p[0] * q[1] - p[1] * q[0] for p, q in pairs), Fraction(0)))


def output_rows(region):
    """The outputs of a region as forms, from exact values at four points of its affine map."""
    a, c = region.exact_map() if hasattr(region, "exact_map") else maps(region)
    return [[*row, constant] for row, constant in zip(a, c, strict=True)]


def maps(region):
    network, signs = region.network, iter(region.pattern.tolist())
    d = network.inputs
    values = [[Fraction(int(i == j)) for j in range(d + 1)] for i in range(d)]

    def through(weight, bias):
        forms = [
            [sum((Fraction(a) * v[j] for a, v in zip(w, values, strict=True)), Fraction(0)) for j in range(d + 1)]
            for w in weight.tolist()
        ]
        for form, b in zip(forms, bias.tolist(), strict=True):
            form[-1] += Fraction(b)
        return forms

    for stage in network.stages:
        forms = through(stage.weight, stage.bias)
        slopes = [
            Fraction(float(high)) if low == high or next(signs) else Fraction(float(low))
            for low, high in zip(stage.low, stage.high, strict=True)
        ]
        values = [[s * v for v in form] for s, form in zip(slopes, forms, strict=True)]
    forms = through(network.weight, network.bias)
    return [form[:-1] for form in forms], [form[-1] for form in forms]


def class_polygons(network, low, high):
    """Every region within a square, cut into its classes: the class and the corners."""
    square = [(low, low), (high, low), (high, high), (low, high)]
    found = []
    for region in enumerate_regions(network, Box(low, high, dim=2), engine="rational"):
        cell = [tuple(map(Fraction, corner)) for corner in square]
        for row in rows_of(region):
            cell = clipped(cell, row)
        outputs = output_rows(region)
        if len(outputs) == 1:
            outputs = [[Fraction(0)] * 3, *outputs]
        for k, own in enumerate(outputs):
            part = cell
            for j, other in enumerate(outputs):
                gap = [a - b for a, b in zip(own, other, strict=True)]
                if j != k and (any(gap) or j < k):
                    part = clipped(part, gap) if any(gap) else []
            if len(part) > 2 and area(part):
                found.append((k, part))
    return found


def cross_polytope(d: int, size: float) -> Network:
    """The network |x_1| + .. + |x_d| - size."""
    return Network.from_layers([np.eye(d), np.ones((1, d))], [None, [-size]], activation="abs")


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_cross_polytopes(d):
    """The volume is 2^d / d!."""
    found = class_volumes(cross_polytope(d, 1.0), Box(-2, 2, dim=d))
    inside = Fraction(2**d, math.factorial(d))
    assert found.complete
    assert found.values == (Value.of(inside), Value.of(4**d - inside))
    assert violation_volume(cross_polytope(d, 1.0), Box(-2, 2, dim=d), Halfspaces([[1]], [0])).value.lower == inside
    assert sum(found.shares) == pytest.approx(1)
    # the mean of |x| on [-2, 2] is 1
    assert mean(cross_polytope(d, 1.0), Box(-2, 2, dim=d)).value == Value.of(Fraction(d - 1))


def test_closed_forms():
    assert mean(hat(), Box([-1], [3])).value == Value.of(Fraction(1, 4))
    assert mean(sawtooth(3, 3, 1), Box([0], [1])).value == Value.of(Fraction(1, 2))
    pair = Network.from_layers([[[1.0]], [[1.0], [-3.0]]], [None, [0.0, 2.0]])  # the ramp r, and 2 - 3 r
    assert mean(pair, Box([-1], [1]), [Fraction(1, 3), 0]).value == Value.of(Fraction(1, 12))
    assert mean(pair, Box([-1], [1]), [0, 1]).value == Value.of(Fraction(5, 4))
    # r > 2 - 3 r beyond a half
    assert class_volumes(pair, Box([-1], [1])).values == (Value.of(Fraction(1, 2)), Value.of(Fraction(3, 2)))
    tail, middle = Halfspaces([[1]], [Fraction(1, 4)]), Halfspaces([[-1]], [-0.5])
    assert violation_volume(hat(), Box([-1], [3]), [tail, middle]).value == Value.of(Fraction(7, 2))
    whole = Halfspaces([[1]], [Fraction(3, 4)])
    assert violation_volume(hat(), Box([-1], [3]), [tail, whole, tail]).value == Value.of(Fraction(7, 2))
    # on two sides the hat is zero, which is unsafe; touching the edge has no volume
    assert violation_volume(hat(), Box([-1], [3]), Halfspaces([[1]], [0])).value.lower == 2
    assert violation_volume(hat(), Box([-1], [3]), Unsafe([])).value.lower == 0


def test_domains_of_all_kinds():
    absolute = cross_polytope(2, 1.0)
    assert class_volumes(absolute, Ball([0, 0], 2, 1)).values == (Value.of(Fraction(2)), Value.of(Fraction(6)))
    assert class_volumes(absolute, Ball([0, 0], 1, "inf")).values == (Value.of(Fraction(2)), Value.of(Fraction(2)))
    half = Polytope([[-1, 0]], [0], Box(-2, 2, dim=2))
    assert class_volumes(absolute, half).values == (Value.of(Fraction(1)), Value.of(Fraction(7)))
    fixed = Box([-2, Fraction(1, 3)], [2, Fraction(1, 3)])
    found = class_volumes(absolute, fixed)
    assert (found.values[0], found.total) == (Value.of(Fraction(4, 3)), 4)
    assert mean(absolute, fixed).value == Value.of(Fraction(1, 3))
    assert violation_volume(absolute, fixed, Halfspaces([[1]], [Fraction(-1, 3)])).value == Value.of(Fraction(2, 3))


@pytest.mark.parametrize("seed", range(6))
def test_polygons_in_fractions(seed):
    rng = np.random.default_rng(200 + seed)
    network = tied(seed) if seed % 2 else drawn_network(rng, 2, int(rng.integers(1, 5)))
    box, m = Box(-2, 2, dim=2), network.outputs
    wanted = [Fraction(0)] * max(m, 2)
    for k, polygon in class_polygons(network, -2, 2):
        wanted[k] += area(polygon) / 2
    found = class_volumes(network, box)
    assert [v.lower for v in found.values] == wanted
    assert sum(wanted) == found.total == 16
    polyhedra = [Halfspaces(rng.integers(-2, 3, (2, m)), rng.integers(-2, 3, 2)) for _ in range(2)]
    direction = [Fraction(int(v), 3) for v in rng.integers(-3, 4, m)]
    unsafe, total = Fraction(0), Fraction(0)
    for region in enumerate_regions(network, box, engine="rational"):
        cell = [tuple(map(Fraction, corner)) for corner in itertools.product((-2, 2), repeat=2)]
        cell = [cell[0], cell[2], cell[3], cell[1]]
        for row in rows_of(region):
            cell = clipped(cell, row)
        a, c = maps(region)
        parts = [within(cell, polyhedra[:1], a, c), within(cell, polyhedra[1:], a, c), within(cell, polyhedra, a, c)]
        unsafe += sum(sign * area(part) / 2 for sign, part in zip((1, 1, -1), parts, strict=True) if part)
        for p, q in itertools.pairwise(cell[1:]):
            corners = [cell[0], p, q]
            values = [sum(w * v for w, v in zip(direction, value(network, p), strict=True)) for p in corners]
            total += area(corners) / 2 * sum(values) / 3
    assert violation_volume(network, box, polyhedra).value == Value.of(unsafe)
    assert mean(network, box, direction).value == Value.of(total / 16)


def within(cell, polyhedra, a, c):
    """The part of a cell whose outputs lie in all polyhedra."""
    for polyhedron in polyhedra:
        for row, h in polyhedron:
            slopes = [-sum(g * v[j] for g, v in zip(row, a, strict=True)) for j in range(2)]
            slack = [*slopes, h - sum(g * v for g, v in zip(row, c, strict=True))]
            if not any(slack[:-1]):
                cell = cell if slack[-1] >= 0 else []
            elif cell:
                cell = clipped(cell, slack)
    return cell if len(cell) > 2 else []


def test_enclosures_in_seven_dimensions():
    """Half of the box has |x_1| + |x_2| < 1, which is the mean of the sum; more boxes leave less open."""
    network = Network.from_layers([np.eye(2, 7), np.ones((1, 2))], [None, [-1.0]], activation="abs")
    box = Box(-1, 1, dim=7)
    widths = []
    for boxes in (1, 40):
        found, average = class_volumes(network, box, boxes=boxes), mean(network, box, boxes=boxes)
        unsafe = violation_volume(network, box, Halfspaces([[1]], [0]), boxes=boxes)
        assert not found.complete
        for volume in (*found.values, unsafe.value):
            assert volume.lower <= 64 <= volume.upper
        assert average.value.lower <= 0 <= average.value.upper
        widths.append([float(v.upper - v.lower) for v in (found.values[0], unsafe.value, average.value)])
    for before, after in itertools.pairwise(widths):
        assert all(wide > narrow for wide, narrow in zip(before, after, strict=True))
    constant = Network.from_layers([np.zeros((1, 7)), [[1.0], [1.0]]], [None, [0.25, 0.25]])
    assert class_volumes(constant, box).values[1].upper == 128  # a tie is not told by intervals
    apart = Network.from_layers([np.zeros((1, 7)), [[1.0], [1.0]]], [None, [0.25, 0.5]])
    found = class_volumes(apart, Ball([0.0] * 7, 1, "inf"))
    assert found.complete
    assert found.values == (Value.of(Fraction(0)), Value.of(Fraction(128)))


def test_limits_leave_enclosures():
    network, box = generated(2, 8, 8, 3, seed=4, bits=6), Box(-1, 1, dim=2)
    unsafe = Halfspaces([[1, -1, 0]], [0])
    wholes = class_volumes(network, box), violation_volume(network, box, unsafe), mean(network, box, [1, 0, 0])
    assert all(whole.complete for whole in wholes)
    parts = (
        class_volumes(network, box, max_regions=4),
        violation_volume(network, box, unsafe, max_regions=4),
        mean(network, box, [1, 0, 0], max_regions=4),
    )
    assert not any(part.complete for part in parts)
    assert all("NOT EXACT" in repr(part) for part in parts)
    pairs = [*zip(parts[0].values, wholes[0].values, strict=True)]
    for part, whole in [*pairs, *((p.value, w.value) for p, w in zip(parts[1:], wholes[1:], strict=True))]:
        assert part.lower <= whole.lower <= part.upper
    assert class_volumes(network, box, time_limit=0).values[0].upper == 4


def test_refusals():
    network = cross_polytope(2, 1.0)
    with pytest.raises(DomainError, match="Euclidean"):
        class_volumes(network, Ball([0, 0], 1))
    with pytest.raises(DomainError, match="no end"):
        mean(network, WholeSpace(2))
    with pytest.raises(DomainError, match="no end"):
        mean(network, Polytope([[1, 0]], [1]))
    with pytest.raises(DomainError, match="boxes is 0"):
        class_volumes(network, Box(-1, 1, dim=2), boxes=0)
    with pytest.raises(DomainError, match="give a box"):
        class_volumes(cross_polytope(7, 1.0), Polytope([[1.0] * 7], [1], Box(-1, 1, dim=7)))
    with pytest.raises(DomainError, match="give a Box"):
        class_volumes(cross_polytope(7, 1.0), Ball([0.0] * 7, 1, 1))
    with pytest.raises(PropertyError, match="2 outputs"):
        violation_volume(network, Box(-1, 1, dim=2), Halfspaces([[1, 1]], [0]))
    with pytest.raises(NetworkError, match="direction"):
        mean(network, Box(-1, 1, dim=2), [1, 1])


def test_a_maximum_inside_the_network():
    """Winner units make fewer regions of the same function: classes have the same volumes."""
    layers = [
        ("affine", [[1.0, -2.0], [0.5, 1.0], [-1.5, 0.5], [2.0, 1.0]], [0.5, 0.0, -0.5, 0.25]),
        ("max", [(0, 1), (1, 2, 3)]),
        ("affine", [[1.0, -1.0], [-0.5, 1.5], [0.5, -0.5]], [0.0, 0.25, 0.5]),
    ]
    network, box = network_of(2, layers), Box(-2, 2, dim=2)
    plain = replace(network, winners=())
    assert class_volumes(network, box).values == class_volumes(plain, box).values
    assert mean(network, box, [1, 2, 3]).value == mean(plain, box, [1, 2, 3]).value
    lengths = [
        sum(math.dist(*([float(v) for v in end] for end in ends)) for ends in decision_boundary(n, box).segments())
        for n in (network, plain)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-12)
