"""What the colour of a cell says: its pattern, the class or the value of the output, its slope, its entry radius."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.errors import ExactRegionsError
from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.disc_cells import PlaneCell
from exactregions.geometry.distances.entry_radii import EntryRadii
from exactregions.geometry.float_polygons import FEW
from exactregions.geometry.neighbours import Adjacency, adjacency
from exactregions.geometry.plane import Placement, exact_cells, plane_cells
from exactregions.geometry.polygons import Line, Polygon, line_of
from exactregions.plot.affine_pieces import AffinePiece, affine_piece, affine_slope
from exactregions.plot.float_maps import sure_classes, sure_pieces, sure_slopes
from exactregions.regions import RegionSet
from exactregions.support.shortening import short
from exactregions.support.stopping import heard

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """Cells, and what decides the colour of each.

    Attributes
    ----------
    cells : list of PlaneCell
        One for each region, in their order.
    pieces : list of PlaneCell
        What is filled: the cells, or the parts of them that belong to one class.
    numbers : numpy.ndarray of int, shape (pieces,), or None
        The colour of each piece in a list of colours.
    names : sequence of str
        What the colours mean, for a legend.
    values : numpy.ndarray, shape (pieces,), or None
        The place of each piece on a scale of colours.
    affine : list of AffinePiece, or None
        Each piece with a function that is affine on it, whose values have places on a scale of colours.
    label : str
        What the scale shows.
    """

    cells: list[PlaneCell]
    pieces: list[PlaneCell]
    numbers: NDArray[np.intp] | None = None
    names: Sequence[str] = ()
    values: Array | None = None
    affine: list[AffinePiece] | None = None
    label: str = ""


class _Shown(NamedTuple):
    """The output that is shown, and by which factor the forms of the cells exceed those of the network."""

    output: int
    factor: Fraction


def paint(regions: RegionSet, color: str, output: int) -> Painting:
    """Return the cells of a set with their colours; see `exactregions.plot.plot_regions` for what is raised."""
    if color not in COLOURINGS:
        raise ExactRegionsError(f"color is {short(color)}; choose from {', '.join(COLOURINGS)}")
    if color in ("output", "slope") and not 0 <= output < regions.network.outputs:
        raise ExactRegionsError(f"output is {output}; the network has outputs 0 to {regions.network.outputs - 1}")
    if color == "entry" and regions.entry_radii is None:
        raise ExactRegionsError(
            "the entry radii are not known; search a Ball with enumerate_regions(.., entry_radii=True)"
        )
    asked = free_inputs(regions.network, regions.domain)
    regions, shown = asked.inward(regions), _Shown(output, asked.factor)
    if color == "class":
        return _by_class(regions)
    if color in WITHOUT_FORMS:
        return WITHOUT_FORMS[color](regions, plane_cells(regions))
    return WITH_FORMS[color](regions, shown)


def _placed(placement: Placement, polygons: Iterator[tuple[int, Polygon]]) -> Iterator[PlaneCell]:
    for region, polygon in polygons:
        cell = placement.cell(region, polygon)
        if cell is not None:
            yield cell


def _by_pattern(regions: RegionSet, cells: list[PlaneCell]) -> Painting:
    numbers = colour_numbers(adjacency(regions, partial=True))
    return Painting(cells, cells, numbers=numbers)


def colour_numbers(links: Adjacency) -> NDArray[np.intp]:
    """Return a number for each region, different for neighbours, at most six in the plane and all about as frequent.

    Regions are taken so that each has the fewest possible neighbours among those before it (Matula, Beck 1983): at
    most five in a planar graph, which the region graph of convex cells of the plane is.

    Parameters
    ----------
    links : Adjacency

    Returns
    -------
    numpy.ndarray of int, shape (n,)
    """
    starts, others = links.indptr.tolist(), links.indices.tolist()
    neighbours = [others[first:last] for first, last in pairwise(starts)]
    numbers, used = [-1] * len(neighbours), [0] * 6
    for node in _smallest_last(neighbours):
        taken = {numbers[other] for other in neighbours[node]}
        free = [number for number in range(len(used)) if number not in taken]
        if not free:
            used.append(0)  # in more dimensions six may be too few
            free = [len(used) - 1]
        numbers[node] = min(free, key=used.__getitem__)
        used[numbers[node]] += 1
    return np.array(numbers, dtype=np.intp)


def _smallest_last(neighbours: list[list[int]]) -> list[int]:
    """Return all nodes: the last has the fewest neighbours, the one before it when that is taken away, and so on."""
    degrees = [len(some) for some in neighbours]
    waiting: list[list[int]] = [[] for _ in range(max(degrees, default=0) + 1)]
    for node, degree in enumerate(degrees):
        waiting[degree].append(node)
    order, least = [], 0
    while len(order) < len(neighbours):
        while not waiting[least]:
            least += 1
        node = waiting[least].pop()
        if degrees[node] != least:  # it was put among nodes of a lower degree since, or is taken away
            continue
        order.append(node)
        degrees[node] = -1
        for other in neighbours[node]:
            if degrees[other] > 0:
                degrees[other] -= 1
                waiting[degrees[other]].append(other)
        least = max(least - 1, 0)
    return order[::-1]


def _by_class(regions: RegionSet) -> Painting:
    """Return the parts of cells that belong to one class; those of large sets that are whole are told by floats."""
    exact, placement = ExactNetwork(regions.network), Placement.of(regions.domain)
    cells, known = None, np.full(len(regions), -1)
    if len(regions) >= FEW and placement.disc is None:
        cells = plane_cells(regions)
        known = sure_classes(regions, cells, placement)
    found = exact_cells(regions, known < 0)
    if cells is None:
        cells = list(_placed(placement, ((cell.region, cell.polygon) for cell in found)))
    whole = np.flatnonzero(known >= 0).tolist()
    pieces, numbers = [cells[region] for region in whole], known[whole].tolist()
    for cell in heard(found):
        for number, polygon in _classes(cell.polygon, exact.output(cell.passed)):
            piece = placement.cell(cell.region, polygon)
            if piece is not None:
                pieces.append(piece)
                numbers.append(number)
    return Painting(cells, pieces, numbers=np.array(numbers), names=class_names(regions.network.outputs))


def class_names(outputs: int) -> list[str]:
    """Return what the classes of a network are called in a legend."""
    return ["output ≤ 0", "output > 0"] if outputs == 1 else [f"class {k}" for k in range(outputs)]


def _classes(polygon: Polygon, outputs: Forms) -> Iterator[tuple[int, Polygon]]:
    """Cut a polygon into the parts on which one output is the largest; of equal ones the first counts."""
    rows = [line_of(outputs.row(k)) for k in range(outputs.matrix.nrows())]
    if len(rows) == 1:
        rows = [(0 * rows[0][0], 0 * rows[0][0], 0 * rows[0][0]), *rows]
    for number, row in enumerate(rows):
        part: Polygon | None = polygon
        for other, against in enumerate(rows):
            if other == number or part is None:
                continue
            gap: Line = (row[0] - against[0], row[1] - against[1], row[2] - against[2])
            if any(gap):
                part = part.clipped(gap)
            elif other < number:
                part = None
        if part is not None:
            yield number, part


def _by_output(regions: RegionSet, shown: _Shown) -> Painting:
    """Return the cells with an output on each; in large sets floats tell it where rounding does not show."""
    exact, placement = ExactNetwork(regions.network), Placement.of(regions.domain)
    cells, affine = dict[int, PlaneCell](), dict[int, AffinePiece]()
    if len(regions) >= FEW and placement.disc is None and shown.factor == 1:
        cells = dict(enumerate(plane_cells(regions)))
        pieces = sure_pieces(regions, list(cells.values()), placement, shown.output)
        affine = {region: piece for region, piece in enumerate(pieces) if piece is not None}
    left = np.array([region not in affine for region in range(len(regions))], dtype=bool)
    found = exact_cells(regions, left)
    cells |= {cell.region: cell for cell in _placed(placement, ((cell.region, cell.polygon) for cell in found))}
    for cell in heard(found):
        affine[cell.region] = affine_piece(placement, cells[cell.region], cell, exact.output(cell.passed), *shown)
    rows = range(len(regions))
    every = [cells[region] for region in rows]
    return Painting(every, every, affine=[affine[region] for region in rows], label=f"output {shown.output}")


def _by_slope(regions: RegionSet, shown: _Shown) -> Painting:
    """Return the cells with the lengths of gradients; those of large sets are told by floats where they can be."""
    exact, slopes = ExactNetwork(regions.network), np.full((len(regions), 2), np.nan)
    if len(regions) >= FEW and shown.factor == 1:
        slopes = sure_slopes(regions, shown.output)
    left = np.flatnonzero(np.isnan(slopes[:, 0]))
    for row, pattern in zip(left.tolist(), regions.pattern_array()[left].tolist(), strict=True):
        slopes[row] = affine_slope(exact.forms_of(pattern)[-1], shown.output, row, shown.factor)
    cells, label = plane_cells(regions), f"length of the gradient of output {shown.output} (per unit of the inputs)"
    return Painting(cells, cells, values=np.array([math.hypot(*slope) for slope in slopes]), label=label)


def _by_entry(regions: RegionSet, cells: list[PlaneCell]) -> Painting:
    norm = f"norm {regions.domain.norm:g}" if isinstance(regions.domain, Ball) else "as searched"
    assert regions.entry_radii is not None
    # an interval that does not tell the radius is narrowed: its end would be a colour that says something false
    radii = EntryRadii.measured(regions)[1].values
    return Painting(cells, cells, values=radii, label=f"entry radius: distance from the centre, {norm}")


WITHOUT_FORMS: dict[str, Callable[[RegionSet, list[PlaneCell]], Painting]] = {
    "pattern": _by_pattern,
    "entry": _by_entry,
}
WITH_FORMS: dict[str, Callable[[RegionSet, _Shown], Painting]] = {"output": _by_output, "slope": _by_slope}
COLOURINGS = ("pattern", "class", *WITH_FORMS, "entry")
