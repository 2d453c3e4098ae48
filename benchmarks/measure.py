"""One case in a process of its own, so that its peak memory is its own.

`python -m benchmarks.measure NAME --repeat N` prints the measurement as one line of JSON; `measure_apart`
starts such a process and reads it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

from benchmarks.cases import Case, box_question, case_named
from benchmarks.limit import passes_per_second
from exactregions import Ball, RegionSet, WholeSpace, enumerate_regions
from exactregions.errors import ExactRegionsError

__all__ = ["ONE_CORE", "Measurement", "compile_kernels", "load_kernels", "measure_apart", "peak_memory"]

# numpy's matrix products on one core, whatever the machine has
ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")}
LEAST_SECONDS = 0.5  # repeat short searches for at least this long
MOST_SECONDS = 20.0  # begin no repeat after this long
MOST_REPEATS = 200
WARM_SECONDS = 1.0
GRACE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one case gave.

    Attributes
    ----------
    name : str
    regions : int
    exact : bool
    stopped : str or None
    seconds, processor : list of float
        Of each repeat, after a warm-up: by the wall clock, and of processor time.
    stats : dict of str to int
        `RegionSet.stats`.
    peak, idle : float
        Highest resident memory of the process in megabytes, and that before the question was built.
    passes : float
        Forward passes a second of the compiled loop, the limit.
    load : float
        Running processes of the machine, a mean of the last minute.
    failure : str or None
        Why there is no measurement.
    """

    name: str
    regions: int = 0
    exact: bool = False
    stopped: str | None = None
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    stats: dict[str, int] = field(default_factory=dict)
    peak: float = 0.0
    idle: float = 0.0
    passes: float = 0.0
    load: float = 0.0
    failure: str | None = None

    @property
    def rate(self) -> float:
        """Regions a second of processor time: what one core does, however many others want it."""
        return self.regions / statistics.median(self.processor)


def compile_kernels() -> None:
    """Fill the cache on disk from a process of its own: compiling takes memory that no case must show."""
    program = "from benchmarks.measure import load_kernels; load_kernels()"
    subprocess.run([sys.executable, "-c", program], check=True)


def load_kernels() -> None:
    """Bring all compiled code into the process, with searches of a few regions; each kind of domain has its own."""
    network, box = box_question((2, 4, 1))
    questions = [(network, domain) for domain in (box, Ball([0, 0], 1), Ball([0, 0], 1, 1), WholeSpace(2))]
    # boxes with other numbers of inputs are other kinds
    for network, domain in [*questions, *(box_question((d, 4, 1)) for d in (1, 3, 4, 10))]:
        for store in (False, True):
            enumerate_regions(network, domain, engine="tree", store=store)


def peak_memory() -> float:
    """Return the highest resident memory of this process so far, in megabytes."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest / (2**20 if sys.platform == "darwin" else 2**10)


def measure(case: Case, repeat: int) -> Measurement:
    """Measure a case here; counts that differ between repeats are a failure."""
    load_kernels()
    idle = peak_memory()
    network, domain = case.question()

    def run(seconds: float | None) -> RegionSet:
        return enumerate_regions(network, domain, engine=case.engine, store=case.store, time_limit=seconds)

    run(WARM_SECONDS)
    taken: list[float] = []
    processor: list[float] = []
    counts: set[int] = set()
    regions: RegionSet | None = None
    least = 1 if case.time_limit is not None else repeat
    while not _enough(taken, least):
        regions = None  # only one answer is held at a time: peak memory is that of a search
        start, start_processor = time.perf_counter(), time.process_time()
        regions = run(case.time_limit)
        taken.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
        if regions.exact:
            counts.add(regions.count)
    if len(counts) > 1:
        return Measurement(case.name, failure=f"repeats disagree: {sorted(counts)}")
    assert regions is not None
    peak = peak_memory()
    return Measurement(
        case.name,
        regions.count,
        regions.exact,
        regions.stopped,
        taken,
        processor,
        dict(regions.stats),
        peak,
        idle,
        passes_per_second(network, domain),
        os.getloadavg()[0],
    )


def _enough(taken: list[float], least: int) -> bool:
    """Whether these repeats suffice: `least` of them and half a second, or more time than there is."""
    spent = sum(taken)
    return bool(taken) and (
        spent > MOST_SECONDS or len(taken) >= MOST_REPEATS or (len(taken) >= least and spent > LEAST_SECONDS)
    )


def measure_apart(case: Case, repeat: int) -> Measurement:
    """Measure a case in a fresh process."""
    if case.skipped is not None:
        return Measurement(case.name, failure=case.skipped)
    command = [sys.executable, "-m", "benchmarks.measure", case.name, "--repeat", str(repeat)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=os.environ | ONE_CORE,
            timeout=GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Measurement(case.name, failure=f"no answer after {GRACE_SECONDS:g} s")
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return Measurement(case.name, failure=f"process ended with {done.returncode}: {reason}")
    return Measurement(**json.loads(lines[-1]))


def main() -> None:
    """Measure the case named on the command line and write JSON."""
    parser = argparse.ArgumentParser(description="measure one case")
    parser.add_argument("name")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    try:
        measurement = measure(case_named(arguments.name), arguments.repeat)
    except (ExactRegionsError, FileNotFoundError) as error:
        measurement = Measurement(arguments.name, failure=str(error))
    sys.stdout.write(json.dumps(dataclasses.asdict(measurement)) + "\n")


if __name__ == "__main__":
    main()
