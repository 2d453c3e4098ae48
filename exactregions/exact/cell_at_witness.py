"""Cells about a point that is known to lie inside: no search for it, all rows at once."""

from __future__ import annotations

from collections.abc import Sequence

import flint

from exactregions.domain import Ball, Box, Domain, WholeSpace
from exactregions.exact.cells import BallCell, Cell, PolyhedralCell
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import Point, Rational, as_point, rational
from exactregions.exact.simplex import Dictionary

__all__ = ["cell_about"]

ZERO = flint.fmpq(0)


def cell_about(domain: Domain, rows: Sequence[Form], witness: Point) -> Cell:
    """Return the cell of a domain cut by form > 0 for every row.

    Parameters
    ----------
    domain : Ball, Box or WholeSpace
        Of a polytope the inequalities are rows.
    rows : sequence of Form
    witness : list of fmpq
        A point of the domain at which every row is positive.
    """
    if isinstance(domain, Ball) and domain.norm == 2:
        nearest = NearestPoint(as_point(domain.center))
        for row in rows:
            closer = nearest.with_row(row)
            assert closer is not None, "the rows are positive at the witness"
            nearest = closer
        return BallCell(domain, tuple(rows), witness, nearest, rational(domain.radius) ** 2)
    assert isinstance(domain, Ball | Box | WholeSpace)
    return _polyhedral(domain, [row for row in rows if not row.is_constant], witness)


def _polyhedral(domain: Ball | Box | WholeSpace, rows: Sequence[Form], witness: Point) -> PolyhedralCell:
    """Start the dictionary at the witness itself, between all bounds: no pivot is needed to get there."""
    root = PolyhedralCell.root(domain)
    lower, upper = root.dictionary.lower, root.dictionary.upper
    if isinstance(domain, Ball) and domain.norm == 1:
        dictionary = _cross_polytope(domain, witness, lower, upper)
    else:
        dictionary = Dictionary(witness, lower, upper)
    cell = PolyhedralCell(domain, tuple(rows), witness, dictionary)
    for row in rows:
        dictionary.add_row(*cell.program_row(row))
    return cell


def _cross_polytope(
    domain: Ball, witness: Point, lower: Sequence[Rational | None], upper: Sequence[Rational | None]
) -> Dictionary:
    gaps = [x - c for x, c in zip(witness, as_point(domain.center), strict=True)]
    start = [max(g, ZERO) for g in gaps] + [max(-g, ZERO) for g in gaps]
    n = len(start)
    dictionary = Dictionary(start, lower[:n], upper[:n])
    dictionary.add_row([-flint.fmpq(1)] * n, rational(domain.radius))
    return dictionary
