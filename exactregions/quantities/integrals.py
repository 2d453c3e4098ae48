"""Integrals over a bounded domain: region by region in rationals, or enclosed on boxes that are cut in halves."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Box, Domain
from exactregions.enumeration import require_question
from exactregions.errors import DomainError
from exactregions.exact.bounding import bounded
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import shape_of
from exactregions.exact.values import Value
from exactregions.geometry.cones import exact_simplices
from exactregions.geometry.polyhedra import LARGEST_DIMENSION, domain_rows
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, check, limited, reason_of
from exactregions.support.stopwatch import Stopwatch

__all__ = ["Integral", "Integrand", "integrated"]

Exact: TypeAlias = list[Fraction]
Ends: TypeAlias = tuple[Sequence[Fraction | float], Sequence[Fraction | float]]


class Integrand(Protocol):
    """One or several functions on a domain that are affine, or constant, on pieces of regions."""

    @property
    def size(self) -> int:
        """Number of functions."""
        ...

    def search(self, domain: Domain, options: dict[str, Any]) -> RegionSet:
        """Search the regions on which they are integrated; `options` are keywords of `enumerate_regions`."""
        ...

    def over(self, number: int) -> tuple[Exact, Fraction]:
        """Return the integrals over a region that was found, and its volume."""
        ...

    def ends(self, domain: Domain) -> Ends:
        """Return proved ends of the values on a domain."""
        ...


@dataclass(frozen=True, slots=True)
class Integral:
    """Integrals over a domain.

    Attributes
    ----------
    values : tuple of Value
    total : Fraction
        The volume of the domain.
    stopped : str or None
        Why they are not exact.
    seconds : float
    """

    values: tuple[Value, ...]
    total: Fraction
    stopped: str | None
    seconds: float


def integrated(integrand: Integrand, network: Network, domain: Domain, boxes: int, options: dict[str, Any]) -> Integral:
    """Integrate over a domain; see `class_volumes` for what is raised."""
    watch = Stopwatch()
    require_question(network, domain)
    if isinstance(boxes, bool) or not isinstance(boxes, int) or boxes < 1:
        raise DomainError(f"boxes is {short(boxes)}; give a positive number")
    total = _volume(domain)
    if domain.free_part().dim <= LARGEST_DIMENSION:
        values, stopped = _by_regions(integrand, domain, total, options)
    else:
        parts, stopped = _cut(
            integrand, _required_box(domain), total, boxes, _sizes(network), options.get("time_limit")
        )
        values = _summed(parts, integrand.size)
        stopped = None if all(value.exact for value in values) else stopped
    return Integral(values, total, stopped, watch.seconds)


def _volume(domain: Domain) -> Fraction:
    """Return the exact volume in the free inputs."""
    shape = shape_of(domain.free_part())
    if not shape.is_flat:
        raise DomainError("volumes in a Euclidean ball are no rationals; give domain.as_box(), or norm 1 or inf")
    if not shape.rows:
        size = shape.volume()
        if size is None:
            raise DomainError("the domain has no end, so it has no volume; give a bounded one")
        return size
    if bounded(shape) is None:
        raise DomainError("the domain has no end, so it has no volume; give a bounded one")
    if shape.dim > LARGEST_DIMENSION:
        raise DomainError(f"volumes in polytopes are computed in up to {LARGEST_DIMENSION} dimensions; give a box")
    return sum((size for size, _ in exact_simplices(shape.dim, domain_rows(shape))), Fraction(0))


def _by_regions(
    integrand: Integrand, domain: Domain, total: Fraction, options: dict[str, Any]
) -> tuple[tuple[Value, ...], str | None]:
    """Add up all regions; of what a limit leaves out the ends of the values are known."""
    sums, seen, stopped = [Fraction(0)] * integrand.size, Fraction(0), None
    with limited(options.get("time_limit")):
        try:
            regions = integrand.search(domain, {k: v for k, v in options.items() if k != "time_limit"})
            for number in range(len(regions)):
                check()
                parts, size = integrand.over(number)
                sums, seen = [a + b for a, b in zip(sums, parts, strict=True)], seen + size
            stopped = None if regions.exact else regions.why_not_exact
        except STOPS as error:
            stopped = reason_of(error).text
    if stopped is None:
        assert seen == total, "regions do not fill their domain: a proof is wrong"
        return tuple(map(Value.of, sums)), None
    lower, upper = integrand.ends(domain)
    left = total - seen
    return tuple(
        Value(s + _times(left, lo), s + _times(left, up)) for s, lo, up in zip(sums, lower, upper, strict=True)
    ), stopped


def _times(size: Fraction, value: Fraction | float) -> Fraction | float:
    return size * value if isinstance(value, Fraction) else value if size else Fraction(0)


def _required_box(domain: Domain) -> Box:
    box = shape_of(domain).whole_box()
    if box is None:
        raise DomainError(f"volumes with more than {LARGEST_DIMENSION} free inputs are enclosed in boxes; give a Box")
    return box


def _cut(
    integrand: Integrand,
    domain: Box,
    total: Fraction,
    boxes: int,
    sizes: NDArray[np.float64],
    seconds: float | None,
) -> tuple[list[_Part], str]:
    """Cut the box that leaves most open in halves until there are enough, where the first stage moves most."""
    parts = [_Part(domain, total, *integrand.ends(domain))]
    with limited(seconds):
        try:
            while len(parts) < boxes and parts[0].open > 0:
                check()
                halves = [
                    _Part(half, parts[0].size / 2, *integrand.ends(half)) for half in _halves(parts[0].box, sizes)
                ]
                heapq.heapreplace(parts, halves[0])
                heapq.heappush(parts, halves[1])
        except STOPS as error:
            return parts, reason_of(error).text
    return parts, f"enclosed on {len(parts)} boxes"


def _summed(parts: Sequence[_Part], size: int) -> tuple[Value, ...]:
    lower, upper = ([_sum(_times(p.size, p.ends[end][k]) for p in parts) for k in range(size)] for end in (0, 1))
    return tuple(Value(lo, up) for lo, up in zip(lower, upper, strict=True))


def _sum(values: Any) -> Fraction | float:
    """Add numbers, of which some may be infinite with one sign."""
    every = list(values)
    return next((v for v in every if not isinstance(v, Fraction)), None) or sum(every, Fraction(0))


class _Part:
    """A box, its volume, and the ends of the values on it; those that leave most open come first."""

    def __init__(self, box: Box, size: Fraction, lower: Sequence[Any], upper: Sequence[Any]) -> None:
        self.box, self.size, self.ends = box, size, (lower, upper)
        self.open = float(size) * max(float(up) - float(lo) for lo, up in zip(lower, upper, strict=True))

    def __lt__(self, other: _Part) -> bool:
        return self.open > other.open


def _sizes(network: Network) -> NDArray[np.float64]:
    """Return how much each input weighs in the first stage."""
    first = network.stages[0].matrix if network.stages else network.matrix
    return np.asarray(abs(first).sum(axis=0), dtype=np.float64).ravel()


def _halves(box: Box, sizes: NDArray[np.float64]) -> tuple[Box, Box]:
    sides = np.array([nearest_float(up - lo) for lo, up in zip(box.lower, box.upper, strict=True)])
    moved = sides * sizes
    k = int((moved if moved.any() else sides).argmax())
    middle = (box.lower[k] + box.upper[k]) / 2
    return (
        Box(box.lower, [*box.upper[:k], middle, *box.upper[k + 1 :]]),
        Box([*box.lower[:k], middle, *box.lower[k + 1 :]], box.upper),
    )
