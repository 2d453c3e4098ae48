"""Is there a point of the domain inside some halfspaces: decided exactly, with a point or with a proof.

Floats propose: the largest margin by a linear program, in Euclidean balls the nearest point. A point counts after
it was evaluated in rationals, an emptiness after its multipliers were (mathematics, 3.1). What floats do not settle is
settled by exact pivots.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.engines.milp.forms import Halfspace
from exactregions.engines.milp.variables import domain_forms
from exactregions.exact.cells import Refutation, root_cell
from exactregions.exact.dyadic import as_float, power
from exactregions.exact.farkas import exact_multipliers, refutes
from exactregions.exact.floats import row_lengths
from exactregions.exact.numbers import ZERO, Number, Point, Rational, as_fractions, as_point, rational
from exactregions.exact.shapes import Shape
from exactregions.exact.shapes.columns import Columns
from exactregions.exact.shapes.rounded import center_floats
from exactregions.solvers.active_set import Nearest, nearest_point
from exactregions.solvers.contract import Unknown
from exactregions.solvers.highs import LinearProgram

Array = NDArray[np.float64]

TINY = 1e-11  # multipliers below it are rounding; without them the proof is shorter, and it is checked all the same
# How far inside all rows a nearest point is looked for, in units of the domain's size; without any depth it lies on
# rows, and only tells whether the closed cell is out of reach.
DEPTHS = (1e-6, 1e-10, 0.0)
INWARD = 1e-9  # part of the way to the centre by which a point leaves the walls of the domain


@dataclass(frozen=True, slots=True)
class Empty:
    """No point of the open domain lies in all the halfspaces.

    Attributes
    ----------
    support : tuple of int
        Those that the proof speaks of: they alone leave no point.
    """

    support: tuple[int, ...]


class CellOracle(ABC):
    """Decides questions about one domain, in coordinates in which it has unit size.

    Parameters
    ----------
    shape : Shape
        Bounded.

    Attributes
    ----------
    exactly : int
        How many questions floats have left to the rationals.

    Raises
    ------
    DomainError
        If a polytope has no interior point.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        # for proofs the inequalities of a polytope are rows like any other; they stand behind those asked about
        self._walls = [Halfspace.of(form) for form in domain_forms(shape)]
        self._root = root_cell(shape)
        self.exactly = 0

    @property
    def witness(self) -> Point:
        """A point strictly inside the domain."""
        return self._root.witness

    def decide(self, halfspaces: Sequence[Halfspace]) -> Point | Empty:
        """Return a point strictly inside all the halfspaces and the domain, or a proof that there is none."""
        if not halfspaces:
            return self.witness
        found = self._proposed(halfspaces)
        if found is None:
            self.exactly += 1
            found = self._exact(halfspaces)
        return found

    @abstractmethod
    def _proposed(self, halfspaces: Sequence[Halfspace]) -> Point | Empty | None:
        """Try to decide by floats; whatever is returned has been verified."""

    def _inside(self, point: Array, halfspaces: Sequence[Halfspace]) -> Point | None:
        """Return a float point exactly where it lies strictly inside."""
        if not np.isfinite(point).all():
            return None
        exact = as_point(point.tolist())
        if all(side.form.at(exact) > 0 for side in halfspaces) and self._shape.contains(as_fractions(exact)):
            return exact
        return None

    def _refuted(self, halfspaces: Sequence[Halfspace], multipliers: Sequence[Rational]) -> Empty | None:
        """Check multipliers of the exact forms, with the walls of a polytope behind the halfspaces."""
        forms = [side.form for side in (*halfspaces, *self._walls)]
        if not any(multipliers[: len(halfspaces)]) or not refutes(self._shape, forms, multipliers):
            return None
        return Empty(tuple(k for k, y in enumerate(multipliers[: len(halfspaces)]) if y))

    def _exact(self, halfspaces: Sequence[Halfspace]) -> Point | Empty:
        """Cut the domain by one halfspace after the other, in rationals."""
        cell, before = self._root, len(self._root.rows)
        for count, side in enumerate(halfspaces):
            found = cell.cut(side.form)
            if isinstance(found, Refutation):
                return Empty((*sorted(k - before for k in found.rows if k >= before), count))
            cell = found
        return cell.witness


class FlatCellOracle(CellOracle):
    """Domains with flat sides, by the linear program that maximises the margin."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self._columns = Columns.of(shape)
        self._center = center_floats(shape)
        lower, upper = (np.array([as_float(v) for v in ends]) for ends in self._columns.ends())
        self._program = LinearProgram(np.append(lower, -1.0), np.append(upper, 1.0))
        self._cost = np.append(np.zeros(len(lower)), -1.0)
        # of a cross-polytope the facets are one row of the program; the walls of a polytope are halfspaces
        rows = [[*map(as_float, slopes), as_float(constant)] for slopes, constant in self._columns.rows]
        self._facets = np.array(rows).reshape(len(rows), len(lower) + 1)

    def _proposed(self, halfspaces: Sequence[Halfspace]) -> Point | Empty | None:
        sides = [*halfspaces, *self._walls]
        floats = np.array([side.floats for side in sides])
        normals, offsets = self._columns.lift_floats(floats[:, :-1], floats[:, -1])
        normals = np.vstack([normals, self._facets[:, :-1]])
        matrix = np.hstack([normals, -np.ones((len(normals), 1))])
        self._program.load(matrix, np.append(offsets, self._facets[:, -1]))
        proposal = self._program.minimise(self._cost)
        if isinstance(proposal, Unknown):
            return None
        if proposal.value < 0:
            point = self._columns.float_point(proposal.point[:-1])
            found = self._inside(point + INWARD * (self._center - point), halfspaces)
            if found is not None:
                return found
        floats = (y if TINY < y < np.inf else 0.0 for y in proposal.multipliers[: len(sides)].tolist())
        multipliers = [rational(y) * power(-side.exponent) for y, side in zip(floats, sides, strict=True)]
        return self._refuted(halfspaces, multipliers) or self._by_basis(halfspaces, sides)

    def _by_basis(self, halfspaces: Sequence[Halfspace], sides: Sequence[Halfspace]) -> Empty | None:
        """Solve for the multipliers of the last basis in rationals (mathematics, 3.4, first rung)."""
        columns, tight = self._program.basis()
        n = len(self._cost) - 1
        if n not in columns or len(columns) != len(tight):
            return None
        lifted = [self._lifted(sides, row) for row in tight]
        entries = [row[j] for j in columns for row in lifted]
        count = len(tight)
        try:
            target = flint.fmpq_mat(count, 1, [flint.fmpq(int(j == n)) for j in columns])
            solution = flint.fmpq_mat(count, count, entries).solve(target)
        except ZeroDivisionError:
            return None
        multipliers = [ZERO] * len(sides)
        for k, row in enumerate(tight):
            if row < len(sides):
                multipliers[row] = solution[k, 0]
        return self._refuted(halfspaces, multipliers)

    def _lifted(self, sides: Sequence[Halfspace], row: int) -> list[Number]:
        """Return the exact coefficients of a row of the program; the last one is what it takes off the margin."""
        if row >= len(sides):
            return [*self._columns.rows[row - len(sides)][0], flint.fmpq(1)]
        side = sides[row]
        return [*self._columns.lift(side.form.a, side.form.b)[0], power(side.exponent)]


class BallCellOracle(CellOracle):
    """Euclidean balls, by the point nearest to the centre (mathematics, 3.3)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self._center, self._radius = center_floats(shape), float(shape.radius or 0)

    def _proposed(self, halfspaces: Sequence[Halfspace]) -> Point | Empty | None:
        floats = np.array([side.floats for side in halfspaces])
        lengths = row_lengths(floats[:, :-1])
        lengths = np.where(lengths > 0, lengths, 1.0)  # a normal may underflow beside a huge offset
        units = floats[:, :-1] / lengths[:, None]
        with np.errstate(over="ignore"):
            gram, offsets = units @ units.T, (floats[:, :-1] @ self._center + floats[:, -1]) / lengths
        if not np.isfinite(offsets).all():
            return None
        for depth in DEPTHS:
            nearest = nearest_point(gram, offsets - depth, self._radius)
            if isinstance(nearest, Unknown) or not np.isfinite(nearest.multipliers).all():
                return None
            point = self._center + nearest.multipliers @ units
            found = self._inside(point, halfspaces) if nearest.reached else None
            if found is None and not nearest.reached:
                found = self._out_of_reach(halfspaces, nearest, lengths)
            if found is not None:
                return found
        return None

    def _out_of_reach(self, halfspaces: Sequence[Halfspace], nearest: Nearest, lengths: Array) -> Empty | None:
        """Check the multipliers as floats, then solved for on their support in rationals."""
        with np.errstate(over="ignore"):
            weights = nearest.multipliers / lengths
        if np.isfinite(weights).all():
            pairs = zip(weights.tolist(), halfspaces, strict=True)
            found = self._refuted(halfspaces, [rational(y) * power(-side.exponent) for y, side in pairs])
            if found is not None:
                return found
        support = np.flatnonzero(nearest.multipliers).tolist()
        solved = exact_multipliers(self._shape, [halfspaces[k].form for k in support], ())
        if solved is None:
            return None
        multipliers = [ZERO] * len(halfspaces)
        for k, y in zip(support, solved, strict=True):
            multipliers[k] = y
        return self._refuted(halfspaces, multipliers)


def cell_oracle_of(shape: Shape) -> CellOracle:
    """Return the oracle of a bounded domain.

    Raises
    ------
    DomainError
        If a polytope has no interior point.
    """
    return FlatCellOracle(shape) if shape.is_flat else BallCellOracle(shape)
