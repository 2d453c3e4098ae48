"""From regions found one at a time to a `RegionSet`, with limits and interrupts honoured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from exactregions.domain import Domain
from exactregions.engines.contract import Limits
from exactregions.exact.floats import entry_interval, is_rounded, nearest_float
from exactregions.network import Network
from exactregions.progress import Observer, Progress, StopReason
from exactregions.regions import RegionSet, pack_patterns
from exactregions.support.stopping import STOPS, Stop, limited, reason_of

REPORT_EVERY = 0.1  # seconds between two reports: fluent to the eye, nothing to the search


@dataclass(frozen=True, slots=True)
class Found:
    """A region as an iterating engine yields it.

    Attributes
    ----------
    pattern : tuple of bool, length units
    witness : tuple of Fraction, length inputs
    entry : Fraction or None
        Exact entry radius, squared for the Euclidean norm.
    """

    pattern: tuple[bool, ...]
    witness: tuple[Fraction, ...]
    entry: Fraction | None = None


def collect(
    name: str,
    network: Network,
    domain: Domain,
    found: Iterator[Found | None],
    limits: Limits,
    observer: Observer | None,
) -> RegionSet:
    """Run a search to its end, a limit or an interrupt.

    Parameters
    ----------
    found : iterator of Found or None
        None is a step without a region: a chance to stop.
    """
    start = time.perf_counter()
    kept: list[Found] = []
    count, stop, reported = 0, None, 0.0
    with limited(limits.seconds) as scope:
        try:
            for item in found:
                if item is not None:
                    if count == limits.regions:
                        stop = Stop(StopReason.MAX_REGIONS, f"max_regions {limits.regions} reached")
                        break
                    if limits.store:
                        kept.append(item)
                    count += 1
                scope.check()
                elapsed = time.perf_counter() - start
                if observer is not None and elapsed - reported > REPORT_EVERY:
                    reported = elapsed
                    observer(Progress(count, elapsed))
        except STOPS as error:
            stop = reason_of(error)
    return _as_region_set(name, network, domain, kept, count, stop, time.perf_counter() - start)


def nothing_found(
    name: str,
    network: Network,
    domain: Domain,
    stop: Stop,
    start: float,
    frontier: tuple[tuple[int, ...], ...] = (),
) -> RegionSet:
    """Return the answer of a search that was stopped before it began.

    Parameters
    ----------
    start : float
        When it was asked for, of `time.perf_counter`.
    frontier : tuple of tuple of int
        What it was to search, for engines that can go on there.
    """
    nothing = _as_region_set(name, network, domain, [], 0, stop, time.perf_counter() - start)
    return replace(nothing, frontier=frontier)


def _as_region_set(
    name: str, network: Network, domain: Domain, kept: list[Found], count: int, stop: Stop | None, seconds: float
) -> RegionSet:
    patterns = np.array([f.pattern for f in kept], dtype=bool).reshape(len(kept), network.units)
    floats = [[nearest_float(v) for v in f.witness] for f in kept]
    witnesses = np.array(floats).reshape(len(kept), network.inputs)
    rounded = {
        row: f.witness for row, (f, near) in enumerate(zip(kept, floats, strict=True)) if is_rounded(near, f.witness)
    }
    entries = [f.entry for f in kept if f.entry is not None]
    exact_entries = tuple(entries) if kept and len(entries) == len(kept) else None
    table = None if exact_entries is None else np.array([entry_interval(e, domain.entry_power) for e in exact_entries])
    return RegionSet(
        network=network,
        domain=domain,
        engine=name,
        count=count,
        patterns=pack_patterns(patterns),
        witnesses=witnesses,
        entry_radii=None if table is None else table[:, 0].copy(),
        entry_bounds=None if table is None else table[:, 1:].copy(),
        exact_witnesses=rounded,
        exact_entries=exact_entries,
        complete=stop is None,
        stopped=stop and stop.text,
        stop_reason=stop and stop.reason,
        seconds=seconds,
    )
