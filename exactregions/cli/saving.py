"""Long counts that save on the way what they have found."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from exactregions.domain import Domain
from exactregions.engines.contract import Resumable
from exactregions.engines.registry import AutoEngine, get_engine
from exactregions.enumeration import enumerate_regions, resume_regions
from exactregions.network import Network
from exactregions.progress import Observer, Progress, StopReason
from exactregions.regions import RegionSet
from exactregions.regions.columns import witnesses_of
from exactregions.support.stopping import limited
from exactregions.support.tables import counted


def goes_on(engine: str) -> bool:
    """Tell whether a search by this engine can be stopped, saved and gone on with."""
    chosen = get_engine(engine)
    return isinstance(chosen, AutoEngine | Resumable)


def count_saving(
    network: Network,
    domain: Domain,
    limits: dict[str, Any],
    output: Path,
    every: float,
    progress: Observer | None,
) -> RegionSet:
    """Count as `enumerate_regions`, and write the regions found to a file every so many seconds.

    Parameters
    ----------
    limits : dict
        As for `enumerate_regions`.
    every : float
        Seconds between two times; of the search, to which writing is added.
    """
    seconds, most = limits["time_limit"], limits["max_regions"]
    start = time.perf_counter()
    with limited(seconds) as scope:
        first: dict[str, Any] = limits | {"time_limit": every}
        regions = enumerate_regions(network, domain, **first, progress=progress)
        while _was_a_pause(regions) and scope.stopped is None:
            regions.save(output)
            _say_saved(regions, output, time.perf_counter() - start)
            regions = resume_regions(
                regions,
                time_limit=every,
                max_regions=None if most is None else most - regions.count,
                workers=limits["workers"],
                progress=progress and _counted_on(progress, regions),
            )
        if scope.stopped is not None and _was_a_pause(regions):
            stop = {"stopped": scope.stopped.text, "stop_reason": scope.stopped.reason}
            return replace(regions, witnesses=witnesses_of(regions), **stop)
    return regions


def _was_a_pause(regions: RegionSet) -> bool:
    return regions.stop_reason is StopReason.TIME_LIMIT and bool(regions.frontier)


def _counted_on(progress: Observer, before: RegionSet) -> Observer:
    """Return the observer of a part of the search, which tells of the parts before it too."""

    def observe(told: Progress) -> None:
        progress(replace(told, regions=before.count + told.regions, seconds=before.seconds + told.seconds))

    return observe


def _say_saved(regions: RegionSet, output: Path, seconds: float) -> None:
    typer.echo(
        f"saved {counted(regions.count)} after {seconds:,.0f} s; should the search be ended, it goes on with: "
        f"exactregions resume {output}",
        err=True,
    )
