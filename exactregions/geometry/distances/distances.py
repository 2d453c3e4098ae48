"""The distances of regions from the centre of a ball or box, one by one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import entry_interval, rounded_down, rounded_up
from exactregions.exact.rounding_errors import above, dual_norms
from exactregions.geometry.distances.centred import CentredRegions, Rows
from exactregions.geometry.distances.exact_distances import basic_nearest, meets_ball, nearest_by_program, tight_rows
from exactregions.geometry.distances.proposals import NearestPoints, least_distance
from exactregions.regions import RegionSet, unpack_patterns
from exactregions.solvers.contract import Proposal, Unknown
from exactregions.support.stopping import check

if TYPE_CHECKING:
    from exactregions.exact.numbers import Rational

Array = NDArray[np.float64]
Interval = tuple[float, float, float]  # a radius in floats, and proved bounds on either side of it

WIDE = 2.0**-20  # relative; a wider interval does not tell the radius
TOWARDS_WITNESS = (0.0, *(2.0**-k for k in range(44, -1, -1)))  # steps from a nearest point inwards
DUAL = {1: math.inf, 2: 2, math.inf: 1}


def is_wide(lower: Array | float, upper: Array | float) -> NDArray[np.bool_]:
    """Return which intervals do not tell the radius."""
    with np.errstate(invalid="ignore"):  # infinite bounds
        told = np.asarray(upper) - lower <= WIDE * np.asarray(upper)
        return ~np.asarray(told & np.isfinite(upper))


class Distances:
    """Measures the regions of a ball or box one by one: proved intervals in floats, exact decisions in rationals.

    Parameters
    ----------
    regions : RegionSet
        Stored.
    centred : CentredRegions, optional
        Of the same network and centre, for another size of the ball.

    Attributes
    ----------
    regions : RegionSet
    largest : Fraction
        Every entry radius is smaller: the radius of the ball, 1 for a box.
    """

    def __init__(self, regions: RegionSet, centred: CentredRegions | None = None) -> None:
        domain = regions.domain
        assert domain.largest_entry is not None, "regions have no entry radii here"
        self.regions, self._domain, self._power = regions, domain, domain.entry_power
        self.largest = domain.largest_entry
        self._entries: dict[int, Fraction | None] = dict(enumerate(regions.exact_entries or ()))
        self._decided: dict[tuple[int, Fraction], bool] = {}
        self._centred = centred
        self._prepared: tuple[CentredRegions, NearestPoints] | None = None
        self._last: tuple[int, Rows, Proposal | Unknown | None] | None = None

    def _tools(self) -> tuple[CentredRegions, NearestPoints]:
        """Return what makes rows and proposes nearest points, made when it is first wanted."""
        if self._prepared is None:
            centred = self._centred or CentredRegions(self.regions.network, self._domain)
            self._prepared = centred, NearestPoints(self._domain.dim, centred.norm)
        return self._prepared

    def rows(self, row: int) -> Rows:
        """Return the halfspaces of a region about the centre."""
        if self._last is not None and self._last[0] == row:
            return self._last[1]
        packed = self.regions.patterns[row : row + 1]
        pattern = unpack_patterns(packed, self.regions.network.units)[0]
        rows = self._tools()[0].rows(tuple(pattern.tolist()))
        self._last = row, rows, None
        return rows

    def _proposed(self, row: int) -> Proposal | Unknown:
        """Return what floats propose for a region; that of the last one is kept."""
        rows = self.rows(row)
        found = None if self._last is None else self._last[2]
        if found is None:
            with np.errstate(all="ignore"):
                found = self._tools()[1].propose(rows.normals, rows.offsets)
            self._last = row, rows, found
        return found

    # ---- intervals

    def interval(self, row: int) -> Interval:
        """Return a proved interval of the entry radius, wide where floats cannot tell."""
        rows = self.rows(row)
        if rows.hold_at_center:
            self._entries[row] = Fraction(0)
            return 0.0, 0.0, 0.0
        centred, _ = self._tools()
        value, lower, upper = 0.0, 0.0, math.inf
        found = self._proposed(row)
        if not isinstance(found, Unknown):
            value = found.value
            with np.errstate(all="ignore"):
                lower = least_distance(rows, found.multipliers, centred.norm)
                upper = self._length_of_a_point(rows, found.point, centred.near(self.regions.witnesses[row]))
        lower = rounded_down(Fraction(lower) * centred.unit)
        largest = rounded_up(self.largest)
        upper = min(rounded_up(Fraction(upper) * centred.unit), largest) if math.isfinite(upper) else largest
        value = rounded_down(Fraction(value) * centred.unit) if math.isfinite(value) else upper
        return min(max(value, lower) or upper, upper), lower, upper

    def _length_of_a_point(self, rows: Rows, near: Array, inside: Array) -> float:
        """Return the length, rounded up, of the first point that is proved to lie in the region."""
        points = np.array([near + t * (inside - near) for t in TOWARDS_WITNESS])
        proved = rows.hold_at(points)
        if not proved.any():
            return math.inf
        length = above(np.abs(points[int(np.argmax(proved))]), 1)
        return float(dual_norms(length[None, :], DUAL[self._tools()[0].norm])[0])

    def narrowed(self, row: int, lower: float, upper: float) -> Interval:
        """Narrow an interval by exact decisions until it tells the radius."""
        entry = self._exact_entry(row)
        if entry is not None:
            return entry_interval(entry, self._domain.entry_power)
        while is_wide(lower, upper):
            middle = lower + 0.5 * (upper - lower) if math.isfinite(upper) else max(2.0 * lower, 1.0)
            if not lower < middle < upper:
                break
            if self.meets(row, Fraction(middle)):
                upper = middle
            else:
                lower = middle
        return upper, lower, upper

    # ---- exact decisions

    def meets(self, row: int, radius: Fraction) -> bool:
        """Decide in rationals whether an entry radius is strictly below a radius."""
        entry = self._exact_entry(row)
        if entry is not None:
            return entry < radius**self._power
        if (row, radius) not in self._decided:
            centred = self._tools()[0]
            scaled = radius / centred.unit
            self._decided[row, radius] = radius > 0 and meets_ball(self.rows(row), scaled, centred.norm)
        return self._decided[row, radius]

    def near(self, row: int, digits: int) -> Fraction:
        """Return an entry radius as a fraction, exact where it is rational, else to so many digits."""
        entry = self._exact_entry(row)
        if entry is None:
            entry = self.nearest(row)[0]
        if self._power == 1:
            return entry
        return Fraction(math.isqrt(entry.numerator * entry.denominator * 100**digits), entry.denominator * 10**digits)

    def _exact_entry(self, row: int) -> Fraction | None:
        """Return the exact entry radius, squared in the Euclidean norm; None where only decisions are at hand."""
        if row not in self._entries:
            check()
            self._entries[row] = self._solved(row)
        return self._entries[row]

    def _solved(self, row: int) -> Fraction | None:
        from exactregions.exact.numbers import as_fractions

        if self.rows(row).hold_at_center:
            return Fraction(0)
        found = self._nearest(row)
        return None if found is None else as_fractions([found[0]])[0] * self._tools()[0].unit ** self._power

    def _nearest(self, row: int) -> tuple[Rational, list[Rational]] | None:
        """Return the exact distance in the coordinates of the rows, to its power, and the point that has it.

        In the norms 1 and inf None where floats propose no basis that proves it.
        """
        from exactregions.geometry.distances.projected import nearest_by_rows

        centred, _ = self._tools()
        rows, found = self.rows(row), self._proposed(row)
        if self._power == 2:
            return nearest_by_rows(rows, tight_rows(found) if isinstance(found, Proposal) else ())
        return basic_nearest(rows, found, centred.norm) if isinstance(found, Proposal) else None

    def nearest(self, row: int) -> tuple[Fraction, tuple[Fraction, ...]]:
        """Return the exact entry radius of a region, squared in the Euclidean norm, and a point that has it.

        The point is one of the closure.
        """
        from exactregions.exact.numbers import as_fractions, as_point

        centred, _ = self._tools()
        found = self._nearest(row)
        if found is None:
            inside = as_point(centred.exactly(self.regions[row].witness))
            found = nearest_by_program(self.rows(row).forms(), inside, centred.norm)
        entry = as_fractions([found[0]])[0] * centred.unit**self._power
        self._entries[row] = entry
        return entry, centred.outward(as_fractions(found[1]))
