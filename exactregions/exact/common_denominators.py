"""Rational vectors as integers over one denominator: sums of many products without a common divisor for each.

In hundreds of coordinates with hundreds of digits a sum of rationals spends its time on common divisors; here there is
one at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import flint

from exactregions.exact.numbers import Number, Point, Rational
from exactregions.support.stopping import check

ONE = flint.fmpz(1)
FEW = 16  # coordinates with which rationals as they are cost less


class Scaled(NamedTuple):
    """A vector: integers over a positive denominator."""

    integers: list[flint.fmpz]
    denominator: flint.fmpz

    def dot(self, a: Sequence[flint.fmpz]) -> flint.fmpz:
        """Return the inner product with integers, times the denominator."""
        total = flint.fmpz(0)
        for x, y in zip(a, self.integers, strict=True):
            if x and y:
                total += x * y
        return total


def over_one_denominator(point: Sequence[Number]) -> Scaled:
    """Return a vector over the least denominator that all coordinates share."""
    pairs = [(v.p, v.q) if isinstance(v, flint.fmpq) else (v, ONE) for v in point]
    different = {q for _, q in pairs}
    common = ONE
    for q in different:
        check()
        common = common.lcm(q)
    factors = {q: common // q for q in different}
    return Scaled([p * factors[q] for p, q in pairs], common)


def combination(start: Sequence[Number], weights: Sequence[Rational], vectors: Sequence[Sequence[Number]]) -> Point:
    """Return the start plus the sum of weights times vectors."""
    if len(start) <= FEW:
        few = [flint.fmpq(v) for v in start]
        for weight, vector in zip(weights, vectors, strict=True):
            few = [t + weight * v if v else t for t, v in zip(few, vector, strict=True)]
        return few
    parts = [over_one_denominator(v) for v in (start, *vectors)]
    scales = over_one_denominator([flint.fmpq(1), *weights])
    # weight w/e of a vector n/q, over the denominator e * common
    common = flint.fmpz(1)
    for part in parts:
        common = common.lcm(part.denominator)
    factors = [w * (common // part.denominator) for w, part in zip(scales.integers, parts, strict=True)]
    total = [flint.fmpz(0)] * len(start)
    for factor, part in zip(factors, parts, strict=True):
        check()
        if factor:
            total = [t + factor * n if n else t for t, n in zip(total, part.integers, strict=True)]
    denominator = scales.denominator * common
    return [flint.fmpq(t, denominator) for t in total]
