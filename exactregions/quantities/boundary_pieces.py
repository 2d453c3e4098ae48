"""One piece of a decision boundary: the facet between two cells of different classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.errors import DomainError
from exactregions.exact.forms import Form, Forms
from exactregions.exact.numbers import Point, as_fractions, as_point
from exactregions.exact.values import root_ends
from exactregions.fixed_inputs import FreeInputs
from exactregions.geometry.exact_polytopes import ExactPolytope
from exactregions.geometry.polyhedra import domain_rows, is_bounded, require_small_dimension

if TYPE_CHECKING:
    from exactregions.exact.shapes import Shape

__all__ = ["BoundaryPiece", "corners", "gap_of"]

Exact = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BoundaryPiece:
    """Where two classes meet, within one region or on a facet between two: a polytope of dimension d - 1.

    Attributes
    ----------
    classes : (int, int)
        The lower one first.
    patterns : (numpy.ndarray of bool, numpy.ndarray of bool)
        The region on the side of either class, equal within one region.
    point : tuple of Fraction
        A point of it, in the open domain.
    """

    classes: tuple[int, int]
    patterns: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    point: Exact
    gap: Form = field(repr=False)
    composed: Callable[[], tuple[Form, ...]] = field(repr=False)
    _asked: FreeInputs = field(repr=False)
    _shape: Shape = field(repr=False)

    @property
    def rows(self) -> tuple[Form, ...]:
        """Forms in the free inputs, none negative on the piece; those of the domain are left out."""
        return self.composed()

    def __repr__(self) -> str:
        where = "on a facet between two regions" if self.on_a_facet else "within a region"
        return f"<BoundaryPiece: between the classes {self.classes[0]} and {self.classes[1]}, {where}>"

    @property
    def on_a_facet(self) -> bool:
        """Whether it lies between two regions, not within one."""
        return not np.array_equal(*self.patterns)

    @property
    def equation(self) -> tuple[Exact, Fraction]:
        """Return a and b: a . x + b is zero on the piece, and positive next to it where the second class is.

        Integers without a common factor; of fixed inputs a is zero.
        """
        return self._outward(self.gap)

    @property
    def inequalities(self) -> list[tuple[Exact, Fraction]]:
        """Return pairs a, b: the closed piece is where the equation holds and no a . x + b is negative.

        The inequalities of the domain are left out.
        """
        return [self._outward(row) for row in self.rows]

    def _outward(self, form: Form) -> tuple[Exact, Fraction]:
        divisor = 0
        for v in (*form.a, form.b):
            divisor = flint.fmpz(divisor).gcd(v)
        named = dict(zip(self._asked.free, form.a, strict=False))
        inputs = range(self._asked.given[0].inputs)
        return tuple(Fraction(int(named.get(i, 0) // divisor)) for i in inputs), Fraction(int(form.b // divisor))

    def vertices(self) -> list[Exact]:
        """Return the exact corners of the closed piece within the domain, in no order: two ends with two inputs.

        Raises
        ------
        DomainError
            If the domain is a Euclidean ball, the piece has no end, or there are more than 6 dimensions.
        """
        if not self._shape.is_flat:
            raise DomainError("arcs of the sphere end the pieces; search again in domain.as_box()")
        rows = [*domain_rows(self._shape), *self.rows]
        return [self._asked.point(as_fractions(p)) for p in corners(self.gap, rows)]

    def ends(self) -> tuple[Exact, Exact]:
        """Return the two ends of a segment, with two free inputs; where a circle ends it these are rounded."""
        shape = self._shape
        square = shape if shape.is_flat else shape.box()
        first, *_, last = corners(self.gap, [*domain_rows(square), *self.rows])
        if not shape.is_flat:
            first, last = _within_disc(as_fractions(first), as_fractions(last), shape)
        return self._asked.point(as_fractions(first)), self._asked.point(as_fractions(last))


def _within_disc(first: Exact, last: Exact, shape: Shape) -> tuple[Point, Point]:
    """Cut a segment that passes through an open disc at its circle."""
    step = [b - a for a, b in zip(first, last, strict=True)]
    from_center = [a - c for a, c in zip(first, shape.center, strict=True)]
    radius = shape.radius or Fraction(0)
    # |u + t v|^2 = r^2
    vv, uv, uu = _dot(step, step), _dot(from_center, step), _dot(from_center, from_center)
    lower, upper = root_ends(max(uv * uv - vv * (uu - radius * radius), Fraction(0)))
    root = (lower + upper) / 2
    times = max((-uv - root) / vv, Fraction(0)), min((-uv + root) / vv, Fraction(1))
    start, end = (as_point([a + t * v for a, v in zip(first, step, strict=True)]) for t in times)
    return start, end


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def gap_of(outputs: Forms, first: int, second: int) -> Form:
    """Return a positive multiple of output `second` less output `first`; the only output is that of class 1."""
    rows = outputs.matrix.tolist()
    if len(rows) == 1:
        gap = rows[0] if second else [-v for v in rows[0]]
    else:
        gap = [b - a for a, b in zip(rows[first], rows[second], strict=True)]
    return Form(tuple(gap[:-1]), gap[-1])


def corners(equation: Form, rows: Sequence[Form]) -> list[Point]:
    """Return the corners of { equation = 0, rows >= 0 }: one coordinate is eliminated.

    Raises
    ------
    DomainError
        If it has no end, or more than 6 dimensions.
    """
    k = max(range(len(equation.a)), key=lambda i: abs(equation.a[i]))
    below = [_without(row, equation, k) for row in rows]
    kept = list(dict.fromkeys(row for row in below if not row.is_constant))
    dim = len(equation.a) - 1
    require_small_dimension(dim, "corners of boundary pieces")
    if not dim:
        return [_lifted([], equation, k)]
    if not is_bounded(dim, kept):
        raise DomainError("a piece of the boundary has no end in this domain; search again in a bounded one")
    found = {tuple(v): v for v in ExactPolytope.of(dim, kept).vertices}
    return [_lifted(point, equation, k) for point in found.values()]


def _without(row: Form, equation: Form, k: int) -> Form:
    """Return a row as a form of the other coordinates, up to a positive factor."""
    size, factor = abs(equation.a[k]), row.a[k] * (1 if equation.a[k] > 0 else -1)
    a = tuple(size * r - factor * e for i, (r, e) in enumerate(zip(row.a, equation.a, strict=True)) if i != k)
    return Form(a, size * row.b - factor * equation.b)


def _lifted(point: Point, equation: Form, k: int) -> Point:
    others = [v for i, v in enumerate(equation.a) if i != k]
    rest = sum((a * x for a, x in zip(others, point, strict=True)), flint.fmpq(equation.b))
    return [*point[:k], -rest / equation.a[k], *point[k:]]
