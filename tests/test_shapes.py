"""The normal form of domains against definitions in plain fractions."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import pytest
from narrowing import present

from exactregions import Ball, Box, Polytope, WholeSpace
from exactregions.domain import Domain
from exactregions.errors import DomainError
from exactregions.exact.numbers import as_fractions, as_point, rational
from exactregions.exact.shapes import Row, Shape, ShapeKind, shape_of
from exactregions.exact.shapes.columns import Columns
from exactregions.exact.shapes.rounded import (
    InsideTest,
    center_error,
    center_floats,
    dual_reach,
    extents,
    outward_ends,
)
from exactregions.exact.shapes.support import support

SIZES = [Fraction(1), Fraction(1, 3), Fraction(10) ** 300, Fraction(1, 10**300), Fraction(7, 10**5)]
DOMAINS = ["l1", "l2", "linf", "box", "polytope", "boxed polytope", "space"]
KINDS = [*DOMAINS, "slab", "half", "flat box", "flat l1", "flat l2"]


def numbers(rng, count, size):
    """Fractions with denominators that are no powers of two, and small integers among them."""
    plain = rng.random() < 0.4
    return [size * Fraction(int(rng.integers(-6, 7)), 1 if plain else int(rng.integers(1, 8))) for _ in range(count)]


def random_case(kind, seed):
    """A shape of a kind, the domain it comes from where there is one, and its size."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    d, size = int(rng.integers(1, 4)), SIZES[seed % len(SIZES)]
    center, halves = numbers(rng, d, size), [abs(h) + size / 9 for h in numbers(rng, d, size)]
    pairs = list(zip(center, halves, strict=True))
    box = Box([c - h for c, h in pairs], [c + h for c, h in pairs])
    rows = [[Fraction(v) for v in numbers(rng, d, 1)] for _ in range(3)]
    free = [h if i else None for i, h in enumerate(halves)]
    domain: Domain | None = None
    match kind:
        case "l1" | "l2" | "linf":
            domain = Ball(center, halves[0], {"l1": 1, "l2": 2, "linf": math.inf}[kind])
        case "box":
            domain = box
        case "polytope" | "boxed polytope":
            domain = Polytope(rows, [abs(b) + size for b in numbers(rng, 3, size)], box if "boxed" in kind else None)
        case "space":
            domain = WholeSpace(d)
    if domain is not None:
        return shape_of(domain), domain, size
    if kind.startswith("flat"):
        radius = halves[0]
        fixed = rng.integers(0, 2, d)
        wide = halves if kind == "flat box" else [radius] * d
        widths = [Fraction(0) if f else w for f, w in zip(fixed, wide, strict=True)]
        name = {"flat box": ShapeKind.BOX, "flat l1": ShapeKind.L1, "flat l2": ShapeKind.L2}[kind]
        ends = zip(center, widths, strict=True)
        return Shape(name, *zip(*[(c - w, c + w) for c, w in ends], strict=True)), None, size
    lower = tuple(None if h is None else c - h for c, h in zip(center, free, strict=True))
    upper = tuple(c + h if kind == "half" or i else None for i, (c, h) in enumerate(pairs))
    return Shape(ShapeKind.BOX, lower, upper), None, size


CASES = [(kind, seed) for kind in KINDS for seed in range(15)]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request):
    return (*random_case(*request.param), np.random.default_rng([request.param[1], 77]))


def points_near(shape, size, rng):
    """Points inside, outside and on the boundary."""
    for _ in range(25):
        steps = [Fraction(int(v), int(rng.choice([2, 3, 4]))) for v in rng.integers(-4, 5, shape.dim)]
        widths = [h if h is not None else size for h in shape.half_widths]
        yield [c + s * w for c, s, w in zip(shape.center, steps, widths, strict=True)]


def body_holds(shape, x):
    """The definition, coordinate by coordinate."""
    gaps = []
    for v, lo, up in zip(x, shape.lower, shape.upper, strict=True):
        if lo is not None and lo == up:
            if v != lo:
                return False
            continue
        if (lo is not None and v <= lo) or (up is not None and v >= up):
            return False
        if lo is not None and up is not None:
            gaps.append((2 * v - lo - up) / (up - lo))
    if shape.kind is ShapeKind.L1:
        return not gaps or sum(map(abs, gaps)) < 1
    return shape.kind is ShapeKind.BOX or not gaps or sum(g * g for g in gaps) < 1


def test_membership_is_that_of_the_definition(case):
    shape, domain, size, rng = case
    seen = set()
    for x in points_near(shape, size, rng):
        inside = shape.contains(x)
        assert inside == (body_holds(shape, x) if domain is None else domain.contains(x))
        seen.add(inside)
        assert inside == (shape.body().contains(x) and all(row.at(x) > 0 for row in shape.rows))
    assert shape.contains(shape.center) or shape.rows


def extreme_points(shape):
    """The corners of a body with flat sides and finite ends."""
    if shape.kind is ShapeKind.BOX:
        return list(itertools.product(*zip(shape.lower, shape.upper, strict=True)))
    found = []
    for i, half in enumerate(shape.half_widths):
        for sign in (-1, 1):
            found.append([c + sign * half * (i == j) for j, c in enumerate(shape.center)])
    return found


def test_support_is_attained_at_a_corner_or_in_closed_form(case):
    shape, _, _, rng = case
    for _ in range(10):
        slopes = [Fraction(int(v), int(rng.integers(1, 4))) for v in rng.integers(-3, 4, shape.dim)]
        found = support(shape, as_point(slopes))
        ends = [(up if v > 0 else lo) for v, lo, up in zip(slopes, shape.lower, shape.upper, strict=True) if v]
        if None in ends:
            assert found.value is None
            assert found.above() is None
            assert not found.at_most(flint.fmpq(10**9))
            continue
        if shape.kind is ShapeKind.L2:
            middle = sum(v * c for v, c in zip(slopes, shape.center, strict=True))
            square = sum((v * h) ** 2 for v, h in zip(slopes, shape.half_widths, strict=True))
            for step in (-1, 0, 1):
                bound = middle + Fraction(math.isqrt(int(square * 10**20 // 1)), 10**10) + step * (1 + square)
                true = bound >= middle and (bound - middle) ** 2 >= square
                assert found.at_most(rational(bound)) == true
            above = as_fractions([present(found.above())])[0] - middle
            assert above >= 0
            assert square <= above**2 <= square * (1 + Fraction(1, 10**15))
            continue
        if None not in shape.lower + shape.upper:
            values = (zip(slopes, point, strict=True) for point in extreme_points(shape))
            best = max(sum((v * x for v, x in pairs), Fraction(0)) for pairs in values)
            assert as_fractions([present(found.value), present(found.above())]) == (best, best)
            assert found.at_most(rational(best))
            assert not found.at_most(rational(best - Fraction(1, 10**400)))


def test_sides_are_the_shape(case):
    shape, _, size, rng = case
    if shape.kind is ShapeKind.L2:
        with pytest.raises(DomainError, match="no flat sides"):
            shape.sides()
        return
    if shape.fixed:
        return
    for x in points_near(shape, size, rng):
        assert shape.contains(x) == all(row.at(x) > 0 for row in shape.sides())


def test_the_box_is_the_smallest_one(case):
    shape, _, _, _ = case
    axes = [[s * (i == j) for j in range(shape.dim)] for i in range(shape.dim) for s in (1, -1)]
    for axis in axes:
        one, other = (support(s, [flint.fmpq(v) for v in axis]) for s in (shape, shape.box()))
        assert (one.value is None) == (other.value is None)
        if one.value is not None:
            most = present(other.value)
            assert one.at_most(most)
            assert not one.at_most(most - flint.fmpq(1, 10**400))


def test_other_coordinates_hold_the_same_points(case):
    shape, _, size, rng = case
    origin = numbers(rng, shape.dim, size)
    scale = [size * Fraction(2) ** int(rng.integers(-5, 6))] * shape.dim
    moved = shape.moved(origin, scale)
    assert moved.kind is shape.kind
    assert moved.fixed == shape.fixed
    for x in points_near(shape, size, rng):
        y = [(v - o) / s for v, o, s in zip(x, origin, scale, strict=True)]
        assert moved.contains(y) == shape.contains(x)
        for row, other in zip(shape.rows, moved.rows, strict=True):
            assert row.at(x) * other.scale == other.at(y) * row.scale


def test_rows_are_integers_and_say_by_how_much_they_exceed_what_was_given(case):
    shape, domain, size, rng = case
    if not isinstance(domain, Polytope):
        assert not shape.rows
        return
    for x in points_near(shape, size, rng):
        for row, form, a, b in zip(shape.rows, shape.forms(), domain.A, domain.b, strict=True):
            left = b - sum((v * w for v, w in zip(a, x, strict=True)), Fraction(0))
            assert row.at(x) == row.scale * left == as_fractions([form.at(as_point(x))])[0]


def test_columns_are_the_body(case):
    shape, _, size, rng = case
    columns = Columns.of(shape)
    for x in points_near(shape, size, rng):
        if not shape.body().contains(x):
            continue
        program = columns.dictionary(as_point(x))
        assert columns.point(program.point) == as_point(x)
        for value, lower, upper in zip(program.values, program.lower, program.upper, strict=True):
            assert lower is None or lower <= value
            assert upper is None or value <= upper
        a, b = as_point(numbers(rng, shape.dim, 1)), flint.fmpq(3, 7)
        lifted, constant = columns.lift(a, b)
        at = sum((v * w for v, w in zip(lifted, program.point, strict=True)), constant)
        assert at == sum((v * w for v, w in zip(a, as_point(x), strict=True)), b)


@pytest.mark.parametrize("kind", ["l1", "box", "slab", "flat box", "flat l1"])
@pytest.mark.parametrize("seed", range(10))
def test_the_maximum_over_the_columns_is_the_support(kind, seed):
    shape, _, _ = random_case(kind, seed)
    rng, columns = np.random.default_rng(seed), Columns.of(shape)
    slopes = as_point(numbers(rng, shape.dim, 1))
    found = support(shape, slopes)
    lifted, constant = columns.lift(slopes, flint.fmpq(0))
    program = columns.dictionary(as_point(shape.center))
    if found.value is None:
        assert program.raise_above_zero(lifted, constant - 10**9) is None
        return
    assert program.raise_above_zero(lifted, constant - found.value) is not None
    assert not any(slopes) or program.copy().raise_above_zero(lifted, constant - found.value + 1) is None


def in_closure(shape, x):
    """Whether a point lies in the closure of a body, coordinate by coordinate, then by its distance."""
    sides = zip(shape.lower, x, shape.upper, strict=True)
    if not all((lo is None or lo <= v) and (up is None or v <= up) for lo, v, up in sides):
        return False
    gaps = [abs(v - c) for v, c in zip(x, shape.center, strict=True)]
    if shape.kind is ShapeKind.L1:
        return sum(gaps) <= shape.radius
    return shape.kind is ShapeKind.BOX or sum(g * g for g in gaps) <= shape.radius**2


def in_body(kind, radius, y):
    """Whether a point lies in the closed body of a kind about the origin; radii are half widths in a box."""
    pairs = [(abs(v), Fraction(r)) for v, r in zip(y, radius, strict=True) if math.isfinite(r)]
    if kind is ShapeKind.BOX:
        return all(v <= r for v, r in pairs)
    sizes = [v for v, _ in pairs]
    if kind is ShapeKind.L1:
        return not pairs or sum(sizes) <= pairs[0][1]
    return not pairs or sum(v * v for v in sizes) <= pairs[0][1] ** 2


def test_floats_are_on_the_safe_side(case):
    shape, _, size, rng = case
    center = np.nan_to_num(center_floats(shape))
    exact_center = [Fraction(c) for c in center.tolist()]
    gaps = sum(abs(f - c) for f, c in zip(exact_center, shape.center, strict=True))
    assert Fraction(center_error(shape)) >= gaps
    unit = 2.0 ** int(rng.integers(-5, 6)) * 2.0 ** (round(math.log2(size)) if size < 10**290 else 950)
    outer, inner = extents(shape, center, np.full(shape.dim, unit))
    lower, upper = outward_ends(shape)
    for x in points_near(shape, size, rng):
        y = [(v - c) / Fraction(unit) for v, c in zip(x, exact_center, strict=True)]
        if shape.body().contains(x):
            assert in_body(shape.kind, outer, y)
            between = zip(lower.tolist(), x, upper.tolist(), strict=True)
            assert all(lo <= v <= up for lo, v, up in between)
    if not shape.fixed and (inner > 0).all():
        reach = [Fraction(unit) * Fraction(r if math.isfinite(r) else 1) for r in inner.tolist()]
        ends = extreme_points(Shape(shape.kind, tuple(-r for r in reach), tuple(reach)))
        assert all(in_closure(shape, [c + v for c, v in zip(exact_center, end, strict=True)]) for end in ends)


def test_floats_lie_between_outward_ends_exactly_when_they_are_inside():
    third = Fraction(1, 3)
    box = shape_of(Box([third, -third], [1, 2 * third]))
    (lo, _), (_, up) = (ends.tolist() for ends in outward_ends(box))
    first, last = math.nextafter(lo, 1), math.nextafter(up, 0)
    assert not box.contains([lo, 0])
    assert box.contains([first, 0])
    assert box.contains([first, last])
    test = InsideTest(box)
    found = test(np.array([[lo, 0], [first, 0], [first, last], [first, up], [1.0, 0], [np.nan, 0], [np.inf, 0]]))
    assert found.tolist() == [False, True, True, False, False, False, False]


def test_points_that_floats_prove_inside_are_inside(case):
    shape, _, size, rng = case
    test, proved = InsideTest(shape), 0
    points = np.array([[float(v) for v in x] for x in points_near(shape, size, rng)])
    with np.errstate(all="ignore"):
        found = test(points)
    for point, sure in zip(points.tolist(), found.tolist(), strict=True):
        assert not sure or shape.contains(point)
        proved += sure
    if not shape.rows and not shape.fixed and shape.contains([float(c) for c in shape.center]):
        assert proved or not any(shape.contains(p) for p in points.tolist()) or shape.kind is not ShapeKind.BOX


def test_float_support_is_above_the_exact_one(case):
    shape, _, _, rng = case
    outer, _ = extents(shape, np.nan_to_num(center_floats(shape)))
    slopes = np.vstack([rng.normal(size=(5, shape.dim)), np.zeros((1, shape.dim)), np.eye(shape.dim)])
    radius = outer if shape.kind is ShapeKind.BOX else outer[0]
    about = replace(shape.body(), lower=tuple(None if r == math.inf else -Fraction(r) for r in outer.tolist()),
                    upper=tuple(None if r == math.inf else Fraction(r) for r in outer.tolist()))  # fmt: skip
    found = dual_reach(shape.kind, radius, slopes)
    for row, bound in zip(slopes.tolist(), found.tolist(), strict=True):
        exact = support(about, as_point(row))
        assert (exact.value is None) == math.isinf(bound)
        if exact.value is not None:
            assert exact.at_most(rational(bound))
            assert not exact.at_most(rational(bound * (1 - 1e-9) - 1e-300)) or not any(row)


def test_volumes_in_closed_form():
    assert shape_of(Box([0, 0], [Fraction(1, 3), 6])).volume() == 2
    assert shape_of(Ball([0, 0, 5], 2, 1)).volume() == Fraction(4**3, 6)
    assert shape_of(Ball([0, 0, 5], 2, math.inf)).volume() == 4**3
    assert float(present(shape_of(Ball([0, 0], 3)).volume())) == pytest.approx(9 * math.pi, rel=1e-15)
    assert float(present(shape_of(Ball([0] * 3, 3)).volume())) == pytest.approx(36 * math.pi, rel=1e-15)
    assert shape_of(Ball([1], 3)).volume() == 6
    assert shape_of(WholeSpace(2)).volume() is None
    assert Shape(ShapeKind.BOX, (Fraction(0), Fraction(1)), (Fraction(3), Fraction(1))).volume() == 3


def test_fixed_coordinates_are_known():
    flat = Shape(ShapeKind.BOX, (Fraction(0), Fraction(1)), (Fraction(3), Fraction(1)))
    assert flat.fixed == (1,)
    assert flat.center == (Fraction(3, 2), 1)
    assert flat.radius == Fraction(3, 2)
    assert flat.contains([1, 1])
    assert not flat.contains([1, Fraction(11, 10)])
    assert not flat.contains([0, 1])
    assert not shape_of(Box([0, 0], [1, 1])).fixed


def test_an_unknown_domain_is_refused_by_name():
    class Simplex(Domain):
        kind = "simplex"
        dim = 2  # type: ignore[assignment]

    with pytest.raises(DomainError, match="Simplex is no known domain; use Ball, Box, Polytope or WholeSpace"):
        shape_of(Simplex())


def test_a_shape_is_its_own():
    shape = shape_of(Ball([0, 1], 2))
    assert shape_of(shape) is shape
    assert Row.below([Fraction(1, 2), Fraction(-1, 3)], Fraction(1, 4)) == Row((-6, 4), 3, 12)
