"""The exact distance of a point to the pieces of a decision boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from exactregions.domain import Ball
from exactregions.errors import DomainError
from exactregions.exact.closures import in_closure
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import Point, Rational, as_fractions, as_point
from exactregions.exact.values import Value
from exactregions.geometry.distances.exact_distances import nearest_by_program
from exactregions.geometry.polyhedra import domain_rows
from exactregions.quantities.boundary_pieces import BoundaryPiece
from exactregions.quantities.class_cells import ClassCells
from exactregions.support.stopping import check

__all__ = ["NearestBoundary", "nearest_piece"]

Found = tuple[Rational, Point]  # the distance, squared in the norm 2, and the point


@dataclass(frozen=True, slots=True, repr=False)
class NearestBoundary:
    """The distance of a point to a decision boundary.

    Attributes
    ----------
    value : Value
        Infinite where the boundary has no piece.
    point : tuple of Fraction or None
        A nearest point of the closed boundary.
    piece : int or None
        The number of the piece that holds it.
    """

    value: Value
    point: tuple[Fraction, ...] | None
    piece: int | None

    def __repr__(self) -> str:
        where = "" if self.piece is None else f", in piece {self.piece}"
        return f"<NearestBoundary: {self.value}{where}>"


def nearest_piece(pieces: Sequence[BoundaryPiece], cells: ClassCells, ball: Ball) -> NearestBoundary:
    """Return the distance of the centre of a ball to pieces.

    No piece is nearer than its hyperplane: pieces are taken in that order, until the next one is farther than the best.
    """
    center = as_point(cells.asked.free_point(ball.center))
    own = tuple(domain_rows(cells.shape)) if cells.shape.is_flat else ()
    bounds = [_to_hyperplane(piece.gap, center, ball.norm) for piece in pieces]
    best: Found | None = None
    place = None
    for number in sorted(range(len(pieces)), key=bounds.__getitem__):
        check()
        if best is not None and bounds[number] >= best[0]:
            break
        piece = pieces[number]
        inside = as_point(cells.asked.free_point(piece.point))
        found = _nearest([piece.gap, piece.gap.negated(), *piece.rows, *own], center, inside, ball.norm)
        if best is None or found[0] < best[0]:
            best, place = found, number
    if best is None:
        return NearestBoundary(Value.infinite(), None, None)
    point = as_fractions(best[1])
    if not cells.shape.is_flat and not in_closure(cells.asked.domain, point):
        raise DomainError("the nearest point may lie on the sphere; search again in a larger ball, or domain.as_box()")
    (distance,) = as_fractions([best[0]])
    value = Value.root(distance) if ball.entry_power == 2 else Value.of(distance)
    return NearestBoundary(value, cells.asked.point(point), place)


def _to_hyperplane(form: Form, center: Point, norm: float) -> Rational:
    """Return the distance to a hyperplane, squared in the norm 2."""
    value = form.at(center)
    if norm == 2:
        return value * value / form.square
    sizes = [abs(a) for a in form.a]
    return abs(value) / (max(sizes) if norm == 1 else sum(sizes, flint.fmpz(0)))


def _nearest(rows: Sequence[Form], center: Point, inside: Point, norm: float) -> Found:
    if norm == 2:
        nearest: NearestPoint | None = NearestPoint(center)
        for row in rows:
            nearest = nearest.with_row(row)
            assert nearest is not None, "a piece has a point"
        return nearest.distance_squared, nearest.point
    moved = [_about(row, center) for row in rows]
    distance, step = nearest_by_program(moved, [x - c for x, c in zip(inside, center, strict=True)], norm)
    return distance, [c + v for c, v in zip(center, step, strict=True)]


def _about(form: Form, center: Point) -> Form:
    """Return a positive multiple of a form as one of x - center."""
    value = form.at(center)
    return Form(tuple(a * value.q for a in form.a), value.p)
