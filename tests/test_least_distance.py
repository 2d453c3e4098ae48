"""Boxes with many inputs: the kernel of least distances, on small cases that others can decide, and at full size."""

import numpy as np
import pytest
from engines import found
from many_inputs import IMAGE, assert_settled_in_floats, three_among_forty

from exactregions import Ball, Box, Polytope, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.cases.degenerate import degenerate
from exactregions.cases.random_nets import random_nets
from exactregions.certificate.checker import check
from exactregions.engines.tree import scaled_problem
from exactregions.engines.tree.kernels.codes import BOX, UNBOUNDED, WIDE_BOX
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.shapes import ShapeKind, shape_of
from exactregions.testing.trials.hostile_domains import hostile_ball
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network


@pytest.fixture
def everywhere(monkeypatch):
    """Let the kernel answer for every bounded box, down to one input."""
    monkeypatch.setattr(scaled_problem, "MANY_INPUTS", 1)


def kind_of(network, domain):
    return scaled_problem.scale_problem(network, ExactNetwork(network), domain).domain.kind


def test_boxes_with_many_inputs_have_a_kernel_of_their_own():
    many = scaled_problem.MANY_INPUTS
    for d, kind in [(many - 1, BOX), (many, WIDE_BOX)]:
        assert kind_of(nets.generated(d, 2, 1), Ball([0.0] * d, 1, "inf")) == kind
    halfspace = Polytope([[1.0] * many], [1.0])
    assert kind_of(nets.generated(many, 2, 1), halfspace) == UNBOUNDED


def bounded(case):
    shape = shape_of(case.domain)
    return shape.kind is ShapeKind.BOX and None not in shape.half_widths


CASES = [case for cases in (degenerate, random_nets) for case in cases() if bounded(case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_known_and_exact_counts(everywhere, case):
    regions = found("tree", case.network, case.domain)
    assert regions.pattern_set() == found("rational", case.network, case.domain).pattern_set()
    assert case.known in (None, len(regions))


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("seed", range(4))
def test_hostile_networks_in_balls_on_and_beside_what_is_hard(everywhere, family, seed):
    rng = np.random.default_rng([seed, *family.encode()])
    network = random_network(family, rng)
    ball = hostile_ball(network, rng)
    domain = Ball(ball.center, ball.radius, "inf")
    regions = found("tree", network, domain)
    assert regions.pattern_set() == found("rational", network, domain).pattern_set()


@pytest.mark.parametrize("sides", [(1e-300, 1.0, 1e300), (1e-3, 1.0, 5.0), (1e-9, 1e9, 1.0)])
def test_unequal_sides(everywhere, sides):
    """The hyperplanes x_i = 0 and x_i / side_i = x_j / side_j: six orders of three numbers, in eight orthants."""
    scaled = [1 / s for s in sides]
    rows = [*np.diag(scaled), [scaled[0], -scaled[1], 0], [0, scaled[1], -scaled[2]], [scaled[0], 0, -scaled[2]]]
    network = nets.one_layer(rows, [0.0] * 6)
    domain = Box([-s for s in sides], list(sides))
    regions = found("tree", network, domain)
    assert regions.pattern_set() == found("rational", network, domain).pattern_set()


@pytest.mark.parametrize("sizes", [(8, 12, 8, 1), (12, 10, 10, 1), (5, 8, 8, 8, 1)])
def test_it_finds_what_the_dictionary_finds(monkeypatch, sizes):
    network = nets.generated(*sizes, seed=3)
    domain = Ball([0.1] * sizes[0], 0.4, "inf")
    by_dictionary = found("tree", network, domain)
    monkeypatch.setattr(scaled_problem, "MANY_INPUTS", 1)
    by_distance = found("tree", network, domain)
    assert by_distance.pattern_set() == by_dictionary.pattern_set()
    assert len(by_distance) > 500


def test_inputs_without_weight_change_nothing():
    """Three inputs that matter among forty: the count is that of the three."""
    small, network = three_among_forty()
    regions = found("tree", network, Ball([0.0] * 40, 1, "inf"))
    assert regions.pattern_set() == found("tree", small, Ball([0.0] * 3, 1, "inf")).pattern_set()


AROUND = Ball([0.3] * 784, 0.02, "inf")


def test_image_size_needs_no_exact_arithmetic():
    """Witnesses keep their distance from every row, so floats prove all of them, as points and as inputs."""
    regions = found("tree", IMAGE, AROUND)
    assert len(regions) > 100
    assert_settled_in_floats(regions, AROUND)


def test_certificates_of_image_size_are_confirmed(tmp_path):
    regions = enumerate_regions(IMAGE, Ball([0.3] * 784, 0.008, "inf"), engine="tree", certificate=tmp_path / "c")
    assert regions.exact
    verdict = check(tmp_path / "c", fingerprint=IMAGE.fingerprint)
    assert (verdict.claim, verdict.regions) == ("exact", regions.count)


def test_a_repeated_row_in_many_inputs_is_settled_on_the_float_basis():
    """Multipliers that cancel two rows are solved for in as few unknowns as rows are active."""
    rng = np.random.default_rng(2)
    weight, bias = rng.normal(size=(4, 300)), rng.normal(size=4)
    network = nets.one_layer(np.vstack([weight, -2 * weight[:2]]), np.r_[bias, -2 * bias[:2]])
    alone = nets.one_layer(weight, bias)
    domain = Ball([0.1] * 300, 0.1, "inf")
    regions = found("tree", network, domain)
    assert len(regions) == len(found("tree", alone, domain)) > 1
    assert regions.stats["settled_by_exact_basis"] > 0
    assert regions.stats["settled_by_exact_pivots"] == 0
