"""The largest balls in regions, against closed forms, floats of another solver, and exact distances."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
from scipy.optimize import linprog

from exactregions import Ball, Box, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.errors import DomainError, EngineError
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.walk import signed_rows
from exactregions.geometry import inscribed_ball, inscribed_balls, locate
from exactregions.geometry.polyhedra import domain_rows

INF = math.inf
DUAL = {1: lambda a: np.abs(a).max(), 2: lambda a: np.linalg.norm(a), INF: lambda a: np.abs(a).sum()}


def all_on(network, domain, norm=2, within=None):
    """Return the ball of the region in which every unit is active."""
    regions = enumerate_regions(network, domain)
    (row,) = np.flatnonzero(regions.pattern_array().all(axis=1))
    return inscribed_ball(regions, int(row), norm, within)


@pytest.mark.parametrize("norm", [1, 2, INF])
def test_a_triangle_with_sides_3_4_5(norm):
    """x >= t k, y >= t k and 12 - 4 x - 3 y >= t |(4, 3)|, with k = 1 and the lengths 4, 5, 7."""
    found = all_on(nets.one_layer([[1, 0], [0, 1], [-4, -3]], [0, 0, 12]), WholeSpace(2), norm)
    radius = F(12, {1: 4, 2: 5, INF: 7}[norm] + 7)
    assert found.exact
    assert found.lower == radius
    assert found.center == (radius, radius)


@pytest.mark.parametrize("dim", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("norm", [1, 2, INF])
def test_cubes_and_corners_of_cubes(dim, norm):
    """The cube of side 2 has 1; the simplex has 1 / (d + sqrt d), 1 / (d + 1) and 1 / (2 d)."""
    corner = nets.one_layer([*np.eye(dim), -np.ones(dim)], [0] * dim + [1])
    box = Box([-1] * dim, [1] * dim)
    cube = inscribed_ball(enumerate_regions(nets.one_layer([[0] * dim], [1]), box), 0, norm)
    assert (cube.lower, cube.upper, cube.center) == (1, 1, (0,) * dim)
    found = all_on(corner, box, norm)
    assert found.center is not None
    assert len(set(found.center)) == 1
    if norm != 2:
        assert found.exact
        assert found.lower == {1: F(1, dim + 1), INF: F(1, 2 * dim)}[norm]
        return
    # r = 1 / (d + s) with s^2 = d: 1 / r - d is below s for the upper bound, and above it for the lower one
    assert (1 / found.upper - dim) ** 2 <= dim <= (1 / found.lower - dim) ** 2
    assert found.upper - found.lower <= found.lower / 2**90
    assert found.exact == (math.isqrt(dim) ** 2 == dim)


AWKWARD = {
    "usual": (nets.generated(2, 6, 5, 1, seed=1), Box([-1, -1], [1, 1])),
    "three inputs": (nets.generated(3, 5, 4, 1, seed=2), Box([-1] * 3, [1] * 3)),
    "one input": (nets.generated(1, 6, 4, 1, seed=3), Box([-2], [2])),
    "no bias": (nets.one_layer([[1, 2], [-1, 1], [3, 1]], [0, 0, 0]), Box([-1, -1], [1, 1])),
    "a rhomb": (nets.generated(2, 6, 1, seed=5), Ball([0.25, 0], 1, 1)),
    "repeated, opposite and zero rows": (
        nets.one_layer([[1, 2], [1, 2], [-2, -4], [0, 0], [3, -1]], [0.5, 0.5, -1, 0, 0]),
        Box([-1, -1], [1, 1]),
    ),
    "a maximum": (nets.largest_of(np.eye(3), [0, 0, 0], [[0, 1, 2]]), Box([-1] * 3, [1] * 3)),
}


@pytest.mark.parametrize("norm", [1, 2, INF])
@pytest.mark.parametrize("name", AWKWARD)
def test_balls_touch_what_they_should_and_floats_agree(name, norm):
    network, domain = AWKWARD[name]
    regions = enumerate_regions(network, domain)
    exact = ExactNetwork(network)
    for row, ball in enumerate(inscribed_balls(regions, norm)):
        forms = [*domain_rows(domain), *signed_rows(exact, regions.pattern_array()[row].tolist())]
        table = np.array([[*map(float, map(int, f.a)), float(int(f.b))] for f in forms])
        table /= np.abs(table).max(axis=1)[:, None]
        lengths = np.array([DUAL[norm](a) for a in table[:, :-1]])
        wanted = linprog(
            [0.0] * network.inputs + [-1.0],
            A_ub=np.column_stack([-table[:, :-1], lengths]), b_ub=table[:, -1], bounds=(None, None),
        )  # fmt: skip
        assert float(ball.upper) == pytest.approx(-wanted.fun, rel=1e-6, abs=1e-9)
        assert 0 < ball.lower <= ball.upper <= ball.lower * (1 + F(1, 2**90))
        for form in forms:
            value = sum(F(int(a)) * x for a, x in zip(form.a, ball.center, strict=True)) + int(form.b)
            sizes = [abs(int(a)) for a in form.a]
            if norm == 2:
                assert value >= 0
                assert value**2 >= ball.lower**2 * sum(a * a for a in sizes)
            else:
                assert value >= ball.lower * (max(sizes) if norm == 1 else sum(sizes))
        assert locate(regions, [ball.center])[0] == row


def test_a_sliver_has_half_its_width():
    found = all_on(nets.one_layer([[1, 0], [-1, 0]], [0, 2.0**-90]), Box([-1, -1], [1, 1]))
    assert found.lower == found.upper == F(1, 2**91)
    assert found.center[0] == F(1, 2**91)


def test_what_has_no_largest_ball():
    half = enumerate_regions(nets.one_layer([[1, 1]], [0]), Ball([0, 0], 1))
    for ball in inscribed_balls(half, 2, WholeSpace(2)):
        assert (ball.lower, ball.upper, ball.center, ball.inradius) == (INF, INF, None, INF)
    # a strip has one, though it has no end
    strip = all_on(nets.one_layer([[1, 0], [-1, 0]], [1, 1]), WholeSpace(2))
    assert (strip.lower, strip.upper) == (1, 1)


def test_within_another_domain():
    """Also one that the witness does not lie in, and none that the region does not meet."""
    regions = enumerate_regions(nets.one_layer([[1, 0]], [0]), Ball([0, 0], 10))
    (right,) = np.flatnonzero(regions.pattern_array()[:, 0])
    for box, radius in (
        (Box([-1, -1], [1, 1]), F(1, 2)),
        (Box([5, 8], [9, 9]), F(1, 2)),
        (Box([-1, -9], [3, 9]), F(3, 2)),
    ):
        assert inscribed_ball(regions, int(right), 2, box).lower == radius
    for box in (Box([-5, -1], [-3, 1]), Box([-5, -1], [0, 1])):
        with pytest.raises(DomainError, match="does not meet"):
            inscribed_ball(regions, int(right), 2, box)
    with pytest.raises(DomainError, match="as_box"):
        inscribed_balls(regions)


def test_fixed_inputs_are_left_out_of_the_ball():
    network = nets.one_layer([[1, 0, 1], [0, 1, 0], [-4, -3, -1]], [0, 0, 12])
    flat = Box([-9, -9, F(1, 3)], [9, 9, F(1, 3)])
    found = all_on(network, flat)
    # x + 1/3 and 35/3 - 4 x - 3 y: legs of 13/4 and 13/3, so that all is 13/12 of the triangle 3, 4, 5
    assert (found.lower, found.upper) == (F(13, 12), F(13, 12))
    assert found.center == (F(13, 12) - F(1, 3), F(13, 12), F(1, 3))
    regions = enumerate_regions(network, flat)
    with pytest.raises(DomainError, match="fixes others"):
        inscribed_balls(regions, within=Box([-9, -9, 0], [9, 9, 0]))


def test_refusals():
    regions = enumerate_regions(nets.one_layer([[1, 0]], [0]), Box([-1, -1], [1, 1]))
    with pytest.raises(DomainError, match="norm is 3"):
        inscribed_balls(regions, 3)
    with pytest.raises(EngineError):
        inscribed_balls(regions.without_regions())


def test_the_table():
    polars = pytest.importorskip("polars")
    regions = enumerate_regions(nets.one_layer([[1, 1]], [-1]), Box([0, 0], [1, 1]))
    table = inscribed_balls(regions).to_polars()
    assert table.columns == ["region", "inradius", "inradius_lower", "inradius_upper", "center_0", "center_1"]
    assert table.schema["inradius"] == polars.Float64
    radius = 1 / (2 + math.sqrt(2))
    for row in table.iter_rows(named=True):
        assert row["inradius"] == pytest.approx(radius, rel=1e-15)
        assert row["inradius_lower"] < row["inradius_upper"] <= math.nextafter(row["inradius_lower"], 1)
    endless = inscribed_balls(regions, within=WholeSpace(2)).to_polars()
    assert endless["inradius"].to_list() == [INF, INF]
    assert endless["center_0"].to_list() == [None, None]
