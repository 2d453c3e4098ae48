"""Linear regions by other definitions, on networks whose functions are known."""

import itertools
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given, settings

from exactregions import Ball, Box, Network, Stage, WholeSpace, enumerate_regions
from exactregions.cases.networks import generated, hat, max_min, one_layer
from exactregions.errors import EngineError, NotExactError
from exactregions.geometry import Bracket, adjacency, linear_regions, merging
from exactregions.geometry.residues import PRIMES, map_residues
from exactregions.testing.strategies import networks as small_networks


def maximum(n: int) -> Network:
    """max(x_1, .., x_n) by max(m, x) = relu(m - x) + x, the other inputs on wires."""
    stages, inputs = [], n
    weight = np.eye(n)
    for left in range(n, 1, -1):
        # values now: those of `weight` on the inputs of the stage; the first two of them meet
        stages.append(
            Stage(
                np.vstack([weight[0] - weight[1], weight[1:]]),
                np.zeros(left),
                [0.0] + [1.0] * (left - 1),
                np.ones(left),
            )
        )
        inputs = left
        weight = np.eye(inputs)[1:]
        weight[0, 0] = 1.0
    return Network(tuple(stages), weight, np.zeros(1))


def counts(network: Network, domain) -> tuple[int, int, int]:
    regions = enumerate_regions(network, domain)
    return tuple(linear_regions(regions, name).count for name in ("R2", "R4", "R6"))  # type: ignore[return-value]


@pytest.mark.parametrize("domain", [WholeSpace(2), Ball([0, 0], 1), Ball([0, 0], 1, 1), Box([-1, -2], [3, 4])])
def test_max_min(domain):
    assert counts(max_min(), domain) == (5, 3, 3)
    assert linear_regions(enumerate_regions(max_min(), domain), "R3") == Bracket("R3", 3, 5)


def test_hat():
    assert counts(hat(), WholeSpace(1)) == (4, 4, 3)
    assert counts(hat(), Box([0.5], [2.5])) == (3, 3, 3)
    assert counts(hat(), Ball([10.0], 1.0)) == (1, 1, 1)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_maximum_of_n_numbers(n):
    network = maximum(n)
    points = np.random.default_rng(0).normal(size=(50, n))
    assert network.forward(points)[:, 0] == pytest.approx(points.max(axis=1))
    for domain in (WholeSpace(n), Ball([0] * n, Fraction(1, 3)), Box([-1] * n, [2] * n)):
        found = counts(network, domain)
        assert found[1:] == (n, n)
        assert found[0] >= n


def test_pieces_of_sums():
    """relu(x) - relu(-x) is x; with relu(y) the function has two pieces, and |x| - |y| has four."""
    rows = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    stage = Stage.relu(rows, np.zeros(4))
    assert counts(Network((stage,), [[1.0, -1.0, 1.0, 0.0]], [0.0]), WholeSpace(2)) == (4, 2, 2)
    assert counts(Network((stage,), [[1.0, 1.0, -1.0, -1.0]], [0.0]), WholeSpace(2)) == (4, 4, 4)


def test_equal_maps_that_meet_in_a_point_are_two_parts():
    """max(min(x, y), 0) + max(min(-x, -y), 0) is zero on two opposite quadrants, which no facet joins."""
    first = Stage([[1.0, 0.0], [1.0, -1.0], [-1.0, 1.0]], np.zeros(3), [1.0, 0.0, 0.0], np.ones(3))
    second = Stage.relu([[1.0, -1.0, 0.0], [-1.0, 0.0, -1.0]], np.zeros(2))
    assert counts(Network((first, second), [[1.0, 1.0]], [0.0]), WholeSpace(2)) == (6, 6, 5)


def test_equal_maps_that_do_not_touch_are_one_affine_region():
    """A hat is zero on both sides of its support; a domain that holds one side has one piece fewer."""
    ridge = Network.from_layers([[[1.0, 0.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])
    assert counts(ridge, WholeSpace(2)) == (4, 4, 3)
    assert counts(ridge, Ball([0, 0], Fraction(3, 2))) == (3, 3, 3)


def test_a_dead_output_is_one_piece():
    network = generated(2, 6, 4, 1)
    dead = Network(network.stages, np.zeros((2, 4)), np.array([1.0, 2.0]))
    regions = enumerate_regions(dead, Box([-1, -1], [1, 1]))
    assert len(regions) > 10
    assert linear_regions(regions, "R4").count == linear_regions(regions, "R6").count == 1
    assert linear_regions(regions, "R3") == Bracket("R3", 1, len(regions))


def test_all_outputs_count():
    network = one_layer([[1.0, 0.0], [0.0, 1.0]])
    one = Network(network.stages, [[1.0, 0.0]], [0.0])
    two = Network(network.stages, [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
    assert counts(one, WholeSpace(2)) == (4, 2, 2)
    assert counts(two, WholeSpace(2)) == (4, 4, 4)


def test_maps_are_compared_exactly():
    """Two maps that differ by less than rounding are two; maps that floats see as different may be one."""
    third = 1 / 3
    # slopes 1 and 1 + 2**-60
    wire = Stage([[1.0], [1.0]], np.zeros(2), [1.0, 0.0], np.ones(2))
    assert counts(Network((wire,), [[1.0, 2.0**-60]], [0.0]), WholeSpace(1)) == (2, 2, 2)
    assert counts(Network((wire,), [[1.0, 0.0]], [0.0]), WholeSpace(1)) == (2, 1, 1)
    # 0.1 relu(3 x) - 0.3 relu(x) and the like: zero only if 3 * 0.1 is 0.3, which it is not in binary
    nearly = Network.from_layers([[[3.0], [1.0]], [[0.1, -0.3]]], [[0.0, 0.0], [0.0]])
    assert counts(nearly, WholeSpace(1)) == (2, 2, 2)
    equal = Network.from_layers([[[3.0], [1.0]], [[third, -3 * third]]], [[0.0, 0.0], [0.0]])
    truly = 3 * Fraction(third) == Fraction(3 * third)
    assert counts(equal, WholeSpace(1)) == ((2, 1, 1) if truly else (2, 2, 2))
    scaled = Network.from_layers([[[3.0], [1.5]], [[0.1, -0.2]]], [[0.0, 0.0], [0.0]])
    assert counts(scaled, WholeSpace(1)) == (2, 1, 1)


@settings(max_examples=25)
@given(network=small_networks(largest_units=5))
def test_labels_against_maps_in_floats(network):
    """Weights with few digits: floats are exact, and so are the affine maps that they give."""
    regions = enumerate_regions(network, Box([-2] * network.inputs, [2] * network.inputs))
    links = adjacency(regions)
    maps = [tuple(output_map(network, pattern).tolist()) for pattern in regions.pattern_array()]
    affine, merged = linear_regions(links, "R6"), linear_regions(links, "R4")
    assert affine.count == len(set(maps))
    for i, j in itertools.combinations(range(len(maps)), 2):
        assert (affine.labels[i] == affine.labels[j]) == (maps[i] == maps[j])
        assert merged.labels[i] != merged.labels[j] or maps[i] == maps[j]
    for i, j in links.edges.tolist():
        assert (merged.labels[i] == merged.labels[j]) == (maps[i] == maps[j])
    assert affine.count <= merged.count <= len(regions)


def output_map(network: Network, pattern) -> np.ndarray:
    """The output as an affine map: that of a further unit, which the oracle knows as a pre-activation."""
    longer = Network((*network.stages, Stage.relu(network.weight, network.bias)), np.ones((1, network.outputs)), [0.0])
    rows = oracles.forms(longer, np.r_[pattern, np.zeros(network.outputs, dtype=bool)])
    return rows[len(pattern) :].ravel() + 0.0


@pytest.mark.parametrize("network", [maximum(4), hat(), generated(3, 6, 5, 2, seed=1)])
def test_residues_only_tell_maps_apart(network, monkeypatch):
    """Residues that agree everywhere, as if all maps differed by multiples of the primes, change nothing."""
    regions = enumerate_regions(network, Box([-2] * network.inputs, [3] * network.inputs))
    usual = linear_regions(regions, "R6").labels
    monkeypatch.setattr(merging, "map_residues", lambda network, patterns: np.zeros(len(patterns), dtype=np.int64))
    assert np.array_equal(linear_regions(regions, "R6").labels, usual)


@pytest.mark.parametrize("scale", [1.0, 2.0**-300, 2.0**300])
def test_residues_are_those_of_the_exact_maps(scale):
    """Maps of integers over a power of two, reduced modulo each prime at the point of the first one."""
    network = generated(2, 5, 4, 3, seed=2)
    network = Network(network.stages, network.weight * scale, network.bias * scale)
    regions = enumerate_regions(network, Box([-1, -1], [1, 1]))
    found, prime = map_residues(network, regions.pattern_array()), PRIMES[-1]
    rng = np.random.default_rng(0)
    point, one, sums = [(rng.integers(1, p, 2), rng.integers(1, p), rng.integers(1, p, 3)) for p in PRIMES][-1]
    for residue, region in zip(found.tolist(), regions, strict=True):
        total = Fraction(0)
        for weight, row in zip(sums.tolist(), output_fractions(network, region.pattern.tolist()), strict=True):
            total += weight * (row[0] * int(point[0]) + row[1] * int(point[1]) + row[2] * int(one))
        assert residue % prime == total.numerator * pow(total.denominator, -1, prime) % prime


def output_fractions(network: Network, pattern: list[bool]) -> list[list[Fraction]]:
    """The rows (a, c) of the output's map, in rationals."""
    values = [[Fraction(int(i == j)) for j in range(network.inputs + 1)] for i in range(network.inputs)]
    signs = iter(pattern)
    for stage in (*network.stages, Stage.wires(network.weight, network.bias)):
        rows = [[sum((Fraction(w) * v[j] for w, v in zip(row, values, strict=True)), Fraction(0))
                 for j in range(network.inputs + 1)] for row in stage.weight.tolist()]  # fmt: skip
        for row, bias in zip(rows, stage.bias.tolist(), strict=True):
            row[-1] += Fraction(bias)
        slopes = [Fraction(high if not splits or next(signs) else low)
                  for low, high, splits in zip(stage.low, stage.high, stage.splits, strict=True)]  # fmt: skip
        values = [[slope * v for v in row] for slope, row in zip(slopes, rows, strict=True)]
    return values


def test_labels_are_numbered_in_order_and_frozen():
    found = linear_regions(enumerate_regions(generated(2, 5, 3, 1), Box([-1, -1], [1, 1])), "R6")
    _, first = np.unique(found.labels, return_index=True)
    assert (np.diff(first) > 0).all()
    assert found.labels.max() + 1 == found.count == len(found)
    assert "by R6" in repr(found)
    with pytest.raises(ValueError, match="read-only"):
        found.labels[0] = 1


def test_bad_input_is_refused():
    network = generated(2, 5, 3, 1)
    regions = enumerate_regions(network, Box([-1, -1], [1, 1]), max_regions=4)
    for definition in ("R2", "R3", "R4", "R6"):
        with pytest.raises(NotExactError, match="max_regions"):
            linear_regions(regions, definition)
    with pytest.raises(EngineError, match="R5"):
        linear_regions(enumerate_regions(hat(), WholeSpace(1)), "R5")
    with pytest.raises(EngineError, match="store=True"):
        linear_regions(enumerate_regions(hat(), WholeSpace(1), store=False))
