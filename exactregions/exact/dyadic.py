"""Rationals of few digits and floats, on the safe side of a number."""

from __future__ import annotations

import math
from collections.abc import Iterable

import flint

from exactregions.exact.numbers import Rational

DIGITS = 64  # bits kept of a bound: more than a float has, so that rounding it costs nothing in the model


def power(exponent: int) -> Rational:
    """Return 2**exponent."""
    two = flint.fmpz(1) << abs(exponent)
    return flint.fmpq(two) if exponent >= 0 else flint.fmpq(1, two)


def exponent_of(value: Rational) -> int:
    """Return an exponent e with |value| <= 2**e, at most one more than needed; 0 for zero."""
    if not value:
        return 0
    return int(abs(value.p)).bit_length() - int(value.q).bit_length() + 1


def common_exponent(values: Iterable[Rational]) -> int:
    """Return the exponent of the largest of some numbers; zeros have no size, and 0 stands for nothing but zeros."""
    return max((exponent_of(value) for value in values if value), default=0)


def below(value: Rational) -> Rational:
    """Return a number of few digits that is no larger and close."""
    grain = power(exponent_of(value) - DIGITS)
    return (value / grain).floor() * grain


def above(value: Rational) -> Rational:
    """Return a number of few digits that is no smaller and close."""
    return -below(-value)


def root_above(value: Rational) -> Rational:
    """Return a number that is no smaller than the square root of value >= 0, and close."""
    grain = power((exponent_of(value) + 1) // 2 - DIGITS)
    scaled = -((-value / grain**2).floor())
    return (math.isqrt(int(scaled)) + 1) * grain if value else flint.fmpq(0)


def as_float(value: Rational) -> float:
    """Return the nearest float; the number must lie within the range of floats."""
    return int(value.p) / int(value.q)


def float_below(value: Rational) -> float:
    """Return a float that is no larger."""
    near = as_float(value)
    return near if flint.fmpq(*near.as_integer_ratio()) <= value else math.nextafter(near, -math.inf)


def float_above(value: Rational) -> float:
    """Return a float that is no smaller."""
    return -float_below(-value)
