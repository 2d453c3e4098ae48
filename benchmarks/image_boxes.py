"""Boxes with many inputs: the tree engine beside a plain search on the programs of HiGHS, which proves nothing.

`python -m benchmarks.image_boxes --seconds 5` asks both the same questions, one after the other, and prints the regions
that each finds in a second of processor time, and their ratio.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.measure import load_kernels
from benchmarks.networks import generated
from exactregions import Ball, Network, enumerate_regions

__all__ = ["QUESTIONS", "PlainSearch", "question"]

Floats = NDArray[np.float64]

# widths and radius of the l_inf ball about (0.3, .., 0.3)
QUESTIONS: tuple[tuple[tuple[int, ...], float], ...] = (
    ((100, 100, 100, 1), 0.015),
    ((784, 64, 64, 10), 0.025),
    ((784, 256, 256, 10), 0.01),
)
CENTRE = 0.3
TOLERANCE = 1e-9  # a supremum below it is taken for none


def question(widths: Sequence[int], radius: float) -> tuple[Network, Ball]:
    """Return the generated network of these widths and the ball."""
    return generated(widths), Ball(np.full(widths[0], CENTRE), radius, "inf")  # type: ignore[arg-type]


@dataclass(slots=True)
class PlainSearch:
    """Depth-first search over signs, two linear programs for each unit that intervals do not settle.

    Parameters
    ----------
    network : Network
    center : numpy.ndarray, shape (d,)
    radius : float
    seconds : float
        Of processor time, after which the search ends where it stands.
    """

    network: Network
    center: Floats
    radius: float
    seconds: float
    found: int = 0
    programs: int = 0
    solver: Any = None
    end: float = 0.0

    def count(self) -> int:
        """Return the regions found."""
        import highspy

        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        for c in self.center.tolist():
            self.solver.addVar(c - self.radius, c + self.radius)
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.end = time.process_time() + self.seconds
        d = len(self.center)
        self._stage(0, np.eye(d), np.zeros(d))
        return self.found

    def _stage(self, stage: int, inputs: Floats, constants: Floats) -> None:
        """Go through the units of a stage, given the forms that come in."""
        if stage == len(self.network.stages):
            self.found += 1
            return
        layer = self.network.stages[stage]
        self._unit(stage, layer.weight @ inputs, layer.weight @ constants + layer.bias, [])

    def _unit(self, stage: int, forms: Floats, constants: Floats, signs: list[bool]) -> None:
        if time.process_time() > self.end:
            return
        unit, layer = len(signs), self.network.stages[stage]
        if unit == len(constants):
            slopes = np.where(signs, layer.high, layer.low)
            self._stage(stage + 1, slopes[:, None] * forms, slopes * constants)
            return
        row, constant = forms[unit], float(constants[unit])
        middle, reach = float(row @ self.center) + constant, self.radius * float(np.abs(row).sum())
        above = middle + reach > TOLERANCE and (middle - reach > 0 or self._supremum(row, constant) > TOLERANCE)
        below = middle - reach < -TOLERANCE and (middle + reach < 0 or self._supremum(-row, -constant) > TOLERANCE)
        if not (above and below):
            self._unit(stage, forms, constants, [*signs, above])
            return
        for sign in (True, False):
            side = 1.0 if sign else -1.0
            columns = np.arange(len(row), dtype=np.int32)
            self.solver.addRow(-side * constant, self.solver.inf, len(row), columns, side * row)
            self._unit(stage, forms, constants, [*signs, sign])
            last = self.solver.getNumRow() - 1
            self.solver.deleteRows(1, np.array([last], dtype=np.int32))

    def _supremum(self, row: Floats, constant: float) -> float:
        self.programs += 1
        self.solver.changeColsCost(len(row), np.arange(len(row), dtype=np.int32), row)
        self.solver.run()
        return self.solver.getInfo().objective_function_value + constant


def _rates(widths: Sequence[int], radius: float, seconds: float) -> tuple[float, float]:
    """Return regions a second of the engine and of the plain search."""
    network, ball = question(widths, radius)
    began = time.process_time()
    count = enumerate_regions(network, ball, engine="tree", time_limit=seconds, store=False).count
    tree = count / (time.process_time() - began)
    began = time.process_time()
    count = PlainSearch(network, np.full(widths[0], CENTRE), radius, seconds).count()
    return tree, count / (time.process_time() - began)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each search")
    given = parser.parse_args(arguments)
    load_kernels()  # one process searches all of them
    table = Table("network", "l_inf radius", "tree, regions/s", "plain search on HiGHS", "ratio")
    for widths, radius in QUESTIONS:
        tree, plain = _rates(widths, radius, given.seconds)
        ratio = f"{tree / plain:,.0f}" if plain else "no region"
        table.add_row("-".join(map(str, widths)), f"{radius:g}", f"{tree:,.0f}", f"{plain:,.1f}", ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
