"""The exact distance from a point to another class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from exactregions.domain import Ball, exact_number, require_fit
from exactregions.domain.ball import norm_name
from exactregions.domain.base import Numbers
from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float
from exactregions.exact.values import Value
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.quantities.radius_search import Point, RadiusSearch
from exactregions.support.answers import ending, shortfall
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.stopwatch import Stopwatch

__all__ = ["RobustRadius", "robust_radius"]


@dataclass(frozen=True, slots=True, eq=False)
class RobustRadius:
    """How far another class is from a point.

    Attributes
    ----------
    point : tuple of Fraction
    norm : {1, 2, inf}
    label : int
        The class of the point: its largest output, the first of several; of one output 1 where that is positive.
    ties : tuple of int
        Other classes whose output at the point is as large.
    radius : Value
        The least distance of points at which another output is larger. Its upper end is infinite where there is no such
        point, or an unfinished search knows none; where there is none the lower end is so too.
    nearest : tuple of Fraction or None
        A point at that distance. There the two outputs are equal; beyond it the other one is larger.
    other : int or None
        The class beyond it.
    regions : int
        Regions searched.
    stopped : str or None
        What kept the answer from being exact.
    seconds : float
    """

    point: Point
    norm: float
    label: int
    ties: tuple[int, ...]
    radius: Value
    nearest: Point | None
    other: int | None
    regions: int
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the radius is exact."""
        return self.stopped is None

    def __repr__(self) -> str:
        beyond = "" if self.other is None else f", class {self.other} beyond"
        ties = f", ties with {list(self.ties)}" if self.ties else ""
        state = shortfall(self.stopped)
        return f"<RobustRadius: {self.radius} in norm {self.norm:g} around class {self.label}{ties}{beyond}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions radius --json` prints it."""
        return {
            "norm": norm_name(self.norm),
            "label": self.label,
            "ties": list(self.ties),
            "radius": self.radius.describe(),
            "nearest": None if self.nearest is None else [nearest_float(v) for v in self.nearest],
            "other": self.other,
            "regions": self.regions,
            **ending(self),
        }


def robust_radius(
    network: Network,
    point: Numbers,
    norm: float | str = 2,
    *,
    largest: Fraction | float | None = None,
    engine: str = "auto",
    time_limit: float | None = None,
    max_regions: int | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> RobustRadius:
    """Return the exact distance from a point to another class, and a nearest point.

    The class is the largest output; of a network with one output its sign. The distance is that of the open set in
    which another output is larger: the least entry radius among the regions of this set. Bounds leave few of them in
    the ball up to a near point of another class; these are measured exactly (mathematics, 7.2).

    Parameters
    ----------
    network : Network
    point : array_like, shape (inputs,)
        Or as the centre of a `Ball`.
    norm : {2, 1, inf}
        In the norm 2 the square of the distance is rational, in the others the distance itself.
    largest : float or Fraction, optional
        No larger ball is searched.
    engine, time_limit, max_regions, workers, progress
        As for `enumerate_regions`. With another engine, or `max_regions`, all regions of balls that grow are searched;
        it is the limit of each. A limit or Ctrl-C leaves a proved enclosure: the largest ball that holds the class
        alone, and the nearest point of another class that is known.

    Raises
    ------
    DomainError
        If the point does not fit the network, or the norm is another.
    EngineError
        As `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Network
    >>> absolute = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")
    >>> robust_radius(absolute, [0.25])  # |x| - 1 against 1 - |x|
    <RobustRadius: 0.75 in norm 2 around class 1, class 0 beyond>
    """
    watch = Stopwatch()
    ball = Ball(point, 1, norm)
    require_fit(ball, network.inputs, network.input_shape)
    most = None if largest is None else exact_number(largest, "largest")
    if most is not None and most <= 0:
        raise DomainError(f"largest is {short(largest)}; give a positive radius")
    options: dict[str, Any] = {"engine": engine, "max_regions": max_regions, "workers": workers, "progress": progress}
    search = RadiusSearch(network, replace(ball, input_shape=None), most, options)
    with limited(time_limit):
        try:
            search.run()
        except STOPS as error:
            search.stopped = reason_of(error).text
    value = search.value or Value(search.lower, search.upper)
    margins, told = search.margins, None if search.value else search.stopped
    where = ball.center, ball.norm, margins.label, margins.ties
    return RobustRadius(*where, value, search.nearest, search.other, search.regions, told, watch.seconds)
