"""The tasks of one search on an executor: given out, taken back, given out again."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from exactregions.engines.contract import Limits, Recording
from exactregions.engines.distributed.journal import Journal
from exactregions.engines.distributed.scheduler import Scheduler, Work
from exactregions.engines.distributed.task import Outcome, Question, answer
from exactregions.errors import EngineError, ExactRegionsError
from exactregions.progress import Observer, Progress, StopReason
from exactregions.regions import RegionSet
from exactregions.regions.columns import joined_columns
from exactregions.support.shortening import short
from exactregions.support.stopping import POLL, STOPS, Scope, Stop, reason_of

AHEAD = 2  # tasks a worker that are out: one waits there for the end of the other
REPORT_SECONDS = 0.1
MOMENT = 0.05  # seconds after which the driver looks at limits and Ctrl-C; waking costs it 0.1 ms
MARGIN = 0.1  # seconds before a limit at which tasks end, so that what they found is there in time
GRACE = 0.03  # seconds in which tasks whose time is over too may still bring what they found
PATIENCE = 60.0  # seconds over its own after which a task is given to another worker too


@dataclass(slots=True)
class Run:
    """One search, from the first task to the answer.

    Parameters
    ----------
    executor : concurrent.futures.Executor
    workers : int
        Tasks that it does at a time.
    question : Question
    scheduler : Scheduler
    limits : Limits
    observer : callable or None
    scope : Scope
        Of the search; its end ends the waiting.
    journal : Journal or None
    recording : Recording or None
    """

    executor: Executor
    workers: int
    question: Question
    scheduler: Scheduler
    limits: Limits
    observer: Observer | None
    scope: Scope
    journal: Journal | None
    recording: Recording | None
    out: dict[Future[Outcome], tuple[Work, float]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    names: list[tuple[str, int]] = field(default_factory=list)
    stats: Counter[str] = field(default_factory=Counter)
    start: float = field(default_factory=time.perf_counter)
    reported: float = 0.0
    cut: bool = False  # a task that cannot be cut was: its prefix must not be searched again beside what it found
    packed: Any = field(init=False)  # bytes, or what stands for them

    def __post_init__(self) -> None:
        self.packed = self.question.packed()
        if self._is_dask:
            self.packed = self._shared(self.packed)
        if self.journal is not None:
            self.stats.update(self.journal.counts()[1])

    def drive(self) -> Stop | None:
        """Search until nothing is left, or return why that ended before."""
        try:
            while self.scheduler.unfinished:
                self._give()
                moment = max(POLL, min(MOMENT, self.scope.remaining()))
                finished, _ = wait(self.out, moment, FIRST_COMPLETED)
                for future in finished:
                    stop = self._take(future)
                    if stop is not None:
                        return stop
                self._report()
                self.scope.check()
                most = self.limits.regions
                if most is not None and self.found >= most and self.scheduler.unfinished:
                    return Stop(StopReason.MAX_REGIONS, f"max_regions {most} reached")
                if self.cut and not self.out:
                    if self.scope.remaining() > 2 * MARGIN:
                        return Stop(StopReason.FAILED, "failed: a worker stopped before the end of its task")
                    time.sleep(POLL)
        except STOPS as error:
            return reason_of(error)
        finally:
            self._end()
        return None

    def _give(self) -> None:
        """Give tasks to the executor, those that are late once more."""
        while not self.cut and len(self.out) < AHEAD * self.workers:
            work = self.scheduler.ask()
            if work is None:
                break
            self._submit(work)
        for future, (work, since) in list(self.out.items()):
            late = work.seconds is not None and time.perf_counter() - since > work.seconds + PATIENCE
            if late and work.number in self.scheduler.out and not self.scheduler.waiting:
                self.out[future] = work, time.perf_counter()
                self._submit(work)

    def _submit(self, work: Work) -> None:
        most = None if self.limits.regions is None else max(1, self.limits.regions - self.found)
        seconds, left = work.seconds, self.scope.remaining()
        if left < np.inf:
            # what waits in a worker's queue may begin when half of the time that is left is over
            share = 1 if self.scheduler.whole else AHEAD
            seconds = min(left if seconds is None else seconds, max(0.0, left - MARGIN) / share)
        try:
            future = self.executor.submit(answer, self.packed, work.prefixes, seconds, most, **self._name())
        except RuntimeError as error:  # it was shut down
            self.scheduler.give_back(work.number)
            raise EngineError(f"the executor takes no tasks: {error}; give one that is open") from error
        self.out[future] = work, time.perf_counter()

    @property
    def _is_dask(self) -> bool:
        return type(self.executor).__module__.startswith("distributed.")

    def _shared(self, packed: bytes) -> Any:
        """Return a future of the question, which Dask then brings to a worker once, not with each task.

        As the result of a task, unlike scattered data, it is made anew when all workers that had it are gone.
        """
        client = getattr(self.executor, "_client", None)
        if client is None:
            return packed
        return client.submit(bytes, packed, key=f"exactregions_ask-{secrets.token_hex(16)}")

    def _name(self) -> dict[str, str]:
        """Return the key that names the next task on Dask's dashboard; other executors show none."""
        if not self._is_dask:
            return {}
        aim = "prove" if self.recording is not None else "find" if self.question.store else "count"
        return {"key": f"exactregions_{aim}-{secrets.token_hex(16)}"}

    def _take(self, future: Future[Outcome]) -> Stop | None:
        """Take an outcome; return why the search must end, or None."""
        work, _ = self.out.pop(future)
        if work.number not in self.scheduler.out:
            return None  # another worker was faster
        try:
            outcome = future.result()
        except ExactRegionsError:
            raise
        except BrokenExecutor as error:
            return Stop(StopReason.FAILED, f"failed: a worker ended abruptly ({error}); resume with a new executor")
        except (Exception, CancelledError, KeyboardInterrupt) as error:  # noqa: BLE001 - it is tried again, and told
            if self.scheduler.lost(work.number):
                return None
            return Stop(StopReason.FAILED, f"failed: a task failed again and again: {short(repr(error))}")
        self._keep(work, outcome)
        return None

    def _keep(self, work: Work, outcome: Outcome) -> None:
        """Write an outcome down, and only then count it."""
        if self.journal is not None:
            self.journal.add(work.prefixes, outcome, self._as_regions([outcome]) if self._keeps_regions else None)
        elif self._keeps_regions:
            self.outcomes.append(outcome)
        elif self.question.parts is not None and outcome.file is not None:
            self.names.append((outcome.file, outcome.count))
        if self.recording is not None:
            for part in outcome.parts:
                self.recording.write(part)
            if self.recording.filed is not None and outcome.file is not None:
                (signs,) = work.prefixes  # tasks of a certificate have one
                self.recording.filed((outcome.file, np.frombuffer(signs, dtype=np.int8), outcome.count))
        self.cut = self.cut or (self.scheduler.whole and bool(outcome.left))
        self.scheduler.tell(work.number, outcome.left, outcome.count)
        self.stats.update(outcome.stats)

    def _end(self) -> None:
        """Take what is there, cancel what has not begun, and leave the rest open."""
        for future in self.out:
            future.cancel()
        wait(self.out, GRACE)
        for future in list(self.out):
            if future.done() and not future.cancelled() and future.exception() is None:
                self._take(future)

    def _report(self) -> None:
        elapsed = time.perf_counter() - self.start
        if self.observer is not None and elapsed - self.reported > REPORT_SECONDS:
            self.reported = elapsed
            estimator = self.scheduler.estimator
            estimate = None if estimator is None else estimator.estimate()
            self.observer(Progress(self.found, elapsed, "", self.scheduler.open, estimate))

    @property
    def _keeps_regions(self) -> bool:
        return self.question.store and self.question.parts is None

    def files(self) -> list[tuple[str, int]]:
        """Return the names of the files that workers have written, and the number of regions in each."""
        return self.names if self.journal is None else self.journal.files()

    @property
    def found(self) -> int:
        """Regions found so far."""
        return self.scheduler.found

    def answer(self) -> RegionSet:
        """Return what was found, as if it were all."""
        kept = self.outcomes
        if self.journal is not None and self._keeps_regions:
            kept = [Outcome.of(regions) for regions in self.journal.kept()]
        return replace(self._as_regions(kept), count=self.found, stats=dict(self.stats))

    def _as_regions(self, outcomes: Iterable[Outcome]) -> RegionSet:
        """Return the regions of some outcomes in one set."""
        network, domain, name = self.question.network, self.question.domain, self.question.engine.name
        return RegionSet(network, domain, name, **joined_columns(network, list(outcomes)))
