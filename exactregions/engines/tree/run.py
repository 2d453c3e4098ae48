"""One search: drive the workers, report, and put the answer together."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.engines.contract import Limits, Prefix, Recording
from exactregions.engines.tree.entry_scale import EntryScale
from exactregions.engines.tree.exact_fallback import ExactFallback
from exactregions.engines.tree.found_regions import FoundRegions
from exactregions.engines.tree.kernels.pruned_states import type_of_search
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.loading import announce, load_kernels
from exactregions.engines.tree.recording import Recorder
from exactregions.engines.tree.scaled_problem import ScaledProblem, scale_problem
from exactregions.engines.tree.worker import Worker
from exactregions.exact.cells import root_cell
from exactregions.exact.forms import ExactNetwork
from exactregions.network import Network
from exactregions.progress import Observer, Progress, StopReason
from exactregions.regions import RegionSet
from exactregions.support.stopping import Scope, Stop, Stopped, aside, in_scope
from exactregions.support.stopwatch import Stopwatch

FIRST_SLICE = 2_000  # kernel steps of a first slice; later ones are sized by the clock
GROWTH = 8.0  # of a slice over the one before
LARGEST_SLICE = 10_000_000  # steps; a slice that ends at once must not make the next one endless
SLICE_SECONDS = 0.05  # a slice this long answers Ctrl-C at once and costs nothing
SHARED_SLICE_SECONDS = 0.005  # with several workers: who has nothing to do waits for the end of another's slice
IDLE_SECONDS = 0.0005  # between two looks for work
REPORT_SECONDS = 0.1
POLL_SECONDS = 0.01


@dataclass(slots=True)
class Run:
    """One search with its workers, from the first slice to the answer."""

    network: Network
    domain: Domain
    queue: list[Prefix]
    limits: Limits
    observer: Observer | None
    scope: Scope
    recording: Recording | None = None
    workers: list[Worker] = field(init=False)
    lock: threading.Lock = field(default_factory=threading.Lock)
    writing: threading.Lock = field(default_factory=threading.Lock)
    idle: int = 0
    watch: Stopwatch = field(default_factory=Stopwatch)
    reported: float = 0.0
    failure: BaseException | None = None
    loaded: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        kind = aside(self._prepare)
        announce(search, self.observer, type_of_search(kind, self._prunes))

    def _prepare(self) -> int:
        """Set up the workers; return the kind of domain that their kernels are compiled for."""
        exact = ExactNetwork(self.network)
        # a certificate proves the sign of every unit, so its search looks at all of them
        recorded, measured = self.recording is not None, self._stores and self.limits.entry_radii
        problem = scale_problem(self.network, exact, self.domain, recorded, self._stores, measured, not self._prunes)
        units = problem.units
        below = [units.prefix(prefix) for prefix in self.queue]
        self.queue = [prefix for prefix in below if prefix is not None]
        root = problem.from_input(root_cell(problem.shape).witness)
        scale = EntryScale.of(problem, self.domain, self.limits.entry_radii)
        self.workers = [
            self._worker(problem, root, FoundRegions(self.network, self.domain, exact, problem, scale))
            for _ in range(self.limits.workers)
        ]
        flint.ctx.cleanup()  # it runs in a thread of its own, see `_guarded`
        return problem.domain.kind

    def _worker(self, problem: ScaledProblem, root: NDArray[np.float64], regions: FoundRegions) -> Worker:
        fallback = ExactFallback(regions.exact, problem)
        goal = None if self.limits.goal is None else problem.units.of_goal(self.limits.goal)
        if self.recording is None:
            return Worker(problem, root, fallback, regions, self._stores, goal=goal, prune=self._prunes)
        recorder = Recorder(regions, self._write, self.recording.witnesses, self.limits.store)
        return Worker(problem, root, fallback, regions, self._stores, recorder, goal)

    @property
    def _prunes(self) -> bool:
        return self.limits.goal is not None and self.limits.goal.prune and self.recording is None

    @property
    def _stores(self) -> bool:
        return self.limits.store or (self.recording is not None and self.recording.witnesses)

    def _write(self, part: Part) -> None:
        assert self.recording is not None
        with self.writing:
            self.recording.write(part)

    @property
    def found(self) -> int:
        """Number of regions found so far."""
        return sum(worker.found for worker in self.workers)

    def drive(self) -> None:
        """Search until everything is done or the scope is stopped.

        A single worker has a thread of its own too: this one stays free to hear a limit, Ctrl-C and the observer.
        """
        # events, for a `Thread.join` that Ctrl-C interrupts takes the thread for finished (CPython 3.11)
        finished = [threading.Event() for _ in self.workers]
        work = in_scope(self._guarded)
        for pair in zip(self.workers, finished, strict=True):
            threading.Thread(target=work, args=pair, daemon=True).start()
        try:
            self._wait(finished)
        except KeyboardInterrupt:  # of an observer, or of a handler of the program
            self.scope.stop(StopReason.INTERRUPTED)
        except BaseException:  # an observer's error must not leave threads at work
            self.scope.stop(StopReason.FAILED)
            raise
        finally:
            self._wait(finished)
        if self.failure is not None:
            raise self.failure

    def _wait(self, finished: Sequence[threading.Event]) -> None:
        """Wait for the workers, and tell them to stop; not for one that compiles or prepares, which finds nothing."""
        for worker, event in zip(self.workers, finished, strict=True):
            while not event.wait(POLL_SECONDS):
                if self.scope.stopped is None:
                    self._report()
                    continue
                if not self.loaded.is_set():
                    return
                for other in self.workers:
                    other.stop()
                with self.lock:
                    if worker.starting is not None:
                        break

    def _guarded(self, worker: Worker, finished: threading.Event) -> None:
        try:
            load_kernels(worker.problem.domain.kind, self._prunes, self._stores)
            self.loaded.set()
            self._work(worker)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - a thread's failure is raised again by `drive`
            self.failure = error
            self.scope.stop(StopReason.FAILED)
        finally:
            # flint keeps what a thread has used, a quarter of a megabyte, and loses it when the thread ends
            flint.ctx.cleanup()
            finished.set()

    def _work(self, worker: Worker) -> None:
        """Take prefixes until none is left anywhere."""
        work, waiting = FIRST_SLICE, False
        slice_seconds = SLICE_SECONDS if len(self.workers) == 1 else SHARED_SLICE_SECONDS
        while self.scope.stopped is None:
            if worker.state is None:
                with self.lock:
                    prefix = self.queue.pop() if self.queue else None
                    self.idle += (prefix is None) - waiting
                    waiting = prefix is None
                    if waiting and self.idle == len(self.workers):
                        return
                if prefix is None:
                    time.sleep(IDLE_SECONDS)
                    continue
                worker.start(prefix, self.lock)
            began = time.perf_counter()
            worker.run(work, self._quota(worker))
            taken = time.perf_counter() - began
            work = min(int(work * min(GROWTH, max(0.5, slice_seconds / max(taken, 1e-6)))) + 100, LARGEST_SLICE)
            self._share(worker)
            self._heed_quota(worker)

    def _quota(self, worker: Worker) -> int | None:
        """Return how many regions a worker may have found before it must pause."""
        if self.limits.regions is None:
            return None
        return max(worker.found, self.limits.regions - self.found + worker.found)

    def _share(self, worker: Worker) -> None:
        """Give a subtree away when somebody has nothing to do, or a part of a certificate is full."""
        full = worker.should_give()
        with self.lock:
            if full or self.idle > len(self.queue):
                prefix = worker.donate()
                if prefix is not None:
                    self.queue.append(prefix)

    def _heed_quota(self, worker: Worker) -> None:
        """Stop at as many regions as asked for, if something is left: to others too, whose states are in use."""
        most = self.limits.regions
        if most is None or self.found < most:
            return
        others = any(other.state is not None for other in self.workers if other is not worker)
        if self.queue or others or worker.frontier():
            self.scope.stop(StopReason.MAX_REGIONS, f"max_regions {most} reached")

    def _report(self) -> None:
        """Tell the observer now and then."""
        elapsed = self.watch.seconds
        if self.observer is not None and elapsed - self.reported > REPORT_SECONDS:
            self.reported = elapsed
            self.observer(Progress(self.found, elapsed))

    def _frontier(self) -> list[Prefix]:
        """Return the prefixes that are left, of the units of the search."""
        return self.queue + [prefix for worker in self.workers for prefix in worker.frontier()]

    def answer(self, name: str) -> RegionSet:
        """Put the regions of all workers together."""
        frontier = self._frontier()
        stop = self.scope.stopped if frontier else None
        for worker in self.workers:
            worker.close(complete=False)
        regions = self.workers[0].regions
        for worker in self.workers[1:]:
            regions.absorb(worker.regions)
        patterns, entries = regions.stacked()
        return RegionSet(
            network=self.network,
            domain=self.domain,
            engine=name,
            count=self.found,
            patterns=patterns,
            witnesses=cast(Any, regions.witnesses()),
            entry_radii=None if entries is None else entries[:, 0].copy(),
            entry_bounds=None if entries is None else entries[:, 1:].copy(),
            exact_witnesses=regions.exact_witnesses,
            complete=not frontier,
            stopped=stop and self._told(stop),
            stop_reason=stop and stop.reason,
            frontier=plain_prefixes([self.workers[0].problem.units.full_prefix(prefix) for prefix in frontier]),
            seconds=self.watch.seconds,
            stats=self._stats(regions),
        )

    def _told(self, stop: Stop) -> str:
        return stop.text if self.loaded.is_set() else f"{stop.text} while the search kernels were compiled or loaded"

    def _stats(self, regions: FoundRegions) -> dict[str, int]:
        """Return how many decisions each rung of the ladder settled, and what it took."""
        counts = Counter({field.name: 0 for field in State.counters()})
        for worker in self.workers:
            counts.update(worker.counts)
        return dict(counts) | {
            "witnesses_by_exact_check": regions.exact_checks,
        }


def plain_prefixes(prefixes: Sequence[Prefix]) -> tuple[tuple[int, ...], ...]:
    """Return prefixes as `RegionSet.frontier` has them."""
    return tuple(tuple(prefix.tolist()) for prefix in prefixes)
