"""Linear programs through HiGHS, kept warm: between two questions only the cost and a bound or two change."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from exactregions.solvers.contract import Proposal, Unknown
from exactregions.solvers.silent import SilentHighs

Array = NDArray[np.float64]

OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "solver": "simplex",
    # a presolve would throw away the basis of the question before
    "presolve": "off",
    # the default 1e-7 reads cells that are thinner as empty; 1e-10 is the least that HiGHS takes
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
    # the default drops matrix entries below 1e-9, which changes the question; 1e-12 is the least it takes
    "small_matrix_value": 1e-12,
}


def simplex_solver() -> SilentHighs:
    """Return a solver with the options above."""
    highs = SilentHighs()
    for name, value in OPTIONS.items():
        highs.setOptionValue(name, value)
    return highs


def as_program(lower: Array, upper: Array, matrix: Array, row_lower: Array, row_upper: Array) -> highspy.HighsLp:
    """Return { u : lower <= u <= upper, row_lower <= A u <= row_upper } for HiGHS, with no cost yet."""
    m, n = matrix.shape
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = n, m
    program.col_cost_ = np.zeros(n)
    program.col_lower_, program.col_upper_ = lower, upper
    program.row_lower_, program.row_upper_ = row_lower, row_upper
    row, column = np.nonzero(matrix)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.searchsorted(row, np.arange(m + 1)).astype(np.int32)
    program.a_matrix_.index_ = column.astype(np.int32)
    program.a_matrix_.value_ = matrix[row, column]
    return program


class LinearProgram:
    """Minimise cost.u over { u : A u + b >= 0, lower <= u <= upper }.

    Parameters
    ----------
    lower, upper : numpy.ndarray, shape (n,)
        Infinite where there is no bound.
    """

    def __init__(self, lower: Array, upper: Array) -> None:
        self._lower, self._upper = lower, upper
        self._columns = np.arange(len(lower), dtype=np.int32)
        self._offsets = np.zeros(0)
        self._highs = simplex_solver()

    def load(self, matrix: Array, offsets: Array) -> None:
        """Take new inequalities.

        Parameters
        ----------
        matrix : numpy.ndarray, shape (m, n)
        offsets : numpy.ndarray, shape (m,)
        """
        self._offsets = offsets
        beyond = np.full(len(offsets), highspy.kHighsInf)
        self._highs.passModel(as_program(self._lower, self._upper, matrix, -offsets, beyond))

    def demand(self, row: int, least: float) -> None:
        """Ask for A[row].u + b[row] >= least; `load` asks for zero, -inf drops the inequality."""
        self._highs.changeRowBounds(row, least - self._offsets[row], highspy.kHighsInf)

    def minimise(self, cost: Array) -> Proposal | Unknown:
        """Minimise from the basis of the question before."""
        self._highs.changeColsCost(len(cost), self._columns, cost)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            return Unknown(self._highs.modelStatusToString(status))
        solution = self._highs.getSolution()
        point, multipliers = np.array(solution.col_value), np.array(solution.row_dual)
        return Proposal(self._highs.getObjectiveValue(), point, multipliers)

    def basis(self) -> tuple[list[int], list[int]]:
        """Return the basic columns and the tight inequalities of the last optimum: equally many."""
        basis, basic = self._highs.getBasis(), highspy.HighsBasisStatus.kBasic
        columns = [j for j, status in enumerate(basis.col_status) if status == basic]
        return columns, [i for i, status in enumerate(basis.row_status) if status != basic]
