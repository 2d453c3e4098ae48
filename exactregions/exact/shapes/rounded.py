"""Shapes in floats: every answer is on the safe side of the exact one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNDERFLOW, UNIT, nearest_float, rounded_down, rounded_up
from exactregions.exact.matrices import row_terms
from exactregions.exact.rounding_errors import above, dual_norms
from exactregions.exact.shapes.shape import Shape, ShapeKind
from exactregions.weights import Matrix

Array = NDArray[np.float64]

NORMS = {ShapeKind.BOX: math.inf, ShapeKind.L1: 1, ShapeKind.L2: 2}


def center_floats(shape: Shape) -> Array:
    """Return the centre rounded to the nearest floats, infinities beyond their range, shape (dim,)."""
    return np.array([nearest_float(c) for c in shape.center])


def center_error(shape: Shape) -> float:
    """Return a bound of the distance between the centre and its float, in any norm; inf beyond their range."""
    floats = center_floats(shape)
    return rounded_up(_gap(shape, floats)) if np.isfinite(floats).all() else math.inf


def outward_ends(shape: Shape) -> tuple[Array, Array]:
    """Return the ends of the bounding box in floats that are not inside it, infinite where there is none.

    A float lies between the exact ends if and only if it lies between these.
    """
    lower = [-math.inf if lo is None else rounded_down(lo) for lo in shape.lower]
    upper = [math.inf if up is None else rounded_up(up) for up in shape.upper]
    return np.array(lower), np.array(upper)


def dual_reach(kind: ShapeKind, radius: Array | float, slopes: Matrix) -> Array:
    """Return upper bounds of slope.y over the body of a kind about the origin, for each row of slopes.

    Parameters
    ----------
    kind : ShapeKind
    radius : numpy.ndarray or float
        Of a ball; of a box the half width of each coordinate, infinite where it has no end.
    slopes : numpy.ndarray or sparse array, shape (m, dim)
    """
    if kind is not ShapeKind.BOX:
        return above(dual_norms(slopes, NORMS[kind]) * radius, 1)
    sizes: Any = abs(slopes)
    terms = row_terms(slopes)
    if np.isfinite(radius).all():
        return above(sizes @ np.broadcast_to(radius, sizes.shape[-1:]), terms)
    if not isinstance(sizes, np.ndarray):
        return above(sizes.multiply(np.broadcast_to(radius, sizes.shape[-1:])).sum(axis=1), terms)
    with np.errstate(invalid="ignore"):
        return above(np.where(sizes > 0, sizes * radius, 0.0).sum(axis=1), terms)


def extents(shape: Shape, center: Array, scale: Array | None = None) -> tuple[Array, Array]:
    """Bound a shape's body from a finite float centre near its own, in units of powers of two.

    Returns
    -------
    outer, inner : numpy.ndarray, shape (dim,)
        With y = (x - center) / scale the body lies within the one of its kind about the origin with radius, or half
        widths, `outer`, and holds the one with `inner`, where that is positive. Infinite without an end.
    """
    units = [1.0] * shape.dim if scale is None else scale.tolist()
    if shape.kind is ShapeKind.BOX:
        sides = zip(shape.lower, shape.upper, map(Fraction, center.tolist()), map(Fraction, units), strict=True)
        outer, inner = np.array([_side_extents(*side) for side in sides]).T
        return outer, inner
    # the sum of the gaps bounds the shift of the centre in every norm
    radius, gap, unit = shape.radius or Fraction(0), _gap(shape, center), Fraction(units[0])
    outer, inner = rounded_up((radius + gap) / unit), rounded_down((radius - gap) / unit)
    return np.full(shape.dim, outer), np.full(shape.dim, inner)


def _side_extents(
    lower: Fraction | None, upper: Fraction | None, center: Fraction, unit: Fraction
) -> tuple[float, float]:
    found = None if lower is None else center - lower, None if upper is None else upper - center
    gaps = [gap / unit for gap in found if gap is not None]
    outer = rounded_up(max(gaps)) if len(gaps) == 2 else math.inf
    return outer, min((rounded_down(gap) for gap in gaps), default=math.inf)


def _gap(shape: Shape, center: Array) -> Fraction:
    return sum((abs(Fraction(f) - c) for f, c in zip(center.tolist(), shape.center, strict=True)), Fraction(0))


class InsideTest:
    """Proves that float points lie in a shape without fixed coordinates; near the boundary it tells nothing."""

    def __init__(self, shape: Shape) -> None:
        self._kind, self._lower, self._upper = shape.kind, *outward_ends(shape)
        self._undecided = bool(shape.rows or shape.fixed)
        center = center_floats(shape)
        self._center = np.nan_to_num(center)
        self._radius = float(extents(shape, self._center)[1][0]) if np.isfinite(center).all() else 0.0

    def __call__(self, points: Array) -> NDArray[np.bool_]:
        """Return which points, shape (n, dim), are proved to lie inside; rows are left to exact tests."""
        if self._undecided or (self._kind is not ShapeKind.BOX and not 0.0 < self._radius < math.inf):
            return np.zeros(len(points), dtype=bool)
        if self._kind is ShapeKind.BOX:
            return np.logical_and.reduce((points > self._lower) & (points < self._upper), axis=1)
        # in units of the radius, where squares that vanish by underflow do not count
        gaps = np.abs(points - self._center) / self._radius
        slack = 1.0 + (4 * len(self._center) + 16) * UNIT
        size = gaps.sum(axis=1) if self._kind is ShapeKind.L1 else np.sqrt((gaps * gaps).sum(axis=1) + UNDERFLOW)
        return size * slack < 1.0 - 4 * UNIT
