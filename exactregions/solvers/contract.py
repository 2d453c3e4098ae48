"""What a numerical solver may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# A mixed-integer solution within this part of the optimum ends the solve: a margin is a measure, not a result.
GAP = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A minimum as a solver believes it; nothing may follow from it without a proof.

    Attributes
    ----------
    value : float
    point : numpy.ndarray, shape (n,)
    multipliers : numpy.ndarray, shape (m,)
        One for each inequality, nonnegative up to the solver's tolerance.
    """

    value: float
    point: NDArray[np.float64]
    multipliers: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer; never to be read as "there is none"."""

    reason: str


class Proven(Enum):
    """What a solver claims to have proved, within its tolerances; nothing exact may follow from it alone."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"


@dataclass(frozen=True, slots=True)
class Row:
    """An inequality of a mixed-integer program: sum of coefficient times variable >= least.

    Attributes
    ----------
    coefficients : mapping of str to float
        By the names of the variables.
    least : float
    """

    coefficients: Mapping[str, float]
    least: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of solving a mixed-integer program.

    Attributes
    ----------
    status : Proven or Unknown
    values : mapping of str to float, or None
        The best integer point found, whether or not it is known to be optimal.
    """

    status: Proven | Unknown
    values: Mapping[str, float] | None


class MixedProgram(Protocol):
    """A mixed-integer program in the hands of a solver, which grows between two solves.

    A solve runs in the background, so that a time limit and Ctrl-C find someone at home. `close` ends a solve that
    still runs and frees whatever the solver holds.
    """

    def add(self, row: Row) -> None:
        """Take one more inequality."""
        ...

    def limit(self, variable: str, most: float) -> None:
        """Change the upper bound of a variable."""
        ...

    def start(self, seconds: float | None) -> None:
        """Begin to solve; the solver may give up after so many seconds."""
        ...

    def finished(self, patience: float) -> bool:
        """Wait up to `patience` seconds for the end of the solve, and say whether it has come."""
        ...

    def answer(self) -> Answer:
        """Return what the finished solve found; a solver that failed is Unknown, with the reason."""
        ...

    def close(self) -> None:
        """End everything, at once."""
        ...
