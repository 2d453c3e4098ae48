"""Exact clipping of intervals and polygons, unbounded ones too: cones of homogeneous integer points."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from independent.unrolled import integers, reduced, walls


def _dot(row, ray):
    return sum(a * x for a, x in zip(row, ray, strict=True))


def clipped(rays, row):
    """Return the rays of the part of a cone where a row is not negative; None where it is nowhere positive.

    Rays go around the cone; those that end in 0 are directions, the others points.
    """
    values = [_dot(row, ray) for ray in rays]
    if max(values) <= 0:
        return None
    if min(values) >= 0:
        return rays
    found = []
    for i in range(len(rays)):
        j = (i + 1) % len(rays)
        if values[i] >= 0:
            found.append(rays[i])
        if values[i] * values[j] < 0 and (j or len(rays) > 2):
            v, w = abs(values[i]), abs(values[j])
            found.append(reduced([w * p + v * q for p, q in zip(rays[i], rays[j], strict=True)]))
    return found


def corners(domain):
    """Return cones whose union holds a domain of one or two dimensions."""
    box = domain.box if domain.kind == "polytope" else domain
    d = domain.dim
    if domain.kind == "whole-space" or box is None:
        if d == 1:
            return [[[0, 1], [1, 0]], [[-1, 0], [0, 1]]]
        return [[[0, 0, 1], [s, 0, 0], [0, t, 0]] for s in (1, -1) for t in (1, -1)]
    if domain.kind == "ball":
        lower, upper = ([c + s * domain.radius for c in domain.center] for s in (-1, 1))
    else:
        lower, upper = box.lower, box.upper
    if d == 1:
        return [[integers([lower[0], 1]), integers([upper[0], 1])]]
    ends = ((lower[0], lower[1]), (upper[0], lower[1]), (upper[0], upper[1]), (lower[0], upper[1]))
    return [[integers([*end, 1]) for end in ends]]


def points_of(rays):
    return [[Fraction(v, ray[-1]) for v in ray[:-1]] for ray in rays]


def _ends(rays):
    """Yield the edges of a bounded polygon or interval as pairs of points."""
    points = points_of(rays)
    for i, p in enumerate(points):
        yield p, points[(i + 1) % len(points)]


def _along(p, q, t):
    return [a + t * (b - a) for a, b in zip(p, q, strict=True)]


def contains(rays, center):
    """Whether a point lies in a closed polygon or interval."""
    points = points_of(rays)
    if len(center) == 1:
        return min(points)[0] <= center[0] <= max(points)[0]
    turns = [(q[0] - p[0]) * (center[1] - p[1]) - (q[1] - p[1]) * (center[0] - p[0]) for p, q in _ends(rays)]
    return all(t >= 0 for t in turns) or all(t <= 0 for t in turns)


def distance(rays, center, norm, halves):
    """Return the distance of a bounded polygon from a point, squared for norm 2; sides of a box count as `halves`."""
    if contains(rays, center):
        return Fraction(0)
    return min(_from_edge(p, q, center, norm, halves) for p, q in _ends(rays))


def _from_edge(p, q, center, norm, halves):
    def size(t):
        gaps = [abs(x - c) / h for x, c, h in zip(_along(p, q, t), center, halves, strict=True)]
        return max(gaps) if norm == float("inf") else sum(g * g for g in gaps) if norm == 2 else sum(gaps)

    starts = [(a - c) / h for a, c, h in zip(p, center, halves, strict=True)]
    steps = [(b - a) / h for a, b, h in zip(p, q, halves, strict=True)]
    if norm == 2:
        length = sum(s * s for s in steps)
        where = [] if not length else [-sum(a * s for a, s in zip(starts, steps, strict=True)) / length]
    else:
        # the distance is piecewise linear along the edge: its kinks are where gaps vanish or are equal
        kinks = [(a, s) for a, s in zip(starts, steps, strict=True)]
        if len(kinks) == 2:
            (a, s), (b, t) = kinks
            kinks += [(a - b, s - t), (a + b, s + t)]
        where = [-a / s for a, s in kinks if s]
    return min(size(min(max(t, Fraction(0)), Fraction(1))) for t in [*where, Fraction(0), Fraction(1)])


@dataclass(frozen=True)
class Polygons:
    """A cell in one or two dimensions as cones whose interiors are disjoint; `limit` is a squared radius."""

    pieces: tuple
    center: tuple = ()
    limit: Fraction | None = None

    def part(self, row):
        found = tuple(rays for piece in self.pieces if (rays := clipped(piece, row)) is not None)
        if not found:
            return None
        if all(new is old for new, old in zip(found, self.pieces, strict=False)) and len(found) == len(self.pieces):
            return self
        part = Polygons(found, self.center, self.limit)
        return part if self.limit is None or part.entry(self.center, 2) < self.limit else None

    def entry(self, center, norm, halves=None):
        sides = halves or (Fraction(1),) * len(center)
        return min(distance(rays, center, norm, sides) for rays in self.pieces)

    @property
    def area(self):
        """The exact length or area; None where it is unbounded or has an arc."""
        if self.limit is not None or any(ray[-1] == 0 for rays in self.pieces for ray in rays):
            return None
        return sum((_area(points_of(rays)) for rays in self.pieces), Fraction(0))


def _area(points):
    if len(points[0]) == 1:
        return abs(points[1][0] - points[0][0])
    (x, y), rest = points[0], points[1:]
    doubled = sum((p[0] - x) * (q[1] - y) - (p[1] - y) * (q[0] - x) for p, q in pairwise(rest))
    return abs(doubled) / 2


def polygons(domain):
    """Return a domain of one or two dimensions; None where it is empty."""
    rows = walls(domain)
    if rows is None:
        return Polygons(tuple(corners(domain)), tuple(domain.center), domain.radius**2)
    cell = Polygons(tuple(corners(domain)))
    for row in rows:
        cell = cell if cell is None else cell.part(row)
    return cell
