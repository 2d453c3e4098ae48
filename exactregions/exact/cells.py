"""Cells of the search tree in exact arithmetic: does an affine form cut them, and what is left on each side.

A cell is a full-dimensional convex set: the domain cut by the rows that split it. It carries a witness, a rational
point strictly inside; halving it gives each child a witness too, so the end of the search needs no extra work.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import flint

from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.errors import DomainError
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint, solve_gram
from exactregions.exact.numbers import Number, Point, Rational, as_fractions, as_point, rational
from exactregions.exact.simplex import Dictionary
from exactregions.support.stopping import check

__all__ = ["BallCell", "Cell", "PolyhedralCell", "Refutation", "root_cell"]

ZERO, ONE, HALF = flint.fmpq(0), flint.fmpq(1), flint.fmpq(1, 2)


@dataclass(frozen=True, slots=True)
class Refutation:
    """A proof that a cell has no point at which a form is positive (mathematics, 3.1).

    Attributes
    ----------
    rows : mapping of int to fmpq
        Multipliers y >= 0 of rows of the cell, by their index.
    form : fmpq
        Multiplier of the form; sum of all multiples of rows and form is nowhere positive in the domain.
    """

    rows: Mapping[int, Rational] = field(default_factory=dict)
    form: Rational = ONE

    @classmethod
    def of(cls, multipliers: Mapping[int, Rational], last: int) -> Refutation:
        """Take the multipliers of rows 0 to last - 1 and of the form, which is `last`."""
        return cls({k: y for k, y in multipliers.items() if k != last}, multipliers.get(last, ZERO))


class Cell(ABC):
    """A full-dimensional convex cell of a domain.

    Attributes
    ----------
    domain : Domain
    rows : tuple of Form
        The cell is the domain cut by f(x) > 0 for each row f.
    witness : list of fmpq
        A point strictly inside.
    """

    __slots__ = ("domain", "rows", "witness")

    def __init__(self, domain: Domain, rows: tuple[Form, ...], witness: Point) -> None:
        self.domain = domain
        self.rows = rows
        self.witness = witness

    @abstractmethod
    def cut(self, form: Form) -> Cell | Refutation:
        """Return the cell cut by form > 0, or a proof that this set is empty."""

    def part(self, form: Form) -> Cell | None:
        """Return the cell cut by form > 0, or None when that set is empty."""
        found = self.cut(form)
        return found if isinstance(found, Cell) else None

    def sides(self, form: Form) -> tuple[Cell | Refutation, Cell | Refutation]:
        """Return the parts where the form is positive and negative, or the proof that one is empty.

        Where one side is empty the other is the whole cell and is returned uncut, for the row is implied.
        A form that vanishes identically gives two proofs.
        """
        if form.is_constant:
            return (self if form.b > 0 else Refutation()), (self if form.b < 0 else Refutation())
        if form.at(self.witness) < 0:
            negative, positive = self.sides(form.negated())
            return positive, negative
        opposite = self.cut(form.negated())
        if isinstance(opposite, Refutation):
            return self, opposite
        return self.cut(form), opposite

    def halves(self, form: Form) -> tuple[Cell | None, Cell | None]:
        """Return the same as `sides`, None for an empty part."""
        positive, negative = self.sides(form)
        return (
            positive if isinstance(positive, Cell) else None,
            negative if isinstance(negative, Cell) else None,
        )

    def _inner(self, form: Form, beyond: Point) -> Point:
        """Return a point strictly inside the cell with form > 0, given a point of its closure with form > 0."""
        at_witness, at_beyond = form.at(self.witness), form.at(beyond)
        if at_witness > 0:
            return self.witness
        crossing = at_witness / (at_witness - at_beyond)
        t = (ONE + crossing) * HALF
        exact = [w + t * (b - w) for w, b in zip(self.witness, beyond, strict=True)]
        return shortened(exact, self.domain, (*self.rows, form))


def shortened(point: Point, domain: Domain, rows: Sequence[Form]) -> Point:
    """Return a point with few digits near the given one that is still strictly inside; else the point itself."""
    for bits in (20, 52, 104, 208):
        scale = flint.fmpz(1) << bits
        check()
        near = [_rounded(x, scale) for x in point]
        if all_positive(rows, near) and domain.contains(as_fractions(near)):
            return near
    return point


def all_positive(rows: Iterable[Form], point: Point) -> bool:
    """Return whether every row is positive at a point."""
    for row in rows:
        check()
        if row.at(point) <= 0:
            return False
    return True


def _rounded(x: Rational, scale: flint.fmpz) -> Rational:
    return flint.fmpq((x * scale + HALF).floor(), scale)


class PolyhedralCell(Cell):
    """A cell of a domain with flat sides, decided by linear programs.

    The program runs in variables u with x = offset + u, or x = offset + u[:d] - u[d:] for an l1 ball, whose
    2^d facets become one row.
    """

    __slots__ = ("dictionary",)

    def __init__(self, domain: Domain, rows: tuple[Form, ...], witness: Point, dictionary: Dictionary) -> None:
        super().__init__(domain, rows, witness)
        self.dictionary = dictionary

    @classmethod
    def root(cls, domain: Box | WholeSpace | Ball) -> PolyhedralCell:
        """Return the whole domain as a cell."""
        d = domain.dim
        match domain:
            case Box():
                center = as_point(domain.center)
                lower, upper = as_point(domain.lower), as_point(domain.upper)
                return cls(domain, (), center, Dictionary(center, lower, upper))
            case WholeSpace():
                origin = [ZERO] * d
                return cls(domain, (), origin, Dictionary(origin, [None] * d, [None] * d))
            case Ball(norm=math.inf):
                return cls(domain, (), as_point(domain.center), cls.root(domain.as_box()).dictionary)
            case _:
                radius = rational(domain.radius)
                dictionary = Dictionary([ZERO] * (2 * d), [ZERO] * (2 * d), [radius] * (2 * d))
                dictionary.add_row([-ONE] * (2 * d), radius)
                return cls(domain, (), as_point(domain.center), dictionary)

    @property
    def _lifted(self) -> bool:
        return isinstance(self.domain, Ball) and self.domain.norm == 1

    def program_row(self, form: Form) -> tuple[list[Number], Number]:
        """Return the coefficients and the constant of a form in the variables of the program."""
        if not self._lifted:
            return list(form.a), form.b
        assert isinstance(self.domain, Ball)
        return [*form.a, *(-a for a in form.a)], form.at(as_point(self.domain.center))

    def _point(self, dictionary: Dictionary) -> Point:
        u = dictionary.point
        if not self._lifted:
            return u
        assert isinstance(self.domain, Ball)
        d = self.domain.dim
        return [c + u[i] - u[d + i] for i, c in enumerate(as_point(self.domain.center))]

    def cut(self, form: Form) -> PolyhedralCell | Refutation:
        """Return the cell cut by form > 0, or a proof that this set is empty."""
        dictionary = self.dictionary.copy()
        a, b = self.program_row(form)
        proof = dictionary.raise_above_zero(a, b)
        if proof is not None:
            # the first row of the program of an l1 ball is the ball itself
            return Refutation({k - self._lifted: y for k, y in proof.items() if k >= self._lifted})
        witness = self._inner(form, self._point(dictionary))
        dictionary.add_row(a, b)
        return PolyhedralCell(self.domain, (*self.rows, form), witness, dictionary)


class BallCell(Cell):
    """A cell of a Euclidean ball, decided by its nearest point to the centre (mathematics, 3.3)."""

    __slots__ = ("nearest", "radius_squared")

    def __init__(
        self, domain: Ball, rows: tuple[Form, ...], witness: Point, nearest: NearestPoint, radius_squared: Rational
    ) -> None:
        super().__init__(domain, rows, witness)
        self.nearest = nearest
        self.radius_squared = radius_squared

    @classmethod
    def root(cls, domain: Ball) -> BallCell:
        """Return the whole ball as a cell."""
        center = as_point(domain.center)
        return cls(domain, (), center, NearestPoint(center), rational(domain.radius) ** 2)

    @property
    def entry_squared(self) -> Rational:
        """Squared distance from the centre to the cell: its squared entry radius."""
        return self.nearest.distance_squared

    def cut(self, form: Form) -> BallCell | Refutation:
        """Return the cell cut by form > 0, or a proof that this set is empty."""
        at_center = form.at(self.nearest.center)
        if at_center <= 0 and at_center**2 >= self.radius_squared * form.square:
            return Refutation()
        last = len(self.rows)
        nearest = self.nearest.with_row_or_proof(form)
        if not isinstance(nearest, NearestPoint):
            return Refutation.of(nearest, last)
        if nearest.distance_squared >= self.radius_squared:
            # its multipliers combine the rows to (p - c).(x - p), which is at most -D^2 + r D in the ball
            return Refutation.of(dict(zip(nearest.active, nearest.multipliers, strict=True)), last)
        rows = (*self.rows, form)
        beyond = nearest.point if form.at(nearest.point) > 0 else self._inside(nearest, rows)
        if isinstance(beyond, dict):
            return Refutation.of(beyond, last)
        assert isinstance(self.domain, Ball)
        return BallCell(self.domain, rows, self._inner(form, beyond), nearest, self.radius_squared)

    def _inside(self, nearest: NearestPoint, rows: tuple[Form, ...]) -> Point | dict[int, Rational]:
        """Return a point strictly inside all rows and the ball, close to the nearest point; else multipliers.

        Near the nearest point p the cell is the cone of the rows tight there, so a strictly feasible direction
        decides; p itself is inside the open ball. The first step is as long as the radius, so that the point found
        stays as far from the rows as the cell allows, and short in digits. Where there is no such direction, some
        combination of the tight rows vanishes identically (Gordan 1873).
        """
        p = nearest.point
        tight = {k: row for k, row in enumerate(rows) if row.at(p) == 0}
        direction = _inward(nearest, tight)
        if isinstance(direction, dict):
            return direction
        assert isinstance(self.domain, Ball)
        step = rational(self.domain.radius) / max(abs(v) for v in direction)
        while True:
            check()
            q = [x + step * v for x, v in zip(p, direction, strict=True)]
            distance = sum(((x - c) ** 2 for x, c in zip(q, nearest.center, strict=True)), ZERO)
            if distance < self.radius_squared and all_positive(rows, q):
                return q
            step *= HALF


def _inward(nearest: NearestPoint, tight: Mapping[int, Form]) -> Point | dict[int, Rational]:
    """Return a direction v with a.v > 0 for every tight row, or multipliers of them with sum y a = 0."""
    normals = [nearest.rows[i].a for i in nearest.active]
    # forms are scaled by arbitrary powers of two: ask for distances of one size, not for values of one size
    weights = solve_gram(normals, [flint.fmpq(max(abs(v) for v in normal)) for normal in normals])
    d = len(nearest.center)
    guess = [ZERO] * d
    for y, normal in zip(weights, normals, strict=True):
        guess = [g + y * n for g, n in zip(guess, normal, strict=True)]
    linear = {k: Form(row.a, flint.fmpz(0)) for k, row in tight.items()}
    if all_positive(linear.values(), guess):
        return guess
    cell = PolyhedralCell.root(Box((Fraction(-1),) * d, (Fraction(1),) * d))
    places = list(linear)
    for count, row in enumerate(linear.values()):
        found = cell.cut(row)
        if isinstance(found, Refutation):
            return {places[k]: y for k, y in found.rows.items()} | {places[count]: found.form}
        cell = found
    return cell.witness


def root_cell(domain: Domain) -> Cell:
    """Return the whole domain as a cell.

    Raises
    ------
    DomainError
        If a polytope has no interior point.
    """
    match domain:
        case Ball(norm=2):
            return BallCell.root(domain)
        case Ball() | Box() | WholeSpace():
            return PolyhedralCell.root(domain)
        case Polytope():
            return _polytope_cell(domain)
    raise DomainError(f"{type(domain).__name__} is no known domain; use Ball, Box, Polytope or WholeSpace")


def polytope_form(row: Sequence[Fraction], rhs: Fraction) -> Form:
    """Return rhs - row.x as a form with integer coefficients: `polytope_scale` times the difference."""
    scale = int(polytope_scale(row, rhs).p)
    return Form(tuple(flint.fmpz(int(-v * scale)) for v in row), flint.fmpz(int(rhs * scale)))


def polytope_scale(row: Sequence[Fraction], rhs: Fraction) -> Rational:
    """Return the factor by which `polytope_form` exceeds rhs - row.x."""
    return flint.fmpq(math.lcm(rhs.denominator, *(v.denominator for v in row)))


def _polytope_cell(domain: Polytope) -> Cell:
    outer = domain.box or WholeSpace(domain.dim)
    cell: Cell | None = PolyhedralCell.root(outer)
    for i, (row, rhs) in enumerate(zip(domain.A, domain.b, strict=True)):
        # implied inequalities are rows too: proofs speak of rows by their index
        cell = cell.part(polytope_form(row, rhs))
        if cell is None:
            raise DomainError(f"the polytope is empty: inequality {i} leaves no interior point of those before it")
    return cell
