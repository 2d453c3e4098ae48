"""Facets by linear programs, for domains with flat sides."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.exact.floats import nearest_float
from exactregions.exact.numbers import Point, Rational, as_fractions, as_point, rational
from exactregions.geometry.facets.halfspaces import Halfspaces
from exactregions.geometry.facets.oracles import Oracle
from exactregions.solvers.contract import Proposal, Unknown
from exactregions.solvers.highs import LinearProgram

__all__ = ["BoxOracle", "CrossPolytopeOracle"]

Array = NDArray[np.float64]
ZERO, ONE = flint.fmpq(0), flint.fmpq(1)

DEPTH = 1.0  # how negative a row may become: rows have normals near 1, and any negative value tells


class LinearOracle(Oracle):
    """Linear programs in columns u with bounds; y is affine in u.

    Attributes
    ----------
    lower, upper : list of fmpq or None
        Bounds of the columns.
    """

    def __init__(self, lower: Sequence[Rational | None], upper: Sequence[Rational | None]) -> None:
        self.lower, self.upper = lower, upper
        self._program = LinearProgram(_floats(lower, -np.inf), _floats(upper, np.inf))
        self._rows: Halfspaces | None = None
        self._matrix: Array = np.zeros((0, 0))

    @abstractmethod
    def _lift(self, rows: Halfspaces) -> tuple[Array, Array]:
        """Write rows over the columns, followed by the inequalities that the columns bring along."""

    @abstractmethod
    def _lift_exactly(self, rows: Halfspaces, row: int) -> tuple[list[Rational], Rational]:
        """Write one of these rows exactly, given its number."""

    @abstractmethod
    def _drop(self, columns: Array) -> Array:
        """Return the point y of a solution."""

    def ask(self, rows: Halfspaces, row: int) -> Proposal | Unknown:
        """Minimise a row down to -DEPTH."""
        if rows is not self._rows:
            self._rows = rows
            self._matrix, offsets = self._lift(rows)
            self._program.load(self._matrix, offsets)
        group = rows.group(row)
        others = [other for other in group if other != row]
        for other in others:
            self._program.demand(other, -np.inf)
        self._program.demand(row, -DEPTH)
        found = self._program.minimise(self._matrix[row])
        for other in group:
            self._program.demand(other, 0.0)
        if isinstance(found, Unknown):
            return found
        multipliers = np.maximum(found.multipliers[: len(rows)], 0.0)
        multipliers[group] = 0.0
        point = self._drop(found.point)
        return Proposal(float(rows.normals[row] @ point + rows.offsets[row]), point, multipliers)

    def proves(self, rows: Halfspaces, row: int) -> bool:
        """Solve for the multipliers of the last basis in rationals and check them (mathematics, 3.4, first rung)."""
        assert rows is self._rows, "another region was asked about in between"
        columns, tight = self._program.basis()
        group = rows.group(row)
        lifted = [self._lift_exactly(rows, j) for j in tight if j not in group]
        if len(columns) != len(lifted):
            return False
        slopes, least = self._lift_exactly(rows, row)
        multipliers = _solved([[a[k] for a, _ in lifted] for k in columns], [slopes[k] for k in columns])
        if multipliers is None or any(y < 0 for y in multipliers):
            return False
        for y, (a, b) in zip(multipliers, lifted, strict=True):
            slopes = [s - y * v for s, v in zip(slopes, a, strict=True)]
            least -= y * b
        for slope, low, up in zip(slopes, self.lower, self.upper, strict=True):
            if slope:
                bound = low if slope > 0 else up
                if bound is None:
                    return False
                least += slope * bound
        return least >= 0


class BoxOracle(LinearOracle):
    """Boxes, the whole space, and polytopes, whose inequalities are among the rows of every region.

    Parameters
    ----------
    lower, upper : list of fmpq or None
    center : list of fmpq
        From where distances are measured, in units of half the width, or of 1 where there is no width.
    """

    def __init__(self, lower: Sequence[Rational | None], upper: Sequence[Rational | None], center: Point) -> None:
        super().__init__(lower, upper)
        halves = [ONE if lo is None or up is None else (up - lo) / 2 for lo, up in zip(lower, upper, strict=True)]
        self._center, self._halves = _floats(center, 0.0), _floats(halves, 1.0)
        bounds = np.append(_floats(lower, -np.inf), 0.0), np.append(_floats(upper, np.inf), np.inf)
        self._entry_program = LinearProgram(*bounds)

    def _lift(self, rows: Halfspaces) -> tuple[Array, Array]:
        return rows.normals, rows.offsets

    def _lift_exactly(self, rows: Halfspaces, row: int) -> tuple[list[Rational], Rational]:
        form = rows.form(row)
        return [flint.fmpq(v) for v in form.a], flint.fmpq(form.b)

    def _drop(self, columns: Array) -> Array:
        return columns

    def entry(self, rows: Halfspaces) -> float:
        """Return how far the box about the centre must be blown up to reach the region."""
        d = len(self._center)
        gauge = np.vstack([np.c_[np.eye(d), self._halves], np.c_[-np.eye(d), self._halves]])
        matrix = np.vstack([np.c_[rows.normals, np.zeros(len(rows))], gauge])
        self._entry_program.load(matrix, np.concatenate([rows.offsets, -self._center, self._center]))
        found = self._entry_program.minimise(np.append(np.zeros(d), 1.0))
        return np.nan if isinstance(found, Unknown) else max(found.value, 0.0)


class CrossPolytopeOracle(LinearOracle):
    """Balls of the norm 1: y = center + u[:d] - u[d:] with u >= 0, whose sum is at most the radius."""

    def __init__(self, domain: Ball) -> None:
        self._exact_center, self._exact_radius = as_point(domain.center), rational(domain.radius)
        super().__init__([ZERO] * (2 * domain.dim), [self._exact_radius] * (2 * domain.dim))
        self._center, self._radius = domain.center_float, nearest_float(domain.radius)
        self._entry_program = LinearProgram(_floats(self.lower, -np.inf), _floats(self.upper, np.inf))

    def _lift(self, rows: Halfspaces) -> tuple[Array, Array]:
        matrix = np.vstack([np.hstack([rows.normals, -rows.normals]), -np.ones((1, 2 * len(self._center)))])
        return matrix, np.append(rows.offsets + rows.normals @ self._center, self._radius)

    def _lift_exactly(self, rows: Halfspaces, row: int) -> tuple[list[Rational], Rational]:
        if row == len(rows):
            return [-ONE] * (2 * len(self._center)), self._exact_radius
        form = rows.form(row)
        slopes = [flint.fmpq(v) for v in form.a]
        return [*slopes, *(-v for v in slopes)], form.at(self._exact_center)

    def _drop(self, columns: Array) -> Array:
        d = len(self._center)
        return self._center + columns[:d] - columns[d:]

    def entry(self, rows: Halfspaces) -> float:
        """Return the distance in the norm 1."""
        self._entry_program.load(*self._lift(rows))
        found = self._entry_program.minimise(np.ones(2 * len(self._center)))
        return np.nan if isinstance(found, Unknown) else max(found.value, 0.0)


def _floats(values: Sequence[Rational | None], missing: float) -> Array:
    return np.array([missing if v is None else nearest_float(as_fractions([v])[0]) for v in values])


def _solved(matrix: list[list[Rational]], rhs: list[Rational]) -> list[Rational] | None:
    """Solve a square system; None where it is singular."""
    n = len(rhs)
    if not n:
        return []
    try:
        solution = flint.fmpq_mat(n, n, [v for row in matrix for v in row]).solve(flint.fmpq_mat(n, 1, rhs))
    except ZeroDivisionError:
        return None
    return [solution[i, 0] for i in range(n)]
