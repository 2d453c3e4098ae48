"""Balls around the origin that are far larger than the unit, which is the distance of the hyperplanes.

A proof against such a ball would multiply every rounding by its radius. So combinations are made to vanish as in the
whole space (`unbounded`), of which the ball is a part; the radius is asked where they cannot. Error bounds of forms
hold for |y_j| <= 1 here too, and grow with the point; within the ball they grow by its radius at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import raised
from exactregions.engines.tree.kernels.compiling import inner
from exactregions.engines.tree.kernels.domains import box, l1_ball, l2_ball
from exactregions.engines.tree.kernels.domains.unbounded import cancel_at, cancelling
from exactregions.engines.tree.kernels.fields import constant
from exactregions.engines.tree.kernels.nearest_point import NearestPointState

NEAR = 4.0  # how many times its own distance, and the unit, a nearest point goes into its cell


@cancelling
class FarBallState(NearestPointState):
    """A state with the nearest point of the cell, in a ball of some norm."""

    __slots__ = ()

    norm = constant("That of the ball: 1, 2, or 0 for the maximum, where each coordinate has a radius of its own.")


@inner
def contains(state: Any, y: np.ndarray) -> bool:
    """Prove that y lies strictly inside."""
    if state.norm == 2:
        return l2_ball.contains(state, y)
    return l1_ball.contains(state, y) if state.norm == 1 else box.contains(state, y)


@inner
def support(state: Any, rho: np.ndarray, slack: np.ndarray) -> float:
    """Return zero where nothing is left of a combination, else what bounds it in the ball."""
    vanishes = True
    for j in range(len(rho)):
        vanishes = vanishes and rho[j] == 0.0 and slack[j] == 0.0
    if vanishes:
        return 0.0
    if state.norm == 2:
        return l2_ball.support(state, rho, slack)
    return l1_ball.support(state, rho, slack) if state.norm == 1 else box.support(state, rho, slack)


@inner
def nowhere_positive(state: Any, rho: np.ndarray, kappa: float) -> bool:
    """Prove rho.y + kappa <= 0 where nothing rounds: for a constant."""
    for j in range(len(rho)):
        if rho[j] != 0.0:
            return False
    return kappa <= 0.0


@inner
def growth(state: Any, y: np.ndarray) -> float:
    """Return the largest of one and the coordinates, in absolute value."""
    largest = 1.0
    for j in range(len(y)):
        largest = max(largest, abs(y[j]))
    return largest


@inner
def largest_growth(state: Any) -> float:
    """Return the largest of one and the radii."""
    return growth(state, state.outer)


@inner
def cancel(state: Any, count: int, error: float) -> float:
    """Let the combination vanish, as in the whole space; else let the errors grow by the radius."""
    for j in range(state.p):
        state.free[j] = j
    constant = cancel_at(state, count, state.p, error)
    return constant if constant < np.inf else raised(error * largest_growth(state), 1)


@inner
def radius(state: Any) -> float:
    """Return a Euclidean distance beyond which nothing of the ball is."""
    if state.norm != 0:
        return state.outer[0]
    total = 0.0
    for j in range(state.p):
        total += state.outer[j] * state.outer[j]
    return np.sqrt(total)


@inner
def room(state: Any, distance: float) -> float:
    """Return a Euclidean distance up to which points are looked for from a nearest point at a distance."""
    least = state.inner[0]
    for j in range(state.p):
        least = min(least, state.inner[j])
    return min(least, NEAR * (1.0 + distance))
