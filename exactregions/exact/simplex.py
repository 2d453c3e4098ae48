"""A simplex dictionary over the rationals, kept warm from one question to the next (mathematics, 3.2).

Variables have bounds (either may be None). Each basic variable is affine in the nonbasic ones; a nonbasic
variable usually sits at a bound, but may sit strictly between ("superbasic"), which lets a search start from any
feasible point without a phase 1 and covers free variables without a special case.
"""

from __future__ import annotations

from collections.abc import Sequence

import flint

from exactregions.exact.numbers import ONE, ZERO, Number, Point, Rational
from exactregions.support.stopping import check


class Dictionary:
    """A feasible point of a polyhedron together with a basis.

    Parameters
    ----------
    start : list of fmpq
        A feasible value of each structural variable.
    lower, upper : list of fmpq or None
        Bounds of the structural variables; None is no bound.
    """

    __slots__ = ("lower", "nonbasic", "rows", "structural", "upper", "values")

    def __init__(self, start: Point, lower: Sequence[Rational | None], upper: Sequence[Rational | None]) -> None:
        self.structural = len(start)
        self.values = list(start)
        self.lower = list(lower)
        self.upper = list(upper)
        self.nonbasic = list(range(len(start)))
        self.rows: dict[int, list[Rational]] = {}

    def copy(self) -> Dictionary:
        """Return an independent copy; rows are replaced, never changed, so they are shared."""
        twin = object.__new__(Dictionary)
        twin.structural = self.structural
        twin.values, twin.lower, twin.upper = list(self.values), list(self.lower), list(self.upper)
        twin.nonbasic, twin.rows = list(self.nonbasic), dict(self.rows)
        return twin

    @property
    def point(self) -> Point:
        """Current values of the structural variables."""
        return self.values[: self.structural]

    def express(self, a: Sequence[Number], b: Number) -> tuple[list[Rational], Rational]:
        """Return the coefficients of a.x + b over the nonbasic columns, and its value at the point."""
        column = {variable: j for j, variable in enumerate(self.nonbasic)}
        coefficients = [ZERO] * len(self.nonbasic)
        value = flint.fmpq(b)
        for variable, weight in enumerate(a):
            if not weight:
                continue
            value += weight * self.values[variable]
            if variable in column:
                coefficients[column[variable]] += weight
            else:
                for j, t in enumerate(self.rows[variable]):
                    if t:
                        coefficients[j] += weight * t
        return coefficients, value

    def add_row(self, a: Sequence[Number], b: Number) -> None:
        """Impose a.x + b >= 0, which the current point must satisfy."""
        coefficients, value = self.express(a, b)
        self.rows[len(self.values)] = coefficients
        self.values.append(value)
        self.lower.append(ZERO)
        self.upper.append(None)

    def raise_above_zero(self, a: Sequence[Number], b: Number) -> dict[int, Rational] | None:
        """Move until a.x + b > 0 and return None; where its maximum is not positive, return a proof.

        The rule of Bland (1977) makes the walk finite: the smallest improving index enters, the smallest
        blocking index leaves.

        Returns
        -------
        dict of int to fmpq, or None
            Positive multipliers y of imposed rows f, in the order they were added, such that a.x + b + sum y f is
            nowhere positive within the bounds of the structural variables: the reduced costs of the optimum.
        """
        coefficients, value = self.express(a, b)
        while value <= 0:
            check()
            entering = self._entering(coefficients)
            if entering is None:
                return self._row_multipliers(coefficients)
            j, direction = entering
            step, leaving = self._ratio_test(j, direction)
            if step is None:
                step = (ONE - value) / abs(coefficients[j])
            value += coefficients[j] * direction * step
            coefficients = self._entered(coefficients, j, direction * step, leaving)
        return None

    def greatest(self, a: Sequence[Number], b: Number) -> Rational | None:
        """Move to where a.x + b is largest and return its value there; None where it has no bound.

        The rule is that of `raise_above_zero`.
        """
        coefficients, value = self.express(a, b)
        while (entering := self._entering(coefficients)) is not None:
            check()
            j, direction = entering
            step, leaving = self._ratio_test(j, direction)
            if step is None:
                return None
            value += coefficients[j] * direction * step
            coefficients = self._entered(coefficients, j, direction * step, leaving)
        return value

    def _entered(self, coefficients: list[Rational], j: int, change: Rational, leaving: int | None) -> list[Rational]:
        """Move along a column, exchange it with what leaves, and return a form's coefficients over the new columns."""
        self._move(j, change)
        if leaving is None:
            return coefficients
        pivot_row, factor = self._pivot(j, leaving), coefficients[j]
        return [
            factor * p if i == j else c + factor * p
            for i, (c, p) in enumerate(zip(coefficients, pivot_row, strict=True))
        ]

    def _row_multipliers(self, reduced_costs: Sequence[Rational]) -> dict[int, Rational]:
        """Return those of the imposed rows; a row has no upper bound, so at an optimum its cost is not positive."""
        pairs = zip(self.nonbasic, reduced_costs, strict=True)
        return {variable - self.structural: -c for variable, c in pairs if c and variable >= self.structural}

    def _entering(self, coefficients: Sequence[Rational]) -> tuple[int, int] | None:
        best: tuple[int, int] | None = None
        for j, c in enumerate(coefficients):
            if not c:
                continue
            variable = self.nonbasic[j]
            if best is not None and variable > self.nonbasic[best[0]]:
                continue
            direction = 1 if c > 0 else -1
            bound = self.upper[variable] if direction > 0 else self.lower[variable]
            if bound is None or self.values[variable] != bound:
                best = (j, direction)
        return best

    def _ratio_test(self, j: int, direction: int) -> tuple[Rational | None, int | None]:
        """Return the longest feasible step (None: unbounded) and the blocking basic variable (None: own bound)."""
        variable = self.nonbasic[j]
        bound = self.upper[variable] if direction > 0 else self.lower[variable]
        step = None if bound is None else abs(bound - self.values[variable])
        leaving: int | None = None
        for basic, row in self.rows.items():
            rate = row[j] * direction
            if not rate:
                continue
            bound = self.upper[basic] if rate > 0 else self.lower[basic]
            if bound is None:
                continue
            limit = (bound - self.values[basic]) / rate
            if step is None or limit < step:
                step, leaving = limit, basic
            elif limit == step and basic < (variable if leaving is None else leaving):
                leaving = basic
        return step, leaving

    def _move(self, j: int, change: Rational) -> None:
        if not change:
            return
        self.values[self.nonbasic[j]] += change
        for basic, row in self.rows.items():
            if row[j]:
                self.values[basic] += row[j] * change

    def _pivot(self, j: int, leaving: int) -> list[Rational]:
        """Exchange nonbasic column j with a basic variable; return the new row of the entering variable."""
        old = self.rows.pop(leaving)
        inverse = ONE / old[j]
        pivot_row = [-t * inverse for t in old]
        pivot_row[j] = inverse
        for basic, row in self.rows.items():
            factor = row[j]
            if factor:
                check()
                changed = [r + factor * p if p else r for r, p in zip(row, pivot_row, strict=True)]
                changed[j] = factor * inverse
                self.rows[basic] = changed
        self.rows[self.nonbasic[j]] = pivot_row
        self.nonbasic[j] = leaving
        return pivot_row
