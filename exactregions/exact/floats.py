"""The floats nearest to exact numbers, and on either side of them; without exact arithmetic of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

UNIT = 2.0**-53  # unit roundoff of float64, rounding to nearest
UNDERFLOW = 1e-300  # far above what the underflow of a few thousand operations can lose
LEAST = 2.0**-1074  # the distance of the floats below the normal ones
LARGEST = 1e300  # inputs below it do not overflow on the way


def nearest_float(value: Fraction) -> float:
    """Return the nearest float, an infinity beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def rounded_up(value: Fraction) -> float:
    """Return the smallest float not below a value."""
    return -rounded_down(-value)


def rounded_down(value: Fraction) -> float:
    """Return the largest float not above a value."""
    near = nearest_float(value)
    if near == -math.inf:
        return near
    return near if near != math.inf and Fraction(near) <= value else math.nextafter(near, -math.inf)


def floats_around(value: Fraction) -> tuple[float, float]:
    """Return the largest float not above a value and the smallest not below it."""
    return rounded_down(value), rounded_up(value)


def within_floats(value: Fraction) -> bool:
    """Return whether a value lies between positive floats."""
    low, high = floats_around(value)
    return low > 0.0 and high < math.inf


def is_rounded(floats: Sequence[float], exact: Sequence[Fraction]) -> bool:
    """Return whether some float is not the exact value beside it."""
    return any(not math.isfinite(f) or Fraction(f) != v for f, v in zip(floats, exact, strict=True))


def row_lengths(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Euclidean length of each row, rounded; tiny and huge entries are not lost in their squares."""
    top = np.abs(matrix).max(axis=1, initial=0.0)
    safe = np.where(top > 0.0, top, 1.0)
    return np.linalg.norm(matrix / safe[:, None], axis=1) * top


def entry_interval(entry: Fraction, power: int) -> tuple[float, float, float]:
    """Return an exact entry radius, given its first or second power, in float64, and floats on either side of it.

    Only zero is 0.0. The bounds are equal where the radius is a float.
    """
    value = lower = upper = entry_as_float(entry, power)
    while lower == math.inf or Fraction(lower) ** power > entry:
        lower = math.nextafter(lower, 0.0)
    while upper != math.inf and Fraction(upper) ** power < entry:
        upper = math.nextafter(upper, math.inf)
    return value, lower, upper


def entry_as_float(entry: Fraction, power: int) -> float:
    """Return an exact entry radius, given its first or second power, in float64, infinite beyond their range."""
    try:
        if power == 1:
            value = float(entry)
        else:
            # a power of four outside the root keeps the square within the range of floats
            shift = (entry.numerator.bit_length() - entry.denominator.bit_length()) // 2
            value = math.ldexp(math.sqrt(entry / Fraction(4) ** shift), shift)
    except OverflowError:
        return math.inf
    return value if value or not entry else math.ulp(0.0)
