"""Which units change sign on a domain, decided: points show most that do, enumeration settles the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exactregions.bounds.sampling import sampled_signs
from exactregions.bounds.stability.signs import Signs
from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.errors import NotExactError
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.network import Network
from exactregions.regions import RegionSet

POINTS = 512  # a few for each unit that linear programs leave open; more cost more than they save


def signs_by_enumeration(network: Network, domain: Domain, known: Sequence[Signs]) -> tuple[Signs, ...]:
    """Settle every unit: those left at 0 take both signs strictly.

    A unit that is positive at one point and negative at another changes sign. Where others are left in a stage, the
    regions of the network up to it are enumerated, and their witnesses are such points: the unit is positive inside
    each region whose pattern says so, and inside any other it is negative, or zero everywhere.

    Parameters
    ----------
    network : Network
    domain : Domain
    known : sequence of numpy.ndarray of int8
        Signs proved before.

    Returns
    -------
    tuple of numpy.ndarray of int8, shape (m,)
        As `exactregions.bounds.stability.proved_signs`.

    Raises
    ------
    NotExactError
        If an enumeration was interrupted.
    """
    samples = list(sampled_signs(ExactNetwork(network), network, domain, POINTS, seed=0))
    seen = np.array(samples, dtype=np.int8).reshape(len(samples), network.units)
    both = np.logical_and((seen > 0).any(axis=0), (seen < 0).any(axis=0))
    found, first = [np.array(signs, dtype=np.int8) for signs in known], 0
    for index, stage in enumerate(network.stages):
        regions = None
        for column, unit in enumerate(np.flatnonzero(stage.splits).tolist(), start=first):
            if found[index][unit] == 0 and not both[column]:
                regions = regions or regions_of_first_stages(network, domain, index + 1)
                found[index][unit] = _sign(regions, column)
        first += int(stage.splits.sum())
    return tuple(found)


def _sign(regions: RegionSet, column: int) -> int:
    """Return the sign that a unit keeps in all regions, 0 where it takes both strictly."""
    on = regions.pattern_array()[:, column]
    if not on.any():
        return -1
    exact = ExactNetwork(regions.network)
    witnesses = (regions[int(row)].witness for row in np.flatnonzero(~on))
    return 0 if any(exact.signs_at(as_point(point))[column] < 0 for point in witnesses) else 1


def regions_of_first_stages(network: Network, domain: Domain, stages: int, engine: str = "auto") -> RegionSet:
    """Enumerate the regions of the first stages alone.

    Raises
    ------
    NotExactError
        If the search was interrupted.
    """
    first = network.stages[:stages]
    width = len(first[-1].bias)
    regions = enumerate_regions(Network(first, np.ones((1, width)), np.zeros(1)), domain, engine=engine)
    if not regions.exact:
        raise NotExactError(f"the enumeration of the first {stages} stages is not exact: {regions!r}", regions)
    return regions
