"""Cases on which region counters lose or invent regions: slivers, coincidences, touching, extreme sizes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from exactregions.bounds.arrangements import arrangement_regions
from exactregions.cases import networks as nets
from exactregions.cases.case import Case
from exactregions.cases.domains import ball, box, every_kind, polytope
from exactregions.domain import WholeSpace
from exactregions.network import Network, Stage

# from what careless tolerances lose to what no float arithmetic can see
GAPS = (1e-5, 1e-7, 1e-9, 1e-13, 2.0**-52, 1e-26, 1e-200)


def degenerate() -> Iterator[Case]:
    """Yield the cases."""
    yield from _slivers()
    yield from _zero_and_repeated_rows()
    yield from _touching()
    yield from _units_that_flip_together()
    yield from _vanishing_units()
    yield from _extreme_sizes()


def _slivers() -> Iterator[Case]:
    for gap in GAPS:
        # three strips, the thin one cut once, the others cut as well
        strips = nets.one_layer([[1, 0], [1, 0], [1, -1]], [0, -gap, 0])
        # two full wedges, two thin ones of which one is cut, all others cut too
        wedges = nets.one_layer([[0, 1], [-gap, 1], [2, 0]], [0, 0, -1])
        # a triangle with an area of gap^2 / 2 between three lines
        triangle = nets.one_layer([[1, 0], [0, 1], [1, 1]], [0, 0, -gap])
        for kind, domain in every_kind(2).items():
            yield Case(f"strip of width {gap:.1g} in {kind}", strips, domain, 6)
            yield Case(f"wedge of slope {gap:.1g} in {kind}", wedges, domain, 7)
            yield Case(f"triangle of side {gap:.1g} in {kind}", triangle, domain, 7)
    for level in (1e-1, 1e-4, 1e-9):
        # the second layer cuts both quadrants with x > 0, beside the axes; its other unit is positive everywhere
        network = Network.from_layers([np.eye(2), [[1, -1], [1, 1]], [[1, 1]]], [[0, 0], [-level, level], [0]])
        yield Case(f"sliver {level:.1g} in the second layer", network, ball([0, 0], 1), 6)


def _zero_and_repeated_rows() -> Iterator[Case]:
    zero = nets.one_layer([[0, 0], [1, 0], [0, 0], [1, 1]], [1, 2, 0, -1])
    repeated = nets.one_layer([[1, 2], [2, 4], [-1, -2], [1, 0], [-3, 0]], [1, 2, -1, 0, 0])
    proportional = nets.one_layer([[0.1, 0.2], [0.3, 0.6], [-0.7, -1.4], [1, 0]], [0.01, 0.03, -0.07, 0])
    yield Case("zero rows", zero, WholeSpace(2), 4)
    yield Case("only zero rows", nets.one_layer(np.zeros((3, 2)), [1, -1, 0]), WholeSpace(2), 1)
    for kind, domain in every_kind(2).items():
        yield Case(f"repeated rows in {kind}", repeated, domain, 4)
        # 3 * 0.2 is no float: rows that look proportional and are not quite
        yield Case(f"nearly proportional rows in {kind}", proportional, domain)
    parallel = nets.one_layer([[3.0, -1.0, 2.0]] * 6, range(6))
    yield Case("parallel hyperplanes", parallel, WholeSpace(3), 7)
    yield Case("parallel hyperplanes in a ball", parallel, ball([0] * 3, 10), 7)


def _touching() -> Iterator[Case]:
    """The domain is open: a hyperplane that only touches it cuts nothing, one that passes a vertex inside does."""
    edge = nets.one_layer([[1, 0], [0, 1], [1, 1]], [-1, -1, -2])
    yield Case("hyperplanes along the edges of a box and at a vertex", edge, box([0, 0], [1, 1]), 1)
    yield Case("hyperplanes along the edges of a polytope", edge, polytope([[1, 0], [0, 1]], [1, 1]), 1)
    yield Case("one of three hyperplanes along a facet", edge, polytope([[1, 1]], [2]), 3)
    yield Case("two of three hyperplanes inside", edge, ball([0, 0], 2, 1), 3)
    yield Case("two tangents and one beyond", edge, ball([0, 0], 1), 1)
    diagonal = nets.one_layer([[1, -1], [1, 1]], [0, -2])
    yield Case("a diagonal through two vertices of a box", diagonal, box([0, 0], [1, 1]), 2)
    tangent = nets.one_layer([[3, 4], [1, 0]], [-25, 0])
    yield Case("a tangent of a ball", tangent, ball([0, 0], 5), 2)
    yield Case("a secant a hair inside", tangent, ball([0, 0], 5 + Fraction(1, 10**20)), 3)
    slanted = nets.one_layer([[1, 2, 2], [1, 1, 1]], [-9, -3])
    yield Case("a tangent plane", slanted, ball([0, 0, 0], 3), 2)
    for norm in (1, 2, "inf"):
        about = nets.one_layer([[1, 0], [0, 1], [1, 0]], [-1, -2, -1.5])
        yield Case(f"two lines through the centre and a tangent, norm {norm}", about, ball([1, 2], 0.5, norm), 4)


def _units_that_flip_together() -> Iterator[Case]:
    general = nets.moment_curve(5, 2).stages[0]
    both = nets.one_layer(np.vstack([general.weight, -general.weight]), np.r_[general.bias, -general.bias])
    yield Case("each unit beside its negative", both, ball([0, 0], 100), arrangement_regions(5, 2))
    yield Case("max of a min", nets.max_min(), WholeSpace(2), 5)
    for center in ([0, 0], [Fraction(1, 10**12), 0], [0, -Fraction(1, 10**15)]):
        where = ", ".join(f"{float(c):.0g}" for c in center)
        yield Case(f"max of a min about ({where})", nets.max_min(), ball(center, Fraction(1, 2)), 5)
    yield Case("max of a min in a box", nets.max_min(), box([-1, -2], [3, 1]), 5)
    yield Case("max of a min in a polytope", nets.max_min(), polytope([[1, 1], [-1, 1]], [3, 2]), 5)
    widened = nets.widened(nets.generated(2, 4, 3, 1, seed=1, bits=6), [[0, 0, 0], [1, -2, 0], [-2, 4, 0], [0, 0, 1]])
    for kind, domain in every_kind(2).items():
        yield Case(f"zero, repeated and negated units before a second layer, in {kind}", widened, domain)


def _vanishing_units() -> Iterator[Case]:
    dead = Network.from_layers(
        [[[1.0, 0.0]], [[1.0], [-1.0], [2.0]], [[1.0, 1.0, -1.0]]], [[0.0], [0.0, 0.0, 0.0], [0.0]]
    )
    one = Network.from_layers([[[1.0]], [[1.0]], [[1.0]]], [[0.0], [0.0], [0.0]])
    for kind, domain in every_kind(2).items():
        yield Case(f"a layer identically zero on one side, in {kind}", dead, domain, 2)
    for kind, domain in every_kind(1).items():
        yield Case(f"a unit identically zero on one side, in {kind}", one, domain, 2)
    # relu(x) + relu(-x) - |x| vanishes everywhere, and so does the unit that reads it
    absolute = Stage(np.array([[1.0], [-1.0], [1.0]]), np.zeros(3), np.array([0, 0, -1.0]), np.ones(3))
    never = Stage.relu([[1.0, 1.0, -1.0]], [0.0])
    network = Network((absolute, never), np.eye(1), np.zeros(1))
    yield Case("a unit identically zero everywhere", network, WholeSpace(1), 2)
    # 0.1 + 0.2 - (0.1 + 0.2 in floats) is 2^-54.8, not zero: the unit is there
    residue = [[0.1, 0.2, -(0.1 + 0.2)], [-0.1, -0.2, 0.1 + 0.2]]
    almost = Network.from_layers([[[1.0]] * 3, residue, [[1.0, 1.0]]], [[0.0] * 3, [0.0, 0.0], [0.0]])
    yield Case("units that vanish in floats only", almost, ball([0], 1), 2)
    for shape, seed in [((2, 4, 3, 1), 2), ((3, 5, 4, 1), 4)]:
        drawn = nets.generated(*shape, seed=seed, bits=6)
        free = Network.from_layers([*(s.weight for s in drawn.stages), drawn.weight], [None] * 3)
        for kind, domain in every_kind(shape[0]).items():
            yield Case(f"bias-free {list(shape)} in {kind}", free, domain)


def _extreme_sizes() -> Iterator[Case]:
    lines = nets.moment_curve(5, 2)
    for norm in (1, 2, "inf"):
        for radius, count in ((1e300, arrangement_regions(5, 2)), (1e-300, 1)):
            yield Case(f"radius {radius:g}, norm {norm}", lines, ball([0.3, 0.1], radius, norm), count)
    for scale in (1e-150, 1e150):
        rows = scale * np.array([[1.0, 2.0], [3.0, -1.0], [1.0, 1.0]])
        network = nets.one_layer(rows, [scale, 0, -scale])
        yield Case(f"weights near {scale:g}", network, WholeSpace(2), 7)
        yield Case(f"weights near {scale:g}, in a ball", network, ball([0, 0], 10), 7)
    third = Fraction(1, 3)
    beside, middle = nets.one_layer([[1]], [-1 / 3]), nets.one_layer([[3]], [-1])
    yield Case("a ball smaller than the rounding of its centre", beside, ball([third], 1e-18), 1)
    yield Case("such a ball, cut through the middle", middle, ball([third], 1e-40), 2)
