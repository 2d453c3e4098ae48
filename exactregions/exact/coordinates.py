"""Local coordinates y with x = origin + scale y, in which a domain has its centre near 0 and a size near 1.

Origin and scale are dyadic, so the change of coordinates is exact for networks too: only the forms of the
inputs, where every composition starts, are others.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import flint

from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.exact.forms import Forms
from exactregions.exact.numbers import Point, Rational, rational

__all__ = ["LocalCoordinates"]


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
    def around(cls, domain: Domain) -> LocalCoordinates:
        """Return coordinates that suit a domain.

        Small domains are blown up to a size near 1. Large ones stay: what happens inside them has a size of its
        own.
        """
        match domain:
            case Ball():
                return cls._of(domain.center, (domain.radius,) * domain.dim)
            case Box():
                widths = [up - lo for lo, up in zip(domain.lower, domain.upper, strict=True)]
                return cls._of(domain.center, widths)
            case Polytope(box=Box()):
                assert domain.box is not None
                return cls.around(domain.box)
        return cls._of((Fraction(0),) * domain.dim, (Fraction(1),) * domain.dim)

    @classmethod
    def _of(cls, center: tuple[Fraction, ...], sizes: list[Fraction] | tuple[Fraction, ...]) -> LocalCoordinates:
        scale = tuple(_power_below(s) for s in sizes)
        return cls(tuple(_near(rational(c), s) for c, s in zip(center, scale, strict=True)), scale)

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

    def localised(self, domain: Domain) -> Domain:
        """Return the domain in local coordinates, exactly."""
        match domain:
            case Ball():
                center = self._fractions(domain.center)
                return Ball(center, domain.radius / _fraction(self.scale[0]), domain.norm)
            case Box():
                return Box(self._fractions(domain.lower), self._fractions(domain.upper))
            case Polytope():
                return self._localised_polytope(domain)
            case WholeSpace():
                return domain
        raise AssertionError(domain)

    def _fractions(self, x: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(_fraction(v) for v in self.inward([rational(v) for v in x]))

    def _localised_polytope(self, domain: Polytope) -> Polytope:
        origin, scale = ([_fraction(v) for v in values] for values in (self.origin, self.scale))
        rows = tuple(tuple(a * s for a, s in zip(row, scale, strict=True)) for row in domain.A)
        shifts = (sum((a * o for a, o in zip(row, origin, strict=True)), Fraction(0)) for row in domain.A)
        b = tuple(rhs - shift for rhs, shift in zip(domain.b, shifts, strict=True))
        box = None if domain.box is None else self.localised(domain.box)
        assert box is None or isinstance(box, Box)
        return Polytope(rows, b, box)


def _fraction(value: Rational) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _near(value: Rational, scale: Rational) -> Rational:
    """Return a dyadic number that differs from a value by no more than rounding does at the scale's size."""
    grain = scale / (1 << 53)
    return grain * flint.fmpq((value / grain).floor())


def _power_below(size: Fraction) -> Rational:
    """Return a power of two near a positive size, at most one."""
    exponent = size.denominator.bit_length() - size.numerator.bit_length()
    return flint.fmpq(1, flint.fmpz(1) << max(exponent, 0))
