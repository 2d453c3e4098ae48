"""A number as it is proved: exact where it is rational, its exact square where that is, else between two rationals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from exactregions.exact.floats import nearest_float
from exactregions.support.tables import exact_text

ROOT_BITS = 128  # of a square root's enclosure: far more than a float has
LONGEST = 400  # digits of a fraction that JSON writes out


@dataclass(frozen=True, slots=True)
class Value:
    """A proved enclosure of one real number.

    Attributes
    ----------
    lower, upper : Fraction or float
        The number lies between them, ends included; equal where it is known exactly. The upper end may be infinite, and
        both are where there is no number: a distance to nothing.
    square : Fraction or None
        Its exact square, where the number is the root of a rational.
    """

    lower: Fraction | float
    upper: Fraction | float
    square: Fraction | None = None

    @classmethod
    def of(cls, number: Fraction) -> Value:
        """Return a number that is known exactly."""
        return cls(number, number)

    @classmethod
    def root(cls, square: Fraction) -> Value:
        """Return the square root of a rational: exact where it is rational, else its ends to 128 bits."""
        lower, upper = root_ends(square)
        return cls(lower, upper, square)

    @classmethod
    def infinite(cls) -> Value:
        """Return the distance to nothing."""
        return cls(math.inf, math.inf)

    def negated(self) -> Value:
        """Return the number with the other sign."""
        return Value(-self.upper, -self.lower, None)

    @property
    def exact(self) -> bool:
        """Whether the number is known exactly, as a rational or as the root of one."""
        return self.lower == self.upper or self.square is not None

    def _finite(self) -> tuple[Fraction, Fraction] | None:
        """Return both ends where they are finite."""
        if isinstance(self.lower, Fraction) and isinstance(self.upper, Fraction):
            return self.lower, self.upper
        return None

    @property
    def relative_width(self) -> float:
        """Width of the enclosure, relative to its larger end in magnitude: 0.0 where both are equal."""
        if self.lower == self.upper:
            return 0.0
        ends = self._finite()
        return math.inf if ends is None else nearest_float((ends[1] - ends[0]) / max(abs(ends[0]), abs(ends[1])))

    def __float__(self) -> float:
        ends = self._finite()
        return _near(self.lower) if ends is None else nearest_float((ends[0] + ends[1]) / 2)

    def __str__(self) -> str:
        if not isinstance(self.lower, Fraction):
            return "infinite" if self.lower == self.upper else f"at most {_near(self.upper):.15g}"
        if self.lower == self.upper:
            return exact_text(self.lower)
        if self.square is not None:
            return f"{float(self):.15g}, the root of {exact_text(self.square)}"
        if not isinstance(self.upper, Fraction):
            return f"at least {nearest_float(self.lower):.15g}"
        if self.relative_width < 1e-12:
            return f"{float(self):.12g} (proved to {self.relative_width:.0e})"
        return f"between {nearest_float(self.lower):.12g} and {nearest_float(self.upper):.12g}"

    def describe(self) -> dict[str, Any]:
        """Return plain data: a float, floats or fractions that enclose the number, and whether it is exact.

        What is infinite is None.
        """
        value = float(self)
        data: dict[str, Any] = {
            "value": value if math.isfinite(value) else None,
            "lower": _plain(self.lower),
            "upper": _plain(self.upper),
            "exact": self.exact,
        }
        return data if self.square is None else data | {"square": _plain(self.square)}


def root_ends(square: Fraction, bits: int = ROOT_BITS) -> tuple[Fraction, Fraction]:
    """Return rationals on either side of a root, equal where it is rational; else apart by its 2**-bits at most.

    Examples
    --------
    >>> root_ends(Fraction(9, 4))
    (Fraction(3, 2), Fraction(3, 2))
    """
    p, q = square.numerator, square.denominator
    above, below = math.isqrt(p), math.isqrt(q)
    if above * above == p and below * below == q:
        return Fraction(above, below), Fraction(above, below)
    # a power of four that brings the integer under the root to twice as many bits
    shift = max(bits + 2 - (p.bit_length() - q.bit_length()) // 2, 0)
    root = math.isqrt((p << (2 * shift)) // q)
    return Fraction(root, 1 << shift), Fraction(root + 1, 1 << shift)


def _near(number: Fraction | float) -> float:
    return nearest_float(number) if isinstance(number, Fraction) else number


def _plain(number: Fraction | float) -> float | str | None:
    """Return a float where it is the number, else a fraction as text; one with very many digits is rounded."""
    if not isinstance(number, Fraction):
        return number if math.isfinite(number) else None
    near = nearest_float(number)
    if math.isfinite(near) and Fraction(near) == number:
        return near
    if number.numerator.bit_length() + number.denominator.bit_length() > 3.3 * LONGEST:
        return near
    return f"{number.numerator}/{number.denominator}"
