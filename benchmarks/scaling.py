"""How a shared search scales: recorded on this machine, simulated for more workers than it has.

`python -m benchmarks.scaling` searches a network once, in small pieces, and records for each piece the processor time
and the prefixes it leaves. A task of any budget is a walk over such pieces, so the scheduler of the package can be
driven with workers that only pretend: a discrete-event simulation, with the measured times of a task's setup, of the
driver and of a message. `--validate` holds it beside real runs of one and two processes. `--figure FILE` draws the
speed-up.

The simulated search is so many copies of the recorded one, side by side, that it takes as long as was asked for.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import multiprocessing
import statistics
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.networks import generated
from benchmarks.timing import timed
from exactregions import Box, Network, enumerate_regions
from exactregions.engines.distributed.driving import AHEAD
from exactregions.engines.distributed.scheduler import Scheduler
from exactregions.engines.distributed.task import Outcome, Question, answer
from exactregions.engines.registry import get_engine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Costs", "Piece", "Run", "record", "simulate"]

WIDTHS, SIDE = (8, 20, 20, 1), 0.7
REGIONS = 5000  # of a piece: a few hundredths of a second
BUDGETS = ((0.05, 1.0), (0.2, 10.0), (1.0, 60.0))  # seconds of the shortest and the longest task
WORKERS = (1, 2, 10, 30, 100, 300, 1000, 3000, 10_000)
HOURS = 1.0
PROBES = 200
PLENTY = 20  # prefixes of a task that are sent


@dataclass(frozen=True, slots=True)
class Piece:
    """What was recorded of the search below one prefix, up to so many regions.

    Attributes
    ----------
    seconds : float
        Of processor time, without the setup of a task.
    regions : int
    left : tuple of bytes
        The prefixes it left, each a piece.
    """

    seconds: float
    regions: int
    left: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a task costs beside its search, in seconds.

    Attributes
    ----------
    setup : float
        Of the worker, once a task.
    driver : float
        Of the driver, once a task: one after the other, for all workers.
    message : float
        Between the end of a task and the driver's knowing it, and between its giving a task and the worker's having it.
    """

    setup: float
    driver: float
    message: float


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took: seconds from the first task to the last outcome, tasks, regions and seconds of the workers."""

    seconds: float
    tasks: int
    regions: int
    busy: float


def question_of(network: Network, domain: Box) -> bytes:
    """Return what workers are sent of a count."""
    return Question(
        network, domain, get_engine("tree"), False, False, None, None, None, None, network.fingerprint
    ).packed()


def piece_timed(packed: bytes, prefix: bytes, most: int) -> tuple[float, Outcome]:
    """Return the processor time of one piece with its setup, and what it found."""
    return timed(lambda: answer(packed, [prefix], None, most))


def record(network: Network, domain: Box) -> tuple[dict[bytes, Piece], float]:
    """Search once, piece by piece; return the pieces by their prefixes, and the seconds of a task's setup."""
    packed = question_of(network, domain)
    answer(packed, [b""], None, 1)
    setup = statistics.median(piece_timed(packed, b"", 1)[0] for _ in range(20))
    pieces, begun = dict[bytes, Piece](), [b""]
    while begun:
        prefix = begun.pop()
        seconds, outcome = piece_timed(packed, prefix, REGIONS)
        pieces[prefix] = Piece(max(0.0, seconds - setup), outcome.count, outcome.left)
        begun += outcome.left
    return pieces, setup


def nothing(packed: bytes, prefixes: tuple[bytes, ...]) -> tuple[int, tuple[bytes, ...]]:
    """Be a task that takes no time."""
    return len(packed), prefixes


def measured_costs(setup: float, executor: Executor, asked: tuple[bytes, tuple[bytes, ...]]) -> Costs:
    """Return the costs with an executor: the least round trip, and the processor time of the driver a task."""
    trips = []
    for _ in range(PROBES):
        start = time.perf_counter()
        executor.submit(nothing, *asked).result()
        trips.append(time.perf_counter() - start)
    start = time.process_time()
    for future in [executor.submit(nothing, *asked) for _ in range(PROBES)]:
        future.result()
    return Costs(setup, (time.process_time() - start) / PROBES, min(trips) / 2)


# ---- the simulation


def simulate(pieces: dict[bytes, Piece], copies: int, workers: int, costs: Costs, budget: tuple[float, float]) -> Run:
    """Drive the scheduler of the package with workers that pretend.

    The driver is one server: it takes an outcome, or gives a task, in `costs.driver` / 2 each, one after another.
    """
    tasks = _scheduler(copies, workers, budget)
    events: list[tuple[float, int, int, tuple[bytes, ...]]] = []  # when an outcome is with the driver, and what it left
    idle, queued = [0.0] * workers, deque[tuple[float, int, tuple[bytes, ...], float]]()
    now, regions, busy = 0.0, 0, 0.0
    heapq.heapify(idle)
    while tasks.unfinished:
        while len(tasks.out) < AHEAD * workers and (work := tasks.ask()) is not None:
            now += costs.driver / 2
            queued.append((now + costs.message, work.number, work.prefixes, work.seconds or math.inf))
        while queued and (idle[0] <= now or not events or idle[0] <= events[0][0]):
            given, number, prefixes, seconds = queued.popleft()
            took, found, left = _walk(pieces, prefixes, seconds, costs.setup)
            end = max(given, heapq.heappop(idle)) + took
            heapq.heappush(idle, end)
            heapq.heappush(events, (end + costs.message, number, found, left))
            busy += took
        there, number, found, left = heapq.heappop(events)
        now = max(now, there) + costs.driver / 2
        regions += found
        tasks.tell(number, left)
    return Run(now, tasks.given, regions, busy)


def _scheduler(copies: int, workers: int, budget: tuple[float, float]) -> Scheduler:
    """Return a scheduler with a budget and the roots of all copies, which are told apart by their first bytes."""
    beginning = Scheduler.beginning(map(_mark, range(copies)), workers)
    return replace(beginning, shortest=budget[0], longest=budget[1])


def _mark(copy: int) -> bytes:
    return copy.to_bytes(3, "big")


def _walk(
    pieces: dict[bytes, Piece], prefixes: tuple[bytes, ...], seconds: float, setup: float
) -> tuple[float, int, tuple[bytes, ...]]:
    """Return what a task takes, finds and leaves."""
    stack, took, found = list(prefixes), setup, 0
    while stack and took < seconds:
        prefix = stack.pop()
        piece = pieces[prefix[3:]]
        took, found = took + piece.seconds, found + piece.regions
        stack += [prefix[:3] + q for q in piece.left]
    return took, found, tuple(stack)


# ---- real runs


def _processes(count: int) -> ProcessPoolExecutor:
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
    for future in [pool.submit(_ready, 1.0) for _ in range(count)]:
        future.result()
    return pool


def _ready(seconds: float) -> None:
    """Load what tasks need, and keep the worker busy, so that every worker does."""
    network, domain = generated(WIDTHS, seed=1), Box(-SIDE, SIDE, dim=WIDTHS[0])
    answer(question_of(network, domain), [b""], None, 1)
    time.sleep(seconds)


def cpu_of(pool: ProcessPoolExecutor) -> float:
    """Return the processor time of the workers of a pool (Linux)."""
    ticks = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13] for pid in pool._processes]
    return sum(int(t) for pair in ticks for t in pair) / 100.0


def real(network: Network, domain: Box, workers: int) -> tuple[Run, float]:
    """Count with processes; return the run, and the share of a core that a worker had while it was busy."""
    with _processes(workers) as pool:
        before, driver, start = cpu_of(pool), time.process_time(), time.perf_counter()
        regions = enumerate_regions(network, domain, executor=pool, store=False)
        seconds, busy = time.perf_counter() - start, cpu_of(pool) - before
        driver = time.process_time() - driver
    assert regions.exact
    print(f"{workers} workers: {seconds:.1f} s, workers {busy:.1f} s and driver {driver:.2f} s of processor time")  # noqa: T201
    return Run(seconds, 0, regions.count, busy), busy / workers / seconds


# ---- the command


def main() -> None:
    """Record, validate, simulate, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--recorded", type=Path, help="read what was recorded there, or write it")
    parser.add_argument("--validate", action="store_true", help="run one and two processes, and hold them beside it")
    parser.add_argument("--hours", type=float, default=HOURS, help="of one worker, that the simulated search takes")
    parser.add_argument("--figure", type=Path)
    asked = parser.parse_args()
    network, domain = generated(WIDTHS, seed=1), Box(-SIDE, SIDE, dim=WIDTHS[0])
    pieces, costs = _recorded(asked.recorded, network, domain)
    total = sum(piece.seconds for piece in pieces.values())
    regions = sum(piece.regions for piece in pieces.values())
    print(f"{regions:,} regions in {len(pieces):,} pieces, {total:.1f} s; {costs}")  # noqa: T201
    if asked.validate:
        for workers in (1, 2):
            run, share = real(network, domain, workers)
            slow = {p: replace(piece, seconds=piece.seconds / share) for p, piece in pieces.items()}
            guess = simulate(slow, 1, workers, replace(costs, setup=costs.setup / share), (0.2, 10.0))
            print(f"  a worker had {share:.2f} of a core; simulated {guess.seconds:.1f} s, {guess.tasks} tasks")  # noqa: T201
            assert run.regions == guess.regions == regions
    copies = max(1, round(asked.hours * 3600 / total))
    lines = dict(_lines(pieces, copies, total, costs))
    if asked.figure is not None:
        figure_of(lines).savefig(asked.figure, metadata={"Date": None}, bbox_inches="tight")


def _recorded(path: Path | None, network: Network, domain: Box) -> tuple[dict[bytes, Piece], Costs]:
    if path is not None and path.exists():
        told = json.loads(path.read_text())
        rows = [(bytes.fromhex(p), s, n, left) for p, s, n, left in told["pieces"]]
        pieces = {p: Piece(s, n, tuple(map(bytes.fromhex, left))) for p, s, n, left in rows}
        return pieces, Costs(**told["costs"])
    pieces, setup = record(network, domain)
    costs = _costs_of_dask(setup, (question_of(network, domain), tuple(pieces)[:PLENTY]))
    if path is not None:
        rows = [(p.hex(), v.seconds, v.regions, [q.hex() for q in v.left]) for p, v in pieces.items()]
        path.write_text(json.dumps({"costs": asdict(costs), "pieces": rows}))
    return pieces, costs


def _costs_of_dask(setup: float, asked: tuple[bytes, tuple[bytes, ...]]) -> Costs:
    """Return the costs with Dask, whose scheduler is in this process too."""
    from distributed import Client, LocalCluster

    cluster = LocalCluster(1, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1")
    with cluster, Client(cluster) as client:
        return measured_costs(setup, client.get_executor(), asked)


def _lines(
    pieces: dict[bytes, Piece], copies: int, total: float, costs: Costs
) -> Iterator[tuple[tuple[float, float], list[float]]]:
    """Yield the speed-up with so many workers, for each budget."""
    for budget in BUDGETS:
        ups = []
        for workers in WORKERS:
            run = simulate(pieces, copies, workers, costs, budget)
            ups.append(copies * total / run.seconds)
            share = run.busy / run.seconds / workers
            print(f"budget {budget}: {workers:>6} workers, {run.seconds:9.1f} s, {run.tasks:>7} tasks, "  # noqa: T201
                  f"{ups[-1]:8.1f} times, workers busy {share:.0%}", flush=True)  # fmt: skip
        yield budget, ups


def figure_of(lines: dict[tuple[float, float], list[float]]) -> Figure:
    """Draw the speed-up against the workers."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.hashsalt": "exactregions", "font.size": 9, "svg.fonttype": "path"})
    figure = Figure(figsize=(5.2, 3.6))
    axes = figure.subplots()
    axes.loglog(WORKERS, WORKERS, color="0.7", linestyle="--", label="as many times as workers")
    for (shortest, longest), ups in lines.items():
        axes.loglog(WORKERS, ups, marker="o", markersize=3, label=f"tasks of {shortest:g} to {longest:g} s")
    axes.set(xlabel="workers", ylabel="times faster than one search")
    axes.legend()
    return figure


if __name__ == "__main__":
    main()
