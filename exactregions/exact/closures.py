"""The closure of a region, exactly: whether its outputs meet a polyhedron, and the greatest value of a combination."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import flint

from exactregions.domain import Domain
from exactregions.exact.cell_at_witness import cell_about
from exactregions.exact.cells import BallCell, Cell, PolyhedralCell
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.greatest_in_ball import Top, greatest_in_ball
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import Point, as_fractions, as_point
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.exact.values import Value
from exactregions.exact.walk import signed_rows
from exactregions.unsafe import Halfspaces


class RegionClosure:
    """The closure of a region in a domain, with the outputs there.

    Parameters
    ----------
    exact : ExactNetwork
        Without winner units.
    domain : Domain
        With an interior.
    signs : sequence of bool
        Of the region, wires left out.
    witness : sequence of Fraction
        A point strictly inside.
    """

    def __init__(self, exact: ExactNetwork, domain: Domain, signs: Sequence[bool], witness: Sequence[Fraction]) -> None:
        *stages, self._outputs = exact.forms_of(signs)
        rows = [*shape_of(domain).forms(), *signed_rows(exact, signs, stages)]
        self._cell = cell_about(domain, rows, as_point(witness))

    def point_in(self, polyhedron: Halfspaces, room: Sequence[Fraction] | None = None) -> tuple[Fraction, ...] | None:
        """Return a point of the closure whose outputs y have G y <= h + room, None where there is none."""
        gaps = room or [Fraction(0)] * len(polyhedron.h)
        rows = [slack_of(self._outputs, row, b + gap) for (row, b), gap in zip(polyhedron, gaps, strict=True)]
        found = _in_polyhedron(self._cell, rows)
        return None if found is None else as_fractions(found)

    def output_map(self) -> list[tuple[tuple[Fraction, ...], Fraction]]:
        """Return the coefficients and the constant of each output on the region."""
        matrix, scale = self._outputs.matrix.tolist(), 1 << self._outputs.exponent
        rows = ([Fraction(int(v), scale) for v in row] for row in matrix)
        return [(tuple(row[:-1]), row[-1]) for row in rows]

    def greatest(self, row: Sequence[Fraction], floor: Fraction | None = None) -> Top:
        """Return the greatest value of row . outputs, and a point of the closure that has it, or all but.

        Infinite where it has no bound. In a Euclidean ball the value is enclosed, no closer than a floor needs it.
        """
        slopes, constant = self._form(row)
        cell = self._cell
        if isinstance(cell, PolyhedralCell):
            return _at_a_vertex(cell, slopes, constant)
        assert isinstance(cell, BallCell)
        return greatest_in_ball(cell, slopes, constant, floor)

    def _form(self, row: Sequence[Fraction]) -> tuple[Point, flint.fmpq]:
        combined = flint.fmpq_mat(1, len(row), as_point(row)) * flint.fmpq_mat(self._outputs.matrix)
        *slopes, constant = (v / (flint.fmpz(1) << self._outputs.exponent) for v in combined.entries())
        return slopes, constant


def _at_a_vertex(cell: PolyhedralCell, slopes: Point, constant: flint.fmpq) -> Top:
    dictionary = cell.dictionary.copy()
    greatest = dictionary.greatest(*cell.columns.lift(slopes, constant))
    point = as_fractions(cell.columns.point(dictionary.point))
    return (Value.infinite() if greatest is None else Value.of(as_fractions([greatest])[0])), point


def in_closure(domain: Domain, point: Sequence[Fraction]) -> bool:
    """Decide exactly whether a point lies in the closure of a domain that has an interior, fixed inputs aside."""
    shape = shape_of(domain)
    return _body_holds(shape, point) and all(row.at(point) >= 0 for row in shape.rows)


def _body_holds(shape: Shape, point: Sequence[Fraction]) -> bool:
    ends = zip(shape.lower, point, shape.upper, strict=True)
    if not all((lo is None or lo <= v) and (up is None or v <= up) for lo, v, up in ends):
        return False
    if shape.kind is ShapeKind.BOX:
        return True
    gaps = [abs(v - c) for v, c in zip(point, shape.center, strict=True)]
    radius = shape.radius
    assert radius is not None, "balls have ends"
    return sum(gaps) <= radius if shape.kind is ShapeKind.L1 else sum(g * g for g in gaps) <= radius**2


def slack_of(outputs: Forms, row: Sequence[Fraction], bound: Fraction) -> Form:
    """Return a positive multiple of bound - row . outputs, in integers."""
    common = math.lcm(bound.denominator, *(v.denominator for v in row))
    weights = [int(v * common) for v in row]
    width = outputs.matrix.ncols()
    combined = flint.fmpz_mat(1, len(weights), weights) * outputs.matrix
    constant = flint.fmpz(int(bound * common)) * (flint.fmpz(1) << outputs.exponent) - combined[0, width - 1]
    return Form(tuple(-combined[0, j] for j in range(width - 1)), constant)


def _in_polyhedron(cell: Cell, rows: Sequence[Form]) -> Point | None:
    """Return a point of the closure of a cell at which no row is negative."""
    if isinstance(cell, PolyhedralCell):
        return _by_programs(cell, rows)
    assert isinstance(cell, BallCell)
    nearest: NearestPoint | None = cell.nearest
    for row in rows:
        nearest = nearest.with_row(row)
        if nearest is None:
            return None
    return nearest.point if nearest.distance_squared <= cell.radius_squared else None


def _by_programs(cell: PolyhedralCell, rows: Sequence[Form]) -> Point | None:
    """Impose one row after the other, each where it is largest, or positive at least."""
    dictionary = cell.dictionary.copy()
    for row in rows:
        a, b = cell.columns.lift(row.a, row.b)
        # the maximum is not positive: zero touches
        if dictionary.raise_above_zero(a, b) is not None and dictionary.express(a, b)[1] < 0:
            return None
        dictionary.add_row(a, b)
    return cell.columns.point(dictionary.point)
