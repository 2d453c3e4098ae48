"""The exact maximum of a combination of outputs on a domain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.algebra import with_output_units
from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Goal, Limits
from exactregions.engines.registry import get_engine, sharing
from exactregions.enumeration import require_question
from exactregions.errors import DomainError, NetworkError
from exactregions.exact.closures import RegionClosure
from exactregions.exact.floats import nearest_float, rounded_down
from exactregions.exact.values import Value
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.quantities.usual_bounds import greatest_output
from exactregions.regions import Region, RegionSet
from exactregions.support.answers import ending, shortfall
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.stopwatch import Stopwatch
from exactregions.support.vectors import Vector, exact_vector
from exactregions.unsafe import Halfspaces

if TYPE_CHECKING:
    from exactregions.exact.forms import ExactNetwork
    from exactregions.exact.greatest_in_ball import Top

__all__ = ["Direction", "Extreme", "direction_of", "maximize", "minimize"]

Direction: TypeAlias = Sequence[Fraction | float] | NDArray[Any]

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
        state = shortfall(self.stopped)
        return f"<Extreme: {self.value}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": self.value.describe(),
            "point": None if self.point is None else [nearest_float(v) for v in self.point],
            "pattern": None if self.region is None else self.region.pattern.astype(int).tolist(),
            "regions": self.regions,
            **ending(self),
        }


def maximize(
    network: Network,
    domain: Domain,
    direction: Direction | None = None,
    *,
    time_limit: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
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
    direction : sequence of float or Fraction, length outputs, optional
        May be left out for a network with one output.
    time_limit : float, optional
        Seconds. A limit or Ctrl-C leaves a proved enclosure: the largest value found, and a bound by intervals.
    workers, executor, progress
        As for `enumerate_regions`.

    Raises
    ------
    NetworkError
        If the direction does not fit the outputs, or is no vector of finite numbers.
    PropertyError
        If no multiple of the direction has floats for weights.
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
    watch = Stopwatch()
    require_question(network, domain)
    weights = direction_of(network, direction)
    engine = sharing(get_engine("tree"), executor, workers)
    search = _Search(replace(network, winners=()), domain, weights, engine, workers or 1, progress)
    with limited(time_limit):
        try:
            search.run()
        except STOPS as error:
            search.stopped = reason_of(error).text
    return search.answer(watch.seconds)


def minimize(
    network: Network,
    domain: Domain,
    direction: Direction | None = None,
    *,
    time_limit: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Observer | None = None,
) -> Extreme:
    """Return the exact minimum of direction . f(x) over the closure of a domain; see `maximize`."""
    opposite = [-v for v in direction_of(network, direction)]
    how: dict[str, Any] = {"time_limit": time_limit, "workers": workers, "executor": executor, "progress": progress}
    found = maximize(network, domain, opposite, **how)
    return replace(found, value=found.value.negated())


def direction_of(network: Network, direction: Direction | None) -> Vector:
    """Return a direction at its exact value; see `maximize` for what is raised."""
    if direction is None and network.outputs > 1:
        raise NetworkError(f"the network has {network.outputs} outputs; give a direction, a weight for each")
    try:
        weights, _ = exact_vector([1] if direction is None else direction, "direction")
    except DomainError as error:
        raise NetworkError(str(error)) from None
    if len(weights) != network.outputs:
        raise NetworkError(f"direction has {len(weights)} values and the network {network.outputs} outputs")
    return weights


@dataclass(slots=True)
class _Search:
    """One question, as far as it has been answered."""

    network: Network
    domain: Domain
    weights: Vector
    engine: Engine
    workers: int
    progress: Observer | None
    best: Top | None = None
    region: Region | None = None
    stopped: str | None = "not begun"
    upper: Fraction | float = math.inf  # by intervals, for an answer that is not whole
    tops: dict[tuple[bool, ...], Value] = field(default_factory=dict)
    row: NDArray[np.float64] = field(init=False)  # a multiple of the weights in floats
    factor: Fraction = field(init=False)  # that many times

    def __post_init__(self) -> None:
        asked = Halfspaces([self.weights], [1]).in_floats()
        self.row, self.factor = np.array([float(v) for v in asked.G[0]]), asked.h[0]

    def answer(self, seconds: float) -> Extreme:
        """Return what is known."""
        value, point = self.best or (Value(-math.inf, math.inf), None)
        if self.stopped is not None:
            value = Value(value.lower, self.upper)
        elif value.lower != math.inf:
            value = Value(value.lower, max(top.upper for top in self.tops.values()))
        return Extreme(value, point, self.region, len(self.tops), self.stopped, seconds)

    def run(self) -> None:
        """Raise the value until no region exceeds it."""
        from exactregions.exact.forms import ExactNetwork

        self.upper = greatest_output(self.network, self.domain, self.row) / self.factor
        inner = free_inputs(self.network, self.domain)
        exact = ExactNetwork(inner.network)
        level, most, regions = None, FIRST, self._above(None, FIRST)
        while True:
            for region in self._promising(regions) if level is None else regions:
                self._decide(region, exact, inner)
            assert self.best is not None, "every domain meets a region"
            if self.best[0].upper == math.inf or (regions.exact and level is not None):
                self.stopped = None
                return
            if level is not None and regions.count < most:
                self.stopped = regions.why_not_exact
                return
            before, level = level, rounded_down(Fraction(self.best[0].lower) * self.factor)
            if level == before:
                most *= GROWTH
            regions = self._above(level, most)

    def _promising(self, regions: RegionSet) -> Iterator[Region]:
        """Yield, of any regions, those where the value at the witness is largest in floats."""
        with np.errstate(all="ignore"):
            values = self.network.forward(regions.witnesses) @ self.row
        for row in np.argsort(-values)[:PROMISING].tolist():
            yield regions[row]

    def _decide(self, region: Region, exact: ExactNetwork, inner: FreeInputs) -> None:
        signs = region.pattern[: self.network.units].copy()
        key = tuple(signs.tolist())
        if key in self.tops:
            return
        known = None if self.best is None else self.best[0].lower
        if known == math.inf:
            return
        floor = known if isinstance(known, Fraction) else None
        closure = RegionClosure(exact, inner.domain, key, inner.free_point(region.witness))
        top, point = closure.greatest([w / inner.factor for w in self.weights], floor)
        self.tops[key] = top
        if self.best is None or top.lower > self.best[0].lower:
            self.best = top, inner.point(point)
            self.region = Region(self.network, signs, region.witness, None)

    def _above(self, level: float | None, most: int) -> RegionSet:
        """Return regions in which the combination exceeds a level somewhere, or any, so many at most."""
        asked = self.network
        if level is not None:
            asked = with_output_units(asked, self.row[None], [-level])
        inner = free_inputs(asked, self.domain)
        goal = None if level is None else Goal(((int(np.flatnonzero(inner.own)[-1]),),))
        limits = Limits(None, most, True, self.workers, goal)
        return inner.outward(self.engine.search(inner.network, inner.domain, limits, self.progress))
