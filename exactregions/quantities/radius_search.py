"""The search for the distance from a point to another class: parts of a ball, or balls that grow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball, Domain, WholeSpace
from exactregions.engines.contract import Goal, Limits, Resumable
from exactregions.engines.registry import get_engine
from exactregions.enumeration import enumerate_regions
from exactregions.exact.floats import rounded_down, rounded_up
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.values import Value
from exactregions.geometry.distances.centred import CentredRegions
from exactregions.geometry.distances.distances import Distances
from exactregions.network import Network
from exactregions.quantities.leaf_distances import LeafDistances
from exactregions.quantities.margins import Margins, last_signs
from exactregions.quantities.nearby_classes import NearbyClasses
from exactregions.quantities.split_search import SplitSearch
from exactregions.support.stopping import delayed
from exactregions.verification.linear_bounds import affordable

__all__ = ["Point", "RadiusSearch"]

Point = tuple[Fraction, ...]

FIRST = Fraction(1, 2)  # of the distance of the nearest point that floats found: the first ball that is searched
GROWTH = 2
BEYOND = 1.0 + 2.0**-30  # the last ball holds that point
DOUBLINGS = 20  # of a ball in which there is no other class, before the whole space is asked
ORDINARY = 1e-100, 1e100  # radii about which floats say something
MOST_LEAVES = 64  # of parts, before balls are searched in place of them
HALVINGS = 6  # between a ball whose bounds decide and one whose bounds do not
MOMENT = 2.0  # seconds that are left for that after a limit or Ctrl-C


class RadiusSearch:
    """One question, as far as it has been answered.

    Parameters
    ----------
    network : Network
    ball : Ball
        About the point, in the norm that is meant.
    largest : Fraction or None
        No larger ball is searched.
    options : dict
        engine, max_regions, workers and progress of `enumerate_regions`.

    Attributes
    ----------
    margins : Margins
    lower, upper : Fraction or float
        The radius lies between them.
    value : Value or None
        The radius, once it is known.
    nearest : tuple of Fraction or None
        The nearest point that is known to be the limit of others of another class.
    other : int or None
        That class.
    regions : int
        Regions searched.
    stopped : str or None
    """

    def __init__(self, network: Network, ball: Ball, largest: Fraction | None, options: dict[str, Any]) -> None:
        self._ball, self._options = ball, options
        self._largest: Fraction | float = math.inf if largest is None else largest
        self.margins = Margins.at(network, ball)
        self._network, self._count = self.margins.network, len(self.margins.others)
        self.lower: Fraction | float = Fraction(0)
        self.upper: Fraction | float = math.inf
        self.value: Value | None = None
        self.nearest: Point | None = None
        self.other: int | None = None
        self.regions = 0
        self.stopped: str | None = None
        self._entry: Fraction | None = None  # the distance of `nearest`, to its power
        self._undecided = False

    def run(self) -> None:
        """Search until the radius is known."""
        near = self._proposed()
        if near is not None and self._suits_parts():
            try:
                self._in_parts(near)
            finally:
                if self.value is None and self.stopped is None:
                    with delayed(MOMENT):
                        self._in_whole_balls()
        if self.value is None and self.stopped is None:
            self._in_balls()

    # ---- points

    def _proposed(self) -> NDArray[np.float64] | None:
        """Return a near point of another class, as floats find it, once it is proved to be one."""
        center, last = self._ball.center_float, self._network.stages[-1]
        if not np.isfinite(center).all():
            return None
        plain = replace(self._network, stages=self._network.stages[:-1], matrix=last.matrix, bias=last.bias, winners=())
        found = NearbyClasses(plain, center, self._ball.norm).nearest()
        return found[0] if found is not None and self._is_near(found[0]) else None

    def _is_near(self, point: NDArray[np.float64]) -> bool:
        """Take a point that is nearer than what is known, if it is proved to be one of another class."""
        if not np.isfinite(point).all():
            return False
        near = tuple(map(Fraction, point.tolist()))
        signs = self._exact.signs_at(as_point(near))[-self._count :]
        distance = self._distance_above(near) if max(signs) > 0 else math.inf
        if not distance < self.upper:
            return False
        self.upper, self.nearest, self.other = distance, near, self.margins.others[signs.index(1)]
        return True

    def _distance_above(self, point: Point) -> Fraction:
        """Return a float that is no smaller than the distance of a point."""
        return Fraction(rounded_up(Fraction(self._value_of(self._ball.distance_power(point)).upper)))

    # ---- parts of a ball

    def _suits_parts(self) -> bool:
        """Whether bounds are worth their while, and nobody asks for regions of balls."""
        plain = self._options["engine"] == "auto" and self._options["max_regions"] is None
        least, most = ORDINARY
        return plain and least < self.upper < most and affordable(self._network.stages)

    def _in_parts(self, near: NDArray[np.float64]) -> None:
        """Search the ball up to a point of another class, part by part."""
        *stages, last = self._network.stages
        signs = [
            np.where((z > 0.0) | ~stage.splits, 1, -1).astype(np.int8)
            for stage, z in zip(stages, self._network.pre_activations(near[None]), strict=False)
        ]
        self._come_nearer(np.concatenate([s.ravel() for s in signs]))
        center, radius = self._ball.center_float, rounded_up(Fraction(min(self.upper, self._largest)))
        search = SplitSearch(stages, last.weight, center, self._ball.norm, radius)
        decided = 0
        try:
            for signs, unit in search.leaves():
                least = self._leaves.at_least(signs, unit, float(self.upper))
                if least is not None and self._waits(search, *least):
                    continue
                self._decide(signs)
                decided += 1
                if decided > MOST_LEAVES or self._undecided:
                    return
                search.shrink(rounded_up(Fraction(self.upper)))
        finally:
            self.lower = min(Fraction(search.proved), self.upper, self._largest)
        if self.upper > self._largest:
            self.stopped = f"no other class within the largest radius, {self._largest}"
        elif self._entry is not None and Fraction(self._value_of(self._entry).lower) <= self.upper:
            self.value = self._value_of(self._entry)

    def _come_nearer(self, signs: NDArray[np.int8]) -> None:
        """Take the nearest point of another class in the cell of given signs, as floats find it."""
        found = [self._leaves.proposed(signs, unit, float(self.upper)) for unit in range(self._count)]
        steps = [step for step in found if step is not None]
        for step in sorted(steps, key=lambda step: float(np.linalg.norm(step, self._ball.norm))):
            if self._is_near(self._ball.center_float + BEYOND * step):
                break

    def _waits(self, search: SplitSearch, least: Fraction, step: NDArray[np.float64]) -> bool:
        """Return whether a part needs no decision yet, given a bound of its distance, to its power.

        That is where something nearer is known, or where another part may have something nearer.
        """
        if self._entry is not None and least >= self._entry:
            return True
        if not search.postpone(rounded_down(Fraction(self._value_of(least).lower))):
            return False
        if self._is_near(self._ball.center_float + BEYOND * step):
            search.shrink(rounded_up(Fraction(self.upper)))
        return True

    def _in_whole_balls(self) -> None:
        """Raise the lower end to the largest ball without other classes by its bounds alone, where parts prove less."""
        *stages, last = self._network.stages
        near, far = 0.0, rounded_up(Fraction(min(self.upper, self._largest)))
        for _ in range(HALVINGS):
            radius = 0.5 * near + 0.5 * far
            if SplitSearch(stages, last.weight, self._ball.center_float, self._ball.norm, radius).is_empty():
                near = radius
                self.lower = max(self.lower, Fraction(near))
            else:
                far = radius

    @cached_property
    def _exact(self) -> ExactNetwork:
        return ExactNetwork(replace(self._network, winners=()))

    @cached_property
    def _centred(self) -> CentredRegions:
        plain, ball = replace(self._network, winners=()), replace(self._ball, radius=self._just_beyond())
        return CentredRegions(plain, ball, self._exact)

    @cached_property
    def _leaves(self) -> LeafDistances:
        return LeafDistances(self._network, self._exact, self._ball)

    def _decide(self, signs: NDArray[np.int8]) -> None:
        """Search the cell of all given signs for regions of other classes, exactly."""
        first = sum(len(stage.bias) for stage in self._network.stages[:-1])
        goal = Goal(tuple((first + k,) for k in range(self._count)))
        domain, plain = replace(self._ball, radius=self._just_beyond()), replace(self._network, winners=())
        limits = Limits(workers=self._options["workers"], goal=goal)
        engine = get_engine("tree")
        assert isinstance(engine, Resumable), "it searches below prefixes"
        regions = engine.search_below(plain, domain, [signs], limits, self._options["progress"])
        self.regions += regions.count
        self._take(Distances(regions, self._centred), last_signs(regions, self._count))
        self._undecided |= not regions.exact

    def _just_beyond(self) -> Fraction:
        return Fraction(self.upper) * Fraction(BEYOND) or Fraction(1, 1 << 1000)

    def _take(self, distances: Distances, signs: NDArray[np.bool_]) -> None:
        """Find the nearest of the regions of other classes, if one is nearer than what is known."""
        hits = np.flatnonzero(signs.any(axis=1))
        if not len(hits):
            return
        bounds, power = distances.regions.entry_bounds, self._ball.entry_power
        ends = [distances.interval(row)[1:] for row in hits.tolist()] if bounds is None else bounds[hits].tolist()
        closest = min(upper for _, upper in ends)
        self.upper = min(self.upper, Fraction(closest))
        for (lower, _), row in sorted(zip(ends, hits.tolist(), strict=True)):
            if lower > closest or (self._entry is not None and Fraction(lower) ** power >= self._entry):
                break
            entry, point = distances.nearest(row)
            if self._entry is None or entry < self._entry:
                self._entry, self.nearest = entry, point
                self.other = self.margins.others[int(np.flatnonzero(signs[row])[0])]
        if self._entry is not None:
            self.upper = min(self.upper, self._value_of(self._entry).upper)

    def _value_of(self, entry: Fraction) -> Value:
        return Value.root(entry) if self._ball.entry_power == 2 else Value.of(entry)

    # ---- balls that grow

    def _in_balls(self) -> None:
        """Search balls until one holds another class."""
        for domain in self._domains():
            regions = enumerate_regions(self._network, domain, **self._options)
            self.regions += regions.count
            signs = last_signs(regions, self._count)
            hits = np.flatnonzero(signs.any(axis=1))
            if domain.largest_entry is not None:
                self._take(Distances(regions), signs)
            if not regions.exact:
                self.stopped = regions.why_not_exact
                return
            if len(hits) and self._entry is not None:
                self.value = self._value_of(self._entry)
                return
            if domain.largest_entry is not None:
                self.lower = max(self.lower, domain.largest_entry)
            elif not len(hits):
                self.value = Value.infinite()
                return
            else:
                self.upper = self._distance_above(regions[int(hits[0])].witness)
        self.stopped = f"no other class within the largest radius, {self._largest}"

    def _domains(self) -> Iterator[Domain]:
        """Yield balls that grow: up to the nearest point that is known, or until another class is met."""
        radius = Fraction(1) if self.upper == math.inf else Fraction(self.upper) * FIRST
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
        last = min(math.inf if self.upper == math.inf else self._just_beyond(), self._largest)
        return None if last == math.inf else Fraction(last)
