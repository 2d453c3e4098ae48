"""Public networks in growing balls about a point: ``python -m benchmarks.growing_balls FOLDER [SECONDS] [NAME]``.

Each file is counted in Euclidean and in infinity-norm balls about a fixed random point, the radius growing by a factor
of four until the time is over. Told is the largest ball that was finished, and the rate in the first that was not: of
regions a second of processor time, preparation included, beside that of a dense network of one layer with as many
undecided units.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.timing import timed
from exactregions import Ball, Network, RegionSet, enumerate_regions, load
from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.loading import load_kernels
from exactregions.engines.tree.scaled_problem import scale_problem
from exactregions.errors import ExactRegionsError
from exactregions.exact.forms import ExactNetwork
from exactregions.winner_patterns import pairwise_lowering

__all__ = ["Line", "dense_twin", "measured", "undecided_units"]

SMALLEST, GROWTH = 2.0**-12, 4.0
NORMS = (2, math.inf)


@dataclass(frozen=True, slots=True)
class Line:
    """One file in balls of one norm; the last two of the ball that was not finished."""

    name: str
    units: int
    norm: float
    radius: float
    count: int
    seconds: float
    undecided: int = 0
    rate: float = 0.0
    dense_rate: float = 0.0

    def __str__(self) -> str:
        tried = f"{self.undecided} | {self.rate:,.0f} | {self.dense_rate:,.0f}" if self.undecided else " | | "
        return (
            f"| {self.name} | {self.units:,} | l{self.norm:g} | {self.radius:.3g} | {self.count:,} "
            f"| {self.seconds:.2f} | {tried} |"
        )


def undecided_units(network: Network, ball: Ball) -> int:
    """Return the number of units that the search looks at."""
    plain = pairwise_lowering(network)
    return len(scale_problem(plain, ExactNetwork(plain), ball).network.lows)


def dense_twin(units: int, ball: Ball) -> Network:
    """Return a layer of as many random units, all of which cut the ball."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(units, len(ball.center)))
    size = np.linalg.norm(rows, axis=1) if ball.norm == 2 else np.abs(rows).sum(axis=1)
    gaps = rng.uniform(0, 1, units) * size * float(ball.radius)
    return Network.from_layers([rows, np.ones((1, units))], [gaps - rows @ [float(c) for c in ball.center], [0.0]])


def _timed(network: Network, ball: Ball, seconds: float) -> tuple[float, RegionSet]:
    return timed(lambda: enumerate_regions(network, ball, engine="tree", time_limit=seconds))


def measured(path: Path, network: Network, norm: float, seconds: float) -> Line:
    """Count in growing balls until the time is over."""
    center = np.random.default_rng(0).uniform(size=network.inputs)
    radius, line = SMALLEST, Line(path.name, network.units, norm, 0.0, 0, 0.0)
    while radius < 2.0**20:
        ball = Ball(center, radius, norm)
        spent, regions = _timed(network, ball, seconds)
        if not regions.exact:
            undecided = undecided_units(network, ball)
            dense_spent, dense = _timed(dense_twin(undecided, ball), ball, seconds)
            rates = len(regions) / max(spent, 1e-9), len(dense) / max(dense_spent, 1e-9)
            return Line(path.name, network.units, norm, line.radius, line.count, line.seconds, undecided, *rates)
        line = Line(path.name, network.units, norm, radius, len(regions), spent)
        radius *= GROWTH
    return line


def main(folder: Path, seconds: float, part: str) -> Iterator[str]:
    """Yield the lines of the table, one as each file is done."""
    for kind in STATES:  # no case is to pay for it
        load_kernels(kind)
    yield "| file | units | norm | radius | regions, exact | s | undecided beyond | regions/s | dense, regions/s |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for path in sorted([*folder.glob("*.onnx*"), *folder.glob("*.nnet")]):
        if part not in path.name:
            continue
        try:
            network = load(path) if path.suffix == ".nnet" else load(path, strip_output=True)
            for norm in NORMS:
                yield str(measured(path, network, norm, seconds))
        except ExactRegionsError as error:
            yield f"| {path.name} | {str(error)[:80]} |"


if __name__ == "__main__":
    given = sys.argv[1:]
    for text in main(Path(given[0]), float(given[1]) if len(given) > 1 else 10.0, given[2] if len(given) > 2 else ""):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
