"""Sets of outputs computed layer by layer in floats, beside `reach`: `python -m benchmarks.layer_by_layer`.

The method is that of Xiang, Tran and Johnson, Reachable set computation and safety verification for neural networks
with ReLU activations (2017): a union of polyhedra goes through one layer after another, and each is cut where units
change sign. Here a polyhedron is kept as the image of a polytope of inputs, and its signs are found unit by unit, by
two linear programs each, in place of trying all combinations. Both unions must have the same pieces, with the same
affine maps and the same areas; the command fails otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection, QhullError

from benchmarks.timing import timed
from exactregions import Box, Network, reach
from exactregions.quantities import ReachSet

__all__ = ["Image", "differences", "images_by_layers"]

Floats = NDArray[np.float64]

SIZES = (3, 7, 7, 2)  # without a file
SEED = 2017
THIN = 1e-9  # what reaches no farther beyond zero is taken for zero
CLOSE = 1e-6  # of maps and areas, relative to one or their size


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """The set { M x + c : A x <= b }.

    Attributes
    ----------
    a, b : numpy.ndarray, shapes (rows, inputs) and (rows,)
    matrix, constant : numpy.ndarray, shapes (values, inputs) and (values,)
    signs : tuple of bool
        Of the units so far.
    """

    a: Floats
    b: Floats
    matrix: Floats
    constant: Floats
    signs: tuple[bool, ...] = ()

    def greatest(self, row: Floats) -> float:
        """Return the largest value of row . x."""
        return -float(linprog(-row, self.a, self.b, bounds=(None, None)).fun)

    def cut(self, row: Floats, constant: float, positive: bool) -> Image:
        """Return the side on which row . x + constant has a sign."""
        sign = -1.0 if positive else 1.0
        a, b = np.vstack([self.a, sign * row]), np.append(self.b, -sign * constant)
        return Image(a, b, self.matrix, self.constant, (*self.signs, positive))

    def area(self) -> float:
        """Return the area of the set, whose points have two coordinates."""
        lengths = np.linalg.norm(self.a, axis=1)
        a, d = np.column_stack([self.a, lengths]), self.a.shape[1]
        middle = linprog([*[0.0] * d, -1.0], a, self.b, bounds=[(None, None)] * d + [(0, None)]).x[:d]
        corners = HalfspaceIntersection(np.column_stack([self.a, -self.b]), middle).intersections
        try:
            return float(ConvexHull(corners @ self.matrix.T + self.constant).volume)
        except QhullError:  # flat
            return 0.0


def images_by_layers(network: Network, box: Box) -> list[Image]:
    """Return the images of all parts of a box, layer by layer; a network of two-slope units."""
    d = network.inputs
    ends = np.array([*map(float, box.upper), *(-float(v) for v in box.lower)])
    images = [Image(np.vstack([np.eye(d), -np.eye(d)]), ends, np.eye(d), np.zeros(d))]
    for stage in network.stages:
        passed = []
        for image in images:
            rows, constants = stage.weight @ image.matrix, stage.weight @ image.constant + stage.bias
            for part in _parts(image, rows, constants):
                slopes = np.where(part.signs[len(image.signs) :], stage.high, stage.low)
                matrix, constant = slopes[:, None] * rows, slopes * constants
                passed.append(Image(part.a, part.b, matrix, constant, part.signs))
        images = passed
    w, c = network.weight, network.bias
    return [Image(i.a, i.b, w @ i.matrix, w @ i.constant + c, i.signs) for i in images]


def _parts(image: Image, rows: Floats, constants: Floats) -> Iterator[Image]:
    """Yield the parts of a set on which units keep their signs, one unit after another."""
    if not len(rows):
        yield image
        return
    row, constant = rows[0], float(constants[0])
    low, high = constant - image.greatest(-row), constant + image.greatest(row)
    signs = [False] if high <= THIN else [True] if low >= -THIN else [False, True]
    for positive in signs:
        part = image.cut(row, constant, positive)
        if len(signs) == 1:
            part = Image(image.a, image.b, image.matrix, image.constant, part.signs)
        yield from _parts(part, rows[1:], constants[1:])


def differences(images: Sequence[Image], found: ReachSet) -> list[str]:
    """Return how two unions differ, of networks of two outputs: pieces, their maps, their areas."""
    layered = {image.signs: image for image in images}
    exact = {tuple(piece.pattern.tolist()): k for k, piece in enumerate(found.pieces)}
    pieces, polygons, told = list(found.pieces), found.polygons(), []
    if len(layered) != len(images) or set(layered) != set(exact):
        told.append(f"{len(images)} images and {len(exact)} pieces, of which {len(set(layered) & set(exact))} agree")
    for signs in layered.keys() & exact.keys():
        image, piece, size = layered[signs], pieces[exact[signs]], float(_area(polygons[exact[signs]]))
        wanted = np.array([[*map(float, row), float(c)] for row, c in zip(piece.matrix, piece.constant, strict=True)])
        gap = np.abs(np.column_stack([image.matrix, image.constant]) - wanted).max() / (1.0 + np.abs(wanted).max())
        if gap > CLOSE or abs(image.area() - size) > CLOSE * (1.0 + size):
            told.append(f"piece {exact[signs]}: maps differ by {gap:.1e}, areas are {image.area()!r} and {size!r}")
    return told


def _area(corners: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    pairs = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return abs(sum((p[0] * q[1] - p[1] * q[0] for p, q in pairs), Fraction(0))) / 2


def main(
    file: Annotated[Path | None, typer.Argument(help="Arrays W0, b0, W1, b1, ..; random weights without.")] = None,
) -> None:
    """Compute the set of outputs on [-1, 1]^d by both methods, and compare."""
    if file is None:
        rng = np.random.default_rng(SEED)
        layers = [(rng.standard_normal((m, n)), rng.standard_normal(m)) for n, m in pairwise(SIZES)]
    else:
        arrays = np.load(file)
        layers = [(arrays[f"W{i}"], arrays[f"b{i}"].ravel()) for i in range(len(arrays.files) // 2)]
    network = Network.from_layers([w for w, _ in layers], [b for _, b in layers])
    box, console = Box(-1, 1, dim=network.inputs), Console()
    reach(network, box)  # compiles
    seconds, found = timed(lambda: reach(network, box))
    corners, _ = timed(found.polygons)
    layered, images = timed(lambda: images_by_layers(network, box))
    told = differences(images, found)
    console.print(f"reach: {len(found):,} pieces in {seconds:.3f} s, their exact polygons in {corners:.3f} s more")
    console.print(f"layer by layer: {len(images):,} sets in {layered:.1f} s, {layered / seconds:,.0f} times as long")
    for line in told:
        console.print(f"DIFFERENT: {line}", style="bold red", markup=False)
    console.print("the same pieces, maps and areas" if not told else f"{len(told)} differences")
    raise typer.Exit(1 if told else 0)


if __name__ == "__main__":
    typer.run(main)
