"""Floats on either side of exact numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.exact.floats import rounded_down, rounded_up

__all__ = ["center_error", "floats_around", "one_float_around", "within_floats"]

Array = NDArray[np.float64]


def center_error(ball: Ball) -> float:
    """Return a bound of the distance between the centre and its float, in any norm."""
    gaps = (abs(Fraction(f) - c) for f, c in zip(ball.center_float.tolist(), ball.center, strict=True))
    return floats_around(sum(gaps, Fraction(0)))[1]


def floats_around(value: Fraction) -> tuple[float, float]:
    """Return the largest float not above a nonnegative value and the smallest not below it."""
    return rounded_down(value), rounded_up(value)


def within_floats(value: Fraction) -> bool:
    """Return whether a value lies between positive floats."""
    low, high = floats_around(value)
    return low > 0.0 and high < math.inf


def one_float_around(values: Array) -> tuple[Array, Array]:
    """Return intervals for radii that were rounded from exact ones; zero is exact."""
    some = values > 0
    return np.where(some, np.nextafter(values, 0.0), 0.0), np.where(some, np.nextafter(values, np.inf), 0.0)
