"""Counts known in closed form (mathematics, 6), for every engine."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from engines import LARGEST, found
from oracles import arrangement_count, general_position_count, zaslavsky

from exactregions import Ball, Box, Network, WholeSpace
from exactregions.cases import networks as nets
from exactregions.domain import Domain


@dataclass(frozen=True)
class Case:
    name: str
    network: Network
    domain: Domain
    regions: int


def whole(name: str, network: Network, regions: int) -> Case:
    return Case(name, network, WholeSpace(network.inputs), regions)


def unit_box(d: int) -> Box:
    return Box([0.0] * d, [1.0] * d)


def arrangements() -> list[Case]:
    cases = [
        whole(f"general {n} in {d}-D", nets.moment_curve(n, d), zaslavsky(n, d))
        for n, d in [(1, 1), (5, 1), (4, 2), (9, 2), (7, 3), (10, 3), (3, 5), (6, 5), (8, 4)]
    ]
    cases += [
        whole(f"central {n} in {d}-D", nets.central_general(n, d), 2 * zaslavsky(n - 1, d - 1))
        for n, d in [(1, 1), (4, 2), (6, 3), (9, 3), (7, 4)]
    ]
    cases += [whole(f"braid {n}", nets.braid(n), math.factorial(n)) for n in (2, 3, 4, 5, 6)]
    cases += [whole(f"type B {n}", nets.type_b(n), 2**n * math.factorial(n)) for n in (1, 2, 3, 4)]
    cases += [whole(f"Shi {n}", nets.shifted_braid(n, (0, 1)), (n + 1) ** (n - 1)) for n in (2, 3, 4, 5)]
    cases += [
        whole(f"Catalan {n}", nets.shifted_braid(n, (-1, 0, 1)), math.factorial(2 * n) // math.factorial(n + 1))
        for n in (2, 3, 4)
    ]
    cases += [whole(f"resonance {n}", nets.resonance(n), m) for n, m in enumerate((2, 6, 32, 370), start=1)]
    cases += [whole(f"threshold {n}", nets.threshold(n), m) for n, m in enumerate((4, 14, 104, 1882), start=2)]
    parallel = nets.one_layer([[3.0, -1.0, 2.0]] * 6, range(6))
    cases.append(whole("parallel", parallel, 7))
    cases.append(whole("zero rows", nets.one_layer([[0, 0], [1, 0], [0, 0], [1, 1]], [1, 2, 0, -1]), 4))
    cases.append(whole("only zero rows", nets.one_layer(np.zeros((3, 2)), [1, -1, 0]), 1))
    repeated = nets.one_layer([[1, 2], [2, 4], [-1, -2], [1, 0], [-3, 0]], [1, 2, -1, 0, 0])
    cases.append(whole("repeated rows", repeated, 4))
    return cases


def balls() -> list[Case]:
    """One hidden layer in Euclidean balls, counted by subsets (general position) or by flats (any)."""
    cases = []
    for seed, (n, d) in enumerate([(6, 1), (9, 2), (8, 3), (10, 3), (8, 4), (5, 6)]):
        network = nets.generated(d, n, 1, seed=seed, bits=8)
        for radius in (Fraction(1, 3), Fraction(3, 2)):
            center = [Fraction(k, 7) for k in range(d)]
            count = general_position_count(network, center, radius)
            cases.append(Case(f"ball general {n} in {d}-D, r {radius}", network, Ball(center, radius), count))
    for name, network in {
        "braid": nets.braid(4),
        "type B": nets.type_b(3),
        "Shi": nets.shifted_braid(3, (0, 1)),
        "resonance": nets.resonance(3),
        "threshold": nets.threshold(3),
        "repeated": nets.one_layer([[1, 2], [2, 4], [-1, -2], [1, 0], [0, 0]], [1, 2, -1, 0, 0]),
    }.items():
        for k, radius in ((0, 1), (1, Fraction(1, 2)), (2, 1), (1, 2)):
            center = [Fraction(k, 2) + Fraction(j * k, 4) for j in range(network.inputs)]
            count = arrangement_count(network, center, radius)
            cases.append(Case(f"ball {name}, centre {k}, r {radius}", network, Ball(center, radius), count))
    return cases


def coordinate_hyperplanes() -> list[Case]:
    """W = I and the centre (t, .., t): k hyperplanes meet at distance t sqrt(k), which the open ball may only touch."""
    cases = []
    for n, t, radius in [
        (4, 1, 2),
        (4, 3, 5),
        (4, 1, Fraction(17, 10)),
        (9, 1, 2),
        (3, Fraction(1, 10), 1),
        (5, 2, 4),
    ]:
        count = sum(math.comb(n, k) for k in range(n + 1) if k * t * t < Fraction(radius) ** 2)
        network = nets.one_layer(np.eye(n))
        cases.append(Case(f"identity {n}, t {t}, r {radius}", network, Ball([t] * n, radius), count))
    return cases


def deep() -> list[Case]:
    cases = [
        Case(
            f"sawtooth {p}, {layers} layers, {d}-D",
            nets.sawtooth(p, layers, d),
            unit_box(d),
            p ** (layers * d),
        )
        for p, layers, d in [
            (2, 1, 1),
            (2, 5, 1),
            (3, 3, 1),
            (5, 2, 1),
            (2, 3, 2),
            (3, 2, 2),
            (2, 2, 3),
            (3, 1, 3),
        ]
    ]
    cases += [
        Case(
            f"sawtooth {p}, {layers} layers, {d}-D, ball",
            nets.sawtooth(p, layers, d),
            Ball([0.5] * d, 0.5),
            m,
        )
        for p, layers, d, m in [(2, 2, 2, 16), (2, 3, 2, 60), (2, 3, 3, 408), (3, 2, 4, 3753)]
    ]
    hat, small = nets.hat(), nets.generated(2, 5, 1, seed=3)
    left, right = nets.sawtooth(3, 2), nets.sawtooth(2, 2)
    cases += [
        Case("direct sum of hats", nets.direct_sum(hat, hat), Box([-5.0] * 2, [5.0] * 2), 16),
        Case("direct sum of sawteeth", nets.direct_sum(left, right), unit_box(2), 36),
        whole("direct sum with an arrangement", nets.direct_sum(nets.braid(3), hat), 24),
        whole("direct sum, half cut by the box", nets.direct_sum(small, hat), 4 * zaslavsky(5, 2)),
        whole("hat", hat, 4),
        whole("max min", nets.max_min(), 5),
        Case("max min in a ball", nets.max_min(), Ball([0, 0], Fraction(1, 10**9)), 5),
        Case("max min in a box", nets.max_min(), Box([-1, -2], [3, 1]), 5),
    ]
    return cases


def published() -> list[Case]:
    return [
        Case(str(list(shape)), nets.generated(*shape), Box([-1.0] * shape[0], [1.0] * shape[0]), m)
        for shape, m in [((2, 16, 16, 1), 225), ((3, 16, 16, 1), 1429), ((4, 16, 16, 1), 5231)]
    ]


def affine() -> list[Case]:
    network = Network.from_layers([np.ones((2, 3))], [None])
    return [
        whole("no hidden layer", network, 1),
        Case("no hidden layer in a ball", network, Ball([0.0] * 3, 1), 1),
        Case("wires only", Network.from_layers([np.eye(2)] * 2, [None] * 2, slope=1.0), unit_box(2), 1),
    ]


CASES = [*affine(), *arrangements(), *balls(), *coordinate_hyperplanes(), *deep(), *published()]


@pytest.mark.parametrize(
    ("engine", "case"),
    [
        pytest.param(engine, case, id=f"{engine}: {case.name}")
        for case in CASES
        for engine, largest in LARGEST.items()
        if case.regions <= largest
    ],
)
def test_count(engine, case):
    assert len(found(engine, case.network, case.domain)) == case.regions
