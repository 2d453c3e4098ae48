"""Cones in integers: from inequalities to rays and lines, by the double description method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import SupportsInt

from exactregions.errors import ConeError
from exactregions.support.stopping import check

Vector = tuple[int, ...]
Entries = list[tuple[int, int]]  # places of a row that are not zero, and what stands there

MOST = 100_000  # rays; each pair of them may have to be looked at


@dataclass(frozen=True, slots=True)
class ConeGenerators:
    """A cone as the sums of its rays, none taken less than zero times, and of any multiples of its lines.

    Attributes
    ----------
    rays : tuple of tuple of int
        Primitive integer vectors, none of which can be left out; unique up to multiples of lines.
    lines : tuple of tuple of int
        A basis of the largest subspace in the cone, also primitive.
    tight : tuple of int
        Of each ray, one bit a row: bit k is set where row k is zero on it. All rows are zero on lines.
    """

    rays: tuple[Vector, ...]
    lines: tuple[Vector, ...]
    tight: tuple[int, ...]


def cone_generators(rows: Sequence[Sequence[SupportsInt]], dim: int, most: int = MOST) -> ConeGenerators:
    """Return the rays and lines of { x : row . x >= 0 for all rows }, exactly.

    The double description method (Motzkin, Raiffa, Thompson, Thrall 1953; Fukuda, Prodon 1996) with the
    combinatorial test of adjacency.

    Parameters
    ----------
    rows : sequence of sequence of int, each of length dim
        They may be zero, repeated, or opposite to each other.
    dim : int
    most : int
        Rays that are kept, also on the way.

    Raises
    ------
    ConeError
        If a row has another length, or there are more rays.
    """
    cone = _Cone(dim, most)
    for number, row in enumerate(rows):
        if len(row) != dim:
            raise ConeError(f"row {number} has {len(row)} values, and the space {dim} dimensions; give one for each")
        check()
        cone.cut([(j, int(v)) for j, v in enumerate(row) if v], number)
    return ConeGenerators(tuple(map(tuple, cone.rays)), tuple(map(tuple, cone.lines)), tuple(cone.tight))


def primitive_row(row: Sequence[Fraction | int]) -> Vector:
    """Return the shortest integer vector that is a positive multiple of a row; zeros stay.

    Examples
    --------
    >>> primitive_row([Fraction(1, 2), Fraction(-3, 4), 0])
    (2, -3, 0)
    """
    common = lcm(*(v.denominator for v in row))
    whole = [int(v * common) for v in row]
    factor = gcd(*whole) or 1
    return tuple(v // factor for v in whole)


class _Cone:
    """The generators of the cone of the rows so far."""

    def __init__(self, dim: int, most: int) -> None:
        self._dim, self._most = dim, most
        self.lines = [[int(i == j) for j in range(dim)] for i in range(dim)]
        self.rays: list[list[int]] = []
        self.tight: list[int] = []

    def cut(self, row: Entries, number: int) -> None:
        """Leave what is at least zero in one more row."""
        values = [_product(row, line) for line in self.lines]
        crossed = [k for k, value in enumerate(values) if value]
        if crossed:
            self._halve_line(min(crossed, key=lambda k: abs(values[k])), values, row, number)
        else:
            self._halve_rays(row, number)

    def _halve_line(self, place: int, values: list[int], row: Entries, number: int) -> None:
        """Make a ray of a line, and move all other generators along it to where the row is zero."""
        pivot = values[place]
        half = self.lines[place] if pivot > 0 else [-v for v in self.lines[place]]
        pivot = abs(pivot)
        others = (k for k in range(len(values)) if k != place)
        self.lines = [_moved(self.lines[k], values[k], half, pivot) for k in others]
        self.rays = [_moved(ray, _product(row, ray), half, pivot) for ray in self.rays]
        self.tight = [tight | (1 << number) for tight in self.tight]
        self._add(half, (1 << number) - 1)  # every earlier row was zero on the line

    def _halve_rays(self, row: Entries, number: int) -> None:
        """Keep the rays that are not below zero, and one between each two neighbours on either side."""
        values = [_product(row, ray) for ray in self.rays]
        rays, tights = self.rays, self.tight
        kept = [k for k, value in enumerate(values) if value >= 0]
        self.rays = [rays[k] for k in kept]
        self.tight = [tights[k] | (1 << number if values[k] == 0 else 0) for k in kept]
        for p, n in self._neighbours(values, tights, number):
            self._add(_moved(rays[p], values[p], rays[n], -values[n], 1), tights[p] & tights[n] | 1 << number)

    def _add(self, ray: list[int], tight: int) -> None:
        if len(self.rays) >= self._most:
            raise ConeError(
                f"the cone has more than {self._most:,} rays in {self._dim} dimensions; "
                "give fewer rows or fewer dimensions"
            )
        self.rays.append(ray)
        self.tight.append(tight)

    def _neighbours(self, values: list[int], tights: list[int], rows: int) -> Iterator[tuple[int, int]]:
        """Yield pairs of rays, one above zero and one below, that span a face of dimension two.

        Such a face has rows of rank two less than what lines leave, and no third ray.
        """
        least = self._dim - len(self.lines) - 2
        below = [k for k, value in enumerate(values) if value < 0]
        members = _members(tights, rows) if below else []
        every = (1 << len(values)) - 1
        for p, value in enumerate(values):
            if value <= 0:
                continue
            check()
            for n in below:
                common = tights[p] & tights[n]
                if common.bit_count() >= least and _only(1 << p | 1 << n, common, members, every):
                    yield p, n


def _members(tights: Sequence[int], rows: int) -> list[int]:
    """Return, for each row, which rays are zero in it, one bit each."""
    members = [0] * rows
    for k, tight in enumerate(tights):
        for row in _bits(tight):
            members[row] |= 1 << k
    return members


def _only(pair: int, common: int, members: Sequence[int], left: int) -> bool:
    """Return whether two rays are the only ones that are zero in all common rows."""
    for row in _bits(common):
        left &= members[row]
        if left == pair:
            return True
    return left == pair


def _bits(value: int) -> Iterator[int]:
    while value:
        low = value & -value
        yield low.bit_length() - 1
        value ^= low


def _product(row: Entries, vector: Sequence[int]) -> int:
    return sum([value * vector[place] for place, value in row])


def _moved(vector: list[int], value: int, along: list[int], pivot: int, sign: int = -1) -> list[int]:
    """Return the primitive vector on pivot * vector + sign * value * along."""
    if not value:
        return vector
    factor = sign * value
    found = [pivot * v + factor * w for v, w in zip(vector, along, strict=True)]
    common = gcd(*found)
    return found if common == 1 else [v // common for v in found]
