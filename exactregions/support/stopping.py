"""Stopping long work from outside: a scope holds a deadline and a flag, and `check` hears both.

An entry to the package opens a scope around its work; a loop that may run long calls `check` in each turn, which
raises `Stopped` when the work must end. Whoever holds part of an answer catches it and returns what there is. Scopes
nest: the inner one ends no later than the outer one. A thread that helps is started with `in_scope`, so that it hears
the scope of the one that started it.

Ctrl-C within a scope raises nothing in the middle of a line: it sets the flag, so that an answer is never half kept.
Further ones are absorbed until the answer is there; the third raises `KeyboardInterrupt` like any other, so that a
process that hangs can be ended.
"""

from __future__ import annotations

import contextvars
import math
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

from exactregions.progress import StopReason

__all__ = [
    "Scope",
    "Stop",
    "Stopped",
    "aside",
    "check",
    "current_scope",
    "delayed",
    "heard",
    "in_scope",
    "in_time",
    "limited",
    "reason_of",
    "remaining",
    "sheltered",
]

T = TypeVar("T")

POLL = 0.01  # seconds between two looks at a scope
PATIENCE = 3  # the Ctrl-C that is no longer absorbed
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name)
)  # the second where a program takes it for the first, as the command line does


@dataclass(frozen=True, slots=True)
class Stop:
    """Why work was stopped.

    Attributes
    ----------
    reason : StopReason
    text : str
        The same for people.
    """

    reason: StopReason
    text: str


class Stopped(BaseException):
    """Raised by `check`; like `KeyboardInterrupt` no `Exception`, so that nobody takes it for a failure.

    Attributes
    ----------
    stop : Stop
    """

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.text)
        self.stop = stop


STOPS = (Stopped, KeyboardInterrupt)  # what whoever holds part of an answer catches, and gives to `reason_of`


def reason_of(error: BaseException) -> Stop:
    """Return why work was stopped; an interrupt may come as an exception from a handler or an observer."""
    return error.stop if isinstance(error, Stopped) else Stop(StopReason.INTERRUPTED, str(StopReason.INTERRUPTED))


class Scope:
    """A stretch of work that can be stopped, a context manager; made by `limited` and `delayed`."""

    __slots__ = ("_delay", "_ends", "_handlers", "_interrupts", "_limit", "_parent", "_since", "_stop", "_token")

    def __init__(self, seconds: float | None, delay: float = 0.0, part: float = 1.0) -> None:
        self._limit = math.inf if seconds is None else seconds
        self._ends = time.perf_counter() + part * self._limit
        self._delay = delay  # by which it hears the scopes around it later than they stop
        self._stop: Stop | None = None
        self._since = math.inf
        self._parent: Scope | None = None
        self._token: contextvars.Token[Scope | None] | None = None
        self._handlers: dict[int, Any] = {}
        self._interrupts = 0

    def stop(self, reason: StopReason, text: str | None = None) -> None:
        """Ask the work to end; the first reason given stays."""
        if self._stop is None:
            self._since = time.perf_counter()
            self._stop = Stop(reason, text or str(reason))

    @property
    def stopped(self) -> Stop | None:
        """Why the work has to end now, None while it may go on."""
        now = time.perf_counter()
        scope: Scope | None = self
        while scope is not None:
            if scope._stop is not None and scope._since <= now:
                return scope._stop
            if scope._ends <= now:
                return Stop(StopReason.TIME_LIMIT, f"time limit of {scope._limit:g} s reached")
            now -= scope._delay
            scope = scope._parent
        return None

    def check(self) -> None:
        """Raise `Stopped` when the work has to end."""
        stop = self.stopped
        if stop is not None:
            raise Stopped(stop)

    def remaining(self) -> float:
        """Return the seconds that are left: zero when there are none, infinite without a limit."""
        left, now = math.inf, time.perf_counter()
        scope: Scope | None = self
        while scope is not None:
            left = min(left, (scope._ends if scope._stop is None else scope._since) - now)
            now -= scope._delay
            scope = scope._parent
        return max(left, 0.0)

    def __enter__(self) -> Self:
        self._parent = _current.get()
        self._token = _current.set(self)
        if self._parent is not None:
            self._parent._began(self)
        elif threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                # whoever has a handler of his own keeps it
                if signal.getsignal(number) is signal.default_int_handler:
                    self._handlers[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()
        assert self._token is not None
        _current.reset(self._token)
        if self._parent is not None:
            self._parent._ended()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._interrupts += 1
        self._interrupt()
        if self._interrupts >= PATIENCE:
            raise KeyboardInterrupt

    def _interrupt(self) -> None:
        self.stop(StopReason.INTERRUPTED)

    def _began(self, work: Scope) -> None:
        """Take note that a scope was entered within this one."""

    def _ended(self) -> None:
        """Take note that it was left."""


class Shelter(Scope):
    """A scope that is not stopped itself, made by `sheltered`."""

    __slots__ = ("_over", "_work")

    def __init__(self) -> None:
        super().__init__(None)
        self._work: Scope | None = None
        self._over = False

    def _interrupt(self) -> None:
        if self._work is not None:
            self._work.stop(StopReason.INTERRUPTED)
        elif not self._over:
            raise KeyboardInterrupt  # there is nothing yet to keep

    def _began(self, work: Scope) -> None:
        self._work = work

    def _ended(self) -> None:
        self._work, self._over = None, True


_current: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("exactregions scope", default=None)


def limited(seconds: float | None = None, part: float = 1.0) -> Scope:
    """Return a scope for a ``with`` statement, whose work must end within so many seconds from now.

    Parameters
    ----------
    seconds : float, optional
        The limit, as it is told.
    part : float
        How much of it this work may take.

    Examples
    --------
    >>> with limited(0.0) as scope:
    ...     try:
    ...         check()
    ...     except Stopped as stopped:
    ...         print(stopped)
    time limit of 0 s reached
    """
    return Scope(seconds, part=part)


def sheltered() -> Scope:
    """Return a scope for work and for what becomes of its answer.

    Ctrl-C stops the work, the scope first entered within this one. When that is over it is absorbed, so that the
    answer is written down; before it begins it raises `KeyboardInterrupt` as ever.
    """
    return Shelter()


def delayed(seconds: float) -> Scope:
    """Return a scope that hears those around it so many seconds after they stop: time to finish what is in hand."""
    return Scope(None, seconds)


def current_scope() -> Scope | None:
    """Return the scope around, None outside of every scope."""
    return _current.get()


def check() -> None:
    """Raise `Stopped` when the scope around has to end; outside of every scope do nothing."""
    scope = _current.get()
    if scope is not None:
        scope.check()


def heard(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, with a check before each."""
    for item in items:
        check()
        yield item


def remaining() -> float:
    """Return the seconds that the scope around has left, infinite without a limit."""
    scope = _current.get()
    return math.inf if scope is None else scope.remaining()


def aside(work: Callable[[], T]) -> T:
    """Return what `work` returns, while a stop is heard also in long calls that let go of the interpreter.

    It runs in a thread of its own, which is left to itself when the scope around is stopped: it ends at the end of
    the call it is in, or at its next check.
    """
    scope = _current.get()
    if scope is None:
        return work()
    done: Future[T] = Future()
    threading.Thread(target=in_scope(fulfil), args=(done, work), daemon=True).start()
    while not wait([done], POLL).done:
        scope.check()
    return done.result()


def fulfil(done: Future[T], work: Callable[[], T]) -> None:
    """Put what `work` returns, or raises, into a future."""
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it
        done.set_exception(error)


def in_time(work: Callable[[], T]) -> T | None:
    """Return what `work` returns, None where the scope around ends before."""
    try:
        check()
        return aside(work)
    except STOPS:
        return None


def in_scope(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs in another thread and hears the scope of this one."""
    context = contextvars.copy_context()
    # a copy for each call: a context can be entered by one thread at a time
    return lambda *arguments: context.copy().run(work, *arguments)
