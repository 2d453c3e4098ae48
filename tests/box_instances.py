"""Small questions about boxes and balls of the norm inf, everything awkward in them, and answers in fractions."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
from independent import ORACLE
from narrowing import present

from exactregions import Ball, Box, Network, Polytope, curve, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.engines.tree import scaled_problem, searched_shape
from exactregions.errors import DomainError
from exactregions.testing.trials.hostile_domains import hostile_ball, with_fixed_inputs
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network
from exactregions.testing.trials.oracle import Answer, ReferenceOracle

TRUTH = ReferenceOracle()
WAYS = ("chosen", "distances", "dictionary")
DOMAINS = ("ball", "tangent", "unequal sides", "fixed inputs", "polytope")
SIDES = (1e-300, 1e-30, 1e-9, 1e-3, 1.0, 1.0, 1.0, 7.0, 1e9, 1e30, 1e300)
HAIRS = (Fraction(1, 2**30), Fraction(1, 10**40))  # relative steps off an entry radius
MOST_RADII = 12  # that a curve is asked at
MOST_UNITS = 6  # of a network whose distances the slow oracle tells beyond the plane


@contextmanager
def forced(way: str) -> Iterator[None]:
    """Let every box of the tree engine be answered by one kernel; "chosen" leaves the choice to it."""
    if way == "chosen":
        yield
        return
    many = 1 if way == "distances" else 10**9
    with (
        patch.object(scaled_problem, "MANY_INPUTS", many),
        patch.object(searched_shape, "MANY_INPUTS", many),
        patch.object(scaled_problem, "FEW_INPUTS", {}),
    ):
        yield


def padded(network: Network, rng: np.random.Generator) -> Network:
    """Return the network with inputs that have no weight among those that have."""
    wide = network.inputs + int(rng.choice([1, 2, 10]))
    weight = np.zeros((len(network.stages[0].bias), wide))
    weight[:, np.sort(rng.permutation(wide)[: network.inputs])] = network.stages[0].weight
    return replace(network, stages=(replace(network.stages[0], weight=weight), *network.stages[1:]))


def unequal(network: Network, rng: np.random.Generator) -> tuple[Network, Box]:
    """Return a box with sides of all sizes, and the network, often scaled so that its hyperplanes cross the box."""
    halves = rng.choice(SIDES, size=network.inputs)
    first = network.stages[0]
    if rng.random() < 0.7:
        with np.errstate(over="ignore", under="ignore"):
            weight = np.nan_to_num(first.weight / halves, posinf=1e300, neginf=-1e300)
        network = replace(network, stages=(replace(first, weight=weight), *network.stages[1:]))
    shift = [Fraction(int(v), 4) for v in rng.integers(-2, 3, network.inputs)]
    pairs = [(Fraction(float(h)), s) for h, s in zip(halves, shift, strict=True)]
    return network, Box([h * (s - 1) for h, s in pairs], [h * (s + 1) for h, s in pairs])


def instance(number: int) -> tuple[str, Network, Ball | Box | Polytope]:
    """Return what kind of question has a number, its network and its domain."""
    rng = np.random.default_rng([14, number])
    family = sorted({*FAMILIES} - {"winners"})[number % (len(FAMILIES) - 1)]
    kind = DOMAINS[int(rng.integers(len(DOMAINS)))]
    network = random_network(family, rng)
    if rng.random() < 0.25:
        network = padded(network, rng)
    ball = hostile_ball(network, rng)
    domain: Ball | Box | Polytope = Ball(ball.center, ball.radius, "inf")
    if kind == "tangent":
        domain = touching(network, domain, rng)
    elif kind == "unequal sides":
        network, domain = unequal(network, rng)
    elif kind == "fixed inputs":
        domain = with_fixed_inputs(domain, rng)
    elif kind == "polytope":
        domain = cut(domain, rng)
    return kind, network, domain


def touching(network: Network, ball: Ball, rng: np.random.Generator) -> Ball:
    """Return the ball whose side a hyperplane of the first stage touches, in fractions, or all but touches."""
    first = network.stages[0]
    unit = int(rng.integers(len(first.bias)))
    row, bias = list(map(Fraction, first.weight[unit].tolist())), Fraction(float(first.bias[unit]))
    value, size = sum((w * c for w, c in zip(row, ball.center, strict=True)), bias), sum(map(abs, row))
    if not value or not size:
        return ball
    return Ball(ball.center, abs(value) / size * (1 + int(rng.integers(-1, 2)) * HAIRS[1]), "inf")


def cut(ball: Ball, rng: np.random.Generator) -> Polytope:
    """Return the ball cut by rows through its centre, its corners, or beside them; some repeated or redundant."""
    rows = [list(map(int, row)) for row in rng.integers(-2, 3, size=(int(rng.integers(1, 4)), ball.dim))]
    rows += rows[: int(rng.integers(2))]
    reach = [sum(map(abs, row)) * ball.radius * Fraction(int(rng.integers(0, 9)), 8) for row in rows]
    bounds = [
        sum((a * c for a, c in zip(row, ball.center, strict=True)), r) for row, r in zip(rows, reach, strict=True)
    ]
    return Polytope(rows, bounds, ball.as_box())


def faults_of(number: int) -> tuple[str, list[str]]:
    """Return the kind of a question, and what is wrong with the answers of each kernel."""
    kind, network, domain = instance(number)
    true = TRUTH.answer(network, domain)
    faults = []
    for way in WAYS:
        with forced(way):
            faults += [f"{way}: {fault}" for fault in _of_search(network, domain, true)]
            if true.patterns and isinstance(domain, Ball):
                faults += [f"{way}: {fault}" for fault in _of_curve(network, domain, true)]
    return kind, faults


def _of_search(network: Network, domain: Ball | Box | Polytope, true: Answer) -> list[str]:
    try:
        found = enumerate_regions(network, domain, engine="tree")
    except DomainError:
        return [f"no points, but {len(true.patterns)} regions"] if true.patterns else []
    told = {tuple(region.pattern.tolist()): region.witness for region in found}
    if not found.exact or told.keys() != true.patterns or len(found) != len(true.patterns):
        return [f"{found!r}, not {len(true.patterns)} regions"]
    return [f"{point} is not in region {pattern}" for pattern, point in told.items()
            if not true.is_witness(pattern, point)][:1]  # fmt: skip


def _of_curve(network: Network, ball: Ball, true: Answer) -> list[str]:
    """Count at and beside entry radii: those of an oracle of its own where that is quick, else those that are told."""
    found = curve(network, ball.center, ball.radius, math.inf, bounds=[], radii=[], engine="tree")
    if {tuple(region.pattern.tolist()) for region in found.regions} != true.patterns:
        return [f"curve: {found.regions!r}, not {len(true.patterns)} regions"]
    quick = network.inputs <= 2 or (network.inputs == 3 and network.units <= MOST_UNITS)
    told = [found.entries.near(row) for row in range(len(found.entries))]
    if quick:
        answer: Any = ORACLE.answer(network, ball)
        true, told = answer, [present(entry) for entry in answer.entries.values()]
    places = sorted(set(told))
    places = places[:: -(-len(places) // (MOST_RADII if quick else 2))]
    radii = {e * (1 + sign * hair) for e in places for hair in HAIRS for sign in (-1, 0, 1)}
    wrong = [r for r in sorted(radii) if 0 < r <= ball.radius and found.count(r) != true.count(r)]
    return [f"curve: {found.count(r)} regions within {float(r)}, not {true.count(r)}" for r in wrong[:1]]


# ---- many inputs, for the engine of mixed-integer programs


def many_inputs(number: int) -> tuple[Network, Ball | Box]:
    """Return a network with 20 to 50 inputs, some without weight, and a box that holds some regions."""
    rng = np.random.default_rng([41, number])
    inputs = int(rng.integers(20, 51))
    network = nets.generated(inputs, int(rng.integers(4, 8)), int(rng.integers(3, 6)), 2, seed=number)
    weight, bias = network.stages[0].weight.copy(), network.stages[0].bias.copy()
    if number % 3 == 0:
        weight[-1], bias[-1] = -2 * weight[0], -2 * bias[0]
    if number % 4 == 0:
        weight[:, rng.permutation(inputs)[: inputs // 2]] = 0.0
    network = replace(network, stages=(replace(network.stages[0], weight=weight, bias=bias), *network.stages[1:]))
    center = np.round(rng.normal(size=inputs), 2)
    radius = float(rng.choice([0.05, 0.1, 0.2]))
    if number % 2:
        return network, Ball(center, radius, "inf")
    halves = radius * rng.uniform(0.2, 2.0, size=inputs)
    return network, Box(center - halves, center + halves)


def faults_of_many_inputs(number: int) -> tuple[str, list[str]]:
    """Return the kind of a question, and whether the patterns differ from those of mixed-integer programs."""
    network, domain = many_inputs(number)
    true = enumerate_regions(network, domain, engine="milp")
    if not true.exact:
        return "left open by milp", []
    faults = []
    for way in ("chosen", "dictionary"):
        with forced(way):
            found = enumerate_regions(network, domain, engine="tree")
        if not found.exact or found.pattern_set() != true.pattern_set():
            faults.append(f"{way}: {found!r}, not {len(true)} regions")
    return domain.kind, faults
