"""Which halfspaces of a region are facets that meet the domain, each answer proved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.cell_at_witness import cell_about
from exactregions.exact.numbers import Point, as_point, nearest_floats
from exactregions.exact.shapes import Shape
from exactregions.facets.float_domains import FloatDomain
from exactregions.facets.halfspaces import Halfspaces
from exactregions.facets.oracles import Oracle
from exactregions.facets.proofs import ProofMemory, lies_beyond, proves_redundant
from exactregions.facets.rays import hits
from exactregions.solvers.contract import Unknown

Array = NDArray[np.float64]

ROUNDS = 2  # of rays; the second starts far from all boundaries and finds most of what the first has missed


@dataclass(frozen=True, slots=True, eq=False)
class ProvedFacet:
    """A facet, proved by a point beyond its hyperplane that lies in the domain and inside all other rows.

    Between this point and a point inside the region runs a segment that leaves the region through the facet.

    Attributes
    ----------
    row : int
    beyond : numpy.ndarray, shape (d,)
    exact : list of fmpq
        The point itself; `beyond` may be its rounding.
    """

    row: int
    beyond: Array
    exact: Point


class FacetFinder:
    """Finds the facets of one region after another.

    Parameters
    ----------
    oracle, space, domain
        The domain three times: to propose, to prove in floats, and exact; all in local coordinates. The
        inequalities of a polytope are rows, and what is left of the domain is a box or the whole space.
    labels : int
        How many units and inequalities of the domain there are.
    """

    def __init__(self, oracle: Oracle, space: FloatDomain, domain: Shape, labels: int) -> None:
        self._oracle, self._space, self._domain = oracle, space, domain
        self._memory = ProofMemory(labels)

    def facets(
        self, rows: Halfspaces, witness: Point, inside: Array, wanted: NDArray[np.bool_]
    ) -> Iterator[ProvedFacet | None]:
        """Yield the facets among the wanted rows, and None after each decision that found none.

        Parameters
        ----------
        rows : Halfspaces
        witness : list of fmpq
            A point strictly inside the region and the domain.
        inside : numpy.ndarray, shape (d,)
            The witness as floats.
        wanted : numpy.ndarray of bool, shape (m,)
            At most one row of each hyperplane.
        """
        left = wanted.copy()
        targets = np.flatnonzero(left)
        left[targets] = ~proves_redundant(rows, targets, np.zeros((len(targets), len(rows))), self._space)
        shot, middle = self._shot(rows, inside, left)
        for facet in shot:
            left[facet.row] = False
            yield facet
        left &= ~self._memory.redundant(rows, left, self._space)
        for row in np.flatnonzero(left).tolist():
            yield self._decided(rows, row, witness, middle)

    def _shot(self, rows: Halfspaces, inside: Array, wanted: NDArray[np.bool_]) -> tuple[list[ProvedFacet], Array]:
        """Return the facets hit by rays, from the witness and then from the middle of those hit; and that."""
        origin, left, found = inside, wanted.copy(), []
        for _ in range(ROUNDS):
            if not left.any():
                break
            targets, points, ends = hits(rows, origin, self._space)
            sure = lies_beyond(rows, targets, ends, self._space)
            for k in np.flatnonzero(sure & left[targets]).tolist():
                row = int(targets[k])
                if left[row]:
                    left[row] = False
                    found.append(ProvedFacet(row, ends[k], as_point(ends[k].tolist())))
            if sure.any():
                origin = points[sure][np.unique(targets[sure], return_index=True)[1]].mean(axis=0)
        return found, origin

    def _decided(self, rows: Halfspaces, row: int, witness: Point, middle: Array) -> ProvedFacet | None:
        """Decide one row: by the oracle's proposal where floats prove it, else in rationals."""
        proposal = self._oracle.ask(rows, row)
        if isinstance(proposal, Unknown):
            return self._decided_exactly(rows, row, witness)
        target = np.array([row])
        if proposal.value < 0:
            point = _drawn_in(rows, row, middle, proposal.point)
            if lies_beyond(rows, target, point[None, :], self._space)[0]:
                return ProvedFacet(row, point, as_point(point.tolist()))
        proved = proves_redundant(rows, target, proposal.multipliers[None, :], self._space)[0]
        if proved or self._oracle.proves(rows, row):
            self._memory.keep(rows, row, proposal.multipliers)
            return None
        return self._decided_exactly(rows, row, witness)

    def _decided_exactly(self, rows: Halfspaces, row: int, witness: Point) -> ProvedFacet | None:
        """Look for a part of the domain beyond the row and inside the others, in rationals."""
        own = rows.groups[row]
        others = [form for form, label in zip(rows.forms(), rows.groups, strict=True) if label != own]
        part = cell_about(self._domain, others, witness).part(rows.form(row).negated())
        return None if part is None else ProvedFacet(row, nearest_floats(part.witness), part.witness)


def _drawn_in(rows: Halfspaces, row: int, middle: Array, point: Array) -> Array:
    """Return a point halfway between one beyond a row and the place where the way to it leaves the region.

    A solver's point lies on the boundary of other rows; this one is off them.
    """
    at_point = float(rows.normals[row] @ point + rows.offsets[row])
    at_middle = max(float(rows.normals[row] @ middle + rows.offsets[row]), 0.0)
    leaving = at_middle / (at_middle - at_point) if at_point < 0 else 0.0
    return middle + (1 + leaving) / 2 * (point - middle)
