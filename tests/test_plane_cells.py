"""Cells of the plane: as many as regions, each where its pattern is, together the whole domain."""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from independent.clipping import points_of, polygons
from matplotlib.path import Path
from narrowing import present

from exactregions import Ball, Box, Network, Polytope, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.errors import DomainError, EngineError
from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.geometry import adjacency, domain_volume, plane, plane_cells, volumes
from exactregions.geometry.float_polygons import FEW, NEAR, float_polygons
from exactregions.geometry.plane import Placement, exact_cells
from exactregions.plot.colouring import paint

TRIANGLE = Polytope([[-1, 0], [0, -1], [1, 1]], [1, 1, Fraction(1, 3)])
DOMAINS = [
    Ball([0.1, -0.2], 1.5),
    Ball([0.1, -0.2], 1.5, 1),
    Ball([0.1, -0.2], 1.5, math.inf),
    Box([-1.0, -0.5], [0.75, 1.25]),
    TRIANGLE,
]
NETWORKS = {
    "two layers": nets.generated(2, 10, 8, 1, seed=1),
    "leaky": nets.generated(2, 6, 6, 6, 3, seed=2, slope=0.25),
    "bias-free": nets.central_general(7, 2),
    "repeated rows": nets.one_layer([[1, 2], [2, 4], [-1, -2], [0, 0], [1, -1]], [0.25, 0.5, -0.25, 1.0, 0.0]),
    "slivers": nets.one_layer([[1, 0], [1, 2.0**-40], [1, 2.0**-41]], [0.0, 2.0**-45, -(2.0**-44)]),
    "slice": nets.generated(9, 8, 8, 2, seed=4).through(np.random.default_rng(1).normal(size=(3, 9))),
    "affine": Network.from_layers([[[1.0, 2.0]]], [None]),
}


def grid(domain, side=60):
    """Points of a grid inside the domain, slightly skewed so that none falls on a simple line."""
    ticks = np.linspace(-1.71, 1.69, side)
    points = np.stack(np.meshgrid(ticks, ticks * 1.0103), axis=-1).reshape(-1, 2)
    return points[[domain.contains(p) for p in points.tolist()]]


def near_a_boundary(network, points):
    values = np.concatenate([z for z in network.pre_activations(points)] or [np.ones((len(points), 1))], axis=1)
    flat = (np.abs(values) < 1e-3) & ~np.isclose(values, 0, atol=0, rtol=0)
    return flat.any(axis=1)


@pytest.mark.parametrize("domain", DOMAINS, ids=["disc", "diamond", "square", "box", "triangle"])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_cells_are_where_their_patterns_are(network, domain):
    regions = enumerate_regions(network, domain)
    cells = plane_cells(regions)
    assert [cell.region for cell in cells] == list(range(len(regions)))
    areas = np.array([cell.area for cell in cells])
    assert areas.sum() == pytest.approx(domain_volume(domain), rel=1e-12)
    assert areas == pytest.approx(volumes(regions).values, rel=1e-6, abs=1e-12)
    points = grid(domain)
    points = points[~near_a_boundary(network, points)]
    patterns = regions.pattern_array()
    covered = np.zeros(len(points), dtype=int)
    for cell in cells:
        inside = Path(cell.outline()).contains_points(points)
        covered += inside
        assert (network.pattern(points[inside]) == patterns[cell.region]).all()
    at_the_edge = np.abs(np.linalg.norm(points - [0.1, -0.2], axis=1) - 1.5) < 1e-3
    assert (covered[~at_the_edge] == 1).all()
    assert len(points) > 300


@pytest.mark.parametrize("color", ["class", "pattern"])
@pytest.mark.parametrize("network", [nets.generated(2, 10, 8, 1), NETWORKS["leaky"]], ids=["one output", "three"])
def test_colours_are_those_of_the_network(network, color):
    domain = Ball([0, 0], 1.5)
    regions = enumerate_regions(network, domain)
    painting = paint(regions, color, 0)
    assert len(painting.cells) == len(regions)
    assert math.fsum(piece.area for piece in painting.pieces) == pytest.approx(math.pi * 2.25, rel=1e-12)
    if color == "pattern":
        pairs = painting.numbers[adjacency(regions).edges]
        assert (pairs[:, 0] != pairs[:, 1]).all()
        assert painting.numbers.max() < 6
        return
    points = grid(domain)
    outputs = network.forward(points)
    ranked = np.sort(np.hstack([outputs, np.zeros_like(outputs[:, :1])] if outputs.shape[1] == 1 else [outputs]))
    points, outputs = (a[ranked[:, -1] - ranked[:, -2] > 1e-3] for a in (points, outputs))
    wanted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0).astype(int)
    found = np.full(len(points), -1)
    for piece, number in zip(painting.pieces, present(painting.numbers), strict=True):
        found[Path(piece.outline()).contains_points(points)] = number
    well_inside = np.linalg.norm(points, axis=1) < 1.499
    assert (found[well_inside] == wanted[well_inside]).all()
    assert len(set(wanted.tolist())) > 1


def test_a_region_without_a_line_is_a_whole_disc():
    regions = enumerate_regions(nets.one_layer([[1, 0]], [9.0]), Ball([0.5, 0.25], 2.0))
    (cell,) = plane_cells(regions)
    assert cell.arcs.tolist() == [2 * math.pi]
    assert cell.area == pytest.approx(4 * math.pi, rel=1e-14)
    assert np.allclose(np.linalg.norm(cell.outline() - [0.5, 0.25], axis=1), 2.0, rtol=1e-15)


def test_a_cap_and_the_rest_of_a_disc():
    """One chord at the distance h: the areas of both sides in closed form, for caps of any size."""
    for h in (-0.999999, -0.5, 0.0, 0.5, 0.999999, 1 - 2.0**-40):
        regions = enumerate_regions(nets.one_layer([[1, 0]], [-h]), Ball([0, 0], 1))
        cells = plane_cells(regions)
        right = cells[regions.pattern_array()[:, 0].tolist().index(True)]
        cap = math.acos(h) - h * math.sqrt((1 - h) * (1 + h))
        assert right.area == pytest.approx(cap, rel=1e-6, abs=1e-15)
        assert sum(cell.area for cell in cells) == pytest.approx(math.pi, rel=1e-14)
        assert sorted(np.count_nonzero(cell.arcs) for cell in cells) == [1, 1]


def test_a_cell_between_four_arcs():
    network = nets.one_layer([[1, 0], [-1, 0], [0, 1], [0, -1]], [0.75, 0.75, 0.75, 0.75])
    regions = enumerate_regions(network, Ball([0, 0], 1))
    cells = plane_cells(regions)
    middle = cells[regions.pattern_array().all(axis=1).tolist().index(True)]
    assert len(middle.corners) == 8
    assert np.count_nonzero(middle.arcs) == 4
    assert len(cells) == 5  # the lines meet outside the disc
    assert sum(cell.area for cell in cells) == pytest.approx(math.pi, rel=1e-14)


def test_corners_on_the_circle():
    """Lines that meet on the circle leave arcs of no length, which are not taken for whole circles."""
    network = nets.one_layer([[1, 1], [1, -1], [1, 0]], [-1.0, -1.0, 0.0])
    cells = plane_cells(enumerate_regions(network, Ball([0, 0], 1)))
    assert sum(cell.area for cell in cells) == pytest.approx(math.pi, rel=1e-14)
    sharp = nets.one_layer([[0, 1], [2.0**-30, 1]], [0.0, -(2.0**-30)])
    cells = plane_cells(enumerate_regions(sharp, Ball([0, 0], 1)))
    assert sum(cell.area for cell in cells) == pytest.approx(math.pi, rel=1e-14)
    assert min(cell.area for cell in cells) == pytest.approx(2.0**-29, rel=1e-6)


@pytest.mark.parametrize("lines", [[(2, 1), (3, -1)], [(3, -1), (5, 3)], [(1, 2), (1, -7)]])
def test_corners_that_are_rounded_off_the_circle(lines):
    """Two lines meet in the point (3/5, 4/5) of the circle, and rounding puts it on either side of itself."""
    network = nets.one_layer([[5 * a, 5 * b] for a, b in lines], [-(3 * a + 4 * b) for a, b in lines])
    cells = plane_cells(enumerate_regions(network, Ball([0, 0], 1)))
    assert len(cells) == 3
    assert sum(cell.area for cell in cells) == pytest.approx(math.pi, rel=1e-14)


@pytest.mark.parametrize("radius", [Fraction(1, 10**40), Fraction(10**60), Fraction(1, 3)])
def test_domains_of_any_size(radius):
    """Far from the origin as well: cells are seen from the centre where floats could not tell them apart."""
    center = [Fraction(7, 3), Fraction(-5, 7)]
    lines = [[2, 1], [-1, 3]]
    value = [float(sum(a * c for a, c in zip(row, center, strict=True))) for row in lines]
    regions = enumerate_regions(nets.one_layer(lines, [-v for v in value]), Ball(center, radius))
    cells = plane_cells(regions)
    total = math.fsum(cell.area / float(radius) ** 2 for cell in cells)
    assert total == pytest.approx(math.pi, rel=1e-12)


FLAT = [
    Ball([0.1, -0.2], 1.5, 1),
    Ball([0.1, -0.2], 1.5, math.inf),
    Box([-1.0, -0.5], [0.75, 1.25]),
    Polytope(TRIANGLE.A, TRIANGLE.b, Box([-2, -2], [3, 3])),
]
EXTRA = {
    "many lines": nets.generated(2, 40, 40, 1, seed=7),
    "through one point": nets.one_layer([[1, 1], [1, -1], [3, 1], [1, 0], [2.0**-30, 1]], [0.0, 0.0, 0.0, 0.0, 0.0]),
    "nearly through one point": nets.one_layer(
        [[1, 1], [1, -1], [3, 1], [1, 0], [0, 1], [1, 9], [9, 1]], [0.0, 2.0**-50, -(2.0**-51), 0.75, 0.75, 5, 5]
    ),
}


@pytest.mark.parametrize("domain", FLAT, ids=["diamond", "square", "box", "triangle"])
@pytest.mark.parametrize("network", [*NETWORKS.values(), *EXTRA.values()], ids=[*NETWORKS.keys(), *EXTRA.keys()])
def test_corners_in_floats_are_next_to_the_exact_ones(network, domain):
    """Polygons are proved or left out; a corner that is there is one of the exact cell, and none is missing."""
    regions, placement = enumerate_regions(network, domain), Placement.of(domain)
    found = float_polygons(regions, placement.size)
    if found is None:  # cones are searched without a domain, and without units there is nothing to search
        assert not network.units or not any(stage.bias.any() for stage in network.stages)
        return
    cells = placement.float_cells(found)
    for exact in exact_cells(regions):
        if exact.region not in cells:
            continue
        wanted, corners = placement.cell(exact.region, exact.polygon).corners, cells[exact.region].corners
        assert len(wanted) == len(corners)
        start = int(np.abs(wanted - corners[0]).sum(axis=1).argmin())
        assert np.abs(np.roll(wanted, -start, axis=0) - corners).max() <= NEAR * placement.size
    if len(regions) > 50:  # lines in general position
        assert len(cells) > 0.9 * len(regions)


@pytest.mark.parametrize("domain", FLAT, ids=["diamond", "square", "box", "triangle"])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_areas_add_up_to_that_of_the_domain_exactly(network, domain):
    regions, (rays,) = enumerate_regions(network, domain), polygons(domain).pieces
    points = points_of(rays)
    ends = zip(points, [*points[1:], points[0]], strict=True)
    whole = abs(sum(p[0] * q[1] - p[1] * q[0] for p, q in ends)) / 2
    areas = [cell.polygon.area for cell in exact_cells(regions)]
    assert sum(Fraction(int(area.p), int(area.q)) for area in areas) == whole
    found = volumes(regions)
    assert found.values.tolist() == [int(area.p) / int(area.q) for area in areas]
    assert found.errors.max() <= found.values.max() * 2.0**-53


def test_a_corner_that_a_third_line_nearly_cuts_off_is_left_to_exact_arithmetic():
    """Floats cannot tell on which side of the corner of two lines a third one passes, nor how long its edge is."""
    network = EXTRA["nearly through one point"]
    regions = enumerate_regions(network, Box([-1.0, -1.0], [1.0, 1.0]))
    found = float_polygons(regions, 2.0)
    assert found is not None
    assert int(volumes(regions).values.argmin()) not in found.corners
    assert 0 < len(found.corners) < len(regions) - 5


def test_large_sets_have_the_cells_of_small_ones(monkeypatch):
    regions = enumerate_regions(EXTRA["many lines"], Box([-1.0, -0.5], [0.75, 1.25]))
    assert len(regions) > FEW
    in_floats = plane_cells(regions)
    monkeypatch.setattr(plane, "FEW", len(regions) + 1)
    for one, other in zip(in_floats, plane_cells(regions), strict=True):
        assert one.region == other.region
        assert one.area == pytest.approx(other.area, rel=1e-6, abs=1e-12)
    assert sum(cell.area for cell in in_floats) == pytest.approx(1.75**2, rel=1e-13)


def test_an_unfinished_set_has_the_cells_it_holds():
    network, box = nets.generated(2, 10, 8, 1, seed=1), Box([-1, -1], [1, 1])
    whole, part = enumerate_regions(network, box), enumerate_regions(network, box, max_regions=20)
    assert not part.exact
    areas = {region.pattern.tobytes(): cell.area for region, cell in zip(whole, plane_cells(whole), strict=True)}
    found = plane_cells(part)
    assert len(found) == len(part) < len(whole)
    for region, cell in zip(part, found, strict=True):
        assert cell.area == pytest.approx(areas[region.pattern.tobytes()], rel=1e-12)


def corners(polygon):
    return {(Fraction(int(x), int(w)), Fraction(int(y), int(w))) for x, y, w in polygon.corners}


@pytest.mark.parametrize("network", [nets.generated(2, 7, 6, 5, 2, seed=3), nets.sawtooth(2, 2, 2), nets.max_min()])
def test_cells_cut_together_are_those_cut_one_by_one(network):
    """A set that does not say that it is exact is cut region by region, by all rows of each."""
    regions = enumerate_regions(network, Box([-1, -1], [1, 2]))
    together, apart = exact_cells(regions), exact_cells(dataclasses.replace(regions, complete=False, stopped="a part"))
    for one, other in zip(together, apart, strict=True):
        assert one.region == other.region
        assert corners(one.polygon) == corners(other.polygon)
        assert isinstance(one.passed, Forms)
        assert isinstance(other.passed, Forms)
        assert one.passed.matrix == other.passed.matrix


def test_a_single_form_is_a_row_of_all_of_them():
    network = nets.generated(2, 6, 5, 1, seed=1)
    exact, stage = ExactNetwork(network), 1
    for pattern in enumerate_regions(network, Box([-1, -1], [1, 1])).pattern_array().tolist()[:9]:
        first, second, _ = exact.forms_of(pattern)
        values = exact.activations(0, first, pattern[:6])
        for unit in range(5):
            one, row = exact.stages[stage].form(unit, values), second.row(unit)
            assert all(u * row.b == v * one.b for u, v in zip(one.a, row.a, strict=True))
            assert (one.b > 0) == (row.b > 0)


def test_a_damaged_set():
    regions = enumerate_regions(nets.generated(2, 6, 1, seed=1), Box([-1, -1], [1, 1]))
    twice = regions.joined(regions)
    with pytest.raises(EngineError, match="the same: it is damaged"):
        plane_cells(twice)


@pytest.mark.parametrize("inputs", [1, 3])
def test_other_dimensions(inputs):
    regions = enumerate_regions(nets.generated(inputs, 4, 1), Ball([0] * inputs, 1))
    with pytest.raises(DomainError, match=r"has . input\(s\).*network\.restrict"):
        plane_cells(regions)


@pytest.mark.parametrize("domain", [WholeSpace(2), Polytope([[1, 0]], [1])], ids=["whole space", "half plane"])
def test_unbounded_domains(domain):
    regions = enumerate_regions(nets.generated(2, 4, 1), domain)
    with pytest.raises(DomainError, match=r"unbounded.*in a Ball or a Box"):
        plane_cells(regions)


def test_only_a_count():
    regions = enumerate_regions(nets.generated(2, 4, 1), Ball([0, 0], 1), store=False)
    with pytest.raises(EngineError, match="store=True"):
        plane_cells(regions)
