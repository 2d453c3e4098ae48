"""Options that say who searches: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from exactregions.cli.options import of_search
from exactregions.errors import EngineError

# what Dask on this machine measures of itself for its dashboard takes three hundredths of each core
SELDOM_MEASURED = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
}

Processes = Annotated[int | None, of_search("--processes", min=1, metavar="N", help="Use this many processes.")]
DaskAddress = Annotated[
    str | None,
    of_search("--dask", metavar="ADDRESS", help='Use the workers of a Dask scheduler; "local" starts one.'),
]
JournalFolder = Annotated[
    Path | None,
    of_search(
        "--journal",
        metavar="FOLDER",
        help="With --processes or --dask: write every finished task to this folder, and continue from it if it exists.",
    ),
]

PartsAddress = Annotated[
    str | None,
    of_search(
        "--parts",
        metavar="FOLDER",
        help="With --processes or --dask: workers write the regions to this folder; also s3://.. .",
    ),
]


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Who works, as it was asked for."""

    processes: Processes = None
    dask: DaskAddress = None

    @property
    def asked(self) -> bool:
        """Whether anybody was asked for."""
        return self.processes is not None or self.dask is not None

    @contextmanager
    def keywords(self) -> Iterator[dict[str, Any]]:
        """Give keywords of what takes an executor while the workers are there: none if nobody was asked for.

        Raises
        ------
        typer.BadParameter
            If both kinds of workers are asked for, or a journal without them.
        EngineError
            If Dask is not installed, or its scheduler not there.
        """
        if self.processes is not None and self.dask is not None:
            raise typer.BadParameter("--processes and --dask are two ways; give one")
        if not self.asked:
            yield {}
            return
        workers = _processes(self.processes) if self.processes is not None else _dask(str(self.dask))
        with workers as (executor, count):
            yield {"executor": executor, "workers": count}


@dataclass(frozen=True, slots=True)
class MachineOptions(WorkerOptions):
    """Who searches, and where it is written down."""

    journal: JournalFolder = None

    @contextmanager
    def keywords(self) -> Iterator[dict[str, Any]]:
        """Give keywords as `WorkerOptions`, and the journal."""
        if self.journal is not None and not self.asked:
            raise typer.BadParameter("--journal is kept of tasks; give --processes N or --dask ADDRESS with it")
        with WorkerOptions(self.processes, self.dask).keywords() as shared:
            yield shared | ({"journal": self.journal} if shared else {})


@contextmanager
def _processes(count: int) -> Iterator[tuple[Executor, int]]:
    # a new interpreter each: a copy of this one would have its threads' locks, and not its threads
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, context, signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        yield executor, count
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():  # what they still do, nobody waits for
            process.terminate()


@contextmanager
def _dask(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from dask import config
        from distributed import Client, LocalCluster
    except ImportError:
        raise EngineError('Dask is not installed; run: pip install "exactregions[dask]"') from None
    with config.set(SELDOM_MEASURED):
        local = LocalCluster(threads_per_worker=1, dashboard_address=":0") if address == "local" else None
    try:
        with Client(local or address, timeout="10s") as client:
            yield client.get_executor(), max(1, len(client.scheduler_info()["workers"]))
    except (OSError, TimeoutError, ValueError) as error:
        raise EngineError(f"no Dask scheduler answers at {address}: {error}; start one, or give local") from error
    finally:
        if local is not None:
            local.close()
