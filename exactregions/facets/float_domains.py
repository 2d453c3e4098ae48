"""Domains in floats: what surely lies inside, and how small an affine form can become there.

Both answers are rigorous. Points and forms are in local coordinates (`Frame`), so sizes are near 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.exact.shapes.rounded import NORMS, center_floats, dual_reach, extents, outward_ends

Array = NDArray[np.float64]

# Radii and bounds are widened by this factor where a larger domain is the safe side, and narrowed where a
# smaller one is. It covers the rounding of a sum of up to 2**20 terms; proofs fail only so near the boundary.
RELATIVE_ROOM = 1e-9


class FloatDomain(ABC):
    """The body of a shape in floats.

    Attributes
    ----------
    extent : numpy.ndarray, shape (d,)
        No coordinate of a point of the domain is larger in size.
    """

    def __init__(self, body: Shape) -> None:
        self._kind, self._center = body.kind, np.nan_to_num(center_floats(body))
        outer, _ = extents(body, self._center)
        sizes = np.abs(self._center) if body.kind is ShapeKind.BOX else np.abs(self._center).max()
        self._reach = outer * (1 + RELATIVE_ROOM) + RELATIVE_ROOM * sizes
        self.extent = np.abs(self._center) + self._reach

    @abstractmethod
    def inside(self, points: Array) -> NDArray[np.bool_]:
        """Return which points surely lie in the open domain, kept from its boundary by `RELATIVE_ROOM`.

        Parameters
        ----------
        points : numpy.ndarray, shape (k, d)
        """

    def least(self, slopes: Array, constants: Array) -> Array:
        """Return lower bounds of slope.y + constant over the domain; -inf where there is none.

        Their sign can be trusted.

        Parameters
        ----------
        slopes : numpy.ndarray, shape (k, d)
        constants : numpy.ndarray, shape (k,)
        """
        reach = self._reach if self._kind is ShapeKind.BOX else self._reach[0]
        with np.errstate(invalid="ignore", over="ignore"):
            bound = constants + slopes @ self._center - dual_reach(self._kind, reach, slopes)
        return np.where(np.isnan(bound), -np.inf, bound)

    @abstractmethod
    def exits(self, origin: Array, directions: Array) -> Array:
        """Return how far each direction can be followed from a point inside without leaving the domain.

        Parameters
        ----------
        origin : numpy.ndarray, shape (d,)
        directions : numpy.ndarray, shape (k, d)
        """


class FloatBox(FloatDomain):
    """A box."""

    def __init__(self, body: Shape) -> None:
        super().__init__(body)
        self.lower, self.upper = outward_ends(body)
        sizes = np.maximum(np.abs(self.lower), np.abs(self.upper))
        self._slack = RELATIVE_ROOM * np.where(np.isfinite(sizes), sizes, 0.0)

    def inside(self, points: Array) -> NDArray[np.bool_]:
        """Compare with bounds drawn in."""
        within = (points > self.lower + self._slack) & (points < self.upper - self._slack)
        return np.logical_and.reduce(within, axis=1)

    def exits(self, origin: Array, directions: Array) -> Array:
        """Return the first bound met."""
        room = np.where(directions > 0, self.upper - origin, self.lower - origin)
        with np.errstate(over="ignore"):  # a bound that is out of reach
            steps = np.divide(room, directions, out=np.full(directions.shape, np.inf), where=directions != 0)
        return np.maximum(steps.min(axis=1), 0.0)


class FloatBall(FloatDomain):
    """A ball of the norm 1 or 2."""

    def __init__(self, body: Shape) -> None:
        super().__init__(body)
        self._norm, self._radius = NORMS[body.kind], nearest_float(body.radius or Fraction(0))

    def inside(self, points: Array) -> NDArray[np.bool_]:
        """Compare with a radius drawn in."""
        with np.errstate(over="ignore"):  # an infinite distance is not inside
            return np.linalg.norm(points - self._center, ord=self._norm, axis=1) < self._radius * (1 - RELATIVE_ROOM)

    def exits(self, origin: Array, directions: Array) -> Array:
        """Return the exact exit for the norm 2, and a step that is surely short enough for the norm 1."""
        offset = origin - self._center
        if self._kind is ShapeKind.L1:
            with np.errstate(over="ignore"):  # a sphere that is out of reach
                return max(self._radius - np.abs(offset).sum(), 0.0) / np.abs(directions).sum(axis=1)
        square, cross = (directions**2).sum(axis=1), directions @ offset
        with np.errstate(all="ignore"):
            room = np.maximum(np.square(self._radius) - offset @ offset, 0.0)
            steps = room / (cross + np.sqrt(cross**2 + square * room))
        return np.where(np.isnan(steps), np.inf, steps)


def float_domain(domain: Domain | Shape) -> FloatDomain:
    """Return the body of a domain in floats: its inequalities are rows of every region."""
    body = shape_of(domain).body()
    return FloatBox(body) if body.kind is ShapeKind.BOX else FloatBall(body)
