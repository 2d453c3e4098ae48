"""The decision boundary of a network on a domain, piece by piece, and the exact distance of a point to it."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain import Ball, Domain, require_fit
from exactregions.domain.base import Numbers
from exactregions.errors import DomainError, NetworkError, NotExactError
from exactregions.geometry.neighbours import Adjacency, adjacency
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.quantities.boundary_distances import NearestBoundary, nearest_piece
from exactregions.quantities.boundary_pieces import BoundaryPiece, gap_of
from exactregions.quantities.class_cells import ClassCells
from exactregions.regions import RegionSet
from exactregions.support.answers import ending, shortfall
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.stopwatch import Stopwatch
from exactregions.support.tables import counted
from exactregions.support.watching import ToldScope

__all__ = ["DecisionBoundary", "NearestBoundary", "decision_boundary"]

Exact = tuple[Fraction, ...]
Integers = NDArray[np.intp]


class DecisionBoundary(Sequence[BoundaryPiece]):
    """The pieces of a decision boundary that meet an open domain; the sequence has them in order.

    Attributes
    ----------
    cells : RegionSet
        The regions, each cut into its classes: of the network with class units.
    regions : int
        Number of regions of the network itself.
    edges : numpy.ndarray of int, shape (n, 2)
        The two cells of each piece.
    classes : numpy.ndarray of int, shape (n, 2)
        Their classes, the lower one first.
    stopped : str or None
        What kept the answer from being whole; all pieces that are there are proved.
    seconds : float
    """

    def __init__(
        self,
        cells: ClassCells,
        links: Adjacency | None,
        pair: tuple[int, int] | None,
        stopped: str | None,
        seconds: float,
    ) -> None:
        self._cells, self._links = cells, links
        self.stopped, self.seconds = stopped, seconds
        self.edges, self.classes, self._numbers = _where_classes_change(cells, links, pair)
        for column in (self.edges, self.classes):
            column.setflags(write=False)

    @property
    def cells(self) -> RegionSet:
        """The regions, each cut into its classes."""
        return self._cells.regions

    @property
    def network(self) -> Network:
        """The network as it was given."""
        return self._cells.network

    @property
    def domain(self) -> Domain:
        """The domain."""
        return self.cells.domain

    @property
    def cell_classes(self) -> Integers:
        """The class of each cell, shape (n,)."""
        return self._cells.classes

    @property
    def regions(self) -> int:
        """Number of regions of the network itself."""
        return self._cells.count

    @property
    def complete(self) -> bool:
        """Whether all pieces are there."""
        return self.stopped is None

    def __len__(self) -> int:
        return len(self.edges)

    def __getitem__(self, number: Any) -> Any:
        """Return a piece."""
        if isinstance(number, slice):
            return [self[k] for k in range(len(self))[number]]
        return next(self._pieces([range(len(self))[operator.index(number)]]))

    def __iter__(self) -> Iterator[BoundaryPiece]:
        return self._pieces(range(len(self)))

    def _pieces(self, numbers: Sequence[int]) -> Iterator[BoundaryPiece]:
        cells, links = self._cells, self._links
        assert links is not None or not numbers, "pieces come from facets"
        points = [] if links is None else links.witnesses([int(self._numbers[k]) for k in numbers])
        for number, point in zip(numbers, points, strict=True):
            first, second = sides = self.edges[number].tolist()
            a, b = self.classes[number].tolist()
            gap = gap_of(cells.outputs(first), a, b)
            if gap.is_constant:  # equal on one side: then the other one tells them apart
                gap = gap_of(cells.outputs(second), a, b)
            patterns = cells.patterns[first], cells.patterns[second]
            yield BoundaryPiece((a, b), patterns, point, gap, partial(cells.rows, *sides), cells.asked, cells.shape)

    @cached_property
    def _every(self) -> list[BoundaryPiece]:
        return list(self)

    @property
    def between(self) -> dict[tuple[int, int], int]:
        """Number of pieces between each two classes that meet."""
        return dict(sorted(Counter(map(tuple, self.classes.tolist())).items()))

    def segments(self) -> list[tuple[Exact, Exact]]:
        """Return the two ends of each piece, with two free inputs: exact, but where a circle ends it.

        Raises
        ------
        DomainError
            If there are other than two free inputs, or the domain has no end.
        """
        if len(self._cells.asked.free) != 2:
            raise DomainError(
                f"the boundary has pieces that are no segments, for {len(self._cells.asked.free)} inputs are free; "
                "take a slice by network.restrict or network.through"
            )
        return [piece.ends() for piece in self]

    def distance(self, point: Numbers, norm: float | str = 2) -> NearestBoundary:
        """Return the exact distance of a point to the closed boundary within the closed domain, and a nearest point.

        Rational in the norms 1 and inf; in the norm 2 its square is. Where the domain reaches far enough it is the
        `robust_radius` of the point.

        Parameters
        ----------
        point : sequence of float or Fraction
        norm : {2, 1, inf}

        Raises
        ------
        DomainError
            If the point does not fit, or the nearest point might lie on the sphere of a Euclidean ball.
        NotExactError
            If pieces may be missing.
        """
        if not self.complete:
            raise NotExactError(f"pieces of the boundary may be missing: {self.stopped}", self.cells)
        ball = Ball(point, 1, norm)
        require_fit(ball, self._cells.network.inputs, self._cells.network.input_shape)
        fixed = self.cells.domain.fixed_inputs
        if any(ball.center[i] != value for i, value in fixed.items()):
            raise DomainError("the point has other values of the inputs that the domain fixes; give it theirs")
        return nearest_piece(self._every, self._cells, ball)

    def __repr__(self) -> str:
        state = shortfall(self.stopped)
        return f"<DecisionBoundary: {counted(len(self), 'piece')} in {counted(self.regions)}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions boundary --json` prints it."""
        return {
            "pieces": len(self),
            "regions": self.regions,
            "between": [{"classes": list(pair), "pieces": number} for pair, number in self.between.items()],
            **ending(self),
        }


def decision_boundary(
    network: Network,
    domain: Domain,
    classes: Sequence[int] | None = None,
    *,
    engine: str = "auto",
    time_limit: float | None = None,
    max_regions: int | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> DecisionBoundary:
    """Return the decision boundary of a network in a domain: where the class changes, as polytopes.

    The class is the largest output, the first one of equal ones; of a network with one output it is 1 where that is
    positive. Regions are cut into their classes, and a piece is a facet between two cells of different classes: so one
    that lies on a facet between two regions is there once (mathematics, 7.5).

    Parameters
    ----------
    network : Network
    domain : Domain
        Open: pieces on its own sides are none.
    classes : (int, int), optional
        Only the pieces between these two.
    engine, time_limit, max_regions, workers, progress
        As for `enumerate_regions`. A limit or Ctrl-C leaves the pieces between the cells that were found.

    Raises
    ------
    NetworkError
        If there are no such classes.
    DomainError, EngineError
        As `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> absolute = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")
    >>> found = decision_boundary(absolute, Box([-3], [3]))  # |x| - 1 against 1 - |x|
    >>> found, sorted(piece.vertices() for piece in found)
    (<DecisionBoundary: 2 pieces in 2 regions>, [[(Fraction(-1, 1),)], [(Fraction(1, 1),)]])
    """
    watch = Stopwatch()
    pair = _pair(network, classes)
    options: dict[str, Any] = {
        "engine": engine,
        "max_regions": max_regions,
        "workers": workers,
        "progress": progress,
    }
    links = None
    with limited(time_limit):
        cells = ClassCells.of(network, domain, options)
        stopped = None if cells.regions.exact else cells.regions.why_not_exact
        try:
            with ToldScope(cells.regions.count, progress, "facets of the regions"):
                links = adjacency(cells.regions, partial=True)
        except STOPS as error:
            stopped = stopped or reason_of(error).text
    return DecisionBoundary(cells, links, pair, stopped, watch.seconds)


def _pair(network: Network, classes: Sequence[int] | ArrayLike | None) -> tuple[int, int] | None:
    if classes is None:
        return None
    kinds = max(network.outputs, 2)
    try:
        first, second = sorted(operator.index(k) for k in classes)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        raise NetworkError(f"classes is {short(classes)}; give two whole numbers, as (0, 1)") from None
    if not 0 <= first < second < kinds:
        raise NetworkError(f"classes is {short(classes)}; give two different ones of 0 to {kinds - 1}")
    return first, second


def _where_classes_change(
    cells: ClassCells, links: Adjacency | None, pair: tuple[int, int] | None
) -> tuple[Integers, Integers, Integers]:
    """Return the cells of each piece, the one of the lower class first, their classes, and the number of the facet."""
    edges = np.zeros((0, 2), dtype=np.intp) if links is None else links.edges
    classes = cells.classes[edges].reshape(-1, 2)
    chosen = classes[:, 0] != classes[:, 1]
    if pair is not None:
        chosen &= (np.sort(classes, axis=1) == pair).all(axis=1)
    numbers = np.flatnonzero(chosen)
    order = np.argsort(classes[numbers], axis=1)
    return (
        np.take_along_axis(edges[numbers], order, axis=1),
        np.take_along_axis(classes[numbers], order, axis=1),
        numbers,
    )
