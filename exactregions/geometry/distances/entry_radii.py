"""Entry radii: which regions a smaller ball or box about the same centre meets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import floats_around
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.distances.distances import Distances, Interval, is_wide
from exactregions.progress import Observer, Progress
from exactregions.regions import RegionSet
from exactregions.regions.columns import witnesses_of
from exactregions.support.stopping import STOPS, check, limited, reason_of

Array = NDArray[np.float64]

REPORT_SECONDS = 0.1


class EntryRadii:
    """The distances of regions from the centre of a ball, in its norm: proved intervals, and exact where asked.

    Of a box the entry radius is the factor to which it must shrink about its centre to lose the region. Each lies
    between two floats: bounds from below are proved by multipliers of the region's rows, from above by a point of the
    region, with all rounding counted. A radius that falls between the two is compared in rationals, once, so no answer
    depends on the width.
    """

    def __init__(self, regions: RegionSet, distances: Distances) -> None:
        assert regions.entry_radii is not None
        assert regions.entry_bounds is not None
        self._distances = distances
        self._values = regions.entry_radii.copy()
        self._lower, self._upper = regions.entry_bounds.T.copy()
        # sorted once; when an interval is narrowed later these are still true of it
        self._sorted_lower, self._sorted_upper = np.sort(self._lower), np.sort(self._upper)

    @classmethod
    def measured(
        cls, regions: RegionSet, time_limit: float | None = None, progress: Observer | None = None
    ) -> tuple[RegionSet, EntryRadii]:
        """Measure all regions of a ball or box.

        Parameters
        ----------
        regions : RegionSet
            Stored; what its search has proved of entry radii is taken as it is.
        time_limit : float, optional
            Seconds.
        progress : callable, optional

        Returns
        -------
        RegionSet
            The same with `entry_radii` and `entry_bounds`; where the limit or Ctrl-C came first, the part that was
            measured, not complete.
        EntryRadii
        """
        asked = free_inputs(regions.network, regions.domain)
        inner = asked.inward(regions)
        distances = Distances(inner)
        if regions.entry_radii is None or regions.entry_bounds is None:
            regions = asked.outward(_measured_one_by_one(inner, distances, time_limit, progress))
        return regions, cls(regions, distances)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Proved lower and upper bounds of the entry radii, each of shape (n,)."""
        return self._lower, self._upper

    @property
    def values(self) -> Array:
        """The entry radii in float64, shape (n,); where an interval does not tell, it is narrowed in rationals."""
        for row in np.flatnonzero(is_wide(self._lower, self._upper)).tolist():
            self._narrow(row)
        return self._values.copy()

    def near(self, row: int, digits: int = 50) -> Fraction:
        """Return the entry radius of a region as a fraction: exact in a box or an l1 ball, in others to digits."""
        return self._distances.near(row, digits)

    def sharp(self, row: int) -> float:
        """Return the entry radius of a region as near as a program of its own tells; the search proves bounds only."""
        held = float(self._values[row]), float(self._lower[row]), float(self._upper[row])
        return min(held, self._distances.interval(row), key=lambda interval: interval[2] - interval[1])[0]

    def told(self, regions: RegionSet, time_limit: float | None = None) -> RegionSet:
        """Return the regions with `values` as their entry radii; a limit or Ctrl-C leaves the last intervals wide."""
        try:
            with limited(time_limit):
                values = self.values
        except STOPS:
            values = self._values.copy()
        bounds = np.stack([self._lower, self._upper], axis=1)
        return replace(regions, witnesses=witnesses_of(regions), entry_radii=values, entry_bounds=bounds)

    def _narrow(self, row: int) -> None:
        found = self._distances.narrowed(row, float(self._lower[row]), float(self._upper[row]))
        self._values[row], self._lower[row], self._upper[row] = found

    def count(self, radius: Fraction) -> int:
        """Return how many entry radii are strictly below a radius, exactly; the radius is at most the ball's."""
        if radius == self._distances.largest:
            return len(self)
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
        if radius == self._distances.largest:
            return np.ones(len(self), dtype=bool)
        low, high = floats_around(radius)
        found = self._upper < low
        for row in np.flatnonzero(~found & (self._lower < high)).tolist():
            found[row] = self._distances.meets(row, radius)
        return found


def _measured_one_by_one(
    regions: RegionSet, distances: Distances, time_limit: float | None, progress: Observer | None
) -> RegionSet:
    intervals: list[Interval] = []
    stop, start, reported = None, time.perf_counter(), 0.0
    try:
        with limited(time_limit):
            for row in range(regions.count):
                check()
                elapsed = time.perf_counter() - start
                if progress is not None and elapsed - reported > REPORT_SECONDS:
                    reported = elapsed
                    progress(Progress(regions.count, regions.seconds + elapsed, f"entry radii of {row:,} measured"))
                intervals.append(distances.interval(row))
    except STOPS as error:
        stop = reason_of(error)
    seconds = regions.seconds + time.perf_counter() - start
    table = np.array(intervals, dtype=np.float64).reshape(len(intervals), 3)
    columns: dict[str, Any] = {"entry_radii": table[:, 0].copy(), "entry_bounds": table[:, 1:].copy()}
    if stop is not None:
        text = f"{stop.text}, measuring entry radii"
        regions = regions.first(len(intervals))
        columns |= {"complete": False, "stopped": text, "stop_reason": stop.reason, "frontier": ()}
    return replace(regions, witnesses=witnesses_of(regions), **columns, seconds=seconds)
