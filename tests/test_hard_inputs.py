"""Inputs on which floating-point searches lose regions: slivers, coincidences, extreme sizes."""

from fractions import Fraction

import numpy as np
import pytest
from engines import found
from oracles import general_position_count, zaslavsky

from exactregions import Ball, Box, Network, Polytope, WholeSpace
from exactregions.cases import networks as nets

SQUARE = {
    "ball 2": Ball([0.0, 0.0], 1.0),
    "ball 1": Ball([0.0, 0.0], 1.0, 1),
    "ball inf": Ball([0.0, 0.0], 1.0, np.inf),
    "box": Box([-1.0, -1.0], [1.0, 1.0]),
    "whole space": WholeSpace(2),
}


@pytest.mark.parametrize("domain", SQUARE.values(), ids=SQUARE)
@pytest.mark.parametrize("gap", [1e-5, 1e-9, 1e-13, 2.0**-52, 1e-26, 1e-200])
def test_parallel_slivers(engine, domain, gap):
    """x = 0, x = gap and y = x: three strips, the thin one cut once, the others cut as well."""
    network = nets.one_layer([[1, 0], [1, 0], [1, -1]], [0, -gap, 0])
    assert len(found(engine, network, domain)) == 6


@pytest.mark.parametrize("domain", SQUARE.values(), ids=SQUARE)
@pytest.mark.parametrize("tilt", [1e-5, 1e-9, 1e-13, 2.0**-52, 1e-26, 1e-200])
def test_wedge_slivers(engine, domain, tilt):
    """y = 0, y = tilt x and 2 x = 1: two full wedges, two thin ones, of which one is cut; all others cut too."""
    network = nets.one_layer([[0, 1], [-tilt, 1], [2, 0]], [0, 0, -1])
    assert len(found(engine, network, domain)) == 4 + 3


@pytest.mark.parametrize("domain", SQUARE.values(), ids=SQUARE)
def test_three_lines_almost_through_a_point(engine, domain):
    """The triangle between them has an area near 1e-26."""
    network = nets.one_layer([[1, 0], [0, 1], [1, 1]], [0, 0, -1e-13])
    assert len(found(engine, network, domain)) == 7


@pytest.mark.parametrize("k", [1, 4, 9])
def test_sliver_in_the_second_layer(engine, k):
    """relu(x) - relu(y) is cut at a level just above zero: the cut runs beside the axes of the first layer."""
    level = 10.0**-k
    network = Network.from_layers([np.eye(2), [[1, -1], [1, 1]], [[1, 1]]], [[0, 0], [-level, level], [0]])
    # x > 0, y > 0: cut by x - y = level; x > 0 > y: by x = level; the second unit is positive everywhere
    assert len(found(engine, network, Ball([0.0, 0.0], 1.0))) == 6


@pytest.mark.parametrize("norm", [1, 2, np.inf])
@pytest.mark.parametrize("exponent", [-990, -1030, -1074, -1080, -2000])
def test_cones_in_domains_at_the_end_of_the_floats(engine, norm, exponent):
    """Two axes and a line through one quadrant: five cones, however near to their common apex one looks."""
    network = Network.from_layers([[[0, 0.5], [0.5, 0]], [[-1, 1.2282014139538795]], [[1]]], [[0, 0], [0], [0]])
    assert len(found(engine, network, Ball([0, 0], Fraction(2) ** exponent, norm))) == 5


@pytest.mark.parametrize("radius", [Fraction(2) ** -1000, Fraction(2) ** -1080, Fraction(2) ** -2000])
def test_short_weights_in_domains_at_the_end_of_the_floats(engine, radius):
    """Weights of few digits: their products vanish below the smallest float, and so do bounds of what is lost."""
    tiny = 2.0**-50
    network = Network.from_layers([np.eye(2), tiny * np.eye(2), [[tiny, -tiny]], [[1]]], [None] * 4)
    # quadrants, and the one where both are positive is cut by the last unit
    assert len(found(engine, network, Ball([0, 0], radius))) == 5


def test_bias_free_network_at_the_origin(engine):
    """Every region is a cone: all radii and norms see the same regions."""
    network = nets.generated(3, 5, 4, 1, seed=4, bits=6)
    network = Network.from_layers([*(s.weight for s in network.stages), network.weight], [None] * 3)
    domains = [
        Ball([0.0] * 3, 1e-6),
        Ball([0.0] * 3, 1e6),
        Ball([0.0] * 3, 1, 1),
        Box([-1.0] * 3, [2.0] * 3),
        WholeSpace(3),
    ]
    sets = [found(engine, network, domain).pattern_set() for domain in domains]
    assert all(s == sets[0] for s in sets)
    assert len(sets[0]) > 2 * zaslavsky(4, 2)


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_center_on_hyperplanes(engine, norm):
    """Two lines through the centre and one that the open ball only touches."""
    network = nets.one_layer([[1, 0], [0, 1], [1, 0]], [-1, -2, -1.5])
    assert len(found(engine, network, Ball([1, 2], 0.5, norm))) == 4
    assert len(found(engine, network, Ball([1, 2], Fraction(1, 2) + Fraction(1, 10**30), norm))) > 4


def test_one_dimension(engine):
    network = nets.one_layer([[1], [2], [-1], [0], [1]], [0, -1, 0.5, 1, -3])
    # kinks at 0, 1/2 (twice) and 3
    assert len(found(engine, network, WholeSpace(1))) == 4
    for norm in (1, 2, np.inf):
        assert len(found(engine, network, Ball([0.25], 0.25, norm))) == 1
        assert len(found(engine, network, Ball([0.25], 0.250001, norm))) == 3
        assert len(found(engine, network, Ball([0], 3, norm))) == 3


def test_many_inputs(engine):
    """784 inputs, Euclidean ball: the number of units is what costs."""
    rng = np.random.default_rng(1)
    network = nets.one_layer(np.round(rng.normal(size=(6, 784)) * 64) / 64, np.round(rng.normal(size=6) * 64) / 64)
    center = [Fraction(k % 8, 8) for k in range(784)]
    counts = []
    for radius in (Fraction(1, 8), Fraction(1, 2), Fraction(2)):
        expected = general_position_count(network, center, radius)
        assert len(found(engine, network, Ball(center, radius))) == expected
        counts.append(expected)
    assert counts[0] < counts[-1]


def test_many_inputs_two_layers(engine):
    network = nets.generated(784, 4, 3, 1, seed=2, bits=10)
    regions = found(engine, network, Ball([0.5] * 784, 4))
    assert 2 < len(regions) <= 2**7
    sampled = network.pattern(0.5 + 3.9 * _directions(784, 2000))
    assert {p.tobytes() for p in sampled} <= {p.tobytes() for p in regions.pattern_array()}


def _directions(d: int, count: int) -> np.ndarray:
    steps = np.random.default_rng(0).normal(size=(count, d))
    return steps / np.linalg.norm(steps, axis=1)[:, None]


@pytest.mark.parametrize("norm", [1, 2, np.inf])
@pytest.mark.parametrize("radius", [1e300, 1e-300])
def test_extreme_radii(engine, radius, norm):
    network = nets.moment_curve(5, 2)
    expected = zaslavsky(5, 2) if radius > 1 else 1
    assert len(found(engine, network, Ball([0.3, 0.1], radius, norm))) == expected


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_extreme_weights(engine, scale):
    network = nets.one_layer(scale * np.array([[1.0, 2.0], [3.0, -1.0], [1.0, 1.0]]), [scale, 0, -scale])
    assert len(found(engine, network, WholeSpace(2))) == 7
    assert len(found(engine, network, Ball([0, 0], 10))) == 7


def test_two_units_flip_at_every_facet(engine):
    """Each unit stands beside its own negative: no facet flips one unit alone."""
    network = nets.moment_curve(5, 2).stages[0]
    weight, bias = np.vstack([network.weight, -network.weight]), np.r_[network.bias, -network.bias]
    assert len(found(engine, nets.one_layer(weight, bias), Ball([0, 0], 100))) == zaslavsky(5, 2)


def test_a_layer_that_is_dead_on_one_side(engine):
    """For x < 0 the second layer is identically zero; across x = 0 its units wake up in pairs."""
    network = Network.from_layers(
        [[[1.0, 0.0]], [[1.0], [-1.0], [2.0]], [[1.0, 1.0, -1.0]]], [[0.0], [0.0, 0.0, 0.0], [0.0]]
    )
    regions = found(engine, network, Ball([-0.5, 0.0], 1.0))
    patterns = {tuple(row) for row in regions.pattern_array().tolist()}
    assert patterns == {(False, False, False, False), (True, True, False, True)}


def test_regions_that_differ_in_an_early_unit_need_not_touch(engine):
    """max(-y, min(0, -x)) and a ball around a point where several facets meet."""
    for center in ([0, 0], [Fraction(1, 10**12), 0], [0, -Fraction(1, 10**15)]):
        assert len(found(engine, nets.max_min(), Ball(center, Fraction(1, 2)))) == 5


def test_a_hyperplane_along_the_edge_of_the_domain_does_not_cut(engine):
    network = nets.one_layer([[1, 0], [0, 1], [1, 1]], [-1, -1, -2])
    assert len(found(engine, network, Box([0.0, 0.0], [1.0, 1.0]))) == 1
    assert len(found(engine, network, Polytope([[1, 0], [0, 1]], [1, 1]))) == 1
    assert len(found(engine, network, Polytope([[1, 1]], [2]))) == 3
    assert len(found(engine, network, Ball([0, 0], 2, 1))) == 3
    assert len(found(engine, network, Ball([0, 0], 1))) == 1


def test_witnesses_beyond_the_range_of_floats(engine):
    """The second unit is positive only where the first input is below -4, which the wall allows from 8e323 on."""
    network = nets.one_layer([[1, 0], [-1, 0]], [-1, -4])
    domain = Polytope([[-1.0, -5e-324]], [0.0])
    assert len(found(engine, network, domain)) == 3


BEYOND_FLOATS = {
    "whole space": WholeSpace(2),
    "ball 2": Ball([0, 0], 10**700),
    "ball 1": Ball([0, 0], 10**700, 1),
    "box": Box([-(10**400)] * 2, [10**400] * 2),
    "box, its middle too": Box([0] * 2, [10**400] * 2),
}


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("domain", BEYOND_FLOATS.values(), ids=BEYOND_FLOATS)
def test_regions_beyond_the_range_of_floats(engine, domain):
    """Two lines that meet near x = 1e320, and the bisector of the wedge where both units are positive."""
    tiny = 10.0**-320
    network = Network.from_layers([[[tiny, 1], [tiny, -1]], [[1, -1]], [[1]]], [[-1, 0.5], [0.25], [0]])
    regions = found(engine, network, domain)
    assert len(regions) == 6
    assert all(domain.contains(region.witness) for region in regions)


def slivers_in_three_directions(seed):
    """A network of three inputs whose rows nearly repeat, and the same in 64 inputs, by orthogonal rows of length 8."""
    rng = np.random.default_rng(seed)
    first, bias = rng.integers(-3, 4, (5, 3)).astype(float), rng.integers(-2, 3, 5) / 2
    for unit in range(1, 5):
        source = int(rng.integers(unit))
        if rng.random() < 0.7:
            first[unit], bias[unit] = first[source], bias[source]
            first[unit, int(rng.integers(3))] += float(rng.integers(-1, 2)) * 2.0**-40
            bias[unit] += float(rng.integers(-1, 2)) * 2.0**-42
    directions = np.array([[(-1.0) ** bin(i & j).count("1") for j in range(64)] for i in range(1, 4)])
    second, shift = rng.integers(-2, 3, (3, 5)).astype(float), rng.integers(-1, 2, 3).astype(float)
    return [
        Network.from_layers([rows, second, np.ones((1, 3))], [bias, shift, [0.0]])
        for rows in (first, first @ directions)
    ]


@pytest.mark.parametrize("seed", [2, 5, 9, 11])
def test_slivers_in_many_inputs_are_those_in_few(engine, seed):
    few, many = slivers_in_three_directions(seed)
    count = len(found("rational", few, Ball([0.0] * 3, 2)))
    assert len(found(engine, many, Ball([0.0] * 64, 0.25))) == count > 5
