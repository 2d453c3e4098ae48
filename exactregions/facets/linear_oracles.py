"""Facets by linear programs, for domains with flat sides."""

from __future__ import annotations

from collections.abc import Sequence

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.farkas import refutes
from exactregions.exact.floats import nearest_float
from exactregions.exact.numbers import ONE, Number, Point, Rational, as_fractions, nearest_floats
from exactregions.exact.shapes import Shape
from exactregions.exact.shapes.columns import Columns
from exactregions.facets.halfspaces import Halfspaces
from exactregions.facets.oracles import Oracle
from exactregions.solvers.contract import Proposal, Unknown
from exactregions.solvers.highs import LinearProgram

Array = NDArray[np.float64]

DEPTH = 1.0  # how negative a row may become: rows have normals near 1, and any negative value tells


class LinearOracle(Oracle):
    """Linear programs over the columns of a shape without rows."""

    def __init__(self, body: Shape) -> None:
        self._body, self._columns = body, Columns.of(body)
        self._program = LinearProgram(*self._bounds())
        own = [nearest_floats([*a, b]) for a, b in self._columns.rows]
        self._own = np.array(own).reshape(len(own), len(self._columns.lower) + 1)
        self._rows: Halfspaces | None = None
        self._matrix: Array = np.zeros((0, 0))

    def _bounds(self) -> tuple[Array, Array]:
        return _floats(self._columns.lower, -np.inf), _floats(self._columns.upper, np.inf)

    def _lift(self, rows: Halfspaces) -> tuple[Array, Array]:
        """Write rows over the columns, followed by the inequalities that the columns bring along."""
        matrix, offsets = self._columns.lift_floats(rows.normals, rows.offsets)
        return np.vstack([matrix, self._own[:, :-1]]), np.append(offsets, self._own[:, -1])

    def _lift_exactly(self, rows: Halfspaces, row: int) -> Sequence[Number]:
        """Return the coefficients of one of these rows exactly, given its number."""
        if row >= len(rows):
            return self._columns.rows[row - len(rows)][0]
        form = rows.form(row)
        return self._columns.lift(form.a, form.b)[0]

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
        point = self._columns.float_point(found.point)
        return Proposal(float(rows.normals[row] @ point + rows.offsets[row]), point, multipliers)

    def proves(self, rows: Halfspaces, row: int) -> bool:
        """Solve for the multipliers of the last basis in rationals and check them (mathematics, 3.4, first rung)."""
        assert rows is self._rows, "another region was asked about in between"
        columns, tight = self._program.basis()
        group = rows.group(row)
        tight = [j for j in tight if j not in group]
        if len(columns) != len(tight):
            return False
        lifted, slopes = [self._lift_exactly(rows, j) for j in tight], self._lift_exactly(rows, row)
        multipliers = _solved([[a[k] for a in lifted] for k in columns], [slopes[k] for k in columns])
        if multipliers is None:
            return False
        # the rows that the columns bring along are part of the domain, whose support the proof takes
        used = [(rows.form(j), y) for j, y in zip(tight, multipliers, strict=True) if j < len(rows)]
        claim = [*(form for form, _ in used), rows.form(row).negated()]
        return refutes(self._body, claim, [*(y for _, y in used), ONE])


class BoxOracle(LinearOracle):
    """Boxes, the whole space, and polytopes, whose inequalities are among the rows of every region.

    Parameters
    ----------
    body : Shape
    center : list of fmpq
        From where distances are measured, in units of half the width, or of 1 where there is no width.
    """

    def __init__(self, body: Shape, center: Point) -> None:
        super().__init__(body)
        halves = [1.0 if half is None else nearest_float(half) for half in body.half_widths]
        self._center, self._halves = nearest_floats(center), np.array(halves)
        lower, upper = self._bounds()
        self._entry_program = LinearProgram(np.append(lower, 0.0), np.append(upper, np.inf))

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

    def __init__(self, body: Shape) -> None:
        super().__init__(body)
        self._entry_program = LinearProgram(*self._bounds())

    def entry(self, rows: Halfspaces) -> float:
        """Return the distance in the norm 1."""
        self._entry_program.load(*self._lift(rows))
        found = self._entry_program.minimise(np.ones(len(self._columns.lower)))
        return np.nan if isinstance(found, Unknown) else max(found.value, 0.0)


def _floats(values: Sequence[Rational | None], missing: float) -> Array:
    return np.array([missing if v is None else nearest_float(as_fractions([v])[0]) for v in values])


def _solved(matrix: list[list[Number]], rhs: list[Number]) -> list[Rational] | None:
    """Solve a square system; None where it is singular."""
    n = len(rhs)
    if not n:
        return []
    try:
        solution = flint.fmpq_mat(n, n, [v for row in matrix for v in row]).solve(flint.fmpq_mat(n, 1, rhs))
    except ZeroDivisionError:
        return None
    return [solution[i, 0] for i in range(n)]
