"""Numbers at both ends of the floats: every engine gives the right count, and nothing but our own errors is raised."""

import math
import warnings
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest

from exactregions import Ball, Box, Network, Polytope, WholeSpace, enumerate_regions
from exactregions.crosscheck import spot_check
from exactregions.errors import DomainError, NetworkError
from exactregions.exact.floats import row_lengths
from exactregions.geometry import adjacency, domain_volume, volumes
from exactregions.geometry.ball_parts import part_in_ball
from exactregions.geometry.cones import Cones

ENGINES = ["tree", "rational", "facets", "milp"]
PLANE = [[1.0, 3.0], [1.0, -1.0], [0.0, 2.0]]


def count(engine, network, domain):
    found = enumerate_regions(network, domain, engine=engine)
    assert found.exact
    return found


# ---- tiny weights in huge domains: squares of the coefficients underflow


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("norm", [1, 2, math.inf])
@pytest.mark.parametrize("size", [1e-150, 1e-160, 1e-200, 1e-250, 1e-300])
def test_tiny_weights_in_a_huge_ball(size, norm, engine):
    # the lines x + 3y = 1, x - y = 1/2 and y = 1/4 at the scale 1 / size cut a ball of radius 2 / size into 7 parts
    weight = np.array(PLANE) * size
    network = Network.from_layers([weight, [[1.0, 1.0, 1.0]]], [[-1.0, -0.5, -0.5], [0.0]])
    same = Network.from_layers([PLANE, [[1.0, 1.0, 1.0]]], [[-1.0, -0.5, -0.5], [0.0]])
    wanted = count("rational", same, Ball([0, 0], 2, norm=norm))
    found = count(engine, network, Ball([0, 0], Fraction(2) / Fraction(size), norm=norm))
    assert sorted(found.pattern_array().tolist()) == sorted(wanted.pattern_array().tolist())
    graph, same_graph = adjacency(found), adjacency(wanted)
    assert graph.components() == 1
    assert len(graph) == len(same_graph)


@pytest.mark.parametrize("engine", ENGINES)
def test_tiny_weights_and_a_centre_far_off(engine):
    network = Network.from_layers(
        [[[1e-300, 3e-300], [1e-300, 3e-300], [0.0, 3e-301]], [[1.0, 0.0, -2.0], [0.0, -1e20, 3e19]], [[0.3, 0.0]]],
        [[-2.0, 0.5, 0.0], [0.0, 0.0], [-1.0]],
    )
    assert count(engine, network, Ball([0, 10**300], Fraction(1.7e308))).count == 9


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_of_every_size_in_one_network(engine):
    weight = [[1e-300, 3e-301], [2.0, 2.0], [-2e200, 2e200], [-1.7e308, -1.7e308]]
    network = Network.from_layers([weight, [[1.0] * 4]], [[0.0, 1e300, 5e299, -1e300], [0.0]])
    assert count(engine, network, Ball([Fraction(1, 2), Fraction(1, 3)], 1e300)).count == 10


@pytest.mark.parametrize("norm", [1, 2, math.inf])
@pytest.mark.parametrize("gap", [400, 900, 1100, 1400])
def test_a_normal_that_underflows_beside_its_offset(gap, norm):
    # x - 1 at a scale of 2^-gap: the line x = 2^gap, and a ball that reaches it, or does not
    small = 2.0 ** -min(gap, 1000)
    second = 2.0 ** -(gap - min(gap, 1000))
    network = Network.from_layers([[[small, 0.0]], [[second]], [[1.0]]], [[0.0], [-1.0], [0.0]])
    for radius, wanted in ((Fraction(2) ** gap, 2), (Fraction(2) ** gap + 1, 3)):
        for engine in ("rational", "facets", "tree"):
            assert count(engine, network, Ball([0, 0], radius, norm=norm)).count == wanted


def test_lengths_of_rows_whose_squares_leave_the_floats():
    rows = np.array([[3e-200, 4e-200], [3e200, 4e200], [0.0, 0.0], [3.0, -4.0], [5e-324, 0.0]])
    assert row_lengths(rows) == pytest.approx([5e-200, 5e200, 0.0, 5.0, 5e-324], rel=1e-15, abs=0)


# ---- programs of the engine milp


@pytest.mark.parametrize("domain", [Box([-1, -1], [1, 1]), Ball([0, 0], 1, norm=1), Ball([0, 0], 1)])
@pytest.mark.parametrize("tiny", [5e-324, 1e-310, 2e-308, 1e-300])
@pytest.mark.parametrize("rows", [1, 2])
def test_milp_with_a_unit_that_is_hardly_ever_positive(tiny, rows, domain):
    second = [[tiny, -1.0], [1.0, 1.0]][:rows]
    network = Network.from_layers(
        [[[1.0, 2.0], [1.0, -1.0]], second, [[1.0] * rows, [-1.0] * rows], [[1.0, 1.0]]],
        [[0.25, -0.5], [0.0] * rows, [0.0, 0.1], [0.0]],
    )
    assert count("milp", network, domain).count == count("rational", network, domain).count


@pytest.mark.parametrize("tiny", [5e-324, 1e-310, 1e-300, 1e-200])
@pytest.mark.parametrize("radius", [1.0, 1e20, 1e300])
def test_milp_in_a_disc_with_rows_of_any_length(tiny, radius):
    network = Network.from_layers(
        [[[tiny, 0.0], [1.0, 2.0], [1e200, -1e200]], [[1.0, tiny, -1.0], [1.0, 1.0, 0.0]], [[1.0, -1.0]]],
        [[1.0, -0.5, 0.0], [-tiny, -1.0], [0.0]],
    )
    ball = Ball([0.5, 0.25], radius)
    assert count("milp", network, ball).count == count("rational", network, ball).count


# ---- volumes


@pytest.mark.parametrize("size", [1e-320, 1e-300, 1e-200, 1e-110, 1e-100, 1.0, 1e100, 1e150, 1e300])
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("kind", ["box", "ball", "l1", "polytope"])
def test_volumes_add_up_or_are_refused(size, d, kind):
    r = Fraction(size)
    simplex = [[1] * d] + [[-(i == j) for i in range(d)] for j in range(d)]
    domain = {
        "box": Box([-r] * d, [2 * r] * d),
        "ball": Ball([0] * d, r),
        "l1": Ball([0] * d, r, norm=1),
        "polytope": Polytope(simplex, [r] + [0] * d),
    }[kind]
    network = Network.from_layers([np.eye(d), np.ones((1, d))], [np.full(d, -size / 8), [0.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        regions = enumerate_regions(network, domain)
        if not 1e-300 < domain_volume(domain) < 1e300:
            with suppress(DomainError):  # or the right answer
                assert volumes(regions, rays=64).total == pytest.approx(domain_volume(domain), rel=0.05)
            return
        found = volumes(regions, rays=64)
    assert found.total == pytest.approx(domain_volume(domain), rel=0.05)
    assert abs(found.total - domain_volume(domain)) <= found.total_error + 1e-12 * found.total


def test_cones_without_a_volume_hold_no_part_of_a_ball():
    flat = Cones(np.zeros(3), np.zeros((2, 3, 3)), np.zeros(2), 0.0)
    far = Cones(np.zeros(3), np.full((2, 3, 3), 3.0), np.zeros(2), 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert part_in_ball(flat, np.zeros(3), 1.0, 64, (0,)) == (0.0, 0.0, 0.0)
        assert part_in_ball(far, np.zeros(3), 1.0, 64, (0,)) == (0.0, 0.0, 0.0)


# ---- forms beyond the floats


@pytest.mark.parametrize("stages", [2, 3, 5])
@pytest.mark.parametrize("engine", ["tree", "rational", "facets"])
def test_affine_maps_that_no_floats_hold_are_refused_by_name(stages, engine):
    network = Network.from_layers([[[1e200, 0.0]], *[[[1e200]]] * stages], [[0.0]] * (stages + 1))
    found = count(engine, network, Box([-1, -1], [1, 1]))
    assert found.count == 2
    off, on = sorted(found, key=lambda region: region.pattern.tolist())
    assert off.affine_map()[0].tolist() == [[0.0, 0.0]]
    with pytest.raises(NetworkError, match="beyond the range of floats; scale"):
        on.affine_map()
    with pytest.raises(NetworkError, match="beyond the range of floats; scale"):
        on.polyhedron()
    assert adjacency(found).components() == 1


def test_the_whole_space_with_units_of_every_size():
    network = Network.from_layers([[[1e-320], [1e300], [1.0]], [[1.0] * 3]], [[-1e300, 1.0, -5e-324], [0.0]])
    for engine in ("tree", "rational", "facets"):
        assert count(engine, network, WholeSpace(1)).count == 4


@pytest.mark.parametrize("radius", [1e300, Fraction(10) ** 320, Fraction(1, 10**320)])
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_second_opinions_on_radii_that_no_float_holds(radius, scale):
    network = Network.from_layers([[[scale, 0.0], [0.0, 1.0]], [[1.0, 1.0]]], [[-1.0, 1.0], [0.0]])
    regions = enumerate_regions(network, Ball([0, 0], radius))
    assert regions.exact
    assert not spot_check(regions).faults
