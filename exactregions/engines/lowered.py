"""Networks with winner units: most engines search the pairwise lowering; regions are joined (mathematics, 2.3)."""

from __future__ import annotations

from dataclasses import replace

from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits, Resumable
from exactregions.engines.registry import get_engine
from exactregions.errors import EngineError
from exactregions.exact.prefixes import checked_prefixes
from exactregions.network import Network
from exactregions.progress import Observer, StopReason
from exactregions.regions import RegionSet
from exactregions.regions.columns import witnesses_of
from exactregions.winner_patterns import has_contests, pairwise_lowering


def search(engine: Engine, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
    """Find the regions of a network, told by winners where it has winner units.

    A limit on regions ends the search of an engine after as many of the lowering, of which several may be one; it is
    then asked for more. An engine whose `tells_winners` is true searches winner cells themselves.
    """
    if not has_contests(network) or getattr(engine, "tells_winners", False):
        return engine.search(network, domain, limits, observer)
    most = asked = limits.regions
    while True:
        limit = replace(limits, regions=asked, store=True)
        regions = engine.search(pairwise_lowering(network), domain, limit, observer).told_by_winners(network)
        if most is None or asked is None or not _lacks(regions, most):
            break
        if regions.frontier:
            # "auto" has left the search to another engine, which goes on with it
            began = engine if engine.name == regions.engine else get_engine(regions.engine)
            regions = resumed(began, regions, replace(limit, regions=most - regions.count), observer)
            break
        asked *= 2
    if most is not None:
        regions = with_text(regions.first(most), f"max_regions {most} reached")
    return kept(regions, limits)


def _lacks(regions: RegionSet, most: int) -> bool:
    return regions.stop_reason is StopReason.MAX_REGIONS and regions.count < most


def resumed(engine: Engine, regions: RegionSet, limits: Limits, observer: Observer | None) -> RegionSet:
    """Search below the frontier, and return all regions.

    Raises
    ------
    EngineError
        If the engine that began keeps no frontier, or regions of winner units were not stored.
    """
    if has_contests(regions.network) and not regions.stored:
        raise EngineError(
            f"only the number {regions.count} was kept, and regions of winner units are told apart by their patterns; "
            "search again with store=True"
        )
    if not isinstance(engine, Resumable) or not regions.frontier:
        raise EngineError(f"a search by engine {regions.engine!r} cannot be resumed; use the engine 'tree'")
    lowered = pairwise_lowering(regions.network)
    most = None if limits.regions is None else regions.count + limits.regions
    while True:
        limit = replace(limits, regions=most and most - regions.count)
        prefixes = checked_prefixes(lowered, regions.frontier)
        regions = regions.joined(engine.search_below(lowered, regions.domain, prefixes, limit, observer))
        if most is None or not _lacks(regions, most) or not regions.frontier:
            return with_text(regions, f"max_regions {limits.regions} reached")


def with_text(regions: RegionSet, text: str) -> RegionSet:
    """Return what a limit on regions stopped with the limit that was asked for; an engine was asked for another."""
    if regions.stop_reason is not StopReason.MAX_REGIONS:
        return regions
    return replace(regions, witnesses=witnesses_of(regions), stopped=text)


def storing(network: Network, limits: Limits) -> Limits:
    """Return limits under which regions are kept where they must be compared to be counted."""
    return replace(limits, store=True) if has_contests(network) else limits


def kept(regions: RegionSet, limits: Limits) -> RegionSet:
    """Return what was asked to be kept; without its regions no search that found some can go on."""
    return regions if limits.store else replace(regions.without_regions(), frontier=())
