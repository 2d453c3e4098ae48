"""The set of all outputs on a closed domain, as a union of polytopes: the image of each region (mathematics, 8)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError, NotExactError, PropertyError
from exactregions.exact.bounding import bounded
from exactregions.exact.closures import RegionClosure
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.shapes import shape_of
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.quantities.extremes import maximize
from exactregions.regions import RegionSet
from exactregions.support.files import whole_file
from exactregions.support.tables import counted
from exactregions.support.vectors import exact_vector
from exactregions.unsafe import Halfspaces

__all__ = ["Piece", "ReachSet", "reach"]

Exact = tuple[Fraction, ...]
Corner = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Piece:
    """The image of the closure of one region.

    Attributes
    ----------
    pattern : numpy.ndarray of bool, shape (units,)
    matrix : tuple of tuple of Fraction, shape (outputs, inputs)
        Of the network there; of fixed inputs the columns are zero.
    constant : tuple of Fraction, length outputs
    """

    pattern: NDArray[np.bool_]
    matrix: tuple[Exact, ...]
    constant: Exact


class ReachSet:
    """All outputs of a network on a closed domain: the union of `pieces`, exactly.

    Attributes
    ----------
    regions : RegionSet
        Of the network, whose winner units count as the two-slope units that they are made of.
    """

    def __init__(self, regions: RegionSet) -> None:
        self.regions = regions
        self._asked = free_inputs(regions.network, regions.domain)
        self._exact = ExactNetwork(self._asked.network)

    def __len__(self) -> int:
        return len(self.regions)

    def __repr__(self) -> str:
        return f"<ReachSet: {counted(len(self), 'piece')} of {self.regions.network!r} in a {self.regions.domain.kind}>"

    @property
    def pieces(self) -> Iterator[Piece]:
        """The images of the regions, in their order; several may be one set, or overlap."""
        free, factor, d = self._asked.free, self._asked.factor, self.regions.network.inputs
        for number, region in enumerate(self.regions):
            rows, constants = [], []
            for coefficients, constant in self._closure(number).output_map():
                named = dict(zip(free, coefficients, strict=False))
                rows.append(tuple(named.get(i, Fraction(0)) / factor for i in range(d)))
                constants.append(constant / factor)
            yield Piece(region.pattern, tuple(rows), tuple(constants))

    def preimage(self, outputs: Sequence[Fraction | float]) -> Exact | None:
        """Return an input of the closed domain that has these outputs, exactly; None where there is none.

        Raises
        ------
        DomainError
            If there are not as many values as outputs, or one is not finite.
        """
        values, _ = exact_vector(outputs, "outputs")
        m = self.regions.network.outputs
        if len(values) != m:
            raise DomainError(f"{len(values)} outputs are given, and the network has {m}")
        units = [[Fraction(i == j) for j in range(m)] for i in range(m)]
        scaled = [self._asked.factor * v for v in values]
        point = Halfspaces([*units, *([-v for v in row] for row in units)], [*scaled, *(-v for v in scaled)])
        for number in range(len(self)):
            found = self._closure(number).point_in(point)
            if found is not None:
                return self._asked.point(found)
        return None

    def contains(self, outputs: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether some input of the closed domain has these outputs."""
        return self.preimage(outputs) is not None

    def greatest(self, direction: Sequence[Fraction | float]) -> tuple[Fraction, Exact]:
        """Return the largest value of direction . outputs, and an input that has it, both exact.

        Raises
        ------
        DomainError
            If the domain is a Euclidean ball, where it need not be rational, or has no end.
        NetworkError, PropertyError
            As `maximize`.
        """
        self._require_flat()
        found = maximize(self.regions.network, self.regions.domain, direction)
        if not found.complete or found.point is None:
            raise NotExactError(f"the largest value may not be found yet: {found!r}", self.regions)
        assert isinstance(found.value.lower, Fraction), "sides are flat, and there is an end"
        return found.value.lower, found.point

    def bounds(self) -> list[tuple[Fraction, Fraction]]:
        """Return the least and the greatest value of each output, exactly; errors as `greatest`."""
        m = self.regions.network.outputs
        axes = [[Fraction(s * (i == j)) for j in range(m)] for s in (-1, 1) for i in range(m)]
        found = [self.greatest(axis)[0] for axis in axes]
        return [(-low, up) for low, up in zip(found[:m], found[m:], strict=True)]

    def polygons(self, first: int = 0, second: int = 1) -> list[list[Corner]]:
        """Return the projection of each piece on two outputs: corners, counterclockwise, exact.

        A piece of lower dimension is two corners or one.

        Raises
        ------
        PropertyError
            If there are no such outputs.
        DomainError
            As `greatest`.
        """
        self._require_flat()
        m = self.regions.network.outputs
        if not (0 <= first < m and 0 <= second < m and first != second):
            raise PropertyError(f"outputs {first} and {second} are asked for; give two of 0 to {m - 1}")
        return [_Projection(self._closure(k), m, first, second, self._asked.factor).corners() for k in range(len(self))]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the pieces as arrays, correctly rounded.

        Returns
        -------
        dict of str to numpy.ndarray
            "patterns" (n, units) bool, "matrices" (n, outputs, inputs), "constants" (n, outputs).
        """
        pieces = list(self.pieces)
        network = self.regions.network
        matrices = [[[float(v) for v in row] for row in piece.matrix] for piece in pieces]
        return {
            "patterns": np.array([piece.pattern for piece in pieces], dtype=bool).reshape(-1, network.units),
            "matrices": np.array(matrices).reshape(-1, network.outputs, network.inputs),
            "constants": np.array([[float(v) for v in p.constant] for p in pieces]).reshape(-1, network.outputs),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `columns` to a .npz file."""
        columns: dict[str, Any] = self.columns()
        with whole_file(path) as stream:
            np.savez_compressed(stream, **columns)

    @cached_property
    def _inner(self) -> RegionSet:
        return self._asked.inward(self.regions)

    def _closure(self, number: int) -> RegionClosure:
        region = self._inner[number]
        return RegionClosure(self._exact, self._asked.domain, region.pattern.tolist(), region.witness)

    def _require_flat(self) -> None:
        shape = shape_of(self._asked.domain)
        if not shape.is_flat:
            raise DomainError(
                "suprema over a Euclidean ball need not be rational; take domain.as_box(), or norm 1 or inf"
            )
        if bounded(shape) is None:
            raise DomainError("the domain has no end, so outputs may have none; give a bounded one")


class _Projection:
    """The image of a region on two outputs, by where it is largest in directions of the plane."""

    def __init__(self, closure: RegionClosure, outputs: int, first: int, second: int, factor: Fraction) -> None:
        self._closure, self._outputs, self._places, self._factor = closure, outputs, (first, second), factor
        self._map = [closure.output_map()[place] for place in self._places]

    def corners(self) -> list[Corner]:
        """Return the corners, counterclockwise."""
        found = [self._farthest(*way) for way in ((1, 0), (0, 1), (-1, 0), (0, -1))]
        around: list[Corner] = []
        for p, q in zip(found, [*found[1:], found[0]], strict=True):
            around += [p, *self._beyond(p, q)]
        return _without_flat(list(dict.fromkeys(around)))

    def _farthest(self, x: Fraction | int, y: Fraction | int) -> Corner:
        row = [Fraction(0)] * self._outputs
        row[self._places[0]], row[self._places[1]] = Fraction(x), Fraction(y)
        found = self._closure.greatest(row)
        values = (sum(map(lambda a, b: a * b, form, found[1]), constant) for form, constant in self._map)
        u, v = (value / self._factor for value in values)
        return u, v

    def _beyond(self, p: Corner, q: Corner) -> list[Corner]:
        """Return the corners between two points of the boundary."""
        normal = q[1] - p[1], p[0] - q[0]
        if not any(normal):
            return []
        r = self._farthest(*normal)
        if _dot(normal, r) <= _dot(normal, p):
            return []
        return [*self._beyond(p, r), r, *self._beyond(r, q)]


def _dot(a: Corner, b: Corner) -> Fraction:
    return a[0] * b[0] + a[1] * b[1]


def _without_flat(corners: list[Corner]) -> list[Corner]:
    """Leave out the points between two others on a line."""
    if len(corners) < 3:
        return corners
    kept = []
    for p, q, r in zip([corners[-1], *corners[:-1]], corners, [*corners[1:], corners[0]], strict=True):
        turn = (q[0] - p[0]) * (r[1] - q[1]) - (q[1] - p[1]) * (r[0] - q[0])
        back = (q[0] - p[0]) * (r[0] - q[0]) + (q[1] - p[1]) * (r[1] - q[1]) < 0
        if turn or back:
            kept.append(q)
    return kept


def reach(network: Network, domain: Domain, **options: Any) -> ReachSet:
    """Return the set of all outputs on a closed domain, as the images of its regions.

    Closed regions cover the closed domain, and the network is continuous, so nothing lower-dimensional is missing.

    Parameters
    ----------
    network : Network
    domain : Domain
        Its closure is meant.
    **options
        engine, time_limit, workers and progress of `enumerate_regions`.

    Raises
    ------
    NotExactError
        If the search was cut short: a union that may lack pieces says nothing of what is not reached.

    Examples
    --------
    >>> from exactregions import Box
    >>> network = Network.from_layers([[[1.0], [-1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    >>> reach(network, Box([-1], [2])).bounds()
    [(Fraction(0, 1), Fraction(2, 1))]
    """
    regions = enumerate_regions(replace(network, winners=()), domain, **options)
    if not regions.exact:
        raise NotExactError(f"the reachable set may lack pieces: {regions!r}", regions)
    return ReachSet(regions)
