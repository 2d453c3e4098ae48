"""Which prefixes go to a worker next, and for how long; it knows neither workers nor disks (ask and tell)."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exactregions.engines.distributed.estimating import Estimator
from exactregions.engines.distributed.task import Signs

SHORTEST, LONGEST = 0.2, 10.0  # seconds of a task while workers wait for prefixes, and while many prefixes wait
FIRST = 0.25  # of the shortest time: the first tasks are to bring prefixes for the workers that have none
GIVING = 0.003  # seconds of a task for each worker: giving tasks and taking outcomes must keep up with all of them
SHARE = 16  # no task is longer than so many parts of what a worker had till then: nobody waits long for the last one
PLENTY = 4  # prefixes a worker that wait: then tasks become longer, and take several at once
FOLLOWED = 4  # one task in so many goes on with a chain of the estimator: it is a prefix of its own, maybe a small one
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
        Whether tasks are searched to their end whatever it takes: those of a certificate, and those that prune.
    found : int
        Regions that were found, also before.
    estimator : Estimator, optional
        Estimates on the way how many there are.
    """

    workers: int
    whole: bool = False
    found: int = 0
    estimator: Estimator | None = None
    waiting: list[tuple[int, Signs]] = field(default_factory=list)
    out: dict[int, Work] = field(default_factory=dict)
    failures: dict[Signs, int] = field(default_factory=dict)
    given: int = 0
    shortest: float = SHORTEST
    longest: float = LONGEST
    spent: float = 0.0  # seconds of the tasks that used up their time
    followed: Signs | None = None  # the prefix that a chain of the estimator goes on with

    @classmethod
    def beginning(
        cls,
        prefixes: Iterable[Signs],
        workers: int,
        whole: bool = False,
        found: int = 0,
        estimator: Estimator | None = None,
    ) -> Scheduler:
        """Return a scheduler to which the whole search is still open."""
        scheduler = cls(workers, whole, found, estimator)
        scheduler._put(prefixes)
        return scheduler

    def ask(self) -> Work | None:
        """Return the next task, or None while nothing waits.

        Short prefixes go first, for below them is most; the more of them wait, the longer a task may take, and the more
        it gets, so that workers are neither idle nor busy with being given work.
        """
        self._begin_chain()
        plenty = len(self.waiting) / (PLENTY * self.workers)
        if self.followed is not None and (self.given % FOLLOWED == 0 or not self.waiting):
            prefixes, self.followed = (self.followed,), None
        elif self.waiting:
            count = 1 if self.whole else max(1, int(plenty))
            prefixes = tuple(heapq.heappop(self.waiting)[1] for _ in range(count))
        else:
            return None
        seconds = None if self.whole else self._seconds(plenty)
        self.given += 1
        work = self.out[self.given] = Work(self.given, prefixes, seconds)
        self._await(work)
        return work

    def _seconds(self, plenty: float) -> float:
        """Return how long the next task may take: longer the more prefixes wait, and the longer the search is."""
        each = math.inf if self.workers == 1 else self.spent / self.workers
        shortest = max(self.shortest * min(1.0, max(FIRST, each / (PLENTY * SHORTEST))), GIVING * self.workers)
        return max(shortest, min(self.longest, self.shortest * plenty * PLENTY, each / SHARE))

    def tell(self, number: int, left: Iterable[Signs], count: int = 0) -> bool:
        """Take note of an outcome; return whether it counts: not when it was told before.

        Parameters
        ----------
        number : int
            Of the task.
        left : iterable of bytes
            What it did not search.
        count : int
            Regions that it found.
        """
        work = self.out.pop(number, None)
        if work is None:
            return False
        left = tuple(left)
        self.found += count
        self.spent += (work.seconds or 0.0) if left else 0.0
        if sorted(left) == sorted(work.prefixes):  # the time did not suffice to begin: the next ones get more
            self.shortest *= 2
        followed = None if self.estimator is None else self.estimator.tell(number, count, left)
        self.followed = self.followed if followed is None else followed
        self._put(prefix for prefix in left if prefix != followed)
        return True

    def _begin_chain(self) -> None:
        """Let the estimator choose among all that is open, when its last chain has ended."""
        estimator = self.estimator
        if estimator is None or estimator.chain is not None or not self.unfinished:
            return
        waiting = [prefix for _, prefix in self.waiting]
        chosen = estimator.begin(waiting, {n: work.prefixes for n, work in self.out.items()}, self.found)
        if isinstance(chosen, bytes):
            self.followed = chosen
            self.waiting = [entry for entry in self.waiting if entry[1] != chosen]
            heapq.heapify(self.waiting)

    def _await(self, work: Work) -> None:
        """Let a chain wait for the task that searches its prefix."""
        chain = None if self.estimator is None else self.estimator.chain
        if chain is not None and chain.at == work.prefixes[0]:
            chain.at = work.number

    def lost(self, number: int) -> bool:
        """Take note that a task has no outcome; return whether it may be tried again, which it then waits for."""
        work = self.give_back(number)
        for prefix in work.prefixes:
            self.failures[prefix] = self.failures.get(prefix, 0) + 1
        return max(self.failures[prefix] for prefix in work.prefixes) < ATTEMPTS

    def give_back(self, number: int) -> Work:
        """Take note that a task was given to nobody, or is no longer waited for; return it."""
        work = self.out.pop(number)
        self._put(work.prefixes)
        if self.estimator is not None:
            self.estimator.drop(number)
        return work

    @property
    def unfinished(self) -> bool:
        """Whether a prefix has no outcome yet."""
        return bool(self.waiting or self.out or self.followed is not None)

    @property
    def open(self) -> int:
        """Number of the prefixes that have no outcome yet."""
        held = int(self.followed is not None)
        return len(self.waiting) + held + sum(len(work.prefixes) for work in self.out.values())

    def left(self) -> Sequence[Signs]:
        """Return all prefixes that have no outcome yet."""
        held = [] if self.followed is None else [self.followed]
        return [*(p for _, p in self.waiting), *held, *(p for work in self.out.values() for p in work.prefixes)]

    def _put(self, prefixes: Iterable[Signs]) -> None:
        for prefix in prefixes:
            heapq.heappush(self.waiting, (len(prefix), prefix))
