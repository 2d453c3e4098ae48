"""The normal form of a domain: a box, an l1 ball or an l2 ball, within integer inequalities.

A domain lowers to a shape once, as a network lowers to stages. Everything here is exact and in `Fraction`; what needs
the rationals of python-flint stands in `support` and `columns`, what rounds in `rounded`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.errors import DomainError

if TYPE_CHECKING:
    from exactregions.exact.forms import Form

Vector = tuple[Fraction, ...]
Ends = tuple[Fraction | None, ...]  # None where there is no bound


class ShapeKind(Enum):
    """What a shape is before its rows cut it."""

    BOX = "box"
    L1 = "l1 ball"
    L2 = "l2 ball"


@dataclass(frozen=True, slots=True)
class Row:
    """The inequality normal.x + constant > 0 in integers: `scale` times the one that was given."""

    normal: tuple[int, ...]
    constant: int
    scale: int = 1

    @classmethod
    def below(cls, a: Sequence[Fraction], b: Fraction) -> Row:
        """Return a.x < b."""
        scale = math.lcm(b.denominator, *(v.denominator for v in a))
        return cls(tuple(int(-v * scale) for v in a), int(b * scale), scale)

    @property
    def form(self) -> Form:
        """The left side as a form."""
        import flint

        from exactregions.exact.forms import Form

        return Form(tuple(flint.fmpz(v) for v in self.normal), flint.fmpz(self.constant))

    @property
    def given(self) -> tuple[list[Fraction], Fraction]:
        """The inequality a.x < b that was given, as a and b."""
        return [Fraction(-n, self.scale) for n in self.normal], Fraction(self.constant, self.scale)

    def at(self, point: Sequence[Fraction]) -> Fraction:
        """Return the left side at a point."""
        return sum((n * x for n, x in zip(self.normal, point, strict=True) if n), Fraction(self.constant))

    def moved(self, origin: Sequence[Fraction], scale: Sequence[Fraction]) -> Row:
        """Return the inequality for y with x = origin + scale y."""
        moved = Row.below([-n * s for n, s in zip(self.normal, scale, strict=True)], self.at(origin))
        return replace(moved, scale=moved.scale * self.scale)


@dataclass(frozen=True, slots=True)
class Shape:
    """An open convex set: a kind of body in its bounding box, cut by inequalities.

    A coordinate whose ends are equal is fixed: the set then is relatively open in the affine space of the others.

    Attributes
    ----------
    kind : ShapeKind
    lower, upper : tuple of Fraction or None, length dim
        The ends of the body's bounding box, None where there is no end. A ball has the same width in every
        coordinate that is not fixed.
    rows : tuple of Row
        Further inequalities, which searches and proofs take as rows like any other.
    center : tuple of Fraction, length dim
        The middle of the box; of a coordinate without both ends a point inside.
    half_widths : tuple of Fraction or None, length dim
        None where an end is missing.
    """

    kind: ShapeKind
    lower: Ends
    upper: Ends
    rows: tuple[Row, ...] = ()
    center: Vector = field(init=False, repr=False, compare=False)
    half_widths: Ends = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sides = list(zip(self.lower, self.upper, strict=True))
        object.__setattr__(self, "center", tuple(_inside(lo, up) for lo, up in sides))
        halves = tuple(None if lo is None or up is None else (up - lo) / 2 for lo, up in sides)
        object.__setattr__(self, "half_widths", halves)

    @property
    def dim(self) -> int:
        """Dimension of the space the shape lies in."""
        return len(self.lower)

    @property
    def is_flat(self) -> bool:
        """Whether its sides are flat."""
        return self.kind is not ShapeKind.L2

    @property
    def radius(self) -> Fraction | None:
        """The largest half width, which is the radius of a ball; None where an end is missing."""
        halves = [half for half in self.half_widths if half is not None]
        return max(halves) if len(halves) == self.dim else None

    @property
    def has_ends(self) -> bool:
        """Whether its bounding box is finite; without it, rows may bound the shape all the same."""
        return None not in self.half_widths

    @property
    def fixed(self) -> tuple[int, ...]:
        """The coordinates that are fixed."""
        return tuple(i for i, half in enumerate(self.half_widths) if half == 0)

    def body(self) -> Shape:
        """Return the shape without its rows."""
        return replace(self, rows=())

    def box(self) -> Shape:
        """Return the bounding box of the body."""
        return Shape(ShapeKind.BOX, self.lower, self.upper)

    def whole_box(self) -> Box | None:
        """Return the shape as a domain if it is a box with ends, and nothing else."""
        if self.kind is not ShapeKind.BOX or self.rows or not self.has_ends:
            return None
        lower, upper = ([v for v in ends if v is not None] for ends in (self.lower, self.upper))
        return Box(lower, upper)

    def forms(self) -> list[Form]:
        """Return the rows as forms that are positive inside."""
        return [row.form for row in self.rows]

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether a point lies in the shape."""
        x = [Fraction(v) for v in point]
        return self._body_contains(x) and all(row.at(x) > 0 for row in self.rows)

    def _body_contains(self, x: Sequence[Fraction]) -> bool:
        ends = zip(self.lower, x, self.upper, strict=True)
        if not all(lo == v == up if lo == up and lo is not None else _between(lo, v, up) for lo, v, up in ends):
            return False
        if self.kind is ShapeKind.BOX:
            return True
        gaps = [abs(v - c) for v, c in zip(x, self.center, strict=True)]
        if not any(gaps):
            return True
        size, radius = _power(gaps, self.kind), self.radius
        assert radius is not None, "balls have ends"
        return size < (radius**2 if self.kind is ShapeKind.L2 else radius)

    def sides(self) -> list[Row]:
        """Return all inequalities of a shape with flat sides: its rows, then those of the body.

        Raises
        ------
        DomainError
            If the body is a Euclidean ball.
        """
        if not self.is_flat:
            raise DomainError("a Euclidean ball has no flat sides; give within=domain.as_box()")
        if self.kind is ShapeKind.BOX:
            return [*self.rows, *_ends(self.upper, 1), *_ends(self.lower, -1)]
        radius = self.radius
        assert radius is not None, "balls have ends"
        signs = itertools.product((Fraction(-1), Fraction(1)), repeat=self.dim)
        centred = ((s, sum(v * c for v, c in zip(s, self.center, strict=True))) for s in signs)
        return [*self.rows, *(Row.below(s, radius + at) for s, at in centred)]

    def moved(self, origin: Sequence[Fraction], scale: Sequence[Fraction]) -> Shape:
        """Return the shape in coordinates y with x = origin + scale y; of a ball the scales are equal."""
        lower, upper = (
            tuple(None if v is None else (v - o) / s for v, o, s in zip(ends, origin, scale, strict=True))
            for ends in (self.lower, self.upper)
        )
        return Shape(self.kind, lower, upper, tuple(row.moved(origin, scale) for row in self.rows))

    def volume(self) -> Fraction | None:
        """Return the volume of the body in its free coordinates, exact but for the power of pi; None if infinite."""
        free = [half for half in self.half_widths if half != 0]
        halves = [half for half in free if half is not None]
        if len(halves) < len(free):
            return None
        cube = math.prod((2 * half for half in halves), start=Fraction(1))
        match self.kind:
            case ShapeKind.L1:
                return cube / math.factorial(len(free))
            case ShapeKind.L2:
                return cube / 2 ** len(free) * _unit_ball(len(free))
        return cube


def shape_of(domain: Domain | Shape) -> Shape:
    """Return the shape of a domain; a shape is its own.

    Raises
    ------
    DomainError
        If the domain is of no known kind.
    """
    match domain:
        case Shape():
            return domain
        case Ball():
            kind = {1: ShapeKind.L1, 2: ShapeKind.L2, math.inf: ShapeKind.BOX}[domain.norm]
            lower, upper = (tuple(c + s * domain.radius for c in domain.center) for s in (-1, 1))
            return Shape(kind, lower, upper)
        case Box():
            return Shape(ShapeKind.BOX, domain.lower, domain.upper)
        case Polytope():
            inner = shape_of(domain.box or WholeSpace(domain.dim))
            return replace(inner, rows=tuple(Row.below(a, b) for a, b in zip(domain.A, domain.b, strict=True)))
        case WholeSpace():
            return Shape(ShapeKind.BOX, (None,) * domain.dim, (None,) * domain.dim)
    raise DomainError(f"{type(domain).__name__} is no known domain; use Ball, Box, Polytope or WholeSpace")


def _inside(lower: Fraction | None, upper: Fraction | None) -> Fraction:
    if lower is not None and upper is not None:
        return (lower + upper) / 2
    if lower is not None:
        return lower + 1
    return Fraction(0) if upper is None else upper - 1


def _between(lower: Fraction | None, value: Fraction, upper: Fraction | None) -> bool:
    return (lower is None or lower < value) and (upper is None or value < upper)


def _power(gaps: Sequence[Fraction], kind: ShapeKind) -> Fraction:
    """Return the length of a vector of sizes, squared in the Euclidean norm."""
    return sum((g * g for g in gaps) if kind is ShapeKind.L2 else gaps, Fraction(0))


def _ends(bounds: Ends, sign: int) -> list[Row]:
    """Return sign (bound_j - x_j) > 0 for each coordinate with a bound."""
    units = ([Fraction(sign * (i == j)) for i in range(len(bounds))] for j in range(len(bounds)))
    return [Row.below(unit, sign * end) for unit, end in zip(units, bounds, strict=True) if end is not None]


def _unit_ball(dim: int) -> Fraction:
    """Return pi^(d/2) / (d/2)!, by V(d) = V(d-2) 2 pi / d from V(0) = 1 and V(1) = 2."""
    value = Fraction(1 + dim % 2)
    for d in range(2 + dim % 2, dim + 1, 2):
        value *= Fraction(2 * math.pi) / d
    return value
