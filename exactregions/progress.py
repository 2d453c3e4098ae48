"""What a run tells while it goes on, and why it ended before its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Estimate", "Observer", "Progress", "StopReason", "reason_in"]


class StopReason(StrEnum):
    """Why a run stopped before its end; the text beside it, for people, may say more."""

    TIME_LIMIT = "time limit"
    MAX_REGIONS = "max_regions"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


def reason_in(text: str) -> StopReason | None:
    """Return the reason that a text begins with, None where it tells another: of files and engines that have no more.

    Examples
    --------
    >>> reason_in("time limit of 2 s reached")
    <StopReason.TIME_LIMIT: 'time limit'>
    """
    return next((reason for reason in StopReason if text.startswith(reason)), None)


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many regions there may be in all.

    Attributes
    ----------
    total : float
        The mean of independent descents, each of which has the true number as its expected value.
    error : float
        The standard error of that mean. Subtrees differ much in size, so that large ones may have been missed: take it
        as a hint, not as a bound.
    samples : int
        Number of descents.

    Examples
    --------
    >>> Estimate(200.0, 10.0, 8).remaining(50)
    (0.75, 0.0125)
    """

    total: float
    error: float
    samples: int

    def remaining(self, found: int) -> tuple[float, float]:
        """Return which share of the regions is still to be found, and the standard error of that."""
        total = max(self.total, float(found), 1.0)
        return 1.0 - found / total, found / total * self.error / total


@dataclass(frozen=True, slots=True)
class Progress:
    """What an observer is told now and then.

    Attributes
    ----------
    regions : int
        Regions found so far.
    seconds : float
        Time since the search began.
    note : str
        What is going on when it is not the plain search, for example "compiling".
    open_prefixes : int or None
        Of a search with an executor: prefixes below which is still to be searched.
    estimate : Estimate or None
        Of such a search: how many regions there may be in all, as soon as there is a guess.
    """

    regions: int
    seconds: float
    note: str = ""
    open_prefixes: int | None = None
    estimate: Estimate | None = None


Observer: TypeAlias = Callable[[Progress], None]
