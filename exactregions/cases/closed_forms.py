"""Cases whose number of regions is known in closed form (mathematics, 6)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import factorial

import numpy as np

from exactregions.bounds.arrangements import arrangement_regions
from exactregions.cases import networks as nets
from exactregions.cases.case import Case
from exactregions.cases.domains import ball, box, every_kind, polytope_of
from exactregions.cases.truths import coordinate_count, general_position_count
from exactregions.domain import WholeSpace
from exactregions.network import Network


def closed_forms() -> Iterator[Case]:
    """Yield the cases."""
    yield from _affine()
    yield from _general_arrangements()
    yield from _named_arrangements()
    yield from _arrangements_in_balls()
    yield from _coordinate_hyperplanes()
    yield from _one_dimension()
    yield from _deep()
    yield from _published()
    yield from _winners()
    yield from _fixed_inputs()


def _whole(name: str, network: Network, count: int) -> Case:
    return Case(name, network, WholeSpace(network.inputs), count)


def _affine() -> Iterator[Case]:
    network = Network.from_layers([np.ones((2, 3))], [None])
    for kind, domain in every_kind(3).items():
        yield Case(f"no hidden layer in {kind}", network, domain, 1)
    wires = Network.from_layers([np.eye(2)] * 3, [None] * 3, slope=1.0)
    yield Case("wires only", wires, box([0, 0], [1, 1]), 1)
    yield Case("wires only, in a ball", wires, ball([0, 0], 1), 1)


def _general_arrangements() -> Iterator[Case]:
    for n, d in [(1, 1), (4, 2), (9, 2), (7, 3), (10, 3), (3, 5), (6, 5), (8, 4)]:
        yield _whole(f"{n} general hyperplanes in {d}-D", nets.moment_curve(n, d), arrangement_regions(n, d))
    # every region is a cone: all domains about the origin see the same ones
    for n, d in [(1, 1), (4, 2), (6, 3)]:
        network, count = nets.central_general(n, d), 2 * arrangement_regions(n - 1, d - 1)
        for kind, domain in every_kind(d).items():
            yield Case(f"{n} hyperplanes through the origin in {kind}, {d}-D", network, domain, count)


def _named_arrangements() -> Iterator[Case]:
    for n in (2, 3, 4, 5):
        yield _whole(f"braid {n}", nets.braid(n), factorial(n))
        yield _whole(f"Shi {n}", nets.shifted_braid(n, (0, 1)), (n + 1) ** (n - 1))
    for n in (2, 3, 4):
        yield _whole(f"type B {n}", nets.type_b(n), 2**n * factorial(n))
        yield _whole(f"Catalan {n}", nets.shifted_braid(n, (-1, 0, 1)), factorial(2 * n) // factorial(n + 1))
    for n, count in enumerate((2, 6, 32, 370), start=1):
        yield _whole(f"resonance {n}", nets.resonance(n), count)
    for n, count in enumerate((4, 14, 104, 1882), start=2):
        yield _whole(f"threshold {n}", nets.threshold(n), count)
    yield Case("braid 4 in a ball", nets.braid(4), ball([0] * 4, Fraction(1, 10**9)), factorial(4))
    yield Case("braid 4 in a box", nets.braid(4), box([-1] * 4, [3] * 4), factorial(4))


def _arrangements_in_balls() -> Iterator[Case]:
    for seed, (n, d) in enumerate([(6, 1), (9, 2), (8, 3), (10, 3), (8, 4), (5, 6)]):
        network = nets.generated(d, n, 1, seed=seed, bits=8)
        for radius in (Fraction(1, 3), Fraction(3, 2)):
            domain = ball([Fraction(k, 7) for k in range(d)], radius)
            count = general_position_count(network, domain)
            yield Case(f"{n} generic hyperplanes in a ball, {d}-D, radius {radius}", network, domain, count)
    rng = np.random.default_rng(1)
    rows, bias = (np.round(rng.normal(size=size) * 64) / 64 for size in ((6, 784), 6))
    domain = ball([Fraction(k % 8, 8) for k in range(784)], Fraction(1, 2))
    network = nets.one_layer(rows, bias)
    yield Case("6 generic hyperplanes in a ball, 784-D", network, domain, general_position_count(network, domain))


def _coordinate_hyperplanes() -> Iterator[Case]:
    """W = I and the centre (t, .., t): k of them meet at distance t sqrt(k), which the open ball may only touch."""
    hair = Fraction(1, 10**12)  # where a ball touches the flats of k hyperplanes, a hair more radius meets them
    tenth = Fraction(1, 10)
    asked = [(4, 1, 2), (4, 1, 2 + hair), (4, 3, 5), (4, 1, 17 * tenth), (9, 1, 2), (3, tenth, 1), (5, 2, 4)]
    for n, t, radius in asked:
        network, count = nets.one_layer(np.eye(n)), coordinate_count(n, t, radius)
        yield Case(f"coordinate hyperplanes {n}, t {t}, radius {radius}", network, ball([t] * n, radius), count)


def _one_dimension() -> Iterator[Case]:
    kinks = nets.one_layer([[1], [2], [-1], [0], [1]], [0, -1, 0.5, 1, -3])  # at 0, 1/2 (twice) and 3
    yield _whole("kinks on the line", kinks, 4)
    for norm in (1, 2, "inf"):
        yield Case(f"kinks at both ends, norm {norm}", kinks, ball([0.25], 0.25, norm), 1)
        yield Case(f"kinks just inside, norm {norm}", kinks, ball([0.25], 0.250001, norm), 3)
    yield _whole("hat", nets.hat(), 4)
    for layers, wires in [(1, False), (3, False), (3, True), (6, False)]:
        between = ", wires between" if wires else ""
        yield Case(f"tent {layers}{between}", nets.tent(layers, wires), box([0], [1]), 2**layers)
    yield Case("tent 4 in a ball", nets.tent(4), ball([0.5], 0.5), 16)
    rising = Network.from_layers([[[1]], [[2]], [[3]], [[1]]], [[0], [1], [-2], [0]], slope=0.25)
    yield _whole("a chain of rising LeakyReLU units", rising, 4)


def _deep() -> Iterator[Case]:
    for p, layers, d in [(3, 3, 1), (5, 2, 1), (2, 3, 2), (3, 2, 2), (2, 2, 3)]:
        network, cube = nets.sawtooth(p, layers, d), box([0] * d, [1] * d)
        same = ball([0.5] * d, 0.5, "inf")
        for kind, domain in {"a box": cube, "a ball of norm inf": same, "a polytope": polytope_of(cube)}.items():
            yield Case(f"sawtooth {p}, {layers} layers, {d}-D, in {kind}", network, domain, p ** (layers * d))
    for p, layers, d, count in [(2, 2, 2, 16), (2, 3, 2, 60), (2, 3, 3, 408)]:
        network, domain = nets.sawtooth(p, layers, d), ball([0.5] * d, 0.5)
        yield Case(f"sawtooth {p}, {layers} layers, {d}-D, in a ball", network, domain, count)
    hat, teeth = nets.hat(), nets.direct_sum(nets.sawtooth(3, 2), nets.sawtooth(2, 2))
    yield Case("direct sum of hats", nets.direct_sum(hat, hat), box([-5, -5], [5, 5]), 16)
    yield Case("direct sum of sawteeth", teeth, box([0, 0], [1, 1]), 36)
    yield _whole("direct sum of braid 3 and hat", nets.direct_sum(nets.braid(3), hat), 24)
    yield _whole("direct sum of generic lines and hat", nets.direct_sum(nets.generated(2, 5, 1, seed=3), hat), 64)


def _published() -> Iterator[Case]:
    """Counts on which independent programs agree."""
    for shape, count in [((2, 16, 16, 1), 225), ((3, 16, 16, 1), 1429)]:
        d = shape[0]
        yield Case(f"generated {list(shape)}", nets.generated(*shape), box([-1] * d, [1] * d), count)


def _winners() -> Iterator[Case]:
    """Winner units: regions are told by which value wins."""
    for k, d in [(3, 1), (4, 2), (9, 2), (5, 3)]:
        # tangents of a paraboloid at k points: each is the largest at its own point
        points = np.array([[float(t**power) for power in range(1, d + 1)] for t in range(k)])
        network = nets.largest_of(points, -(points**2).sum(axis=1) / 2, [range(k)])
        yield _whole(f"the largest of {k} tangents, {d}-D", network, k)
    windows = [[0, 1, 4, 5], [2, 3, 6, 7]]  # of an image of 2 x 4
    pooled = nets.largest_of(np.eye(8), np.zeros(8), windows)
    for kind, domain in every_kind(8).items():
        yield Case(f"pooling 2 x 2 of two windows in {kind}", pooled, domain, 4**2)
    rng = np.random.default_rng(7)
    rows = np.round(rng.normal(size=(8, 7)) * 64) / 64  # differences within windows are six independent forms
    generic = nets.largest_of(rows, np.zeros(8), windows)
    yield Case("pooling 2 x 2 of generic forms", generic, ball([0] * 7, Fraction(1, 3)), 4**2)
    yield _whole("the larger of x, x and y", nets.largest_of(np.eye(2), np.zeros(2), [[0, 0, 1]]), 2)
    never = nets.largest_of([[1], [-1], [0]], [0, 0, -1], [[0, 1, 2]])
    yield _whole("the largest of x, -x and -1", never, 2)


def _fixed_inputs() -> Iterator[Case]:
    """Boxes with sides of length zero."""
    for value in (Fraction(1, 3), Fraction(-7, 11), Fraction(1, 10**20)):
        for n in (3, 4):
            # moving along (1, .., 1) changes no sign: every region meets the slice, and has its corner in it
            free = [value - 3] * (n - 1), [value + 3] * (n - 1)
            domain = box([*free[0], value], [*free[1], value])
            yield Case(f"braid {n}, an input fixed at {value}", nets.braid(n), domain, factorial(n))
        domain = box([value - 3, value, value - 3], [value + 3, value, value + 3])
        yield Case(f"Shi 3, an input fixed at {value}", nets.shifted_braid(3, (0, 1)), domain, 16)
        teeth, inside = nets.sawtooth(3, 2, 2), abs(value)
        yield Case(f"sawtooth 3, an input fixed at {inside}", teeth, box([0, inside], [1, inside]), 9)
    yield Case("every input fixed", nets.braid(4), box([Fraction(1, 3)] * 4, [Fraction(1, 3)] * 4), 1)
    rows, groups = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 2]]
    larger = nets.largest_of(rows, [0] * 3, groups)
    yield Case(
        "the largest of x, y and a fixed input", larger, box([-1, -1, Fraction(1, 3)], [1, 1, Fraction(1, 3)]), 3
    )
