"""The floats nearest to exact numbers, and on either side of them; without exact arithmetic of its own."""

import math
from collections.abc import Sequence
from fractions import Fraction

__all__ = ["is_rounded", "nearest_float", "rounded_down", "rounded_up"]


def nearest_float(value: Fraction) -> float:
    """Return the nearest float, an infinity beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def rounded_up(value: Fraction) -> float:
    """Return the smallest float not below a nonnegative value."""
    near = nearest_float(value)
    return near if near == math.inf or Fraction(near) >= value else math.nextafter(near, math.inf)


def rounded_down(value: Fraction) -> float:
    """Return the largest float not above a value."""
    near = nearest_float(value)
    if near == -math.inf:
        return near
    return near if near != math.inf and Fraction(near) <= value else math.nextafter(near, -math.inf)


def is_rounded(floats: Sequence[float], exact: Sequence[Fraction]) -> bool:
    """Return whether some float is not the exact value beside it."""
    return any(not math.isfinite(f) or Fraction(f) != v for f, v in zip(floats, exact, strict=True))
