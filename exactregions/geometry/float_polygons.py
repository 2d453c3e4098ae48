"""Cells of the plane with corners in floats, proved to be as near to the exact ones as drawings and areas need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNIT
from exactregions.regions import RegionSet

if TYPE_CHECKING:
    from exactregions.engines.tree.leaf_lines import LeafLines

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEW = 256  # regions for which exact arithmetic takes less time than to load the kernels
NEAR = 1e-11  # of the size of the domain: how far a coordinate of a corner may be from the exact one
AT_ONCE = 2048  # cells
WIDER = 1.01  # covers the rounding of a bound, and what the coefficients of a line may be off


@dataclass(frozen=True, slots=True, eq=False)
class FloatPolygons:
    """Polygons of regions, by their numbers in the set.

    Attributes
    ----------
    corners : dict of int to numpy.ndarray, shape (k, 2)
        Counterclockwise, in scaled coordinates.
    center, scale : numpy.ndarray, shape (2,)
        Of these: an input is center + scale * corner.
    """

    corners: dict[int, Floats]
    center: Floats
    scale: Floats


def float_polygons(regions: RegionSet, size: float) -> FloatPolygons | None:
    """Return the polygons of the regions whose corners floats place within `NEAR`; None where kernels do not fit.

    Parameters
    ----------
    regions : RegionSet
        Of a network with two inputs, none of which the domain fixes.
    size : float
        Of the domain.
    """
    from exactregions.engines.tree.leaf_lines import leaf_lines

    found = leaf_lines(regions)
    if found is None:
        return None
    corners: dict[int, Floats] = {}
    center, scale = found.problem.center, found.problem.scale
    for begin in range(0, len(found.lines), AT_ONCE):
        corners.update(_proved(found, slice(begin, begin + AT_ONCE), NEAR * size / float(scale.max())))
    return FloatPolygons(corners, center, scale)


def _proved(found: LeafLines, chosen: slice, most: float) -> Iterator[tuple[int, Floats]]:
    """Yield the polygons among some that are proved, each coordinate of a corner to a distance.

    Where the lines of consecutive edges meet in points at which all other lines of the cell are positive, each point is
    a corner of the polygon that the lines of the edges bound, each line holds two of them, and the edges close up: they
    are its whole boundary. No row of the cell is negative at a corner, so this polygon is the closed cell.
    """
    lines, edges, counts = _padded(found.lines[chosen], found.edges[chosen])
    before = np.where(np.arange(edges.shape[1]) == 0, np.take_along_axis(edges, counts[:, None] - 1, axis=1), 0)
    before[:, 1:] = edges[:, :-1]
    with np.errstate(all="ignore"):
        g, h = (np.take_along_axis(lines, places[:, :, None], axis=1) for places in (before, edges))
        points, errors = _meetings(g, h, found.reach)
        clear = _others_positive(lines, before, edges, points, errors)
        there = np.arange(edges.shape[1]) < counts[:, None]
        good = ((clear & (errors <= most)) | ~there).all(axis=1) & (counts >= 3)
        areas = _areas(np.where(there[:, :, None], points, points[:, :1]))
    for i in np.flatnonzero(good & (areas > 0)).tolist():
        yield int(found.regions[chosen][i]), points[i, : counts[i]]


def _padded(lines: list[Floats], edges: list[NDArray[np.int64]]) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return arrays of equal length, with lines that are positive everywhere, and the edges of each cell."""
    counts = np.array([len(part) for part in edges])
    padded = np.zeros((len(lines), max(map(len, lines)), 4))
    padded[:, :, 2] = 1.0
    places = np.zeros((len(edges), int(counts.max())), dtype=np.int64)
    for i, (some, part) in enumerate(zip(lines, edges, strict=True)):
        padded[i, : len(some)], places[i, : len(part)] = some, part
    return padded, places, counts


def _meetings(g: Floats, h: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Return where two lines meet, and a bound of the distance of a coordinate from where the exact lines do.

    A line is off by its bound t at most wherever it is within reach, so each coefficient is off by t / reach. With N
    the normals of the exact lines, and r their values at the point, the exact point is the point less N^-1 r.
    """
    within = float(reach.min())
    turn = g[..., 0] * h[..., 1] - g[..., 1] * h[..., 0]
    x = (g[..., 1] * h[..., 2] - g[..., 2] * h[..., 1]) / turn
    y = (g[..., 2] * h[..., 0] - g[..., 0] * h[..., 2]) / turn
    points = np.stack([x, y], axis=-1)
    (own, s), (other, t) = ((np.abs(f[..., :2]).max(axis=-1), f[..., 3]) for f in (g, h))
    lost = 4 * (own * (t / within + 4 * UNIT * other) + other * (s / within + 4 * UNIT * own))
    first, second = (np.abs(_value(f, points)) + f[..., 3] for f in (g, h))
    errors = WIDER * (other * first + own * second) / (np.abs(turn) - lost)
    # bounds of lines hold within reach; there a coefficient is off by little where an error is small
    near = (np.abs(turn) > lost) & (np.abs(points) <= reach).all(axis=-1) & (np.maximum(s, t) < within / 1000)
    return points, np.where(near, errors, np.inf)


def _value(line: Floats, point: Floats) -> Floats:
    return line[..., 0] * point[..., 0] + line[..., 1] * point[..., 1] + line[..., 2]


def _others_positive(
    lines: Floats, before: NDArray[np.int64], edges: NDArray[np.int64], points: Floats, errors: Floats
) -> Mask:
    """Return the corners at which all lines but their own are positive, wherever within its bound the corner is."""
    values = _value(lines[:, None], points[:, :, None])
    steep = WIDER * (np.abs(lines[..., 0]) + np.abs(lines[..., 1]))
    positive = values > lines[:, None, :, 3] + 2 * steep[:, None] * errors[:, :, None]
    for own in (before, edges):
        np.put_along_axis(positive, own[:, :, None], True, axis=2)
    found: Mask = np.all(positive, axis=2)
    return found


def _areas(points: Floats) -> Floats:
    """Return twice the areas of polygons, negative where the corners come clockwise."""
    x, y = np.moveaxis(points - points[:, :1], -1, 0)
    return (x[:, :-1] * y[:, 1:] - y[:, :-1] * x[:, 1:]).sum(axis=1)
