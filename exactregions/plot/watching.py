"""Progress and a time limit of drawings: what they compute hears a scope, which tells an observer where it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exactregions.engines.contract import require_observer, require_seconds
from exactregions.errors import ExactRegionsError
from exactregions.progress import Observer, StopReason
from exactregions.support.stopping import Stopped, check
from exactregions.support.tables import counted
from exactregions.support.watching import ToldScope


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
    scope = ToldScope(regions, progress, "drawing", time_limit)
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
