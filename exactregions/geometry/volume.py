"""Volumes of regions within their domain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.errors import DomainError, EngineError
from exactregions.exact.cells import root_cell
from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.floats import nearest_float, rounded_up
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point, nearest_floats
from exactregions.exact.shapes import shape_of
from exactregions.exact.shapes.rounded import center_floats
from exactregions.exact.walk import stage_forms
from exactregions.facets.float_domains import FloatDomain, float_domain
from exactregions.facets.halfspaces import Halfspaces, region_halfspaces
from exactregions.facets.rays import middle
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.ball_parts import part_in_ball, part_in_disc
from exactregions.geometry.cones import Cones, exact_cones, qhull_cones
from exactregions.geometry.patterns import require_inside, require_regions
from exactregions.geometry.plane import exact_cells
from exactregions.geometry.polyhedra import domain_rows, is_bounded, require_small_dimension
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.tables import counted

Array = NDArray[np.float64]

ACCURACY = 1e-6  # relative: where Qhull is not surely so close, the polytope is taken apart in rationals
# standard errors that the error of a sum is given by: Student's t with 15 degrees of freedom, for one region is
# measured by 16 replicates, exceeds it once in 10,000 sums; of a normal sum four would do
SIGMAS = 5.25


@dataclass(frozen=True, slots=True, eq=False)
class Volumes:
    """Volumes of the regions of a set, each within the domain.

    Attributes
    ----------
    values : numpy.ndarray, shape (n,)
        inf for an unbounded region.
    errors : numpy.ndarray, shape (n,)
        Bounds of the errors by rounding.
    standard_errors : numpy.ndarray, shape (n,)
        Of the parts that are sampled, to be counted on top; zero where nothing is.
    method : str
    """

    values: Array
    errors: Array
    standard_errors: Array
    method: str

    def __post_init__(self) -> None:
        for column in (self.values, self.errors, self.standard_errors):
            column.setflags(write=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def total(self) -> float:
        """The sum of all."""
        return math.fsum(self.values)

    @property
    def total_error(self) -> float:
        """How far the sum may be off: all bounds, and standard errors of the sum that one in 10,000 exceeds."""
        return math.fsum(self.errors) + SIGMAS * math.hypot(*self.standard_errors.tolist())

    def __repr__(self) -> str:
        return (
            f"<Volumes: {counted(len(self))}, together {self.total:.10g} +- {self.total_error:.1g}, by {self.method}>"
        )


def volumes(regions: RegionSet, *, rays: int = 4096, seed: int = 0) -> Volumes:
    """Return the volume of each region within the domain, in up to 6 dimensions; inputs that are fixed have none.

    In planes, in domains with flat sides, the area of each polygon is rational, and rounded once. In more dimensions
    Qhull gives the vertices of each region, and what they leave uncertain is bounded
    (`qhull_cones`); where that is not close, as in slivers, and in one dimension, the polytope is taken apart in
    rationals. In discs the sides are cut by the circle in closed form. In Euclidean balls of more dimensions the
    polytope within the surrounding cube is made of cones, and those that the sphere cuts are sampled by
    quasi Monte Carlo (`part_in_ball`): only there is the error a standard error.

    Parameters
    ----------
    regions : RegionSet
        With its regions stored; of an unfinished set, those it holds.
    rays : int
        Samples of each region that the sphere cuts; their number is rounded up to a power of two, at least 16.
    seed : int
        Of the samples: equal seeds give equal volumes.

    Returns
    -------
    Volumes

    Raises
    ------
    DomainError
        If there are more than 6 dimensions, or the volume of the domain is beyond the range of floats.
    EngineError
        If the set keeps no regions, or `rays` is not positive.

    Examples
    --------
    >>> from exactregions import Box, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0]], [[1.0]]], [[-0.25], [0.0]])
    >>> sorted(volumes(enumerate_regions(network, Box([0.0], [1.0]))).values.tolist())
    [0.25, 0.75]
    """
    require_regions(regions, "volumes", partial=True)
    regions = free_inputs(regions.network, regions.domain).inward(regions)
    require_small_dimension(regions.network.inputs, "volumes")
    if rays < 1:
        raise EngineError(f"rays is {rays}; give a positive number of samples a region")
    measure = _Measure(regions.network, regions.domain, rays, seed)
    if measure.is_flat_plane:
        return _areas(regions)
    rows = [measure.volume(regions, row) for row in range(len(regions))]
    values, errors, spreads = np.array(rows, dtype=np.float64).reshape(-1, 3).T * measure.unit
    return Volumes(values, np.where(np.isfinite(values), errors, 0.0), spreads, measure.method)


def _areas(regions: RegionSet) -> Volumes:
    exact = [as_fractions([cell.polygon.area])[0] for cell in exact_cells(regions)]
    values = np.array([nearest_float(area) for area in exact], dtype=np.float64)
    errors = [rounded_up(abs(Fraction(f) - area)) for f, area in zip(values.tolist(), exact, strict=True)]
    return Volumes(values, np.array(errors, dtype=np.float64), np.zeros(len(values)), "exact polygons")


class _Measure:
    """Measures regions of one network in one domain, in local coordinates.

    Attributes
    ----------
    unit : float
        The volume of the unit cube of local coordinates.
    method : str
    """

    def __init__(self, network: Network, domain: Domain, rays: int, seed: int) -> None:
        self._frame = LocalCoordinates.around(domain)
        self._rays, self._seed = rays, seed
        local = self._frame.localised(domain)
        d = domain.dim
        self._ball = local if not local.is_flat and d > 1 else None
        self._own = domain_rows(local if local.is_flat else local.box())
        self._space: FloatDomain = float_domain(local)
        self._exact, self._inputs = ExactNetwork(network), self._frame.inputs()
        self._bounded = is_bounded(d, self._own)
        self.unit = nearest_float(math.prod(as_fractions(self._frame.scale), start=Fraction(1)))
        if self._bounded:
            self._require_range(domain)
        self.method = "intervals" if d == 1 else "Qhull"
        if self._ball is not None:
            self.method += " and circular arcs" if d == 2 else " and quasi Monte Carlo across the sphere"

    @property
    def is_flat_plane(self) -> bool:
        """Whether regions are polygons that all have an end."""
        return len(self._frame.scale) == 2 and self._ball is None and self._bounded

    def _require_range(self, domain: Domain) -> None:
        size = domain_volume(domain)
        if not (self.unit > 0 and 0 < size < math.inf):
            raise DomainError(f"the volume of the domain is {size} in floats; rescale the problem")

    def volume(self, regions: RegionSet, row: int) -> tuple[float, float, float]:
        """Return the volume of a region, a bound of its error, and a standard error."""
        region = regions[row]
        pattern = region.pattern.tolist()
        stages = stage_forms(self._exact, pattern, self._inputs)
        halfspaces = region_halfspaces(self._exact, pattern, stages, self._own)
        if not (self._bounded or is_bounded(len(region.witness), halfspaces.forms())):
            return math.inf, 0.0, 0.0
        cones = self._cones(halfspaces, region.witness)
        if self._ball is None:
            return float(cones.volumes.sum()), cones.error, 0.0
        # in units near the radius: squares must not overflow
        d, radius = len(region.witness), float(self._ball.radius or 0)
        unit = math.ldexp(1.0, math.frexp(radius)[1] - 1)
        cones, center, radius = cones.shrunk(unit), center_floats(self._ball) / unit, radius / unit
        if d == 2:
            area, error = part_in_disc(cones, center, radius)
            return area * unit**d, error * unit**d, 0.0
        part, error, spread = part_in_ball(cones, center, radius, self._rays, (self._seed, row))
        return part * unit**d, error * unit**d, spread * unit**d

    def _cones(self, rows: Halfspaces, witness: tuple[Fraction, ...]) -> Cones:
        local = self._frame.inward(as_point(witness))
        inside = nearest_floats(local)
        if len(inside) > 1:
            cones = qhull_cones(rows, middle(rows, inside, self._space))
            if cones is not None and cones.error <= ACCURACY * cones.volumes.sum():
                return cones
        require_inside(rows, local)
        return exact_cones(rows.forms(), local)


def domain_volume(domain: Domain) -> float:
    """Return the volume of a domain, correct to a few units of the last digit; inf for an unbounded one.

    Where inputs are fixed it is that in the space of the others: an area where two are free, 1 for a point.

    Raises
    ------
    DomainError
        For polytopes in more than 6 dimensions.
    """
    domain = domain.free_part()
    shape = shape_of(domain)
    if not shape.rows:
        size = shape.volume()
        return math.inf if size is None else nearest_float(size)
    require_small_dimension(shape.dim, "volumes")
    rows = domain_rows(shape)
    if not is_bounded(shape.dim, rows):
        return math.inf
    return float(exact_cones(rows, root_cell(shape).witness).volumes.sum())
