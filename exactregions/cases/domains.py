"""Domains of every kind, for cases."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace


def ball(center: Sequence[Any], radius: Any, norm: Any = 2) -> Ball:
    """Return a ball from plain numbers."""
    return Ball(tuple(center), radius, norm)


def box(lower: Sequence[Any], upper: Sequence[Any]) -> Box:
    """Return a box from plain numbers."""
    return Box(tuple(lower), tuple(upper))


def polytope(A: Sequence[Sequence[Any]], b: Sequence[Any], within: Box | None = None) -> Polytope:
    """Return a polytope from plain numbers."""
    return Polytope(tuple(tuple(row) for row in A), tuple(b), within)


def every_kind(d: int) -> dict[str, Domain]:
    """Return a domain of each kind, with the origin inside and some edges where small integers have vertices."""
    third = Fraction(1, 3)
    return {
        "a ball": ball([0] * d, 2),
        "a ball of norm 1": ball([0] * d, 2, 1),
        "a ball of norm inf": ball([0] * d, 2, "inf"),
        "a ball off the floats": ball([third] * d, 1 + third),
        "a box": box([-1] * d, [2] * d),
        "a polytope": polytope([[1] * d, [-1] * d], [2, 3]),
        "a polytope in a box": polytope([[1] * d, [2] * d, [-third] * d], [2, 4, 1], box([-2] * d, [2] * d)),
        "the whole space": WholeSpace(d),
    }


def polytope_of(walls: Box) -> Polytope:
    """Return a box as a polytope whose inequalities are its walls."""
    unit = [[int(i == j) for j in range(walls.dim)] for i in range(walls.dim)]
    rows = [*unit, *([-v for v in row] for row in unit)]
    return polytope(rows, [*walls.upper, *(-v for v in walls.lower)])
