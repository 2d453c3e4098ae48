"""The support function of a shape, in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint

from exactregions.exact.dyadic import root_above
from exactregions.exact.numbers import ZERO, Number, Rational, as_point, rational
from exactregions.exact.shapes.shape import Ends, Shape, ShapeKind


@dataclass(frozen=True, slots=True)
class Support:
    """A supremum `value + sqrt(square)`; infinite where there is no value.

    Attributes
    ----------
    value : fmpq or None
    square : fmpq
        Zero but for Euclidean balls.
    """

    value: Rational | None
    square: Rational = ZERO

    def at_most(self, bound: Rational) -> bool:
        """Decide whether the supremum is at most a bound."""
        if self.value is None:
            return False
        rest = bound - self.value
        return bool(rest >= 0 and rest * rest >= self.square)

    def above(self) -> Rational | None:
        """Return a number that is not below the supremum: itself but for a root, which is close."""
        return None if self.value is None else self.value + root_above(self.square)


def support(shape: Shape, slopes: Sequence[Number]) -> Support:
    """Return the supremum of slopes.x over the body of a shape: its rows are left to the multipliers of a proof."""
    if shape.kind is ShapeKind.BOX:
        return Support(greatest(slopes, *map(rational_ends, (shape.lower, shape.upper))))
    pairs = [(v, c) for v, c in zip(slopes, as_point(shape.center), strict=True) if v]
    middle = sum((v * c for v, c in pairs), ZERO)
    free = [v for v, half in zip(slopes, shape.half_widths, strict=True) if v and half]
    radius = rational(shape.radius or 0)
    if shape.kind is ShapeKind.L1:
        return Support(middle + radius * max((abs(v) for v in free), default=ZERO))
    return Support(middle, radius * radius * sum((flint.fmpq(v) * v for v in free), ZERO))


def greatest(
    slopes: Sequence[Number], lower: Sequence[Rational | None], upper: Sequence[Rational | None]
) -> Rational | None:
    """Return the greatest value of slopes.x between bounds; None where there is none."""
    total = ZERO
    for v, lo, up in zip(slopes, lower, upper, strict=True):
        if v:
            end = up if v > 0 else lo
            if end is None:
                return None
            total += v * end
    return total


def rational_ends(ends: Ends) -> list[Rational | None]:
    """Return ends as rationals, None where there is none."""
    return [None if v is None else rational(v) for v in ends]
