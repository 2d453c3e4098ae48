"""Domains in a normal form."""

from __future__ import annotations

from fractions import Fraction

from exactregions.domain import Ball
from exactregions.exact.floats import rounded_up

__all__ = ["center_error"]


def center_error(ball: Ball) -> float:
    """Return a bound of the distance between the centre and its float, in any norm."""
    gaps = (abs(Fraction(f) - c) for f, c in zip(ball.center_float.tolist(), ball.center, strict=True))
    return rounded_up(sum(gaps, Fraction(0)))
