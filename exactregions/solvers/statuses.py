"""What each status of HiGHS, PuLP and cvxpy means here: what the solver claims to have proved, or nothing and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from exactregions.solvers.contract import Proven, Unknown

# by the names of the members of highspy.HighsModelStatus
HIGHS: Mapping[str, Proven | Unknown] = MappingProxyType(
    {
        "kOptimal": Proven.OPTIMAL,
        "kInfeasible": Proven.INFEASIBLE,
        "kUnbounded": Proven.UNBOUNDED,
        "kUnboundedOrInfeasible": Unknown("HiGHS cannot tell whether the model is infeasible or unbounded"),
        "kNotset": Unknown("HiGHS was not run"),
        "kModelEmpty": Unknown("HiGHS was given an empty model"),
        "kLoadError": Unknown("HiGHS could not load the model"),
        "kModelError": Unknown("HiGHS finds an error in the model"),
        "kPresolveError": Unknown("HiGHS failed in its presolve"),
        "kSolveError": Unknown("HiGHS failed while it solved: numerical trouble"),
        "kPostsolveError": Unknown("HiGHS failed in its postsolve"),
        "kObjectiveBound": Unknown("HiGHS stopped at an objective bound"),
        "kObjectiveTarget": Unknown("HiGHS stopped at an objective target"),
        "kTimeLimit": Unknown("HiGHS stopped at its time limit"),
        "kIterationLimit": Unknown("HiGHS stopped at its iteration limit"),
        "kSolutionLimit": Unknown("HiGHS stopped at a limit on solutions or nodes"),
        "kMemoryLimit": Unknown("HiGHS stopped at its memory limit"),
        "kInterrupt": Unknown("HiGHS was interrupted"),
        "kHighsInterrupt": Unknown("HiGHS interrupted itself"),
        "kUnknown": Unknown("HiGHS ended without knowing what it has: numerical trouble"),
    }
)

# by the numbers of pulp.LpStatus: what PuLP says of the problem
PULP: Mapping[int, Proven | Unknown] = MappingProxyType(
    {
        1: Proven.OPTIMAL,
        -1: Proven.INFEASIBLE,
        -2: Proven.UNBOUNDED,
        0: Unknown("the solver behind PuLP stopped without an answer: not solved, or a limit was reached"),
        -3: Unknown("the solver behind PuLP failed, or its answer is undefined"),
    }
)

NO_SOLUTION = 0

# by the numbers of pulp.LpSolution: what PuLP says of the point it returns
PULP_SOLUTIONS: Mapping[int, Proven | Unknown] = MappingProxyType(
    {
        1: Proven.OPTIMAL,
        -1: Proven.INFEASIBLE,
        -2: Proven.UNBOUNDED,
        NO_SOLUTION: Unknown("the solver behind PuLP found no solution before it stopped"),
        2: Unknown("the solver behind PuLP stopped at a limit with a solution that may not be the best"),
    }
)


def _inaccurate(what: str) -> Unknown:
    return Unknown(f"the solver calls the problem {what}, but missed the accuracy it was asked for")


# by the names in cvxpy.settings
CVXPY: Mapping[str, Proven | Unknown] = MappingProxyType(
    {
        "optimal": Proven.OPTIMAL,
        "infeasible": Proven.INFEASIBLE,
        "unbounded": Proven.UNBOUNDED,
        "optimal_inaccurate": _inaccurate("solved"),
        "infeasible_inaccurate": _inaccurate("infeasible"),
        "unbounded_inaccurate": _inaccurate("unbounded"),
        "infeasible_or_unbounded": Unknown("the solver cannot tell whether the problem is infeasible or unbounded"),
        "user_limit": Unknown("the solver stopped at a limit; give a longer time_limit"),
        "solver_error": Unknown("the solver failed: numerical trouble, or no progress"),
        "UNKNOWN": Unknown("the solver ended with a status that cvxpy does not know"),
    }
)


def highs_status(name: str) -> Proven | Unknown:
    """Return what a member of `highspy.HighsModelStatus` means, given its name; one that is not listed means nothing.

    Examples
    --------
    >>> highs_status("kInfeasible")
    <Proven.INFEASIBLE: 'infeasible'>
    >>> highs_status("kTimeLimit")
    Unknown(reason='HiGHS stopped at its time limit')
    """
    return HIGHS.get(name) or Unknown(f"HiGHS ended with {name}, a status that this package does not know")


def pulp_status(status: int, solution: int) -> Proven | Unknown:
    """Return what PuLP's two numbers mean together: a claim only where neither speaks against it.

    PuLP calls a problem "optimal" as soon as there is a point; only the status of the solution tells whether the
    search for a better one was cut short. Where there is no point, "no solution found" fits either claim.

    Parameters
    ----------
    status : int
        Of `pulp.LpStatus`.
    solution : int
        Of `pulp.LpSolution`.

    Examples
    --------
    >>> pulp_status(1, 1)
    <Proven.OPTIMAL: 'optimal'>
    >>> pulp_status(-1, 0)
    <Proven.INFEASIBLE: 'infeasible'>
    >>> pulp_status(1, 2).reason
    'the solver behind PuLP stopped at a limit with a solution that may not be the best'
    """
    of_problem = PULP.get(status) or Unknown(f"PuLP gives the problem the unknown status {status}")
    of_solution = PULP_SOLUTIONS.get(solution) or Unknown(f"PuLP gives the solution the unknown status {solution}")
    if isinstance(of_problem, Unknown) or of_problem == of_solution:
        return of_problem
    if of_problem is not Proven.OPTIMAL and solution == NO_SOLUTION:
        return of_problem
    if isinstance(of_solution, Unknown):
        return of_solution
    said = f"the problem {of_problem.value}, the solution {of_solution.value}"
    return Unknown(f"PuLP contradicts itself: it calls {said}")


def cvxpy_status(status: str | None) -> Proven | Unknown:
    """Return what a status of cvxpy (`cvxpy.settings`) means; one that is not listed means nothing.

    Examples
    --------
    >>> cvxpy_status("optimal").value
    'optimal'
    >>> cvxpy_status("user_limit")
    Unknown(reason='the solver stopped at a limit; give a longer time_limit')
    """
    known = CVXPY.get(status) if status is not None else None
    return known or Unknown(f"cvxpy answered {status!r}, which is no status that this package knows")
