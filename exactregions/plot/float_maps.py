"""The affine maps of many regions of the plane in floats, with bounds of their errors; the offset is a third column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNIT
from exactregions.geometry.disc_cells import PlaneCell
from exactregions.geometry.float_polygons import NEAR
from exactregions.geometry.plane import Placement
from exactregions.network import Network
from exactregions.plot.affine_pieces import LARGEST_VALUE, AffinePiece
from exactregions.quantities.jacobians import Jacobians
from exactregions.regions import RegionSet
from exactregions.stage import Stage

Array = NDArray[np.float64]

SHOWN = 1e-9  # of a slope, or of the range of values, up to which it may be off: no scale of colours shows that
ROUNDINGS = 16  # of a value at a corner, and of the bound of its error


def sure_classes(regions: RegionSet, cells: Sequence[PlaneCell], placement: Placement) -> NDArray[np.intp]:
    """Return the class of each cell that lies within one class, proved; -1 for the others, shape (n,).

    A difference of outputs is affine on a cell, so it is positive there if it is at the corners: by more than the
    rounding of the map, and than it changes between a corner and where the exact one may be.

    Parameters
    ----------
    regions : RegionSet
        Of a network with two inputs, none of them fixed.
    cells : sequence of PlaneCell
        Its cells, without arcs.
    placement : Placement
    """
    if any(placement.origin):
        return np.full(len(regions), -1)
    told = _at_corners(regions, cells, placement.size, range(regions.network.outputs))
    values, lost, classes = told.values, told.lost, np.full(len(cells), -1)
    with np.errstate(all="ignore"):
        if values.shape[1] == 1:
            values, lost = (np.concatenate([np.zeros_like(v), v], axis=1) for v in (values, lost))
        low, high = told.least(values - lost), told.largest(values + lost)
        best, rows = np.argmax(low, axis=1), np.arange(len(cells))
        gaps = told.least(values[np.arange(len(told.owners)), best[told.owners]][:, None] - values)
        slack = told.largest(lost)
        sure = gaps > slack + slack[rows, best][:, None]
    sure[rows, best] = np.isfinite(low[rows, best]) & np.isfinite(high[rows, best])
    found = sure.all(axis=1)
    classes[found] = best[found]
    return classes


def sure_pieces(
    regions: RegionSet, cells: Sequence[PlaneCell], placement: Placement, output: int
) -> list[AffinePiece | None]:
    """Return each cell with an output on it, None where rounding may show on the scale of all values.

    What an affine function is off on a cell, it is off at a corner at most.

    Parameters
    ----------
    regions, cells, placement
        As for `sure_classes`.
    output : int
    """
    if any(placement.origin):
        return [None] * len(regions)
    told = _at_corners(regions, cells, placement.size, [output])
    with np.errstate(all="ignore"):
        low, high = told.least(told.values)[:, 0], told.largest(told.values)[:, 0]
        lost, slopes = told.largest(told.lost)[:, 0], told.maps[:, 0, :2]
        spread = (high - lost).max() - (low + lost).min()  # no more than the true one
        sure = (lost <= SHOWN * spread) & np.isfinite(spread)
        sure &= np.maximum(np.abs(low), np.abs(high)) <= LARGEST_VALUE
        sure &= np.all(np.abs(slopes) <= LARGEST_VALUE, axis=1)
    first = told.values[told.starts, 0]
    ends = zip(first.tolist(), low.tolist(), high.tolist(), strict=True)
    whole = zip(cells, slopes, ends, sure.tolist(), strict=True)
    return [AffinePiece(cell.outline(), slope, *values) if good else None for cell, slope, values, good in whole]


def sure_slopes(regions: RegionSet, output: int) -> Array:
    """Return the gradient of an output in each region, NaN where floats do not tell it, shape (n, 2).

    Parameters
    ----------
    regions : RegionSet
        Of a network with two inputs, none of them fixed.
    output : int
    """
    maps, error = _maps(regions, [output])
    slopes = maps[:, 0, :2]
    sure = SHOWN * np.linalg.norm(slopes, axis=1) >= np.linalg.norm(error[0, :2])
    sure &= np.all(np.abs(slopes) <= LARGEST_VALUE, axis=1)
    return np.where(sure[:, None], slopes, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _AtCorners:
    """The values of outputs at the corners of all cells, one cell after another.

    Attributes
    ----------
    maps : numpy.ndarray, shape (cells, outputs, 3)
    values, lost : numpy.ndarray, shape (corners, outputs)
        `lost` bounds how far a value is from that of the exact map at the exact corner.
    owners : numpy.ndarray of int, shape (corners,)
    starts : numpy.ndarray of int, shape (cells,)
    """

    maps: Array
    values: Array
    lost: Array
    owners: NDArray[np.intp]
    starts: NDArray[np.intp]

    def least(self, values: Array) -> Array:
        """Return the least of the values at the corners of each cell."""
        return np.minimum.reduceat(values, self.starts)

    def largest(self, values: Array) -> Array:
        """Return the largest of the values at the corners of each cell."""
        return np.maximum.reduceat(values, self.starts)


def _at_corners(regions: RegionSet, cells: Sequence[PlaneCell], size: float, outputs: Sequence[int]) -> _AtCorners:
    """Return the values of some outputs at the corners of cells without arcs; `size` is that of the domain."""
    maps, error = _maps(regions, outputs)
    counts = np.array([len(cell.corners) for cell in cells])
    owners, starts = np.repeat(np.arange(len(cells)), counts), np.cumsum(counts) - counts
    corners = np.concatenate([cell.corners for cell in cells])
    extended = np.concatenate([corners, np.ones((len(corners), 1))], axis=1)
    distances = np.abs(extended)
    with np.errstate(all="ignore"):
        values = np.einsum("cki,ci->ck", maps[owners], extended)
        steepness = np.abs(maps[owners])
        lost = distances @ error.T + ROUNDINGS * UNIT * np.einsum("cki,ci->ck", steepness, distances)
        lost += 2 * NEAR * size * (steepness[:, :, :2].sum(axis=2) + error[:, :2].sum(axis=1))
    return _AtCorners(maps, values, lost, owners, starts)


def _maps(regions: RegionSet, outputs: Sequence[int]) -> tuple[Array, Array]:
    """Return slopes and offset of outputs in each region, shape (n, outputs, 3), and a bound of their errors."""
    jacobians = Jacobians(_with_ones(regions.network), range(3), outputs)
    return jacobians.all(regions.patterns, regions.network.units), jacobians.error


def _with_ones(network: Network) -> Network:
    """Return the network with one more input, times which every bias is taken: its maps are linear."""
    stages = []
    for stage in network.stages:
        weight = np.vstack([np.column_stack([stage.weight, stage.bias]), [*[0.0] * stage.weight.shape[1], 1.0]])
        ones = [np.append(slopes, 1.0) for slopes in (stage.low, stage.high)]
        stages.append(Stage(weight, np.zeros(len(weight)), *ones))
    return Network(tuple(stages), np.column_stack([network.weight, network.bias]), np.zeros(network.outputs))
