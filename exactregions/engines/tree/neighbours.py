"""Which pairs of regions that differ in one unit have a facet in common, by the kernels of the search."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.kernels import common_facets as settled
from exactregions.engines.tree.kernels.kinds import compiled_type
from exactregions.engines.tree.kernels.pattern_pairs import EMPTY, fill_table, write_keys, write_pairs
from exactregions.engines.tree.kernels.setup import new_state
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.loading import announce
from exactregions.engines.tree.scaled_problem import ScaledProblem, input_errors, scale_problem
from exactregions.errors import DomainError, EngineError, NetworkError
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import nearest_floats
from exactregions.regions import RegionSet
from exactregions.support.stopping import check
from exactregions.winner_patterns import has_contests

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AT_ONCE = 1 << 18  # pairs that are found between two looks at whether to stop
REGIONS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class SettledPairs:
    """The pairs of regions whose patterns differ in one unit, neither of which is doubtful.

    Attributes
    ----------
    lower, upper : numpy.ndarray of int64, shape (k,)
        The regions in which the unit is inactive and active.
    units : numpy.ndarray of int64, shape (k,)
    open : numpy.ndarray of bool, shape (k,)
        Where floats have not told whether there is a facet; elsewhere there is one.
    points : numpy.ndarray, shape (k, inputs)
        Inputs next to the facet, as `Adjacency.points`.
    doubtful : numpy.ndarray of bool, shape (n,)
        Regions about which nothing is said: floats do not tell whether two of their rows are proportional.
    """

    lower: Integers
    upper: Integers
    units: Integers
    open: NDArray[np.bool_]
    points: Floats
    doubtful: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.units)


def settled_pairs(regions: RegionSet) -> SettledPairs | None:
    """Find the pairs of regions that differ in one unit and settle them; None where kernels do not fit the question.

    Parameters
    ----------
    regions : RegionSet
        With its regions stored, in a domain that fixes no input.

    Raises
    ------
    EngineError
        If a pattern comes twice.
    """
    network = regions.network
    if not (network.units and network.inputs) or has_contests(network) or network.inputs > settled.LARGEST:
        return None
    try:
        # rows come in no order, and all at once: kernels that follow the corners of a cell from cut to cut gain nothing
        problem = scale_problem(network, ExactNetwork(network), regions.domain, recorded=True, corners=False)
    except (DomainError, NetworkError):  # numbers beyond the range of floats
        return None
    if problem.basis is not None:
        return None
    lower, upper, units = _pairs(np.ascontiguousarray(regions.patterns), network.units)
    verdicts, points, doubtful = _settled(problem, regions, lower, upper, units)
    inputs = problem.to_input(points)
    kept = (verdicts != settled.NO_FACET) & ~(doubtful[lower] | doubtful[upper])
    lost = (verdicts == settled.OPEN) | ~np.isfinite(inputs).all(axis=1)
    return SettledPairs(lower[kept], upper[kept], units[kept], lost[kept], inputs[kept], doubtful)


def _pairs(packed: NDArray[np.uint8], units: int) -> tuple[Integers, Integers, Integers]:
    """Return the rows that differ in one unit: where it is inactive, where it is active, and the unit."""
    numbers = np.random.default_rng(0).integers(0, 2**64, units, dtype=np.uint64)
    keys = np.empty(len(packed), dtype=np.uint64)
    write_keys(packed, numbers, keys)
    bits = max(4, (2 * len(packed)).bit_length())
    slots, filter_bits = np.full(1 << bits, EMPTY, dtype=np.int64), np.zeros(1 << bits, dtype=np.uint8)
    if fill_table(packed, keys, 64 - bits, slots, filter_bits) != EMPTY:
        raise EngineError("the region set holds a pattern twice: it is damaged, or its engine is wrong")
    room, found, row = AT_ONCE + units, [np.zeros((3, 0), dtype=np.int64)], 0
    while row < len(packed):
        check()
        part = np.empty((3, room), dtype=np.int64)
        row, count = write_pairs(packed, numbers, keys, 64 - bits, slots, filter_bits, row, part[0], part[1], part[2])
        found.append(part[:, :count])
    lower, upper, flipped = np.concatenate(found, axis=1)
    return lower, upper, flipped


def _settled(
    problem: ScaledProblem, regions: RegionSet, lower: Integers, upper: Integers, units: Integers
) -> tuple[NDArray[np.uint8], Floats, NDArray[np.bool_]]:
    """Return the verdicts on pairs, points in scaled coordinates, and which regions are doubtful."""
    n, p = len(regions), len(problem.center)
    with np.errstate(all="ignore"):
        witnesses = (regions.witnesses - problem.center) / problem.scale
        ratios = nearest_floats(LocalCoordinates.around(regions.domain).scale) / problem.scale
    direction = np.random.default_rng(0).normal(size=p + 1)
    starts = np.searchsorted(lower, np.arange(n + 1))
    verdicts, points = np.zeros(len(units), dtype=np.uint8), np.zeros((len(units), p))
    doubtful = np.zeros(n, dtype=bool)
    state = _root(problem)
    announce(settled.settle_pairs, None, compiled_type(problem.domain.kind))
    settle: Any = partial(
        settled.settle_pairs,
        state,
        np.ascontiguousarray(regions.patterns),
        witnesses,
        starts,
        upper,
        units,
        ratios,
        direction / np.linalg.norm(direction),
    )
    for begin in range(0, n, REGIONS_AT_ONCE):
        check()
        settle(begin, min(begin + REGIONS_AT_ONCE, n), verdicts, points, doubtful)
    return verdicts, points, doubtful


def _root(problem: ScaledProblem) -> State:
    domain = problem.domain
    if domain.input_errors is None:  # the cells of a cone are searched elsewhere, those of a set stay where they are
        moved = input_errors(problem.center, problem.scale, domain, None, 1.0)
        domain = dataclasses.replace(domain, input_errors=moved)
    return new_state(problem.network, domain, np.zeros(len(domain.outer)))
