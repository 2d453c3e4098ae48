"""Nearest points of polyhedra by trying every set of active rows, and cells of Euclidean balls."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from independent.programs import is_open


def solved(matrix, rhs):
    """Return the solution of a square system in fractions; None where it is singular."""
    rows = [[*map(Fraction, row), Fraction(r)] for row, r in zip(matrix, rhs, strict=True)]
    for k in range(len(rows)):
        at = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if at is None:
            return None
        rows[k], rows[at] = rows[at], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                rows[i] = [v - rows[i][k] * w for v, w in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


def value(row, point):
    return sum((a * x for a, x in zip(row[:-1], point, strict=True)), Fraction(row[-1]))


def nearest(rows, center, equal=()):
    """Return the point of {a.x + b >= 0} (and = 0 for the rows of `equal`) nearest to the centre.

    It is the one point that is the projection on some rows with multipliers >= 0 and satisfies the others (Karush,
    Kuhn, Tucker); independent rows suffice, so at most as many as there are dimensions.
    """
    rows = [row for row in rows if any(row[:-1])]
    for size in range(len(center) - len(equal) + 1):
        for chosen in combinations(rows, size):
            active = [*equal, *chosen]
            gram = [[sum(a * b for a, b in zip(p[:-1], q[:-1], strict=True)) for q in active] for p in active]
            weights = solved(gram, [-value(row, center) for row in active])
            if weights is None or any(w < 0 for w in weights[len(equal) :]):
                continue
            point = [c + sum(w * row[k] for w, row in zip(weights, active, strict=True)) for k, c in enumerate(center)]
            if all(value(row, point) >= 0 for row in rows):
                return point
    raise AssertionError("a polyhedron that is not empty has a nearest point")


def square(point, center):
    return sum(((p - c) ** 2 for p, c in zip(point, center, strict=True)), Fraction(0))


@dataclass(frozen=True)
class BallCell:
    """A cell in an open Euclidean ball: rows, and its point nearest to the centre."""

    rows: tuple
    center: tuple
    limit: Fraction
    point: tuple

    def part(self, row):
        rows = (*self.rows, row)
        if not is_open(rows, len(self.center)):
            return None
        point = self.point if value(row, self.point) >= 0 else tuple(nearest(rows, self.center))
        if square(point, self.center) >= self.limit:
            return None
        return BallCell(rows, self.center, self.limit, point)

    @property
    def entry(self):
        return square(self.point, self.center)


def ball_cell(domain):
    center = tuple(domain.center)
    return BallCell((), center, domain.radius**2, center)
