"""Cones by their rays: closed forms, brute force over subsets of rows, duality, and exact programs."""

import itertools
from functools import partial
from math import comb, gcd

import flint
import numpy as np
import pytest

from exactregions import Box, Network, Polytope, WholeSpace, enumerate_regions
from exactregions.errors import ConeError
from exactregions.exact.double_description import cone_generators
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint
from exactregions.geometry import exact_polytopes, generators, vertices


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def unit(n, i, value=1):
    return [value * (i == j) for j in range(n)]


def orthant(n):
    return [unit(n, i) for i in range(n)]


def monotone(n):
    return [[(j == i + 1) - (j == i) for j in range(n)] for i in range(n - 1)]


def convex(n):
    return [[(j == i) - 2 * (j == i + 1) + (j == i + 2) for j in range(n)] for i in range(n - 2)]


def cube(d):
    """The cone over the cube [-1, 1]^d."""
    return [[*unit(d, i, s), 1] for i in range(d) for s in (1, -1)]


def cross_polytope(d):
    return [[*signs, 1] for signs in itertools.product((1, -1), repeat=d)]


def cyclic(points, d):
    """Points (1, t, .., t^d) of the moment curve: as rows, the cone is dual to that over a cyclic polytope."""
    return [[t**k for k in range(d + 1)] for t in range(points)]


def facets_of_cyclic(n, d):
    """By Gale's evenness condition: between any two points that are left out lies an even number of the others."""

    def is_facet(chosen):
        left = [x for x in range(n) if x not in chosen]
        return all(sum(a < x < b for x in chosen) % 2 == 0 for a, b in itertools.pairwise(left))

    return sum(is_facet(chosen) for chosen in itertools.combinations(range(n), d))


def random_rows(rng, m, n, size=3):
    return rng.integers(-size, size + 1, (m, n)).tolist()


CLOSED = {
    "orthant": (orthant(6), 6, 0),
    "monotone": (monotone(7), 6, 1),
    "convex": (convex(7), 5, 2),
    "convex and monotone": ([*convex(7), monotone(7)[0]], 6, 1),
    **{f"cube {d}": (cube(d), 2**d, 0) for d in range(1, 8)},
    **{f"cross polytope {d}": (cross_polytope(d), 2 * d, 0) for d in range(1, 7)},
    **{f"dual cyclic {n}, {d}": (cyclic(n, d), facets_of_cyclic(n, d), 0) for n, d in ((6, 2), (7, 3), (9, 4), (8, 5))},
    "the whole space": ([], 0, 4),
    "zero rows": ([[0, 0, 0, 0]] * 3, 0, 4),
    "a half-space": ([[1, 2, 3, 4], [0, 0, 0, 0], [2, 4, 6, 8]], 1, 3),
    "opposite rows": ([[1, 2, 3, 4], [-1, -2, -3, -4]], 0, 3),
    "nothing but zero": ([*orthant(4), [-1] * 4], 0, 0),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name):
    rows, rays, lines = CLOSED[name]
    found = cone_generators(rows, len(rows[0]) if rows else 4)
    assert (len(found.rays), len(found.lines)) == (rays, lines)


def test_the_cyclic_polytopes_are_those_of_mcmullen():
    """The upper bound theorem: C(n - ceil(d/2), floor(d/2)) + C(n - floor(d/2) - 1, ceil(d/2) - 1) facets."""
    for n, d in ((6, 2), (7, 3), (8, 4), (9, 5), (10, 6)):
        low, high = d // 2, (d + 1) // 2
        assert facets_of_cyclic(n, d) == comb(n - high, low) + comb(n - low - 1, high - 1)
    assert facets_of_cyclic(9, 4) == 27


def is_in_lines(vector, lines):
    return flint.fmpz_mat([*lines, vector]).rank() == len(lines) if lines else not any(vector)


def same_up_to_lines(rays, others, lines, rows):
    """Whether both lists are one set of rays modulo lines: by their values in all rows, which leave lines out."""

    def key(ray):
        values = [dot(row, ray) for row in rows]
        common = gcd(*values)
        return tuple(v // common for v in values)

    return len(rays) == len(others) and {key(r) for r in rays} == {key(r) for r in others}


def brute_force(rows, n):
    """Lines by the rank, extreme rays from subsets of rows whose kernel is a ray beside the lines."""
    matrix = flint.fmpz_mat(rows)
    rank = matrix.rank()
    kernel, dimension = matrix.nullspace()
    lines = [[int(kernel[i, k]) for i in range(n)] for k in range(dimension)]
    rays = {}
    for chosen in itertools.combinations(range(len(rows)), rank - 1) if rank else ():
        # a ray orthogonal to the lines, tight on the rows chosen
        small = flint.fmpz_mat([*(rows[k] for k in chosen), *lines]) if chosen or lines else flint.fmpz_mat(0, n)
        if small.rank() != n - 1:
            continue
        direction, _ = small.nullspace()
        vector = [int(direction[i, 0]) for i in range(n)]
        for sign in (1, -1):
            ray = [sign * v for v in vector]
            values = [dot(row, ray) for row in rows]
            if min(values) >= 0 and any(values):
                common = gcd(*values)
                rays[tuple(v // common for v in values)] = ray
    return list(rays.values()), lines


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_random_cones_against_brute_force(n):
    rng = np.random.default_rng(n)
    for trial in range(40):
        rows = random_rows(rng, int(rng.integers(1, 9)), n, size=1 + trial % 3)
        found = cone_generators(rows, n)
        rays, lines = brute_force(rows, n)
        assert len(found.lines) == len(lines)
        assert all(is_in_lines(line, lines) for line in found.lines)
        assert same_up_to_lines(found.rays, rays, lines, rows)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_generators_are_in_the_cone_and_know_their_rows(n):
    rng = np.random.default_rng(10 + n)
    for _ in range(30):
        rows = random_rows(rng, 10, n)
        found = cone_generators(rows, n)
        assert all(dot(row, line) == 0 for row in rows for line in found.lines)
        for ray, tight in zip(found.rays, found.tight, strict=True):
            values = [dot(row, ray) for row in rows]
            assert min(values) >= 0
            assert [tight >> k & 1 for k in range(len(rows))] == [v == 0 for v in values]
            assert gcd(*ray) == 1


def test_the_order_of_rows_and_factors_do_not_matter():
    rng = np.random.default_rng(3)
    for n in (3, 4, 5):
        rows = random_rows(rng, 9, n)
        first = cone_generators(rows, n)
        for _ in range(5):
            order = rng.permutation(9)
            again = cone_generators([[int(k + 1) * v for v in rows[k]] for k in order], n)
            assert len(first.lines) == len(again.lines)
            assert same_up_to_lines(first.rays, again.rays, first.lines, rows)


def dual_rows(cone):
    return [*cone.rays, *cone.lines, *([-v for v in line] for line in cone.lines)]


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_there_and_back(n):
    """The dual of the dual is the cone: what the double description makes of its own generators."""
    rng = np.random.default_rng(20 + n)
    for _ in range(15):
        rows = random_rows(rng, int(rng.integers(1, 10)), n)
        cone = cone_generators(rows, n)
        dual = cone_generators(dual_rows(cone), n)
        back = cone_generators(dual_rows(dual), n)
        assert len(back.lines) == len(cone.lines)
        assert same_up_to_lines(back.rays, cone.rays, cone.lines, rows)
        # every row is in the dual cone: no generator of the cone is below zero on it, and none of its facets is new
        assert all(any(dot(facet, row) > 0 for row in rows) for facet in dual.rays)


def is_generated(vector, rays, lines):
    """Whether a vector is a sum of rays, none taken less than zero times, and lines: by an exact program."""
    columns = [*rays, *lines, *([-v for v in line] for line in lines)]
    if not columns:
        return not any(vector)
    nothing: NearestPoint | None = NearestPoint([flint.fmpq(0)] * len(columns))
    equations = [[column[i] for column in columns] for i in range(len(vector))]
    forms = [Form(tuple(map(flint.fmpz, unit(len(columns), k))), flint.fmpz(0)) for k in range(len(columns))]
    for row, value in zip(equations, vector, strict=True):
        for sign in (1, -1):
            forms.append(Form(tuple(flint.fmpz(sign * v) for v in row), flint.fmpz(-sign * value)))
    for form in forms:
        nothing = nothing.with_row(form)
        if nothing is None:
            return False
    return True


@pytest.mark.parametrize("n", [3, 4])
def test_no_ray_can_be_left_out(n):
    rng = np.random.default_rng(30 + n)
    for _ in range(8):
        cone = cone_generators(random_rows(rng, 6, n), n)
        for k, ray in enumerate(cone.rays):
            assert not is_generated(ray, [r for i, r in enumerate(cone.rays) if i != k], cone.lines)
            assert is_generated(ray, cone.rays, cone.lines)


def test_simplicial_cones_are_inverse_matrices():
    rng = np.random.default_rng(4)
    for n in (1, 2, 5, 9):
        matrix = flint.fmpz_mat(
            [[int(v) for v in row] for row in rng.integers(-9, 10, (n, n)) + 10 * np.eye(n, dtype=int)]
        )
        assert matrix.det() != 0
        inverse = matrix.inv()  # its columns are the rays
        found = cone_generators(matrix.tolist(), n)
        expected = set()
        for k in range(n):
            column = [inverse[i, k] for i in range(n)]
            common = flint.fmpz(1)
            for v in column:
                common = common.lcm(v.q)
            whole = [int((v * common).p) for v in column]
            expected.add(tuple(v // gcd(*whole) for v in whole))
        assert set(found.rays) == expected
        assert found.lines == ()


def test_two_to_the_n_rays_are_refused(monkeypatch):
    with pytest.raises(ConeError, match=r"more than 1,000 rays .*fewer rows"):
        cone_generators(cube(30), 31, most=1000)
    assert len(cone_generators(cube(8), 9, most=256).rays) == 256
    monkeypatch.setattr(exact_polytopes, "cone_generators", partial(cone_generators, most=1000))
    d = 40
    regions = enumerate_regions(Network.from_layers([np.ones((1, d))], [None]), Box(-1, 1, dim=d))
    with pytest.raises(ConeError, match="rays"):
        vertices(regions, 0)


def test_rows_of_another_length_are_refused():
    with pytest.raises(ConeError, match=r"row 1 has 2 values.*3"):
        cone_generators([[1, 2, 3], [1, 2]], 3)


def test_vertices_and_rays_of_unbounded_regions():
    layers = [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]]
    quarters = enumerate_regions(Network.from_layers(layers, [[-1.0, -2.0], [0.0]]), WholeSpace(2))
    found = {tuple(region.pattern.tolist()): generators(quarters, k) for k, region in enumerate(quarters)}
    for signs, part in found.items():
        assert part.vertices == ((1, 2),)
        assert set(part.rays) == {(1 if signs[0] else -1, 0), (0, 1 if signs[1] else -1)}
        assert part.lines == ()
        assert not part.bounded
    strip = enumerate_regions(Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[0.0], [0.0]]), WholeSpace(2))
    for k in range(2):
        part = generators(strip, k)
        assert [vertex[0] for vertex in part.vertices] == [0]
        assert [abs(v) for v in part.lines[0]] == [0, 1]
        assert len(part.rays) == 1
    whole = enumerate_regions(Network.from_layers([[[1.0, 0.0]]], [[0.0]]), WholeSpace(2))
    assert (len(generators(whole, 0).rays), len(generators(whole, 0).lines)) == (0, 2)


def test_generators_with_fixed_inputs():
    network = Network.from_layers([[[1.0, 1.0, 1.0]], [[1.0]]], [[0.0], [0.0]])
    box = Box([-1, 0.5, -1], [1, 0.5, 1])
    regions = enumerate_regions(network, box)
    for k in range(2):
        part = generators(regions, k)
        assert part.bounded
        assert set(part.vertices) == set(vertices(regions, k))
        assert all(vertex[1] == 0.5 for vertex in part.vertices)
    assert sum(len(vertices(regions, k)) for k in range(2)) == 8  # a cut through two sides of a square


def test_vertices_in_more_dimensions():
    """A simplex and a cube that one hyperplane halves, in eight dimensions."""
    d = 8
    network = Network.from_layers([[unit(d, 0)], [[1]]], [[-0.25], [0.0]])
    cubes = enumerate_regions(network, Box(0, 1, dim=d))
    assert [len(vertices(cubes, k)) for k in range(2)] == [2**d, 2**d]
    simplex = Polytope([*(-np.eye(d)).tolist(), [1.0] * d], [0.0] * d + [1.0])
    parts = enumerate_regions(network, simplex)
    counts = {bool(region.pattern[0]): len(vertices(parts, k)) for k, region in enumerate(parts)}
    assert counts == {True: d + 1, False: 2 * d}
