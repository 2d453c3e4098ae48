"""Whole processes that count: the first one after an install, which compiles, and later ones."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import ONE_CORE

__all__ = ["Startup", "Taken", "measure_startup"]

IMPORT = "import exactregions"
COUNT = (
    "from exactregions import Box, Network, count_regions; "
    "print(count_regions(Network.from_layers([[[1.0], [2.0]], [[1.0, 1.0]]], [[0.0, 0.5], [0.0]]), "
    "Box([-1], [1]), engine='tree'))"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Time of a whole process in seconds: by the wall clock, and of the processor.

    The second is what the first would be on a machine with nothing else to do, or less.
    """

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class Startup:
    """What starting takes.

    Attributes
    ----------
    first : Taken
        Imports the package and counts a tiny network, all kernels to be compiled.
    later : Taken
        The same again, the kernels in the cache on disk.
    imports : Taken
        Only imports the package.
    bare : Taken
        Starts Python and does nothing.
    """

    first: Taken
    later: Taken
    imports: Taken
    bare: Taken


def measure_startup(repeat: int) -> Startup:
    """Measure with a cache folder made for it, so that no earlier compilation helps.

    Raises
    ------
    RuntimeError
        If the first process left nothing in the folder, or later ones compiled again: the cache was another.
    """
    with tempfile.TemporaryDirectory() as folder:
        first = _process(COUNT, folder)
        kept = _files(folder)
        repeats = range(max(3, repeat))
        later, imports, bare = (
            _median([_process(program, folder) for _ in repeats]) for program in (COUNT, IMPORT, "")
        )
        if not kept or _files(folder) != kept:
            raise RuntimeError("the kernels were not kept in NUMBA_CACHE_DIR: what was timed is unknown")
    return Startup(first, later, imports, bare)


def _files(folder: str) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in Path(folder).rglob("*.nbc")}


def _median(taken: Sequence[Taken]) -> Taken:
    return Taken(statistics.median(t.wall for t in taken), statistics.median(t.processor for t in taken))


def _process(program: str, cache: str) -> Taken:
    before, start = _processor_seconds(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        env=os.environ | ONE_CORE | {"NUMBA_CACHE_DIR": cache},
    )
    return Taken(time.perf_counter() - start, _processor_seconds() - before)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
