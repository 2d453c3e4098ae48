"""Progress of work that computes about regions: its checks for a stop tell an observer where it is."""

from __future__ import annotations

import time

from exactregions.progress import Observer, Progress
from exactregions.support.stopping import Scope, check, current_scope

__all__ = ["ToldScope", "tell"]

REPORT_SECONDS = 0.2


class ToldScope(Scope):
    """Work under way, which tells an observer about itself in the checks for a stop.

    Parameters
    ----------
    regions : int
        That it is about.
    observer : callable or None
        Is given a `Progress` at the first check, and then now and then.
    note : str
        What the work is at, until `tell` says otherwise.
    seconds : float, optional
        Its time limit.
    """

    __slots__ = ("_begin", "_observer", "_regions", "_told", "note")

    def __init__(self, regions: int, observer: Observer | None, note: str, seconds: float | None = None) -> None:
        super().__init__(seconds)
        self._regions, self._observer, self.note = regions, observer, note
        self._begin, self._told = time.perf_counter(), -REPORT_SECONDS

    def check(self) -> None:
        """Stop where it has to, and tell the observer if it is time."""
        super().check()
        seconds = time.perf_counter() - self._begin
        if self._observer is not None and seconds - self._told >= REPORT_SECONDS:
            self._observer(Progress(self._regions, seconds, self.note))
            self._told = time.perf_counter() - self._begin


def tell(note: str) -> None:
    """Say what the work is at, if somebody is told, and stop where it has to."""
    scope = current_scope()
    if isinstance(scope, ToldScope):
        scope.note = note
    check()
