"""One cvxpy problem solved once: solver named or chosen, time limited, Ctrl-C answered, the solution checked again."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from exactregions.errors import EngineError
from exactregions.solvers.contract import Proven, Unknown
from exactregions.solvers.statuses import cvxpy_status
from exactregions.support.shortening import short
from exactregions.support.stopping import fulfil

if TYPE_CHECKING:
    import cvxpy as cp

T = TypeVar("T")

CLARABEL, HIGHS = "CLARABEL", "HIGHS"
PACKAGES = {CLARABEL: "clarabel", HIGHS: "highspy"}
POLL = 0.1  # seconds; a wait without end cannot be interrupted on every system

# Solvers are asked for residuals of 1e-8 or 1e-9 of the size of the data, which they reach on problems of unit size;
# an interior-point method often stalls before 1e-9. An optimum can be off by more than a residual, so what is closer
# than this, in the same units, counts as equal.
ACCURACY = 1e-7
OPTIONS: dict[str, dict[str, Any]] = {
    CLARABEL: {"tol_gap_abs": 1e-8, "tol_gap_rel": 1e-8, "tol_feas": 1e-8},
    HIGHS: {
        "threads": 1,
        "parallel": "off",
        # a presolve may end with "infeasible or unbounded" and leave open which
        "presolve": "off",
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
        # the default drops matrix entries below 1e-9, which changes the question; 1e-12 is the least it takes
        "small_matrix_value": 1e-12,
    },
}


def import_cvxpy() -> ModuleType:
    """Import cvxpy.

    Raises
    ------
    EngineError
        If it is not installed; with the command that installs it.
    """
    try:
        import cvxpy
    except ImportError as error:
        raise EngineError(f"cvxpy cannot be imported ({error}); install it with: pip install cvxpy clarabel") from None
    return cvxpy


def checked_solver(name: str | None) -> str | None:
    """Return the name of a solver in capitals; None leaves the choice to each problem.

    Raises
    ------
    EngineError
        If the name is unknown, or the solver is not installed; with the command that installs it.
    """
    if name is None:
        return None
    if str(name).upper() not in PACKAGES:
        raise EngineError(f"solver is {short(name)}; give 'CLARABEL', 'HIGHS', or None to choose by the problem")
    return installed(str(name).upper())


def installed(solver: str) -> str:
    """Return the solver's name.

    Raises
    ------
    EngineError
        If cvxpy cannot find it; with the command that installs it.
    """
    if solver not in import_cvxpy().installed_solvers():
        raise EngineError(f"solver {solver} is not installed; install it with: pip install {PACKAGES[solver]}")
    return solver


def checked_time_limit(seconds: float) -> float:
    """Return the time limit of one solve.

    Raises
    ------
    EngineError
        If it is not positive and finite.
    """
    if not (0 < seconds < math.inf):
        raise EngineError(f"time_limit is {seconds}; give positive, finite seconds for each problem")
    return float(seconds)


def solve(problem: cp.Problem, solver: str, seconds: float) -> Proven | Unknown:
    """Solve a problem; where the answer is OPTIMAL, its variables hold the solution.

    The solution is not taken at its word: its constraints and objective are evaluated again, and where they miss
    what the solver claims by more than `ACCURACY`, the answer is Unknown.

    Parameters
    ----------
    problem : cvxpy.Problem
        Linear for HiGHS. Sizes near 1, for the accuracy is absolute up to there.
    solver : {"CLARABEL", "HIGHS"}
    seconds : float
        Time limit. Ctrl-C raises KeyboardInterrupt at once; the solver's thread ends by itself, at the limit at
        the latest, and the interpreter does not exit before it.

    Raises
    ------
    EngineError
        If the solver is not installed; with the command that installs it.
    """
    cvxpy = import_cvxpy()
    options = {**OPTIONS[solver], "time_limit": seconds}
    try:
        data, given, inverse = problem.get_problem_data(solver, solver_opts=options)
        chain: Any = given
        raw = interruptible(lambda: chain.solve_via_data(problem, data, solver_opts=options))
        solution = chain.invert(raw, inverse)
    except cvxpy.error.SolverError as error:
        return Unknown(f"{installed(solver)} failed: {error}")
    meaning = cvxpy_status(solution.status)
    if meaning is not Proven.OPTIMAL:
        return meaning
    problem.unpack(solution)
    return _checked(problem, float(solution.opt_val), solver)


def interruptible(work: Callable[[], T]) -> T:
    """Run in a thread and wait: the solvers release the interpreter, but look for no Ctrl-C while they run."""
    future: Future[T] = Future()
    # no daemon: the interpreter must not end while the thread is inside a solver
    threading.Thread(target=fulfil, args=(future, work)).start()
    # not `join`: interrupted, it takes the thread for ended (Python 3.11), and the interpreter would not wait for it
    while not future.done():
        wait([future], timeout=POLL)
    return future.result()


def _checked(problem: cp.Problem, claimed: float, solver: str) -> Proven | Unknown:
    found: Any = problem.objective.value
    points: list[Any] = [variable.value for variable in problem.variables()]
    if found is None or any(point is None for point in points):
        return Unknown(f"{solver} returned no point")
    gap = abs(float(found) - claimed)
    broken: list[Any] = [constraint.violation() for constraint in problem.constraints]
    worst = max((float(np.max(violation, initial=0.0)) for violation in broken), default=0.0)
    size = max(1.0, *(float(np.abs(point).max()) for point in points))
    # written so that NaN fails
    if not (gap <= ACCURACY * max(1.0, abs(claimed)) and worst <= ACCURACY * size):
        return Unknown(f"{solver}'s point misses its own claims: constraints by {worst:.2g}, objective by {gap:.2g}")
    return Proven.OPTIMAL
