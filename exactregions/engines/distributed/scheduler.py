"""Which prefixes go to a worker next, and for how long; it knows neither workers nor disks (ask and tell)."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exactregions.engines.distributed.task import Signs

__all__ = ["Scheduler", "Work"]

SHORTEST, LONGEST = 0.2, 10.0  # seconds of a task while workers wait for prefixes, and while many prefixes wait
PLENTY = 4  # prefixes a worker that wait: then tasks become longer, and take several at once
ATTEMPTS = 3  # a task that fails so often fails the search


@dataclass(frozen=True, slots=True)
class Work:
    """Prefixes that one worker searches, for so many seconds at most; None is to the end."""

    number: int
    prefixes: tuple[Signs, ...]
    seconds: float | None


@dataclass(slots=True)
class Scheduler:
    """Budgeted tree search (Avis, Jordan 2018): a task gives back what its seconds did not suffice for.

    Whoever asks gets a task; whoever has its outcome tells. A task that is told of twice counts once, so that one may
    be given out again.

    Parameters
    ----------
    prefixes : iterable of bytes
        Where the search begins, disjoint.
    workers : int
        How many there are.
    whole : bool
        Whether tasks are searched to their end whatever it takes: those of a certificate.
    """

    workers: int
    whole: bool = False
    waiting: list[tuple[int, Signs]] = field(default_factory=list)
    out: dict[int, Work] = field(default_factory=dict)
    failures: dict[Signs, int] = field(default_factory=dict)
    given: int = 0
    shortest: float = SHORTEST

    @classmethod
    def beginning(cls, prefixes: Iterable[Signs], workers: int, whole: bool = False) -> Scheduler:
        """Return a scheduler to which the whole search is still open."""
        scheduler = cls(workers, whole)
        scheduler._put(prefixes)
        return scheduler

    def ask(self) -> Work | None:
        """Return the next task, or None while nothing waits.

        Short prefixes go first, for below them is most; the more of them wait, the longer a task may take, and the more
        it gets, so that workers are neither idle nor busy with being given work.
        """
        if not self.waiting:
            return None
        plenty = len(self.waiting) / (PLENTY * self.workers)
        count = 1 if self.whole else max(1, int(plenty))
        prefixes = tuple(heapq.heappop(self.waiting)[1] for _ in range(count))
        seconds = None if self.whole else max(self.shortest, min(LONGEST, self.shortest * plenty * PLENTY))
        self.given += 1
        work = self.out[self.given] = Work(self.given, prefixes, seconds)
        return work

    def tell(self, number: int, left: Iterable[Signs]) -> bool:
        """Take note of an outcome; return whether it counts: not when it was told before."""
        work = self.out.pop(number, None)
        if work is None:
            return False
        left = tuple(left)
        if sorted(left) == sorted(work.prefixes):  # the time did not suffice to begin: the next ones get more
            self.shortest *= 2
        self._put(left)
        return True

    def lost(self, number: int) -> bool:
        """Take note that a task has no outcome; return whether it may be tried again, which it then waits for."""
        work = self.out.pop(number)
        self._put(work.prefixes)
        for prefix in work.prefixes:
            self.failures[prefix] = self.failures.get(prefix, 0) + 1
        return max(self.failures[prefix] for prefix in work.prefixes) < ATTEMPTS

    def give_back(self, number: int) -> None:
        """Take note that a task was given to nobody, or is no longer waited for."""
        self._put(self.out.pop(number).prefixes)

    @property
    def unfinished(self) -> bool:
        """Whether a prefix has no outcome yet."""
        return bool(self.waiting or self.out)

    def left(self) -> Sequence[Signs]:
        """Return all prefixes that have no outcome yet."""
        return [*(prefix for _, prefix in self.waiting), *(p for work in self.out.values() for p in work.prefixes)]

    def _put(self, prefixes: Iterable[Signs]) -> None:
        for prefix in prefixes:
            heapq.heappush(self.waiting, (len(prefix), prefix))
