"""Searches for regions near an unsafe set whose steps are told, for a certificate."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from exactregions.certificate.part import Part
from exactregions.engines.contract import Certifying, Recording
from exactregions.regions import RegionSet
from exactregions.verification.search import Search

__all__ = ["Kept", "recorded", "recorded_safe"]


@dataclass(frozen=True, slots=True)
class Kept:
    """The parts of a search that found no region, packed, and the room for which it found none."""

    packed: bytes
    room: list[list[Fraction]]

    def parts(self) -> list[Part]:
        """Return the parts."""
        return pickle.loads(zlib.decompress(self.packed))


def recorded_safe(search: Search) -> Kept | None:
    """Search the whole domain, and return the parts of the tree; None where a region is near the unsafe set."""
    room, parts = [list(gaps) for gaps in search.room], list[Part]()
    regions = recorded(search, parts.append)
    search.stats.update({key: int(value) for key, value in regions.stats.items()})
    if regions.count or not regions.exact:
        return None
    return Kept(zlib.compress(pickle.dumps(parts), 1), room)


def recorded(search: Search, write: Callable[[Part], None]) -> RegionSet:
    """Search the whole domain, and write the parts of the tree; return the first regions near the unsafe set."""
    asked, inner = search.question()
    # constants are no units of a certificate, which has rationals
    named = np.zeros(len(inner.own), dtype=bool)
    named[np.flatnonzero(inner.own)] = asked.own
    told, engine = replace(inner, own=named), search.engine
    assert isinstance(engine, Certifying)
    recording = Recording(lambda part: write(told.part(part)), witnesses=False)
    limits = search.limits(asked, inner, regions=1)
    regions = engine.search_recorded(inner.network, inner.domain, limits, search.observer, recording)
    return inner.outward(regions)
