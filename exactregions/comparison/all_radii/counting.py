"""One search in the largest ball, and what it says of the smaller ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.bounds.contract import Bound
from exactregions.bounds.function_bound import BoundLike
from exactregions.comparison.all_radii.curve import Curve
from exactregions.comparison.all_radii.table import OWN_COLUMNS, chosen_bounds, radius_text
from exactregions.comparison.evaluation import evaluate_bounds, searching
from exactregions.comparison.one_domain import Comparison
from exactregions.domain import Ball, Domain
from exactregions.engines.contract import Engine, Limits
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError, listed
from exactregions.exact.floats import floats_around
from exactregions.geometry.distances.entry_radii import EntryRadii
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.stopping import STOPS, limited, reason_of, remaining

Number = float | Fraction

TABLE_ROWS = 20  # default radii below the largest one: a smooth line on paper, seconds of bounds


def curve(
    network: Network,
    center: Ball | Sequence[Number] | ArrayLike,
    radius: Number | None = None,
    norm: float | str = 2,
    *,
    bounds: Iterable[BoundLike] | None = None,
    radii: Iterable[Number] | None = None,
    engine: str | Engine = "auto",
    workers: int | None = None,
    executor: Executor | None = None,
    journal: str | os.PathLike[str] | None = None,
    time_limit: float | None = None,
    max_regions: int | None = None,
    progress: Observer | None = None,
) -> Curve:
    """Count the regions in all balls around a centre up to a radius, and evaluate bounds at some of them.

    One search in the largest ball finds the regions, and each region's entry radius.

    Parameters
    ----------
    network : Network
    center : Ball, or sequence of float or Fraction, length inputs
        The largest ball, or its centre.
    radius : float or Fraction
        The largest radius, unless a ball is given.
    norm : {2, 1, inf}
        Unless a ball is given.
    bounds : iterable of str, Bound or callable, optional
        As for `compare`; an empty one for none.
    radii : iterable of float or Fraction, optional
        Where the bounds are evaluated. Left out: about twenty, evenly spaced in their logarithm, and the largest.
    engine, workers, executor, journal, max_regions, progress
        As for `enumerate_regions`.
    time_limit : float, optional
        Seconds for all of it, entry radii and bounds included, as for `compare`.

    Returns
    -------
    Curve
        A search that a limit or Ctrl-C ended gives a curve that is not `exact`: lower bounds.

    Raises
    ------
    DomainError
        If the ball or a radius is none, or does not fit the network.
    ExactRegionsError
        As `enumerate_regions`, or if a bound is unknown or two have the same name.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> found = curve(network, [0.125], 1.0, bounds=["naive", "ball_profile"], radii=[0.2, 1])
    >>> found.radii.tolist(), found.counts.tolist()
    ([0.0, 0.125, 0.375], [1, 2, 3])
    >>> [[row.value for row in comparison.rows] for comparison in found.comparisons]
    [[4, 2], [4, 3]]
    """
    ball = _largest_ball(center, radius, norm)
    asked = None if radii is None else [_smaller(ball, r) for r in listed(radii, "radii", DomainError)]
    chosen = chosen_bounds(bounds, OWN_COLUMNS)
    Limits(time_limit)  # refuses one without a meaning
    limits: dict[str, Any] = {"engine": engine, "workers": workers, "max_regions": max_regions}
    limits |= {"executor": executor, "journal": journal}
    with limited(time_limit):
        with searching(time_limit, chosen):
            found = enumerate_regions(network, ball, **limits, progress=progress, entry_radii=True)
            regions, entries = EntryRadii.measured(found, None, progress)
        balls = _default_balls(ball, entries.bounds[1]) if asked is None else sorted(set(asked), key=lambda b: b.radius)
        compared = (_compared(regions, b, entries, chosen, bounds is None) for b in balls)
        return Curve(regions, tuple(compared), entries)


def _largest_ball(center: Ball | Sequence[Number] | ArrayLike, radius: Number | None, norm: float | str) -> Ball:
    if isinstance(center, Ball):
        if radius is not None or norm != 2:
            raise DomainError("a ball is given, and a radius or norm beside it; leave those out: the ball has both")
        return center
    if isinstance(center, Domain):
        raise DomainError(f"a curve counts in balls about a centre, not in a {center.kind}; give a Ball")
    if radius is None:
        raise DomainError("no radius is given; give the largest one, or a Ball in place of the centre")
    return Ball(center, radius, norm)


def _smaller(ball: Ball, radius: Number) -> Ball:
    smaller = replace(ball, radius=radius)  # type: ignore[arg-type]
    if smaller.radius > ball.radius:
        raise DomainError(f"radius {radius_text(smaller.radius)} is beyond the largest one, {radius_text(ball.radius)}")
    return smaller


def _default_balls(ball: Ball, entered: NDArray[np.float64]) -> list[Ball]:
    """Return balls from a little below the first breakpoint on; short decimals, for people read them."""
    largest = floats_around(ball.radius)[0]
    if not 1e-300 < largest < 1e300 or not remaining():
        return [ball]
    first = 0.9 * float(entered[entered > 0].min(initial=largest / 2))
    spaced = np.geomspace(min(max(first, 1e-6 * largest), largest / 2), largest, TABLE_ROWS + 1)[:-1]
    return [*(replace(ball, radius=r) for r in sorted({float(f"{r:.3g}") for r in spaced})), ball]


def _compared(
    regions: RegionSet, ball: Ball, entries: EntryRadii, bounds: Sequence[Bound], minimum: bool
) -> Comparison:
    """Hold the bounds of a ball against its count; the regions themselves stay behind."""
    stop = None
    try:
        count = entries.count(ball.radius)
    except STOPS as error:
        stop, count = reason_of(error), int(np.count_nonzero(entries.bounds[1] < floats_around(ball.radius)[0]))
    counted = replace(
        regions.without_regions(),
        domain=ball,
        count=count,
        complete=regions.complete and stop is None,
        stopped=regions.stopped or (stop and stop.text),
        frontier=(),
    )
    return Comparison(counted, evaluate_bounds(bounds, counted, minimum))
