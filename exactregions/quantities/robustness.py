"""The exact distance from a point to another class."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.algebra import with_output_units
from exactregions.domain import Ball, Domain, WholeSpace, exact_number, require_fit
from exactregions.domain.ball import norm_name
from exactregions.domain.base import Numbers
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float, rounded_up
from exactregions.exact.values import Value, root_ends
from exactregions.geometry.distances.distances import Distances
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.quantities.nearby_classes import NearbyClasses
from exactregions.regions import RegionSet
from exactregions.support.answers import ending, shortfall
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of

__all__ = ["RobustRadius", "robust_radius"]

Point = tuple[Fraction, ...]

FIRST = Fraction(1, 2)  # of the distance of the nearest point that floats found: the first ball that is searched
GROWTH = 2
BEYOND = 1.0 + 2.0**-30  # the last ball holds that point
DOUBLINGS = 20  # of a ball in which there is no other class, before the whole space is asked


@dataclass(frozen=True, slots=True, eq=False)
class RobustRadius:
    """How far another class is from a point.

    Attributes
    ----------
    point : tuple of Fraction
    norm : {1, 2, inf}
    label : int
        The class of the point: its largest output, the first of several; of one output 1 where that is positive.
    ties : tuple of int
        Other classes whose output at the point is as large.
    radius : Value
        The least distance of points at which another output is larger. Its upper end is infinite where there is no such
        point, or an unfinished search knows none; where there is none the lower end is so too.
    nearest : tuple of Fraction or None
        A point at that distance. There the two outputs are equal; beyond it the other one is larger.
    other : int or None
        The class beyond it.
    regions : int
        Regions searched.
    stopped : str or None
        What kept the answer from being exact.
    seconds : float
    """

    point: Point
    norm: float
    label: int
    ties: tuple[int, ...]
    radius: Value
    nearest: Point | None
    other: int | None
    regions: int
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the radius is exact."""
        return self.stopped is None

    def __repr__(self) -> str:
        beyond = "" if self.other is None else f", class {self.other} beyond"
        ties = f", ties with {list(self.ties)}" if self.ties else ""
        state = shortfall(self.stopped)
        return f"<RobustRadius: {self.radius} in norm {self.norm:g} around class {self.label}{ties}{beyond}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions radius --json` prints it."""
        return {
            "norm": norm_name(self.norm),
            "label": self.label,
            "ties": list(self.ties),
            "radius": self.radius.describe(),
            "nearest": None if self.nearest is None else [nearest_float(v) for v in self.nearest],
            "other": self.other,
            "regions": self.regions,
            **ending(self),
        }


def robust_radius(
    network: Network,
    point: Numbers,
    norm: float | str = 2,
    *,
    largest: Fraction | float | None = None,
    engine: str = "auto",
    time_limit: float | None = None,
    max_regions: int | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> RobustRadius:
    """Return the exact distance from a point to another class, and a nearest point.

    The class is the largest output; of a network with one output its sign. The distance is that of the open set in
    which another output is larger: the least entry radius among the regions of this set, which a search of growing
    balls finds (mathematics, 7.2).

    Parameters
    ----------
    network : Network
    point : array_like, shape (inputs,)
        Or as the centre of a `Ball`.
    norm : {2, 1, inf}
        In the norm 2 the square of the distance is rational, in the others the distance itself.
    largest : float or Fraction, optional
        No larger ball is searched.
    engine, time_limit, max_regions, workers, progress
        As for `enumerate_regions`; `max_regions` is of each ball. A limit or Ctrl-C leaves a proved enclosure: the
        largest ball that holds the class alone, and the nearest point of another class that is known.

    Raises
    ------
    DomainError
        If the point does not fit the network, or the norm is another.
    EngineError
        As `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Network
    >>> absolute = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")
    >>> robust_radius(absolute, [0.25])  # |x| - 1 against 1 - |x|
    <RobustRadius: 0.75 in norm 2 around class 1, class 0 beyond>
    """
    start = time.perf_counter()
    ball = Ball(point, 1, norm)
    require_fit(ball, network.inputs, network.input_shape)
    most = None if largest is None else exact_number(largest, "largest")
    if most is not None and most <= 0:
        raise DomainError(f"largest is {short(largest)}; give a positive radius")
    options: dict[str, Any] = {"engine": engine, "max_regions": max_regions, "workers": workers, "progress": progress}
    search = _Search(network, replace(ball, input_shape=None), most, options)
    with limited(time_limit):
        try:
            search.run()
        except STOPS as error:
            search.stopped = reason_of(error).text
    return search.answer(time.perf_counter() - start)


class _Search:
    """One question, as far as it has been answered."""

    def __init__(self, network: Network, ball: Ball, largest: Fraction | None, options: dict[str, Any]) -> None:
        self._ball, self._largest, self._options = ball, largest, options
        self._label, self._others, self._ties, self._network = _class_at(network, ball)
        self._lower, self._found = Fraction(0), None
        self._upper: Fraction | float = math.inf
        self._value: Value | None = None
        self._nearest: Point | None = None
        self._other: int | None = None
        self._searched = 0
        self.stopped: str | None = None

    def answer(self, seconds: float) -> RobustRadius:
        """Return what is known."""
        value = self._value or Value(self._lower, self._upper)
        where = self._ball.center, self._ball.norm, self._label, self._ties
        stopped = None if self._value else self.stopped
        return RobustRadius(*where, value, self._nearest, self._other, self._searched, stopped, seconds)

    def run(self) -> None:
        """Search balls until one holds another class."""
        for domain in self._domains():
            regions = enumerate_regions(self._network, domain, **self._options)
            self._searched += regions.count
            hits = np.flatnonzero(_last_signs(regions, len(self._others)).any(axis=1))
            if len(hits) and domain.largest_entry is not None:
                self._settle(regions, hits)
            if not regions.exact:
                self._value, self.stopped = None, regions.why_not_exact
                return
            if self._value is not None:
                return
            if domain.largest_entry is not None:
                self._lower = domain.largest_entry
            elif not len(hits):
                self._value = Value.infinite()
                return
            else:
                self._upper = self._distance_above(regions[int(hits[0])].witness)
        self.stopped = f"no other class within the largest radius, {self._largest}"

    def _domains(self) -> Iterator[Domain]:
        """Yield balls that grow: up to the nearest point that floats found, or until another class is met."""
        center = self._ball.center_float
        last = self._network.stages[-1]
        plain = replace(self._network, stages=self._network.stages[:-1], matrix=last.matrix, bias=last.bias, winners=())
        found = NearbyClasses(plain, center, self._ball.norm).nearest() if np.isfinite(center).all() else None
        if found is not None:
            near = tuple(map(Fraction, found[0].tolist()))
            if any(sign > 0 for sign in _signs(self._network, near)[-len(self._others) :]):
                self._upper = self._distance_above(near)
        radius = Fraction(1) if self._upper == math.inf else Fraction(self._upper) * FIRST
        for _ in range(DOUBLINGS):
            last = self._last()
            if last is not None and radius >= last:
                break
            yield replace(self._ball, radius=radius)
            radius *= GROWTH
        if self._last() is None:
            yield WholeSpace(self._ball.dim)
        if (last := self._last()) is not None:
            yield replace(self._ball, radius=last)

    def _last(self) -> Fraction | None:
        """Return the radius of the last ball, None where none is known."""
        if self._upper == math.inf:
            return self._largest
        known = Fraction(self._upper) * Fraction(BEYOND) or Fraction(1, 1 << 1000)
        return known if self._largest is None else min(known, self._largest)

    def _distance_above(self, point: Point) -> Fraction:
        """Return a float that is no smaller than the distance of a point."""
        power = self._ball.distance_power(point)
        return Fraction(rounded_up(root_ends(power)[1] if self._ball.entry_power == 2 else power))

    def _settle(self, regions: RegionSet, hits: NDArray[np.intp]) -> None:
        """Find the nearest of the regions of other classes."""
        distances = Distances(regions)
        bounds = regions.entry_bounds
        ends = [distances.interval(row)[1:] for row in hits.tolist()] if bounds is None else bounds[hits].tolist()
        best: tuple[Fraction, Point, int] | None = None
        power = self._ball.entry_power
        closest = min(upper for _, upper in ends)
        self._upper = min(self._upper, Fraction(closest))
        for (lower, _), row in sorted(zip(ends, hits.tolist(), strict=True)):
            if lower > closest or (best is not None and Fraction(lower) ** power >= best[0]):
                break
            entry, point = distances.nearest(row)
            if best is None or entry < best[0]:
                best = entry, point, row
        assert best is not None, "the nearest region is among them"
        entry, self._nearest, row = best
        self._value = Value.root(entry) if power == 2 else Value.of(entry)
        self._upper = self._value.upper
        signs = _last_signs(regions, len(self._others))[row]
        self._other = self._others[int(np.flatnonzero(signs)[0])]


def _class_at(network: Network, ball: Ball) -> tuple[int, list[int], tuple[int, ...], Network]:
    """Return the class at the centre, the others, those that tie with it, and the network of their differences.

    The class is what floats say, until exact signs say that another output is larger.
    """
    values = network.forward(ball.center_float)
    label = int(values[0] > 0) if len(values) == 1 else int(values.argmax())
    while True:
        others, differences = _differences(network, label)
        signs = _signs(differences, ball.center)[-len(others) :]
        better = [other for other, sign in zip(others, signs, strict=True) if sign > 0]
        ties = tuple(other for other, sign in zip(others, signs, strict=True) if sign == 0)
        if not better and (len(values) > 1 or label == 0 or not ties):
            # of equal outputs the first one; what is not positive is 0
            if not ties or label < ties[0]:
                return label, others, ties, differences
            better = [ties[0]]
        label = better[0] if better else 0


def _differences(network: Network, label: int) -> tuple[list[int], Network]:
    """Return the other classes, and the network with a unit for each: its output less that of the class."""
    if network.outputs == 1:
        return [1 - label], with_output_units(network, [[1.0 - 2.0 * label]], [0.0])
    others = [k for k in range(network.outputs) if k != label]
    weight = np.eye(network.outputs)[others]
    weight[:, label] = -1.0
    return others, with_output_units(network, weight, np.zeros(len(others)))


def _signs(network: Network, point: Point) -> list[int]:
    from exactregions.exact.forms import ExactNetwork
    from exactregions.exact.numbers import as_point

    return ExactNetwork(network).signs_at(as_point(point))


def _last_signs(regions: RegionSet, count: int) -> NDArray[np.bool_]:
    """Return the signs of the last units, shape (n, count)."""
    first = regions.network.units - count
    bits = np.unpackbits(regions.patterns[:, first // 8 :], axis=1, bitorder="little")
    return bits[:, first % 8 : first % 8 + count].astype(bool)
