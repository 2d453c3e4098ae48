"""What a network does on the segment between two of its inputs: pieces in order, and the exact points between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain import Box
from exactregions.enumeration import enumerate_regions
from exactregions.errors import EngineError, NetworkError, NotExactError
from exactregions.exact.forms import ExactNetwork, Forms, Inputs
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.tables import counted
from exactregions.winner_patterns import has_contests

__all__ = ["Segment", "segment"]


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The pieces of an open segment on which a network has one activation pattern each, from its start to its end.

    Attributes
    ----------
    regions : RegionSet
        Those of the network on the segment, whose input is 0 at the start and 1 at the end; exact.
    order : numpy.ndarray of int, shape (n,)
        Their numbers from the start to the end.
    """

    regions: RegionSet
    order: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.order)

    def __repr__(self) -> str:
        return f"<Segment: {counted(len(self), 'piece')}>"

    @property
    def patterns(self) -> NDArray[np.bool_]:
        """The patterns of the pieces in order, shape (n, units)."""
        return self.regions.pattern_array()[self.order]

    def changes(self) -> list[tuple[int, ...]]:
        """Return the units that change their sign at each breakpoint, as indices into the pattern."""
        patterns = self.patterns
        return [tuple(np.flatnonzero(row).tolist()) for row in patterns[1:] != patterns[:-1]]

    def breakpoints(self) -> list[Fraction]:
        """Return where pieces meet, exactly and in ascending order: t stands for start + t (end - start)."""
        found = list(_breakpoints(self))
        points = [self.regions[int(row)].witness[0] for row in self.order]
        if not all(before < at < after for (before, after), at in zip(pairwise(points), found, strict=True)):
            raise EngineError("a breakpoint does not lie between the pieces beside it: the region set is damaged")
        return found


def segment(network: Network, start: ArrayLike, end: ArrayLike, **options: Any) -> Segment:
    """Find the pieces of the segment between two inputs, however many inputs there are.

    Every unit is two numbers there, its value at the start and its slope, and the pieces come in the order in which a
    proved point of each lies.

    Parameters
    ----------
    network : Network
        Without winner units.
    start, end : array_like, shape (inputs,)
    **options
        Of `enumerate_regions`: its engine, limits and observer.

    Returns
    -------
    Segment

    Raises
    ------
    NetworkError
        If the points are no two different inputs, or the network has winner units.
    NotExactError
        If the search was stopped before its end.

    Examples
    --------
    >>> from exactregions import Network
    >>> network = Network.from_layers([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]], [[-0.25, -0.5], [0.0]])
    >>> found = segment(network, [0.0, 0.0], [1.0, 1.0])
    >>> found, found.breakpoints(), found.changes()
    (<Segment: 3 pieces>, [Fraction(1, 4), Fraction(1, 2)], [(0,), (1,)])
    """
    if has_contests(network):
        raise NetworkError(
            "the network has winner units, whose breakpoints are not those of single units; count its pieces by "
            "enumerate_regions(network.through([start, end]), Box([0], [1]))"
        )
    on_segment = network.through([np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)])
    regions = enumerate_regions(on_segment, Box([0], [1]), **options)
    if not regions.exact:
        message = f"the search of the segment ended before all pieces were found ({regions.stopped}); give it more time"
        raise NotExactError(message, regions)
    return Segment(regions, _order(regions))


def _order(regions: RegionSet) -> NDArray[np.intp]:
    """Return the regions in the order of their witnesses; where two floats are equal, of the exact ones."""
    floats = regions.witnesses[:, 0]
    order = np.argsort(floats, kind="stable")
    if (np.diff(floats[order]) == 0).any():
        return np.array(sorted(range(len(floats)), key=lambda row: regions[row].witness[0]), dtype=np.intp)
    return order


def _breakpoints(found: Segment) -> Iterator[Fraction]:
    """Yield the zeros of the first units that change: before them all signs agree, so both sides have the form."""
    network = found.regions.network
    exact, splits = ExactNetwork(network), [np.array(stage.splits, dtype=bool) for stage in network.stages]
    stages = [(stage, place) for stage, units in enumerate(splits) for place in np.flatnonzero(units).tolist()]
    firsts = np.concatenate([[0], np.cumsum([int(units.sum()) for units in splits])]).tolist()
    known: list[
        tuple[bytes, Forms | Inputs]
    ] = []  # what each stage reads, and under which signs of the units before it
    patterns = found.patterns
    for before, after in pairwise(patterns):
        stage, place = stages[int(np.flatnonzero(before != after)[0])]
        for i in range(stage + 1):
            signs = before[: firsts[i]].tobytes()
            if i < len(known) and known[i][0] == signs:
                continue
            del known[i:]
            known.append((signs, _read(exact, splits, firsts, known, i, before)))
        values = known[stage][1]
        assert isinstance(values, Forms), "wires come before the units of a segment"
        form = exact.stages[stage].form(place, values)
        yield Fraction(-int(form.b), int(form.a[0]))


def _read(
    exact: ExactNetwork,
    splits: list[NDArray[np.bool_]],
    firsts: list[int],
    known: list[tuple[bytes, Forms | Inputs]],
    stage: int,
    pattern: NDArray[np.bool_],
) -> Forms | Inputs:
    """Return the forms that a stage reads, from those that the stage before it reads."""
    if stage == 0:
        return exact.identity
    last = stage - 1
    signs = np.ones(len(splits[last]), dtype=bool)
    signs[splits[last]] = pattern[firsts[last] : firsts[stage]]
    return exact.activations(last, exact.pre_activations(last, known[last][1]), signs.tolist())
