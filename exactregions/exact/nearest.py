"""The nearest point of a polyhedron to a centre, exactly: the dual active-set method of Goldfarb and Idnani (1983).

With the identity as Hessian the method needs only inner products of the active rows, and each added halfspace
starts from the optimum before it. In rationals it is finite without any tolerance: every full step increases the
distance, every partial step drops a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flint

from exactregions.exact.forms import Form
from exactregions.exact.linear_systems import solve
from exactregions.exact.numbers import Number, Point, Rational
from exactregions.support.stopping import check

__all__ = ["NearestPoint", "solve_gram"]

ZERO = flint.fmpq(0)


def _dot(a: Sequence[Number], b: Sequence[Number]) -> Rational:
    total: Any = ZERO
    for x, y in zip(a, b, strict=True):
        if x and y:
            total += x * y
    return total


class NearestPoint:
    """The point of {x : f(x) >= 0 for all rows f} nearest to the centre.

    Attributes
    ----------
    point : list of fmpq
    rows : list of Form
    active : list of int
        Rows with their multipliers in `multipliers`: point = center + sum_i multiplier_i a_i.
    """

    __slots__ = ("active", "center", "multipliers", "point", "rows")

    def __init__(self, center: Point) -> None:
        self.center = center
        self.point = center
        self.rows: list[Form] = []
        self.active: list[int] = []
        self.multipliers: list[Rational] = []

    @property
    def distance_squared(self) -> Rational:
        """Squared Euclidean distance from the centre to the point."""
        return sum(((p - c) ** 2 for p, c in zip(self.point, self.center, strict=True)), ZERO)

    def with_row(self, row: Form) -> NearestPoint | None:
        """Return the nearest point after one more halfspace, or None when nothing is left."""
        found = self.with_row_or_proof(row)
        return found if isinstance(found, NearestPoint) else None

    def with_row_or_proof(self, row: Form) -> NearestPoint | dict[int, Rational]:
        """Return the nearest point after one more halfspace, or a proof that nothing is left.

        Returns
        -------
        NearestPoint, or dict of int to fmpq
            Multipliers y >= 0 of rows f, the new one last, whose combination sum y f is a negative constant.
        """
        child = object.__new__(NearestPoint)
        child.center, child.point = self.center, self.point
        child.rows = [*self.rows, row]
        child.active, child.multipliers = list(self.active), list(self.multipliers)
        while (violated := child._first_violated()) is not None:
            check()
            proof = child._satisfy(violated)
            if proof is not None:
                return proof
        return child

    def _first_violated(self) -> int | None:
        for i in range(len(self.rows) - 1, -1, -1):
            check()
            if i not in self.active and self.rows[i].at(self.point) < 0:
                return i
        return None

    def _satisfy(self, violated: int) -> dict[int, Rational] | None:
        """Move to the nearest point that also satisfies the violated row; where there is none, say why."""
        form = self.rows[violated]
        multiplier = ZERO
        while True:
            check()
            dual, primal = self._directions(form)
            full = -form.at(self.point) / _dot(primal, form.a) if any(primal) else None
            partial, drop = self._first_blocked(dual)
            if full is None and partial is None:
                # the normal of the row is a combination of active ones with no positive coefficient
                return {violated: flint.fmpq(1)} | {i: -r for i, r in zip(self.active, dual, strict=True) if r}
            step = partial if full is None or (partial is not None and partial < full) else full
            assert step is not None
            self.multipliers = [u - step * r for u, r in zip(self.multipliers, dual, strict=True)]
            self.point = [x + step * z if z else x for x, z in zip(self.point, primal, strict=True)]
            multiplier += step
            if full is not None and step == full:
                self.active.append(violated)
                self.multipliers.append(multiplier)
                return None
            del self.active[drop], self.multipliers[drop]

    def _directions(self, form: Form) -> tuple[list[Rational], Point]:
        """Return the change of the active multipliers and of the point, per unit of the new multiplier."""
        normals = [self.rows[i].a for i in self.active]
        dual = solve_gram(normals, [_dot(n, form.a) for n in normals])
        primal = [flint.fmpq(v) for v in form.a]
        for r, normal in zip(dual, normals, strict=True):
            check()
            if r:
                primal = [p - r * n if n else p for p, n in zip(primal, normal, strict=True)]
        return dual, primal

    def _first_blocked(self, dual: Sequence[Rational]) -> tuple[Rational | None, int]:
        best, index = None, -1
        for i, (u, r) in enumerate(zip(self.multipliers, dual, strict=True)):
            if r > 0 and (best is None or u / r < best):
                best, index = u / r, i
        return best, index


def solve_gram(normals: Sequence[Sequence[Number]], rhs: Sequence[Rational]) -> list[Rational]:
    """Solve (N N^T) y = rhs for linearly independent rows N."""
    k = len(normals)
    gram: list[list[Rational]] = [[ZERO] * k for _ in range(k)]
    for i, p in enumerate(normals):
        check()
        for j in range(i + 1):
            gram[i][j] = gram[j][i] = flint.fmpq(_dot(p, normals[j]))
    return solve(gram, rhs)
