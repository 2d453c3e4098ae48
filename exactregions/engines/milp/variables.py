"""Domains for the model: bounded, in coordinates of unit size, written over columns with bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball, Box, Domain, Polytope
from exactregions.exact.cells import PolyhedralCell, polytope_form, root_cell
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.dyadic import as_float, exponent_of, power, root_above
from exactregions.exact.forms import Form
from exactregions.exact.numbers import Number, Point, Rational, as_fractions, as_point, rational
from exactregions.exact.simplex import Dictionary

__all__ = ["Columns", "bounded", "center_of", "domain_forms", "unit_frame"]

Array = NDArray[np.float64]
ZERO, ONE = flint.fmpq(0), flint.fmpq(1)
GRAIN = -53  # bits of the origin, relative to the size of the domain: any origin is exact, a short one is quicker


def bounded(domain: Domain) -> Domain | None:
    """Return the same set as a domain whose bounds are written down; None where it has none.

    Raises
    ------
    DomainError
        If a polytope has no interior point.
    """
    match domain:
        case Ball(norm=math.inf):
            return domain.as_box()
        case Ball() | Box() | Polytope(box=Box()):
            return domain
        case Polytope():
            box = _bounding_box(domain)
            return None if box is None else Polytope(domain.A, domain.b, box)
    return None


def _bounding_box(polytope: Polytope) -> Box | None:
    """Return the smallest box around a polytope, by exact linear programs; None where it is unbounded.

    The open polytope lies in the open box, for an open set does not reach its supremum.
    """
    cell = root_cell(polytope)
    assert isinstance(cell, PolyhedralCell)
    d = polytope.dim
    axes = [[s if i == j else ZERO for i in range(d)] for s in (ONE, -ONE) for j in range(d)]
    directions = Dictionary([ZERO] * d, [-ONE] * d, [ONE] * d)
    for form in cell.rows:
        directions.add_row(form.a, ZERO)
    # a direction in which no inequality decreases leads to infinity
    if any(directions.copy().raise_above_zero(axis, ZERO) is None for axis in axes):
        return None
    ends = as_fractions([_maximum(cell.dictionary, axis) for axis in axes])
    return Box(tuple(-v for v in ends[d:]), tuple(ends[:d]))


def _maximum(dictionary: Dictionary, axis: Sequence[Rational]) -> Rational:
    """Return the maximum of a form that is bounded there."""
    walk = dictionary.copy()
    while True:
        value = sum((a * x for a, x in zip(axis, walk.point, strict=True) if a), ZERO)
        if walk.raise_above_zero(axis, -value) is not None:
            return value


def unit_frame(domain: Domain) -> LocalCoordinates:
    """Return coordinates in which a bounded domain has its centre near 0 and a half width in (1/4, 1]."""
    match domain:
        case Ball():
            centers, sizes = domain.center, (domain.radius,) * domain.dim
        case Box():
            centers = domain.center
            sizes = tuple((up - lo) / 2 for lo, up in zip(domain.lower, domain.upper, strict=True))
        case Polytope(box=Box() as box):
            return unit_frame(box)
        case _:
            raise AssertionError(f"{domain!r} is not bounded")
    scale = tuple(power(exponent_of(rational(s))) for s in sizes)
    grains = (s * power(GRAIN) for s in scale)
    origin = tuple(g * (rational(c) / g).floor() for c, g in zip(centers, grains, strict=True))
    return LocalCoordinates(origin, scale)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A bounded domain as { y : y = offset + w, or offset + w[:d] - w[d:], with bounds and rows for w }.

    The second form makes one row of the facets of a cross-polytope. Of a Euclidean ball it is a polytope around
    the ball: the intersection of its box and the smallest cross-polytope that holds it.

    Attributes
    ----------
    offset : list of fmpq, length d
    upper, lower : list of fmpq
        Bounds of the columns.
    rows : list of (list of fmpq, fmpq)
        Coefficients and constants of forms that must not be negative.
    """

    offset: Point
    lower: list[Rational]
    upper: list[Rational]
    rows: list[tuple[list[Rational], Rational]]

    @classmethod
    def of(cls, domain: Domain) -> Columns:
        """Write down a domain that `bounded` gave."""
        match domain:
            case Ball():
                d, radius = domain.dim, rational(domain.radius)
                reach = radius * root_above(flint.fmpq(d)) if domain.norm == 2 and d > 1 else radius
                row = ([-ONE] * (2 * d), reach)
                return cls(as_point(domain.center), [ZERO] * (2 * d), [radius] * (2 * d), [row])
            case Box():
                return cls([ZERO] * domain.dim, as_point(domain.lower), as_point(domain.upper), [])
            case Polytope(box=Box() as box):
                inner = cls.of(box)
                rows = [([flint.fmpq(v) for v in form.a], flint.fmpq(form.b)) for form in domain_forms(domain)]
                return cls(inner.offset, inner.lower, inner.upper, [_scaled(*row) for row in rows])
        raise AssertionError(f"{domain!r} is not bounded")

    @property
    def split(self) -> bool:
        """Whether y is a difference of two halves of the columns."""
        return len(self.lower) > len(self.offset)

    def lift(self, a: Sequence[Number], b: Number) -> tuple[list[Rational], Rational]:
        """Return coefficients over the columns, and the constant, of the form a.y + b."""
        slopes = [flint.fmpq(v) for v in a]
        constant = sum((v * o for v, o in zip(slopes, self.offset, strict=True) if v and o), flint.fmpq(b))
        return ([*slopes, *(-v for v in slopes)] if self.split else slopes), constant

    def lift_floats(self, normals: Array, offsets: Array) -> tuple[Array, Array]:
        """Do the same for rows of floats, shapes (m, d) and (m,)."""
        lifted = np.hstack([normals, -normals]) if self.split else normals
        return lifted, offsets + normals @ np.array([as_float(v) for v in self.offset])

    def least(self, slopes: Sequence[Rational], constant: Rational) -> Rational:
        """Return the least value of a form over the columns that their bounds alone allow."""
        ends = zip(slopes, self.lower, self.upper, strict=True)
        return constant + sum((v * (lower if v > 0 else upper) for v, lower, upper in ends if v), ZERO)

    def point(self, values: Array) -> Array:
        """Return the point y of column values."""
        d = len(self.offset)
        y = values[:d] - values[d:] if self.split else values
        return y + np.array([as_float(v) for v in self.offset])


def _scaled(a: list[Rational], b: Rational) -> tuple[list[Rational], Rational]:
    """Divide a row by a power of two near its largest coefficient."""
    size = max((abs(v) for v in a), default=ZERO)
    grain = power(-exponent_of(size))
    return [v * grain for v in a], b * grain


def domain_forms(domain: Domain) -> list[Form]:
    """Return the inequalities of a polytope, which proofs take as rows like any other; none without a normal."""
    if not isinstance(domain, Polytope):
        return []
    forms = [polytope_form(row, rhs) for row, rhs in zip(domain.A, domain.b, strict=True)]
    return [form for form in forms if not form.is_constant]


def center_of(domain: Domain) -> tuple[Fraction, ...]:
    """Return the centre of the domain or of its box."""
    match domain:
        case Ball() | Box():
            return domain.center
        case Polytope(box=Box() as box):
            return box.center
    raise AssertionError(f"{domain!r} is not bounded")
