"""Regions of the facet search: the first one, and the one across a facet, each with a verified witness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.cells import shortened
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import HALF, ONE, Point, Rational, as_fractions, as_point, nearest_floats
from exactregions.exact.shapes import Shape
from exactregions.exact.walk import germ, stage_forms
from exactregions.exact.winner_cells import told
from exactregions.facets.decisions import ProvedFacet
from exactregions.facets.float_domains import FloatDomain
from exactregions.facets.halfspaces import Halfspaces, region_halfspaces
from exactregions.facets.rays import middle
from exactregions.network import Network

Array = NDArray[np.float64]
Pattern = tuple[bool, ...]
FARTHEST = 1e150  # the square of such a number is still a float


@dataclass(frozen=True, slots=True, eq=False)
class LocatedRegion:
    """A region of the search, in local coordinates.

    Attributes
    ----------
    pattern : tuple of bool, length units
    witness : list of fmpq
        A point strictly inside the region and the domain, verified.
    rows : Halfspaces
    """

    pattern: Pattern
    witness: Point
    rows: Halfspaces

    @property
    def inside(self) -> Array:
        """The witness rounded to floats, shape (d,), and brought near where these do not reach; only a proposal."""
        return np.clip(nearest_floats(self.witness), -FARTHEST, FARTHEST)


class Crossing:
    """Makes regions of one network in one domain.

    Attributes
    ----------
    frame : LocalCoordinates
    domain : Shape
        In local coordinates.
    """

    def __init__(self, network: Network, domain: Shape, space: FloatDomain, frame: LocalCoordinates) -> None:
        self._exact = ExactNetwork(network)
        self._space = space
        self.frame = frame
        self.domain = domain
        self._inputs = frame.inputs()
        self._own = domain.forms()
        self._contests = {unit for winner in self._exact.winners for unit in winner.units}
        stages = enumerate(self._exact.stages)
        self._stage_of = [i for i, stage in stages for splits in stage.splits if splits]

    def start(self, point: Point) -> LocatedRegion:
        """Return a region whose closure holds a point of the domain."""
        for attempt in count():
            direction = _direction(attempt, len(point))
            found = germ(self._exact, self._inputs, point, direction)
            if found is not None:
                return self._along(*found, point, direction)
        raise AssertionError("some direction lies in no hyperplane")

    def halfspaces(self, pattern: Pattern) -> Halfspaces:
        """Return the halfspaces of a region."""
        stages = stage_forms(self._exact, pattern, self._inputs)
        return region_halfspaces(self._exact, pattern, stages, self._own)

    def single_flip(self, region: LocatedRegion, row: int) -> Pattern | None:
        """Return the pattern across a row, should it be a facet, where its own unit alone changes; else None.

        More units may change when their forms vanish on the hyperplane: units of the same hyperplane, and units
        of later stages whose forms vanish identically. Behind the row of a contest another value wins, whose contests
        are others.
        """
        rows, unit = region.rows, int(region.rows.units[row])
        stage = self._stage_of[unit]
        alone = rows.alone[row] and unit not in self._contests
        if not alone or any(self._stage_of[null] > stage for null in rows.null_units):
            return None
        return (*region.pattern[:unit], not region.pattern[unit], *region.pattern[unit + 1 :])

    def across(self, region: LocatedRegion, facet: ProvedFacet) -> LocatedRegion:
        """Return the region on the other side of a facet."""
        pattern = self.single_flip(region, facet.row)
        if pattern is not None:
            rows = self.halfspaces(pattern)
            witness = self._float_witness(self._just_across(region, facet, rows), pattern, rows)
            if witness is not None:
                return LocatedRegion(pattern, witness, rows)
        return self._across_exactly(region, facet)

    def _across_exactly(self, region: LocatedRegion, facet: ProvedFacet) -> LocatedRegion:
        """Cross on the segment from the witness to the point beyond, and read the germ behind the facet."""
        form = region.rows.form(facet.row)
        at_witness, at_beyond = form.at(region.witness), form.at(facet.exact)
        direction = [b - w for w, b in zip(region.witness, facet.exact, strict=True)]
        t = at_witness / (at_witness - at_beyond)
        crossing = [w + t * v for w, v in zip(region.witness, direction, strict=True)]
        found = germ(self._exact, self._inputs, crossing, direction)
        assert found is not None, "the segment crosses the hyperplane of the facet and no other at this point"
        return self._along(*found, crossing, direction)

    def _along(self, pattern: list[bool], stages: list[Forms], point: Point, direction: Point) -> LocatedRegion:
        """Return a region given by a germ, its witness half as far along the direction as the region goes."""
        rows = region_halfspaces(self._exact, pattern, stages, self._own)
        forms = rows.forms()
        assert self.domain.contains(as_fractions(point)), "a facet is crossed inside the domain"
        step = _first_exit(forms, point, direction)
        while True:
            step *= HALF
            inside = [p + step * v for p, v in zip(point, direction, strict=True)]
            if self.domain.contains(as_fractions(inside)):
                break
        near = np.clip(nearest_floats(inside), -FARTHEST, FARTHEST)
        witness = self._float_witness(near, tuple(pattern), rows) or shortened(inside, self.domain, forms)
        if not self._verified(tuple(pattern), rows, witness):
            raise AssertionError("the network at the witness contradicts the forms of the region")
        return LocatedRegion(tuple(pattern), witness, rows)

    def _just_across(self, region: LocatedRegion, facet: ProvedFacet, rows: Halfspaces) -> Array:
        """Return a float point behind a facet: on the way to the point beyond it, inside the rows there."""
        inside, old = region.inside, region.rows
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            values = np.array([inside, facet.beyond]) @ old.normals[facet.row] + old.offsets[facet.row]
            direction = facet.beyond - inside
            crossing = inside + values[0] / (values[0] - values[1]) * direction
            speeds, heights = rows.normals @ direction, rows.normals @ crossing + rows.offsets
            times = np.where(speeds < 0, np.maximum(heights, 0.0) / -speeds, np.inf)
            step = min(float(times.min()), float(self._space.exits(crossing, direction[None, :])[0]), 1.0)
            return crossing + step / 2 * direction

    def _float_witness(self, near: Array, pattern: Pattern, rows: Halfspaces) -> Point | None:
        """Return a verified witness with float coordinates, far from the boundary or at least near a point.

        None where floats do not find one.
        """
        for local in (middle(rows, near, self._space), near):
            if not np.isfinite(local).all():
                continue
            x = nearest_floats(self.frame.outward(as_point(local.tolist())))
            if not np.isfinite(x).all():
                continue
            witness = self.frame.inward(as_point(x.tolist()))
            if self._verified(pattern, rows, witness):
                return witness
        return None

    def _verified(self, pattern: Pattern, rows: Halfspaces, witness: Point) -> bool:
        """Evaluate the network itself at the witness, exactly."""
        if not self.domain.contains(as_fractions(witness)):
            return False
        signs = self._exact.signs_at(self.frame.outward(witness))
        if self._contests:
            same = told(self._exact, [sign > 0 for sign in signs]) == list(pattern)
            return same and all(form.at(witness) > 0 for form in rows.forms())
        return all(
            sign == (1 if wanted else -1) or (sign == 0 and not wanted and unit in rows.null_units)
            for unit, (sign, wanted) in enumerate(zip(signs, pattern, strict=True))
        )


def _direction(attempt: int, d: int) -> Point:
    """Return a direction with coordinates of ever more digits: no fixed hyperplanes hold them all."""
    rng = np.random.default_rng(attempt)
    return [flint.fmpq(int(v), 1 << (8 + attempt)) for v in rng.integers(-(1 << 20), 1 << 20, d)]


def _first_exit(forms: Sequence[Form], point: Point, direction: Point) -> Rational:
    """Return how far the direction stays inside all rows that are nonnegative at the point, at most 1."""
    step = ONE
    for form in forms:
        speed = Form(form.a, flint.fmpz(0)).at(direction)
        if speed < 0:
            step = min(step, form.at(point) / -speed)
    return step
