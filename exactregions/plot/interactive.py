"""Cells in two and three dimensions for a web page: to turn, to enlarge, and to read off what each is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import DomainError, ExactRegionsError, FileFormatError
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.neighbours import adjacency
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.plane import drawing_origin, plane_cells
from exactregions.plot.captions import axis_label, count_words
from exactregions.plot.colouring import colour_numbers
from exactregions.plot.regions import require_drawable
from exactregions.plot.solid_cells import hull_faces, solid_points
from exactregions.plot.style import INK, LOUD, TINTS
from exactregions.plot.watching import watched
from exactregions.progress import Observer
from exactregions.regions import Region, RegionSet
from exactregions.support.files import whole_file
from exactregions.support.tables import counted
from exactregions.support.watching import tell

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]
Exact = tuple[Fraction, ...]

MOST_SOLID_CELLS = 3_000  # cells: a browser turns no more of them smoothly
SHRUNK = 0.06  # the part by which solid cells are drawn smaller, so that the gaps show the inner ones


def check_plotly() -> None:
    """Refuse to draw a page where plotly is not installed.

    Raises
    ------
    ExactRegionsError
    """
    try:
        import plotly.graph_objects  # noqa: F401
    except ImportError:
        raise ExactRegionsError("a plot as .html needs plotly, which is not installed; pip install plotly") from None


def plot_cells(
    regions: RegionSet,
    *,
    labels: Sequence[str] | None = None,
    shrunk: float = SHRUNK,
    largest: int = MOST_SOLID_CELLS,
    time_limit: float | None = None,
    progress: Observer | None = None,
) -> Figure:
    """Draw the regions of a network with two or three inputs as cells to turn and to point at, through plotly.

    Neighbours have different colours in the plane. Pointing at a cell shows its number, pattern, affine map and, where
    known, entry radius. In three dimensions cells have exact corners where planes end them; a sphere is rounded off
    by points on it, and every cell is drawn a little smaller.

    Parameters
    ----------
    regions : RegionSet
        In a bounded domain.
    labels : sequence of str, optional
        Of the axes; "input 0" and so on by default.
    shrunk : float
        The part by which cells of three dimensions are drawn smaller, from 0 on and below 1.
    largest : int
        More regions than this are refused.
    time_limit : float, optional
        Seconds after which the drawing is given up.
    progress : callable, optional
        Called with a `Progress` at once, and then a few times a second; its `note` says how many cells are drawn.

    Returns
    -------
    plotly.graph_objects.Figure
        Has `write_html` and `show`.

    Raises
    ------
    DomainError
        If the network has not two or three inputs, or the domain is unbounded.
    EngineError
        If the set keeps no regions.
    ExactRegionsError
        If plotly is not installed, there are too many regions, `shrunk` is out of range, or the time is over.
    """
    check_plotly()
    require_regions(regions, "a drawing", partial=True)
    require_drawable(regions, largest)
    if not 0 <= shrunk < 1:
        raise ExactRegionsError(f"shrunk is {shrunk}; give a number from 0 on and below 1")
    with watched(len(regions), time_limit, progress):
        return _drawn(regions, labels, shrunk)


def _drawn(given: RegionSet, labels: Sequence[str] | None, shrunk: float) -> Figure:
    asked = free_inputs(given.network, given.domain)
    regions = asked.inward(given)
    if regions.network.inputs not in (2, 3):
        raise DomainError(
            f"the network has {regions.network.inputs} input(s), and cells are drawn in two or three dimensions; make "
            "a network of two or three inputs by network.restrict(origin, directions) and search again"
        )
    colours = [TINTS[number % len(TINTS)] for number in colour_numbers(adjacency(regions, partial=True))]
    origin = drawing_origin(regions.domain)[0]
    maps = zip(given, *given.affine_maps(), strict=True)
    words = [_words(number, *shown) for number, shown in enumerate(maps)]
    flat = regions.network.inputs == 2
    traces = _flat(regions, colours, words) if flat else _solid(regions, colours, words, shrunk, origin)
    axes = [axis_label(name, at) for name, at in zip(labels or asked.names, origin, strict=True)]
    return _figure(given, list(traces), axes)


def save_page(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure of `plot_cells` to an .html file that needs no network.

    Raises
    ------
    FileFormatError
        If the name has another ending.
    """
    if Path(path).suffix.lower() != ".html":
        raise FileFormatError(f"{path} has another ending than .html; an interactive plot is a web page")
    with whole_file(path, "w", encoding="utf-8") as stream:
        figure.write_html(stream, include_plotlyjs=True)


def _figure(regions: RegionSet, traces: list[Any], labels: Sequence[str]) -> Figure:
    from plotly.graph_objects import Figure

    title = {"text": count_words(regions).replace("\n", "<br>"), "font": {"size": 15}}
    if not regions.exact:
        title["font"]["color"] = LOUD  # type: ignore[index]
    figure = Figure(data=traces)
    figure.update_layout(title=title, showlegend=False, template="simple_white", margin={"l": 10, "r": 10, "b": 10})
    if len(labels) == 2:
        figure.update_xaxes(title=labels[0])
        figure.update_yaxes(title=labels[1], scaleanchor="x", scaleratio=1)
    else:
        scene: dict[str, Any] = {f"{axis}axis": {"title": {"text": x}} for x, axis in zip(labels, "xyz", strict=True)}
        figure.update_layout(scene={"aspectmode": "data", **scene})
    return figure


def _words(number: int, region: Region, slopes: Array, offsets: Array) -> str:
    """Return what is read off a cell."""
    lines = [f"<b>region {number}</b>"]
    pattern = " | ".join("".join("1" if on else "0" for on in layer) for layer in region.layers())
    lines.append(f"pattern {pattern or 'of no unit'}")
    for k, (row, offset) in enumerate(zip(slopes[:3], offsets, strict=False)):
        terms = " ".join(f"{value:+.4g} x{j}" for j, value in enumerate(row))
        lines.append(f"output {k} ≈ {terms} {offset:+.4g}")
    if len(offsets) > 3:
        lines.append(f"and {len(offsets) - 3} outputs more")
    if region.entry_radius is not None:
        lines.append(f"entry radius ≈ {region.entry_radius:.6g}")
    return "<br>".join(lines)


def _flat(regions: RegionSet, colours: list[str], words: list[str]) -> Iterator[Any]:
    from plotly.graph_objects import Scatter

    for number, cell in enumerate(plane_cells(regions)):
        outline = cell.outline()
        x, y = np.vstack([outline, outline[:1]]).T
        yield Scatter(
            x=x, y=y, mode="lines", fill="toself", fillcolor=colours[number], hoveron="fills", name=f"region {number}",
            line={"color": INK, "width": 0.7}, text=words[number], hoverinfo="text",
        )  # fmt: skip


def _solid(regions: RegionSet, colours: list[str], words: list[str], shrunk: float, origin: Exact) -> Iterator[Any]:
    from plotly.graph_objects import Mesh3d

    for number, points in enumerate(solid_points(regions, origin)):
        tell(f"{number:,} of {counted(len(regions), 'cell')} drawn")
        middle = points.mean(axis=0)
        points = middle + (1 - shrunk) * (points - middle)
        points = np.resize(points, (max(len(points), 4), 3))  # a hull has four corners, of a sliver too
        faces = hull_faces(points)
        yield Mesh3d(
            **dict(zip("xyz", points.T, strict=True)), **dict(zip("ijk", faces.T, strict=True)),
            color=colours[number], flatshading=True, hovertext=words[number], hoverinfo="text",
            name=f"region {number}",
        )  # fmt: skip
