"""The part of a polytope, given as cones, that a Euclidean ball holds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from exactregions.exact.floats import UNIT
from exactregions.geometry.cones import Cones

Array = NDArray[np.float64]

REPLICATES = 16  # independent shifts of the points: their spread is the standard error


def part_in_disc(cones: Cones, center: Array, radius: float) -> tuple[float, float]:
    """Return the area of the part of a polygon in a disc, in closed form, and a bound of its error.

    Between the centre of the disc and each side of the polygon lie triangles where the side is inside the disc, and
    sectors where it is outside, with signs by the sense in which the side is passed.
    """
    starts, ends = np.moveaxis(cones.corners + (cones.center - center), 1, 0)
    along = ends - starts
    square, half = (along**2).sum(axis=1), (starts * along).sum(axis=1)
    room = half**2 - square * ((starts**2).sum(axis=1) - radius**2)
    root = np.sqrt(np.maximum(room, 0.0))
    square = np.where(square > 0, square, 1.0)
    enter, leave = (np.clip((-half + s * root) / square, 0.0, 1.0) for s in (-1, 1))
    # an end inside is taken as it is: next to the centre a rounding would turn it, and sectors grow with the turn
    first = starts + enter[:, None] * along
    second = np.where(leave[:, None] < 1, starts + leave[:, None] * along, ends)
    sectors = radius**2 / 2 * (_angle(starts, first) + _angle(second, ends))
    pieces = sectors + _cross(first, second) / 2
    # a square root near a tangency turns a rounding u into sqrt(u), but moves the area by u alone; the last
    # factor is generous, and the coordinates count because they are rounded
    size = (np.abs(starts).max(initial=0.0) + np.abs(ends).max(initial=0.0) + np.abs(center).max() + radius) ** 2
    # of a sliver rounding may leave less than nothing
    area = min(max(float(pieces.sum()), 0.0), float(cones.volumes.sum()))
    return area, cones.error + 64 * UNIT * len(pieces) * float(size)


def _cross(a: Array, b: Array) -> Array:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _angle(a: Array, b: Array) -> Array:
    """Return the signed angles from vectors to others, shape (s,)."""
    return np.arctan2(_cross(a, b), (a * b).sum(axis=1))


def part_in_ball(
    cones: Cones, center: Array, radius: float, rays: int, seed: tuple[int, ...]
) -> tuple[float, float, float]:
    """Return the volume of the part of a polytope in a ball, a bound of its hard error, and a standard error.

    A cone whose corners lie in the ball counts whole. Of the others, the ball holds the share t^d of every ray from
    the common corner to the opposite side, where t is the part of the ray inside, at most 1: its mean over the
    side is taken by randomly shifted Sobol points (Cranley, Patterson 1976).

    Parameters
    ----------
    cones : Cones
        Their common corner lies in the ball.
    center : numpy.ndarray, shape (d,)
    radius : float
    rays : int
        Rounded up to 16 times a power of two.
    seed : tuple of int
        Equal seeds give equal results.
    """
    offset = center - cones.center
    cut = (np.linalg.norm(cones.corners - offset, axis=2) > radius).any(axis=1)
    whole = float(cones.volumes[~cut].sum())
    error = cones.error + 16 * UNIT * float(cones.volumes.sum())
    volumes, corners = cones.volumes[cut], cones.corners[cut]
    if not volumes.sum() > 0:  # nothing is cut, or only what underflows
        return whole, error, 0.0
    d = len(center)
    shifts = np.random.default_rng(seed).random((REPLICATES, 1, d))
    points = (_sobol(d, rays) + shifts) % 1.0
    shares = np.cumsum(volumes) / volumes.sum()
    chosen = np.minimum(np.searchsorted(shares, points[..., 0], side="right"), len(volumes) - 1)
    ends = (_barycentric(points[..., 1:])[..., None] * corners[chosen]).sum(axis=2)
    means = (_inside(ends, offset, radius) ** d).mean(axis=1)
    spread = float(means.std(ddof=1)) / math.sqrt(REPLICATES)
    return whole + float(volumes.sum() * means.mean()), error, float(volumes.sum()) * spread


def _sobol(d: int, rays: int) -> Array:
    """Return the points of one replicate."""
    return qmc.Sobol(d, scramble=False).random_base2((-(-rays // REPLICATES) - 1).bit_length())


def _barycentric(uniform: Array) -> Array:
    """Return uniform points of a simplex: the gaps between sorted uniform numbers, shape (.., d)."""
    ends = np.zeros((*uniform.shape[:-1], 1))
    return np.diff(np.concatenate([ends, np.sort(uniform, axis=-1), ends + 1.0], axis=-1), axis=-1)


def _inside(ends: Array, offset: Array, radius: float) -> Array:
    """Return which part of the segments from the origin to points lies in the ball about the offset."""
    square, half = (ends**2).sum(axis=-1), ends @ offset
    room = max(radius**2 - float(offset @ offset), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (half + np.sqrt(half**2 + square * room)) / square
    return np.where(share < 1.0, share, 1.0)  # of a segment too short to be measured, all
