"""What each status of cvxpy means here: an answer to be weighed, or no answer at all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from exactregions.solvers.contract import Unknown


class Meaning(Enum):
    """What a solver claims about a problem, up to its tolerances: an opinion, never a proof."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"


def _inaccurate(what: str) -> Unknown:
    return Unknown(f"the solver calls the problem {what}, but missed the accuracy it was asked for")


MEANINGS: Mapping[str, Meaning | Unknown] = MappingProxyType(
    {
        "optimal": Meaning.OPTIMAL,
        "infeasible": Meaning.INFEASIBLE,
        "unbounded": Meaning.UNBOUNDED,
        "optimal_inaccurate": _inaccurate("solved"),
        "infeasible_inaccurate": _inaccurate("infeasible"),
        "unbounded_inaccurate": _inaccurate("unbounded"),
        "infeasible_or_unbounded": Unknown("the solver cannot tell whether the problem is infeasible or unbounded"),
        "user_limit": Unknown("the solver stopped at a limit; give a longer time_limit"),
        "solver_error": Unknown("the solver failed: numerical trouble, or no progress"),
        "UNKNOWN": Unknown("the solver ended with a status that cvxpy does not know"),
    }
)


def meaning_of(status: str | None) -> Meaning | Unknown:
    """Return what a status of cvxpy (`cvxpy.settings`) means; one that is not listed means nothing.

    Examples
    --------
    >>> meaning_of("optimal").value
    'optimal'
    >>> meaning_of("user_limit")
    Unknown(reason='the solver stopped at a limit; give a longer time_limit')
    """
    known = MEANINGS.get(status) if status is not None else None
    return known or Unknown(f"cvxpy answered {status!r}, which is no status that this package knows")
