"""The plane and space without an end, by corners up to infinity: rationals, closed forms, what the proofs rest on."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hostile_planes import hostile_network
from independent.nearest import value
from numba import njit
from test_corners import in_hull
from test_least_distance import kind_of
from test_tree_proofs import exactly
from test_witnesses_as_inputs import false_witnesses

from exactregions import Box, Network, Polytope, WholeSpace, enumerate_regions, resume_regions
from exactregions.cases.networks import generated
from exactregions.engines.tree import scaled_problem
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.setup import new_state
from exactregions.exact.cells import root_cell
from exactregions.exact.forms import ExactNetwork

CASES = {2: 30, 3: 12}
MOST_UNITS = {2: 20, 3: 12}  # beyond which rationals take long


def endless_domain(rng, d):
    """All of space, a box with far sides, or a polytope without an end."""
    kind = rng.random()
    if kind < 0.5:
        return WholeSpace(d)
    if kind < 0.7:
        far = 10.0 ** rng.choice([8, 12, 15, 100, 300])
        half = far * rng.uniform(0.5, 2, d)
        return Box(-half, half)
    rows = int(rng.integers(1, 3))
    return Polytope(rng.normal(size=(rows, d)), rng.uniform(0.1, 30, rows))


def led(rng, network, d):
    """The network with first rows in general position."""
    first = network.stages[0]
    weight, bias = np.vstack([rng.normal(size=(d, d)), first.matrix]), np.append(rng.normal(size=d), first.bias)
    layers = [weight] + [stage.matrix for stage in network.stages[1:]] + [network.matrix]
    if len(layers) > 1:
        layers[1] = np.column_stack([rng.normal(size=(len(layers[1]), d)), layers[1]])
    return Network.from_layers(layers, [bias] + [stage.bias for stage in network.stages[1:]] + [network.bias])


@pytest.mark.parametrize("d", CASES)
def test_hostile_networks_are_counted_as_by_rationals(d, monkeypatch):
    by_corners = cases = seed = 0
    while cases < CASES[d]:
        seed += 1
        rng = np.random.default_rng(seed)
        network, domain = hostile_network(rng, d), endless_domain(rng, d)
        network = led(rng, network, d) if rng.random() < 0.7 else network
        if network.units > MOST_UNITS[d]:
            continue
        cases += 1
        if seed % 2:  # small integers too
            monkeypatch.setattr(scaled_problem, "_has_few_digits", lambda stage: False)
        by_corners += kind_of(network, domain) == (at.PLANE if d == 2 else at.SPACE)
        found = enumerate_regions(network, domain, engine="tree")
        assert found.exact, seed
        assert found.pattern_set() == enumerate_regions(network, domain, engine="rational").pattern_set(), seed
        assert not false_witnesses(network, found), seed
        monkeypatch.undo()
    assert by_corners > CASES[d] // 4


@pytest.mark.parametrize(("d", "n"), [(2, 60), (3, 24)])
def test_hyperplanes_in_general_position(d, n):
    rng = np.random.default_rng(d)
    network = Network.from_layers([rng.normal(size=(n, d)), np.ones((1, n))], [rng.normal(size=n), np.zeros(1)])
    assert kind_of(network, WholeSpace(d)) in (at.PLANE, at.SPACE)
    regions = enumerate_regions(network, WholeSpace(d), engine="tree", store=False)
    assert regions.exact
    assert regions.count == sum(comb(n, j) for j in range(d + 1))
    assert regions.stats["settled_by_exact_pivots"] == 0


@pytest.mark.parametrize("d", CASES)
def test_other_kernels_agree_and_floats_settle_nearly_all(d, monkeypatch):
    network, domain = generated(d, 12, 10, 8, 1), WholeSpace(d)
    found = enumerate_regions(network, domain, engine="tree")
    settled = found.stats["settled_by_exact_basis"] + found.stats["settled_by_exact_pivots"]
    assert settled * 100 < found.stats["decisions"]
    assert np.array_equal(network.pattern(found.witnesses), found.pattern_array())
    monkeypatch.setattr(scaled_problem, "unit_coordinates", lambda *question: None)
    assert kind_of(network, domain) == at.UNBOUNDED
    assert enumerate_regions(network, domain, engine="tree").pattern_set() == found.pattern_set()


@pytest.mark.parametrize("d", CASES)
def test_a_search_goes_on_where_it_stopped_and_is_shared(d):
    network, domain = generated(d, 9, 8, 1), WholeSpace(d)
    whole = enumerate_regions(network, domain, engine="tree", workers=2)
    regions = enumerate_regions(network, domain, engine="tree", max_regions=5)
    found = regions.pattern_set()
    while not regions.complete:
        regions = resume_regions(regions, max_regions=len(found) + 40)
        found |= regions.pattern_set()
    assert found == whole.pattern_set()
    assert whole.count == len(found)


def test_who_has_corners():
    network = generated(2, 6, 4, 1)
    weights = [*(stage.matrix for stage in network.stages), network.matrix]
    biasless = Network.from_layers(weights, [np.zeros(len(weight)) for weight in weights])
    meeting = np.linalg.solve(network.stages[0].matrix[:2], -network.stages[0].bias[:2])
    beyond = Polytope([[1, 0]], [meeting[0] - 1])
    weight = network.stages[0].matrix[[0, 0, 1, 2]]
    parallel = Network.from_layers([weight, np.ones((1, 4))], [np.arange(4.0), np.zeros(1)])
    assert kind_of(network, WholeSpace(2)) == at.PLANE
    assert kind_of(network, Polytope([[1, 0]], [meeting[0] + 1])) == at.PLANE
    for each in ((biasless, WholeSpace(2)), (network, beyond), (parallel, WholeSpace(2))):
        assert kind_of(*each) == at.UNBOUNDED
        assert enumerate_regions(*each, engine="tree").count == enumerate_regions(*each, engine="rational").count


def leaves(network, domain):
    """Yield the state of a search at each of its leaves, and the question in its coordinates."""
    problem = scaled_problem.scale_problem(network, ExactNetwork(network), domain)
    state = new_state(problem.network, problem.domain, problem.from_input(root_cell(problem.shape).witness))
    none = (
        np.zeros((0, 1), dtype=np.uint8),
        np.zeros((0, len(state.outer))),
        np.zeros((0, 3)),
        np.zeros(0, dtype=np.int64),
    )
    state.most = 0
    while search(state, 10**6, *none) == at.FULL:
        yield state, problem
        state.most += 1


def corners_of(state):
    """The corners of the current cell as exact vectors, w last."""
    places = state.corners[state.depth].reshape(state.p + 1, state.room)
    return [exactly(column) for column in places.T[: state.corner_counts[state.depth]]]


def in_chart(vector, signs):
    total = sum((s * v for s, v in zip(signs, vector, strict=False)), vector[-1])
    assert total > 0
    return [v / total for v in vector[:-1]]


@pytest.mark.parametrize("d", CASES)
def test_lines_are_not_positive_at_their_corners(d):
    """In fractions, whatever the true lines are within their errors; and points of a cell are within its corners."""
    rng, cells = np.random.default_rng(d), 0
    network = generated(d, 7, 5, 1)
    domain = WholeSpace(d) if d == 3 else Box([-1e9] * 2, [1e9] * 2)
    points = rng.normal(size=(4000, d)) * 10.0 ** rng.uniform(-2, 7, (4000, 1))
    patterns = network.pattern(points)
    for state, problem in leaves(network, domain):
        corners, edges, cells = corners_of(state), state.edges[state.depth], cells + 1
        first = state.given
        signs = [1 if state.rows[first + j, j] > 0 else -1 for j in range(d)]
        charted = [in_chart(corner, signs) for corner in corners]
        for i, corner in enumerate(corners):
            faces = edges[6 * i : 6 * i + 3] if d == 3 else (edges[i], edges[i - 1 if i else len(corners) - 1])
            for line in faces:
                value = sum(g * v for g, v in zip(exactly(state.lines[:, line]), corner, strict=True))
                error = state.row_errors[line - 1] if line else 0.0
                assert value + Fraction(error) * max(map(abs, corner)) <= 0
        if d == 2:
            inside = points[(patterns == (state.signs > 0)).all(axis=1)]
            for y in ((inside - problem.center) @ problem.back.T)[:20]:
                assert in_hull(in_chart(exactly([*y, 1.0]), signs), charted)
    assert cells == enumerate_regions(network, domain, engine="tree", store=False).count


@pytest.mark.parametrize("d", CASES)
def test_inputs_are_as_near_to_their_points_as_is_said(d):
    """In fractions: the coordinates of a float input are multiples of the first units there."""
    rng, largest = np.random.default_rng(d), Fraction(0)
    for _ in range(40):
        weight = rng.normal(size=(d + 1, d))
        weight[1] = weight[0] + rng.choice([1e-3, 1]) * weight[1]
        weight *= 10.0 ** rng.integers(-3, 4, (d + 1, 1))
        bias = rng.normal(size=d + 1) * 10.0 ** rng.choice([-6, 0, 6])
        network = Network.from_layers([weight, np.ones((1, d + 1))], [bias, np.zeros(1)])
        problem = scaled_problem.scale_problem(network, ExactNetwork(network), WholeSpace(d))
        assert problem.domain.kind in (at.PLANE, at.SPACE)
        for y in rng.normal(size=(10, d)) * 10.0 ** rng.uniform(-3, 12, (10, 1)):
            x, growth = problem.to_input(y[None])[0], max(1, *map(abs, exactly(y)))
            for j in range(d):
                unit = value(exactly([*weight[j], bias[j]]), exactly(x)) / Fraction(float(problem.network.bases[j, j]))
                bound = Fraction(float(problem.domain.input_errors[j])) * growth + abs(Fraction(float(y[j]))) / 2**53
                assert abs(unit - Fraction(float(y[j]))) <= bound
                largest = max(largest, abs(unit - Fraction(float(y[j]))) / bound)
    assert largest > Fraction(1, 40)  # no bound for show


@njit(error_model="numpy")
def glance(state, unit):
    return state.kernel.glance(state, unit)


@njit(error_model="numpy")
def rows_hold(state, point):
    return state.kernel.rows_hold(state, point)


def test_values_that_overflow_prove_nothing():
    """Far from the origin a product may be infinite, and a sum with a fused one too, whatever its true sign is."""
    d, rng, splits, held = 2, np.random.default_rng(2), 0, 0
    weight, bias = rng.normal(size=(d + 1, d)), rng.normal(size=d + 1)
    network = Network.from_layers([weight, np.ones((1, d + 1))], [bias, np.zeros(1)])
    state = next(leaves(network, WholeSpace(d)))[0]
    first, unit = state.given, d
    orthant = np.array([1.0 if state.rows[first + j, j] > 0.0 else -1.0 for j in range(d)])
    state.recording = state.witness_unproved = 0
    for _ in range(400):
        size, far = (10.0 ** rng.choice(powers) for powers in ([0, 290, 300, 307], [0, 12, 300, 307]))
        form, point = rng.uniform(-1, 1, d + 1) * size, orthant * rng.uniform(0.1, 1, d) * far
        state.forms[unit], state.tolerances[unit], state.witness[:] = form, 1e-14 * size, point
        state.depth = first + d
        if glance(state, unit) == at.SPLIT:
            below, above = (value(exactly(form), exactly(child)) for child in state.children[:2])
            assert below < 0 < above
            splits += 1
        state.lines[:, state.walls + first + d], state.depth = form / size * 10, first + d + 1
        state.line_tolerances[state.walls + first + d] = 1e-13
        if rows_hold(state, point * 10):
            assert value(exactly(form), exactly(point * 10)) > 0
            held += 1
    assert splits > 40
    assert held > 40
