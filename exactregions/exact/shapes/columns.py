"""A shape with flat sides as a linear program: columns with bounds, and few rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.dyadic import root_above
from exactregions.exact.numbers import ONE, ZERO, Number, Point, Rational, as_point, nearest_floats, rational
from exactregions.exact.shapes.shape import Shape, ShapeKind
from exactregions.exact.shapes.support import greatest, rational_ends
from exactregions.exact.simplex import Dictionary

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The body of a shape as { x : x = w, or x = offset + w[:d] - w[d:], with bounds and rows for w }.

    The second form makes one row of the 2^d facets of a cross-polytope. Of a Euclidean ball it is a polytope around
    the ball: the intersection of its box and the smallest cross-polytope that holds it.

    Attributes
    ----------
    offset : list of fmpq, length d
        Zero in the first form.
    lower, upper : list of fmpq or None
        Bounds of the columns.
    rows : list of (list of fmpq, fmpq)
        Coefficients and constants of forms that must not be negative.
    """

    offset: Point
    lower: list[Rational | None]
    upper: list[Rational | None]
    rows: list[tuple[list[Rational], Rational]]

    @classmethod
    def of(cls, shape: Shape) -> Columns:
        """Write down the body of a shape."""
        d = shape.dim
        if shape.kind is ShapeKind.BOX:
            return cls([ZERO] * d, rational_ends(shape.lower), rational_ends(shape.upper), [])
        radius, free = rational(shape.radius or 0), d - len(shape.fixed)
        reach = radius * root_above(flint.fmpq(free)) if shape.kind is ShapeKind.L2 and free > 1 else radius
        widths = rational_ends(shape.half_widths) * 2
        return cls(as_point(shape.center), [ZERO] * (2 * d), widths, [([-ONE] * (2 * d), reach)])

    @property
    def split(self) -> bool:
        """Whether x is a difference of two halves of the columns."""
        return len(self.lower) > len(self.offset)

    def ends(self) -> tuple[list[Rational], list[Rational]]:
        """Return the bounds of the columns of a shape that has ends."""
        lower, upper = ([v for v in bounds if v is not None] for bounds in (self.lower, self.upper))
        assert len(lower) == len(upper) == len(self.lower), "the shape has no ends"
        return lower, upper

    def lift(self, a: Sequence[Number], b: Number) -> tuple[list[Number], Rational]:
        """Return coefficients over the columns, and the constant, of the form a.x + b."""
        slopes = list(a)
        constant = sum((v * o for v, o in zip(slopes, self.offset, strict=True) if v and o), flint.fmpq(b))
        return ([*slopes, *(-v for v in slopes)] if self.split else slopes), constant

    def lift_floats(self, normals: Array, offsets: Array) -> tuple[Array, Array]:
        """Do the same for rows of floats, shapes (m, d) and (m,), rounded."""
        lifted = np.hstack([normals, -normals]) if self.split else normals
        return lifted, offsets + normals @ nearest_floats(self.offset)

    def least(self, slopes: Sequence[Number], constant: Number) -> Rational | None:
        """Return the least value of a form over the columns that their bounds alone allow; None without one."""
        found = greatest([-v for v in slopes], self.lower, self.upper)
        return None if found is None else constant - found

    def dictionary(self, start: Point) -> Dictionary:
        """Return the program at a point of the shape: between all bounds, so that no pivot is needed to get there."""
        gaps = [x - o for x, o in zip(start, self.offset, strict=True)]
        values = [max(g, ZERO) for g in gaps] + [max(-g, ZERO) for g in gaps] if self.split else gaps
        dictionary = Dictionary(values, self.lower, self.upper)
        for a, b in self.rows:
            dictionary.add_row(a, b)
        return dictionary

    def float_point(self, values: Array) -> Array:
        """Return the point x of float columns, rounded."""
        d = len(self.offset)
        return (values[:d] - values[d:] if self.split else values) + nearest_floats(self.offset)

    def point(self, values: Sequence[Rational]) -> Point:
        """Return the point x of column values."""
        d = len(self.offset)
        parts = [u - v for u, v in zip(values[:d], values[d:], strict=True)] if self.split else values
        return [o + v if o else v for o, v in zip(self.offset, parts, strict=True)]
