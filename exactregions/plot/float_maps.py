"""The affine maps of many regions of the plane in floats, with bounds of their errors; the offset is a third column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNIT
from exactregions.geometry.disc_cells import PlaneCell
from exactregions.geometry.float_polygons import NEAR
from exactregions.geometry.plane import Placement
from exactregions.network import Network
from exactregions.plot.affine_pieces import LARGEST_VALUE
from exactregions.quantities.jacobians import Jacobians
from exactregions.regions import RegionSet
from exactregions.stage import Stage

Array = NDArray[np.float64]

SHOWN = 1e-9  # of a slope, up to which it may be off: no scale of colours shows that
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
    maps, error = _maps(regions)
    classes = np.full(len(cells), -1)
    counts = np.array([len(cell.corners) for cell in cells])
    corners = np.concatenate([cell.corners for cell in cells])
    owners, starts = np.repeat(np.arange(len(cells)), counts), np.concatenate([[0], np.cumsum(counts)[:-1]])
    extended = np.concatenate([corners, np.ones((len(corners), 1))], axis=1)
    size = np.abs(extended)
    with np.errstate(all="ignore"):
        values = np.einsum("cki,ci->ck", maps[owners], extended)
        steepness = np.abs(maps[owners])
        lost = size @ error.T + ROUNDINGS * UNIT * np.einsum("cki,ci->ck", steepness, size)
        lost += 2 * NEAR * placement.size * (steepness[:, :, :2].sum(axis=2) + error[:, :2].sum(axis=1))
        if values.shape[1] == 1:
            values, lost = (np.concatenate([np.zeros_like(v), v], axis=1) for v in (values, lost))
        low, high = np.minimum.reduceat(values - lost, starts), np.maximum.reduceat(values + lost, starts)
        best = np.argmax(low, axis=1)
        rows = np.arange(len(cells))
        gaps = np.minimum.reduceat(values[np.arange(len(owners)), best[owners]][:, None] - values, starts)
        slack = np.maximum.reduceat(lost, starts)
        sure = gaps > slack + slack[rows, best][:, None]
    sure[rows, best] = np.isfinite(low[rows, best]) & np.isfinite(high[rows, best])
    found = sure.all(axis=1)
    classes[found] = best[found]
    return classes


def sure_slopes(regions: RegionSet, output: int) -> Array:
    """Return the gradient of an output in each region, NaN where floats do not tell it, shape (n, 2).

    Parameters
    ----------
    regions : RegionSet
        Of a network with two inputs, none of them fixed.
    output : int
    """
    maps, error = _maps(regions)
    slopes = maps[:, output, :2]
    sure = SHOWN * np.linalg.norm(slopes, axis=1) >= np.linalg.norm(error[output, :2])
    sure &= np.all(np.abs(slopes) <= LARGEST_VALUE, axis=1)
    return np.where(sure[:, None], slopes, np.nan)


def _maps(regions: RegionSet) -> tuple[Array, Array]:
    """Return slopes and offset of each output in each region, shape (n, outputs, 3), and a bound of their errors."""
    network = _with_ones(regions.network)
    jacobians = Jacobians(network, range(3), range(regions.network.outputs))
    return jacobians.all(regions.patterns, regions.network.units), jacobians.error


def _with_ones(network: Network) -> Network:
    """Return the network with one more input, times which every bias is taken: its maps are linear."""
    stages = []
    for stage in network.stages:
        weight = np.vstack([np.column_stack([stage.weight, stage.bias]), [*[0.0] * stage.weight.shape[1], 1.0]])
        ones = [np.append(slopes, 1.0) for slopes in (stage.low, stage.high)]
        stages.append(Stage(weight, np.zeros(len(weight)), *ones))
    return Network(tuple(stages), np.column_stack([network.weight, network.bias]), np.zeros(network.outputs))
