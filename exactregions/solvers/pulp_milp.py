"""Mixed-integer programs through any solver that PuLP knows, in a process of their own."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pulp

from exactregions.solvers.contract import GAP, Answer, Row, Unknown
from exactregions.solvers.pulp_worker import Reply
from exactregions.solvers.statuses import pulp_status

GRACE = 1.0  # seconds: the solver's own limit lies behind the one that whoever waits keeps
SPOKEN = 300  # characters of the last words of a process that died

INSTALL = {
    "HiGHS": "pip install highspy",
    "HiGHS_CMD": "pip install highspy, and choose 'HiGHS'",
    "PULP_CBC_CMD": "pip install 'PuLP[cbc]'",
    "COIN_CMD": "pip install 'PuLP[cbc]', or your system's package coinor-cbc",
    "CyLP": "pip install cylp",
    "GLPK_CMD": "your system's package glpk-utils",
    "PYGLPK": "pip install glpk",
    "GUROBI": "pip install gurobipy",
    "CPLEX_PY": "pip install cplex",
    "MOSEK": "pip install Mosek",
    "XPRESS": "pip install xpress",
    "XPRESS_PY": "pip install xpress",
    "SCIP_PY": "pip install pyscipopt",
    "SCIP_CMD": "your system's package scip, or pip install pyscipopt and choose 'SCIP_PY'",
    "COPT": "pip install coptpy",
    "CUOPT": "pip install cuopt-cu12",
}


def unusable_solver(name: str, options: Mapping[str, Any]) -> str | None:
    """Return None where PuLP can use the solver with these options, else what is wrong and what to do about it."""
    known = sorted(set(pulp.listSolvers()))
    if name not in known:
        return f"PuLP knows no solver {name!r}; it knows {', '.join(known)}"
    try:
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of names that PuLP 4 drops
            solver = pulp.getSolver(name, **_arguments(name, options))
    except TypeError as error:
        return f"PuLP's solver {name!r} does not take the options {dict(options)}: {error}"
    if solver.available():
        return None
    remedy = INSTALL.get(name, "its own installer, see 'How to configure a solver in PuLP' in the manual of PuLP")
    return f"PuLP's solver {name!r} is not installed; install it with: {remedy}"


def _arguments(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a solver's class: quiet, on one thread, and content with what is good enough."""
    standing: dict[str, Any] = {}
    if name == "HiGHS":
        from exactregions.solvers.highs_milp import OPTIONS

        standing = {key: value for key, value in OPTIONS.items() if key != "output_flag"}
    elif name in ("PULP_CBC_CMD", "COIN_CMD"):
        # where exclusions are most of the rows, what CBC does before it branches costs more than it saves
        standing = {"gapRel": GAP, "cuts": False, "options": ["preprocess off"]}
    return {"msg": False, **standing, **options}


class PulpProgram:
    """A program in the hands of a process that solves it through PuLP.

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
        # solvers leave files behind when they are killed
        self._folder = tempfile.TemporaryDirectory(prefix="exactregions-", ignore_cleanup_errors=True)
        self._errors = Path(self._folder.name, "errors.txt")
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "exactregions.solvers.pulp_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(self._folder.name),
                # a group of its own: Ctrl-C is for the parent, and a kill reaches the solver's own processes
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pulp")
        self._running: Future[Reply] | None = None
        self._send(problem, solver, _arguments(solver, options))

    def _send(self, *message: Any) -> None:
        """Send what the process should do; one that has died is found out when its reply is read."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def add(self, row: Row) -> None:
        """Take one more inequality."""
        self._send("add", (dict(row.coefficients), row.least))

    def limit(self, variable: str, most: float) -> None:
        """Change the upper bound of a variable."""
        self._send("limit", (variable, most))

    def start(self, seconds: float | None) -> None:
        """Begin to solve."""
        self._send("solve", (None if seconds is None else seconds + GRACE,))
        self._running = self._thread.submit(self._reply)

    def _reply(self) -> Reply:
        assert self._process.stdout is not None
        return pickle.load(self._process.stdout)

    def finished(self, patience: float) -> bool:
        """Wait up to `patience` seconds for the reply."""
        assert self._running is not None, "nothing was started"
        return bool(wait([self._running], patience).done)

    def answer(self) -> Answer:
        """Return the point found and what PuLP claims about it."""
        assert self._running is not None, "nothing was started"
        try:
            reply = self._running.result()
        except (EOFError, pickle.UnpicklingError):
            return Answer(Unknown(f"the process of the solver ended: {self._last_words()}"), None)
        if isinstance(reply, str):
            return Answer(Unknown(f"the solver behind PuLP failed: {reply}"), None)
        status, solution, values = reply
        usable = solution in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
        return Answer(pulp_status(status, solution), values if usable else None)

    def _last_words(self) -> str:
        code = self._process.wait()
        said = self._errors.read_text(errors="replace").strip()[-SPOKEN:]
        return f"{said or 'without a word'} (exit code {code})"

    def close(self) -> None:
        """Kill the process and all that it has started."""
        if self._process.poll() is None:
            _kill(self._process)
        self._process.wait()
        self._thread.shutdown(wait=True)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        self._folder.cleanup()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment(folder: str) -> dict[str, str]:
    """Return an environment in which the same packages are found and temporary files stay together."""
    paths = [entry or os.getcwd() for entry in sys.path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)} | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
