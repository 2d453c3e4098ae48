"""What must hold for any answer, whatever its number."""

import itertools
import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from engines import found
from narrowing import present
from oracles import distance, exact_signs, forms, linear_distance

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace
from exactregions.cases import networks as nets

CENTER = [0.25, -0.125, 0.5]
NETWORK = nets.generated(3, 7, 6, 1, seed=2, bits=10)
NORMS = (2, 1, math.inf)
DOMAINS = {
    "ball": Ball(CENTER, 0.75),
    "ball 1": Ball(CENTER, 1.25, 1),
    "ball inf": Ball(CENTER, 0.5, math.inf),
    "box": Box([-1.0, -0.5, 0.0], [0.5, 0.75, 1.0]),
    "polytope": Polytope([[1, 1, 1], [-1, 2, 0]], [1, 1], Box([-1.0] * 3, [1.0] * 3)),
    "unbounded polytope": Polytope([[1, 1, 1], [-1, 2, 0]], [1, 1]),
    "whole space": WholeSpace(3),
}
DEGENERATE = nets.widened(
    nets.generated(3, 4, 4, 1, seed=1, bits=4),
    [[0, 0, 0, 0], [1, -2, 1, 0], [-2, 4, -2, 0], [0, 0, 0, 1]],
)


@pytest.fixture(params=[NETWORK, DEGENERATE], ids=["generic", "degenerate"])
def network(request) -> Network:
    return request.param


@pytest.fixture(params=DOMAINS)
def domain(request):
    return DOMAINS[request.param]


known = cache(found)  # the answers to which others are compared are found once


def with_stage(network: Network, position: int, stage: Stage) -> Network:
    stages = list(network.stages)
    stages[position] = stage
    return Network(tuple(stages), network.weight, network.bias)


def test_every_witness_reproduces_its_pattern(engine, network, domain):
    for region in known(engine, network, domain):
        signs = exact_signs(network, region.witness)
        null = ~forms(network, region.pattern).any(axis=1)
        assert [s > 0 for s in signs] == region.pattern.tolist()
        # strictly inside: only a unit that vanishes identically may have the value zero
        assert not np.any((np.array(signs) == 0) & ~null)
        assert domain.contains(region.witness)


def test_sampled_patterns_are_found(engine, network, domain):
    regions = known(engine, network, domain)
    assert sampled_patterns(network, domain) <= {row.tobytes() for row in regions.pattern_array()}


@cache
def sampled_patterns(network, domain):
    rng = np.random.default_rng(7)
    points = rng.uniform(-1.5, 1.5, (100_000, 3))
    inside = np.array([domain.contains(p) for p in points[:2000].tolist()])
    points = np.concatenate([points[:2000][inside], _sampled(domain, rng, 100_000)])
    z = np.concatenate(
        [z[:, s.splits] for s, z in zip(network.stages, network.pre_activations(points), strict=True)], axis=1
    )
    # a float evaluation may be wrong near a boundary; away from it, it is right
    clear = ((np.abs(z) > 1e-9) | (z == 0)).all(axis=1)
    assert clear.sum() > 50_000
    return {row.tobytes() for row in np.unique(z[clear] > 0, axis=0)}


def _sampled(domain, rng, count):
    """Points well inside the domain."""
    match domain:
        case Ball():
            steps = rng.normal(size=(count, domain.dim))
            steps /= np.linalg.norm(steps, ord=domain.norm, axis=1)[:, None]
            return domain.center_float + 0.999 * float(domain.radius) * rng.uniform(size=(count, 1)) * steps
        case Box():
            return rng.uniform([float(v) for v in domain.lower], [float(v) for v in domain.upper], (count, domain.dim))
        case Polytope():
            points = rng.uniform(-1, 1, (4 * count, domain.dim)) * (1 if domain.box else 10)
            A, b = np.array(domain.A, dtype=float), np.array(domain.b, dtype=float)
            return points[(points @ A.T < b - 1e-9).all(axis=1)]
    return rng.normal(size=(count, domain.dim)) * rng.exponential(3, (count, 1))


def test_one_region_for_a_tiny_radius(engine, network):
    center = [0.3, 0.2, 0.4]
    for norm in NORMS:
        assert len(found(engine, network, Ball(center, 1e-9, norm))) == 1


@pytest.mark.parametrize("norm", NORMS)
def test_monotone_in_the_radius(engine, network, norm):
    counts = [known(engine, network, Ball(CENTER, r, norm)).pattern_set() for r in (0.01, 0.25, 0.5, 0.75)]
    assert all(smaller <= larger for smaller, larger in itertools.pairwise(counts))
    assert len(counts[0]) < len(counts[-1])


def test_permuting_units_changes_nothing(engine, network, domain):
    first, second = network.stages
    order = np.random.default_rng(3).permutation(len(first.bias))
    shuffled = Stage(first.weight[order], first.bias[order], first.low[order], first.high[order])
    reader = Stage(second.weight[:, order], second.bias, second.low, second.high)
    permuted = with_stage(with_stage(network, 0, shuffled), 1, reader)
    patterns = known(engine, network, domain).pattern_array()
    patterns[:, : len(order)] = patterns[:, order]
    assert {p.tobytes() for p in found(engine, permuted, domain).pattern_array()} == {p.tobytes() for p in patterns}


def test_scaling_units_by_powers_of_two_changes_nothing(engine, network, domain):
    first, second = network.stages
    scale = 2.0 ** np.random.default_rng(4).integers(-40, 40, len(first.bias))
    scaled = Stage(scale[:, None] * first.weight, scale * first.bias, first.low, first.high)
    reader = Stage(second.weight / scale, second.bias, second.low, second.high)
    changed = with_stage(with_stage(network, 0, scaled), 1, reader)
    assert found(engine, changed, domain).pattern_set() == known(engine, network, domain).pattern_set()


@pytest.mark.parametrize("norm", NORMS)
def test_translating_net_and_ball_changes_nothing(engine, network, norm):
    shift = np.array([3.5, -0.75, 1024.25])
    first = network.stages[0]
    moved = Stage(first.weight, first.bias - first.weight @ shift, first.low, first.high)
    there = found(engine, with_stage(network, 0, moved), Ball((np.array(CENTER) + shift).tolist(), 0.75, norm))
    assert there.pattern_set() == known(engine, network, Ball(CENTER, 0.75, norm)).pattern_set()


@pytest.mark.parametrize("norm", NORMS)
def test_entry_radii_are_distances(engine, network, norm):
    regions = known(engine, network, Ball(CENTER, 0.75, norm))
    if regions.entry_radii is None:
        pytest.skip(f"{engine} gives no entry radii for the norm {norm}")
    for region in regions:
        rows = np.where(region.pattern, 1.0, -1.0)[:, None] * forms(network, region.pattern)
        rows = rows[rows[:, :-1].any(axis=1)]
        center = np.array(CENTER)
        true = distance(rows, center) if norm == 2 else linear_distance(rows, center, norm)
        assert region.entry_radius == pytest.approx(true, abs=1e-8)
        assert region.entry_radius < 0.75


@pytest.mark.parametrize("norm", NORMS)
def test_one_search_counts_for_every_smaller_radius(engine, network, norm):
    regions = known(engine, network, Ball(CENTER, 0.75, norm))
    if regions.entry_radii is None:
        pytest.skip(f"{engine} gives no entry radii for the norm {norm}")
    for radius in (0.013, 0.2, 0.37, 0.61, 0.75):
        assert np.sum(regions.entry_radii < radius) == len(found(engine, network, Ball(CENTER, radius, norm)))


def test_exact_entry_radii():
    regions = found("rational", nets.one_layer(np.eye(3)), Ball([1, 1, Fraction(1, 3)], 2))
    assert sorted(present(regions.exact_entries)) == [
        0,
        Fraction(1, 9),
        1,
        1,
        Fraction(10, 9),
        Fraction(10, 9),
        2,
        Fraction(19, 9),
    ]


def test_facets_average_at_most_two_per_dimension(engine):
    """On the whole space the average region has at most 2 n_0 facets (Gaines, Bi 2026)."""
    from oracles import has_interior

    network = nets.generated(2, 4, 3, 1, seed=9, bits=8)
    regions = found(engine, network, WholeSpace(2))
    facets = 0
    for region in regions:
        rows = np.where(region.pattern, 1.0, -1.0)[:, None] * forms(network, region.pattern)
        for i in range(len(rows)):
            across = rows.copy()
            across[i] = -across[i]
            facets += bool(rows[i].any()) and has_interior(across[across.any(axis=1)])
    assert 0 < facets <= 4 * len(regions)
