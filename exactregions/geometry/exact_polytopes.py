"""Vertices and volumes of bounded polytopes in rationals: exact for slivers and flat polytopes too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint

from exactregions.exact.forms import Form
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import Point

__all__ = ["ExactPolytope"]

Vertex = tuple[Point, int]  # with the rows that are zero there, one bit a row
ZERO = flint.fmpq(0)
FIRST_BITS = 16  # of the size of the first simplex; every next one has twice as many


@dataclass(frozen=True, slots=True)
class ExactPolytope:
    """A bounded polytope by its vertices, and which rows are zero at each.

    Attributes
    ----------
    dim : int
        Of the space.
    vertices : tuple of list of fmpq
        Empty for an empty polytope.
    tight : tuple of int
        One bit a row: bit k is set where row k is zero at the vertex.
    rows : int
        Their number.
    """

    dim: int
    vertices: tuple[Point, ...]
    tight: tuple[int, ...]
    rows: int

    @classmethod
    def of(cls, dim: int, rows: Sequence[Form]) -> ExactPolytope:
        """Find the vertices of { x : f(x) >= 0 for all rows }, which must be bounded; it may be flat or empty.

        The double description method (Motzkin, Raiffa, Thompson, Thrall 1953): the rows cut a simplex one after
        the other. While a vertex lies on the boundary of the simplex, the simplex was too small.
        """
        center = _point_of(dim, rows)
        if center is None:
            return cls(dim, (), (), len(rows))
        bits, outer = FIRST_BITS, (1 << (dim + 1)) - 1
        while True:
            found = _simplex(center, flint.fmpz(1) << bits)
            for number, row in enumerate(rows):
                found = _cut(found, row, dim + 1 + number, dim)
            if not any(tight & outer for _, tight in found):
                points, masks = tuple(p for p, _ in found), tuple(tight >> (dim + 1) for _, tight in found)
                return cls(dim, points, masks, len(rows))
            bits *= 2

    def boundary(self) -> list[tuple[int, ...]]:
        """Return simplices of dimension dim - 1 that make up the boundary, by their corners' places in `vertices`.

        Each face is split from its first vertex, over its own facets that do not hold it; so the simplices of two
        faces agree where these meet. None for a flat polytope.
        """
        n = len(self.vertices)
        every = (1 << n) - 1
        if n <= self.dim or self._rank() < self.dim:
            return []
        rows = [sum(1 << v for v in range(n) if self.tight[v] >> row & 1) for row in range(self.rows)]
        known: dict[int, list[tuple[int, ...]]] = {}
        return [piece for facet in _facets(every, rows) for piece in _pulled(facet, rows, known)]

    def _rank(self) -> int:
        """Return the dimension of the affine hull."""
        base, *others = self.vertices
        entries = [x - b for other in others for x, b in zip(other, base, strict=True)]
        return flint.fmpq_mat(len(others), self.dim, entries).rref()[1]


def _facets(face: int, rows: Sequence[int]) -> list[int]:
    """Return the facets of a face: the largest of its parts on rows. Faces are sets of vertices, one bit each."""
    parts = {face & row for row in rows} - {face, 0}
    return [part for part in parts if not any(part & other == part and part != other for other in parts)]


def _pulled(face: int, rows: Sequence[int], known: dict[int, list[tuple[int, ...]]]) -> list[tuple[int, ...]]:
    """Split a face into simplices."""
    if face not in known:
        first = face & -face
        others = (facet for facet in _facets(face, rows) if not facet & first)
        pieces = [(first.bit_length() - 1, *piece) for facet in others for piece in _pulled(facet, rows, known)]
        known[face] = pieces or [(first.bit_length() - 1,)]
    return known[face]


def _point_of(dim: int, rows: Sequence[Form]) -> Point | None:
    nearest: NearestPoint | None = NearestPoint([ZERO] * dim)
    for row in rows:
        nearest = nearest.with_row(row)
        if nearest is None:
            return None
    return nearest.point


def _simplex(center: Point, size: flint.fmpz) -> list[Vertex]:
    """Return a simplex that holds all points closer to its centre than its size, in every coordinate."""
    d = len(center)
    every = (1 << (d + 1)) - 1
    corner = [c - size for c in center]
    # beside it, each corner is off one of the coordinate planes, and all but the first lie on the slanted one
    spread = [[v + (2 * d * size if i == j else 0) for i, v in enumerate(corner)] for j in range(d)]
    return [(corner, every ^ (1 << d)), *((point, every ^ (1 << j)) for j, point in enumerate(spread))]


def _cut(vertices: list[Vertex], row: Form, bit: int, dim: int) -> list[Vertex]:
    """Return the vertices after one more row."""
    values = [row.at(point) for point, _ in vertices]
    kept = [
        (point, tight | (1 << bit) if value == 0 else tight)
        for (point, tight), value in zip(vertices, values, strict=True)
        if value >= 0
    ]
    inside = [k for k, value in enumerate(values) if value > 0]
    outside = [k for k, value in enumerate(values) if value < 0]
    for p in inside:
        for n in outside:
            common = vertices[p][1] & vertices[n][1]
            if common.bit_count() >= dim - 1 and _is_edge(vertices, p, n, common):
                t = values[p] / (values[p] - values[n])
                point = [x + t * (y - x) for x, y in zip(vertices[p][0], vertices[n][0], strict=True)]
                kept.append((point, common | (1 << bit)))
    return kept


def _is_edge(vertices: list[Vertex], first: int, second: int, common: int) -> bool:
    """Whether no third vertex lies on all rows that two vertices have in common."""
    return not any(tight & common == common for k, (_, tight) in enumerate(vertices) if k != first and k != second)
