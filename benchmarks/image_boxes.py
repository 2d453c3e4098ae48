"""Boxes with many inputs: the tree engine beside a plain search on the programs of HiGHS, which proves nothing.

`python -m benchmarks.image_boxes --seconds 5` asks both the same questions, each in a process of its own, one after the
other, and prints the regions that each finds in a second of processor time, their ratio, and what the search took.
`--growing` counts in growing boxes instead: whether the time for each region stays the same. `--certificate` writes a
certificate with 784 inputs, and checks it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.limit import passes_per_second
from benchmarks.measure import ONE_CORE, load_kernels, peak_memory
from benchmarks.networks import acasxu_folder, acasxu_network, generated
from benchmarks.plain_search import PlainSearch
from benchmarks.timing import timed
from exactregions import Box, Network, RegionSet, enumerate_regions, load
from exactregions.certificate.checker import check
from exactregions.importers.vnnlib import input_box

__all__ = ["QUESTIONS", "Question", "cube"]

CENTRE = 0.3
MNIST, MNIST_BOX = "mnist-net_256x2.onnx", "prop_0_0.03.vnnlib.gz"
# widths, and radii of cubes that are counted to the end, in which the regions grow about tenfold
GROWING: tuple[tuple[tuple[int, ...], tuple[float, ...]], ...] = (
    ((784, 64, 64, 10), (0.0035, 0.0045, 0.006)),
    ((100, 100, 100, 1), (0.0045, 0.006, 0.0085, 0.0115)),
)
CERTIFIED = (784, 64, 64, 10), 0.0035


@dataclass(frozen=True, slots=True)
class Question:
    """A network and a box, by name.

    Attributes
    ----------
    asked : int or None
        Regions a second to reach on one core.
    build : callable
        Gives the network and the box; None where a file is missing.
    """

    name: str
    asked: int | None
    build: Callable[[], tuple[Network, Box] | None]


def cube(widths: Sequence[int], radius: float) -> tuple[Network, Box]:
    """Return the generated network of these widths and the l_inf ball about (0.3, .., 0.3)."""
    d = widths[0]
    return generated(widths), Box(np.full(d, CENTRE) - radius, np.full(d, CENTRE) + radius)


def _mnist(radius: float = 0.02) -> tuple[Network, Box] | None:
    """Return a trained network and the cube about the middle of the box of one of its properties."""
    folder = acasxu_folder().parent / "nets"
    if not (folder / MNIST).exists():
        return None
    box = input_box(folder / "vnnlib" / MNIST_BOX)
    middle = np.array([float(lo + up) / 2 for lo, up in zip(box.lower, box.upper, strict=True)])
    return load(folder / MNIST), Box(middle - radius, middle + radius)


def _acasxu() -> tuple[Network, Box] | None:
    file = acasxu_folder() / "prop_1.vnnlib"
    return (acasxu_network("1_1"), input_box(file)) if file.exists() else None


QUESTIONS: tuple[Question, ...] = (
    Question("784-64-64-10, radius 0.025", 1_000, partial(cube, (784, 64, 64, 10), 0.025)),
    Question("784-256-256-10, radius 0.01", 500, partial(cube, (784, 256, 256, 10), 0.01)),
    Question("100-100-100-1, radius 0.015", 5_000, partial(cube, (100, 100, 100, 1), 0.015)),
    Question("784-256-256-10 of MNIST, radius 0.02", 300, _mnist),
    Question("ACAS Xu 1_1, prop_1", 40_000, _acasxu),
    Question("[6,16,16,1], radius 1", None, lambda: (generated((6, 16, 16, 1)), Box([-1] * 6, [1] * 6))),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one question gave: rates by processor time, seconds up to the first region, memory in megabytes."""

    name: str
    asked: int | None
    rate: float = 0.0
    plain: float = 0.0
    programs: float = 0.0
    start: float = 0.0
    peak: float = 0.0
    own: float = 0.0
    share: float = 0.0
    missing: bool = False


def _timed(network: Network, box: Box, **limits: Any) -> tuple[float, RegionSet]:
    return timed(lambda: enumerate_regions(network, box, engine="tree", store=False, **limits))


def measured(question: Question, seconds: float) -> Row:
    """Measure one question here."""
    built = question.build()
    if built is None:
        return Row(question.name, question.asked, missing=True)
    load_kernels()
    network, box = built
    idle = peak_memory()
    start, _ = _timed(network, box, max_regions=1)
    taken, regions = _timed(network, box, time_limit=seconds)
    peak, rate = peak_memory(), regions.count / taken
    share = rate / passes_per_second(network, box)
    search = PlainSearch(network, box, taken)  # as much processor time, however busy the machine is
    spent, found = timed(search.count)
    plain = found / spent
    programs = regions.stats["programs"] / max(1, regions.count)
    return Row(question.name, question.asked, rate, plain, programs, start, peak, peak - idle, share)


def _apart(question: Question, seconds: float) -> Row:
    """Measure one question in a process of its own, for its memory."""
    command = [sys.executable, "-m", "benchmarks.image_boxes", "--only", question.name, "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ONE_CORE, check=True)
    return Row(**json.loads(done.stdout.splitlines()[-1]))


def _cells(row: Row) -> list[str]:
    if row.missing:
        return [row.name, "", "its files are missing"]
    ratio = f"{row.rate / row.plain:,.0f}" if row.plain else "no region"
    return [
        row.name, f"{row.asked:,}" if row.asked else "", f"{row.rate:,.0f}", f"{row.plain:,.1f}", ratio,
        f"{row.programs:.1f}", f"{row.start:.2f}", f"{row.peak:.0f}", f"{row.own:.0f}", f"{row.share:.1%}",
    ]  # fmt: skip


def _growing(console: Console) -> None:
    """Print the time for each region in growing boxes."""
    load_kernels()
    table = Table("network", "radius", "regions", "processor s", "microseconds/region")
    for widths, radii in GROWING:
        for radius in radii:
            taken, regions = _timed(*cube(widths, radius))
            each = f"{taken / regions.count * 1e6:.0f}"
            table.add_row("-".join(map(str, widths)), f"{radius:g}", f"{regions.count:,}", f"{taken:.1f}", each)
    console.print(table)


def _certificate(console: Console) -> None:
    """Write and check a certificate of a cube."""
    load_kernels()
    widths, radius = CERTIFIED
    network, box = cube(widths, radius)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "count.cert"
        written, regions = _timed(network, box, certificate=path)
        checked, verdict = timed(lambda: check(path))
        table = Table("network", "radius", "regions", "verified", "bytes/region", "asked", "written, s", "checked, s")
        table.add_row(
            "-".join(map(str, widths)), f"{radius:g}", f"{regions.count:,}", f"{verdict.regions:,}",
            f"{path.stat().st_size / regions.count:,.0f}", f"{500 + 16 * widths[0]:,}", f"{written:.1f}",
            f"{checked:.1f}",
        )  # fmt: skip
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each search")
    parser.add_argument("--growing", action="store_true", help="count in growing boxes")
    parser.add_argument("--certificate", action="store_true", help="write and check one with 784 inputs")
    parser.add_argument("--only", help="measure this question here, and write JSON")
    given = parser.parse_args(arguments)
    if given.growing or given.certificate:
        (_growing if given.growing else _certificate)(Console(width=160))
        return
    if given.only is not None:
        question = next(q for q in QUESTIONS if q.name == given.only)
        sys.stdout.write(json.dumps(asdict(measured(question, given.seconds))) + "\n")
        return
    table = Table("question", "asked", "tree, regions/s", "plain search on HiGHS", "ratio", "programs/region",
                  "s to the first region", "peak MB", "own MB", "of the limit")  # fmt: skip
    for question in QUESTIONS:
        table.add_row(*_cells(_apart(question, given.seconds)))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
