"""Cells of the plane with a function that is affine on each, from exact forms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import ExactRegionsError
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import Forms
from exactregions.geometry.disc_cells import PlaneCell
from exactregions.geometry.plane import ExactCell, Placement

Array = NDArray[np.float64]

ONE = Fraction(1)
LARGEST_VALUE = 1e300  # differences of values up to here are floats


@dataclass(frozen=True, slots=True, eq=False)
class AffinePiece:
    """A convex cell of the plane with one affine function.

    Attributes
    ----------
    outline : numpy.ndarray, shape (n, 2)
        Its corners, counterclockwise, and points of its arcs.
    slope : numpy.ndarray, shape (2,)
    value : float
        At the first point of the outline.
    low, high : float
        The least and the largest value on the cell.
    """

    outline: Array
    slope: Array
    value: float
    low: float
    high: float


def affine_piece(
    placement: Placement, cell: PlaneCell, exact: ExactCell, outputs: Forms, output: int, factor: Fraction = ONE
) -> AffinePiece:
    """Return a cell with one output of the network on it; the forms are those of the outputs times a factor.

    Raises
    ------
    ExactRegionsError
        If values are too large for a scale of floats.
    """
    a, b, c = (int(outputs.matrix[output, column]) for column in range(3))
    scale = (1 << outputs.exponent) * factor

    def value(x: Fraction | int, y: Fraction | int, w: int = 1) -> float:
        return nearest_float(Fraction(a * x + b * y + c * w) / (scale * w))

    corners = [value(int(x), int(y), int(w)) for x, y, w in exact.polygon.corners]
    low, high = min(corners), max(corners)
    _require_drawable((low, high), output, exact.region)
    slope = affine_slope(outputs, output, exact.region, factor)
    outline = cell.outline()
    first = value(Fraction(outline[0, 0]) + placement.x, Fraction(outline[0, 1]) + placement.y)
    if cell.arcs.any():  # the polygon is larger than its part in the disc
        points = np.concatenate([outline, _on_arcs(cell, slope)])
        inside = np.clip(first + (points - outline[0]) @ slope, low, high)
        low, high = float(inside.min()), float(inside.max())
    return AffinePiece(outline, slope, min(max(first, low), high), low, high)


def affine_slope(outputs: Forms, output: int, region: int, factor: Fraction = ONE) -> Array:
    """Return the gradient of one output in a region, correctly rounded; see `affine_piece` for what is raised."""
    scale = (1 << outputs.exponent) * factor
    slope = np.array([nearest_float(int(outputs.matrix[output, column]) / scale) for column in range(2)])
    _require_drawable(slope, output, region)
    return slope


def _require_drawable(values: Iterable[float], output: int, region: int) -> None:
    if max(map(abs, values)) > LARGEST_VALUE:
        raise ExactRegionsError(
            f"output {output} or its slope is beyond {LARGEST_VALUE:g} in region {region}, which no scale of colours "
            "shows; scale the weights of the output layer down"
        )


def _on_arcs(cell: PlaneCell, slope: Array) -> Array:
    """Return the points of the arcs at which a function of that slope is largest or least on the circle."""
    length = math.hypot(*slope)
    if length == 0:
        return np.zeros((0, 2))
    found = []
    for corner, arc in zip(cell.corners - cell.center, cell.arcs, strict=True):
        begin, radius = math.atan2(corner[1], corner[0]), math.hypot(*corner)
        for sign in (1, -1):
            toward = sign * slope / length
            if (math.atan2(toward[1], toward[0]) - begin) % (2 * math.pi) < arc:
                found.append(cell.center + radius * toward)
    return np.array(found).reshape(-1, 2)
