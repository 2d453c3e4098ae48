"""What a run tells while it goes on, and why it ended before its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

__all__ = ["Observer", "Progress", "StopReason", "reason_in"]


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
    """

    regions: int
    seconds: float
    note: str = ""


Observer: TypeAlias = Callable[[Progress], None]
