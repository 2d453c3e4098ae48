"""The engine that searches the tree of sign prefixes with compiled loops."""

from __future__ import annotations

import time
from collections.abc import Sequence

from exactregions.domain import Domain
from exactregions.engines.collecting import nothing_found
from exactregions.engines.contract import Limits, Prefix, Recording
from exactregions.engines.rational import RationalEngine
from exactregions.engines.tree.run import Run, plain_prefixes
from exactregions.engines.tree.worker import ROOT
from exactregions.exact.prefixes import checked_prefixes
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.stopping import STOPS, limited, reason_of


class TreeEngine:
    """Compiled depth-first search over sign prefixes, every decision proved (mathematics, 2.1 and 3.1)."""

    name = "tree"

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None: every network and domain is supported."""
        return None

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions from the root of the tree."""
        return self.search_below(network, domain, [ROOT], limits, observer)

    def search_below(
        self,
        network: Network,
        domain: Domain,
        prefixes: Sequence[Prefix],
        limits: Limits,
        observer: Observer | None,
    ) -> RegionSet:
        """Find the regions below given prefixes, whose cells must be disjoint.

        Parameters
        ----------
        prefixes : sequence of numpy.ndarray of int8
            Signs (-1 or 1) of the first units of each, wires included: `RegionSet.frontier` of an earlier search.

        Raises
        ------
        EngineError
            If a prefix is none of this network, or begins with another.
        """
        prefixes = checked_prefixes(network, prefixes)  # compiled code trusts them
        if not network.stages:
            return RationalEngine().search(network, domain, limits, observer)
        return self._searched(network, domain, prefixes, limits, observer)

    def search_recorded(
        self, network: Network, domain: Domain, limits: Limits, observer: Observer | None, recording: Recording
    ) -> RegionSet:
        """Find the regions, and write the parts of a certificate on the way."""
        if not network.stages:
            return RationalEngine().search_recorded(network, domain, limits, observer, recording)
        prefixes = checked_prefixes(network, recording.prefixes)
        return self._searched(network, domain, prefixes, limits, observer, recording)

    def _searched(
        self,
        network: Network,
        domain: Domain,
        prefixes: list[Prefix],
        limits: Limits,
        observer: Observer | None,
        recording: Recording | None = None,
    ) -> RegionSet:
        with limited(limits.seconds) as scope:
            start = time.perf_counter()
            try:
                run = Run(network, domain, prefixes, limits, observer, scope, recording)
            except STOPS as error:
                return nothing_found(self.name, network, domain, reason_of(error), start, plain_prefixes(prefixes))
            run.drive()
            return run.answer(self.name)
