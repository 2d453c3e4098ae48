"""All facets between the regions of a set: by compiled kernels, and by exact arithmetic what they leave open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.geometry.crossings import Crossings, Meetings
from exactregions.regions import RegionSet, unpack_patterns

if TYPE_CHECKING:
    from exactregions.engines.tree.neighbours import SettledPairs

Integers = NDArray[np.intp]

FEW = 256  # regions for which exact arithmetic takes less time than to load the kernels


@dataclass(frozen=True, slots=True, eq=False)
class AllMeetings:
    """Pairs of regions with a common facet, in no particular order.

    Attributes
    ----------
    first, second : numpy.ndarray of int, shape (k,)
    units : numpy.ndarray of int, shape (k,)
        A unit whose hyperplane holds the facet, on the side of the region of lower number.
    points : numpy.ndarray, shape (k, inputs)
        Floats next to a point of the facet.
    exact : mapping of int to tuple of Fraction
        A point of the facet, where the float point does not prove one.
    """

    first: Integers
    second: Integers
    units: Integers
    points: NDArray[np.float64]
    exact: Mapping[int, tuple[Fraction, ...]]


def all_meetings(regions: RegionSet) -> AllMeetings:
    """Find all facets between the regions of a set, in a domain that fixes no input.

    Kernels settle the pairs that differ in one unit (mathematics, 2.4). All other facets are on the hyperplane of two
    proportional rows of one of their regions, which is then a doubtful one, and all facets of these are found exactly.
    """
    if len(regions) < FEW:
        return _exactly(regions)
    from exactregions.engines.tree.neighbours import settled_pairs

    pairs = settled_pairs(regions)
    return _exactly(regions) if pairs is None else _completed(regions, pairs)


def _exactly(regions: RegionSet) -> AllMeetings:
    crossings = Crossings(regions)
    return _joined(regions, [(region, crossings.behind(region)) for region in range(len(regions))])


def _completed(regions: RegionSet, pairs: SettledPairs) -> AllMeetings:
    """Settle the rest exactly: open pairs, and the facets of doubtful regions."""
    rest: list[tuple[int, Meetings]] = []
    if pairs.open.any() or pairs.doubtful.any():
        crossings = Crossings(regions)
        lower, upper, units = pairs.lower[pairs.open], pairs.upper[pairs.open], pairs.units[pairs.open]
        for region in np.unique(lower).tolist():
            here = np.flatnonzero(lower == region)
            rest.append((region, crossings.between(region, upper[here], units[here])))
        numbers = np.arange(len(regions))
        for region in np.flatnonzero(pairs.doubtful).tolist():
            rest.append((region, crossings.behind(region, ~pairs.doubtful | (numbers > region))))
    found, sure = _joined(regions, rest), ~pairs.open
    return AllMeetings(
        first=np.concatenate([found.first, pairs.lower[sure]]),
        second=np.concatenate([found.second, pairs.upper[sure]]),
        units=np.concatenate([found.units, pairs.units[sure]]),
        points=np.concatenate([found.points, pairs.points[sure]]),
        exact=found.exact,
    )


def _joined(regions: RegionSet, found: list[tuple[int, Meetings]]) -> AllMeetings:
    counts = np.array([len(met.others) for _, met in found], dtype=np.intp)
    first = np.repeat(np.array([region for region, _ in found], dtype=np.intp), counts)
    nothing = np.zeros(0, dtype=np.intp)
    second = np.concatenate([nothing, *(met.others for _, met in found)])
    units = np.concatenate([nothing, *(met.units for _, met in found)])
    points = np.concatenate([np.zeros((0, regions.network.inputs)), *(met.points for _, met in found)])
    starts = np.cumsum(counts) - counts
    exact = {int(s) + k: p for s, (_, met) in zip(starts, found, strict=True) for k, p in met.exact.items()}
    turned = np.flatnonzero(first > second)
    if len(turned):
        units[turned] = _first_changed(regions, first[turned], second[turned])
    return AllMeetings(first, second, units, points, exact)


def _first_changed(regions: RegionSet, first: Integers, second: Integers) -> Integers:
    """Return the first unit that changes its sign between regions: its form is the same on both sides, and not zero."""
    changed = unpack_patterns(regions.patterns[first] ^ regions.patterns[second], regions.network.units)
    return changed.argmax(axis=1)
