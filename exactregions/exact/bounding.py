"""Boxes around shapes that only their inequalities bound, by exact linear programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exactregions.domain import Domain
from exactregions.exact.cells import PolyhedralCell, root_cell
from exactregions.exact.numbers import ONE, ZERO, Rational, as_fractions
from exactregions.exact.shapes import Shape, shape_of
from exactregions.exact.simplex import Dictionary


def bounded(domain: Domain | Shape) -> Shape | None:
    """Return the same set as a shape whose ends are written down; None where it has none.

    Raises
    ------
    DomainError
        If the inequalities leave no interior point.
    """
    shape = shape_of(domain)
    return shape if shape.has_ends else tightened(shape)


def tightened(domain: Domain | Shape) -> Shape | None:
    """Return the same set in the smallest box that holds it; None where there is none.

    The open set lies in the open box, for an open set does not reach its supremum.

    Raises
    ------
    DomainError
        If the inequalities leave no interior point.
    """
    shape = shape_of(domain)
    if not shape.rows:
        return shape if shape.has_ends else None
    cell = root_cell(shape)
    assert isinstance(cell, PolyhedralCell), "only boxes are cut by inequalities"
    d = shape.dim
    axes = [[s if i == j else ZERO for i in range(d)] for s in (ONE, -ONE) for j in range(d)]
    # how far a direction may go along each coordinate: nowhere towards an end
    back = [-ONE if end is None else ZERO for end in shape.lower]
    directions = Dictionary([ZERO] * d, back, [ONE if end is None else ZERO for end in shape.upper])
    for form in cell.rows:
        directions.add_row(form.a, ZERO)
    # a direction in which no inequality decreases leads to infinity
    if any(directions.copy().raise_above_zero(axis, ZERO) is None for axis in axes):
        return None
    greatest = as_fractions([_maximum(cell.dictionary, axis) for axis in axes])
    return replace(shape, lower=tuple(-v for v in greatest[d:]), upper=tuple(greatest[:d]))


def _maximum(dictionary: Dictionary, axis: Sequence[Rational]) -> Rational:
    """Return the maximum of a form that is bounded there."""
    walk = dictionary.copy()
    while True:
        value = sum((a * x for a, x in zip(axis, walk.point, strict=True) if a), ZERO)
        if walk.raise_above_zero(axis, -value) is not None:
            return value
