"""Exact proofs that a cell has no point beyond a row (mathematics, 3.1), and how a float basis gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint

from exactregions.domain import Domain
from exactregions.exact.forms import Form
from exactregions.exact.linear_systems import solve
from exactregions.exact.nearest import solve_gram
from exactregions.exact.numbers import ZERO, Rational, as_point
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.exact.shapes.support import support
from exactregions.support.stopping import check


def refutes(domain: Domain | Shape, rows: Sequence[Form], multipliers: Sequence[Rational]) -> bool:
    """Decide whether the multipliers prove that no point of the domain makes all rows nonnegative and one positive.

    The proof speaks of the rows with positive multipliers: sup over the domain of sum_j y_j f_j <= 0. For a
    polytope its inequalities are rows like the others.
    """
    if any(y < 0 for y in multipliers) or not any(multipliers):
        return False
    shape = shape_of(domain)
    d = shape.dim
    rho, kappa = [ZERO] * d, ZERO
    for y, row in zip(multipliers, rows, strict=True):
        if y:
            check()
            rho = [r + y * a if a else r for r, a in zip(rho, row.a, strict=True)]
            kappa += y * row.b
    return support(shape, rho).at_most(-kappa)


def exact_multipliers(
    domain: Domain | Shape, rows: Sequence[Form], free: Sequence[int], signs: Sequence[int] | None = None
) -> list[Rational] | None:
    """Solve for the multipliers that a float basis means; the last row is the one to refute.

    Parameters
    ----------
    rows : sequence of Form
        The rows of the basis.
    free : sequence of int
        Coordinates in which the combination must vanish (ignored for Euclidean balls).
    signs : sequence of int, optional
        1 or -1 for each of them: then they must have one magnitude there, with these signs, as at a tangency of an l1
        ball.

    Returns
    -------
    list of fmpq or None
        None when the rows are dependent in those coordinates, or too many; the multipliers are not checked here.
    """
    shape = shape_of(domain)
    if shape.kind is ShapeKind.L2:
        return _ball_multipliers(shape, rows)
    parts = [[row.a[j] for j in free] for row in rows]
    if signs:
        parts = [[s * v - signs[0] * part[0] for s, v in zip(signs[1:], part[1:], strict=True)] for part in parts]
    unknown = len(rows) - 1
    if len(parts[0]) < unknown:
        return None
    if not unknown:
        return [flint.fmpq(1)]
    if len(parts[0]) > unknown:
        # forms of a layer with few active units before it lie in the span of few rows
        return _cancelling(parts)
    try:
        system = [list(column) for column in zip(*parts[:-1], strict=True)]
        return [*solve(system, [-v for v in parts[-1]]), flint.fmpq(1)]
    except ZeroDivisionError:
        return None


def _ball_multipliers(shape: Shape, rows: Sequence[Form]) -> list[Rational] | None:
    """Return the multipliers of the nearest point on all rows, or those that cancel the last row's normal."""
    center = as_point(shape.center)
    normals = [row.a for row in rows]
    try:
        return solve_gram(normals, [-row.at(center) for row in rows])
    except ZeroDivisionError:
        return _cancelling(normals)


def _cancelling(normals: Sequence[Sequence[Any]]) -> list[Rational] | None:
    """Return the multipliers with which the last normal is nearest to being cancelled; None where they are many."""
    try:
        others = solve_gram(normals[:-1], [-_dot(n, normals[-1]) for n in normals[:-1]])
    except ZeroDivisionError:
        return None
    return [*others, flint.fmpq(1)]


def _dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), ZERO)
