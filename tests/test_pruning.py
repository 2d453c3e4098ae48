"""Searches for a goal that prune: the same answers as without, and as rationals give, and bounds that are bounds."""

import csv
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from public_data import ACASXU, acasxu_network, needs_acasxu

from exactregions import Ball, Box, Network, load
from exactregions.cases.networks import generated
from exactregions.engines.contract import Goal, Limits
from exactregions.engines.rational import RationalEngine
from exactregions.engines.tree.engine import TreeEngine
from exactregions.engines.tree.exact_fallback import ExactFallback
from exactregions.engines.tree.kernels.codes import AT_LAYER, DONE, UNDECIDED
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.setup import new_state
from exactregions.engines.tree.scaled_problem import scale_problem
from exactregions.errors import DomainError
from exactregions.exact.cells import root_cell
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.importers.vnnlib import input_box
from exactregions.network import Stage
from exactregions.testing.trials.hostile_domains import hostile_domain
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network
from exactregions.verification import Halfspaces, verify

TINY = (0.0, 0.0, 2.0**-52, -(2.0**-52), 1e-9, -1e-9, 0.3, -0.3)


def with_property(network: Network, groups) -> tuple[Network, Goal]:
    """A network whose last stage has the units h - G f of each group (G, h)."""
    outputs = Stage.wires(network.weight, network.bias)
    rows, bounds = np.vstack([G for G, _ in groups]), np.concatenate([h for _, h in groups])
    last = Stage.relu(-rows, bounds)
    first = sum(len(stage.bias) for stage in network.stages) + network.outputs
    ends = first + np.cumsum([0, *(len(h) for _, h in groups)])
    places = tuple(tuple(range(a, b)) for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    stages = (*network.stages, outputs, last)
    return Network(stages, np.zeros((1, len(rows))), np.zeros(1)), Goal(places)


def hostile_instance(rng):
    """A small network, a domain, and groups of rows that pass through, or just beside, outputs of the network."""
    network = random_network(str(rng.choice(list(FAMILIES))), rng)
    network = Network(network.stages, network.weight, network.bias)
    exact = ExactNetwork(network)
    domain = hostile_domain(network, rng)
    if isinstance(domain, Ball) and rng.random() < 0.5:
        domain = domain.as_box()
    try:
        middle = as_fractions(root_cell(domain).witness)
    except DomainError:  # it has no interior
        return hostile_instance(rng)
    groups = []
    for _ in range(int(rng.integers(1, 4))):
        G = rng.integers(-2, 3, size=(int(rng.integers(1, 4)), network.outputs)).astype(float)
        at = [v + Fraction(int(w), 16) * (v + 1) for v, w in zip(middle, rng.integers(-2, 3, len(middle)), strict=True)]
        y = [float(v) for v in as_fractions(exact.outputs_at(as_point(at)))]
        with np.errstate(all="ignore"):
            h = np.nan_to_num(G @ y, posinf=1e300, neginf=-1e300) + rng.choice(TINY, size=len(G))
        groups.append((G, h))
    return (*with_property(network, groups), domain)


def found(engine, network, domain, goal, prune=False) -> bool:
    """Whether a search for a goal finds a region of it; it must come to its end otherwise."""
    limits = Limits(None, 1, True, 1, Goal(goal.groups, prune=prune))
    regions = engine.search(network, domain, limits, None)
    assert regions.count or regions.exact
    for region in regions:
        signs = iter(region.pattern.tolist())
        full = [next(signs) if split else True for s in network.stages for split in s.splits.tolist()]
        assert any(all(full[unit] for unit in group) for group in goal.groups)
    return regions.count > 0


@pytest.mark.parametrize("seed", range(40))
def test_pruned_searches_of_hostile_networks_answer_as_rationals_do(seed):
    network, goal, domain = hostile_instance(np.random.default_rng(seed))
    expected = found(RationalEngine(), network, domain, goal)
    assert found(TreeEngine(), network, domain, goal) == expected
    assert found(TreeEngine(), network, domain, goal, prune=True) == expected


def steps(network, domain, goal):
    """Run a search one node at a time; yield its state after each, and the problem."""
    exact = ExactNetwork(network)
    problem = scale_problem(network, exact, domain, corners=False)
    root = problem.from_input(root_cell(problem.shape).witness)
    state: Any = new_state(problem.network, problem.domain, root, goal=problem.units.of_goal(goal), prune=True)
    fallback = ExactFallback(exact, problem)
    empty = np.zeros((0, 1), dtype=np.uint8), np.zeros((0, 1)), np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
    while (status := search(state, 1, *empty)) != DONE:
        if status == UNDECIDED:
            fallback.settle(state)
        yield state, problem


def points_of_cell(state, rng, count):
    """The witness, and points around it that are well inside the rows."""
    yield state.witness.copy()
    rows = state.rows[: state.depth]
    for _ in range(count):
        y = state.witness + rng.uniform(-1, 1, size=state.p) * rng.choice([1.0, 0.1, 0.01])
        if (np.abs(y) < state.inner).all() and (rows[:, :-1] @ y + rows[:, -1] > 1e-9).all():
            yield y


def pre_activations(exact, point):
    """The exact values of all units before their slopes."""
    return [Fraction(int(z), int(q)) for values, q in list(exact._passed(point))[:-1] for z in values]


GENERATED = [((2, 6, 5, 2), 0), ((3, 8, 6, 2), 1), ((4, 10, 8, 6, 2), 2), ((3, 5, 5, 5, 5, 2), 3)]


def generated_instance(sizes, seed, gap=0.02):
    """A network and groups of two rows and one row that no sampled output meets, by a small gap."""
    rng = np.random.default_rng(seed)
    network, d = generated(*sizes, seed=seed), sizes[0]
    outputs = network.forward(rng.uniform(-1, 1, size=(2000, d)))
    groups = []
    for rows in (2, 1):
        G = rng.normal(size=(rows, 2))
        values = outputs @ G.T
        middle = values.mean(axis=0)
        groups.append((G, middle + (values - middle).max(axis=1).min() - gap))
    return (*with_property(network, groups), Box([-1] * d, [1] * d))


@pytest.mark.parametrize(("sizes", "seed"), GENERATED)
def test_ranges_of_relaxed_units_hold_all_their_values_on_the_cell(sizes, seed):
    network, goal, domain = generated_instance(sizes, seed)
    exact, rng, checked = ExactNetwork(network), np.random.default_rng(0), 0
    for state, problem in steps(network, domain, goal):
        inside = state.depth - state.bounded_depth == (state.phase == AT_LAYER)  # the relaxed cell, or half of it
        if state.bounded_depth < 0 or state.diving or not inside:
            continue
        first = int(state.firsts[state.layer])
        for y in points_of_cell(state, rng, 5):
            values = pre_activations(exact, problem.to_input_exactly(y))
            for unit in range(first, len(values)):
                assert Fraction(state.range_lows[unit]) <= values[unit] <= Fraction(state.range_highs[unit])
            checked += 1
        if checked > 400:
            break
    assert checked > 20


@pytest.mark.parametrize("gap", [0.3, 0.02, -0.02])
@pytest.mark.parametrize(("sizes", "seed"), GENERATED)
def test_pruned_searches_answer_as_those_that_go_to_every_end(sizes, seed, gap):
    network, goal, domain = generated_instance(sizes, seed, gap)
    expected = found(TreeEngine(), network, domain, goal)
    assert found(TreeEngine(), network, domain, goal, prune=True) == expected
    assert expected or gap > 0


def test_relaxed_units_decide_what_takes_many_regions_otherwise():
    network, goal, box = generated_instance((4, 10, 8, 6, 2), 2)
    nodes = {}
    for prune in (False, True):
        limits = Limits(None, 1, True, 1, Goal(goal.groups, prune=prune))
        nodes[prune] = TreeEngine().search(network, box, limits, None).stats["decisions"]
    assert nodes[True] < nodes[False] / 3


LEAST_OF_FIVE = Halfspaces(np.hstack([np.ones((4, 1)), -np.eye(4)]), [0] * 4)  # Y_0 <= Y_1, .., Y_4
LARGEST_OF_FIVE = Halfspaces(np.hstack([-np.ones((4, 1)), np.eye(4)]), [0] * 4)
ABOVE = Halfspaces([[-1, 0, 0, 0, 0]], [Fraction("-3.991125645861615")])
UNSAFE = {1: ABOVE, 2: LARGEST_OF_FIVE, 3: LEAST_OF_FIVE, 4: LEAST_OF_FIVE}


@needs_acasxu
@pytest.mark.parametrize(
    ("name", "number"), [("1_1", 1), ("4_5", 1), ("1_9", 2), ("2_3", 2), ("2_3", 3), ("1_9", 3), ("1_1", 4), ("1_9", 4)]
)
def test_properties_of_acasxu_are_decided_as_published(name, number):
    with open(ACASXU / "published_verdicts.csv") as lines:
        published = {(row["network"], row["property"]): row["majority_verdict"] for row in csv.DictReader(lines)}
    network, box = load(acasxu_network(name)), input_box(ACASXU / f"prop_{number}.vnnlib")
    outcome = {"unsat": "safe", "sat": "unsafe"}[published[name, str(number)]]
    assert verify(network, box, UNSAFE[number]).outcome == outcome
