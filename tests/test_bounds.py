"""Bounds: the published values, brute-force sums, and never below the exact count."""

import itertools
import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from quantity_instances import definite

from exactregions import Ball, Box, ExactRegionsError, Network, Polytope, Stage, WholeSpace, count_regions
from exactregions.bounds import (
    BallProfile,
    BallPropagation,
    Minimum,
    Montufar2017,
    Naive,
    Serra2018,
    bound_names,
    get_bound,
    proved_signs,
    standard_bounds,
)
from exactregions.bounds.arrangements import LayerCounts, arrangement_regions, layer_counts, profile_sum
from exactregions.bounds.contract import Bound
from exactregions.bounds.stability.signs import globally_stable
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.rounding_errors import affine_error, dual_norms, operator_norm, spectral_norm

# those that ask neither a solver nor an enumeration: the others have files of their own
COSTLY = {"ball_profile_lp", "ball_profile_exact", "hybrid_1", "serra_ramalingam_2020"}
UPPER = [b for b in map(get_bound, bound_names()) if b.kind == "upper" and b.name not in COSTLY]


def network_of(inputs: int, widths: tuple[int, ...], seed: int = 0, slope: float = 0.0) -> Network:
    rng = np.random.default_rng(seed)
    sizes = [inputs, *widths, 1]
    weights = [rng.normal(0, math.sqrt(2 / a), (b, a)) for a, b in itertools.pairwise(sizes)]
    return Network.from_layers(weights, [rng.normal(0, 0.5, b) for b in sizes[1:]], slope)


def odd_network(seed: int) -> Network:
    """Stages that mix ReLU, LeakyReLU, a mirrored ReLU, wires and dead wires, with zero and repeated rows."""
    rng = np.random.default_rng(seed)
    slopes = np.array([(0, 1), (0, 1), (0.25, 1), (1, 1), (1, 0), (-1, 1), (0, 0), (-0.5, 2)])
    inputs = int(rng.integers(1, 4))
    sizes = [inputs, *rng.integers(2, 5, size=int(rng.integers(1, 3))).tolist()]
    stages = []
    for n, m in itertools.pairwise(sizes):
        weight, bias = rng.normal(size=(m, n)), rng.normal(0, 0.5, m)
        if seed % 3 == 0:
            weight, bias = np.round(weight), np.round(bias)
        if seed % 4 == 0:
            bias[:] = 0
        if seed % 5 == 0:
            weight[0] = 0
        if seed % 2 == 0:
            weight[-1], bias[-1] = -weight[0], -bias[0]
        low, high = slopes[rng.integers(len(slopes), size=m)].T
        stages.append(Stage(weight, bias, low, high))
    return Network(tuple(stages), np.ones((1, sizes[-1])), np.zeros(1))


def domains(dim: int, seed: int) -> list:
    rng = np.random.default_rng(seed + 1000)
    center, radius = rng.normal(0, 0.5, dim).tolist(), float(rng.uniform(0.1, 1.5))
    box = Box([c - radius / (i + 1) for i, c in enumerate(center)], [c + radius for c in center])
    rows = rng.normal(size=(1, dim)).tolist()
    inside = float(np.dot(rows[0], [float(c) for c in box.center]) + 0.1)
    return [
        *(Ball(center, radius, norm) for norm in (2, 1, math.inf)),
        box,
        Polytope(rows, [inside], box),
        Polytope(rows, [inside]),
        WholeSpace(dim),
    ]


@pytest.mark.parametrize(
    ("inputs", "widths", "naive", "montufar", "serra"),
    [
        (10, (3, 4, 5), 4096, 3120, 869),
        (4, (8, 8, 8), 2**24, 4330747, 4330747),
        (1, (5, 6, 7), 2**18, 336, 336),
    ],
)
def test_published_values(inputs, widths, naive, montufar, serra):
    network, space = network_of(inputs, widths), WholeSpace(inputs)
    assert [b.evaluate(network, space) for b in (Naive(), Montufar2017(), Serra2018())] == [
        naive,
        montufar,
        serra,
    ]


def serra_by_enumeration(inputs: int, widths: tuple[int, ...]) -> int:
    total = 0
    for js in itertools.product(*(range(n + 1) for n in widths)):
        room = inputs
        for n, j in zip(widths, js, strict=True):
            if j > min(room, n):
                break
            room = min(room, n - j)
        else:
            total += math.prod(math.comb(n, j) for n, j in zip(widths, js, strict=True))
    return total


@pytest.mark.parametrize("widths", [(3,), (1, 1), (2, 5), (5, 2, 4), (3, 3, 3), (4, 1, 6), (6, 5, 4)])
@pytest.mark.parametrize("inputs", [1, 2, 3, 7])
def test_serra_is_the_sum_of_the_paper(inputs, widths):
    assert Serra2018().evaluate(network_of(inputs, widths), WholeSpace(inputs)) == serra_by_enumeration(inputs, widths)


def profile_by_filling(layers: list[LayerCounts], d: int) -> int:
    """R(l, d) as its proof states it: cells one by one, those of largest image first."""
    if not layers:
        return 1
    (layer, *rest), total = layers, 0
    u, v = layer.dropping, layer.keeping
    left = arrangement_regions(u + v, d)
    for j in range(u + 1):
        cells = min(left, math.comb(u, j) * arrangement_regions(v, d))
        total += cells * profile_by_filling(rest, min(d, layer.settled + v + u - j))
        left -= cells
    assert left == 0
    return total


@pytest.mark.parametrize("seed", range(60))
def test_profile_sum_is_its_recursion(seed):
    rng = np.random.default_rng(seed)
    layers = [LayerCounts(*rng.integers(0, 5, 3).tolist()) for _ in range(rng.integers(1, 4))]
    for d in range(6):
        assert profile_sum(layers, d) == profile_by_filling(layers, d)


def test_profile_sum_of_one_kind_of_unit():
    assert profile_sum([], 3) == 1
    relu = [LayerCounts(8, 0, 0)] * 3
    leaky = [LayerCounts(0, 8, 0)] * 3
    assert profile_sum(relu, 4) == serra_by_enumeration(4, (8, 8, 8))
    assert profile_sum(leaky, 4) == arrangement_regions(8, 4) ** 3


@pytest.mark.parametrize("seed", range(36))
def test_never_below_the_exact_count(seed):
    network = odd_network(seed)
    for domain in domains(network.inputs, seed):
        count = count_regions(network, domain, engine="rational")
        for bound in UPPER:
            assert bound.evaluate(network, domain) >= count, (bound.name, domain)


@pytest.mark.parametrize("slope", [0.0, 0.1])
@pytest.mark.parametrize("widths", [(6,), (4, 4), (3, 3, 3)])
def test_never_below_the_exact_count_of_generic_networks(widths, slope):
    for seed, inputs in enumerate((1, 2, 3)):
        network = network_of(inputs, widths, seed, slope)
        for domain in domains(inputs, seed):
            count = count_regions(network, domain, engine="rational")
            assert min(b.evaluate(network, domain) for b in UPPER) >= count


@pytest.mark.parametrize("seed", range(40))
def test_profile_is_never_above_propagation(seed):
    rng = np.random.default_rng(seed)
    widths = tuple(rng.integers(2, 20, size=3).tolist())
    network = network_of(int(rng.integers(1, 30)), widths, seed) if seed % 2 else odd_network(seed)
    for domain in domains(network.inputs, seed):
        propagation = BallPropagation().evaluate(network, domain)
        sphere = BallProfile("sphere").evaluate(network, domain)
        interval = BallProfile("interval").evaluate(network, domain)
        assert BallProfile().evaluate(network, domain) <= min(sphere, interval)
        assert sphere <= propagation


@pytest.mark.parametrize("domain", [WholeSpace(3), Polytope([[1.0, 0.0, 0.0]], [1.0])])
def test_without_bounds_the_profile_is_the_global_bound(domain):
    network = network_of(3, (8, 8, 6))
    assert not any(signs.any() for signs in globally_stable(network))
    assert BallProfile().evaluate(network, domain) == Serra2018().evaluate(network, domain)
    assert BallPropagation().evaluate(network, domain) == Montufar2017().evaluate(network, domain)


def test_a_stable_ball_has_one_region():
    network = network_of(3, (8, 8))
    assert BallProfile().evaluate(network, Ball([1.0, 2.0, 3.0], 1e-6)) == 1
    assert BallPropagation().evaluate(network, Ball([1.0, 2.0, 3.0], 1e-6)) == 1


def test_wires_carry_dimensions_past_a_narrow_stage():
    weight = np.vstack([np.ones((1, 4)), np.eye(4)])
    narrow = Stage(weight, np.zeros(5), np.array([0, 1, 1, 1, 1.0]), np.ones(5))
    wide = Stage.relu(np.random.default_rng(0).normal(size=(4, 5)), np.ones(4))
    network = Network((narrow, wide), np.ones((1, 4)), np.zeros(1))
    assert Montufar2017().evaluate(network, WholeSpace(4)) == 2 * 2**4
    assert Serra2018().evaluate(network, WholeSpace(4)) == 2 * 2**4
    stages = (Stage.relu(np.ones((1, 4)), np.zeros(1)), Stage.relu(np.ones((4, 1)), np.arange(4)))
    alone = Network(stages, [[1] * 4], [0])
    assert Montufar2017().evaluate(alone, WholeSpace(4)) == 2 * 5
    assert Serra2018().evaluate(alone, WholeSpace(4)) == 5 + 1


def test_a_leaky_unit_keeps_its_dimension_when_negative():
    leaky, relu = network_of(3, (3, 3), slope=0.1), network_of(3, (3, 3))
    assert Serra2018().evaluate(leaky, WholeSpace(3)) == Montufar2017().evaluate(leaky, WholeSpace(3)) == 64
    assert Serra2018().evaluate(relu, WholeSpace(3)) < 64


def test_no_hidden_layer_is_one_region():
    network = Network.from_layers([[[1.0, 2.0]]], [[0.0]])
    assert {b.evaluate(network, Ball([0.0, 0.0], 1.0)) for b in UPPER} == {1}


def test_deep_and_wide_networks():
    network = network_of(512, (512,) * 10)
    values = [b.evaluate(network, WholeSpace(512)) for b in (Naive(), Montufar2017(), Serra2018())]
    assert 2**5120 == values[0] >= values[1] >= values[2] > 2**4000


TANGENT = [
    (Ball([0.0, 0.0], 1.0), (3.0, 4.0), 5.0),
    (Ball([1.0, -1.0], 0.5), (3.0, 4.0), 3.5),
    (Ball([0.0, 0.0], 2.0, 1), (3.0, -4.0), 8.0),
    (Ball([0.0, 0.0], 2.0, math.inf), (3.0, -4.0), 14.0),
    (Ball([Fraction(1, 3), Fraction(0)], Fraction(1, 3), math.inf), (3.0, 0.0), -2.0),
    (Box([0.0, 0.0], [1.0, 2.0]), (-1.0, -1.0), 3.0),
    (Polytope([[1.0, 1.0]], [1.0], Box([0.0, 0.0], [1.0, 2.0])), (1.0, 1.0), 0.0),
]


@pytest.mark.parametrize(("domain", "row", "bias"), TANGENT)
@pytest.mark.parametrize("test", ["sphere", "interval", "both"])
def test_tangency_does_not_cut_and_anything_closer_does(domain, row, bias, test):
    def sign(b: float) -> int:
        return int(proved_signs(Network.from_layers([[row], [[1.0]]], [[b], [0.0]]), domain, test)[0][0])

    center = (domain.box if isinstance(domain, Polytope) else domain).center
    side = 1 if sum(w * float(c) for w, c in zip(row, center, strict=True)) + bias > 0 else -1
    assert sign(bias) == side
    assert sign(float(np.nextafter(bias, side * math.inf))) == side
    assert sign(float(np.nextafter(bias, -side * math.inf))) == 0


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("test", ["sphere", "interval"])
def test_proved_signs_hold_at_exact_points(seed, test):
    network = odd_network(seed)
    exact, rng = ExactNetwork(network), np.random.default_rng(seed)
    for domain in domains(network.inputs, seed)[:4]:
        stages = zip(proved_signs(network, domain, test), network.stages, strict=True)
        proved = np.concatenate([signs[stage.splits] for signs, stage in stages])
        ends = domain.as_box() if isinstance(domain, Ball) else domain
        lower, upper = np.array(ends.lower, dtype=float), np.array(ends.upper, dtype=float)
        for point in rng.uniform(lower, upper, (60, network.inputs)).tolist():
            if domain.contains(point):
                signs = np.array(exact.signs_at(as_point(point)))
                assert (signs * proved >= 0).all()


def test_signs_everywhere_follow_from_the_weights():
    stages = (
        Stage.relu([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], [0.0, 1.0, 0.0, -1.0]),
        Stage.relu([[1.0, 1.0, 0.0, 2.0], [-1.0, 0.0, 0.0, 0.0], [1.0, -1.0, 0.0, 0.0]], [0.5, -0.5, 0.0]),
        Stage.wires([[-1.0, -1.0, -1.0]], [-1.0]),
    )
    found = globally_stable(Network(stages, [[1.0]], [0.0]))
    assert [s.tolist() for s in found] == [[0, 1, -1, -1], [1, -1, 0], [-1]]


def exceeds_norm(bound: float, weight: np.ndarray) -> bool:
    """Whether bound^2 I - W^T W is positive definite, decided in rationals."""
    return definite([[Fraction(v) for v in column] for column in weight.T.tolist()], Fraction(bound) ** 2)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (3, 5), (6, 6)])
@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e100, 1e-300, 1e-308])
def test_spectral_norm_is_proved_from_above_and_tight(shape, scale):
    weight = np.random.default_rng(1).normal(size=shape) * scale
    bound = spectral_norm(weight)
    assert exceeds_norm(bound, weight)
    exponent = math.frexp(np.abs(weight).max())[1]
    true = float(np.ldexp(np.linalg.svd(np.ldexp(weight, -exponent))[1][0], exponent))
    assert bound <= true * (1 + 1e-10) + 2.0**-1020


@pytest.mark.parametrize("weight", [np.ones((4, 7)), np.eye(5), np.outer([1, 2, 2], [3, 4]), np.diag([1, 1e-9])])
def test_spectral_norm_where_it_is_known(weight):
    weight = np.asarray(weight, dtype=float)
    known = {(4, 7): math.sqrt(28), (5, 5): 1.0, (3, 2): 15.0, (2, 2): 1.0}[weight.shape]
    assert exceeds_norm(spectral_norm(weight), weight)
    assert spectral_norm(weight) == pytest.approx(known, rel=1e-12)


def test_spectral_norm_of_zero_and_of_large_matrices():
    assert spectral_norm(np.zeros((2, 3))) == 0
    weight = np.random.default_rng(0).normal(size=(512, 512))
    largest = np.linalg.svd(weight, compute_uv=False)[0]
    assert largest <= spectral_norm(weight) <= largest * (1 + 1e-8)


def test_norms_and_errors_bound_the_exact_ones():
    rng = np.random.default_rng(0)
    for scale in (1.0, 1e-160, 1e150):
        weight, point, bias = (
            rng.normal(size=(20, 9)) * scale,
            rng.normal(size=9),
            rng.normal(size=20) * scale,
        )
        rows = [[Fraction(float(v)) for v in row] for row in weight]
        for row, one, two, sup in zip(rows, *(dual_norms(weight, p) for p in (math.inf, 2, 1)), strict=True):
            assert Fraction(float(one)) >= sum(map(abs, row))
            assert Fraction(float(two)) ** 2 >= sum(v * v for v in row)
            assert Fraction(float(sup)) == max(map(abs, row))
        assert Fraction(operator_norm(weight, math.inf)) >= max(sum(map(abs, row)) for row in rows)
        assert Fraction(operator_norm(weight, 1)) >= max(sum(abs(r[j]) for r in rows) for j in range(9))
        x = [Fraction(float(v)) for v in point]
        computed, error = weight @ point + bias, affine_error(weight, point, bias)
        for row, b, p, e in zip(rows, bias, computed, error, strict=True):
            exact = sum((w * v for w, v in zip(row, x, strict=True)), Fraction(float(b)))
            assert abs(exact - Fraction(float(p))) <= Fraction(float(e))


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e308])
@pytest.mark.parametrize(
    "domain",
    [
        Ball([0.5, 0.5], 1e308),
        Ball([0.5, 0.5], 5e-324),
        Ball([1e308, 0], 1, 1),
        Box([0, 0], [Fraction(10) ** 400, 1]),
        Ball([0, 0], Fraction(1, 10**400)),
    ],
)
def test_extreme_numbers_stay_sound_and_silent(domain, scale):
    rng = np.random.default_rng(0)
    layers = [rng.normal(size=(4, 2)) * scale, rng.normal(size=(4, 4)), [[1.0] * 4]]
    network = Network.from_layers(layers, [np.zeros(4), rng.normal(size=4), [0.0]])
    count = count_regions(network, domain, engine="rational")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert min(b.evaluate(network, domain) for b in UPPER) >= count


def test_notes_tell_when_a_bound_degenerates():
    network = network_of(20, (6,))
    ball = Ball([0.0] * 20, 100.0)
    for bound in (BallPropagation(), BallProfile(), Serra2018(), Montufar2017()):
        note = bound.note(network, ball, bound.evaluate(network, ball))
        assert note is not None
        assert "2^6" in note
    narrow = network_of(2, (6,))
    assert BallPropagation().note(narrow, Ball([0.0, 0.0], 100.0), 22) is None
    stable = Ball([5.0] * 20, 1e-9)
    assert "one region" in str(BallProfile().note(network, stable, 1))


def test_minimum_and_registry():
    network, ball = network_of(3, (6, 6)), Ball([0.0] * 3, 0.2)
    values = [b.evaluate(network, ball) for b in standard_bounds()]
    assert get_bound("minimum").evaluate(network, ball) == min(values)
    assert Minimum((Naive(),)).evaluate(network, ball) == 2**12
    assert all(isinstance(bound, Bound) and bound.source for bound in map(get_bound, bound_names()))
    assert [get_bound(name).name for name in bound_names()] == bound_names()


def test_unknown_names_are_refused():
    with pytest.raises(ExactRegionsError, match="choose from naive"):
        get_bound("nonsense")
    with pytest.raises(ExactRegionsError, match="is no bound"):
        get_bound(3)  # type: ignore[arg-type]
    with pytest.raises(ExactRegionsError, match="at least one"):
        Minimum(())
    with pytest.raises(ExactRegionsError, match="stability test"):
        proved_signs(network_of(1, (1,)), Ball([0.0], 1.0), "nonsense")  # pyright: ignore[reportArgumentType]


def test_layer_counts_of_mixed_slopes():
    low, high = np.array([0, 0.1, 1, 0, 1, -1]), np.array([1, 1, 1, 0, 0, 1])
    network = Network((Stage(np.ones((6, 2)), np.zeros(6), low, high),), np.ones((1, 6)), [0])
    assert layer_counts(network) == [LayerCounts(dropping=2, keeping=2, settled=1)]
