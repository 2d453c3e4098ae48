"""The region graph in the plane: regions at their witnesses, edges through the facets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.neighbours import Adjacency, adjacency
from exactregions.geometry.plane import Placement, as_drawn, plane_cells, require_plane
from exactregions.plot.captions import verdict
from exactregions.plot.regions import (
    MOST_CELLS,
    draw_domain,
    fitting_size,
    outline_width,
    require_drawable,
    scale_beside,
)
from exactregions.plot.style import INK, SCALE, axes_for
from exactregions.plot.watching import watched
from exactregions.progress import Observer
from exactregions.regions import RegionSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAINT = "#B4BAC6"
MANY = 2_000  # regions from which on the cells behind the graph are left out


def plot_graph(
    regions: RegionSet,
    axes: Axes | None = None,
    *,
    labels: Sequence[str] | None = None,
    size: tuple[float, float] | None = None,
    largest: int = MOST_CELLS,
    time_limit: float | None = None,
    progress: Observer | None = None,
) -> Figure:
    """Draw the region graph of a network with two inputs over its cells.

    A node stands at the witness of its region. An edge goes through a point of the facet, and so, as cells are
    convex, stays in the two cells it joins; the colour of a node is the number of its facets.

    Parameters
    ----------
    regions : RegionSet
        As for `plot_regions`.
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.
    labels : sequence of str, optional
        Of the two axes; the names of the inputs by default.
    size : tuple of float, optional
        Width and height of a new figure, in inches.
    largest : int
        More regions than this are refused.
    time_limit, progress
        As for `plot_regions`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DomainError, EngineError, ExactRegionsError
        As for `plot_regions`.
    """
    with watched(len(regions), time_limit, progress):
        return _drawn(regions, axes, labels, size, largest)


def _drawn(
    regions: RegionSet,
    axes: Axes | None,
    labels: Sequence[str] | None,
    size: tuple[float, float] | None,
    largest: int,
) -> Figure:
    asked = free_inputs(regions.network, regions.domain)
    regions = asked.inward(regions)
    domain = require_plane(regions)
    require_drawable(regions, largest)
    axes = axes_for(axes, size, fitting_size(domain))
    placement, links = Placement.of(domain), adjacency(regions, partial=True)
    draw_domain(axes, domain, placement, labels or asked.names, hatched=not regions.exact)
    if len(regions) <= MANY:
        _draw_cells(axes, regions)
    _draw_links(axes, links, placement)
    verdict(axes, asked.outward(regions))
    return axes.figure  # type: ignore[return-value]


def _draw_cells(axes: Axes, regions: RegionSet) -> None:
    from matplotlib.collections import PolyCollection

    cells = [cell.outline() for cell in plane_cells(regions)]
    axes.add_collection(PolyCollection(cells, facecolors="white", edgecolors=FAINT, linewidths=0.6), autolim=False)


def _draw_links(axes: Axes, links: Adjacency, placement: Placement) -> None:
    from matplotlib.collections import LineCollection

    count = len(links.regions)
    width = max(outline_width(axes, count), 0.15)
    nodes = as_drawn((region.witness for region in links.regions), placement.origin)
    crossings = _crossings(links, placement)
    first, second = nodes[links.edges[:, 0]], nodes[links.edges[:, 1]]
    style: dict[str, Any] = {"rasterized": count > MANY}
    bent = np.stack([first, crossings, second], axis=1)
    axes.add_collection(LineCollection(list(bent), colors=INK, linewidths=width, zorder=2, **style), autolim=False)
    degrees = links.degrees
    drawn = axes.scatter(
        *nodes.T, c=degrees, s=(7 * width + 1.5) ** 2, cmap=SCALE, edgecolors=INK, linewidths=width, zorder=3, **style
    )
    bar = scale_beside(axes, drawn, "facets of the region")
    bar.locator = _whole_numbers()
    bar.update_ticks()


def _crossings(links: Adjacency, placement: Placement) -> NDArray[np.float64]:
    """Return a point of each facet; an exact one is rounded as it is drawn, where floats do not resolve the domain."""
    if any(placement.origin):
        return as_drawn(links.witnesses(), placement.origin)
    points, hard = links.points.copy(), list(links.exact_points)
    points[hard] = as_drawn(links.witnesses(hard), placement.origin)
    return points


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)
