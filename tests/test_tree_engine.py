"""The tree engine against the exact reference: equal sets of patterns, and the known counts at full size."""

from fractions import Fraction
from itertools import pairwise
from mmap import PAGESIZE
from pathlib import Path

import numpy as np
import pytest
from engines import found
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, count_regions, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.testing.strategies import networks as small_networks

THIRD = Fraction(1, 3)
BY_EXACT_MEANS = ("settled_by_exact_basis", "settled_by_exact_pivots")


def domain_of(kind: str, d: int):
    """One domain of each kind, some with edges where small dyadic networks have vertices."""
    match kind:
        case "ball 2" | "ball 1" | "ball inf":
            return Ball([0.0] * d, 2, {"2": 2, "1": 1, "inf": np.inf}[kind[5:]])
        case "ball off the floats":
            return Ball([THIRD] * d, 1 + THIRD)
        case "box":
            return Box([-1.0] * d, [2.0] * d)
        case "whole space":
            return WholeSpace(d)
        case "polytope":
            return Polytope([[1.0] * d, [-1.0] * d], [2, 3])
        case "polytope in a box":
            return Polytope([[1.0] * d, [2.0] * d, [-THIRD] * d], [2, 4, 1], Box([-2.0] * d, [2.0] * d))
    raise AssertionError(kind)


KINDS = (
    "ball 2", "ball 1", "ball inf", "ball off the floats", "box", "whole space", "polytope", "polytope in a box"
)  # fmt: skip


def assert_equals_the_reference(network, domain):
    regions, reference = found("tree", network, domain), found("rational", network, domain)
    assert regions.pattern_set() == reference.pattern_set()
    assert count_regions(network, domain, engine="tree") == len(reference)
    assert regions.undecided == 0
    assert all(domain.contains(region.witness) for region in regions)
    return regions


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(network=small_networks())
def test_small_dyadic_networks(kind, network):
    assert_equals_the_reference(network, domain_of(kind, network.inputs))


@st.composite
def rough_networks(draw):
    """Generic weights, beside units that all but coincide, and layers of unlike sizes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    widths = [int(rng.integers(1, 4)), *rng.integers(1, 4, size=int(rng.integers(1, 4))).tolist()]
    stages = []
    for n, m in pairwise(widths):
        weight, bias = rng.normal(size=(m, n)), rng.normal(size=m) * rng.integers(0, 2)
        i, j = rng.integers(m, size=2)
        weight[i] = rng.choice([1, -1, 3, 0.1]) * weight[j]
        bias[i] = bias[j] + rng.choice([0, 1e-17, 1e-16, 1e-13])
        scale = rng.choice([1, 1, 2.0**40, 2.0**-40, 1e150, 1e-150, 1e-300])
        low = rng.choice([0, 0, 0.1, -0.5, 1, 2], size=m)
        stages.append(Stage(weight * scale, bias * scale, low, np.full(m, rng.choice([1, 1, 3]))))
    return Network(tuple(stages), np.ones((1, widths[-1])), [0])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(network=rough_networks())
def test_rough_networks(kind, network):
    try:
        found("rational", network, domain_of(kind, network.inputs))
    except OverflowError:
        reject()  # a witness or an entry radius that no float holds
    assert_equals_the_reference(network, domain_of(kind, network.inputs))


@st.composite
def cancelling_networks(draw):
    """Second-layer units whose forms vanish in floats, not exactly: 0.1 + 0.2 - 0.30000000000000004."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    d, n, m = (int(v) for v in rng.integers((1, 1, 2), (3, 4, 6)))
    first = rng.integers(-2, 3, size=(n, d)).astype(float)
    bias = rng.integers(-2, 3, size=n) / 2
    second = np.hstack([rng.integers(-2, 3, size=(m, n)), np.zeros((m, 2))])
    level = rng.integers(-4, 5, size=m) / 4
    for i in np.flatnonzero(rng.random(m) < 0.5):
        sign = rng.choice([-1, 1])
        second[i] = 0
        second[i, [0, n, n + 1]] = sign * np.array([0.1, 0.2, -0.1 - 0.2])
        level[i] = sign * rng.choice([0, 1e-17, 2e-17, 5e-18, 3e-17])
    return Network.from_layers(
        [np.vstack([first, first[:1], first[:1]]), second, np.ones((1, m))], [np.r_[bias, bias[[0, 0]]], level, [0]]
    )


@pytest.mark.parametrize("kind", ["ball 2", "ball 1", "box"])
@settings(max_examples=100)
@given(network=cancelling_networks())
def test_forms_that_vanish_in_floats_only(kind, network):
    """Such a unit has no multipliers of its own: those of an earlier question must not answer for it."""
    assert_equals_the_reference(network, domain_of(kind, network.inputs))


def climbed(regions) -> int:
    return sum(regions.stats[key] for key in BY_EXACT_MEANS)


@pytest.mark.parametrize("kind", ["ball 2", "ball 1", "box", "whole space", "polytope"])
@pytest.mark.parametrize("gap", [1e-5, 1e-9, 1e-11, 1e-13, 1e-26])
def test_slivers(kind, gap):
    """A strip and a needle of that width, crossed by a second layer that bends inside them."""
    rows = [[3, 1], [3, 1], [1, -2], [1 + gap if gap > 1e-16 else 1, -2]]
    network = Network.from_layers(
        [rows, [[1, -1, 0, 0.3], [0, 0, 1, -1], [0.1, 0.2, 0.3, 0.4]], [[1, 1, 1]]],
        [[0.1, 0.1 + max(gap, 2.0**-53), 0, gap], [-gap / 2, gap, -0.7], [0]],
    )
    regions = assert_equals_the_reference(network, domain_of(kind, 2))
    if gap <= 1e-13:
        assert climbed(regions) > 0
    assert regions.stats["decisions"] >= regions.stats["split_by_float"]


DEGENERATE = {
    "repeated rows": nets.generated(2, 4, 1, seed=1),
    "bias-free": Network.from_layers(
        [s.weight for s in nets.generated(3, 5, 4, 1, seed=4).stages] + [np.ones((1, 4))], [None] * 3
    ),
    "common vertices": nets.resonance(3),
    "type B": nets.type_b(3),
}


@pytest.mark.parametrize("kind", ["ball 2", "ball 1", "box", "whole space", "polytope"])
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_networks(name, kind):
    """Repeated rows, cones at the origin, hyperplanes through the centre, integer weights with common vertices."""
    network = DEGENERATE[name]
    if name == "repeated rows":
        first = network.stages[0]
        copies = np.c_[np.vstack([3 * first.weight, -first.weight, first.weight]), np.r_[
            3 * first.bias, -first.bias, first.bias]]  # fmt: skip
        network = nets.widened(network, copies)
    regions = assert_equals_the_reference(network, domain_of(kind, network.inputs))
    stats = regions.stats
    assert stats["programs"] > 0
    # in cones floats prove that combinations vanish, and nothing is left for fractions
    assert stats["stable_by_simple_fractions"] + climbed(regions) > 0 or name == "bias-free"


# inputs on which a float bound once was wrong, each for a reason of its own
UNEVEN = nets.one_layer([[2.0**1000, 2.0**-1000], [1, 0]])
ONCE_WRONG = {
    "a coefficient that vanishes by scaling": (UNEVEN, Box([-1, -1], [1, 1]), 4),
    "the same in a ball": (UNEVEN, Ball([0, 0], 1), 4),
    "an error that vanishes by underflow": (
        Network.from_layers(
            [
                [[2.0**-1015 * (1 + 2.0**-52), 0], [2.0**-1015 * (1 + 2.0**-52) * (1 + 3 * 2.0**-11), 0],
                 [0, 2.0**-1015], [1e-305, 0]],
                [[1 + 3 * 2.0**-11, 0, -1, 0], [0, 1, -1, 0]],
                [[1, 1]],
            ],
            [[0] * 4, [0, 0], [0]],
        ),
        Box([0, 0], [1, 1]),
        3,
    ),
    "a ball smaller than the rounding of its centre": (nets.one_layer([[1]], [-1 / 3]), Ball([THIRD], 1e-18), 1),
    "the same, cut through the middle": (nets.one_layer([[3]], [-1]), Ball([THIRD], 1e-40), 2),
    "a constant beyond the floats": (nets.one_layer([[1e300, 0], [0, 1]]), Ball([1e300, 0], 1), 2),
    "a polytope beyond the floats": (
        nets.one_layer([[1, 2], [0, 1]], [1, 2]), Polytope([[Fraction(1, 10**300), 0], [1, 1]], [10**300, 1]), 3
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_inputs_that_were_once_wrong(name):
    network, domain, expected = ONCE_WRONG[name]
    assert len(assert_equals_the_reference(network, domain)) == expected


def test_what_a_thread_took_for_exact_arithmetic_is_given_back():
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("the memory of a process is read as Linux tells it")
    network = nets.generated(3, 4, 4, 1, seed=3)  # in the whole space it needs exact decisions

    def bytes_after(searches: int) -> int:
        for _ in range(searches):
            count_regions(network, WholeSpace(3))
        return int(statm.read_text().split()[1]) * PAGESIZE

    before = bytes_after(20)
    assert bytes_after(120) - before < 10_000_000  # a quarter of a megabyte a search would be 27 million


def test_few_units_on_many_inputs():
    """The ball is projected on the rows of the first layer; tiny weights must keep their errors there."""
    for scale in (1.0, 1e-170):
        network = nets.generated(9, 3, 2, 1, seed=2)
        first, *rest = network.stages
        network = Network((Stage.relu(first.weight * scale, first.bias * scale), *rest), network.weight, network.bias)
        network = nets.widened(network, np.c_[first.weight[:2] * scale, first.bias[:2] * scale * (1 + 2.0**-50)])
        assert_equals_the_reference(network, Ball([0.25] * 9, Fraction(3, 2)))


@pytest.mark.parametrize("domain", [Ball([0.1] * 3, 1), Ball([0.1] * 3, 1, 1), Box([-1] * 3, [1] * 3)])
def test_scales_of_layers_that_cancel(domain):
    network = nets.generated(3, 8, 8, 8, 1, seed=6)
    first, second, third = network.stages
    scaled = (
        Stage.relu(first.weight * 2.0**40, first.bias * 2.0**40),
        Stage.relu(second.weight * 2.0**-40, second.bias),
        Stage.relu(third.weight * 2.0**-40, third.bias * 2.0**-40),
    )
    other = Network(scaled, network.weight * 2.0**40, network.bias)
    assert found("tree", other, domain).pattern_set() == found("tree", network, domain).pattern_set()


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_translations_by_dyadic_vectors(norm):
    network = nets.generated(3, 8, 6, 1, seed=7, bits=12)
    first, *rest = network.stages
    before = found("tree", network, Ball([0.25] * 3, 1, norm)).pattern_set()
    for shift in (1.0, -1024.5, 2.0**30):
        vector = shift * np.array([1, -0.5, 0.25])
        moved_first = Stage.relu(first.weight, first.bias - first.weight @ vector)
        moved = Network((moved_first, *rest), network.weight, network.bias)
        assert found("tree", moved, Ball(0.25 + vector, 1, norm)).pattern_set() == before


@pytest.mark.parametrize(
    ("p", "layers", "d", "expected"), [(2, 2, 2, 16), (2, 3, 2, 60), (2, 3, 3, 408), (3, 2, 4, 3753), (2, 4, 4, 29792)]
)
def test_sawtooth(p, layers, d, expected):
    network = nets.sawtooth(p, layers, d)
    assert count_regions(network, Ball([0.5] * d, 0.5), engine="tree") == expected
    assert count_regions(network, Box([0] * d, [1] * d), engine="tree") == p ** (layers * d)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((2, 16, 16, 1), 225), ((2, 64, 64, 1), 3869), ((3, 16, 16, 1), 1429), ((4, 16, 16, 1), 5231),
        ((3, 32, 32, 1), 18654), ((6, 16, 16, 1), 187914), ((10, 12, 12, 1), 91421),
    ],
)  # fmt: skip
def test_generated_networks(shape, expected):
    d = shape[0]
    regions = enumerate_regions(nets.generated(*shape), Box([-1] * d, [1] * d), engine="tree", store=False)
    assert regions.exact
    assert len(regions) == expected
