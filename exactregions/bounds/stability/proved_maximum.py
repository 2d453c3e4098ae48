"""Upper bounds of linear functions over polyhedra and over their points with some 0/1 coordinates, all proved.

A solver proposes multipliers; what is returned is the bound that they prove, evaluated with its rounding on top. Let
u lie between finite ends l and h, and r_i between p_i and q_i in each row r = A u. For *any* multipliers y

    c.u = (c - A^T y).u + y.r <= sum_j max((c - A^T y)_j l_j, (c - A^T y)_j h_j) + sum_i max(y_i p_i, y_i q_i),

with y_i set to zero where the end it asks for is infinite (Neumaier, Shcherbina 2004). So no status and no tolerance of
a solver is believed: a bad answer costs tightness alone. With c = 0 a negative value proves that there is no point.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.rounding_errors import TINY, slack
from exactregions.solvers.highs import as_program, simplex_solver

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Polyhedron:
    """{u : lower <= u <= upper, row_lower <= A u <= row_upper}; the ends of u are finite."""

    lower: Array
    upper: Array
    matrix: Array
    row_lower: Array
    row_upper: Array

    def proved(self, cost: Array, multipliers: Array, lower: Array, upper: Array) -> float:
        """Return the bound of cost.u that the multipliers prove over points between the given ends."""
        y = np.where(np.isfinite(multipliers), multipliers, 0.0)
        y = np.where(np.isinf(self.row_upper), np.minimum(y, 0.0), y)
        y = np.where(np.isinf(self.row_lower), np.maximum(y, 0.0), y)
        operations = len(y) + len(cost) + 2
        with np.errstate(all="ignore"):
            left = cost - y @ self.matrix
            error = (np.abs(cost) + np.abs(y) @ np.abs(self.matrix)) * slack(operations) + TINY * operations
            columns = np.maximum(left * lower, left * upper)
            rows = np.where(y > 0, y * np.where(y > 0, self.row_upper, 0.0), y * np.where(y < 0, self.row_lower, 0.0))
            size = np.maximum(np.abs(lower), np.abs(upper))
            total = columns.sum() + rows.sum() + (error @ size) * (1.0 + slack(operations))
            rounding = (np.abs(columns).sum() + np.abs(rows).sum()) * slack(2 * operations) + TINY * operations
            bound = float((total + rounding) + (abs(total) + rounding) * slack(2))
        return bound if bound == bound else math.inf


@dataclass(frozen=True, slots=True)
class Relaxed:
    """An upper bound, proved, and the point at which the solver believes the maximum; -inf where there is no point."""

    bound: float
    point: Array | None


class ProvedProgram:
    """Linear programs over one polyhedron, and branch and bound over its 0/1 columns.

    Parameters
    ----------
    polyhedron : Polyhedron
    """

    def __init__(self, polyhedron: Polyhedron) -> None:
        self.polyhedron = polyhedron
        self._columns = np.arange(len(polyhedron.lower), dtype=np.int32)
        self._highs = _loaded(polyhedron)

    def relaxed(self, cost: Array, lower: Array | None = None, upper: Array | None = None) -> Relaxed:
        """Bound the maximum of cost.u, each column between its own ends or those given.

        Parameters
        ----------
        cost : numpy.ndarray, shape (n,)
        lower, upper : numpy.ndarray, shape (n,), optional
            Within those of the polyhedron.
        """
        lower = self.polyhedron.lower if lower is None else lower
        upper = self.polyhedron.upper if upper is None else upper
        trivial = self.polyhedron.proved(cost, np.zeros(len(self.polyhedron.row_lower)), lower, upper)
        if self._highs is None:
            return Relaxed(trivial, None)
        self._highs.changeColsCost(len(cost), self._columns, -cost)
        self._highs.changeColsBounds(len(cost), self._columns, lower, upper)
        self._highs.run()
        if self._without_point(cost, lower, upper):
            return Relaxed(-math.inf, None)
        solution = self._highs.getSolution()
        if not solution.dual_valid:
            return Relaxed(trivial, None)
        bound = self.polyhedron.proved(cost, -np.array(solution.row_dual), lower, upper)
        return Relaxed(min(bound, trivial), np.array(solution.col_value) if solution.value_valid else None)

    def _without_point(self, cost: Array, lower: Array, upper: Array) -> bool:
        assert self._highs is not None
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
            return False
        _, exists, ray = self._highs.getDualRay()  # type: ignore[attr-defined]
        if not exists:
            return False
        none = np.zeros(len(cost))
        return any(self.polyhedron.proved(none, y, lower, upper) < 0 for y in (np.array(ray), -np.array(ray)))

    def maximum(
        self,
        cost: Array,
        lower: Array,
        upper: Array,
        switches: Sequence[int],
        nodes: int,
        attained: Callable[[Array], float],
    ) -> float:
        """Bound the maximum of cost.u, an integer at each point whose switches are 0 or 1, by branch and bound.

        Parameters
        ----------
        cost : numpy.ndarray, shape (n,)
        lower, upper : numpy.ndarray, shape (n,)
            Ends of the columns, within those of the polyhedron.
        switches : sequence of int
            Columns that are 0 or 1.
        nodes : int
            Splits after which the best bound so far is returned.
        attained : callable
            Gives a value that is attained near the point that a program ended at, as far as floats know. The search
            ends when it meets the bound: there is nothing more to prove.

        Returns
        -------
        float
            The largest bound of an open node: proved, however early the search ended. -inf where there is no point.
        """
        count = itertools.count()
        best, columns = -math.inf, np.array(switches, dtype=np.int64)
        root = self.relaxed(cost, lower, upper)
        waiting = [(-_floor(root.bound), next(count), root.point, lower, upper)]
        for _ in range(nodes):
            bound, _, point, lower, upper = waiting[0]
            if point is None:
                break
            best = max(best, attained(point))
            split = _most_fractional(point, columns, lower, upper)
            if best >= -bound or split is None:
                break
            heapq.heappop(waiting)
            for side in (0.0, 1.0):
                ends = lower.copy(), upper.copy()
                ends[0][split] = ends[1][split] = side
                child = self.relaxed(cost, *ends)
                heapq.heappush(waiting, (-min(_floor(child.bound), -bound), next(count), child.point, *ends))
        return -waiting[0][0]


def _floor(bound: float) -> float:
    return float(math.floor(bound)) if math.isfinite(bound) else bound


def _most_fractional(point: Array, columns: NDArray[np.int64], lower: Array, upper: Array) -> int | None:
    """Return the open switch nearest to a half, or None where all are set."""
    columns = columns[lower[columns] < upper[columns]]
    if not len(columns):
        return None
    return int(columns[np.argmin(np.abs(point[columns] - 0.5))])


def _loaded(polyhedron: Polyhedron) -> highspy.Highs | None:
    """Return a solver with the polyhedron, or None where it does not take the numbers."""
    p, highs = polyhedron, simplex_solver()
    program = as_program(p.lower, p.upper, p.matrix, p.row_lower, p.row_upper)
    return None if highs.passModel(program) == highspy.HighsStatus.kError else highs
