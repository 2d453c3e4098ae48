"""Networks of one to three inputs: the tree engine beside a plain loop over float polygons, which proves nothing.

`python -m benchmarks.few_inputs` counts the regions of generated networks in the box (-1, 1)^d and in the Euclidean
ball in it, and, with two inputs, cuts the box by the lines of the units in the same process, believing every rounded
number. It prints the regions that each finds in a second of processor time, and their ratio; that of the ball is to
the loop in the box. What a search takes before its first step, about as long as a search of the same network in a
tiny domain, is told apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.networks import generated
from benchmarks.timing import timed
from exactregions import Ball, Box, Domain, Network, count_regions

__all__ = ["QUESTIONS", "count_polygons"]

Floats = NDArray[np.float64]

QUESTIONS: tuple[tuple[int, ...], ...] = (
    (2, 16, 16, 1),
    (2, 64, 64, 1),
    (2, 100, 100, 1),
    (2, 200, 200, 1),
    (2, 100, 100, 100, 100, 1),
    (1, 256, 256, 256, 1),
    (3, 32, 32, 1),
    (3, 100, 100, 1),
)
PLANE = 2
MOST = 64  # corners of a polygon
TINY = 1e-12  # half a side of the box, or the radius of the ball, in which a search has next to nothing to do
SECONDS = 0.3


def count_polygons(network: Network) -> int:
    """Return how many polygons the float lines of a ReLU network with two inputs cut the box (-1, 1)^2 into."""
    stages = network.stages
    corners = np.zeros((2, MOST))
    corners[:, :4] = [[-1, 1, 1, -1], [-1, -1, 1, 1]]
    widths = np.array([network.inputs, *(len(stage.bias) for stage in stages)])
    weights = np.concatenate([stage.weight.T.ravel() for stage in stages])  # input by input
    biases = np.concatenate([stage.bias for stage in stages])
    return int(_polygons(0, corners, 4, np.eye(2, 3), widths, weights, biases))


@njit(error_model="numpy")
def _polygons(
    layer: int, corners: Floats, count: int, passed: Floats, widths: NDArray[np.int64], weights: Floats, biases: Floats
) -> int:
    """Cut a polygon, on which the units before pass affine forms, by the units of a layer and of those behind it."""
    if layer == len(widths) - 1:
        return 1
    inputs, outputs = widths[layer], widths[layer + 1]
    forms = np.zeros((3, outputs))
    forms[2] = biases[:outputs]
    for j in range(inputs):
        a, b, c = passed[j]
        if a != 0.0 or b != 0.0 or c != 0.0:
            row = weights[j * outputs : (j + 1) * outputs]
            for i in range(outputs):
                forms[0, i] += row[i] * a
                forms[1, i] += row[i] * b
                forms[2, i] += row[i] * c
    cutting = _cutting(forms, corners, count)
    waiting, counts = np.empty((len(cutting) + 1, 2, MOST)), np.empty(len(cutting) + 1, dtype=np.int64)
    places = np.zeros(len(cutting) + 1, dtype=np.int64)
    waiting[0], counts[0] = corners, count
    after, top, total = np.zeros((outputs, 3)), 0, 0
    while top >= 0:
        if places[top] < len(cutting):
            unit = cutting[places[top]]
            places[top] += 1
            a, b, c = forms[:, unit]
            beyond = _part(waiting[top], counts[top], a, b, c, waiting[top + 1])
            below = _part(waiting[top], counts[top], -a, -b, -c, corners)
            if beyond > 0 and below > 0:
                waiting[top] = corners
                counts[top], counts[top + 1], places[top + 1] = below, beyond, places[top]
                top += 1
            continue
        x, y = waiting[top, 0, : counts[top]].mean(), waiting[top, 1, : counts[top]].mean()
        for i in range(outputs):
            on = forms[0, i] * x + forms[1, i] * y + forms[2, i] > 0.0
            for j in range(3):
                after[i, j] = forms[j, i] if on else 0.0
        here = waiting[top].copy()
        total += _polygons(
            layer + 1, here, counts[top], after, widths, weights[inputs * outputs :], biases[outputs:]
        )  # fmt: skip
        top -= 1
    return total


@njit(error_model="numpy")
def _cutting(forms: Floats, corners: Floats, count: int) -> NDArray[np.int64]:
    """Return the units that have both signs at the corners of a polygon."""
    outputs = forms.shape[1]
    least, greatest = np.full(outputs, np.inf), np.full(outputs, -np.inf)
    for corner in range(count):
        x, y = corners[0, corner], corners[1, corner]
        for i in range(outputs):
            value = forms[0, i] * x + forms[1, i] * y + forms[2, i]
            least[i] = min(least[i], value)
            greatest[i] = max(greatest[i], value)
    return np.flatnonzero((least < 0.0) & (greatest > 0.0))


@njit(error_model="numpy")
def _part(corners: Floats, count: int, a: float, b: float, c: float, out: Floats) -> int:
    """Write the part of a polygon where a form is positive; return its corners, none where it is nowhere positive."""
    found, above = 0, False
    px, py = corners[0, count - 1], corners[1, count - 1]
    before = a * px + b * py + c
    for i in range(count):
        x, y = corners[0, i], corners[1, i]
        value = a * x + b * y + c
        if (value > 0.0) != (before > 0.0):
            t = before / (before - value)
            out[0, found], out[1, found] = px + t * (x - px), py + t * (y - py)
            found += 1
        if value > 0.0:
            out[0, found], out[1, found] = x, y
            found += 1
            above = True
        px, py, before = x, y, value
    return found if above else 0


def _seconds(run: Callable[[], Any]) -> float:
    """Return the least processor time of some runs."""
    run()
    taken: list[float] = []
    while sum(taken) < SECONDS or len(taken) < 3:
        taken.append(timed(run)[0])
    return min(taken)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a part of the widths, as 2,64")
    given = parser.parse_args(arguments)
    table = Table(
        "network", "domain", "regions", "ms", "before, ms", "tree, regions/s", "without before", "polygons/s", "share"
    )
    for widths in QUESTIONS:
        name = ",".join(map(str, widths))
        if given.only is None or given.only in name:
            for row in _rows(widths):
                table.add_row(name, *row)
    Console(width=120).print(table)


def _rows(widths: Sequence[int]) -> Iterator[list[str]]:
    """Yield what is measured in the box, and with two or three inputs in the Euclidean ball of radius 1."""
    network, d = generated(widths), widths[0]
    box = Box([-1] * d, [1] * d)
    polygons = _polygons_in_a_second(network, box) if d == PLANE else None
    yield ["box", *_row(network, box, Box([-TINY] * d, [TINY] * d), polygons)]
    if d > 1:
        yield ["ball", *_row(network, Ball([0] * d, 1), Ball([0] * d, TINY), polygons)]


def _row(network: Network, domain: Domain, tiny: Domain, polygons: float | str | None) -> list[str]:
    count = count_regions(network, domain)
    whole = _seconds(lambda: count_regions(network, domain))
    before = _seconds(lambda: count_regions(network, tiny))
    rate = count / (whole - before)
    row = [f"{count:,}", f"{1e3 * whole:.2f}", f"{1e3 * before:.2f}", f"{count / whole:,.0f}", f"{rate:,.0f}"]
    if not isinstance(polygons, float):
        return [*row, polygons or "", ""]
    return [*row, f"{polygons:,.0f}", f"{rate / polygons:.2f}"]


def _polygons_in_a_second(network: Network, box: Box) -> float | str:
    """Return how many polygons of a box the plain loop finds in a second of processor time; text if it errs."""
    found = count_polygons(network)
    if found != count_regions(network, box):
        return f"finds {found:,}"
    return found / _seconds(lambda: count_polygons(network))


if __name__ == "__main__":
    main()
