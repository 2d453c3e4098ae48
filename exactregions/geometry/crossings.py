"""Which regions of a set lie across the facets of one region, each answer proved.

The pattern across a row of a region follows from its forms (mathematics, 2.2), so a complete set answers most
questions by a look-up: what is not in the set is not behind a facet. Where both regions exist, they may still have no
facet in common. Then the segment between their witnesses usually passes through the facet, which floats prove;
else a linear program or a nearest point proposes, and rationals decide what floats cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.floats import UNIT, row_lengths
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import Point, as_fractions, as_point, nearest_floats
from exactregions.facets.choosing import oracle_of
from exactregions.facets.crossing import Crossing
from exactregions.facets.decisions import FacetFinder, ProvedFacet
from exactregions.facets.float_domains import FloatDomain, float_domain
from exactregions.facets.halfspaces import Halfspaces
from exactregions.geometry.patterns import ABSENT, PatternIndex, pattern_across, require_inside
from exactregions.regions import RegionSet

Array = NDArray[np.float64]
Exact = tuple[Fraction, ...]

# A float point proves a facet when the facet reaches that far around it, up to this distance in local coordinates:
# a quarter of what `FloatDomain.inside` keeps from the boundary of a domain, whose size is above a quarter there.
CLOSE = 1e-10
WIDER = 1 + 1e-6  # covers the rounding of lengths and their products


@dataclass(frozen=True, slots=True)
class Meetings:
    """The facets of one region behind which another one of the set lies.

    Attributes
    ----------
    others : numpy.ndarray of int, shape (k,)
        The regions behind them.
    units : numpy.ndarray of int, shape (k,)
        A unit whose hyperplane holds the facet.
    points : numpy.ndarray, shape (k, inputs)
        Floats next to a point of the facet.
    exact : mapping of int to tuple of Fraction
        A point of the facet, where the float point does not prove one.
    """

    others: NDArray[np.intp]
    units: NDArray[np.intp]
    points: Array
    exact: Mapping[int, Exact]


class FloatFrame:
    """Local coordinates in floats."""

    def __init__(self, frame: LocalCoordinates) -> None:
        self._origin, self._scale = nearest_floats(frame.origin), nearest_floats(frame.scale)

    def inward(self, points: Array) -> Array:
        """Return the local coordinates of float points, rounded; not finite where floats cannot tell."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return (points - self._origin) / self._scale

    def placed(self, local: Array) -> tuple[Array, Array, Array]:
        """Return float points near local ones, their own local coordinates, and how far off these may be.

        Parameters
        ----------
        local : numpy.ndarray, shape (k, d)

        Returns
        -------
        points, local : numpy.ndarray, shape (k, d)
        slack : numpy.ndarray, shape (k,)
            The exact local coordinates of the points are that close.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            points = self._origin + self._scale * local
            # the origin is rounded and so is the difference; the scale is a power of two
            slack = 4 * UNIT * (np.abs(self._origin) + np.abs(points)) / self._scale
            return points, self.inward(points), np.sqrt((slack**2).sum(axis=1))


class Crossings:
    """Decides the facets of the regions of one set.

    Parameters
    ----------
    regions : RegionSet
        With its regions stored.

    Attributes
    ----------
    frame : LocalCoordinates
        Local coordinates.
    """

    def __init__(self, regions: RegionSet) -> None:
        network, domain = regions.network, regions.domain
        self.frame = LocalCoordinates.around(domain)
        local = self.frame.localised(domain)
        self._space = float_domain(local)
        oracle = oracle_of(local.body(), as_point([0.0] * local.dim))
        self._decider = _Decider(oracle, self._space, local.body(), network.units + len(local.rows))
        self._crossing = Crossing(network, local, self._space, self.frame)
        self._exact, self._inputs = ExactNetwork(network), self.frame.inputs()
        self._stages = np.repeat(np.arange(len(network.stages)), [int(s.splits.sum()) for s in network.stages])
        # behind the row of a contest another value wins, whose contests are others
        self._contests = np.array([u for winner in self._exact.winners for u in winner.units], dtype=np.intp)
        self._regions, self._floats = regions, FloatFrame(self.frame)
        self._patterns = regions.pattern_array()
        self._index = PatternIndex(self._patterns)
        self._local = self._floats.inward(regions.witnesses)

    def halfspaces(self, region: int) -> Halfspaces:
        """Return the rows of a region in local coordinates."""
        return self._crossing.halfspaces(tuple(self._patterns[region].tolist()))

    def behind(self, region: int, asked: NDArray[np.bool_] | None = None) -> Meetings:
        """Return the facets behind which a region of higher number lies, or one of those asked about.

        Parameters
        ----------
        region : int
        asked : numpy.ndarray of bool, shape (n,), optional
        """
        rows = self.halfspaces(region)
        targets, others = self._candidates(region, rows)
        kept = others > region if asked is None else asked[others]
        return self._meetings(region, rows, targets[kept], others[kept])

    def between(self, region: int, others: NDArray[np.intp], units: NDArray[np.intp]) -> Meetings:
        """Return those of other regions, each behind the row of a unit alone on its hyperplane, that are neighbours."""
        rows = self.halfspaces(region)
        targets = np.searchsorted(rows.units, units)
        return self._meetings(region, rows, targets, others)

    def _meetings(self, region: int, rows: Halfspaces, targets: NDArray[np.intp], others: NDArray[np.intp]) -> Meetings:
        points, sure = self._between(rows, self._local[region], targets, self._local[others])
        exact: dict[int, Exact] = {}
        for facet in self._facets(region, rows, targets[~sure]):
            k = int(np.flatnonzero(targets == facet.row)[0])
            sure[k] = True
            points[k], passage = self._passage(region, rows, facet)
            if passage is not None:
                exact[k] = passage
        numbers = np.cumsum(sure) - 1
        exact = {int(numbers[k]): passage for k, passage in exact.items()}
        return Meetings(others[sure], rows.units[targets[sure]], points[sure], exact)

    def _candidates(self, region: int, rows: Halfspaces) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows, one of each hyperplane, across which a region of the set may lie, and that region."""
        targets = np.flatnonzero(rows.crossable & (rows.groups == np.arange(len(rows))))
        last_null = max((self._stages[unit] for unit in rows.null_units), default=-1)
        # no other unit vanishes on the facet: only the row's own changes
        alone = rows.alone[targets] & (self._stages[rows.units[targets]] >= last_null)
        alone &= ~np.isin(rows.units[targets], self._contests)
        others = np.full(len(targets), ABSENT)
        others[alone] = self._index.flipped(region, rows.units[targets[alone]])
        pattern = tuple(self._patterns[region].tolist())
        for k in np.flatnonzero(~alone).tolist():
            beyond = pattern_across(self._exact, self._inputs, pattern, rows, int(targets[k]))
            others[k] = self._index.find(beyond)
        return targets[others != ABSENT], others[others != ABSENT]

    def _between(
        self, rows: Halfspaces, inside: Array, targets: NDArray[np.intp], beyond: Array
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Return where segments from one point to others pass the hyperplanes, and where that proves a facet.

        Parameters
        ----------
        inside : numpy.ndarray, shape (d,)
        targets : numpy.ndarray of int, shape (k,)
        beyond : numpy.ndarray, shape (k, d)
        """
        with np.errstate(all="ignore"):
            here = rows.normals[targets] @ inside + rows.offsets[targets]
            there = (rows.normals[targets] * beyond).sum(axis=1) + rows.offsets[targets]
            local = inside + (here / (here - there))[:, None] * (beyond - inside)
            points, local, slack = self._floats.placed(local)
            return points, proves_facets(rows, targets, local, slack, self._space)

    def _facets(self, region: int, rows: Halfspaces, targets: NDArray[np.intp]) -> Iterator[ProvedFacet]:
        """Yield the facets among the targets, every other one being proved none."""
        if len(targets):
            witness = self._witness(region)
            require_inside(rows, witness)
            inside = nearest_floats(witness)
            found = (self._decider.decide(rows, row, witness, inside) for row in targets.tolist())
            yield from (facet for facet in found if facet is not None)

    def _witness(self, region: int) -> Point:
        return self.frame.inward(as_point(self._regions[region].witness))

    def _passage(self, region: int, rows: Halfspaces, facet: ProvedFacet) -> tuple[Array, Exact | None]:
        """Return a float point next to a facet, and an exact one on it where floats do not prove theirs."""
        witness = self._witness(region)
        points, sure = self._between(rows, nearest_floats(witness), np.array([facet.row]), facet.beyond[None, :])
        if sure[0]:
            return points[0], None
        form = rows.form(facet.row)
        here, there = form.at(witness), form.at(facet.exact)
        t = here / (here - there)
        local = [w + t * (b - w) for w, b in zip(witness, facet.exact, strict=True)]
        exact = self.frame.outward(local)
        return nearest_floats(exact), as_fractions(exact)


class _Decider(FacetFinder):
    """Asks about single rows: the rays of a whole region find few of the small facets that segments have missed."""

    def decide(self, rows: Halfspaces, row: int, witness: Point, inside: Array) -> ProvedFacet | None:
        """Return a row as a facet, or None where it is proved none."""
        return self._decided(rows, row, witness, inside)


def proves_facets(
    rows: Halfspaces, targets: NDArray[np.intp], local: Array, slack: Array, space: FloatDomain
) -> NDArray[np.bool_]:
    """Return for which targets the foot of a point on the hyperplane surely lies inside the facet and the domain.

    The foot is no further away than the point is from the hyperplane; if all other rows stay positive so far
    around the point, they are positive there.

    Parameters
    ----------
    rows : Halfspaces
    targets : numpy.ndarray of int, shape (k,)
        Each the first row of its hyperplane.
    local : numpy.ndarray, shape (k, d)
    slack : numpy.ndarray, shape (k,)
        How far the true points may be from these.
    space : FloatDomain
    """
    values, errors = rows.values(local)
    lengths = row_lengths(rows.normals)
    one = np.arange(len(targets))
    height = np.abs(values[one, targets]) + errors[one, targets]
    reach = (height / lengths[targets] + 2 * slack) * WIDER
    own = targets[:, None] == rows.groups
    clear = values - errors > reach[:, None] * lengths * WIDER
    return (own | clear).all(axis=1) & (reach * np.sqrt(local.shape[1]) < CLOSE) & space.inside(local)
