"""Linear regions by other definitions than activation regions (Stargalla, Hertrich, Reichman 2025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from exactregions.errors import EngineError
from exactregions.exact.forms import ExactNetwork
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.neighbours import Adjacency, adjacency
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.residues import map_residues
from exactregions.regions import RegionSet
from exactregions.support.shortening import short
from exactregions.support.tables import counted

Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class LinearRegions:
    """The linear regions of one definition, as classes of activation regions.

    Attributes
    ----------
    definition : str
    count : int
        Exact.
    labels : numpy.ndarray of int, shape (n,)
        The class of each activation region, numbered in the order of their first one.
    """

    definition: str
    count: int
    labels: Labels

    def __post_init__(self) -> None:
        self.labels.setflags(write=False)

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return (
            f"<LinearRegions: {self.count} by {self.definition}, from {counted(len(self.labels), 'activation region')}>"
        )


@dataclass(frozen=True, slots=True)
class Bracket:
    """Bounds of a number that an enumeration does not decide.

    Attributes
    ----------
    definition : str
    lower, upper : int
    """

    definition: str
    lower: int
    upper: int


@overload
def linear_regions(regions: RegionSet | Adjacency, definition: Literal["R2", "R4", "R6"] = "R4") -> LinearRegions: ...
@overload
def linear_regions(regions: RegionSet | Adjacency, definition: Literal["R3"]) -> Bracket: ...
@overload
def linear_regions(regions: RegionSet | Adjacency, definition: str) -> LinearRegions | Bracket: ...
def linear_regions(regions: RegionSet | Adjacency, definition: str = "R4") -> LinearRegions | Bracket:
    """Merge activation regions into linear regions, comparing affine maps exactly.

    Parameters
    ----------
    regions : RegionSet or Adjacency
        Complete, with its regions stored. R4 needs the `Adjacency`, and makes it where it is not given.
    definition : {"R2", "R3", "R4", "R6"}
        R2, proper activation regions: the count itself. R4, the maximal connected open sets on which the network is
        affine: regions joined across facets that meet the domain, where both sides have the same affine map.
        R6, affine regions: the number of distinct affine maps. R3 is a minimisation, which an enumeration only
        brackets: R4 <= R3 <= R2.

    Returns
    -------
    LinearRegions, or Bracket for R3
        The affine maps are those of the whole output vector.

    Raises
    ------
    EngineError
        If the definition is another, or the set keeps no regions.
    NotExactError
        If the set is not exact.

    Examples
    --------
    >>> from exactregions import Network, WholeSpace, enumerate_regions
    >>> hat = Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])
    >>> regions = enumerate_regions(hat, WholeSpace(1))
    >>> [linear_regions(regions, name).count for name in ("R2", "R4", "R6")]
    [4, 4, 3]
    """
    found = regions.regions if isinstance(regions, Adjacency) else regions
    require_regions(found, f"the number of linear regions by {definition}")
    match definition:
        case "R2":
            return LinearRegions("R2", len(found), np.arange(len(found)))
        case "R3":
            return Bracket("R3", linear_regions(regions, "R4").count, len(found))
        case "R4":
            links = regions if isinstance(regions, Adjacency) else adjacency(regions)
            return _labelled("R4", _joined(links, _same_maps(found)))
        case "R6":
            return _labelled("R6", _same_maps(found))
    raise EngineError(f"the definition {short(definition)} is unknown; use R2, R3 (a bracket), R4 or R6")


def _same_maps(regions: RegionSet) -> Labels:
    """Number the affine maps of the regions; equal numbers are equal maps, exactly.

    Equal maps have equal residues, so maps with different ones differ; the others are compared in integers.
    """
    network = free_inputs(regions.network, regions.domain).network
    patterns, exact = regions.pattern_array(), None
    residues = map_residues(network, patterns)
    _, labels, sizes = np.unique(residues, return_inverse=True, return_counts=True)
    numbers: dict[tuple[int, ...], int] = {}
    for row in np.flatnonzero(sizes[labels] > 1).tolist():
        exact = exact or ExactNetwork(network)
        # the exponent depends on the network alone: equal maps are equal integers
        entries = exact.forms_of(patterns[row].tolist())[-1].matrix.entries()
        labels[row] = len(sizes) + numbers.setdefault(tuple(map(int, entries)), len(numbers))
    return labels


def _joined(links: Adjacency, labels: Labels) -> Labels:
    """Return the connected parts of the graph without the edges between different labels."""
    n = len(labels)
    first, second = links.edges[labels[links.edges[:, 0]] == labels[links.edges[:, 1]]].T
    kept = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    return connected_components(kept, directed=False)[1]


def _labelled(definition: str, labels: Labels) -> LinearRegions:
    """Renumber labels in the order in which they come."""
    _, first, places = np.unique(labels, return_index=True, return_inverse=True)
    ranks = np.argsort(np.argsort(first))
    return LinearRegions(definition, len(first), ranks[places])
