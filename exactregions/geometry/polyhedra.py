"""Regions as polyhedra: boundedness, vertices and rays, in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain, require_fit
from exactregions.errors import DomainError
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import as_fractions
from exactregions.exact.shapes import Shape, shape_of
from exactregions.exact.walk import signed_rows
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.exact_polytopes import ExactPolytope
from exactregions.geometry.patterns import require_regions
from exactregions.regions import RegionSet

LARGEST_DIMENSION = 6  # pieces of polytopes grow with a power of their rows that is half the dimension


def bounded(regions: RegionSet) -> NDArray[np.bool_]:
    """Return which regions are bounded as polyhedra, the domain left out, shape (n,); exact.

    Raises
    ------
    EngineError
        If the set keeps no regions.
    """
    require_regions(regions, "boundedness", partial=True)
    asked = free_inputs(regions.network, regions.domain)
    if not asked.free:
        return np.ones(len(regions), dtype=bool)
    exact = ExactNetwork(asked.network)
    rows = (signed_rows(exact, pattern) for pattern in regions.pattern_array().tolist())
    return np.array([is_bounded(asked.network.inputs, r) for r in rows], dtype=bool)


def is_bounded(dim: int, rows: Sequence[Form]) -> bool:
    """Decide whether { x : f(x) >= 0 for all rows }, which must not be empty, is bounded.

    It is unbounded when a direction v other than zero has a.v >= 0 for all normals a. If the normals span the
    space, the sum of all a.v is then positive, and v can be scaled to make it 1.
    """
    if len(rows) <= dim or _rank(rows) < dim:
        return False
    nothing = [flint.fmpq(0)] * dim
    total = tuple(sum(column, flint.fmpz(0)) for column in zip(*(row.a for row in rows), strict=True))
    cone: NearestPoint | None = NearestPoint(nothing)
    for form in (*(Form(row.a, flint.fmpz(0)) for row in rows), Form(total, flint.fmpz(-1))):
        cone = cone.with_row(form)
        if cone is None:
            return True
    return False


def _rank(rows: Sequence[Form]) -> int:
    return flint.fmpz_mat([list(row.a) for row in rows]).rank()


@dataclass(frozen=True, slots=True)
class Generators:
    """A polyhedron by what it is made of: each point is a mean of vertices, plus rays, plus multiples of lines.

    Attributes
    ----------
    vertices : tuple of tuple of Fraction
        Where there are lines, one point of each of the smallest faces; empty for an empty polyhedron.
    rays : tuple of tuple of int
        Directions in which it has no end.
    lines : tuple of tuple of int
        Directions in which it has no end on either side, linearly independent.
    """

    vertices: tuple[tuple[Fraction, ...], ...]
    rays: tuple[tuple[int, ...], ...]
    lines: tuple[tuple[int, ...], ...]

    @property
    def bounded(self) -> bool:
        """Whether there are neither rays nor lines."""
        return not self.rays and not self.lines


def generators(regions: RegionSet, index: int, within: Domain | None = None) -> Generators:
    """Return the exact vertices, rays and lines of the closure of a region within a domain with flat sides.

    Parameters
    ----------
    regions : RegionSet
    index : int
        Of the region.
    within : Domain, optional
        The domain of the search by default. The vertices of a region in a Euclidean ball are not the corners of
        a polytope: give a box instead, as `domain.as_box()`.

    Raises
    ------
    DomainError
        If the domain has no flat sides, or fixes other inputs.
    ConeError
        If there are more than 100,000 vertices and rays: a cube has 2^d.
    EngineError
        If the set keeps no regions.

    Examples
    --------
    >>> from exactregions import Network, WholeSpace, enumerate_regions
    >>> network = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[-0.5], [0.0]])
    >>> regions = enumerate_regions(network, WholeSpace(2))
    >>> sorted(generators(regions, k).rays for k in range(2))
    [((-1, 0),), ((1, 0),)]
    """
    require_regions(regions, "the vertices of a region", partial=True)
    domain, inputs = regions.domain if within is None else within, regions.network.inputs
    require_fit(domain, inputs, regions.network.input_shape)
    if domain.fixed_inputs != regions.domain.fixed_inputs:
        raise DomainError("the domain fixes other inputs, or others values, than that of the search; fix the same ones")
    asked = free_inputs(regions.network, domain)
    # the domain first: its corners have few digits, and what lies outside is gone
    rows = [*domain_rows(asked.domain), *signed_rows(ExactNetwork(asked.network), regions[index].pattern.tolist())]
    polytope, cone = ExactPolytope.unbounded(asked.network.inputs, rows)
    points = tuple(dict.fromkeys(asked.point(as_fractions(point)) for point in polytope.vertices))
    if not points:
        return Generators((), (), ())
    return Generators(points, *(tuple(map(asked.direction, found)) for found in (cone.rays, cone.lines)))


def vertices(regions: RegionSet, index: int, within: Domain | None = None) -> list[tuple[Fraction, ...]]:
    """Return the exact vertices of the closure of a region within a domain with flat sides.

    Parameters
    ----------
    regions, index, within
        As for `generators`.

    Returns
    -------
    list of tuple of Fraction
        In no particular order; empty where the region does not reach the domain.

    Raises
    ------
    DomainError
        If the region is unbounded in the domain, or as `generators`.
    ConeError, EngineError
        As `generators`.

    Examples
    --------
    >>> from exactregions import Box, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0]], [[1.0]]], [[-0.5], [0.0]])
    >>> regions = enumerate_regions(network, Box([0.0], [1.0]))
    >>> sorted(float(x) for x, in vertices(regions, 0)) in ([0.0, 0.5], [0.5, 1.0])
    True
    """
    found = generators(regions, index, within)
    if not found.bounded:
        raise DomainError(f"region {index} is unbounded in this domain; give within=Box(..), or ask for its generators")
    return list(found.vertices)


def require_small_dimension(dim: int, what: str) -> None:
    """Raise DomainError where polytopes have too many pieces to list."""
    if dim > LARGEST_DIMENSION:
        raise DomainError(f"{what} are computed in up to {LARGEST_DIMENSION} dimensions; there are {dim} free inputs")


def domain_rows(domain: Domain | Shape) -> list[Form]:
    """Return a domain with flat sides as { x : f(x) > 0 for all rows }.

    Raises
    ------
    DomainError
        If the domain is a Euclidean ball.
    """
    return [row.form for row in shape_of(domain).sides()]
