"""Witnesses as inputs: proved in floats a batch at a time, in rationals one by one where that fails."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball, Box, Domain, WholeSpace
from exactregions.engines.tree.kernels.witnesses import prove_patterns
from exactregions.exact.floats import UNDERFLOW, UNIT, rounded_down, rounded_up
from exactregions.network import Network

__all__ = ["FloatWitnesses"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]



class FloatWitnesses:
    """Proves that float inputs lie in the open domain and have given patterns."""

    def __init__(self, network: Network, domain: Domain) -> None:
        stages = network.stages
        self._arrays = (
            np.array([len(stage.bias) for stage in stages], dtype=np.int64),
            *(
                np.concatenate([getattr(stage, name).ravel() for stage in stages])
                for name in ("weight", "bias", "low", "high")
            ),
        )
        self._inside = _domain_test(domain)

    def proved(self, points: Floats, packed: NDArray[np.uint8]) -> Mask:
        """Return which points are proved witnesses.

        Parameters
        ----------
        points : numpy.ndarray, shape (n, d)
        packed : numpy.ndarray of uint8, shape (n, ceil(units/8))
            Their patterns.
        """
        signs = np.zeros(len(points), dtype=bool)
        prove_patterns(*self._arrays, points, packed, signs)
        with np.errstate(over="ignore", invalid="ignore"):
            return self._inside(points) & signs


def _domain_test(domain: Domain) -> Callable[[Floats], Mask]:
    match domain:
        case WholeSpace():
            return lambda points: np.logical_and.reduce(np.isfinite(points), axis=1)
        case Ball(norm=math.inf):
            return _domain_test(domain.as_box())
        case Box():
            # a float is beyond a bound exactly when it is beyond the bound rounded away from it
            lower = np.array([rounded_up(v) if v >= 0 else -rounded_down(-v) for v in domain.lower])
            upper = np.array([rounded_down(v) for v in domain.upper])
            return lambda points: np.logical_and.reduce((points > lower) & (points < upper), axis=1)
        case Ball():
            return _BallTest(domain)
        case _:
            # polytopes are left to the exact check
            return lambda points: np.zeros(len(points), dtype=bool)


class _BallTest:
    """Proves that points lie in an l1 or l2 ball; a centre that is no float shortens the radius."""

    def __init__(self, ball: Ball) -> None:
        self.center, self.norm = ball.center_float, ball.norm
        gaps = [abs(Fraction(f) - c) for f, c in zip(self.center.tolist(), ball.center, strict=True)]
        self.radius = rounded_down(max(ball.radius - sum(gaps, Fraction(0)), Fraction(0)))

    def __call__(self, points: Floats) -> Mask:
        if self.radius == 0.0:
            return np.zeros(len(points), dtype=bool)
        # in units of the radius, where squares that vanish by underflow do not count
        gaps = np.abs(points - self.center) / self.radius
        slack = 1.0 + (4 * len(self.center) + 16) * UNIT
        size = gaps.sum(axis=1) if self.norm == 1 else np.sqrt((gaps * gaps).sum(axis=1) + UNDERFLOW)
        return size * slack < 1.0 - 4 * UNIT
