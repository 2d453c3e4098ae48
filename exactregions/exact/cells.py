"""Cells of the search tree in exact arithmetic: does an affine form cut them, and what is left on each side.

A cell is a full-dimensional convex set: the domain cut by the rows that split it. It carries a witness, a rational
point strictly inside; halving it gives each child a witness too, so the end of the search needs no extra work.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import flint

from exactregions.domain import Domain
from exactregions.errors import DomainError
from exactregions.exact.common_denominators import combination, over_one_denominator
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import HALF, ONE, ZERO, Point, Rational, as_fractions, as_point, rational
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.exact.shapes.columns import Columns
from exactregions.exact.simplex import Dictionary
from exactregions.support.stopping import check, heard


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
    body : Shape
        The domain without its rows.
    rows : tuple of Form
        The cell is the body cut by f(x) > 0 for each row f, those of the domain first.
    witness : list of fmpq
        A point strictly inside.
    """

    __slots__ = ("body", "rows", "witness")

    def __init__(self, body: Shape, rows: tuple[Form, ...], witness: Point) -> None:
        self.body = body
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
        return shortened(exact, self.body, (*self.rows, form))


def shortened(point: Point, domain: Domain | Shape, rows: Sequence[Form]) -> Point:
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
    scaled = over_one_denominator(point)
    for row in rows:
        check()
        if row.scaled_at(scaled) <= 0:
            return False
    return True


def _rounded(x: Rational, scale: flint.fmpz) -> Rational:
    return flint.fmpq((x * scale + HALF).floor(), scale)


class PolyhedralCell(Cell):
    """A cell of a domain with flat sides, decided by linear programs over the columns of its body."""

    __slots__ = ("columns", "dictionary")

    def __init__(
        self, body: Shape, rows: tuple[Form, ...], witness: Point, columns: Columns, dictionary: Dictionary
    ) -> None:
        super().__init__(body, rows, witness)
        self.columns, self.dictionary = columns, dictionary

    @classmethod
    def about(cls, body: Shape, rows: Sequence[Form], witness: Point) -> PolyhedralCell:
        """Return the cell that some rows leave of a body, about a point inside."""
        columns = Columns.of(body)
        dictionary = columns.dictionary(witness)
        for row in rows:
            dictionary.add_row(*columns.lift(row.a, row.b))
        return cls(body, tuple(rows), witness, columns, dictionary)

    def cut(self, form: Form) -> PolyhedralCell | Refutation:
        """Return the cell cut by form > 0, or a proof that this set is empty."""
        dictionary = self.dictionary.copy()
        a, b = self.columns.lift(form.a, form.b)
        proof = dictionary.raise_above_zero(a, b)
        if proof is not None:
            own = len(self.columns.rows)  # the first rows of the program are those of the body itself
            return Refutation({k - own: y for k, y in proof.items() if k >= own})
        witness = self._inner(form, self.columns.point(dictionary.point))
        dictionary.add_row(a, b)
        return PolyhedralCell(self.body, (*self.rows, form), witness, self.columns, dictionary)


class BallCell(Cell):
    """A cell of a Euclidean ball, decided by its nearest point to the centre (mathematics, 3.3)."""

    __slots__ = ("nearest", "radius")

    def __init__(self, body: Shape, rows: tuple[Form, ...], witness: Point, nearest: NearestPoint) -> None:
        super().__init__(body, rows, witness)
        self.nearest, self.radius = nearest, rational(body.radius or 0)

    @property
    def radius_squared(self) -> Rational:
        """Squared radius of the ball."""
        return self.radius * self.radius

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
        beyond = nearest.point if nearest.value(last) > 0 else self._inside(nearest)
        if isinstance(beyond, dict):
            return Refutation.of(beyond, last)
        return BallCell(self.body, rows, self._inner(form, beyond), nearest)

    def _inside(self, nearest: NearestPoint) -> Point | dict[int, Rational]:
        """Return a point strictly inside all rows and the ball, close to the nearest point; else multipliers.

        Near the nearest point p the cell is the cone of the rows tight there, so a strictly feasible direction
        decides; p itself is inside the open ball. The first step is as long as the radius, so that the point found
        stays as far from the rows as the cell allows, and short in digits. Where there is no such direction, some
        combination of the tight rows vanishes identically (Gordan 1873).
        """
        values = [nearest.value(k) for k in range(len(nearest.rows))]
        direction = _inward(nearest, [k for k, value in enumerate(values) if value == 0])
        if isinstance(direction, dict):
            return direction
        scaled = over_one_denominator(direction)
        slopes = [flint.fmpq(scaled.dot(row.a), scaled.denominator) for row in heard(nearest.rows)]
        # |p + t v - c|^2 in t
        start = nearest.distance_squared
        outward = 2 * sum((u * slopes[k] for k, u in nearest.combined.items()), ZERO)
        length = flint.fmpq(scaled.dot(scaled.integers), scaled.denominator**2)
        step = self.radius / max(abs(v) for v in direction)
        while not (
            start + step * (outward + step * length) < self.radius_squared
            and all(value + step * slope > 0 for value, slope in zip(values, slopes, strict=True))
        ):
            check()
            step *= HALF
        return combination(nearest.point, [step], [direction])


def _inward(nearest: NearestPoint, tight: Sequence[int]) -> Point | dict[int, Rational]:
    """Return a direction v with a.v > 0 for every tight row, or multipliers of them with sum y a = 0."""
    # forms are scaled by arbitrary powers of two: ask for distances of one size, not for values of one size
    sizes = [flint.fmpq(max(abs(v) for v in nearest.rows[i].a)) for i in nearest.active]
    weights = dict(zip(nearest.active, nearest.of_active(sizes), strict=True))
    if not all(nearest.slope(k, weights) > 0 for k in tight):
        found = _weights_inward(nearest, tight)
        if isinstance(found, dict):
            return {tight[k]: y for k, y in found.items()}
        if len(tight) >= len(nearest.center):
            return found
        weights = dict(zip(tight, found, strict=True))
    zero = [ZERO] * len(nearest.center)
    return combination(zero, list(weights.values()), [nearest.rows[k].a for k in weights])


def _weights_inward(nearest: NearestPoint, tight: Sequence[int]) -> Point | dict[int, Rational]:
    """Return weights of the normals of tight rows whose sum is a direction inward, or multipliers.

    Where there is a direction inward, there is one among these sums: what is orthogonal to the normals adds nothing.
    So the weights are the variables, and inner products the rows; a combination of such rows that vanishes is one of
    normals that is orthogonal to them all, itself among their sums, and so vanishes. With as many rows as inputs the
    direction itself is returned.
    """
    if len(tight) >= len(nearest.center):
        return _inside_cone([Form(nearest.rows[k].a, flint.fmpz(0)) for k in tight])
    bits = [max(int(abs(v)).bit_length() for v in nearest.rows[k].a) for k in tight]
    # weights of one size for normals of very different lengths
    sizes = [flint.fmpz(1) << (max(bits) - b) for b in bits]
    rows = [
        Form(tuple(s * nearest.product(j, k).p for j, s in zip(tight, sizes, strict=True)), flint.fmpz(0))
        for k in heard(tight)
    ]
    found = _inside_cone(rows)
    return found if isinstance(found, dict) else [w * s for w, s in zip(found, sizes, strict=True)]


def _inside_cone(rows: Sequence[Form]) -> Point | dict[int, Rational]:
    """Return a point where all linear forms are positive, or multipliers of them whose combination vanishes."""
    d = len(rows[0].a)
    cube = Shape(ShapeKind.BOX, (Fraction(-1),) * d, (Fraction(1),) * d)
    cell = PolyhedralCell.about(cube, (), [ZERO] * d)
    for count, row in enumerate(rows):
        found = cell.cut(row)
        if isinstance(found, Refutation):
            return dict(found.rows) | {count: found.form}
        cell = found
    return cell.witness


def root_cell(domain: Domain | Shape) -> Cell:
    """Return the whole domain as a cell.

    Raises
    ------
    DomainError
        If its inequalities leave no interior point, it fixes inputs, or it is of no known kind.
    """
    shape = shape_of(domain)
    if shape.fixed:
        raise DomainError(
            f"the domain fixes the inputs {shape.fixed}, and what is asked needs an interior; ask `enumerate_regions`, "
            "or ask about the free inputs: exactregions.fixed_inputs.free_inputs(network, domain)"
        )
    center = as_point(shape.center)
    cell: Cell | None
    if shape.kind is ShapeKind.L2:
        cell = BallCell(shape.body(), (), center, NearestPoint(center))
    else:
        cell = PolyhedralCell.about(shape.body(), (), center)
    for i, form in enumerate(shape.forms()):
        # implied inequalities are rows too: proofs speak of rows by their index
        cell = cell.part(form)
        if cell is None:
            raise DomainError(f"the polytope is empty: inequality {i} leaves no interior point of those before it")
    return cell
