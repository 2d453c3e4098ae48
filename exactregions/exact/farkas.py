"""Exact proofs that a cell has no point beyond a row (mathematics, 3.1), and how a float basis gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint

from exactregions.domain import Ball, Box, Domain, Polytope
from exactregions.exact.forms import Form
from exactregions.exact.linear_systems import solve
from exactregions.exact.nearest import solve_gram
from exactregions.exact.numbers import Point, Rational, as_point, rational
from exactregions.support.stopping import check

__all__ = ["exact_multipliers", "refutes"]

ZERO = flint.fmpq(0)


def refutes(domain: Domain, rows: Sequence[Form], multipliers: Sequence[Rational]) -> bool:
    """Decide whether the multipliers prove that no point of the domain makes all rows nonnegative and one positive.

    The proof speaks of the rows with positive multipliers: sup over the domain of sum_j y_j f_j <= 0. For a
    polytope its inequalities are rows like the others.
    """
    if any(y < 0 for y in multipliers) or not any(multipliers):
        return False
    d = domain.dim
    rho, kappa = [ZERO] * d, ZERO
    for y, row in zip(multipliers, rows, strict=True):
        if y:
            check()
            rho = [r + y * a if a else r for r, a in zip(rho, row.a, strict=True)]
            kappa += y * row.b
    return _support_is_at_most(domain, rho, -kappa)


def _support_is_at_most(domain: Domain, rho: Point, bound: Rational) -> bool:
    """Decide sup over the domain of rho.x <= bound."""
    match domain:
        case Ball():
            rest = bound - _dot(rho, as_point(domain.center))
            radius = rational(domain.radius)
            if domain.norm == 2:
                return bool(rest >= 0 and rest * rest >= radius * radius * _dot(rho, rho))
            size = max(abs(v) for v in rho) if domain.norm == 1 else sum((abs(v) for v in rho), ZERO)
            return bool(rest >= radius * size)
        case Box():
            ends = zip(rho, as_point(domain.lower), as_point(domain.upper), strict=True)
            return bool(sum((v * (up if v > 0 else lo) for v, lo, up in ends), ZERO) <= bound)
        case Polytope(box=Box() as box):
            return _support_is_at_most(box, rho, bound)
        case _:
            return not any(rho) and bool(bound >= 0)


def exact_multipliers(
    domain: Domain, rows: Sequence[Form], free: Sequence[int]
) -> list[Rational] | None:
    """Solve for the multipliers that a float basis means; the last row is the one to refute.

    Parameters
    ----------
    rows : sequence of Form
        The rows of the basis.
    free : sequence of int
        Coordinates in which the combination must vanish (ignored for Euclidean balls).

    Returns
    -------
    list of fmpq or None
        None when the basis is no square, regular system; the multipliers are not checked here.
    """
    if isinstance(domain, Ball) and domain.norm == 2:
        return _ball_multipliers(domain, rows)
    count = len(rows) - 1
    if len(free) != count:
        return None
    if not count:
        return [flint.fmpq(1)]
    system = [[rows[r].a[j] for r in range(count)] for j in free]
    try:
        return [*solve(system, [-rows[-1].a[j] for j in free]), flint.fmpq(1)]
    except ZeroDivisionError:
        return None


def _ball_multipliers(domain: Ball, rows: Sequence[Form]) -> list[Rational] | None:
    """Return the multipliers of the nearest point on all rows, or those that cancel the last row's normal."""
    center = as_point(domain.center)
    normals = [row.a for row in rows]
    try:
        return solve_gram(normals, [-row.at(center) for row in rows])
    except ZeroDivisionError:
        pass
    try:
        others = solve_gram(normals[:-1], [-_dot(n, normals[-1]) for n in normals[:-1]])
    except ZeroDivisionError:
        return None
    return [*others, flint.fmpq(1)]


def _dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), ZERO)
