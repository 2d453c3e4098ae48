"""Domains in floats: what surely lies inside, and how small an affine form can become there.

Both answers are rigorous. Points and forms are in local coordinates (`Frame`), so sizes are near 1.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball, Box, Domain, Polytope
from exactregions.exact.floats import nearest_float, row_lengths

__all__ = ["FloatBall", "FloatBox", "FloatDomain", "float_domain"]

Array = NDArray[np.float64]

# Radii and bounds are widened by this factor where a larger domain is the safe side, and narrowed where a
# smaller one is. It covers the rounding of a sum of up to 2**20 terms; proofs fail only so near the boundary.
RELATIVE_ROOM = 1e-9


class FloatDomain(ABC):
    """A domain in floats.

    Attributes
    ----------
    extent : numpy.ndarray, shape (d,)
        No coordinate of a point of the domain is larger in size.
    """

    extent: Array

    @abstractmethod
    def inside(self, points: Array) -> NDArray[np.bool_]:
        """Return which points surely lie in the open domain.

        Parameters
        ----------
        points : numpy.ndarray, shape (k, d)
        """

    @abstractmethod
    def least(self, slopes: Array, constants: Array) -> Array:
        """Return lower bounds of slope.y + constant over the domain; -inf where there is none.

        Their sign can be trusted.

        Parameters
        ----------
        slopes : numpy.ndarray, shape (k, d)
        constants : numpy.ndarray, shape (k,)
        """

    @abstractmethod
    def exits(self, origin: Array, directions: Array) -> Array:
        """Return how far each direction can be followed from a point inside without leaving the domain.

        Parameters
        ----------
        origin : numpy.ndarray, shape (d,)
        directions : numpy.ndarray, shape (k, d)
        """


class FloatBox(FloatDomain):
    """A box.

    Parameters
    ----------
    lower, upper : numpy.ndarray, shape (d,)
        Infinite where there is no bound.
    """

    def __init__(self, lower: Array, upper: Array) -> None:
        self.lower, self.upper = lower, upper
        size = np.maximum(np.abs(lower), np.abs(upper))
        self._slack = RELATIVE_ROOM * np.where(np.isfinite(size), size, 0.0)
        self.extent = size + self._slack

    def inside(self, points: Array) -> NDArray[np.bool_]:
        """Compare with bounds drawn in."""
        within = (points > self.lower + self._slack) & (points < self.upper - self._slack)
        return np.logical_and.reduce(within, axis=1)

    def least(self, slopes: Array, constants: Array) -> Array:
        """Take each coordinate at its worse bound."""
        low, up = self.lower - self._slack, self.upper + self._slack
        with np.errstate(invalid="ignore", over="ignore"):
            worst = np.where(slopes > 0, slopes * low, slopes * up)
            worst[slopes == 0] = 0.0
            bound = constants + worst.sum(axis=1)
            return np.where(np.isnan(bound), -np.inf, bound)

    def exits(self, origin: Array, directions: Array) -> Array:
        """Return the first bound met."""
        room = np.where(directions > 0, self.upper - origin, self.lower - origin)
        with np.errstate(over="ignore"):  # a bound that is out of reach
            steps = np.divide(room, directions, out=np.full(directions.shape, np.inf), where=directions != 0)
        return np.maximum(steps.min(axis=1), 0.0)


class FloatBall(FloatDomain):
    """A ball of the norm 1 or 2.

    Attributes
    ----------
    center : numpy.ndarray, shape (d,)
    radius : float
    """

    def __init__(self, center: Sequence[Fraction], radius: Fraction, norm: float) -> None:
        self.center = np.array([nearest_float(v) for v in center])
        self.radius = nearest_float(radius)
        self._norm = norm
        self.extent = np.abs(self.center) + self.radius * (1 + RELATIVE_ROOM)

    def inside(self, points: Array) -> NDArray[np.bool_]:
        """Compare with a radius drawn in."""
        with np.errstate(over="ignore"):  # an infinite distance is not inside
            return np.linalg.norm(points - self.center, ord=self._norm, axis=1) < self.radius * (1 - RELATIVE_ROOM)

    def least(self, slopes: Array, constants: Array) -> Array:
        """Subtract radius times the dual norm from the value at the centre."""
        reach = self.radius * (1 + RELATIVE_ROOM) + RELATIVE_ROOM * np.abs(self.center).max()
        with np.errstate(invalid="ignore", over="ignore"):
            size = row_lengths(slopes) if self._norm == 2 else np.abs(slopes).max(axis=1)
            bound = constants + slopes @ self.center - reach * size
        return np.where(np.isnan(bound), -np.inf, bound)

    def exits(self, origin: Array, directions: Array) -> Array:
        """Return the exact exit for the norm 2, and a step that is surely short enough for the norm 1."""
        offset = origin - self.center
        if self._norm == 1:
            with np.errstate(over="ignore"):  # a sphere that is out of reach
                return max(self.radius - np.abs(offset).sum(), 0.0) / np.abs(directions).sum(axis=1)
        square, cross = (directions**2).sum(axis=1), directions @ offset
        with np.errstate(all="ignore"):
            room = np.maximum(np.square(self.radius) - offset @ offset, 0.0)
            steps = room / (cross + np.sqrt(cross**2 + square * room))
        return np.where(np.isnan(steps), np.inf, steps)


def float_domain(domain: Domain) -> FloatDomain:
    """Return a domain in floats; of a polytope its box, for its inequalities are rows of every region."""
    match domain:
        case Ball(norm=math.inf):
            return float_domain(domain.as_box())
        case Ball():
            return FloatBall(domain.center, domain.radius, domain.norm)
        case Box():
            return FloatBox(*(np.array([nearest_float(v) for v in side]) for side in (domain.lower, domain.upper)))
        case Polytope(box=Box()):
            assert domain.box is not None
            return float_domain(domain.box)
    return FloatBox(np.full(domain.dim, -np.inf), np.full(domain.dim, np.inf))
