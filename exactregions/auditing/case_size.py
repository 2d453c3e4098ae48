"""How large a case is and how hard to read: the measure by which shrinking goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from exactregions.auditing.cases import AuditCase
from exactregions.domain import Domain
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import ShapeKind, shape_of
from exactregions.support.rational_text import read_rational

Number: TypeAlias = float | Fraction
Size: TypeAlias = tuple[int, ...]

NO_NUMBERS = {"kind", "norm", "dim"}  # in what a domain says of itself


def size_of(case: AuditCase) -> Size:
    """Return what shrinking makes smaller, the most important first."""
    network, domain = case.network, case.domain
    slopes = sum(int(((s.low != 0) | (s.high != 1)).sum()) for s in network.stages)
    units = sum(len(s.bias) for s in network.stages)
    arrays = [a for name, a in network.named_arrays() if name.endswith(("weight", "bias"))]
    digits = sum(digits_of(v) for a in arrays for v in a.ravel().tolist())
    shape = (len(network.stages), units, network.inputs, network.outputs)
    return (*shape, _domain_rank(domain), slopes, _domain_digits(domain), digits)


def digits_of(value: Number) -> int:
    """Return how hard a number is to read and to type."""
    if value == 0:
        return 0
    if value in (1, -1):
        return 1 if value == 1 else 2
    if isinstance(value, Fraction):
        exact = nearest_float(value)
        held = np.isfinite(exact) and Fraction(exact) == value
        return digits_of(exact) if held else 10 + (value.numerator.bit_length() + value.denominator.bit_length()) // 3
    return 2 + len(str(int(value))) if value == round(value) and abs(value) < 1e6 else 6 + len(repr(value))


def _domain_digits(domain: Domain) -> int:
    return sum(map(digits_of, _numbers(domain.describe())))


def _numbers(described: Any) -> Iterator[Fraction]:
    """Yield the numbers in what a domain says of itself."""
    if isinstance(described, Mapping):
        yield from _numbers([v for k, v in described.items() if k not in NO_NUMBERS])
    elif isinstance(described, list):
        for part in described:
            yield from _numbers(part)
    elif described is not None:
        yield read_rational(described)


def _domain_rank(domain: Domain) -> int:
    """Return the place of a kind of domain, the plainest first: round balls, then those that are cubes."""
    shape = shape_of(domain)
    if shape.rows:
        return 5
    if not shape.has_ends:
        return 0
    is_cube = set(shape.half_widths) == {domain.largest_entry}
    return {ShapeKind.L2: 1, ShapeKind.L1: 3, ShapeKind.BOX: 2 if is_cube else 4}[shape.kind]
