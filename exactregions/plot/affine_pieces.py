"""The value of a piecewise affine function at every point of a grid: nothing is interpolated between corners."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
# corners are rounded to about 1e-16 of a domain that is at least 1e-6 of its distance from the origin
ROUNDING = 1e-9


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

    def at(self, x: Array, y: Array) -> Array:
        """Return the values at the points of a grid, shape (len(y), len(x)).

        A point beside the cell by no more than rounding has a value that the function takes on the cell.
        """
        steps = np.add.outer(self.slope[1] * (y - self.outline[0, 1]), self.slope[0] * (x - self.outline[0, 0]))
        return np.clip(self.value + steps, self.low, self.high)


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


def values_on_grid(pieces: Sequence[AffinePiece], x: Array, y: Array, size: float) -> Array:
    """Return the value at every point of a grid, NaN where no piece is: shape (len(y), len(x)).

    Parameters
    ----------
    pieces : sequence of AffinePiece
    x, y : numpy.ndarray
        Ascending.
    size : float
        Of the domain: points within its rounding of a piece belong to it, so that none falls between two.
    """
    values = np.full((len(y), len(x)), np.nan)
    slack = ROUNDING * size
    for piece in pieces:
        (left, bottom), (right, top) = piece.outline.min(axis=0) - slack, piece.outline.max(axis=0) + slack
        rows = slice(*np.searchsorted(y, [bottom, top]))
        columns = slice(*np.searchsorted(x, [left, right]))
        if rows.start == rows.stop or columns.start == columns.stop:
            continue
        begin, end = _spans(piece.outline, y[rows])
        across = x[columns]
        inside = (across >= begin[:, None] - slack) & (across <= end[:, None] + slack)
        values[rows, columns][inside] = piece.at(across, y[rows])[inside]
    return values


def _spans(outline: Array, y: Array) -> tuple[Array, Array]:
    """Return where each horizontal line enters and leaves a convex outline; a line beside it takes its nearest."""
    height = np.clip(y, outline[:, 1].min(), outline[:, 1].max())[:, None]
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, axis=0).T
    slanted = y0 != y1
    along = (height - y0) / np.where(slanted, y1 - y0, 1.0)
    met = slanted & (along >= 0) & (along <= 1)
    crossing = x0 + along * (x1 - x0)
    return np.where(met, crossing, np.inf).min(axis=1), np.where(met, crossing, -np.inf).max(axis=1)
