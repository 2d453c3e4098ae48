"""The distances of regions from the centre of a ball, one by one."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.exact.floats import floats_around, one_float_around
from exactregions.exact.rounding_errors import above, dual_norms, slack
from exactregions.exact.shapes import center_error
from exactregions.geometry.distances.exact_distances import basic_distance, distance_squared, meets_ball
from exactregions.geometry.distances.proposals import NearestPoints, least_distance
from exactregions.regions import RegionSet, entry_as_float, unpack_patterns
from exactregions.solvers.contract import Unknown

if TYPE_CHECKING:
    from exactregions.exact.forms import Form
    from exactregions.geometry.facets.halfspaces import Halfspaces

__all__ = ["Distances"]

Array = NDArray[np.float64]

WIDE = 2.0**-20  # an interval wider than this, relative, is narrowed by exact decisions
TOWARDS_WITNESS = (0.0, *(2.0**-k for k in range(44, -1, -1)))  # steps from a nearest point inwards


class Distances:
    """Measures the regions of a ball one by one: proved intervals in floats, exact decisions in rationals.

    Parameters
    ----------
    regions : RegionSet
        Stored, in a ball.
    """

    def __init__(self, regions: RegionSet) -> None:
        assert isinstance(regions.domain, Ball)
        self.ball = regions.domain
        self._regions = regions
        self._entries: dict[int, Fraction | None] = dict(enumerate(regions.exact_entries or ()))
        self._decided: dict[tuple[int, Fraction], bool] = {}
        self._prepared = False

    def _prepare(self) -> None:
        """Set up what only intervals need: local coordinates, in which the ball has a size near 1, and a solver."""
        from exactregions.exact.coordinates import LocalCoordinates
        from exactregions.exact.forms import ExactNetwork
        from exactregions.exact.numbers import as_fractions
        from exactregions.geometry.facets.crossing import Crossing
        from exactregions.geometry.facets.float_domains import float_domain

        frame = LocalCoordinates.around(self.ball)
        local = frame.localised(self.ball)
        assert isinstance(local, Ball)
        self._exact = ExactNetwork(self._regions.network)
        self._crossing = Crossing(self._regions.network, local, float_domain(local), frame)
        self._origin = np.array([float(v) for v in as_fractions(frame.origin)])
        self._exact_scale = as_fractions(frame.scale[:1])[0]
        self._scale = float(self._exact_scale)  # a power of two
        self._local, self._center, self._local_shift = local, local.center_float, center_error(local)
        self._nearest = NearestPoints(self.ball.dim, self.ball.norm)
        self._prepared = True

    def _pattern(self, row: int) -> tuple[bool, ...]:
        packed = self._regions.patterns[row : row + 1]
        return tuple(unpack_patterns(packed, self._regions.network.units)[0].tolist())

    def _rows(self, row: int) -> list[Form]:
        from exactregions.exact.walk import signed_rows

        if not self._prepared:
            self._prepare()
        return signed_rows(self._exact, self._pattern(row))

    # ---- intervals

    def interval(self, row: int) -> tuple[float, float, float]:
        """Return the entry radius of region `row` in floats, and the ends of a proved interval around it."""
        if not self._prepared:
            self._prepare()
        rows = self._crossing.halfspaces(self._pattern(row))
        value, lower, upper = self._local_interval(rows, self._regions.witnesses[row])
        largest = floats_around(self.ball.radius)[1]  # the region meets the ball
        lower = math.nextafter(max(lower - self._local_shift, 0.0) * self._scale * (1.0 - slack(4)), 0.0)
        upper = min(math.nextafter((upper + self._local_shift) * self._scale * (1.0 + slack(4)), math.inf), largest)
        if lower == 0.0 and self._reaches_center(row):
            self._entries[row] = Fraction(0)
            return 0.0, 0.0, 0.0
        if not upper - lower <= WIDE * upper:
            return self._exact_interval(row, lower, upper)
        return min(max(value * self._scale, lower), upper), lower, upper

    def _local_interval(self, rows: Halfspaces, witness: Array) -> tuple[float, float, float]:
        """Return the same in local coordinates, as the distance from the float centre."""
        values, errors = (found[0] for found in rows.values(self._center[None, :]))
        found = self._nearest.propose(rows, values)
        if isinstance(found, Unknown):
            return 0.0, 0.0, math.inf
        with np.errstate(all="ignore"):
            near, inside = self._center + found.point, (witness - self._origin) / self._scale
            points = np.array([near + t * (inside - near) for t in TOWARDS_WITNESS])
            lower = least_distance(rows, values, errors, found.multipliers, self.ball.norm)
            return found.value, lower, self._most_distance(rows, points)

    def _most_distance(self, rows: Halfspaces, points: Array) -> float:
        """Return the distance, rounded up, of the first point that is proved to lie in the region."""
        values, errors = rows.values(points)
        proved = (values - errors > 0.0).all(axis=1) & np.isfinite(points).all(axis=1)
        if not proved.any():
            return math.inf
        gap = above(np.abs(points[int(np.argmax(proved))] - self._center), 1)
        return float(dual_norms(gap[None, :], {1: math.inf, 2: 2, math.inf: 1}[self.ball.norm])[0])

    # ---- exact decisions

    def meets(self, row: int, radius: Fraction) -> bool:
        """Decide in rationals whether a region meets the open ball of a radius."""
        entry = self._exact_entry(row)
        if entry is not None:
            return entry < (radius**2 if self.ball.norm == 2 else radius)
        if (row, radius) not in self._decided:
            self._decided[row, radius] = radius > 0 and meets_ball(replace(self.ball, radius=radius), self._rows(row))
        return self._decided[row, radius]

    def _exact_entry(self, row: int) -> Fraction | None:
        """Return the exact entry radius, squared in the Euclidean norm; None where only decisions are at hand."""
        if row not in self._entries:
            self._entries[row] = self._from_basis(row)
            if self._entries[row] is None and self.ball.norm == 2:
                self._entries[row] = distance_squared(self.ball, self._rows(row))
        return self._entries[row]

    def _from_basis(self, row: int) -> Fraction | None:
        from exactregions.exact.numbers import as_fractions, as_point

        if not self._prepared:
            self._prepare()
        rows = self._crossing.halfspaces(self._pattern(row))
        values, _ = rows.values(self._center[None, :])
        found = self._nearest.propose(rows, values[0])
        if isinstance(found, Unknown):
            return None
        entry = basic_distance(rows, as_point(self._local.center), found, self.ball.norm)
        scale = self._exact_scale
        return None if entry is None else as_fractions([entry])[0] * (scale**2 if self.ball.norm == 2 else scale)

    def _reaches_center(self, row: int) -> bool:
        from exactregions.exact.numbers import as_point

        center = as_point(self.ball.center)
        return all(form.at(center) >= 0 for form in self._rows(row))

    def _exact_interval(self, row: int, lower: float, upper: float) -> tuple[float, float, float]:
        """Narrow an interval that floats leave wide: a region too thin for them."""
        entry = self._exact_entry(row)
        if entry is not None:
            value = np.array([entry_as_float(self.ball, entry)])
            below, over = one_float_around(value)
            return float(value[0]), float(below[0]), float(over[0])
        while upper - lower > WIDE * upper:
            middle = lower + 0.5 * (upper - lower) if math.isfinite(upper) else max(2.0 * lower, 1.0)
            if not lower < middle < upper:
                break
            if self.meets(row, Fraction(middle)):
                upper = middle
            else:
                lower = middle
        return upper, lower, upper
