"""Mixed-integer programs through HiGHS itself: one model that stays loaded and takes rows between two solves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import highspy
import numpy as np

from exactregions.solvers.contract import GAP, Answer, Row
from exactregions.solvers.silent import SilentHighs
from exactregions.solvers.statuses import highs_status

OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "mip_rel_gap": GAP,
    # the defaults near 1e-6 are of the size of the thinnest cells that are asked for
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    # the default drops matrix entries below 1e-9, which changes the question; 1e-12 is the least it takes
    "small_matrix_value": 1e-12,
    # solves of sub-problems, which took three quarters of the time and found little
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
    # cuts of the solver's own, of which big-M rows and exclusions give thousands and few that bind
    "mip_allow_cut_separation_at_nodes": False,
    "presolve": "off",
}


class HighsProgram:
    """A program as PuLP writes it down, loaded into HiGHS once.

    Parameters
    ----------
    problem : mapping
        What `pulp.LpProblem.toDict` gives.
    options : mapping of str to value
        Options of HiGHS, beyond or instead of the standing ones.

    Raises
    ------
    ValueError
        If HiGHS does not take an option.
    """

    def __init__(self, problem: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self._highs = SilentHighs()
        for name, value in {**OPTIONS, **options}.items():
            if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
                raise ValueError(f"HiGHS does not take the option {name!r} = {value!r}; see its list of options")
        self._names = [variable["name"] for variable in problem["variables"]]
        self._columns = {name: j for j, name in enumerate(self._names)}
        self._lower = _bounds((v["lowBound"] for v in problem["variables"]), -highspy.kHighsInf)
        self._highs.passModel(self._loaded(problem))
        self._highs.HandleUserInterrupt = True
        # HiGHS lets go of the interpreter while it runs, so the main thread stays free for Ctrl-C
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="highs")
        self._running: Future[Any] | None = None

    def _loaded(self, problem: Mapping[str, Any]) -> Any:
        program = highspy.HighsLp()
        variables, constraints = problem["variables"], problem["constraints"]
        program.num_col_, program.num_row_ = len(variables), len(constraints)
        sign = -1.0 if problem["parameters"]["sense"] < 0 else 1.0  # PuLP: -1 maximises
        program.col_cost_ = sign * self._dense(problem["objective"]["coefficients"])
        program.col_lower_ = self._lower
        program.col_upper_ = _bounds((v["upBound"] for v in variables), highspy.kHighsInf)
        kinds = highspy.HighsVarType
        program.integrality_ = [kinds.kContinuous if v["cat"] == "Continuous" else kinds.kInteger for v in variables]
        limits = np.array([-c["constant"] for c in constraints], dtype=np.float64)
        senses = np.array([c["sense"] for c in constraints], dtype=np.int64)  # PuLP: -1, 0, 1 for <=, =, >=
        program.row_lower_ = np.where(senses >= 0, limits, -highspy.kHighsInf)
        program.row_upper_ = np.where(senses <= 0, limits, highspy.kHighsInf)
        self._fill(program.a_matrix_, [c["coefficients"] for c in constraints])
        return program

    def _fill(self, matrix: Any, rows: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *map(len, rows)]).astype(np.int32)
        matrix.index_ = np.array([self._columns[term["name"]] for row in rows for term in row], dtype=np.int32)
        matrix.value_ = np.array([term["value"] for row in rows for term in row], dtype=np.float64)

    def _dense(self, terms: Sequence[Mapping[str, Any]]) -> np.ndarray:
        dense = np.zeros(len(self._names))
        for term in terms:
            dense[self._columns[term["name"]]] = term["value"]
        return dense

    def add(self, row: Row) -> None:
        """Take one more inequality; the model before it stays as it is."""
        columns = np.array([self._columns[name] for name in row.coefficients], dtype=np.int32)
        values = np.array(list(row.coefficients.values()), dtype=np.float64)
        self._highs.addRow(row.least, highspy.kHighsInf, len(columns), columns, values)

    def limit(self, variable: str, most: float) -> None:
        """Change the upper bound of a variable."""
        column = self._columns[variable]
        self._highs.changeColBounds(column, self._lower[column], most)

    def start(self, seconds: float | None) -> None:
        """Begin to solve in a thread; whoever waits counts the seconds and calls `close`."""
        self._running = self._thread.submit(self._highs.run)

    def finished(self, patience: float) -> bool:
        """Wait up to `patience` seconds for the end of the solve."""
        assert self._running is not None, "nothing was started"
        return bool(wait([self._running], patience).done)

    def answer(self) -> Answer:
        """Return the incumbent and what HiGHS claims about it."""
        assert self._running is not None, "nothing was started"
        self._running.result()
        status = highs_status(self._highs.getModelStatus().name)
        if self._highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return Answer(status, None)
        return Answer(status, dict(zip(self._names, self._highs.getSolution().col_value, strict=True)))

    def close(self) -> None:
        """Cancel a solve that still runs and wait for it to notice, which takes a moment."""
        self._highs.cancelSolve()
        self._thread.shutdown(wait=True, cancel_futures=True)


def _bounds(values: Iterable[float | None], absent: float) -> np.ndarray:
    return np.array([absent if value is None else value for value in values], dtype=np.float64)
