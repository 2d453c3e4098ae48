"""Local coordinates y with x = origin + scale y, in which a domain has its centre near 0 and a size near 1.

Origin and scale are dyadic, so the change of coordinates is exact for networks too: only the forms of the
inputs, where every composition starts, are others.
"""

from __future__ import annotations

from dataclasses import dataclass

import flint

from exactregions.domain import Domain
from exactregions.exact.dyadic import exponent_of, power
from exactregions.exact.forms import Forms
from exactregions.exact.numbers import Point, Rational, as_fractions, rational
from exactregions.exact.shapes import Shape, shape_of


@dataclass(frozen=True, slots=True)
class LocalCoordinates:
    """A change of coordinates, one scale for each axis.

    Attributes
    ----------
    origin : tuple of fmpq, length dim
        Dyadic.
    scale : tuple of fmpq, length dim
        Powers of two.
    """

    origin: tuple[Rational, ...]
    scale: tuple[Rational, ...]

    @classmethod
    def around(cls, domain: Domain | Shape, shrink: bool = False) -> LocalCoordinates:
        """Return coordinates in which the half widths of a domain are in (1/4, 1], and its centre is near 0.

        Parameters
        ----------
        domain : Domain or Shape
        shrink : bool
            Without it a large domain stays: what happens inside it has a size of its own. Along a coordinate
            without ends nothing is scaled.
        """
        shape = shape_of(domain)
        exponents = [0 if half is None else exponent_of(rational(half)) for half in shape.half_widths]
        scale = tuple(power(e if shrink else min(e, 0)) for e in exponents)
        return cls(tuple(_near(rational(c), s) for c, s in zip(shape.center, scale, strict=True)), scale)

    def inputs(self) -> Forms:
        """Return the inputs x as forms in y."""
        d = len(self.origin)
        values = [*self.origin, *self.scale]
        exponent = max(int(v.q).bit_length() - 1 for v in values)
        unit = flint.fmpz(1) << exponent
        matrix = flint.fmpz_mat(d, d + 1)
        for i, (o, s) in enumerate(zip(self.origin, self.scale, strict=True)):
            matrix[i, i], matrix[i, d] = (s * unit).p, (o * unit).p
        return Forms(matrix, exponent)

    def outward(self, y: Point) -> Point:
        """Return the point x with local coordinates y."""
        return [o + s * v for o, s, v in zip(self.origin, self.scale, y, strict=True)]

    def inward(self, x: Point) -> Point:
        """Return the local coordinates of x."""
        return [(v - o) / s for o, s, v in zip(self.origin, self.scale, x, strict=True)]

    def localised(self, domain: Domain | Shape) -> Shape:
        """Return the domain in local coordinates, exactly."""
        return shape_of(domain).moved(as_fractions(self.origin), as_fractions(self.scale))


def _near(value: Rational, scale: Rational) -> Rational:
    """Return a dyadic number that differs from a value by no more than rounding does at the scale's size."""
    grain = scale / (1 << 53)
    return grain * flint.fmpq((value / grain).floor())
