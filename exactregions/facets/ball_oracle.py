"""Facets in Euclidean balls, by nearest points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.farkas import refutes
from exactregions.exact.floats import entry_as_float, nearest_float, row_lengths
from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint, solve_gram
from exactregions.exact.numbers import Rational, as_fractions, as_point
from exactregions.exact.shapes import Shape
from exactregions.exact.shapes.rounded import center_error, center_floats
from exactregions.facets.halfspaces import Halfspaces
from exactregions.facets.oracles import Oracle
from exactregions.solvers.active_set import Nearest, nearest_point
from exactregions.solvers.contract import Proposal, Unknown

Array = NDArray[np.float64]

# How far beyond a row a point is looked for, as a distance in local coordinates: above the accuracy of the
# method. What lies between zero and this is left to the rationals.
DEPTH = 1e-6
SLACK = 1e-7  # how far from tight a row must be to be left out of a nearest point: far above the method's tolerance
SHIFT = 10**12  # how much larger than the rounding of its centre a ball is where floats tell distances
CLEAR = 1e6  # condition of the active rows up to which ten digits of the distance are right


@dataclass(frozen=True, slots=True, eq=False)
class _UnitRows:
    """The rows of a region as unit normals at distances from the centre, for the active-set method."""

    rows: Halfspaces
    lengths: Array
    gram: Array
    offsets: Array

    @classmethod
    def of(cls, rows: Halfspaces, center: Array) -> _UnitRows:
        lengths = row_lengths(rows.normals)
        lengths = np.where(lengths > 0, lengths, 1.0)  # a normal may underflow beside a huge offset
        units = rows.normals / lengths[:, None]
        with np.errstate(over="ignore"):  # a plane beyond all floats
            return cls(rows, lengths, units @ units.T, (rows.normals @ center + rows.offsets) / lengths)


class BallOracle(Oracle):
    """Does the ball reach beyond a row while it satisfies the others? A nearest point tells (mathematics, 3.3)."""

    def __init__(self, body: Shape) -> None:
        self._body, self._exact_center = body, as_point(body.center)
        self._center, self._radius = center_floats(body), nearest_float(body.radius or Fraction(0))
        # a centre that is no float, in a ball hardly larger than the rounding
        self._is_shifted = center_error(body) > self._radius / SHIFT
        self._unit: _UnitRows | None = None
        self._support: list[int] = []

    def ask(self, rows: Halfspaces, row: int) -> Proposal | Unknown:
        """Find the point nearest to the centre that is DEPTH beyond the row and satisfies the others."""
        if self._unit is None or self._unit.rows is not rows:
            self._unit = _UnitRows.of(rows, self._center)
        turn = np.ones(len(rows))
        turn[row] = -1.0
        offsets = self._unit.offsets * turn
        beyond = offsets[row] - DEPTH
        offsets[rows.group(row)] = np.inf
        offsets[row] = beyond
        found = nearest_point(self._unit.gram * turn * turn[:, None], offsets, self._radius)
        self._support = []
        if isinstance(found, Unknown):
            return found
        self._support = [j for j in np.flatnonzero(found.multipliers).tolist() if j != row]
        return self._proposal(self._unit, row, turn, found)

    def _proposal(self, unit: _UnitRows, row: int, turn: Array, found: Nearest) -> Proposal | Unknown:
        rows = unit.rows
        if found.reached:
            point = self._center + (found.multipliers * turn / unit.lengths) @ rows.normals
            return Proposal(float(rows.normals[row] @ point + rows.offsets[row]), point, np.zeros(len(rows)))
        if not found.multipliers[row]:
            return Unknown("the nearest point does not depend on the row")
        multipliers = found.multipliers * unit.lengths[row] / (unit.lengths * found.multipliers[row])
        multipliers[row] = 0.0
        return Proposal(0.0, self._center, multipliers)

    def proves(self, rows: Halfspaces, row: int) -> bool:
        """Try the last active rows in rationals: multipliers of the nearest point, then those of a cone."""
        assert self._unit is not None, "nothing was asked"
        assert self._unit.rows is rows, "another region was asked about in between"
        target, others = rows.form(row), [rows.form(j) for j in self._support]
        tries = (_nearest_multipliers(target, others, self._exact_center), _cone_multipliers(target, others))
        claim = [*others, target.negated()]
        return any(y is not None and refutes(self._body, claim, [*y, flint.fmpq(1)]) for y in tries)

    def entry(self, rows: Halfspaces) -> float:
        """Return the Euclidean distance of the region."""
        unit = _UnitRows.of(rows, self._center)
        found = nearest_point(unit.gram, unit.offsets, np.inf)
        if isinstance(found, Nearest) and found.reached and self._is_sharp(unit, found):
            return found.distance
        nearest: NearestPoint | None = NearestPoint(self._exact_center)
        for form in rows.forms():
            nearest = nearest.with_row(form)
            assert nearest is not None, "the rows of a region have its witness in common"
        return entry_as_float(as_fractions([nearest.distance_squared])[0], power=2)

    def _is_sharp(self, unit: _UnitRows, found: Nearest) -> bool:
        """Whether a float nearest point tells the distance: no other row is nearly tight, the active ones are clear.

        A row violated by less than the method's tolerance can move the nearest point of a sliver by anything.
        """
        if self._is_shifted:
            return False
        active = found.multipliers > 0
        values = unit.offsets + unit.gram @ found.multipliers
        if (values[~active] < SLACK).any():
            return False
        return not active.any() or bool(np.linalg.cond(unit.gram[active][:, active]) < CLEAR)


def _nearest_multipliers(target: Form, others: Sequence[Form], center: Sequence[Rational]) -> list[Rational] | None:
    """Return the multipliers of the nearest point with target <= 0 <= others, all tight there."""
    rows = [target.negated(), *others]
    try:
        weights = solve_gram([row.a for row in rows], [-row.at(list(center)) for row in rows])
    except ZeroDivisionError:
        return None
    return [w / weights[0] for w in weights[1:]] if weights[0] > 0 else None


def _cone_multipliers(target: Form, others: Sequence[Form]) -> list[Rational] | None:
    """Return the multipliers with which the target's normal combines from the others, where it does."""
    try:
        return solve_gram([row.a for row in others], [_dot(row, target) for row in others])
    except ZeroDivisionError:
        return None


def _dot(first: Form, second: Form) -> Rational:
    return flint.fmpq(sum((p * q for p, q in zip(first.a, second.a, strict=True)), flint.fmpz(0)))
