"""How long an answer took, without the time in which compiled code was made ready, which is paid once a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Stopwatch", "preparing"]


class _Preparation:
    """The seconds of this process in which at least one thread made code ready."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads, self._since, self._past = 0, 0.0, 0.0

    def begin(self) -> None:
        with self._lock:
            if not self._threads:
                self._since = time.perf_counter()
            self._threads += 1

    def end(self) -> None:
        with self._lock:
            self._threads -= 1
            if not self._threads:
                self._past += time.perf_counter() - self._since

    def others(self) -> float:
        """Return `time.perf_counter` less these seconds."""
        with self._lock:
            now = time.perf_counter()
            return (self._since if self._threads else now) - self._past


_preparation = _Preparation()


@contextmanager
def preparing() -> Iterator[None]:
    """Let no stopwatch run while code is loaded or compiled."""
    _preparation.begin()
    try:
        yield
    finally:
        _preparation.end()


class Stopwatch:
    """Measures an answer from the moment it is made.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> with preparing():
    ...     time.sleep(0.1)
    >>> watch.seconds < 0.1
    True
    """

    __slots__ = ("_start",)

    def __init__(self) -> None:
        self._start = _preparation.others()

    @property
    def seconds(self) -> float:
        """Seconds since then in which nothing was being made ready."""
        return _preparation.others() - self._start
