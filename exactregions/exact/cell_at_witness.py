"""Cells about a point that is known to lie inside: no search for it, all rows at once."""

from __future__ import annotations

from collections.abc import Sequence

from exactregions.domain import Domain
from exactregions.exact.cells import BallCell, Cell, PolyhedralCell
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import Point, as_point
from exactregions.exact.shapes import Shape, ShapeKind, shape_of


def cell_about(domain: Domain | Shape, rows: Sequence[Form], witness: Point) -> Cell:
    """Return the cell of a domain cut by form > 0 for every row.

    Parameters
    ----------
    domain : Domain or Shape
        Its own inequalities are not looked at: they are among the rows.
    rows : sequence of Form
    witness : list of fmpq
        A point of the domain at which every row is positive.
    """
    body = shape_of(domain).body()
    if body.kind is not ShapeKind.L2:
        return PolyhedralCell.about(body, [row for row in rows if not row.is_constant], witness)
    nearest = NearestPoint(as_point(body.center))
    for row in rows:
        closer = nearest.with_row(row)
        assert closer is not None, "the rows are positive at the witness"
        nearest = closer
    return BallCell(body, tuple(rows), witness, nearest)
