"""More than 10^8 regions counted in one run, with the certificate in parts, of which one in a hundred is checked.

    python -m benchmarks.many_regions FOLDER [SIDE]

[8,24,24,1] in the box (-SIDE, SIDE)^8, by one worker process; with SIDE 2.75, which is the default, it takes about 25
minutes of processor time and writes 20 GB into FOLDER. The parts are chosen at random, from a seed that is printed.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.scaling import cpu_of
from exactregions import Box, Network, enumerate_regions
from exactregions.certificate.checker import check
from exactregions.progress import Progress

__all__ = ["checked", "counted", "main"]

WIDTHS, SIDE = (8, 24, 24, 1), 2.75
TASKS = 64  # the search is divided as if for so many workers, so that parts are small; one process does them all
CHECKED = 0.01
REPORT_SECONDS = 60.0


def network() -> Network:
    """Return random weights of variance 1 / inputs, with biases of deviation 0.3."""
    rng = np.random.default_rng(24)
    shapes = [(n, m) for m, n in pairwise(WIDTHS)]
    weights = [rng.normal(size=shape) / np.sqrt(shape[1]) for shape in shapes]
    return Network.from_layers(weights, [0.3 * rng.normal(size=n) for n, _ in shapes])


def counted(folder: Path, side: float) -> str:
    """Count and prove; return a line about the worker and the driver."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        regions = enumerate_regions(
            network(), Box(-side, side, dim=WIDTHS[0]), executor=pool, workers=TASKS, store=False, certificate=folder,
            progress=_reports(),
        )  # fmt: skip
        worker = cpu_of(pool)
    return f"{regions}; worker {worker:.0f} s, driver {time.process_time():.0f} s and {_megabytes():.0f} MB"


def _reports() -> Callable[[Progress], None]:
    last = [-REPORT_SECONDS]

    def report(progress: Progress) -> None:
        if progress.seconds - last[0] >= REPORT_SECONDS:
            last[0] = progress.seconds
            print(f"{progress.seconds:6.0f} s {progress.regions:12,} regions, driver {_megabytes():.1f} MB", flush=True)  # noqa: T201

    return report


def _megabytes() -> float:
    """Return the memory of this process (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def checked(folder: Path, seed: int) -> str:
    """Check parts at random, and add all counts up; return a line about both."""
    told = json.loads((folder / "certificates.json").read_text())
    files, start, leaves = told["files"], time.process_time(), 0
    chosen = random.Random(seed).sample(files, round(CHECKED * len(files)) or 1)
    for name, _, count in chosen:
        found = check(folder / name, claim="lower")
        if found.regions != count:
            raise RuntimeError(f"{name} is said to have {count} leaves and has {found.regions}")
        leaves += count
    total = told["trunk"][1] + sum(count for _, _, count in files)
    return (
        f"{len(chosen)} of {len(files)} parts (seed {seed}) checked: {leaves:,} regions in "
        f"{time.process_time() - start:.0f} s; all parts together tell {total:,}"
    )


def main(folder: str, side: str = str(SIDE)) -> None:
    """Print what was counted and what was checked."""
    print(counted(Path(folder), float(side)))  # noqa: T201
    print(checked(Path(folder), seed=1))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
