"""Balls far larger than the distances of the hyperplanes: what floats prove there, against rationals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from narrowing import present
from test_tree_proofs import exactly, refuted, strictly_inside, support_is_nonpositive
from test_unbounded import almost_bounded, generated, in_rationals, moved, truly_refuted

from exactregions import Ball, Network, WholeSpace, count_regions, enumerate_regions
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels.setup import FloatDomain, new_state
from exactregions.engines.tree.linked_units import chain
from exactregions.network import Stage

NORMS = {0: at.BOX, 1: at.L1_BALL, 2: at.EUCLIDEAN}


def state_of(norm, rows, errors, radius):
    """A search state in a far ball that holds rows, and nothing else of interest."""
    p = rows.shape[1] - 1
    network = chain(np.ones((1, p + 1)), np.zeros(1), [Stage.relu(np.ones((1, p)), np.zeros(1))], True)
    ends = np.full(p, radius)
    domain = FloatDomain(at.FAR_BALL, ends, ends, rows, errors, np.ones(len(rows)), norm=norm)
    return new_state(network, domain, np.zeros(p))


def is_refuted(norm, rows, multipliers, radius):
    """Whether rows >= 0 leave nothing of the ball with the last one positive: by these multipliers, or by others."""
    y, exact = exactly(multipliers), [exactly(row) for row in rows]
    total = [sum(m * row[j] for m, row in zip(y, exact, strict=True)) for j in range(rows.shape[1])]
    by_radius = math.isfinite(radius) and support_is_nonpositive(NORMS[norm], total[:-1], total[-1], Fraction(radius))
    return by_radius or truly_refuted(rows)


@pytest.mark.parametrize("norm", NORMS)
def test_what_floats_refute_in_a_far_ball_is_refuted_by_exact_multipliers(norm):
    """Also where the combination does not vanish, and the radius decides: constants are about as large as it allows."""
    rng = np.random.default_rng(norm)
    accepted = by_radius = 0
    for case in range(240):
        p = 1 + case % 3
        radius = float(rng.choice([4.0, 2.0**20, 1e9, math.inf]))
        rows, y = almost_bounded(rng, p)
        errors = rng.choice([0.0, 1e-15, 1e-9], size=p + 1) if case % 2 else np.zeros(p + 1)
        y[:-1] *= 1 + rng.normal(size=p) * rng.choice([0.0, 1e-12, 1e-6])
        if case % 5 == 0 and radius < math.inf:
            rows[-1, :-1] += rng.normal(size=p)
            rho = y @ rows[:, :-1]
            size = [np.abs(rho).sum(), np.abs(rho).max(), np.sqrt(rho @ rho)][norm]
            rows[-1, -1] -= y @ rows[:, -1] + radius * size * (1 + rng.choice([1e-9, 1e-15, -1e-9]))
        state = state_of(norm, rows, errors, radius)
        state.proof_rows[: p + 1], state.proof_multipliers[: p + 1] = np.arange(p + 1), y
        if not refuted(state, p + 1):
            continue
        accepted += 1
        by_radius += not truly_refuted(rows)
        assert is_refuted(norm, rows, y, radius)
        assert all(is_refuted(norm, moved(rng, rows, errors), y, radius) for _ in range(2))
    assert accepted > 50
    assert by_radius > 0


def test_an_error_grows_with_the_distance_and_the_norm_tells_what_is_inside():
    rows, errors = np.array([[1e-7, 0.0, 0.0]]), np.array([1e-6])
    assert not strictly_inside(state_of(2, rows, errors, 1e9), 1, np.array([1e8, 0.0]))
    assert strictly_inside(state_of(2, rows, errors / 1e3, 1e9), 1, np.array([1e8, 0.0]))
    nothing, point = (np.zeros((0, 3)), np.zeros(0)), np.array([0.6e9, 0.6e9])
    assert [strictly_inside(state_of(norm, *nothing, 1e9), 0, point) for norm in NORMS] == [True, False, True]
    assert not strictly_inside(state_of(2, *nothing, 1e9), 0, np.array([0.8e9, 0.8e9]))


@pytest.mark.parametrize("norm", [1, 2, math.inf])
@pytest.mark.parametrize("radius", [1e9, 1e100])
def test_a_huge_ball_has_the_regions_of_the_rational_engine(norm, radius):
    for network in (generated(2, 4, 4, 1), generated(1, 6, 4, 1), generated(3, 3, 3, 1)):
        domain = Ball([Fraction(1, 3)] * network.inputs, radius, norm)
        found = enumerate_regions(network, domain, engine="tree")
        assert found.pattern_set() == enumerate_regions(network, domain, engine="rational").pattern_set()
        assert all(domain.contains(w) for w in found.witnesses)
        held = network.pattern(found.witnesses) == found.pattern_array()
        assert held.all(axis=1)[[row not in found.exact_witnesses for row in range(len(found))]].all()


@pytest.mark.parametrize("norm", [1, 2])
@pytest.mark.parametrize("radius", [1e12, 1e100])
def test_a_huge_ball_is_counted_in_floats(norm, radius):
    """Few rows are off, and rows with multipliers that are rounding: the six inputs have both."""
    for widths in ((3, 12, 12, 1), (6, 8, 6, 1)):
        network = generated(*widths)
        found = enumerate_regions(network, Ball([0] * widths[0], radius, norm), engine="tree", store=False)
        assert found.count == count_regions(network, WholeSpace(widths[0]))
        assert in_rationals(found) <= found.stats["decisions"] // 500


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_what_lies_beyond_a_far_boundary_is_not_counted(norm):
    """x = 1e12 cuts beyond the radius, or within it; so do lines y = 1 and y = 1 + 1e-10 x, which meet far away."""
    network = Network.from_layers(
        [[[1.0, 0], [1, 0], [0, 1], [1e-10, -1], [1, 1]], np.ones((1, 5))], [[0, -1e12, -1, 1, 0.5], [0]]
    )
    for center in ([0, 0], [3, -0.5]):
        for radius in (1e8, 9.9e11, 1e12, Fraction(10**12 + 3), 1.1e12, 1e14):
            domain = Ball(center, radius, norm)
            for store in (True, False):
                found = enumerate_regions(network, domain, engine="tree", store=store)
                assert found.count == count_regions(network, domain, engine="rational")


def test_bounds_of_entry_radii_in_a_far_ball_hold_the_exact_ones():
    network, ball = generated(2, 6, 6, 1), Ball([Fraction(1, 3), 0.25], 10**10)
    found, exact = (enumerate_regions(network, ball, engine=name, entry_radii=True) for name in ("tree", "rational"))
    truth = dict(zip(map(bytes, exact.patterns), present(exact.entry_radii), strict=True))
    widths = []
    for pattern, (low, up) in zip(found.patterns, present(found.entry_bounds), strict=True):
        value = truth[bytes(pattern)]
        assert low <= value * (1 + 1e-14)
        assert value * (1 - 1e-14) <= up
        widths.append((up - low) / max(up, 1e-300))
    assert np.median(widths) < 1e-6


def test_repeated_rows_zero_rows_and_planes_through_the_centre():
    weight = [[1.0, 2.0, 0], [1, 2, 0], [-1, -2, 0], [0, 0, 0], [0, 0, 1], [0, 1, 0]]
    network = Network.from_layers([weight, [[1.0, 1, 1, 1, 1, -1], [1, 0, 1, 0, -1, 2]], [[1.0, 1]]],
                                  [[1, 1, -1, 0, 0, 1e-9], [0, -1], [0]])  # fmt: skip
    for domain in (Ball([0, 0, 0], 1e10), Ball([0, 0, 0], 1e10, 1), Ball([0, -1e-9, 0], 1e30), WholeSpace(3)):
        found = enumerate_regions(network, domain, engine="tree")
        assert found.pattern_set() == enumerate_regions(network, domain, engine="rational").pattern_set()
