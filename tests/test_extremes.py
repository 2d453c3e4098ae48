"""Exact maxima, minima and differences, against closed forms, brute force in fractions, and sampled points."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog
from small_hostile import drawn_domain, drawn_network, value
from test_robust_radius import rows_of

from exactregions import (
    Ball,
    Box,
    Network,
    Polytope,
    WholeSpace,
    difference,
    enumerate_regions,
    equal,
    maximize,
    minimize,
)
from exactregions.algebra import difference_network, side_by_side
from exactregions.cases.networks import generated, hat, sawtooth
from exactregions.errors import NetworkError, PropertyError
from exactregions.exact.values import Value
from exactregions.network import Stage
from exactregions.quantities.extremes import _Search
from exactregions.testing.trials.winner_networks import network_of

INF = math.inf


def samples(domain, rng, count):
    """Points of a bounded domain, in floats."""
    box = domain.as_box() if isinstance(domain, Ball) else domain.box if isinstance(domain, Polytope) else domain
    ends = [np.array([float(v) for v in end]) for end in (box.lower, box.upper)]
    points = rng.uniform(*ends, (count, domain.dim))
    return np.array([p for p in points if domain.contains([Fraction(v) for v in p])] or [ends[0]])


@pytest.mark.parametrize("seed", range(30))
def test_no_vertex_and_no_sample_is_above_the_maximum(seed):
    """The maximum is that of linear programs in floats over all regions, and is attained exactly at its point."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 4))
    network, domain = drawn_network(rng, d, 2), drawn_domain(rng, d)
    direction = rng.integers(-2, 3, 2).astype(float)
    for ask, sign in ((maximize, 1), (minimize, -1)):
        found = ask(network, domain, direction)
        assert found.complete
        reached = sum(Fraction(c) * v for c, v in zip(direction, value(network, found.point), strict=True))
        assert found.value.lower <= reached <= found.value.upper
        points = samples(domain, rng, 300) if not domain.fixed_inputs else np.zeros((0, d))
        if len(points) and domain.contains([Fraction(v) for v in points[0]]):
            assert (sign * (network.forward(points) @ direction)).max() <= sign * float(found.value) + 1e-9
        if isinstance(domain, Ball) and domain.norm == 2:
            assert found.value.relative_width < 1e-12 or float(found.value.upper - found.value.lower) < 1e-12
            continue
        assert found.value.lower == found.value.upper == reached
        if not domain.fixed_inputs:
            best = max(by_programs(region, domain, sign * direction) for region in every_region(network, domain))
            assert float(found.value) == pytest.approx(sign * best, abs=1e-7)


def every_region(network, domain):
    return enumerate_regions(network, domain, engine="rational")


def by_programs(region, domain, direction):
    """The maximum of direction . f on a region by a linear program in floats, from rows composed in fractions."""
    rows = np.array([[float(v) for v in row] for row in rows_of(region)]).reshape(-1, domain.dim + 1)
    a, c = region.affine_map()
    matrix, offsets = -rows[:, :-1], rows[:, -1]
    bounds = [(None, None)] * domain.dim
    if isinstance(domain, Ball) and domain.norm == 1:
        signs = np.array(np.meshgrid(*[[-1, 1]] * domain.dim)).reshape(domain.dim, -1).T
        matrix = np.vstack([matrix, signs])
        offsets = np.append(offsets, float(domain.radius) + signs @ np.array([float(v) for v in domain.center]))
    elif isinstance(domain, Polytope):
        matrix = np.vstack([matrix, [[float(v) for v in row] for row in domain.A]])
        offsets = np.append(offsets, [float(v) for v in domain.b])
        bounds = ends_of(domain.box)
    else:
        bounds = ends_of(domain.as_box() if isinstance(domain, Ball) else domain)
    found = linprog(-direction @ a, A_ub=matrix, b_ub=offsets, bounds=bounds)
    return -found.fun + direction @ c


def ends_of(box):
    return [(float(lo), float(up)) for lo, up in zip(box.lower, box.upper, strict=True)]


def test_closed_forms():
    assert maximize(hat(), Box([-1], [3])).value == Value.of(Fraction(1))
    assert maximize(hat(), Box([-1], [3])).point == (1,)
    assert minimize(hat(), WholeSpace(1)).value.lower == 0
    teeth = sawtooth(3, 3, 1)
    assert (maximize(teeth, Box([0], [1])).value.upper, minimize(teeth, Box([0], [1])).value.lower) == (1, 0)
    line = Network((), [[3.0, 4.0]], [1.0])
    assert maximize(line, Box(-1, 1, dim=2)).value.lower == 8
    assert maximize(line, Ball([0, 0], 2, 1)).value.lower == 9
    in_ball = maximize(line, Ball([0, 0], 2)).value
    assert in_ball.lower <= 11 <= in_ball.upper
    assert in_ball.relative_width < 1e-12
    assert maximize(line, WholeSpace(2)).value == Value.infinite()
    assert maximize(generated(3, 8, 8, 1, seed=2), WholeSpace(3)).value == Value.infinite()
    assert minimize(line, WholeSpace(2)).value.upper == -INF
    most = network_of(2, [("affine", [[1.0, 0], [0, 1], [-1, -1]], [0.0] * 3), ("max", [(0, 1, 2)])])
    assert (maximize(most, Box(-1, 1, dim=2)).value.lower, minimize(most, Box(-1, 1, dim=2)).value.lower) == (2, 0)


def test_the_width_of_negative_values_and_of_zero():
    assert Value(Fraction(-2), Fraction(-1)).relative_width == 0.5
    assert Value(Fraction(-1), Fraction(0)).relative_width == 1
    assert "between" in str(Value(Fraction(-1), Fraction(0)))


def test_a_fixed_input_keeps_its_value():
    line = Network.from_layers([np.eye(2), [[1.0, 3.0]]], [None, None])
    found = maximize(line, Box([0, Fraction(1, 3)], [1, Fraction(1, 3)]))
    assert found.value.lower == found.value.upper == 2
    assert found.point == (1, Fraction(1, 3))


def test_limits_leave_a_lower_bound():
    network, box = generated(4, 16, 16, 1), Box(-1, 1, dim=4)
    part, whole = maximize(network, box, time_limit=0.0), maximize(network, box)
    assert not part.complete
    assert part.value.lower <= whole.value.lower
    assert part.value.upper == INF
    assert "NOT COMPLETE" in repr(part)


def test_an_interrupted_search_leaves_a_proved_enclosure(monkeypatch):
    """Ctrl-C comes before the second search: the value of the first regions stands, below a bound by intervals."""
    network, domains = (
        generated(3, 8, 8, 1, seed=2),
        [Box(-1, 1, dim=3), Ball([0, 0, 0], 1), Box([-1, 0, -1], [1, 0, 1])],
    )
    wholes = [maximize(network, domain) for domain in domains]
    searches = _Search._above

    def interrupted(self, level, most):
        if level is not None:
            raise KeyboardInterrupt
        return searches(self, level, most)

    monkeypatch.setattr(_Search, "_above", interrupted)
    for domain, whole in zip(domains, wholes, strict=True):
        part = maximize(network, domain)
        assert not part.complete
        assert part.value.lower <= whole.value.upper
        assert whole.value.lower <= part.value.upper < INF
    assert maximize(network, WholeSpace(3)).value.upper == INF


def test_directions_are_rational():
    """A third of an output, where no float is a third; and a direction that floats only hold times 3 * 5."""
    pair = Network.from_layers([[[1.0]], [[1.0], [-3.0]]], [None, [0.0, 2.0]])  # the ramp r, and 2 - 3 r
    assert maximize(pair, Box([-1], [1]), [Fraction(1, 3), 0]).value == Value.of(Fraction(1, 3))
    assert maximize(pair, Box([-1], [1]), [Fraction(3, 5), Fraction(1, 3)]).value == Value.of(Fraction(2, 3))
    assert minimize(pair, Box([-1], [1]), [Fraction(3, 5), Fraction(1, 3)]).value == Value.of(Fraction(4, 15))
    with pytest.raises(PropertyError, match="digits"):
        maximize(pair, Box([-1], [1]), [3, Fraction(2**60 + 1, 3)])


@pytest.mark.parametrize("direction", [[1.0, 2.0], [math.nan], "up"])
def test_directions_that_do_not_fit(direction):
    with pytest.raises(NetworkError, match="direction"):
        maximize(hat(), WholeSpace(1), direction)


# ---- two networks


def permuted(network, rng):
    """The same function with units in another order and scaled by powers of two."""
    stages, before, scale = [], np.arange(network.inputs), np.ones(network.inputs)
    for stage in network.stages:
        order = rng.permutation(len(stage.bias))
        factor = 2.0 ** rng.integers(-2, 3, len(order))
        weight = (stage.weight[:, before] / scale)[order] * factor[:, None]
        stages.append(Stage(weight, stage.bias[order] * factor, stage.low[order], stage.high[order]))
        before, scale = order, factor
    return Network(stages, network.weight[:, before] / scale, network.bias)


@pytest.mark.parametrize("seed", range(8))
def test_permuted_and_rescaled_networks_are_equal_and_spoiled_ones_are_not(seed):
    rng = np.random.default_rng(seed)
    network = generated(2, 5, 4, 2, seed=seed, bits=6)
    twin = permuted(network, rng)
    for domain in (Box(-1, 1, dim=2), Ball([0, 0], 2), WholeSpace(2)):
        assert equal(network, twin, domain)
        spoiled = Network(twin.stages, twin.weight, twin.bias + np.array([0.0, 2.0**-40]))
        found = equal(network, spoiled, domain)
        assert found.equal is False
        assert domain.contains(found.point)
        gaps = [a - b for a, b in zip(value(network, found.point), value(spoiled, found.point), strict=True)]
        assert tuple(gaps) == found.differences
        assert any(gaps)
    found = difference(network, spoiled, Box(-1, 1, dim=2))
    assert (found.value.lower, found.value.upper, found.output) == (Fraction(1, 2**40), Fraction(1, 2**40), 1)
    assert difference(network, twin, Box(-1, 1, dim=2)).value.upper == 0


def test_the_maximum_follows_scaling_permutation_and_translation():
    rng, network = np.random.default_rng(0), generated(2, 6, 5, 2, seed=4, bits=6)
    plain = maximize(network, Box(-1, 1, dim=2), [1, -3])
    twin = permuted(network, rng)
    moved = Network((Stage.wires(2 * np.eye(2), [0.5, -0.25]), *twin.stages), 4 * twin.weight, 4 * twin.bias)
    away = Box([-0.75, -0.375], [0.25, 0.625])
    found = maximize(moved, away, [1, -3])
    assert found.value == Value.of(plain.value.lower * 4)
    assert maximize(moved, Ball([-0.25, 0.125], Fraction(1, 2), "inf"), [1, -3]).value == found.value


def test_one_network_is_no_other_for_a_unit_that_differs_far_away():
    ramp = Network.from_layers([[[1.0]], [[1.0]]], [None, None])
    later = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -5.0], None])
    assert equal(ramp, later, Box([-1], [5]))
    assert equal(ramp, later, Box([-1], [5.25])).equal is False
    assert difference(ramp, later, Box([-1], [7])).value.lower == 2


def test_networks_of_different_depth():
    ramp = Network.from_layers([[[1.0]], [[1.0]]], [None, None])
    twice = Network.from_layers([[[1.0]], [[1.0]], [[1.0]]], [None] * 3)  # a ramp of a ramp
    assert equal(ramp, twice, WholeSpace(1))
    line = Network((), [[1.0]], [0.0])
    assert difference(line, ramp, Box([-3], [1])).value.lower == 3


def test_a_quantised_network_differs_by_what_brute_force_says():
    network = generated(2, 6, 5, 1, seed=3, bits=10)
    coarse = generated(2, 6, 5, 1, seed=3, bits=5)
    box = Box(-1, 1, dim=2)
    found = difference(network, coarse, box)
    gap = difference_network(network, coarse)
    programs = [by_programs(r, box, np.array([s])) for r in every_region(gap, box) for s in (1.0, -1.0)]
    assert float(found.value) == pytest.approx(max(programs), abs=1e-9)
    points = np.random.default_rng(0).uniform(-1, 1, (4000, 2))
    assert np.abs(network.forward(points) - coarse.forward(points)).max() <= float(found.value)


def test_a_copy_is_recognised_without_a_search():
    network = generated(40, 60, 60, 5, seed=1)
    copy = Network(
        [Stage(s.weight.copy(), s.bias, s.low, s.high) for s in network.stages], network.weight, network.bias
    )
    assert side_by_side(network, copy).units == network.units
    assert equal(network, copy, WholeSpace(40), time_limit=0.0)
    assert difference(network, copy, WholeSpace(40), time_limit=0.0).value.upper == 0


def test_limits_leave_equality_open():
    network = generated(4, 16, 16, 1)
    found = equal(network, permuted(network, np.random.default_rng(0)), Box(-1, 1, dim=4), time_limit=0.0)
    assert found.equal in (None, False)
    assert not found


def test_networks_that_cannot_be_compared():
    with pytest.raises(NetworkError, match="1 and 2 inputs"):
        equal(hat(), generated(2, 3, 1), WholeSpace(1))
    with pytest.raises(NetworkError, match="1 and 2 outputs"):
        difference(hat(), generated(1, 3, 2), WholeSpace(1))
