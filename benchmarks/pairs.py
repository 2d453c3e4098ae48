"""Two ways of one search, run in turn: ratios that a busy machine disturbs less than rates.

One process answers a line on its standard input with one search: `python -m benchmarks.pairs NAME [--believe]
[--workers N] [--processor]`. The parent asks two of them in turn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.cases import case_named
from benchmarks.measure import ONE_CORE

__all__ = ["Pair", "believing_pairs", "workers_pairs"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of two ways, in the order in which they ran.

    Attributes
    ----------
    name : str
        The case.
    first, second : list of float
    counts : tuple of int
        The regions that either way found.
    cores : float
        Processor time over time by the wall clock, of the second way: as many cores as the machine gave it.
    """

    name: str
    first: list[float]
    second: list[float]
    counts: tuple[int, int]
    cores: float = 1.0

    @property
    def ratios(self) -> list[float]:
        """First over second, pair by pair."""
        return [a / b for a, b in zip(self.first, self.second, strict=True)]

    @property
    def ratio(self) -> float:
        """Median of the ratios."""
        return statistics.median(self.ratios)


def workers_pairs(names: Sequence[str], rounds: int) -> list[Pair]:
    """Run cases with one worker and with two, in turn, by the wall clock."""
    return [_in_turn(name, [], ["--workers", "2"], rounds, {}) for name in names]


def believing_pairs(names: Sequence[str], rounds: int) -> list[Pair]:
    """Run cases with their proofs and, in processes whose kernels believe floats, without; by processor time.

    The other kernels are compiled into a cache folder of their own that is removed afterwards: they must never
    be found by a search that proves.
    """
    with tempfile.TemporaryDirectory() as folder:
        apart = {"NUMBA_CACHE_DIR": folder}
        return [_in_turn(name, ["--processor"], ["--processor", "--believe"], rounds, apart) for name in names]


def _in_turn(name: str, first: list[str], second: list[str], rounds: int, environment: dict[str, str]) -> Pair:
    """Run a case with two lists of options in turn, the second in a changed environment."""
    with _start(name, first, {}) as plain, _start(name, second, environment) as other:
        processes = (plain, other)
        for process in processes:
            _ask(process)  # warm up
        answers = [[_ask(process) for process in processes] for _ in range(rounds)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
    seconds = [[answer[i][0] for answer in answers] for i in range(2)]
    counts = (answers[0][0][1], answers[0][1][1])
    return Pair(name, seconds[0], seconds[1], counts, statistics.median(answer[1][2] for answer in answers))


def _start(name: str, options: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.pairs", name, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | ONE_CORE | environment,
    )


def _ask(process: subprocess.Popen[str]) -> tuple[float, int, float]:
    """Return the seconds, the count and the cores of one search."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    seconds, count, cores = process.stdout.readline().split()
    return float(seconds), int(count), float(cores)


def main() -> None:
    """Answer each line of the input with the seconds and the count of one search."""
    parser = argparse.ArgumentParser(description="run one case again and again")
    parser.add_argument("name")
    parser.add_argument("--believe", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--processor", action="store_true")
    arguments = parser.parse_args()
    if arguments.believe:
        from benchmarks.believing import believe_floats

        believe_floats()
    from exactregions import enumerate_regions

    network, domain = case_named(arguments.name).question()
    for _ in sys.stdin:
        start, processor = time.perf_counter(), time.process_time()
        regions = enumerate_regions(network, domain, engine="tree", store=False, workers=arguments.workers)
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        sys.stdout.write(f"{processor if arguments.processor else seconds} {regions.count} {processor / seconds}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
