"""Make the golden set: networks, domains, counts, certificates, and an index of them.

    python data/golden/make.py

Every count has a truth beside the engine that certifies it: a closed form, a published figure on which independent
programs agree, or a second engine that shares no code with the first.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from exactregions import Ball, Box, Domain, Network, Polytope, WholeSpace, count_regions, enumerate_regions, load
from exactregions.cases import networks as nets
from exactregions.cases.truths import general_position_count
from exactregions.importers import save

HERE = Path(__file__).parent
LARGEST_CERTIFICATE = 150_000  # bytes; above it the index has the hash and the command

# found by independent programs: an exact one in two dimensions, an LP tree, a published star-set verifier
PUBLISHED = "agreement of independent programs"


@dataclass(frozen=True)
class Case:
    """A question, and how its answer is known."""

    name: str
    network: Network
    domain: Domain
    regions: int | None  # None: counted by `second`
    truth: str
    second: str = "rational"


def closed(name: str, network: Network, domain: Domain, regions: int, formula: str) -> Case:
    """Return a case with a closed form."""
    return Case(name, network, domain, regions, f"closed form: {formula}")


def counted(name: str, network: Network, domain: Domain, second: str = "rational") -> Case:
    """Return a case that a second engine counts."""
    return Case(name, network, domain, None, f"counted by the engine '{second}' as well", second)


def cube(d: int) -> Box:
    """Return the open box (-1, 1)^d."""
    return Box([-1.0] * d, [1.0] * d)


def unit_cube(d: int) -> Box:
    """Return the open box (0, 1)^d."""
    return Box([0.0] * d, [1.0] * d)


def arrangements() -> list[Case]:
    """One hidden layer: theory of hyperplane arrangements."""
    space = WholeSpace
    central = nets.central_general(6, 3)
    shi, catalan = nets.shifted_braid(3, (0, 1)), nets.shifted_braid(3, (-1, 0, 1))
    identity = Network.from_layers([[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 1]]], [[0, 0, 0], [0]])
    corner, quarter, half = [Fraction(1, 4)] * 3, Fraction(1, 4), Fraction(1, 2)
    small = Ball([0.0] * 4, Fraction(1, 3))
    parallel = nets.one_layer([[1.0]] * 5, [-0.5, -0.25, 0.0, 0.25, 0.5])
    repeated = nets.one_layer([[1, 0], [2, 0], [-1, 0], [0, 0], [0, 1]], [0, 0, 0, 1, 0])
    return [
        closed("zaslavsky-7-3", nets.moment_curve(7, 3), space(3), nets_zaslavsky(7, 3), "Z(7, 3), Zaslavsky 1975"),
        closed("central-6-3", central, space(3), 2 * nets_zaslavsky(5, 2), "2 Z(5, 2), hyperplanes through one point"),
        closed("braid-4", nets.braid(4), space(4), 24, "4!, hyperplanes x_i = x_j"),
        closed("braid-4-ball", nets.braid(4), small, 24, "4!, a cone meets every ball about 0"),
        closed("type-b-3", nets.type_b(3), space(3), 48, "2^3 3!, reflections of the cube"),
        closed("shi-3", shi, space(3), 16, "(3+1)^(3-1), Shi 1986"),
        closed("catalan-3", catalan, space(3), 30, "3! Cat(3)"),
        closed("resonance-4", nets.resonance(4), space(4), 370, "all nonzero 0/1 rows"),
        closed("threshold-4", nets.threshold(4), space(4), 104, "rows (1, +-1, .., +-1)"),
        closed("tangent-ball", identity, Ball(corner, quarter), 1, "a ball that touches its hyperplanes"),
        closed("corner-ball", identity, Ball(corner, Fraction(3, 8)), 7, "sum of C(3, k) over k / 16 < 9 / 64"),
        closed("corner-taxicab", identity, Ball(corner, half, norm=1), 4, "sum of C(3, k) over k / 4 < 1 / 2"),
        closed("corner-maximum", identity, Ball(corner, quarter, norm=math.inf), 1, "the cube touches all of them"),
        closed("parallel-5", parallel, Box([-1.0], [1.0]), 6, "k parallel hyperplanes: k + 1"),
        closed("repeated-rows", repeated, cube(2), 4, "repeated and zero rows add nothing: two hyperplanes cross"),
    ]


def nets_zaslavsky(n: int, d: int) -> int:
    """Return Z(n, d), the regions of n hyperplanes in general position."""
    return sum(math.comb(n, j) for j in range(min(n, d) + 1))


def deep() -> list[Case]:
    """Deep networks with closed forms."""
    half = Fraction(1, 2)
    cases = [
        closed(
            f"sawtooth-{p}-{layers}-{d}-ball",
            nets.sawtooth(p, layers, d),
            Ball([half] * d, half),
            regions,
            "boxes of a grid whose nearest point is closer than the radius",
        )
        for p, layers, d, regions in ((2, 2, 2, 16), (2, 3, 2, 60), (2, 3, 3, 408), (3, 2, 4, 3753))
    ]
    return [
        *cases,
        closed("sawtooth-2-5-1", nets.sawtooth(2, 5, 1), unit_cube(1), 32, "p^(L d)"),
        closed("sawtooth-3-2-2", nets.sawtooth(3, 2, 2), unit_cube(2), 81, "p^(L d)"),
        closed("hat", nets.hat(), WholeSpace(1), 4, "three breakpoints"),
        closed("max-min", nets.max_min(), WholeSpace(2), 5, "max(-y, min(0, -x)), Stargalla, Hertrich, Reichman 2025"),
        closed("tent-6", nets.tent(6), unit_cube(1), 64, "2^L, LeakyReLU units of slopes -1 and 1"),
        closed("tent-4-wires", nets.tent(4, wires=True), unit_cube(1), 16, "2^L, beside wires"),
    ]


def random() -> list[Case]:
    """Random weights, in several domains and depths."""
    triangle = Polytope([[1, 1], [-1, 0], [0, -1]], [1, 1, 1])
    published = ((2, 16, 16, 1, 225), (3, 16, 16, 1, 1429), (4, 16, 16, 1, 5231), (6, 16, 16, 1, 187_914))
    return [
        *(
            Case("generated-" + "-".join(map(str, shape)), nets.generated(*shape), cube(shape[0]), regions, PUBLISHED)
            for *shape, regions in published
        ),
        counted("depth-4", nets.generated(2, 6, 6, 6, 6, 1), cube(2)),
        counted("euclidean-3", nets.generated(3, 10, 10, 1, seed=1), Ball([0.0] * 3, 1.0)),
        counted("taxicab-3", nets.generated(3, 10, 10, 1, seed=2), Ball([0.0] * 3, Fraction(4, 3), norm=1)),
        counted("maximum-3", nets.generated(3, 10, 10, 1, seed=3), Ball([0.1] * 3, Fraction(2, 3), norm=math.inf)),
        counted("triangle", nets.generated(2, 8, 8, 1, seed=4), triangle),
        counted("whole-plane", nets.generated(2, 8, 6, 1, seed=5), WholeSpace(2)),
        counted("few-bits", nets.generated(2, 6, 6, 6, 1, seed=6, bits=2), Ball([0.0] * 2, 1.0)),
        counted("leaky", nets.generated(3, 6, 6, 1, seed=7, slope=0.01), cube(3)),
        many_inputs(),
    ]


def many_inputs() -> Case:
    """Return hyperplanes in general position about a point of 784 coordinates."""
    network, ball = nets.generated(784, 8, 1, seed=8), Ball([0.0] * 784, 0.25)
    formula = "the subsets of hyperplanes whose intersection is closer than the radius"
    return closed("many-inputs", network, ball, general_position_count(network, ball), formula)


def trained() -> list[Case]:
    """The networks of the folder above, about their first training point."""
    import numpy as np

    radii = {"iris": 1.0, "moons": 1.0, "wine": 1.0, "cancer": 1.0, "digits": 0.375}
    return [
        counted(
            f"{name}-ball",
            load(HERE.parent / f"{name}.safetensors"),
            Ball(np.load(HERE.parent / f"{name}_points.npy")[0].astype(float), radius),
            "facets",
        )
        for name, radius in radii.items()
    ]


def winners() -> list[Case]:
    """Winner units, whose regions are told by which value wins."""
    points = [(float(t), float(t**2)) for t in range(9)]
    tangents = nets.largest_of(points, [-(x**2 + y**2) / 2 for x, y in points], [range(9)])
    unit = [[float(i == j) for j in range(8)] for i in range(8)]
    pooled = nets.largest_of(unit, [0.0] * 8, [[0, 1, 4, 5], [2, 3, 6, 7]])
    around = Box([-1.0, -1.0], [9.0, 65.0])
    return [
        closed("largest-of-9", tangents, around, 9, "each tangent of a paraboloid is the largest at its own point"),
        closed("pooling-2x2", pooled, cube(8), 16, "k^m, m windows of k values of their own"),
    ]


def fixed() -> list[Case]:
    """Boxes that fix an input, in arrangements that a translation maps to themselves: every region meets the slice."""
    third = Fraction(1, 3)

    def slab(d: int) -> Box:
        return Box([third - 3] * (d - 1) + [third], [third + 3] * (d - 1) + [third])

    return [
        closed("braid-4-fixed", nets.braid(4), slab(4), 24, "4!, moving along (1, 1, 1, 1) changes no sign"),
        closed("shi-3-fixed", nets.shifted_braid(3, (0, 1)), slab(3), 16, "(3+1)^(3-1), moving along (1, 1, 1)"),
        closed("sawtooth-3-2-2-fixed", nets.sawtooth(3, 2, 2), Box([0, third], [1, third]), 9, "p^L, one input free"),
    ]


def made(case: Case) -> dict:
    """Write the files of a case and return its line of the index."""
    network, certificate = HERE / f"{case.name}.npz", HERE / f"{case.name}.cert"
    save(case.network, network)
    if load(network) != case.network:
        raise SystemExit(f"{case.name}: the network does not come back from its file")
    regions = enumerate_regions(case.network, case.domain, store=False, certificate=certificate)
    expected = case.regions
    if expected is None:
        expected = count_regions(case.network, case.domain, engine=case.second)
    if not regions.exact or regions.count != expected:
        raise SystemExit(f"{case.name}: {regions!r}, but the truth is {expected}")
    content = certificate.read_bytes()
    kept = len(content) <= LARGEST_CERTIFICATE
    if not kept:
        certificate.unlink()
    print(f"{case.name:24s} {expected:>8,} regions {len(content):>12,} bytes{'' if kept else ', not kept'}")
    return {
        "name": case.name,
        "network": network.name,
        "fingerprint": case.network.fingerprint,
        "domain": case.domain.describe(),
        "regions": expected,
        "truth": case.truth,
        "certificate": {
            "file": certificate.name if kept else None,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    }


def main() -> None:
    """Make all of them."""
    index = [made(case) for case in (*arrangements(), *deep(), *random(), *trained(), *winners(), *fixed())]
    (HERE / "index.json").write_text(json.dumps({"version": 1, "cases": index}, indent=1) + "\n")
    print(f"{len(index)} cases")


if __name__ == "__main__":
    main()
