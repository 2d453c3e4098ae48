"""The search for a point of a closed domain whose outputs are unsafe, to the end or to a limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits, Resumable
from exactregions.exact.cells import root_cell
from exactregions.exact.closures import RegionClosure, in_closure
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.prefixes import checked_prefixes
from exactregions.exact.shapes import shape_of
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import Region, RegionSet
from exactregions.support.stopping import Stop
from exactregions.unsafe import Unsafe
from exactregions.verification.attack import Proposals
from exactregions.verification.property_network import PropertyNetwork, property_network

__all__ = ["Counterexample", "Prefix", "Search"]

Prefix = tuple[int, ...]
Floats = NDArray[np.float64]

ROOM = -32  # the first h' lie above h by this power of two times the size of the row: floats tell it from zero at once
NARROWER = Fraction(1, 1 << 10)  # of what is left of a room that is too large
PROPOSALS = 8  # points that are evaluated exactly
MOST_HITS = 256  # regions near the unsafe set, of one search, before they are looked at


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point whose outputs are unsafe, exactly.

    Attributes
    ----------
    point, outputs : tuple of Fraction
    margin : Fraction
    found : str
        How it was found.
    """

    point: tuple[Fraction, ...]
    outputs: tuple[Fraction, ...]
    margin: Fraction
    found: str


@dataclass(slots=True)
class Search:
    """One question, as far as it has been answered.

    Attributes
    ----------
    network : Network
        Without winner units.
    unsafe : Unsafe
        With floats for G, and one polyhedron at least.
    room : list of list of Fraction
        How far h' may lie above h: no region looked at so far has outputs with G y <= h + room.
    open_prefixes : list of Prefix
        Of units of `network`, below which is still to be searched.
    stop : Stop or None
        Why it ended before its end.
    """

    network: Network
    domain: Domain
    unsafe: Unsafe
    engine: Engine
    workers: int
    observer: Observer | None
    open_prefixes: list[Prefix] = field(default_factory=lambda: [()])
    stop: Stop | None = None
    stats: Counter[str] = field(default_factory=Counter)
    room: list[list[Fraction]] = field(init=False)
    _exact: ExactNetwork = field(init=False)
    _proposals: Proposals = field(init=False)

    def __post_init__(self) -> None:
        free = free_inputs(self.network, self.domain).domain
        if shape_of(free).rows:
            root_cell(free)  # without an interior its closure is not what its inequalities say
        self._exact = ExactNetwork(self.network)
        self._proposals = Proposals(self.network, self.domain, self.unsafe)
        self.room = [[_power_below(size) for size in sizes.tolist()] for sizes in self._proposals.sizes]

    # ---- points

    def proposed(self) -> Counterexample | None:
        """Return a counterexample among points that floats propose."""
        for point in self._proposals.best(PROPOSALS):
            found = self.counterexample(_within(self.domain, map(Fraction, point.tolist())), "found by sampling")
            if found is not None:
                return found
        return None

    def counterexample(self, point: Sequence[Fraction], found: str) -> Counterexample | None:
        """Return a point as a counterexample if it is one, by exact evaluation."""
        if not in_closure(self.domain, point):
            return None
        outputs = as_fractions(self._exact.outputs_at(as_point(point)))
        margin = self.unsafe.margin(outputs)
        if margin is None or margin < 0:
            return None
        return Counterexample(tuple(point), outputs, margin, found)

    def tried(self, points: Floats, sides: Floats) -> tuple[Floats, Counterexample | None]:
        """Return how near points of the domain, in floats, are to counterexamples, and one at them or near them."""
        scores, point = self._proposals.tried(points, sides)
        if point is None:
            return scores, None
        return scores, self.counterexample(_within(self.domain, map(Fraction, point.tolist())), "found by the search")

    def on_faces(self) -> Counterexample | None:
        """Return a counterexample at or near points on faces of the domain."""
        for points, sides in self._proposals.on_faces():
            _, found = self.tried(points, sides)
            if found is not None:
                return found
        return None

    def within(self, domain: Domain, prefixes: Iterable[Prefix] = ((),)) -> Search:
        """Return a search of a part of the domain, below prefixes, for the same counterexamples; room is shared."""
        part = copy(self)
        part.domain, part.open_prefixes, part.stop = domain, list(prefixes), None
        return part

    # ---- the search

    def question(self) -> tuple[PropertyNetwork, FreeInputs]:
        """Return the network of the property, and the question in the inputs that the domain leaves free."""
        asked = property_network(self.network, self.unsafe, self.room)
        return asked, free_inputs(asked.network, self.domain)

    def limits(self, asked: PropertyNetwork, inner: FreeInputs, regions: int | None, store: bool = True) -> Limits:
        """Return what an engine is told; boxes have been bounded before, as polytopes have not."""
        places, prune = np.flatnonzero(inner.own), bool(shape_of(self.domain).rows)
        groups = tuple(tuple(int(places[unit]) for unit in group) for group in asked.goal.groups)
        return Limits(None, regions, store, self.workers, replace(asked.goal, groups=groups, prune=prune))

    def run(self) -> Counterexample | None:
        """Search until a counterexample is found, nothing is left, or something stops it."""
        at_once = 1
        while self.open_prefixes:
            regions, units = self.near_regions(at_once if isinstance(self.engine, Resumable) else None)
            self.stats.update({key: int(value) for key, value in regions.stats.items()})
            looked_at = set()
            for region in regions:
                found, signs = self.look_at(region)
                if found is not None:
                    return found
                looked_at.add(signs)
            left = dict.fromkeys(prefix[:units] for prefix in regions.frontier)
            self.open_prefixes = [prefix for prefix in left if prefix not in looked_at]
            if not regions.exact and (not regions.count or not isinstance(self.engine, Resumable)):
                self.stop = Stop(regions.stop_reason, regions.stopped or "") if regions.stop_reason else None
                if not regions.frontier:
                    self.open_prefixes = [()]
                return None
            at_once = min(2 * at_once, MOST_HITS)
        return None

    def near_regions(self, most: int | None = None) -> tuple[RegionSet, int]:
        """Return regions in which h' is reached, all or some, and the number of units of the network itself.

        They are regions of the network of the property.
        """
        asked, inner = self.question()
        limits = self.limits(asked, inner, most)
        if isinstance(self.engine, Resumable):
            prefixes = checked_prefixes(inner.network, map(inner.prefix, self.open_prefixes))
            found = self.engine.search_below(inner.network, inner.domain, prefixes, limits, self.observer)
        else:
            found = self.engine.search(inner.network, inner.domain, limits, self.observer)
        return inner.outward(found), asked.units

    def look_at(self, region: Region) -> tuple[Counterexample | None, Prefix]:
        """Decide a region of the property network exactly, and make room smaller than its distance.

        Returns
        -------
        Counterexample or None
        Prefix
            The signs of all units of the network itself.
        """
        self.stats["regions_decided_exactly"] += 1
        signs = region.pattern[: self.network.units].tolist()
        found = self.counterexample(region.witness, "found by the search")
        if found is None:
            found = self._in_closure_of(signs, region.witness)
        return found, self._full_signs(signs)

    def _in_closure_of(self, signs: list[bool], witness: Sequence[Fraction]) -> Counterexample | None:
        inner = free_inputs(self.network, self.domain)
        exact = self._exact if inner.is_given else ExactNetwork(inner.network)
        closure = RegionClosure(exact, inner.domain, signs, inner.free_point(witness))
        unsafe = self.unsafe if inner.factor == 1 else _times(self.unsafe, inner.factor)
        for k, polyhedron in enumerate(unsafe.polyhedra):
            point = closure.point_in(polyhedron)
            if point is not None:
                found = self.counterexample(inner.point(point), "decided exactly in one region")
                assert found is not None, "a point of the closed region is no counterexample: a proof is wrong"
                return found
            narrower = NARROWER
            while closure.point_in(polyhedron, [inner.factor * gap for gap in self.room[k]]) is not None:
                self.room[k] = [gap * narrower for gap in self.room[k]]
                narrower *= narrower
        return None

    def _full_signs(self, signs: Sequence[bool]) -> Prefix:
        left = iter(signs)
        splits = (split for stage in self.network.stages for split in stage.splits.tolist())
        return tuple((1 if next(left) else -1) if split else 1 for split in splits)


def _within(domain: Domain, point: Iterable[Fraction]) -> list[Fraction]:
    """Return a point with each coordinate between the ends of the domain: of fixed inputs floats hold no thirds."""
    shape = shape_of(domain)
    sides = zip(point, shape.lower, shape.upper, strict=True)
    return [v if lo is None or up is None else min(max(v, lo), up) for v, lo, up in sides]


def _power_below(size: float) -> Fraction:
    return Fraction(2) ** (int(np.frexp(size)[1]) - 1 + ROOM)


def _times(unsafe: Unsafe, factor: Fraction) -> Unsafe:
    """Return the set of outputs that are multiplied by a positive number."""
    return Unsafe(replace(p, h=tuple(factor * v for v in p.h)) for p in unsafe.polyhedra)
