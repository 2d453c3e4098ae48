"""The two questions that users ask: about one region, and about a sample of a whole set."""

from __future__ import annotations

import numpy as np

from exactregions.crosscheck.checks import Checks
from exactregions.crosscheck.convex import TIME_LIMIT
from exactregions.crosscheck.refuted_patterns import refuted_patterns
from exactregions.crosscheck.results import RegionOpinion, SpotReport
from exactregions.domain import Domain
from exactregions.errors import EngineError
from exactregions.fixed_inputs import free_inputs
from exactregions.regions import Region, RegionSet
from exactregions.support.shortening import short


def verify_region(
    region: Region, domain: Domain, *, solver: str | None = None, time_limit: float = TIME_LIMIT
) -> RegionOpinion:
    """Ask cvxpy about a found region, and check its witness exactly.

    Parameters
    ----------
    region : Region
    domain : Domain
        In which the region was found; its entry radius, where it has one, is measured there.
    solver : {"CLARABEL", "HIGHS"}, optional
        Without it HiGHS for linear programs and Clarabel for the others.
    time_limit : float
        Seconds for each problem.

    Raises
    ------
    DomainError
        If the domain's dimension is not that of the network's input.
    NetworkError
        If the pattern's length is not the network's number of units.
    EngineError
        If cvxpy or a solver is not installed; the message has the install command.

    Examples
    --------
    >>> from exactregions import Ball, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> ball = Ball([0.25], 0.5)
    >>> regions = enumerate_regions(network, ball, engine="rational")
    >>> verify_region(regions[0], ball).opinion
    <Opinion.AGREES: 'agrees'>
    """
    asked = free_inputs(region.network, domain)
    inner = region if asked.is_given else asked.inward_region(region)
    return Checks(asked.network, asked.domain, solver, time_limit).region(inner)


def spot_check(
    regions: RegionSet, sample: int = 100, seed: int = 0, *, solver: str | None = None, time_limit: float = TIME_LIMIT
) -> SpotReport:
    """Check a random sample of the found regions, and of the patterns that an exact set refutes.

    Refuted are patterns that the set does not list: mostly found ones with one unit flipped, for a region that was
    lost is such a neighbour of its neighbours, and some at random. Small sets are checked whole.

    Parameters
    ----------
    regions : RegionSet
        With its regions stored.
    sample : int
        Most patterns of each kind.
    seed : int
    solver : {"CLARABEL", "HIGHS"}, optional
        Without it HiGHS for linear programs and Clarabel for the others.
    time_limit : float
        Seconds for each problem.

    Raises
    ------
    EngineError
        If only the count was kept, the sample is not positive, or cvxpy or a solver is not installed.

    Examples
    --------
    >>> from exactregions import Ball, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> spot_check(enumerate_regions(network, Ball([0.25], 0.5), engine="rational"))
    <SpotReport: 3 found and 1 refuted pattern: 4 agree, 0 contradict, 0 cannot be told; exactly: nothing wrong>
    """
    if not regions.stored:
        raise EngineError(f"of {regions.count} regions only the count was kept; search again with store=True")
    if isinstance(sample, bool) or not isinstance(sample, int | np.integer) or sample < 1:
        raise EngineError(f"sample is {short(sample)}; give a positive number of patterns")
    rng = np.random.default_rng(seed)
    regions = free_inputs(regions.network, regions.domain).inward(regions)
    checks = Checks(regions.network, regions.domain, solver, time_limit)
    rows = rng.permutation(regions.count)[:sample].tolist()
    refuted = list(refuted_patterns(regions, sample, rng)) if regions.exact else []
    doubts = [checks.found(regions[row]) for row in rows] + [checks.refuted(pattern) for pattern in refuted]
    return SpotReport(
        found=len(rows),
        refuted=len(refuted),
        duplicates=regions.count - len(regions.pattern_set()),
        doubts=tuple(doubt for doubt in doubts if doubt is not None),
    )
