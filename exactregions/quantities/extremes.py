"""The exact maximum of a combination of outputs on a domain."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.algebra import with_output_units
from exactregions.domain import Domain
from exactregions.engines.contract import Goal, Limits
from exactregions.engines.registry import get_engine
from exactregions.enumeration import require_question
from exactregions.errors import NetworkError
from exactregions.exact.floats import nearest_float, rounded_down
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.network import Network, exact_floats
from exactregions.progress import Observer
from exactregions.quantities.closed_regions import ClosedRegions, Top
from exactregions.quantities.values import Value
from exactregions.regions import Region, RegionSet
from exactregions.support.stopping import STOPS, limited, reason_of

__all__ = ["Extreme", "maximize", "minimize"]

FIRST, GROWTH = 32, 4  # regions of one search before they raise the value; more where they do not
PROMISING = 4  # of the first regions that are found


@dataclass(frozen=True, slots=True, eq=False)
class Extreme:
    """The greatest or least value of a combination of outputs on the closure of a domain.

    Attributes
    ----------
    value : Value
        Exact on domains with flat sides; in a Euclidean ball an enclosure. Infinite where it has no bound.
    point : tuple of Fraction or None
        A point of the closure that has it; in a Euclidean ball one whose value lies in the enclosure. On the way to
        infinity it means nothing.
    region : Region or None
        A region whose closure holds the point.
    regions : int
        Regions that were decided exactly.
    stopped : str or None
        What kept the answer from being whole.
    seconds : float
    """

    value: Value
    point: tuple[Fraction, ...] | None
    region: Region | None
    regions: int
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the search came to its end."""
        return self.stopped is None

    def __repr__(self) -> str:
        state = f" (NOT COMPLETE: {self.stopped})" if self.stopped else ""
        return f"<Extreme: {self.value}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": self.value.describe(),
            "point": None if self.point is None else [nearest_float(v) for v in self.point],
            "pattern": None if self.region is None else self.region.pattern.astype(int).tolist(),
            "regions": self.regions,
            "complete": self.complete,
            "stopped": self.stopped,
            "seconds": self.seconds,
        }


def maximize(
    network: Network,
    domain: Domain,
    direction: ArrayLike | None = None,
    *,
    time_limit: float | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> Extreme:
    """Return the exact maximum of direction . f(x) over the closure of a domain, with a point that has it.

    A unit direction . f - t is put behind the network, for the largest value t known. The regions in which it is
    positive have greater values; each is maximised exactly. When there are none left, t is the maximum (mathematics,
    7.3).

    Parameters
    ----------
    network : Network
    domain : Domain
    direction : array_like, shape (outputs,), optional
        May be left out for a network with one output.
    time_limit : float, optional
        Seconds. A limit or Ctrl-C leaves a lower bound.
    workers, progress
        As for `enumerate_regions`.

    Raises
    ------
    NetworkError
        If the direction does not fit the outputs, or is no vector of finite floats.
    DomainError
        As `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> hat = Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])
    >>> found = maximize(hat, Box([-1.0], [3.0]))
    >>> found, found.point
    (<Extreme: 1>, (Fraction(1, 1),))
    """
    start = time.perf_counter()
    require_question(network, domain)
    weights = _direction(network, direction)
    search = _Search(replace(network, winners=()), domain, weights, workers, progress)
    with limited(time_limit):
        try:
            search.run()
        except STOPS as error:
            search.stopped = reason_of(error).text
    return search.answer(time.perf_counter() - start)


def minimize(
    network: Network,
    domain: Domain,
    direction: ArrayLike | None = None,
    *,
    time_limit: float | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> Extreme:
    """Return the exact minimum of direction . f(x) over the closure of a domain; see `maximize`."""
    found = maximize(
        network, domain, -_direction(network, direction), time_limit=time_limit, workers=workers, progress=progress
    )
    return replace(found, value=found.value.negated())


def _direction(network: Network, direction: ArrayLike | None) -> NDArray[np.float64]:
    if direction is None and network.outputs > 1:
        raise NetworkError(f"the network has {network.outputs} outputs; give a direction, a weight for each")
    weights = exact_floats([1.0] if direction is None else direction, "direction", 1)
    if len(weights) != network.outputs:
        raise NetworkError(f"direction has {len(weights)} values and the network {network.outputs} outputs")
    return weights


@dataclass(slots=True)
class _Search:
    """One question, as far as it has been answered."""

    network: Network
    domain: Domain
    weights: NDArray[np.float64]
    workers: int
    progress: Observer | None
    best: Top | None = None
    region: Region | None = None
    stopped: str | None = "not begun"
    tops: dict[tuple[bool, ...], Value] = field(default_factory=dict)

    def answer(self, seconds: float) -> Extreme:
        """Return what is known."""
        value, point = self.best or (Value(-math.inf, math.inf), None)
        if self.stopped is not None:
            value = Value(value.lower, math.inf)
        elif value.lower != math.inf:
            value = Value(value.lower, max(top.upper for top in self.tops.values()))
        return Extreme(value, point, self.region, len(self.tops), self.stopped, seconds)

    def run(self) -> None:
        """Raise the value until no region exceeds it."""
        from exactregions.exact.forms import ExactNetwork

        inner = free_inputs(self.network, self.domain)
        weights = [Fraction(w) / inner.factor for w in self.weights.tolist()]
        closed = ClosedRegions(ExactNetwork(inner.network), inner.domain, weights)
        level, most, regions = None, FIRST, self._above(None, FIRST)
        while True:
            for region in self._promising(regions) if level is None else regions:
                self._decide(region, closed, inner)
            assert self.best is not None, "every domain meets a region"
            if self.best[0].upper == math.inf or (regions.exact and level is not None):
                self.stopped = None
                return
            if level is not None and regions.count < most:
                self.stopped = regions.why_not_exact
                return
            before, level = level, rounded_down(Fraction(self.best[0].lower))
            if level == before:
                most *= GROWTH
            regions = self._above(level, most)

    def _promising(self, regions: RegionSet) -> Iterator[Region]:
        """Yield, of any regions, those where the value at the witness is largest in floats."""
        with np.errstate(all="ignore"):
            values = self.network.forward(regions.witnesses) @ self.weights
        for row in np.argsort(-values)[:PROMISING].tolist():
            yield regions[row]

    def _decide(self, region: Region, closed: ClosedRegions, inner: FreeInputs) -> None:
        signs = region.pattern[: self.network.units].copy()
        key = tuple(signs.tolist())
        if key in self.tops:
            return
        floor = None if self.best is None else Fraction(self.best[0].lower)
        top, point = closed.top(key, inner.free_point(region.witness), floor)
        self.tops[key] = top
        if self.best is None or top.lower > self.best[0].lower:
            self.best = top, inner.point(point)
            self.region = Region(self.network, signs, region.witness, None)

    def _above(self, level: float | None, most: int) -> RegionSet:
        """Return regions in which the combination exceeds a level somewhere, or any, so many at most."""
        asked = self.network
        if level is not None:
            asked = with_output_units(asked, self.weights[None], [-level])
        inner = free_inputs(asked, self.domain)
        goal = None if level is None else Goal(((int(np.flatnonzero(inner.own)[-1]),),))
        limits = Limits(None, most, True, self.workers, goal)
        return inner.outward(get_engine("tree").search(inner.network, inner.domain, limits, self.progress))
