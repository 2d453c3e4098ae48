"""Volumes, vertices and boundedness against closed forms and against each other."""

import itertools
import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from scipy.spatial import ConvexHull
from scipy.stats import t

from exactregions import Ball, Box, Network, Polytope, WholeSpace, enumerate_regions
from exactregions.cases.networks import braid, central_general, generated, hat, max_min, one_layer, sawtooth
from exactregions.errors import DomainError, EngineError
from exactregions.exact.forms import Form
from exactregions.geometry import ball_parts, bounded, domain_volume, vertices, volumes
from exactregions.geometry import cones as cones_module
from exactregions.geometry import volume as volume_module
from exactregions.geometry.exact_polytopes import ExactPolytope
from exactregions.geometry.polyhedra import domain_rows


def box(d: int) -> Box:
    return Box([-1] * d, [1] * d)


def domains(d: int) -> list:
    center = [Fraction(1, 8)] * d
    simplex = [[1] * d, *(-np.eye(d, dtype=int)).tolist()]
    return [
        *(Ball(center, Fraction(9, 8), norm) for norm in (1, 2, math.inf)),
        Box([-1] * d, [Fraction(3, 2)] * d),
        Polytope(simplex, [1] * (d + 1)),
        Polytope(simplex[:1], [1], Box([-1] * d, [1] * d)),
    ]


def measured(network: Network, domain, **options):
    """Volumes whose sum is that of the domain, within what they state."""
    found = volumes(enumerate_regions(network, domain), **options)
    whole = domain_volume(domain)
    assert (found.values >= 0).all()
    assert (found.values + found.errors > 0).all()
    assert abs(found.total - whole) <= found.total_error + 1e-14 * whole
    return found


@pytest.mark.parametrize("kind", range(6))
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_volumes_add_up(d, kind):
    found = measured(generated(d, 5, 4, 1, seed=d), domains(d)[kind])
    sampled = kind == 1 and d > 2
    assert found.total_error < (0.02 if sampled else 1e-8) * found.total
    assert (found.standard_errors > 0).any() == sampled


@pytest.mark.parametrize("d", [5, 6])
def test_volumes_add_up_in_more_dimensions(d):
    measured(generated(d, 3, 1, seed=d), box(d))


def test_the_sawtooth_cuts_equal_cubes():
    assert volumes(enumerate_regions(sawtooth(2, 2, 2), Box([0, 0], [1, 1]))).values == pytest.approx(1 / 16)


@pytest.mark.parametrize("domain", [Ball([0] * 3, 2, norm) for norm in (1, 2, math.inf)])
def test_symmetric_regions_have_equal_volumes(domain):
    """The cones of x_i = x_j, each a sixth of a domain that permuting the axes does not change."""
    found = measured(braid(3), domain)
    bound = found.errors + 5 * found.standard_errors + 1e-12
    assert (np.abs(found.values - domain_volume(domain) / 6) < bound).all()


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("height", [-0.75, 0.0, 0.5])
def test_caps_of_a_ball(d, height):
    """A hyperplane cuts caps off a ball, whose volumes are incomplete beta functions (Li 2011)."""
    from scipy.special import betainc

    domain = Ball([0.25] * d, 2.0)
    normal = np.ones(d)
    found = measured(one_layer([normal], [-normal.sum() / 4 - 2 * height * math.sqrt(d)]), domain, rays=2**14)
    share = betainc((d + 1) / 2, 0.5, 1 - height**2) / 2
    expected = np.array(sorted([share, 1 - share])) * domain_volume(domain)
    order = np.argsort(found.values)
    # the hyperplane is rounded, which moves it by a unit of the last digit
    bound = found.errors + 5 * found.standard_errors + 1e-14
    assert (np.abs(found.values[order] - expected) < bound[order]).all()


def test_more_rays_are_closer_and_a_seed_repeats():
    regions = enumerate_regions(generated(3, 4, 1), Ball([0.0] * 3, 1.0))
    few, many = volumes(regions, rays=64), volumes(regions, rays=2**14)
    assert 0 < many.total_error < few.total_error / 10
    assert np.array_equal(few.values, volumes(regions, rays=64).values)
    assert not np.array_equal(few.values, volumes(regions, rays=64, seed=1).values)


def test_the_error_of_a_sum_is_exceeded_once_in_10_000_sums():
    """The spread of one region is estimated from its replicates, so its ratio to the error follows Student's t."""
    assert 2 * t.sf(volume_module.SIGMAS, ball_parts.REPLICATES - 1) < 1e-4


def test_standard_errors_say_how_far_off_samples_are():
    """Each region sampled with 40 seeds: the mean squared error over its estimate is about 1."""
    regions = enumerate_regions(one_layer([[1.0, 0.5, 0.25], [0.0, 1.0, -1.0]]), Ball([0.0] * 3, 1.0))
    truth = volumes(regions, rays=2**17).values
    runs = [volumes(regions, rays=256, seed=seed) for seed in range(40)]
    ratio = sum(((run.values - truth) / run.standard_errors) ** 2 for run in runs) / len(runs)
    assert (ratio > 0.4).all()
    assert (ratio < 2.5).all()


def test_slivers_are_taken_apart_in_rationals():
    """Triangles of a square between lines whose slopes differ by 2**-60: areas of about 4e-19, all digits right."""
    rows = [[1.0, 0.0], [1.0, 2.0**-60], [1.0, 2.0**-59]]
    found = measured(one_layer(rows), Box([-1, -1], [1, 1]))
    slivers = np.sort(found.values)[:4]
    assert slivers == pytest.approx(2.0**-61, rel=1e-15)
    assert (found.errors <= 1e-6 * found.values).all()
    disc = measured(one_layer(rows), Ball([0, 0], 1))
    assert (np.abs(np.sort(disc.values)[:4] - 2.0**-61) < np.sort(disc.errors)[-1]).all()


@pytest.mark.parametrize("radius", [1 / 3, 1.0, 1e8])
@pytest.mark.parametrize("width", [2.0**-58, 2.0**-30])
def test_slivers_in_a_disc_are_never_the_other_way_round(width, radius):
    """Strips so thin that their corners, rounded, no longer tell on which side of one another their sides lie."""
    rng = np.random.default_rng(0)
    for normal in rng.normal(size=(20, 2)):
        rows = [normal, normal, -normal]
        found = measured(one_layer(rows, [0.0, -width, -width]), Ball([1 / 3, 0.1], radius))
        # the two strips are no longer than the disc
        length = 2 * radius
        assert np.sort(found.values)[:-2].sum() <= 2 * width / np.linalg.norm(normal) * length + 2 * found.errors.max()


@pytest.mark.parametrize("offset", [0.0, 1e-9, 0.1, 1.0])
def test_a_corner_near_the_centre_of_a_disc(offset):
    """Sectors from a corner so close to the centre that a rounding of the radius would turn it."""
    for radius in (1.0, 1e8, 1e15):
        measured(central_general(6, 2), Ball([-offset, offset / 10], radius))


def test_qhull_and_rationals_agree(monkeypatch):
    regions = enumerate_regions(generated(3, 6, 4, 1, seed=1), box(3))
    floats = volumes(regions)
    monkeypatch.setattr(volume_module, "qhull_cones", lambda *_: None)
    exact = volumes(regions)
    assert (np.abs(floats.values - exact.values) <= floats.errors + exact.errors).all()
    assert exact.total_error < 1e-13


def test_simplices_that_overlap_are_noticed(monkeypatch):
    """One simplex of each hull counted twice: in more than four dimensions Qhull's may overlap."""

    class Overlapping:
        def __init__(self, points):
            hull = ConvexHull(points)
            self.simplices, self.volume = np.vstack([hull.simplices, hull.simplices[:1]]), hull.volume

    regions = enumerate_regions(generated(3, 4, 2, 1, seed=1), box(3))
    usual = volumes(regions)
    monkeypatch.setattr(cones_module, "ConvexHull", Overlapping)
    assert volumes(regions).values == pytest.approx(usual.values, rel=1e-12)


@pytest.mark.parametrize("size", [Fraction(1, 10**25), 10**25])
@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_small_and_large_domains(size, norm):
    found = measured(one_layer([[1.0, 0.0], [1.0, 1.0]]), Ball([0, 0], size, norm))
    assert found.total_error < 1e-8 * found.total


def test_unbounded_regions_have_no_volume():
    network = one_layer([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0.0, 0.0, -1.0])
    # the triangle, and between its long side and that of the polytope a trapezium
    for domain, finite in ((WholeSpace(2), [0.5]), (Polytope([[1, 1]], [5]), [0.5, 12.0])):
        found = volumes(enumerate_regions(network, domain))
        assert domain_volume(domain) == found.total == math.inf
        assert np.sort(found.values)[: len(finite)] == pytest.approx(finite, rel=1e-12)
        assert np.isinf(found.values).sum() == len(found) - len(finite)


@pytest.mark.parametrize("domain", [WholeSpace(1), Ball([0.0], 3.0), Box([-3], [3])])
def test_one_dimension(domain):
    found = volumes(enumerate_regions(hat(), domain))
    inner = [1.0, 1.0] if domain == WholeSpace(1) else [1.0, 1.0, 1.0, 3.0]
    assert np.sort(found.values)[: len(inner)].tolist() == inner


def test_domain_volumes():
    assert domain_volume(Ball([0, 0, 0], 3)) == pytest.approx(4 / 3 * math.pi * 27, rel=1e-15)
    assert domain_volume(Ball([0] * 4, 2)) == pytest.approx(math.pi**2 / 2 * 16, rel=1e-15)
    assert domain_volume(Ball([7], 2)) == 4
    assert domain_volume(Ball([0, 0, 0], 3, 1)) == pytest.approx(36, rel=1e-15)
    assert domain_volume(Ball([0, 0, 0], 3, math.inf)) == 216
    assert domain_volume(Polytope([[1, 1, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1]], [1, 0, 0, 0])) == 1 / 6
    assert domain_volume(WholeSpace(2)) == math.inf


# Exact polytopes.


@pytest.mark.parametrize("d", range(1, 6))
def test_vertices_of_cubes_and_cross_polytopes(d):
    for domain, count in ((Box([0] * d, [3] * d), 2**d), (Ball([1] * d, 2, 1), 2 * d)):
        assert len(ExactPolytope.of(d, domain_rows(domain)).vertices) == count


@pytest.mark.parametrize("d", [2, 3, 4])
def test_vertices_are_those_of_the_convex_hull(d):
    """Random points: the rows of their hull give its vertices back, exactly."""
    rng = np.random.default_rng(d)
    points = rng.integers(-1000, 1000, (d + 8, d))
    hull = ConvexHull(points)
    rows = {}
    for simplex in hull.simplices:
        matrix = flint.fmpz_mat([[*map(int, points[k]), 1] for k in simplex])
        kernel, _ = matrix.nullspace()
        row = [int(kernel[i, 0]) for i in range(d + 1)]
        sign = 1 if sum(a * p for a, p in zip(row, [*points.mean(axis=0), 1.0], strict=True)) > 0 else -1
        form = Form(tuple(flint.fmpz(sign * v) for v in row[:-1]), flint.fmpz(sign * row[-1]))
        rows[form.a, form.b] = form
    found = ExactPolytope.of(d, list(rows.values()))
    expected = {tuple(map(Fraction, map(int, points[k]))) for k in hull.vertices}
    assert {tuple(Fraction(str(v)) for v in p) for p in found.vertices} == expected


def test_flat_and_empty_polytopes():
    def form(*values):
        return Form(tuple(map(flint.fmpz, values[:-1])), flint.fmpz(values[-1]))

    square = [form(1, 0, 0), form(-1, 0, 1), form(0, 1, 0), form(0, -1, 1)]
    segment = ExactPolytope.of(2, [*square, form(1, 1, -2), form(-1, 0, 1)])
    assert len(segment.vertices) == 1
    edge = ExactPolytope.of(2, [*square, form(1, 0, -1)])
    assert len(edge.vertices) == 2
    assert edge.boundary() == []
    assert ExactPolytope.of(2, [*square, form(1, 1, -3)]).vertices == ()
    far = ExactPolytope.of(2, [form(1, 0, -(2**70)), form(-1, 0, 2**70 + 1), form(0, 1, 0), form(0, -1, 1)])
    assert len(far.vertices) == 4


def test_vertices_of_regions():
    regions = enumerate_regions(max_min(), Box([-1, -1], [2, 2]))
    corners = [set(vertices(regions, row)) for row in range(len(regions))]
    assert {(-1, 0), (0, 0), (0, 2), (-1, 2)} in corners
    for region, found in zip(regions, corners, strict=True):
        for point in found:
            halfway = [(p + w) / 2 for p, w in zip(point, region.witness, strict=True)]
            assert regions.domain.contains(halfway)
            assert (regions.network.pattern([float(v) for v in halfway]) == region.pattern).all()
    ball = enumerate_regions(max_min(), Ball([0, 0], 1))
    with pytest.raises(DomainError, match="as_box"):
        vertices(ball, 0)
    every = itertools.chain.from_iterable(vertices(ball, row, ball.domain.as_box()) for row in range(len(ball)))
    assert set(every) == {(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    assert vertices(ball, 0, Box([5, 5], [6, 6])) == [] or vertices(ball, 1, Box([5, 5], [6, 6])) == []


def test_vertices_agree_with_qhull_volumes():
    regions = enumerate_regions(generated(3, 5, 3, 1), Ball([0.0] * 3, 1.0, 1))
    found = volumes(regions)
    for row in range(len(regions)):
        points = np.array(vertices(regions, row), dtype=float)
        assert ConvexHull(points).volume == pytest.approx(found.values[row], rel=1e-9)


def test_boundedness():
    triangle = one_layer([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0.0, 0.0, -1.0])
    for domain in (WholeSpace(2), Ball([0.25, 0.25], 0.5)):
        regions = enumerate_regions(triangle, domain)
        inside = [region.pattern.tolist() == [True, True, False] for region in regions]
        assert bounded(regions).tolist() == inside
        assert any(inside)
    slab = one_layer([[1.0, 0.0], [1.0, 0.0], [2.0, 0.0]], [0.0, -1.0, 3.0])
    assert not bounded(enumerate_regions(slab, WholeSpace(2))).any()
    assert bounded(enumerate_regions(hat(), WholeSpace(1))).sum() == 2
    assert not bounded(enumerate_regions(Network((), [[1.0]], [0.0]), WholeSpace(1))).any()
    assert not bounded(enumerate_regions(braid(3), WholeSpace(3))).any()


# Bad input.


def test_bad_input_is_refused():
    many = enumerate_regions(one_layer([np.ones(7)]), box(7))
    with pytest.raises(DomainError, match="6 dimensions"):
        volumes(many)
    regions = enumerate_regions(max_min(), WholeSpace(2))
    with pytest.raises(DomainError, match="unbounded"):
        vertices(regions, 0)
    with pytest.raises(DomainError, match="dimension 3"):
        vertices(regions, 0, Box([0] * 3, [1] * 3))
    with pytest.raises(EngineError, match="rays is 0"):
        volumes(regions, rays=0)
    for ask in (volumes, bounded, lambda r: vertices(r, 0)):
        with pytest.raises(EngineError, match="store=True"):
            ask(enumerate_regions(max_min(), WholeSpace(2), store=False))
    with pytest.raises(DomainError, match="rescale"):
        volumes(enumerate_regions(max_min(), Ball([0, 0], Fraction(1, 10**200))))
