"""Cells in two and three dimensions for a web page: to turn, to enlarge, and to read off what each is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.domain.ball import require_ball
from exactregions.errors import DomainError, ExactRegionsError, FileFormatError
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import signed_rows
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.neighbours import adjacency
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.plane import as_drawn, drawing_origin, plane_cells
from exactregions.geometry.polyhedra import vertices
from exactregions.plot.captions import axis_label, count_words
from exactregions.plot.colouring import colour_numbers
from exactregions.plot.regions import require_drawable
from exactregions.plot.style import INK, LOUD, TINTS
from exactregions.regions import Region, RegionSet
from exactregions.support.files import whole_file

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Array = NDArray[np.float64]
Exact = tuple[Fraction, ...]

MOST_SOLID_CELLS = 3_000  # cells: a browser turns no more of them smoothly
SPHERE = 1_500  # points of a sphere, of which those in a cell round it off
SLACK = 1e-9  # by which a point of the unit sphere may be outside a cell and still be taken for one of its own
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
    regions: RegionSet, *, labels: Sequence[str] | None = None, shrunk: float = SHRUNK, largest: int = MOST_SOLID_CELLS
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
        If plotly is not installed, there are too many regions, or `shrunk` is out of range.
    """
    check_plotly()
    require_regions(regions, "a drawing", partial=True)
    require_drawable(regions, largest)
    if not 0 <= shrunk < 1:
        raise ExactRegionsError(f"shrunk is {shrunk}; give a number from 0 on and below 1")
    asked, given = free_inputs(regions.network, regions.domain), regions
    regions = asked.inward(regions)
    if regions.network.inputs not in (2, 3):
        raise DomainError(
            f"the network has {regions.network.inputs} input(s), and cells are drawn in two or three dimensions; make "
            "a network of two or three inputs by network.restrict(origin, directions) and search again"
        )
    colours = [TINTS[number % len(TINTS)] for number in colour_numbers(adjacency(regions, partial=True))]
    origin = drawing_origin(regions.domain)[0]
    words = [_words(number, region) for number, region in enumerate(given)]
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


def _words(number: int, region: Region) -> str:
    """Return what is read off a cell."""
    lines = [f"<b>region {number}</b>"]
    pattern = " | ".join("".join("1" if on else "0" for on in layer) for layer in region.layers())
    lines.append(f"pattern {pattern or 'of no unit'}")
    slopes, offsets = region.affine_map()
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

    domain = regions.domain
    ball = None if shape_of(domain).is_flat else require_ball(domain)
    within = ball.as_box() if ball else domain
    for number, region in enumerate(regions):
        corners = vertices(regions, number, within)
        points = as_drawn(corners, origin) if ball is None else _in_ball(corners, region, ball, origin)
        middle = points.mean(axis=0)
        points = middle + (1 - shrunk) * (points - middle)
        points = np.resize(points, (max(len(points), 4), 3))  # a hull has four corners, of a sliver too
        faces = _faces(points)
        yield Mesh3d(
            **dict(zip("xyz", points.T, strict=True)), **dict(zip("ijk", faces.T, strict=True)),
            color=colours[number], flatshading=True, hovertext=words[number], hoverinfo="text",
            name=f"region {number}",
        )  # fmt: skip


def _faces(points: Array) -> NDArray[np.intp]:
    """Return the triangles around a hull, their corners counterclockwise from outside, as light wants them."""
    from scipy.spatial import ConvexHull

    seen = points - points.mean(axis=0)
    seen /= np.abs(seen).max() or 1.0  # the hull is found by distances that are absolute
    # joggled input: the corners of flat cells are within rounding of one plane
    faces = ConvexHull(seen, qhull_options="QJ").simplices.astype(np.intp)
    corners = seen[faces]
    inward = np.linalg.det(corners) < 0
    faces[inward] = faces[inward][:, ::-1]
    return faces


def _in_ball(corners: Iterable[Exact], region: Region, ball: Ball, origin: Exact) -> Array:
    """Return points whose hull is about the part of a polytope in a ball: its corners there, and points of the sphere.

    Both are convex, so the hull lies in the part; it misses what lies between neighbouring points of the sphere.
    All is computed about the centre and in units of the radius, wherever and however large the ball is.
    """
    normals, offsets = _walls(region, ball)
    local = as_drawn([_local(corner, ball) for corner in corners], (Fraction(0),) * 3)
    kept = local[np.linalg.norm(local, axis=1) <= 1]
    circles = (_circle(normal, offset) for normal, offset in zip(normals, offsets, strict=True))
    sphere = np.vstack([_directions(SPHERE), *circles, _piercings(normals, offsets)])
    inside = (sphere @ normals.T + offsets >= -SLACK).all(axis=1)
    own = as_drawn([_local(region.witness, ball)], (Fraction(0),) * 3)
    center = as_drawn([ball.center], origin)
    return center + float(ball.radius) * np.vstack([kept, sphere[inside], own])


def _local(point: Exact, ball: Ball) -> Exact:
    return tuple((v - c) / ball.radius for v, c in zip(point, ball.center, strict=True))


def _walls(region: Region, ball: Ball) -> tuple[Array, Array]:
    """Return unit normals (k, 3) and offsets (k,): a point p of the unit ball is inside where n.p + o >= 0."""
    center = as_point(ball.center)
    rows = signed_rows(ExactNetwork(region.network), region.pattern.tolist())
    forms = []
    for row in rows:
        size = max(abs(a) for a in row.a)
        offset = as_fractions([row.at(center)])[0] / (ball.radius * int(size))
        forms.append([*(int(a) / int(size) for a in row.a), nearest_float(offset)])
    scaled = np.array(forms).reshape(-1, 4)
    scaled = scaled[scaled[:, 3] < 2]  # a plane farther off misses the ball
    lengths = np.linalg.norm(scaled[:, :3], axis=1)
    return scaled[:, :3] / lengths[:, None], scaled[:, 3] / lengths


def _directions(count: int) -> Array:
    """Return directions that are spread evenly: a spiral by the golden angle, shape (count, 3)."""
    place = (np.arange(count) + 0.5) / count
    z, angle = 1 - 2 * place, np.pi * (1 + np.sqrt(5)) * np.arange(count)
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)


def _circle(normal: Array, offset: float) -> Array:
    """Return points of the circle in which a plane meets the unit sphere."""
    if abs(offset) >= 1:
        return np.zeros((0, 3))
    across = np.linalg.svd(normal[None, :])[2][1:]
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ across
    return -offset * normal + np.sqrt(1 - offset**2) * around


def _piercings(normals: Array, offsets: Array) -> Array:
    """Return where the lines in which two planes meet pass through the unit sphere."""
    found = [np.zeros((0, 3))]
    for i in range(len(normals)):
        for j in range(i):
            direction = np.cross(normals[i], normals[j])
            square = direction @ direction
            if square <= 1e-24:
                continue
            base = np.linalg.pinv(normals[[i, j]]) @ -offsets[[i, j]]
            room = 1 - base @ base
            if room > 0:
                step = np.sqrt(room / square) * direction
                found.append(np.stack([base - step, base + step]))
    return np.vstack(found)
