"""The regions of two inputs as cells of the plane: polygons with exact corners, and arcs where a disc ends them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.errors import DomainError, EngineError
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import shape_of
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.disc_cells import Disc, PlaneCell
from exactregions.geometry.float_polygons import FEW, FloatPolygons, float_polygons
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.plane_cutting import Cutter, ExactCell
from exactregions.geometry.polygons import Polygon, line_of
from exactregions.geometry.polyhedra import domain_rows
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.stopping import heard
from exactregions.support.tables import exact_text

Exact = tuple[Fraction, ...]

FAR = Fraction(1, 10**6)  # a domain smaller than this part of its distance from the origin is drawn about its centre
RANGE = (1e-100, 1e100)  # of sizes: squares and their sums stay floats


@dataclass(frozen=True, slots=True)
class Placement:
    """How exact polygons become cells in floats: the origin of the drawing, and the disc that ends them.

    Attributes
    ----------
    x, y : Fraction
        The origin; zero unless floats would not resolve the domain.
    center, size : numpy.ndarray, shape (2,), and float
        Of the domain as drawn.
    disc : Disc, optional
    """

    x: Fraction
    y: Fraction
    center: NDArray[np.float64]
    size: float
    disc: Disc | None

    @classmethod
    def of(cls, domain: Domain) -> Placement:
        """Return the placement of a bounded domain of the plane."""
        (x, y), middle, width = drawing_origin(domain)
        center = np.array([float(middle[0] - x), float(middle[1] - y)])
        shape = shape_of(domain)
        radius = None if shape.is_flat else shape.radius
        disc = None if radius is None else Disc(shape.center[0], shape.center[1], radius)
        return cls(x, y, center, float(width), disc)

    @property
    def origin(self) -> tuple[Fraction, Fraction]:
        """The origin of the drawing."""
        return self.x, self.y

    def float_cells(self, polygons: FloatPolygons) -> dict[int, PlaneCell]:
        """Return cells by the numbers of their regions, of a domain with flat sides."""
        seen = [nearest_float(Fraction(c) - o) for c, o in zip(polygons.center.tolist(), self.origin, strict=True)]
        return {
            region: PlaneCell(region, np.array(seen) + polygons.scale * corners, np.zeros(len(corners)), self.center)
            for region, corners in polygons.corners.items()
        }

    def cell(self, region: int, polygon: Polygon) -> PlaneCell | None:
        """Return the part of a polygon in the domain; None where that has no interior."""
        if self.disc is None:
            corners = polygon.floats(self.x, self.y)
            return PlaneCell(region, corners, np.zeros(len(corners)), self.center)
        return self.disc.cell(region, polygon, self.x, self.y)


def drawing_origin(domain: Domain) -> tuple[Exact, Exact, Fraction]:
    """Return the point about which a bounded domain is drawn, its middle, and its size.

    The first is zero unless floats would not resolve the domain.

    Raises
    ------
    DomainError
        If the domain is unbounded, or its size beyond what floats draw.
    """
    lower, upper = _bounds(domain)
    middle = tuple((lo + up) / 2 for lo, up in zip(lower, upper, strict=True))
    width = max(up - lo for lo, up in zip(lower, upper, strict=True))
    if not RANGE[0] < width < RANGE[1]:
        raise DomainError(f"the size of the domain is {exact_text(width)}; rescale the problem to draw it")
    far = width < FAR * max(abs(m) for m in middle)
    return middle if far else (Fraction(0),) * len(middle), middle, width


def as_drawn(points: Iterable[Exact], origin: Exact) -> NDArray[np.float64]:
    """Return points as seen from the origin of a drawing, rounded once, shape (n, d)."""
    seen = [[nearest_float(v - o) for v, o in zip(point, origin, strict=True)] for point in points]
    return np.array(seen, dtype=np.float64).reshape(-1, len(origin))


def plane_cells(regions: RegionSet) -> list[PlaneCell]:
    """Return the regions of a network with two inputs as cells of the plane, in the order of the set.

    Where inputs are fixed the other two count.

    Corners are computed in integers and rounded once. Those of large sets are computed in floats where these are proved
    to be as near to the exact corners as 1e-11 of the size of the domain. Where a circle ends a cell, its arcs are
    found by exact decisions and only their ends are rounded.

    Parameters
    ----------
    regions : RegionSet
        With its regions stored; of an unfinished set, those it holds.

    Returns
    -------
    list of PlaneCell
        One for each region.

    Raises
    ------
    DomainError
        If the network has not two inputs, or the domain is unbounded.
    EngineError
        If the set keeps no regions, or holds one that is none.

    Examples
    --------
    >>> from exactregions import Box, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0, 1.0]], [[1.0]]], [[-1.0], [0.0]])
    >>> regions = enumerate_regions(network, Box([0.0, 0.0], [1.0, 1.0]))
    >>> [cell.area for cell in plane_cells(regions)]
    [0.5, 0.5]
    """
    regions = free_inputs(regions.network, regions.domain).inward(regions)
    placement = Placement.of(require_plane(regions))
    polygons = float_polygons(regions, placement.size) if len(regions) >= FEW and placement.disc is None else None
    found = {} if polygons is None else placement.float_cells(polygons)
    missing = np.ones(len(regions), dtype=bool)
    missing[list(found)] = False
    for exact in exact_cells(regions, missing):
        cell = placement.cell(exact.region, exact.polygon)
        if cell is None:
            raise EngineError("the region set holds a region that does not meet its domain: it is damaged")
        found[exact.region] = cell
    return [found[region] for region in range(len(regions))]


def require_plane(regions: RegionSet) -> Domain:
    """Return the domain of regions that can be drawn in the plane; see `plane_cells` for what is raised."""
    require_regions(regions, "a drawing", partial=True)
    check_plane(regions.network, regions.domain)
    return regions.domain


def check_plane(network: Network, domain: Domain) -> None:
    """Refuse a question whose answer is not drawn in the plane.

    Raises
    ------
    DomainError
        If the network has not two inputs, or the domain is unbounded.
    """
    inputs = network.inputs
    if inputs != 2:
        raise DomainError(
            f"the network has {inputs} input(s), and cells are drawn in a plane; make a network of two inputs by "
            "network.restrict(origin, directions) or network.through(three_points) and search again"
        )
    _bounds(domain)


def domain_cell(domain: Domain) -> PlaneCell:
    """Return a bounded domain of the plane as a cell, with the region number -1."""
    cell = Placement.of(domain).cell(-1, _root(domain))
    assert cell is not None
    return cell


def exact_cells(regions: RegionSet, wanted: NDArray[np.bool_] | None = None) -> list[ExactCell]:
    """Return the regions, or those for which `wanted` is set, as exact polygons; see `plane_cells`."""
    root = _root(require_plane(regions))
    if wanted is not None and not wanted.any():
        return []
    return sorted(heard(Cutter(regions).cells(root, wanted)), key=lambda cell: cell.region)


def _root(domain: Domain) -> Polygon:
    shape, (lower, upper) = shape_of(domain), _bounds(domain)
    margin = max(up - lo for lo, up in zip(lower, upper, strict=True))
    # around a disc, so wide a square that the circle touches it nowhere
    polygon = Polygon.box([v - margin for v in lower], [v + margin for v in upper])
    for row in domain_rows(shape) if shape.is_flat else []:
        part = polygon.clipped(line_of(row))
        if part is None:
            raise DomainError("the domain is empty")
        polygon = part
    return polygon


def _bounds(domain: Domain) -> tuple[list[Fraction], list[Fraction]]:
    """Return the corners of a box around a domain, exactly."""
    from exactregions.exact.bounding import tightened

    shape = tightened(domain)
    if shape is None:
        raise DomainError("the domain is unbounded, and a drawing needs an end; search again in a Ball or a Box")
    lower, upper = ([v for v in ends if v is not None] for ends in (shape.lower, shape.upper))
    return lower, upper
