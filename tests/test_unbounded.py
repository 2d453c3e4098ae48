"""Domains without an end: what floats prove there, against rationals and against boxes that hold every vertex."""

from fractions import Fraction
from itertools import combinations, pairwise
from math import comb

import numpy as np
import pytest
from independent.nearest import solved
from numba import njit
from test_tree_proofs import ask, refuted, state_of, strictly_inside

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, count_regions, enumerate_regions
from exactregions.certificate.checker import check
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels.domains import unbounded
from exactregions.engines.tree.kernels.setup import FloatDomain, new_state
from exactregions.engines.tree.linked_units import chain


@njit(error_model="numpy")
def rank_bound(state, count):
    return unbounded._rank_bound(state, count)


def claims(rows, errors, multipliers, ends):
    return ask(refuted, at.UNBOUNDED, rows, errors, multipliers, ends)


def truly_refuted(rows):
    """Whether rows >= 0 leave no point of the whole space with the last one positive: by Farkas, over all bases."""
    exact = [[Fraction(float(v)) for v in row] for row in rows]
    *others, last = exact
    p = len(last) - 1
    for r in range(p + 1):
        for chosen in combinations(others, r):
            for places in combinations(range(p), r):
                y = solved([[row[j] for row in chosen] for j in places], [-last[j] for j in places])
                if y is None or any(v < 0 for v in y):
                    continue
                total = [sum((v * row[j] for v, row in zip(y, chosen, strict=True)), last[j]) for j in range(p + 1)]
                if not any(total[:-1]) and total[-1] <= 0:
                    return True
    return False


def moved(rng, rows, errors):
    """Rows somewhere within their errors: a row's bounds the sum of what its coefficients and constant are off by."""
    change = rng.normal(size=rows.shape)
    change /= np.abs(change).sum(axis=1, keepdims=True)
    return rows + change * errors[:, None] * 0.999


def almost_bounded(rng, p):
    """Rows, and multipliers with which they cancel but for rounding and leave a constant near zero."""
    rows = rng.normal(size=(p + 1, p + 1))
    y = np.append(np.abs(rng.normal(size=p)) * 10.0 ** rng.integers(-14, 2, p), 1.0)
    rows[-1, :-1] = -y[:-1] @ rows[:-1, :-1]
    rows[-1, -1] = -y[:-1] @ rows[:-1, -1] + rng.choice([1, -1]) * 10.0 ** rng.integers(-16, 1)
    return rows, y


@pytest.mark.parametrize("p", [1, 2, 3])
def test_what_floats_refute_in_the_whole_space_is_refuted_by_exact_multipliers(p):
    rng = np.random.default_rng(p)
    accepted = 0
    for case in range(200):
        rows, y = almost_bounded(rng, p)
        errors = rng.choice([0.0, 1e-15, 1e-9], size=p + 1) if case % 2 else np.zeros(p + 1)
        y[:-1] *= 1 + rng.normal(size=p) * rng.choice([0.0, 1e-12, 1e-6])
        if not claims(rows, errors, y, np.full(p, np.inf)):
            continue
        accepted += 1
        assert truly_refuted(rows)
        assert all(truly_refuted(moved(rng, rows, errors)) for _ in range(3))
    assert accepted > 40


@pytest.mark.parametrize("seed", range(60))
def test_the_rank_bound_is_no_less_than_the_rank_of_the_rows(seed):
    """Of random units under random signs, among them units that are off, wires, and copies of others."""
    rng = np.random.default_rng(seed)
    widths = [int(rng.integers(2, 6)), *rng.integers(1, 6, size=int(rng.integers(2, 4)))]
    weights = [rng.integers(-2, 3, (m, n)).astype(float) for n, m in pairwise(widths)]
    stages = [Stage(w, np.zeros(len(w)), rng.choice([0.0, 0.0, 0.5, 1.0], len(w)), np.ones(len(w))) for w in weights]
    ends = np.full(widths[0], np.inf)
    domain = FloatDomain(at.UNBOUNDED, ends, ends, np.zeros((0, widths[0] + 1)), *np.zeros((2, 0)))
    first = np.column_stack([weights[0], np.zeros(widths[1])])
    state = new_state(chain(first, np.zeros(widths[1]), stages, True), domain, np.zeros(widths[0]))
    signs = rng.choice([-1, 1], size=sum(widths[1:]))
    state.signs[:], parts, values, seen = signs, [], np.eye(widths[0]), 0
    for stage in stages:
        parts.append(stage.weight @ values)
        own = signs[seen : seen + len(stage.bias)]
        values, seen = np.where(own > 0, stage.high, stage.low)[:, None] * parts[-1], seen + len(own)
    linear = np.concatenate(parts)
    for last in range(len(linear)):
        units = [int(unit) for unit in np.flatnonzero(rng.random(last) < 0.5)] + [last]
        count = min(len(units), len(state.row_units), len(state.proof_rows))
        order = rng.permutation(units[-count:])
        state.row_units[:count], state.proof_rows[:count] = order, np.arange(count)
        state.proof_multipliers[:count] = used = rng.choice([0.0, 1.0, 1.0], size=count)
        if used.any():
            assert rank_bound(state, count) >= np.linalg.matrix_rank(linear[order[used > 0]])


def test_a_row_that_is_off_by_its_error_is_not_refuted():
    """y >= 0 refutes -y - 1e-9 exactly; with an error of 1e-6 the row may grow along x without an end."""
    rows = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, -1e-9]])
    free = np.full(2, np.inf)
    assert not claims(rows, np.array([0.0, 1e-6]), np.ones(2), free)
    assert claims(np.array([[1.0, 0.0], [-1.0, -1e-9]]), np.zeros(2), np.ones(2), free[:1])
    assert not claims(np.array([[1.0, 0.0], [-1.0, -1e-9]]), np.array([0.0, 1e-6]), np.ones(2), free[:1])


def test_coordinates_with_ends_need_not_cancel():
    """On x > 0, |y| < 1 the row -x + y/2 - 1 is nowhere positive, and -x + y - 1 + 1e-9 is."""
    rows = np.array([[1.0, 0.0, 0.0], [-1.0, 0.5, -1.0]])
    ends = np.array([np.inf, 1.0])
    assert claims(rows, np.zeros(2), np.ones(2), ends)
    rows[1, 1], rows[1, 2] = 1.0, -1.0 + 1e-9
    assert not claims(rows, np.zeros(2), np.ones(2), ends)


def test_an_error_grows_with_the_distance():
    rows, errors = np.array([[1e-3, 0.0]]), np.array([1e-6])
    assert strictly_inside(state_of(at.UNBOUNDED, rows, errors, np.array([np.inf])), 1, np.array([1e9]))
    rows = np.array([[1e-7, 0.0]])
    assert not strictly_inside(state_of(at.UNBOUNDED, rows, errors, np.array([np.inf])), 1, np.array([1e9]))
    assert strictly_inside(state_of(at.UNBOUNDED, rows, errors, np.array([1e9])), 1, np.array([1e9 - 1.0]))


def generated(*widths, bias=1.0):
    rng = np.random.default_rng(sum(widths))
    weights = [rng.normal(size=(m, n)) for n, m in pairwise(widths)]
    return Network.from_layers(weights, [bias * rng.normal(size=m) for m in widths[1:]])


def in_rationals(regions):
    return regions.stats["settled_by_exact_basis"] + regions.stats["settled_by_exact_pivots"]


@pytest.mark.parametrize(
    "widths", [(1, 40, 1), (2, 9, 9, 1), (3, 6, 6, 1), (2, 5, 5, 5, 1), (5, 3, 8, 1), (8, 4, 5, 1)]
)
def test_the_whole_space_is_counted_in_floats_and_has_the_regions_of_the_rational_engine(widths):
    network = generated(*widths)
    space = WholeSpace(widths[0])
    found = enumerate_regions(network, space, engine="tree")
    assert found.pattern_set() == enumerate_regions(network, space, engine="rational").pattern_set()
    assert in_rationals(found) <= found.stats["decisions"] // 8


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1.0, 1e12, 1e150])
def test_the_size_of_the_network_changes_nothing(scale):
    network = generated(3, 10, 10, 1)
    first, second = network.stages
    large = Network.from_layers(
        [first.weight, second.weight, network.weight], [first.bias * scale, second.bias * scale, network.bias]
    )
    assert count_regions(large, WholeSpace(3)) == count_regions(network, Box([-1e5] * 3, [1e5] * 3))


def test_general_position_has_the_regions_of_the_closed_form():
    """Zaslavsky 1975: m hyperplanes in general position cut R^d into sum_i C(m, i); with d > m, into 2^m."""
    for d, m in ((1, 30), (2, 20), (3, 14), (4, 9), (30, 8)):
        network = generated(d, m, 1)
        assert count_regions(network, WholeSpace(d)) == sum(comb(m, i) for i in range(min(d, m) + 1))


DOMAINS = {
    "box": Box([-1, -2, -1e-3], [2, 1, 5]),
    "l_inf ball": Ball([0.1, 0, 0], 1, "inf"),
    "l1 ball": Ball([0.1, 0.2, 0], 1, 1),
    "Euclidean ball": Ball([0.1, 0.2, 0], 1),
    "polytope": Polytope([[1, 1, 1]], [0.5], Box([-1] * 3, [1] * 3)),
}


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_without_biases_every_domain_about_the_origin_has_the_cones_of_the_whole_space(domain, store):
    network = generated(3, 6, 6, 1, bias=0.0)
    truth = count_regions(network, domain, engine="rational")
    found = enumerate_regions(network, domain, engine="tree", store=store)
    assert found.exact
    assert found.count == truth == count_regions(network, WholeSpace(3))
    if store:
        assert all(domain.contains(w) for w in found.witnesses)
        assert np.array_equal(network.pattern(found.witnesses), found.pattern_array())
    elif domain != DOMAINS["polytope"]:
        assert in_rationals(found) <= found.stats["decisions"] // 4


def test_without_biases_and_with_fewer_units_than_inputs_stored_points_lie_in_the_domain():
    network = generated(4, 2, 3, 1, bias=0.0)
    for domain in (Ball([0.1, 0, 0, 0], 1, 1), Box([-1e-9] * 4, [1] * 4), Ball([0] * 4, 1e9, "inf")):
        found = enumerate_regions(network, domain, engine="tree")
        assert found.count == count_regions(network, domain, engine="rational")
        assert all(domain.contains(w) for w in found.witnesses)
        assert np.array_equal(network.pattern(found.witnesses), found.pattern_array())


def test_without_biases_a_domain_away_from_the_origin_keeps_its_own_regions():
    network = generated(2, 6, 6, 1, bias=0.0)
    for domain in (Box([1, 1], [1e12, 1e12]), Box([0, -1], [1, 1]), Ball([3, 0], 3), Ball([3, 0], 3, "inf")):
        found = enumerate_regions(network, domain, engine="tree", store=False)
        assert found.count == count_regions(network, domain, engine="rational") < count_regions(network, WholeSpace(2))


@pytest.mark.parametrize("half", [1e6, 1e9, 1e100, 1e300])
def test_a_huge_box_has_the_regions_of_the_rational_engine(half):
    network = generated(2, 5, 5, 1)
    for domain in (Box([-half] * 2, [half] * 2), Box([-1, -half], [2, half]), Ball([0, 0], half, "inf")):
        found = enumerate_regions(network, domain, engine="tree")
        assert found.pattern_set() == enumerate_regions(network, domain, engine="rational").pattern_set()
        assert all(domain.contains(w) for w in found.witnesses)


def test_a_unit_that_cuts_far_away_only_is_found_there():
    """Hyperplanes x = +-1e12 among those about the origin."""
    network = Network.from_layers([[[1.0, 0], [1, 0], [1, 0], [0, 1]], np.ones((1, 4))], [[0, 1e12, -1e12, 0], [0]])
    assert count_regions(network, WholeSpace(2)) == 8
    assert count_regions(network, Box([-1e12, -1], [1e12, 1])) == 4
    assert count_regions(network, Box([-1e13, -1], [1e13, 1])) == 8


def test_polytopes_without_an_end():
    network = generated(2, 6, 6, 1)
    for rows, ends in (([[-1, 0]], [0]), ([[-1, 0], [0, -1]], [0, 0.5]), ([[1, 1], [-1, -1]], [1, 1])):
        domain = Polytope(rows, ends)
        found = enumerate_regions(network, domain, engine="tree")
        assert found.pattern_set() == enumerate_regions(network, domain, engine="rational").pattern_set()
        assert in_rationals(found) <= found.stats["decisions"] // 8


@pytest.mark.parametrize("network", [generated(2, 6, 6, 1), generated(3, 5, 5, 1, bias=0.0)], ids=["biases", "cones"])
def test_certificates_of_the_whole_space(tmp_path, network):
    space = WholeSpace(network.inputs)
    path = tmp_path / "space.cert"
    found = enumerate_regions(network, space, engine="tree", certificate=path)
    assert found.count == count_regions(network, space, engine="rational") == check(path).regions
