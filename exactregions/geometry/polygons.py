"""Convex polygons of the plane in homogeneous integers: halving them is exact and divides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import lcm

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.forms import Form

Integer = flint.fmpz
Line = tuple[Integer, Integer, Integer]  # a x + b y + c, of which the sign matters
Corner = tuple[Integer, Integer, Integer]  # x / w, y / w, with w > 0


def line_of(form: Form) -> Line:
    """Return a form in two variables as a line."""
    return form.a[0], form.a[1], form.b


@dataclass(frozen=True, slots=True)
class Polygon:
    """A convex polygon, its corners counterclockwise.

    Attributes
    ----------
    corners : tuple of (x, y, w)
        Homogeneous integers with w > 0.
    lines : tuple of (a, b, c)
        The line of the edge that leaves each corner, positive inside.
    """

    corners: tuple[Corner, ...]
    lines: tuple[Line, ...]

    @classmethod
    def box(cls, lower: Sequence[Fraction], upper: Sequence[Fraction]) -> Polygon:
        """Return the rectangle with two opposite corners."""
        (left, bottom), (right, top) = lower, upper
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        sides = [(0, 1, -bottom), (-1, 0, right), (0, -1, top), (1, 0, -left)]
        return cls(tuple(_integers(x, y, Fraction(1)) for x, y in corners), tuple(_integers(*side) for side in sides))

    def values(self, line: Line) -> list[Integer]:
        """Return the values of a line at the corners, up to a positive factor each."""
        a, b, c = line
        return [a * x + b * y + c * w for x, y, w in self.corners]

    def clipped(self, line: Line, values: Sequence[Integer] | None = None) -> Polygon | None:
        """Return the part where a line is not negative; None where that has no interior.

        Parameters
        ----------
        line : Line
        values : sequence of fmpz, optional
            What `values` gives for the line.
        """
        at = self.values(line) if values is None else values
        if all(v <= 0 for v in at):
            return None
        if all(v >= 0 for v in at):
            return self
        corners, lines = [], []
        for k, (corner, edge, here) in enumerate(zip(self.corners, self.lines, at, strict=True)):
            after = at[(k + 1) % len(at)]
            if here >= 0:
                corners.append(corner)
                lines.append(line if here == 0 and after < 0 else edge)
            if here * after < 0:
                corners.append(_meeting(edge, line))
                lines.append(line if here > 0 else edge)
        return Polygon(tuple(corners), tuple(lines))

    @property
    def area(self) -> flint.fmpq:
        """The area, exactly."""
        total, (first, *others) = flint.fmpq(0), self.corners
        x, y, w = first
        seen = [(p * w - x * r, q * w - y * r, r) for p, q, r in others]  # from the first corner, times w
        for (p, q, r), (s, t, u) in pairwise(seen):
            total += flint.fmpq(p * t - q * s, r * u)
        return total / (2 * w * w)

    def contains(self, x: Fraction, y: Fraction) -> bool:
        """Decide whether a point lies strictly inside."""
        p, q, w = _integers(x, y, Fraction(1))
        return all(a * p + b * q + c * w > 0 for a, b, c in self.lines)

    def relative(self, x: Fraction, y: Fraction) -> list[tuple[Fraction, Fraction]]:
        """Return the corners as seen from a point, exactly."""
        return [(Fraction(int(p), int(w)) - x, Fraction(int(q), int(w)) - y) for p, q, w in self.corners]

    def triangles(self) -> Iterator[tuple[Fraction, tuple[Fraction, ...]]]:
        """Yield the exact area and centroid of each triangle from the first corner to an edge."""
        first, *others = self.relative(Fraction(0), Fraction(0))
        for p, q in pairwise(others):
            twice = (p[0] - first[0]) * (q[1] - first[1]) - (p[1] - first[1]) * (q[0] - first[0])
            yield twice / 2, tuple((a + b + c) / 3 for a, b, c in zip(first, p, q, strict=True))

    def floats(self, x: Fraction, y: Fraction) -> NDArray[np.float64]:
        """Return the corners as seen from a point, correctly rounded, shape (k, 2)."""
        if x or y:
            return np.array([(float(p), float(q)) for p, q in self.relative(x, y)])
        return np.array([(int(p) / int(w), int(q) / int(w)) for p, q, w in self.corners])


def _meeting(first: Line, second: Line) -> Corner:
    """Return the point on two lines that are not parallel."""
    (a, b, c), (d, e, f) = first, second
    x, y, w = b * f - c * e, c * d - a * f, a * e - b * d
    return (x, y, w) if w > 0 else (-x, -y, -w)


def _integers(*values: Fraction | int) -> tuple[Integer, Integer, Integer]:
    """Return three numbers times their common denominator."""
    exact = [Fraction(v) for v in values]
    common = lcm(*(v.denominator for v in exact))
    first, second, third = (flint.fmpz(int(v * common)) for v in exact)
    return first, second, third
