"""Vertices and volumes of bounded polytopes in rationals: exact for slivers and flat polytopes too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint

from exactregions.exact.double_description import ConeGenerators, cone_generators
from exactregions.exact.forms import Form
from exactregions.exact.numbers import Point


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

        A vertex is a ray of the cone over the polytope.
        """
        return cls.unbounded(dim, rows)[0]

    @classmethod
    def unbounded(cls, dim: int, rows: Sequence[Form]) -> tuple[ExactPolytope, ConeGenerators]:
        """Find the vertices of a set that need not be bounded, and the cone of the directions in which it has no end.

        With lines among these there are no vertices, but one point of each of the smallest faces.
        """
        height = (*[0] * dim, 1)
        cone = cone_generators([height, *((*map(int, row.a), int(row.b)) for row in rows)], dim + 1)
        ends = [(ray, tight >> 1) for ray, tight in zip(cone.rays, cone.tight, strict=True) if ray[-1]]
        points = tuple([flint.fmpq(v, ray[-1]) for v in ray[:-1]] for ray, _ in ends)
        level = [(ray[:-1], tight >> 1) for ray, tight in zip(cone.rays, cone.tight, strict=True) if not ray[-1]]
        rays, tights = tuple(ray for ray, _ in level), tuple(tight for _, tight in level)
        directions = ConeGenerators(rays, tuple(line[:-1] for line in cone.lines), tights)
        return cls(dim, points, tuple(tight for _, tight in ends), len(rows)), directions

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
