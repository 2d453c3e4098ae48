"""Rays from inside a region: the first row they hit is a facet, and costs no program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exactregions.facets.float_domains import FloatDomain
from exactregions.facets.halfspaces import Halfspaces

Array = NDArray[np.float64]

AXES = 16  # rays along the axes help where they are few; the normals alone are as many as the rows


def hits(rows: Halfspaces, origin: Array, space: FloatDomain) -> tuple[NDArray[np.intp], Array, Array]:
    """Shoot along every normal and axis; rays that leave the domain before they hit a row are left out.

    Parameters
    ----------
    rows : Halfspaces
    origin : numpy.ndarray, shape (d,)
        Inside the region, as far as floats can tell.
    space : FloatDomain

    Returns
    -------
    targets : numpy.ndarray of int, shape (k,)
        The row that each ray hits first, or the first one with its hyperplane.
    points : numpy.ndarray, shape (k, d)
        Where it does.
    ends : numpy.ndarray, shape (k, d)
        Where it is midway to the next thing it would hit.
    """
    directions, times = _flight(rows, origin)
    with np.errstate(over="ignore", invalid="ignore"):
        nearest = np.argmin(times, axis=1)
        first = times[np.arange(len(directions)), nearest]
        targets = rows.groups[nearest]
        times[targets[:, None] == rows.groups] = np.inf
        # without a next thing the end is as far behind the hit as the hit is away
        last = np.minimum(np.minimum(times.min(axis=1), space.exits(origin, directions)), 3 * first)
    good = (first < last) & np.isfinite(last)
    first, last, directions = first[good, None], last[good, None], directions[good]
    return targets[good], origin + first * directions, origin + (first + last) / 2 * directions


def middle(rows: Halfspaces, origin: Array, space: FloatDomain) -> Array:
    """Return a point of the region further from its boundary than the origin, as far as floats can tell.

    It is the mean of where the rays leave the region or the domain, or of where they are after one unit of
    local coordinates.
    """
    directions, times = _flight(rows, origin)
    lengths = np.linalg.norm(directions, axis=1)
    steps = np.minimum(times.min(axis=1, initial=np.inf), space.exits(origin, directions))
    steps = np.minimum(steps, np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0))
    return origin + (steps[:, None] * directions).mean(axis=0)


def _flight(rows: Halfspaces, origin: Array) -> tuple[Array, Array]:
    """Return the directions and when each meets the hyperplane of each row; inf where it does not."""
    directions = -rows.normals
    if len(origin) <= AXES:
        axes = np.eye(len(origin))
        directions = np.concatenate([directions, axes, -axes])
    speeds = directions @ rows.normals.T
    values = np.maximum(rows.normals @ origin + rows.offsets, 0.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        times = np.where(speeds < 0, values / -speeds, np.inf)
    times[np.isnan(times)] = np.inf
    return directions, times
