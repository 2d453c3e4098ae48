"""The regions of two inputs as cells of the plane: polygons with exact corners, and arcs where a disc ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    composed : callable
        Composes `passed`.
    """

    region: int
    polygon: Polygon
    composed: Callable[[], Forms | Inputs]

    @property
    def passed(self) -> Forms | Inputs:
        """The values that the last stage hands to the output there."""
        return self.composed()


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
    """Cuts the domain into the regions of a set.

    In an exact set the sorted patterns are the leaves of a search tree whose inner nodes are the units that cut: what
    regions have in common is computed once, and a unit on which they agree is passed over.
    """

    def __init__(self, regions: RegionSet) -> None:
        self._exact, patterns = ExactNetwork(regions.network), regions.pattern_array()
        self._whole = regions.exact and not self._exact.winners
        packed = np.packbits(patterns, axis=1)  # as numbers these are ordered as the patterns are
        self._order = np.lexsort(packed.T[::-1]) if packed.size else np.arange(len(patterns))
        self._patterns = patterns[self._order]
        self._splits = [np.array(stage.splits, dtype=bool) for stage in self._exact.stages]
        stages = [np.flatnonzero(splits) for splits in self._splits]
        # the stage of each unit, and its place there
        self._stages = np.repeat(np.arange(len(stages)), [len(places) for places in stages]).tolist()
        self._places = np.concatenate([np.zeros(0, dtype=np.intp), *stages]).tolist()
        self._firsts = np.searchsorted(self._stages, np.arange(len(stages))).tolist()

    def cells(self, root: Polygon) -> Iterator[ExactCell]:
        """Yield the cells, in no particular order."""
        differs = self._patterns[1:] != self._patterns[:-1]
        for row in np.flatnonzero(~differs.any(axis=1)).tolist():
            first, second = sorted(self._order[row : row + 2].tolist())
            raise EngineError(f"regions {first} and {second} of the set are the same: it is damaged")
        if self._whole:
            yield from self._cut(root, differs.argmax(axis=1).tolist() if len(self._patterns) > 1 else [])
        else:
            yield from map(lambda row: self._one(row, root), range(len(self._patterns)))

    def _one(self, row: int, root: Polygon) -> ExactCell:
        """Return the cell of one region, cut by its own rows: contests that no winner has a part in do not cut it."""
        pattern, part = self._patterns[row].tolist(), root
        *stages, _ = self._exact.forms_of(pattern)
        for form in signed_rows(self._exact, pattern, stages):
            part = part and part.clipped(line_of(form))
        if part is None:
            raise self._damaged(row)
        last = _Prefix(self._exact, len(stages) - 1, self._exact.identity, stages[-1]) if stages else self._begin()
        return self._cell(row, part, last)

    def _cut(self, root: Polygon, splits: list[int]) -> Iterator[ExactCell]:
        """Yield the cells below the nodes of the tree: `splits` are the first units that tell neighbouring patterns."""
        top, nodes = _tree(splits)
        waiting = [(top, 0, len(self._patterns), root, self._begin())] if len(self._patterns) else []
        while waiting:
            node, begin, end, polygon, prefix = waiting.pop()
            if end - begin == 1:
                yield self._cell(begin, polygon, prefix)
                continue
            unit, (before, after) = splits[node], nodes[node]
            while prefix.stage < self._stages[unit]:
                prefix = self._next(prefix, begin)
            row = prefix.line(self._places[unit])
            values = polygon.values(row)
            # a form that vanishes on the whole plane cuts nothing, and its unit is inactive
            minus = polygon if not any(row) else polygon.clipped((-row[0], -row[1], -row[2]), [-v for v in values])
            plus = polygon.clipped(row, values)
            for part, child, first, last in ((minus, before, begin, node + 1), (plus, after, node + 1, end)):
                if part is None:
                    raise self._damaged(first)
                waiting.append((child, first, last, part, prefix))

    def _begin(self) -> _Prefix:
        return _Prefix(self._exact, 0, self._exact.identity)

    def _next(self, prefix: _Prefix, row: int) -> _Prefix:
        """Return the prefix longer by a stage, with the signs of one pattern."""
        splits, first = self._splits[prefix.stage], self._firsts[prefix.stage]
        signs = np.ones(len(splits), dtype=bool)
        signs[splits] = self._patterns[row, first : first + np.count_nonzero(splits)]
        after = self._exact.activations(prefix.stage, prefix.forms, signs.tolist())
        return _Prefix(self._exact, prefix.stage + 1, after)

    def _cell(self, row: int, polygon: Polygon, prefix: _Prefix) -> ExactCell:
        def passed() -> Forms | Inputs:
            last = prefix
            while last.stage < len(self._exact.stages):
                last = self._next(last, row)
            return last.values

        return ExactCell(int(self._order[row]), polygon, passed)

    def _damaged(self, row: int) -> EngineError:
        return EngineError(f"region {self._order[row]} of the set has no interior in its domain: the set is damaged")


class _Prefix:
    """The forms of a stage under the signs of the stages before; those of single units, where few are wanted.

    Attributes
    ----------
    stage : int
    values : Forms or Inputs
        What the stage reads.
    """

    def __init__(self, exact: ExactNetwork, stage: int, values: Forms | Inputs, forms: Forms | None = None) -> None:
        self.stage, self.values = stage, values
        self._exact, self._forms = exact, forms
        self._lines: dict[int, Line] = {}

    @property
    def forms(self) -> Forms:
        """All forms of the stage."""
        if self._forms is None:
            self._forms = self._exact.pre_activations(self.stage, self.values)
        return self._forms

    def line(self, place: int) -> Line:
        """Return the form of one unit."""
        if place not in self._lines:
            last = self.stage == len(self._exact.stages) - 1
            if self._forms is None and last and isinstance(self.values, Forms):
                form = self._exact.stages[self.stage].form(place, self.values)
            else:  # the stages behind read them all
                form = self.forms.row(place)
            self._lines[place] = line_of(form)
        return self._lines[place]


def _tree(splits: list[int]) -> tuple[int, list[tuple[int, int]]]:
    """Return the root, and the children of each node, of the binary tree whose leaves are sorted patterns.

    Node k stands between the patterns k and k + 1, which `splits[k]` tells apart: of the patterns below it, it has the
    least. So the tree is the Cartesian one (Vuillemin 1980). A child that is a leaf is -1.
    """
    before, after, path = [-1] * len(splits), [-1] * len(splits), []
    for node, unit in enumerate(splits):
        while path and splits[path[-1]] > unit:
            before[node] = path.pop()
        if path:
            after[path[-1]] = node
        path.append(node)
    return path[0] if path else -1, list(zip(before, after, strict=True))


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
