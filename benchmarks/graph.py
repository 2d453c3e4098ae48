"""The region graph, linear regions and volumes of one case: `python -m benchmarks.graph [NAME ..]`.

Each case in a process of its own, as in `benchmarks.measure`; times are processor time on one core.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from benchmarks.cases import case_named
from benchmarks.measure import ONE_CORE, compile_kernels, load_kernels
from benchmarks.report import Sheet, screen
from benchmarks.timing import timed
from exactregions import RegionSet, enumerate_regions
from exactregions.geometry import adjacency, linear_regions, volumes

__all__ = ["Shape", "measure_shape"]

CASES = ("[4,16,16,1] box stored", "[4,16,16,1] ball stored", "[3,32,32,1] box stored", "[6,16,16,1] box stored")
MEASURED_VOLUMES = 200  # regions, evenly spread: volumes take longer than all else


@dataclass(frozen=True, slots=True)
class Shape:
    """What one case gave; times in seconds of processor time.

    Attributes
    ----------
    name : str
    regions, facets, exact_points : int
    search, graph, merging : float
        Of the search, of all facets, and of R4 given these.
    merged : int
        Linear regions by R4.
    volume : float
        Seconds for each region.
    """

    name: str
    regions: int
    facets: int
    exact_points: int
    search: float
    graph: float
    merging: float
    merged: int
    volume: float


def measure_shape(name: str) -> Shape:
    """Measure a case here.

    Raises
    ------
    KeyError
        If there is no case of that name.
    """
    load_kernels()
    network, domain = case_named(name).question()
    search, regions = timed(lambda: enumerate_regions(network, domain))
    graph, links = timed(lambda: adjacency(regions))
    merging, merged = timed(lambda: linear_regions(links, "R4"))
    some = _some(regions)
    volume = timed(lambda: volumes(some))[0] / len(some) if network.inputs <= 6 else float("nan")
    return Shape(name, len(regions), len(links), len(links.exact_points), search, graph, merging, merged.count, volume)


def _some(regions: RegionSet) -> RegionSet:
    rows = np.arange(0, len(regions), max(len(regions) // MEASURED_VOLUMES, 1))
    return dataclasses.replace(
        regions,
        count=len(rows),
        patterns=regions.patterns[rows],
        witnesses=regions.witnesses[rows],
        entry_radii=None,
        exact_witnesses={k: w for k, row in enumerate(rows.tolist()) if (w := regions.exact_witnesses.get(row))},
        complete=False,
        stopped="a sample",
    )


def _apart(name: str) -> Shape:
    command = [sys.executable, "-m", "benchmarks.graph", "--here", name]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ONE_CORE, check=True)
    return Shape(**json.loads(done.stdout.splitlines()[-1]))


def _row(shape: Shape) -> tuple[str, ...]:
    n = shape.regions
    times = (shape.search, shape.graph, shape.merging)
    return (
        shape.name.removesuffix(" stored"),
        f"{n:,}",
        f"{shape.facets:,}",
        f"{2 * shape.facets / n:.2f}",
        f"{shape.exact_points:,}",
        *(f"{seconds:.1f}" for seconds in times),
        f"{1e3 * shape.graph / n:.2f}",
        f"{shape.merged:,}",
        f"{1e3 * shape.volume:.1f}",
    )


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Names of cases of `benchmarks`.")] = None,
    here: Annotated[bool, typer.Option(help="Measure in this process and write JSON.", hidden=True)] = False,
) -> None:
    """Measure region graphs, linear regions and volumes."""
    chosen = names or list(CASES)
    if here:
        sys.stdout.write(json.dumps(dataclasses.asdict(measure_shape(chosen[0]))) + "\n")
        return
    compile_kernels()
    columns = (
        "case", "regions", "facets", "a region", "exact points", "search s", "graph s", "R4 s", "graph ms/region",
        "R4", "volume ms/region",
    )  # fmt: skip
    sheet = Sheet("The region graph, one core", columns, [_row(_apart(name)) for name in chosen])
    screen().print(sheet.rich())


if __name__ == "__main__":
    typer.run(main)
