"""Entry radii: which regions a ball meets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.exact.floats import floats_around, one_float_around
from exactregions.exact.shapes import center_error
from exactregions.geometry.distances.distances import Distances
from exactregions.progress import Observer, Progress
from exactregions.regions import RegionSet

__all__ = ["EntryRadii"]

Array = NDArray[np.float64]

REPORT_SECONDS = 0.1
# The tree engine bounds the error of a Euclidean entry radius e by 1e-10 (e + 1e-3 s), s <= 4 R the unit of its
# frame in a ball of radius R, from either side, and computes it exactly where that fails (`is_sharp`). The bound is
# itself evaluated in floats, whose rounding can make it wrong by a factor of about 1 + p / 9 in p dimensions. These
# two are some 600 times larger, and what lies between is decided without them.
RELATIVE, ABSOLUTE = 2.0**-24, 2.0**-32
BOUNDED = frozenset({"tree"})  # engines that promise this
ORDINARY = (1e-250, 1e250)  # radii far from where floats underflow or overflow


class EntryRadii:
    """The distances of regions from the centre of a ball, in its norm: intervals, and exact where these overlap.

    Every entry radius lies in an interval of floats. In Euclidean balls it is what the tree engine guarantees, a
    relative 2**-24 and an absolute 2**-32 of the radius; elsewhere it is proved, from below by multipliers of the
    region's rows, from above by a point of the region, with all rounding bounded. A ball whose radius falls in an
    interval is decided in rationals, so no answer depends on the width.

    Attributes
    ----------
    values : numpy.ndarray, shape (n,)
        The entry radii in float64.
    """

    def __init__(self, distances: Distances, intervals: Array, proved: bool) -> None:
        self.values = intervals[:, 0].copy()
        self.values.setflags(write=False)
        self._distances = distances
        self._lower, self._upper = intervals[:, 1].copy(), intervals[:, 2].copy()
        # sorted once; when an interval is narrowed later these are still true of it
        self._sorted_lower, self._sorted_upper = np.sort(self._lower), np.sort(self._upper)
        self._narrowed = np.full(len(intervals), proved)

    @classmethod
    def measured(
        cls, regions: RegionSet, time_limit: float | None = None, progress: Observer | None = None
    ) -> tuple[RegionSet, EntryRadii]:
        """Measure all regions of a ball.

        Parameters
        ----------
        regions : RegionSet
            Stored, in a ball.
        time_limit : float, optional
            Seconds.
        progress : callable, optional

        Returns
        -------
        RegionSet
            The same with `entry_radii`; where the limit or Ctrl-C came first, the part that was measured, not complete.
        EntryRadii
        """
        assert isinstance(regions.domain, Ball)
        distances = Distances(regions)
        known, largest = regions.entry_radii, floats_around(regions.domain.radius)[1]
        if known is not None and len(known) == regions.count and ORDINARY[0] < largest < ORDINARY[1]:
            if regions.exact_entries is not None:
                return regions, cls(distances, np.stack([known, *one_float_around(known)], axis=1), proved=True)
            if regions.engine in BOUNDED and regions.domain.norm == 2:
                return regions, cls(distances, _guaranteed(regions.domain, known, largest), proved=False)
        regions, intervals = _measured_one_by_one(regions, distances, time_limit, progress)
        return regions, cls(distances, intervals, proved=True)

    def count(self, radius: Fraction) -> int:
        """Return how many entry radii are strictly below a radius, exactly; the radius is at most the ball's."""
        if radius == self._distances.ball.radius:
            return len(self.values)
        low, high = floats_around(radius)
        surely = int(np.searchsorted(self._sorted_upper, low))
        if surely == np.searchsorted(self._sorted_lower, high):
            return surely
        return int(np.count_nonzero(self.below(radius)))

    def counts(self, radii: Sequence[Fraction]) -> NDArray[np.int64]:
        """Return `count` of many radii, shape (k,)."""
        around = np.array([floats_around(r) for r in radii]).reshape(-1, 2)
        found = np.searchsorted(self._sorted_upper, around[:, 0])
        for place in np.flatnonzero(found != np.searchsorted(self._sorted_lower, around[:, 1])).tolist():
            found[place] = self.count(radii[place])
        return found

    def below(self, radius: Fraction) -> NDArray[np.bool_]:
        """Return which entry radii are strictly below a radius, exactly: shape (n,)."""
        if radius == self._distances.ball.radius:
            return np.ones(len(self.values), dtype=bool)
        low, high = floats_around(radius)
        found = self._upper < low
        for row in np.flatnonzero(~found & (self._lower < high)).tolist():
            found[row] = self._is_below(row, radius)
        return found

    def _is_below(self, row: int, radius: Fraction) -> bool:
        if not self._narrowed[row]:
            self._narrowed[row] = True
            _, self._lower[row], self._upper[row] = self._distances.interval(row)
        low, high = floats_around(radius)
        if self._upper[row] < low or self._lower[row] >= high:
            return bool(self._upper[row] < low)
        return self._distances.meets(row, radius)


def _guaranteed(ball: Ball, entries: Array, largest: float) -> Array:
    """Return the intervals that the tree engine guarantees; its zeros are exact, up to a centre that is no float."""
    width = np.where(entries > 0, RELATIVE * entries + ABSOLUTE * largest, 0.0) + center_error(ball)
    return np.stack([entries, np.maximum(entries - width, 0.0), entries + width], axis=1)


def _measured_one_by_one(
    regions: RegionSet, distances: Distances, time_limit: float | None, progress: Observer | None
) -> tuple[RegionSet, Array]:
    intervals: list[tuple[float, float, float]] = []
    stopped, start, reported = None, time.perf_counter(), 0.0
    try:
        for row in range(regions.count):
            elapsed = time.perf_counter() - start
            if time_limit is not None and elapsed > time_limit:
                stopped = f"time limit of {time_limit:g} s reached by the entry radii"
                break
            if progress is not None and elapsed - reported > REPORT_SECONDS:
                reported = elapsed
                progress(Progress(regions.count, regions.seconds + elapsed, f"entry radii of {row:,} measured"))
            intervals.append(distances.interval(row))
    except KeyboardInterrupt:
        stopped = "interrupted"
    seconds = regions.seconds + time.perf_counter() - start
    table = np.array(intervals, dtype=np.float64).reshape(len(intervals), 3)
    kept = regions if stopped is None else _first(regions, len(intervals), stopped)
    return replace(kept, entry_radii=table[:, 0].copy(), seconds=seconds), table


def _first(regions: RegionSet, count: int, stopped: str) -> RegionSet:
    """Return the first regions of a set, as what an unfinished search has found."""
    return replace(
        regions,
        count=count,
        patterns=regions.patterns[:count],
        witnesses=regions.witnesses[:count],
        exact_witnesses={row: w for row, w in regions.exact_witnesses.items() if row < count},
        exact_entries=None,
        complete=False,
        stopped=stopped,
        frontier=(),
    )
