"""The lines around each region of the plane, as the corner kernels leave them: the search is stopped at each leaf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.exact_fallback import ExactFallback
from exactregions.engines.tree.kernels.codes import DONE, FULL, PLANE_BALL, POLYGON, UNDECIDED
from exactregions.engines.tree.kernels.columns import BEYOND_REACH
from exactregions.engines.tree.kernels.pruned_states import type_of_search
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.setup import new_state
from exactregions.engines.tree.loading import announce, load_kernels
from exactregions.engines.tree.scaled_problem import ScaledProblem, scale_problem
from exactregions.errors import DomainError, NetworkError
from exactregions.exact.cells import root_cell
from exactregions.exact.floats import UNIT
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.shapes import ShapeKind
from exactregions.regions import RegionSet
from exactregions.support.stopping import check
from exactregions.winner_patterns import has_contests

Floats = NDArray[np.float64]

STEPS = 100_000  # nodes between two looks at whether to stop


@dataclass(frozen=True, slots=True, eq=False)
class LeafLines:
    """The lines of all regions of a set, in the order in which a search finds them, in scaled coordinates.

    Attributes
    ----------
    problem : ScaledProblem
    regions : numpy.ndarray of int, shape (n,)
        Their numbers in the set.
    lines : list of numpy.ndarray, shapes (k, 4)
        The sides of the domain and the rows of each region, positive inside: two coefficients, the constant, and a
        bound of what rounding changes at any point within reach, the evaluation included.
    reach : numpy.ndarray, shape (2,)
        How far out that is.
    edges : list of numpy.ndarray of int, shapes (m,)
        Those on which the edges of a polygon around each region lie, counterclockwise.
    """

    problem: ScaledProblem
    regions: NDArray[np.intp]
    reach: Floats
    lines: list[Floats]
    edges: list[NDArray[np.int64]]


def leaf_lines(regions: RegionSet) -> LeafLines | None:
    """Search the regions of an exact set again; None where no corner kernel does it, or others are found.

    Parameters
    ----------
    regions : RegionSet
        Of a network with two inputs, none of which the domain fixes.
    """
    network = regions.network
    if not (regions.exact and len(regions) and network.units) or has_contests(network):
        return None
    exact = ExactNetwork(network)
    try:
        problem = scale_problem(network, exact, regions.domain)
    except (DomainError, NetworkError):  # numbers beyond the range of floats
        return None
    if problem.domain.kind not in (POLYGON, PLANE_BALL) or problem.shape.kind is ShapeKind.L2:
        return None
    announce(search, None, type_of_search(problem.domain.kind, False))
    load_kernels(problem.domain.kind)
    packed = np.zeros((len(regions), (problem.units.splitting + 7) // 8), dtype=np.uint8)
    leaves = list(_leaves(problem, ExactFallback(exact, problem), packed))
    if len(leaves) != len(regions):
        return None
    order = _places(problem.units.full_patterns(packed), regions.patterns)
    if order is None:
        return None
    return LeafLines(
        problem, order, problem.domain.outer * BEYOND_REACH, [lines for lines, _ in leaves], [e for _, e in leaves]
    )


def _leaves(
    problem: ScaledProblem, fallback: ExactFallback, packed: NDArray[np.uint8]
) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Yield the lines and the edges of each leaf, one more than there is room for at most, and write their patterns."""
    state: Any = new_state(problem.network, problem.domain, problem.from_input(root_cell(problem.shape).witness))
    n = len(packed)
    columns = packed, np.zeros((n, len(problem.domain.outer))), np.zeros((0, 3)), np.zeros(n, dtype=np.int64)
    moved = float((problem.domain.outer - problem.domain.inner).max()) + 4 * UNIT  # of the sides, by rounding
    rows, tolerances, edges, counts = state.lines, state.line_tolerances, state.edges, state.corner_counts
    walls = int(state.walls)
    state.most = 0
    while True:
        status = search(state, STEPS, *columns)
        if status == UNDECIDED:
            fallback.settle(state)
        elif status == FULL:
            depth, found = state.depth, state.found
            lines = np.empty((walls + depth, 4))
            lines[:, :3], lines[:, 3] = rows[:, : walls + depth].T, tolerances[: walls + depth]
            lines[:walls, 3] += moved
            yield lines, edges[depth, : counts[depth]].copy()
            state.most = found + 1
            if found == n:
                return
        elif status == DONE:
            return
        check()


def _places(found: NDArray[np.uint8], patterns: NDArray[np.uint8]) -> NDArray[np.intp] | None:
    """Return the row of `patterns` that is equal to each row found; None where the rows are others."""
    first, second = np.lexsort(found.T), np.lexsort(patterns.T)
    if not np.array_equal(found[first], patterns[second]):
        return None
    places = np.empty(len(found), dtype=np.intp)
    places[first] = second
    return places
