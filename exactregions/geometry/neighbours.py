"""Which regions share a facet: the edges of the region graph, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from exactregions.errors import EngineError
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.geometry.crossings import Crossings
from exactregions.geometry.meetings import AllMeetings, all_meetings
from exactregions.geometry.patterns import require_regions
from exactregions.regions import RegionSet, unpack_patterns
from exactregions.support.tables import counted

Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet of a region that meets the domain.

    Attributes
    ----------
    edge : int
        Its number in the `Adjacency`.
    neighbour : int
        The region behind it.
    units : tuple of int
        The units whose sign changes there, as indices into the pattern.
    """

    edge: int
    neighbour: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """The facets between regions of a set, in the open domain.

    Two regions are joined exactly when they have a face of dimension d - 1 in common that meets the open domain:
    decided at the facet, never by comparing patterns.

    Attributes
    ----------
    regions : RegionSet
    edges : numpy.ndarray of int, shape (m, 2)
        The two regions of each facet, the lower number first, in lexicographic order.
    units : numpy.ndarray of int, shape (m,)
        A unit whose hyperplane holds the facet, on the side of the first region.
    points : numpy.ndarray, shape (m, inputs)
        A float point next to each facet; `witnesses` gives exact points on it.
    exact_points : mapping of int to tuple of Fraction
        Exact points of facets that floats do not resolve.
    indptr, indices : numpy.ndarray of int, shapes (n + 1,) and (2 m,)
        Compressed rows: the neighbours of region i are `indices[indptr[i]:indptr[i + 1]]`, in ascending order.
    numbers : numpy.ndarray of int, shape (2 m,)
        The facet that each entry of `indices` stands for, a row of `edges`.
    """

    regions: RegionSet
    edges: Integers
    units: Integers
    points: NDArray[np.float64]
    exact_points: Mapping[int, tuple[Fraction, ...]]
    indptr: Integers
    indices: Integers
    numbers: Integers

    def __len__(self) -> int:
        return len(self.edges)

    def __repr__(self) -> str:
        return f"<Adjacency: {counted(len(self.edges), 'facet')} between {counted(len(self.regions))}>"

    @property
    def degrees(self) -> Integers:
        """Number of facets of each region that meet the domain, shape (n,)."""
        return np.diff(self.indptr)

    @property
    def flips(self) -> NDArray[np.uint8]:
        """The units that change their sign at each facet, packed like patterns, shape (m, ceil(units/8))."""
        patterns = self.regions.patterns
        return patterns[self.edges[:, 0]] ^ patterns[self.edges[:, 1]]

    def flipped(self, edge: int) -> tuple[int, ...]:
        """Return the units that change their sign at a facet, as indices into the pattern."""
        first, second = self.regions.patterns[self.edges[edge]]
        return tuple(np.flatnonzero(unpack_patterns((first ^ second)[None, :], self.regions.network.units)).tolist())

    def facets(self, region: int) -> list[Facet]:
        """Return the facets of a region that meet the domain."""
        row = range(len(self.regions))[region]
        entries = slice(self.indptr[row], self.indptr[row + 1])
        pairs = zip(self.numbers[entries].tolist(), self.indices[entries].tolist(), strict=True)
        return [Facet(edge, other, self.flipped(edge)) for edge, other in pairs]

    def matrix(self) -> csr_array:
        """Return the adjacency matrix, shape (n, n), with the value True at neighbours."""
        n = len(self.regions)
        return csr_array((np.ones(len(self.indices), dtype=bool), self.indices, self.indptr), shape=(n, n))

    def components(self) -> int:
        """Return the number of connected parts: 1 for a complete set, for a domain is open and convex."""
        return int(connected_components(self.matrix(), directed=False, return_labels=False))

    def witnesses(self, edges: Iterable[int] | None = None) -> list[tuple[Fraction, ...]]:
        """Return an exact point of each facet: in the open domain, and inside all halfspaces but those that meet there.

        Parameters
        ----------
        edges : iterable of int, optional
            All by default. Neighbouring numbers are cheapest.
        """
        chosen = range(len(self)) if edges is None else [range(len(self))[edge] for edge in edges]
        return list(self._witnesses(chosen))

    def _witnesses(self, edges: Iterable[int]) -> Iterator[tuple[Fraction, ...]]:
        asked = free_inputs(self.regions.network, self.regions.domain)
        crossings = Crossings(asked.inward(self.regions))
        last, rows = -1, None
        for edge in edges:
            if edge in self.exact_points:
                yield self.exact_points[edge]
                continue
            region = int(self.edges[edge, 0])
            if rows is None or region != last:
                last, rows = region, crossings.halfspaces(region)
            form = rows.form(int(np.flatnonzero(rows.units == self.units[edge])[0]))
            point = asked.free_point([Fraction(v) for v in self.points[edge].tolist()])
            local = crossings.frame.inward(as_point(point))
            # the foot on the hyperplane: what `proves_facets` has proved to lie on the facet
            step = form.at(local) / form.square
            foot = [v - step * a for v, a in zip(local, form.a, strict=True)]
            yield asked.point(as_fractions(crossings.frame.outward(foot)))


def adjacency(regions: RegionSet, *, partial: bool = False) -> Adjacency:
    """Find all pairs of regions with a common facet that meets the open domain (mathematics, 2.2).

    Parameters
    ----------
    regions : RegionSet
        Complete, with its regions stored.
    partial : bool
        Accept an unfinished set; then the facets between regions that it holds are found, all of them.

    Returns
    -------
    Adjacency

    Raises
    ------
    EngineError
        If the set keeps no regions, or some are missing though it says that it is exact.
    NotExactError
        If the set is not exact and `partial` is not set.

    Examples
    --------
    >>> from exactregions import Ball, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> adjacency(enumerate_regions(network, Ball([0.25], 0.5)))
    <Adjacency: 2 facets between 3 regions>
    """
    require_regions(regions, "the region graph", partial)
    asked = free_inputs(regions.network, regions.domain)
    found = _assembled(regions, asked, all_meetings(asked.inward(regions)))
    if regions.exact and found.components() != 1:
        raise EngineError(
            "the set says that it is exact, but its regions are not connected, as those of a convex domain are: some "
            "are missing, and the set is damaged; search again"
        )
    return found


def _assembled(regions: RegionSet, asked: FreeInputs, met: AllMeetings) -> Adjacency:
    turned = met.first > met.second
    first, second = np.where(turned, met.second, met.first), np.where(turned, met.first, met.second)
    order = np.lexsort((second, first))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    first, second = first[order], second[order]
    indptr, indices, numbers = _compressed(first, second, len(regions))
    return Adjacency(
        regions=regions,
        edges=np.stack([first, second], axis=1),
        units=met.units[order],
        points=asked.points(met.points[order]),
        exact_points={int(place[k]): asked.point(point) for k, point in met.exact.items()},
        indptr=indptr,
        indices=indices,
        numbers=numbers,
    )


def _compressed(first: Integers, second: Integers, n: int) -> tuple[Integers, Integers, Integers]:
    """Return indptr, indices and edge numbers of a graph given by its edges."""
    here, there = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((there, here))
    indptr = np.searchsorted(here[order], np.arange(n + 1))
    return indptr, there[order], np.tile(np.arange(len(first)), 2)[order]
