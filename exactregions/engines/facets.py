"""Graph search across facets, nearest region first (mathematics, 2.2)."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from itertools import count

import numpy as np

from exactregions.domain import Domain
from exactregions.engines.collecting import Found, collect
from exactregions.engines.contract import Limits
from exactregions.exact.cells import root_cell
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.numbers import Point, as_fractions
from exactregions.facets.choosing import oracle_of
from exactregions.facets.crossing import Crossing, LocatedRegion, Pattern
from exactregions.facets.decisions import FacetFinder
from exactregions.facets.float_domains import float_domain
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet


class FacetsEngine:
    """Search from the region of the centre across facets, always expanding the nearest region found so far.

    Regions are yielded in the order of their distance from the centre: a search that was stopped holds all
    regions up to the distance of its last one, as far as floats can order them. Balls measure in their own norm;
    boxes by the factor to which the box may shrink about its centre before it loses the region; the whole space
    in the norm inf from the origin; polytopes in the norm inf from an interior point, or, within a box, in units
    of half its widths.

    HiGHS (linear programs) and an active-set method (Euclidean balls) propose which halfspaces are facets. What
    they propose is proved in floats with error bounds, else decided in rationals.

    Winner units are searched as they are, from one winner cell to the next, and not by their contests.
    """

    name = "facets"
    tells_winners = True

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None: every network and domain is supported."""
        return None

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions, with exact witnesses."""
        return collect(self.name, network, domain, self.iterate(network, domain), limits, observer)

    def iterate(self, network: Network, domain: Domain) -> Iterator[Found | None]:
        """Yield the regions, nearest first, and None between them.

        Raises
        ------
        DomainError
            If a polytope has no interior point.
        """
        return _Search(network, domain).regions()


class _Search:
    """The state of one search: the frontier as a heap, and all patterns ever put on it."""

    def __init__(self, network: Network, domain: Domain) -> None:
        frame = LocalCoordinates.around(domain)
        local = frame.localised(domain)
        self._domain = domain
        space = float_domain(local)
        self._crossing = Crossing(network, local, space, frame)
        self._start = root_cell(local).witness
        # the inequalities of a domain are rows of every region: what is left of it is its body
        self._oracle = oracle_of(local.body(), self._start)
        self._finder = FacetFinder(self._oracle, space, local.body(), network.units + len(local.rows))
        self._known: set[Pattern] = set()
        # (key, ticket, pattern, witness): the ticket keeps ties in the order of their coming
        self._frontier: list[tuple[float, int, Pattern, Point]] = []
        self._tickets = count()

    def regions(self) -> Iterator[Found | None]:
        """Yield each region when it is the nearest of the frontier, then put its neighbours there."""
        self._push(self._crossing.start(self._start))
        while self._frontier:
            _, _, pattern, witness = heapq.heappop(self._frontier)
            yield Found(pattern, as_fractions(self._crossing.frame.outward(witness)))
            yield from self._expand(LocatedRegion(pattern, witness, self._crossing.halfspaces(pattern)))

    def _push(self, region: LocatedRegion) -> None:
        self._known.add(region.pattern)
        entry = self._oracle.entry(region.rows)
        # a region whose distance the solver cannot tell goes first: it may be on the way to any other
        key = 0.0 if math.isnan(entry) else entry
        heapq.heappush(self._frontier, (key, next(self._tickets), region.pattern, region.witness))

    def _expand(self, region: LocatedRegion) -> Iterator[None]:
        """Put the unknown neighbours of a region on the frontier."""
        rows = region.rows
        wanted = rows.crossable & (rows.groups == np.arange(len(rows)))
        for row in np.flatnonzero(wanted).tolist():
            wanted[row] = self._crossing.single_flip(region, row) not in self._known
        for facet in self._finder.facets(rows, region.witness, region.inside, wanted):
            yield None
            if facet is not None:
                self._reach(self._crossing.across(region, facet))

    def _reach(self, region: LocatedRegion) -> None:
        if region.pattern not in self._known:
            self._push(region)
