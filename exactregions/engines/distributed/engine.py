"""An engine whose searches are tasks of an executor."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from exactregions.domain import Domain
from exactregions.engines.collecting import nothing_found
from exactregions.engines.contract import Certifying, Engine, Limits, Prefix, Recording, Resumable
from exactregions.engines.distributed.driving import Run
from exactregions.engines.distributed.estimating import Estimator
from exactregions.engines.distributed.journal import Journal
from exactregions.engines.distributed.scheduler import Scheduler
from exactregions.engines.distributed.task import PartsFolder, Question, Signs, signs_of
from exactregions.engines.trunk import trunk
from exactregions.errors import EngineError
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.region_parts import write_manifest
from exactregions.regions import RegionSet
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of

ROOT: Signs = b""
PREFIXES_OF_A_WORKER = 16  # of a recorded search, whose tasks cannot be cut: the longest of so many are a small share


@dataclass(frozen=True, slots=True, eq=False)
class DistributedEngine:
    """An engine that leaves the search to the workers of an executor, prefix by prefix (mathematics, 2.1).

    It keeps the contract of the engine it is made of, so networks with winner units, fixed inputs, certificates and
    resumed searches come to it as to any.

    Parameters
    ----------
    engine : Engine
        One that can search below prefixes: "tree".
    executor : concurrent.futures.Executor
        Threads, processes, a Dask client's, mpi4py's; whoever made it ends it.
    workers : int
        How many tasks it does at a time.
    journal : path-like, optional
        A folder in which every finished task is written down: the same question asked again with it goes on there.
    parts : PartsFolder, optional
        Where workers write the regions that they find; the answer has their number.

    Raises
    ------
    EngineError
        If the engine cannot search below prefixes.
    """

    engine: Engine
    executor: Executor
    workers: int
    journal: str | os.PathLike[str] | None = None
    parts: PartsFolder | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.engine, Resumable):
            raise EngineError(
                f"the search of engine {short(self.engine.name)} cannot be shared out; use 'tree', or no executor"
            )
        if not isinstance(self.executor, Executor):
            raise EngineError(
                f"the executor is a {type(self.executor).__name__}; give a concurrent.futures.Executor: "
                "ProcessPoolExecutor(4), or Client(..).get_executor() of Dask"
            )

    @property
    def name(self) -> str:
        """Name of the engine that does the work: the answer is the same."""
        return self.engine.name

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return what the engine says."""
        return self.engine.supports(network, domain)

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions, or with a journal those that are still open."""
        question = self._question(network, domain, limits)
        if self.journal is None:
            return self._searched(question, [ROOT], limits, observer)
        with Journal.opened(self.journal, question) as journal:
            return self._searched(question, journal.open_prefixes(), limits, observer, journal)

    def search_below(
        self,
        network: Network,
        domain: Domain,
        prefixes: Sequence[Prefix],
        limits: Limits,
        observer: Observer | None,
    ) -> RegionSet:
        """Find the regions below disjoint prefixes."""
        signs = [signs_of(prefix) for prefix in prefixes]
        start = time.perf_counter()
        with limited(limits.seconds):
            try:
                if _prunes(limits) and signs == [ROOT]:
                    signs = self._spread(network, domain)
            except STOPS as error:
                return nothing_found(self.name, network, domain, reason_of(error), start, ((),))
            return self._searched(self._question(network, domain, limits), signs, limits, observer)

    def _spread(self, network: Network, domain: Domain) -> list[Signs]:
        """Return prefixes that cover the domain, for a search that prunes, which gives none back."""
        _, prefixes, above = trunk(network, domain, PREFIXES_OF_A_WORKER * self.workers, witnesses=False)
        return [ROOT] if above.count else [signs_of(prefix) for prefix in prefixes]

    def search_recorded(
        self, network: Network, domain: Domain, limits: Limits, observer: Observer | None, recording: Recording
    ) -> RegionSet:
        """Find the regions; the workers write the parts of the certificate, below a trunk that is made here.

        A certificate of a goal has no trunk: the engine makes it here.
        """
        if not isinstance(self.engine, Certifying):
            raise EngineError(f"engine {short(self.name)} writes no certificates; use 'tree'")
        if limits.goal is not None:
            return self.engine.search_recorded(network, domain, limits, observer, recording)
        start = time.perf_counter()
        with limited(limits.seconds):
            try:
                if len(recording.prefixes) > 1 or any(len(prefix) for prefix in recording.prefixes):
                    above, prefixes = None, list(recording.prefixes)  # of a shard, whose trunk is there
                else:
                    part, prefixes, above = trunk(
                        network, domain, PREFIXES_OF_A_WORKER * self.workers, recording.witnesses
                    )
                    recording.write(part)
                    if recording.left is not None:
                        recording.left(prefixes)
            except STOPS as error:
                return nothing_found(self.name, network, domain, reason_of(error), start)
            question = replace(
                self._question(network, domain, limits, recording.witnesses), certificates=recording.folder
            )
            signs = [signs_of(prefix) for prefix in prefixes]
            below = self._searched(question, signs, limits, observer, recording=recording)
        if above is None or not above.count:
            return below
        return (above if limits.store else above.without_regions()).joined(below)

    def _question(self, network: Network, domain: Domain, limits: Limits, witnesses: bool | None = None) -> Question:
        kept = limits.store, limits.entry_radii, limits.goal
        return Question(network, domain, self.engine, *kept, witnesses, self.parts, None, network.fingerprint)

    def _searched(
        self,
        question: Question,
        signs: Sequence[Signs],
        limits: Limits,
        observer: Observer | None,
        journal: Journal | None = None,
        recording: Recording | None = None,
    ) -> RegionSet:
        start = time.perf_counter()
        whole = recording is not None or _prunes(limits)
        found = 0 if journal is None else journal.counts()[0]
        estimator = Estimator() if limits.goal is None else None
        scheduler = Scheduler.beginning(signs, self.workers, whole, found, estimator)
        with limited(limits.seconds) as scope:
            run = Run(self.executor, self.workers, question, scheduler, limits, observer, scope, journal, recording)
            stop = run.drive()
        left = scheduler.left()
        if self.parts is not None:
            write_manifest(self.parts.folder, *self.parts.asked.given, not left, run.files())
        return replace(
            run.answer(),
            complete=not left,
            stopped=stop.text if left and stop is not None else None,
            stop_reason=stop.reason if left and stop is not None else None,
            frontier=tuple(tuple(np.frombuffer(p, dtype=np.int8).tolist()) for p in left),
            seconds=time.perf_counter() - start,
        )


def _prunes(limits: Limits) -> bool:
    return limits.goal is not None and limits.goal.prune


def shared_out(
    engine: Engine,
    executor: Executor,
    workers: int | None = None,
    journal: str | os.PathLike[str] | None = None,
    parts: PartsFolder | None = None,
) -> DistributedEngine:
    """Return an engine whose searches are tasks of an executor, of as many workers as it says it has."""
    if workers is None:  # pools of processes and threads, and those of loky, say it; of others it is not known
        workers = int(getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
    return DistributedEngine(engine, executor, workers, journal, parts)
