"""The process in which PuLP solves: it can be killed, whatever the solver in it is doing.

It reads pickled commands from its standard input and writes pickled replies to its standard output; only its
parent, `exactregions.solvers.pulp_milp`, speaks to it.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

import pulp

# status, status of the solution, values by name; or the text of an error
Reply = tuple[int, int, dict[str, float]] | str


class SolverProcess:
    """One problem and the solver for it.

    Parameters
    ----------
    problem : mapping
        What `pulp.LpProblem.toDict` gives.
    solver : str
        Name of a solver of PuLP.
    options : mapping of str to value
        Arguments of its class.
    """

    def __init__(self, problem: Mapping[str, Any], solver: str, options: Mapping[str, Any]) -> None:
        self._variables, self._problem = pulp.LpProblem.fromDict(dict(problem))
        self._solver, self._options = solver, dict(options)

    def add(self, coefficients: Mapping[str, float], least: float) -> None:
        """Add an inequality to the problem."""
        terms = [(self._variables[name], value) for name, value in coefficients.items()]
        self._problem += pulp.LpAffineExpression(terms) >= least

    def limit(self, variable: str, most: float) -> None:
        """Change the upper bound of a variable."""
        self._variables[variable].upBound = most

    def solve(self, seconds: float | None) -> Reply:
        """Solve, and return the statuses and the values of the variables that have one."""
        limits = [s for s in (seconds, self._options.get("timeLimit")) if s is not None]
        options = self._options | ({"timeLimit": min(limits)} if limits else {})
        try:
            self._problem.solve(pulp.getSolver(self._solver, **options))
        except Exception as error:  # noqa: BLE001 - behind PuLP stand solvers that raise whatever they like
            return f"{type(error).__name__}: {error}"
        values = {name: variable.varValue for name, variable in self._variables.items()}
        known = {name: float(value) for name, value in values.items() if value is not None}
        return int(self._problem.status), int(self._problem.sol_status), known


def main() -> None:
    """Serve until the input ends."""
    replies = _private_output()
    commands = sys.stdin.buffer
    worker = SolverProcess(*pickle.load(commands))
    while True:
        try:
            name, arguments = pickle.load(commands)
        except EOFError:
            return
        result = getattr(worker, name)(*arguments)
        if result is not None:
            pickle.dump(result, replies)
            replies.flush()


def _private_output() -> BinaryIO:
    """Return the standard output for replies alone; whatever a solver prints goes to the standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


if __name__ == "__main__":
    main()
