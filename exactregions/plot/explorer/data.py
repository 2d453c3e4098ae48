"""What a page of the explorer holds: cells, maps, facets, and the counts at every radius, as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.comparison import Comparison
from exactregions.domain.ball import require_ball
from exactregions.exact.floats import floats_around
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.neighbours import Adjacency, adjacency
from exactregions.geometry.plane import domain_cell, drawing_origin, plane_cells
from exactregions.plot.captions import axis_label, count_words
from exactregions.plot.colouring import colour_numbers
from exactregions.plot.explorer.packing import packed
from exactregions.plot.explorer.solid import solid_data
from exactregions.quantities.jacobians import Jacobians
from exactregions.regions import RegionSet
from exactregions.support.tables import number_text

Array = NDArray[np.float64]

MOST_STEPS = 4_000  # radii that a slider can tell apart


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Radii with their exact counts, one between any two entry radii that are told apart.

    Attributes
    ----------
    radii : numpy.ndarray, shape (k,)
        Ascending; none lies in the proved interval of an entry radius, so every region is surely in or out.
    counts : numpy.ndarray of int, shape (k,)
        How many regions have an entry radius below each.
    """

    radii: Array
    counts: NDArray[np.intp]

    @classmethod
    def of(cls, bounds: Array, largest: float, most: int = MOST_STEPS) -> Steps:
        """Return the steps of a set.

        Parameters
        ----------
        bounds : numpy.ndarray, shape (n, 2)
            Proved lower and upper bounds of the entry radii.
        largest : float
            Not above the searched radius.
        most : int
            Of more steps, so many are left out evenly.

        Examples
        --------
        >>> Steps.of(np.array([[0.0, 0.0], [1.0, 1.25], [1.125, 1.5]]), 2.0)
        Steps(radii=array([0.5, 2. ]), counts=array([1, 3]))
        """
        order = np.argsort(bounds[:, 0], kind="stable")
        lower, reached = bounds[order, 0], np.maximum.accumulate(bounds[order, 1])
        # a gap is above all upper ends before it, and not above any lower end behind it
        counts = np.append(np.flatnonzero(lower[1:] > reached[:-1]) + 1, len(order))
        below, above = reached[counts - 1], np.append(lower[counts[:-1]], largest)
        kept = above > below
        counts, below, above = counts[kept], below[kept], above[kept]
        middle = below + (above - below) / 2
        radii = np.where(middle > below, middle, above)
        radii[counts == len(order)] = largest
        chosen = np.unique(np.linspace(0, len(radii) - 1, min(most, len(radii))).round().astype(np.intp))
        return cls(radii[chosen], counts[chosen])


def page_data(regions: RegionSet, compared: Sequence[Comparison], labels: Sequence[str] | None) -> dict[str, Any]:
    """Return the data of a page.

    Parameters
    ----------
    regions : RegionSet
        Of two or three inputs that are not fixed, in a bounded domain.
    compared : sequence of Comparison
        Bounds at some radii, or in the domain.
    labels : sequence of str, optional
        Of the axes.
    """
    asked = free_inputs(regions.network, regions.domain)
    inner, factor = asked.inward(regions), float(asked.factor)
    links = adjacency(inner, partial=True)
    origin = drawing_origin(inner.domain)[0]
    names = labels or asked.names
    shapes = plane_data(inner) if inner.network.inputs == 2 else solid_data(inner, links, origin)
    return {
        "count": len(regions),
        "verdict": count_words(regions),
        "exact": regions.exact,
        "axes": [axis_label(name, at) for name, at in zip(names, origin, strict=True)],
        "layers": [stage.splits.sum().item() for stage in inner.network.stages if stage.splits.any()],
        "outputs": inner.network.outputs,
        "patterns": packed(inner.patterns),
        **shapes,
        **_maps(inner, origin, factor),
        **_facets(inner, links),
        "radii": _radii(inner, origin),
        "bounds": _bounds(compared),
    }


def plane_data(inner: RegionSet) -> dict[str, Any]:
    """Return cells of the plane by their outlines, and their areas."""
    cells = plane_cells(inner)
    outlines = [cell.outline() for cell in cells]
    starts = np.cumsum([0, *map(len, outlines)])
    return {
        "domain": packed(domain_cell(inner.domain).outline()),
        "corners": packed(np.concatenate([np.zeros((0, 2)), *outlines])),
        "starts": packed(starts.astype(np.int32)),
        "sizes": packed(np.array([cell.area for cell in cells])),
    }


def _maps(inner: RegionSet, origin: Sequence[Fraction], factor: float) -> dict[str, str]:
    """Return slopes and offsets of all outputs, in the coordinates of the drawing."""
    network, d = inner.network, inner.network.inputs
    jacobians = Jacobians(network, range(d), range(network.outputs))
    found = jacobians.all(inner.patterns, network.units)
    seen = inner.witnesses - np.array([float(v) for v in origin])
    offsets = network.forward(inner.witnesses) - np.einsum("nki,ni->nk", found, seen)
    return {"slopes": packed(found / factor), "offsets": packed(offsets)}


def _facets(inner: RegionSet, links: Adjacency) -> dict[str, str]:
    """Return the facets, their units, and the colours of the map."""
    return {
        "edges": packed(links.edges.astype(np.int32)),
        "units": packed(links.units.astype(np.int32)),
        "tints": packed(colour_numbers(links).astype(np.int32)),
    }


def _radii(regions: RegionSet, origin: Sequence[Fraction]) -> dict[str, Any] | None:
    if regions.entry_radii is None or regions.entry_bounds is None or not len(regions):
        return None
    ball = require_ball(regions.domain)
    steps = Steps.of(regions.entry_bounds, floats_around(ball.radius)[0])
    if not len(steps.radii):
        return None
    return {
        "center": [float(c - o) for c, o in zip(ball.center, origin, strict=True)],
        "norm": ball.norm if ball.norm != math.inf else 0,  # JSON has no infinity
        "values": packed(regions.entry_radii),
        "upper": packed(regions.entry_bounds[:, 1]),
        "steps": packed(steps.radii),
        "counts": packed(steps.counts.astype(np.int32)),
    }


def _bounds(compared: Sequence[Comparison]) -> list[dict[str, Any]]:
    """Return each bound at the radii where it was evaluated; the radius of a domain without one is None."""
    found: dict[str, dict[str, Any]] = {}
    for comparison in compared:
        radius = getattr(comparison.regions.domain, "radius", None)
        for row in comparison.rows:
            if row.value is None or row.log10 is None:
                continue
            line = found.setdefault(row.name, {"name": row.name, "kind": row.kind, "points": []})
            at = None if radius is None else float(radius)
            line["points"].append([at, number_text(row.value), row.log10])
    return list(found.values())
