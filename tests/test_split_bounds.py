"""Bounds on parts of a ball and the search that they guide, against exact values at points and other engines."""

import math
from fractions import Fraction

import numpy as np
import pytest
from small_hostile import drawn_network, value

from exactregions import Ball, Network, robust_radius
from exactregions.cases.networks import generated
from exactregions.network import Stage
from exactregions.quantities.first_rows import FirstRows
from exactregions.quantities.split_bounds import SplitBounds
from exactregions.quantities.split_parts import Asked, StageLines, hyperplanes_of
from exactregions.quantities.split_search import SplitSearch

NORMS = (1, 2, math.inf)


def exact_stages(network, point):
    """The pre-activations of each stage and the units of the last one, in Fractions."""
    values, found = list(point), []
    for stage in network.stages:
        z = [
            sum((Fraction(w) * v for w, v in zip(row, values, strict=True)), Fraction(b))
            for row, b in zip(stage.weight.tolist(), stage.bias.tolist(), strict=True)
        ]
        slopes = zip(z, stage.low.tolist(), stage.high.tolist(), strict=True)
        values = [Fraction(high if v > 0 else low) * v for v, low, high in slopes]
        found.append(z)
    return found, values


def drawn_question(seed):
    """A hostile network, a centre that floats hold, a norm, a radius, and points of the closed ball, as Fractions."""
    rng = np.random.default_rng(seed)
    d, norm = int(rng.integers(1, 4)), NORMS[seed % 3]
    network = drawn_network(rng, d, 2)
    center, radius = rng.integers(-8, 9, d) / 4, float(rng.integers(1, 9)) / 4
    steps = rng.integers(-8, 9, (40, d)) * (radius / 8)
    ball = Ball(center, radius, norm)
    points = [[Fraction(v) for v in center + step] for step in steps]
    power = ball.entry_power
    return network, center, norm, radius, [p for p in points if ball.distance_power(p) <= Fraction(radius) ** power]


def parts_met(bounds: SplitBounds, row, points, depth: int):
    """Parts about points: cut by the units that are bent, one after the other, on the side of the point."""
    for stages, outputs in points:
        whole = bounds.whole(row)
        part = whole.only(0)
        for _ in range(depth):
            bent = [(s, int(u)) for s, lines in enumerate(part.lines()) for u in np.flatnonzero(lines.bent[0])]
            yield part, stages, outputs
            if not bent:
                break
            stage, unit = bent[len(bent) // 2]
            part = part.halves([(stage, unit)]).only(0 if stages[stage][unit] >= 0 else 1)


@pytest.mark.parametrize("seed", range(24))
def test_no_point_of_a_part_exceeds_its_bounds(seed):
    network, center, norm, radius, points = drawn_question(seed)
    bounds = SplitBounds(network.stages, center, norm, radius)
    row = np.random.default_rng(seed).integers(-2, 3, len(network.stages[-1].bias)).astype(float)
    evaluated = [exact_stages(network, point) for point in points[:6]]
    for part, stages, outputs in parts_met(bounds, row, evaluated, 3):
        top = sum((Fraction(r) * v for r, v in zip(row, outputs, strict=True)), Fraction(0))
        asked = Asked(part, part.lines())
        for steps in (0, 4):
            assert top <= Fraction(bounds.lowest(asked, bounds.start(asked), steps, -math.inf).tops[0])
        if top >= 0:
            assert bounds.tighten(part, 4)
            for z, low, high in zip(stages, part.low, part.high, strict=True):
                assert all(Fraction(a) <= v <= Fraction(b) for v, a, b in zip(z, low[0], high[0], strict=True))


@pytest.mark.parametrize("norm", NORMS)
def test_forms_on_a_ball_are_bounded_and_attained(norm):
    """The dual norm of a combination of rows, in Fractions; few rows of many inputs, and many of few."""
    rng = np.random.default_rng(0)
    for shape in ((2, 9), (9, 2)):
        matrix, rows = rng.normal(size=shape), rng.normal(size=(5, shape[0]))
        first = FirstRows(matrix, norm)
        largest, values = first.farthest(rows)
        for row, bound, value_there, moved in zip(rows, first.bound(rows, largest), largest, values, strict=True):
            form = [
                sum((Fraction(a) * Fraction(b) for a, b in zip(row, column, strict=True)), Fraction(0))
                for column in matrix.T
            ]
            sizes = [abs(v) for v in form]
            true = {1: max(sizes), 2: sum(v * v for v in sizes), math.inf: sum(sizes)}[norm]
            assert true <= Fraction(bound) ** (2 if norm == 2 else 1)
            length = math.sqrt(true) if norm == 2 else float(true)
            assert bound == pytest.approx(length, rel=1e-9)
            assert [value_there, row @ moved] == pytest.approx([length, length], rel=1e-9)


def test_units_with_the_same_hyperplane_are_told_by_exact_multiples():
    rows = [
        [1.0, -3.0],
        [-2.0, 6.0],
        [1.0, -3.0],
        [0.5, -1.5],
        [0.0, 0.0],
        [1.0, 5e-324],
        [2.0**1000, 0.0],
        [3.0, -9.0],
    ]
    bias = [2.0, -4.0, 2.0 + 2.0**-50, 1.0, 0.0, 0.0, 0.0, 6.0]
    numbers, sides = hyperplanes_of(Stage.relu(rows, bias))
    assert numbers.tolist() == [0, 0, 2, 0, 4, 5, 6, 7]
    assert (sides[0] * sides[1], sides[0] * sides[3]) == (-1, 1)
    assert hyperplanes_of(Stage.wires(rows, bias))[0].tolist() == list(range(8))


def test_lines_lie_on_their_side_of_the_unit():
    ends = np.array([[-3.0, -0.5, 1.0, -2.0, -1e-9]]), np.array([[0.75, 2.0, 3.0, 0.0, 1e9]])
    for low, high in ((0.0, 1.0), (-1.0, 1.0), (0.5, -2.0), (1.0, 1.0), (0.25, 0.125)):
        stage = Stage(np.eye(5), np.zeros(5), np.full(5, low), np.full(5, high))
        lines = StageLines.of(stage, *ends)
        for share in range(9):
            for i, (a, b) in enumerate(zip(ends[0][0], ends[1][0], strict=True)):
                z = Fraction(a) + (Fraction(b) - Fraction(a)) * share / 8
                unit = Fraction(high if z > 0 else low) * z
                if not lines.bent[0, i]:
                    assert Fraction(lines.fixed[0, i]) * z == unit
                    continue
                gap = Fraction(lines.chord[0, i]) * z + Fraction(lines.shift[0, i]) - unit
                assert gap >= 0 if high >= low else gap <= 0


def same_radius(network, center, norm):
    """Parts of a ball, and all regions of growing balls: the same exact radius, class and square."""
    parts, balls = robust_radius(network, center, norm), robust_radius(network, center, norm, engine="tree")
    assert parts.complete
    assert balls.complete
    told = [(r.radius.lower, r.radius.upper, r.radius.square, r.label, r.ties) for r in (parts, balls)]
    assert told[0] == told[1]
    return parts


@pytest.mark.parametrize("norm", NORMS)
def test_parts_and_balls_give_the_same_radius(norm):
    rng = np.random.default_rng(1)
    for seed in range(2):
        network = generated(4, 8, 6, 3, seed=seed)
        found = same_radius(network, rng.normal(size=4), norm)
        outputs = value(network, found.nearest)
        assert outputs[found.other] == outputs[found.label]


@pytest.mark.parametrize("norm", NORMS)
def test_a_region_on_which_opposite_units_vanish_is_not_left_out(norm):
    """Left of zero u = relu(x) is zero, and so are u and -u in the next stage: both have the sign - there."""
    stages = [
        Stage.relu([[1.0], [-1.0]], [0.0, 0.0]),
        Stage.relu([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], [0.0, 0.0, 0.0]),
    ]
    search = SplitSearch(stages, np.array([[0.0, 0.0, 1.0]]), np.array([0.5]), norm, 2.0)
    assert [-1, 1, -1, -1, 1] in [signs.tolist() for signs, _ in search.leaves()]


@pytest.mark.parametrize("norm", NORMS)
def test_repeated_units_and_a_nearest_point_on_their_kinks(norm):
    """|x| + |y| seen by eight pairs of the same units: the nearest point lies on the kinks of half of them."""
    network = Network.from_layers([[[1.0, 0.0], [-1.0, 0.0]] * 4, [[-1.0] * 8, [0.0] * 8]], [None, [4.0, 0.0]])
    # 4 - 4 |x| against 0
    found = robust_radius(network, [0.25, 0.0], norm)
    assert (found.radius.lower, found.nearest[0], found.complete) == (Fraction(3, 4), 1, True)
    far = robust_radius(network, [0.0, 0.5], norm)
    assert (far.radius.lower, abs(far.nearest[0])) == (1, 1)


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_proved_on_the_way_is_no_larger_than_the_radius(norm):
    network, center = generated(6, 16, 16, 3, seed=2), np.full(6, 0.1)
    whole = robust_radius(network, center, norm)
    radius = float(whole.radius.upper)
    rows = np.eye(3)[[k for k in range(3) if k != whole.label]] - np.eye(3)[whole.label]
    stages = [*network.stages, Stage.wires(network.weight, network.bias)]
    for part_of in (0.5, 0.9, 1.0 + 1e-6):
        search, least = SplitSearch(stages, rows, center, norm, part_of * radius), 0.0
        for _ in search.leaves():
            assert part_of > 1
            assert least <= search.proved <= radius * (1 + 1e-12)
            least = search.proved
        assert search.proved == part_of * radius


@pytest.mark.parametrize("norm", NORMS)
def test_a_part_that_waits_comes_again_after_all_others(norm):
    network, center = generated(4, 8, 8, 3, seed=2), np.full(4, 0.1)
    label = int(network.forward(center).argmax())
    rows = np.eye(3)[[k for k in range(3) if k != label]] - np.eye(3)[label]
    stages = [*network.stages, Stage.wires(network.weight, network.bias)]
    radius = 0.2
    plain = [(signs.tobytes(), unit) for signs, unit in SplitSearch(stages, rows, center, norm, radius).leaves()]
    assert len(set(plain)) == len(plain) > 4

    search, last = SplitSearch(stages, rows, center, norm, radius), np.nextafter(radius, 0.0)
    met, least = [], 0.0
    for signs, unit in search.leaves():
        assert least <= search.proved
        least = search.proved
        met.append((signs.tobytes(), unit))
        if met.count(met[-1]) == 1 and not search.postpone(last):
            assert set(met) == set(plain)
    assert set(met) == set(plain)
    assert max(map(met.count, plain)) == 2
    first = [met.index(leaf) for leaf in plain]
    again = [place for place, leaf in enumerate(met) if leaf in met[:place]]
    assert max(first) < min(again) + 1


def test_many_inputs_in_every_norm():
    """An image network: exact in all norms, and floats find no nearer point of another class."""
    network, rng = generated(100, 12, 12, 4, seed=3), np.random.default_rng(2)
    center = rng.normal(size=100)
    for norm in NORMS:
        found = robust_radius(network, center, norm)
        assert found.complete
        outputs = value(network, found.nearest)
        assert outputs[found.other] == outputs[found.label]
        steps = rng.normal(size=(2000, 100))
        steps *= float(found.radius) * (1 - 1e-9) / np.linalg.norm(steps, norm, axis=1)[:, None]
        assert (network.forward(center + steps).argmax(axis=1) == found.label).all()
