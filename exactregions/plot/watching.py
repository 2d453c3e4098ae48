"""Progress and a time limit of drawings: what they compute hears a scope, which tells an observer where it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from exactregions.engines.contract import require_observer, require_seconds
from exactregions.errors import ExactRegionsError
from exactregions.progress import Observer, Progress, StopReason
from exactregions.support.stopping import Scope, Stopped, check, current_scope
from exactregions.support.tables import counted

REPORT_SECONDS = 0.2


class _Drawing(Scope):
    """A drawing under way, which tells an observer about itself in the checks for a stop.

    Attributes
    ----------
    note : str
        What it is at.
    """

    __slots__ = ("_begin", "_observer", "_regions", "_told", "note")

    def __init__(self, regions: int, seconds: float | None, observer: Observer | None) -> None:
        super().__init__(seconds)
        self._regions, self._observer, self.note = regions, observer, "drawing"
        self._begin, self._told = time.perf_counter(), -REPORT_SECONDS

    def check(self) -> None:
        super().check()
        seconds = time.perf_counter() - self._begin
        if self._observer is not None and seconds - self._told >= REPORT_SECONDS:
            self._observer(Progress(self._regions, seconds, self.note))
            self._told = time.perf_counter() - self._begin


@contextmanager
def watched(regions: int, time_limit: float | None, progress: Observer | None) -> Iterator[None]:
    """Do the drawing of so many regions within a time, and tell about it.

    A drawing is whole or none: one that is stopped raises.

    Parameters
    ----------
    regions : int
    time_limit : float or None
        Seconds.
    progress : callable or None
        Is given a `Progress` at once, and then now and then.

    Raises
    ------
    ExactRegionsError
        If the time is over.
    EngineError
        If one of the two is not what it should be.
    """
    require_seconds(time_limit)
    require_observer(progress)
    if time_limit is None and progress is None:
        yield
        return
    scope = _Drawing(regions, time_limit, progress)
    try:
        with scope:
            scope.check()
            yield
    except Stopped as stopped:
        check()  # whoever waits for more than this drawing hears of its own end
        if stopped.stop.reason is StopReason.TIME_LIMIT:
            raise ExactRegionsError(
                f"the drawing of {counted(regions)} was stopped: {stopped}; allow more time, or search a smaller domain"
            ) from None
        raise KeyboardInterrupt from None
    stop = scope.stopped
    if stop is not None and stop.reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt


def tell(note: str) -> None:
    """Say what the drawing is at, if one is watched, and stop where it has to."""
    scope = current_scope()
    if isinstance(scope, _Drawing):
        scope.note = note
    check()
