"""The regions of two inputs as cells of the plane: polygons with exact corners, and arcs where a disc ends them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.errors import DomainError, EngineError
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork, Forms, Inputs
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import signed_rows
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.disc_cells import Disc, PlaneCell
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.polygons import Line, Polygon, line_of
from exactregions.geometry.polyhedra import domain_rows
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.tables import exact_text

__all__ = [
    "ExactCell",
    "Placement",
    "as_drawn",
    "check_plane",
    "domain_cell",
    "drawing_origin",
    "exact_cells",
    "plane_cells",
    "require_plane",
]

Members = NDArray[np.intp]
Exact = tuple[Fraction, ...]

FAR = Fraction(1, 10**6)  # a domain smaller than this part of its distance from the origin is drawn about its centre
RANGE = (1e-100, 1e100)  # of sizes: squares and their sums stay floats


@dataclass(frozen=True, slots=True)
class ExactCell:
    """A region of the plane within a domain with flat sides, or within a square around a disc.

    Attributes
    ----------
    region : int
        Its number in the set.
    polygon : Polygon
    passed : Forms or Inputs
        The values that the last stage hands to the output there.
    """

    region: int
    polygon: Polygon
    passed: Forms | Inputs


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

    Corners are computed in integers and rounded once; where a circle ends a cell, its arcs are found by exact
    decisions and only their ends are rounded.

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
    cells = (placement.cell(cell.region, cell.polygon) for cell in exact_cells(regions))
    found = [cell for cell in cells if cell is not None]
    if len(found) != len(regions):
        raise EngineError("the region set holds a region that does not meet its domain: it is damaged")
    return found


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


def exact_cells(regions: RegionSet) -> list[ExactCell]:
    """Return the regions as exact polygons; see `plane_cells`."""
    root = _root(require_plane(regions))
    found = list(_Cutter(regions).cells(root))
    return sorted(found, key=lambda cell: cell.region)


class _Cutter:
    """Cuts the domain into the regions of a set, stage by stage.

    All regions that agree on the units so far are cut together: what they have in common is computed once. In an
    exact set a unit on which they agree does not cut them, and is passed over.
    """

    def __init__(self, regions: RegionSet) -> None:
        self._exact, self._patterns = ExactNetwork(regions.network), regions.pattern_array()
        self._trusted = regions.exact

    def cells(self, root: Polygon) -> Iterator[ExactCell]:
        """Yield the cells, in no particular order."""
        everything = np.arange(len(self._patterns))
        if self._exact.winners:
            yield from map(lambda row: self._one(row, root), everything.tolist())
            return
        yield from self._stage(0, 0, self._exact.identity, root, everything)

    def _one(self, row: int, root: Polygon) -> ExactCell:
        """Return the cell of one region, cut by its own rows: contests that no winner has a part in do not cut it."""
        pattern, part = self._patterns[row].tolist(), root
        *stages, _ = self._exact.forms_of(pattern)
        for form in signed_rows(self._exact, pattern, stages):
            part = part and part.clipped(line_of(form))
        if part is None:
            raise EngineError(f"region {row} of the set has no interior in its domain: the set is damaged")
        splits = self._exact.stages[-1].splits
        own = iter(pattern[len(pattern) - sum(splits) :])
        signs = [next(own) if split else True for split in splits]
        return ExactCell(row, part, self._exact.activations(len(self._exact.stages) - 1, stages[-1], signs))

    def _stage(
        self, stage: int, unit: int, values: Forms | Inputs, polygon: Polygon, members: Members
    ) -> Iterator[ExactCell]:
        """Yield the cells of the members, all of which agree on the units of the stages before."""
        if not len(members):
            return
        if stage == len(self._exact.stages):
            yield ExactCell(int(members[0]), polygon, values)
            if len(members) > 1:
                raise EngineError(f"regions {members[0]} and {members[1]} of the set are the same: it is damaged")
            return
        forms = self._exact.pre_activations(stage, values)
        splits = self._exact.stages[stage].splits
        places = np.flatnonzero(splits)
        for part, those in self._parts(forms, places, self._patterns[:, unit : unit + len(places)], polygon, members):
            signs = np.ones(len(splits), dtype=bool)
            signs[places] = self._patterns[those[0], unit : unit + len(places)]
            after = self._exact.activations(stage, forms, signs.tolist())
            yield from self._stage(stage + 1, unit + len(places), after, part, those)

    def _parts(
        self, forms: Forms, places: Members, patterns: NDArray[np.bool_], polygon: Polygon, members: Members
    ) -> Iterator[tuple[Polygon, Members]]:
        """Yield the parts into which the units of one stage cut a polygon, with the members in each."""
        rows: dict[int, Line] = {}
        waiting = [(polygon, members, 0)]
        while waiting:
            part, those, begun = waiting.pop()
            block = patterns[those, begun:]
            cuts = block.any(axis=0) & ~block.all(axis=0) if self._trusted else np.ones(block.shape[1], dtype=bool)
            if not cuts.any():
                yield part, those
                continue
            first = int(cuts.argmax())
            number = begun + first
            if number not in rows:
                rows[number] = line_of(forms.row(int(places[number])))
            waiting += [(*half, number + 1) for half in _halves(part, rows[number], those, block[:, first])]


def _halves(
    polygon: Polygon, row: Line, members: Members, active: NDArray[np.bool_]
) -> Iterator[tuple[Polygon, Members]]:
    """Cut a polygon by a row, as far as there are members on either side."""
    values = polygon.values(row)
    for sign, side in ((1, members[active]), (-1, members[~active])):
        if not len(side):
            continue
        # a form that vanishes on the whole plane cuts nothing, and its unit is inactive
        null = sign < 0 and not any(row)
        signed = (row[0] * sign, row[1] * sign, row[2] * sign)
        part = polygon if null else polygon.clipped(signed, [v * sign for v in values])
        if part is None:
            raise EngineError(f"region {side[0]} of the set has no interior in its domain: the set is damaged")
        yield part, side


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
