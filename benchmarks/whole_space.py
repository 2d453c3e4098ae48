"""The whole space, and huge balls, beside a bounded box that holds all regions: `python -m benchmarks.whole_space`.

For each generated network the box (-r, r)^d is the first with r = 1000, 2000, ... that has as many regions as the whole
space. Both are counted, and stored, in one process. The table has the regions that each finds in a second of processor
time, and how many times as long the whole space takes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.networks import generated
from benchmarks.timing import least
from exactregions import Ball, Box, Network, WholeSpace, count_regions, enumerate_regions

QUESTIONS: tuple[tuple[int, ...], ...] = (
    (2, 64, 64, 1),
    (2, 200, 200, 1),
    (3, 16, 16, 1),
    (3, 32, 32, 1),
    (4, 8, 8, 1),
    (4, 16, 16, 1),
    (6, 12, 12, 1),
)
RADII = (10**9, 10**12)  # of balls
RUNS = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a part of the widths, as 2,64")
    given = parser.parse_args(arguments)
    table = Table(
        "network",
        "regions",
        "r",
        "box, regions/s",
        "space, regions/s",
        "times",
        "stored: box",
        "space",
        "times",
        *(f"ball {radius:.0e}, times" for radius in RADII),
    )
    for widths in QUESTIONS:
        name = ",".join(map(str, widths))
        if given.only is None or given.only in name:
            table.add_row(name, *_row(generated(widths)))
    Console(width=140).print(table)


def _row(network: Network) -> list[str]:
    space, d, half = WholeSpace(network.inputs), network.inputs, 1000
    count = count_regions(network, space)
    while count_regions(network, Box([-half] * d, [half] * d)) < count:
        half *= 2
    domains = Box([-half] * d, [half] * d), space
    counting: list[Callable[[], object]] = [lambda k=k: count_regions(network, k) for k in domains]
    storing: list[Callable[[], object]] = [lambda k=k: enumerate_regions(network, k) for k in domains]
    balls = [_times(network, domains[0], Ball([0] * d, radius)) for radius in RADII]
    return [f"{count:,}", f"{half:,}", *_beside(count, counting), *_beside(count, storing), *balls]


def _times(network: Network, box: Box, ball: Ball) -> str:
    bounded, round_one = (least(lambda k=k: count_regions(network, k), RUNS) for k in (box, ball))
    return f"{round_one / bounded:.2f}"


def _beside(count: int, works: Sequence[Callable[[], object]]) -> list[str]:
    bounded, endless = (least(work, RUNS) for work in works)
    return [f"{count / bounded:,.0f}", f"{count / endless:,.0f}", f"{endless / bounded:.2f}"]


if __name__ == "__main__":
    main()
