"""The regions of two inputs, drawn as cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain import Ball, Domain
from exactregions.errors import ExactRegionsError
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.disc_cells import PlaneCell
from exactregions.geometry.plane import Placement, domain_cell, require_plane
from exactregions.plot.affine_pieces import AffinePiece
from exactregions.plot.captions import axis_label, in_lines, verdict
from exactregions.plot.colouring import Painting, paint
from exactregions.plot.marks import Marks
from exactregions.plot.style import INK, SCALE, TINTS, axes_for, class_colours, legend_beside, letters
from exactregions.plot.watching import watched
from exactregions.progress import Observer
from exactregions.regions import RegionSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

Array = NDArray[np.float64]

SIZE = (6.2, 5.4)  # inches
ACROSS, AROUND = 4.5, 0.9  # inches: of the width of a domain, and of what stands above and below it
BESIDE = 2.0  # inches: of the labels of the axes, and the scale of colours
LOWEST, HIGHEST, NARROWEST = 2.5, 7.5, 4.0  # inches
SHARE = 0.85  # of the height of the axes that a scale of colours is long
WIDE = 2.5  # times as wide as high: the scale of colours lies below
MOST_CELLS = 20_000  # cells: more have less than a dot each
MANY = 2_000  # cells from which on a vector file holds the filled cells as dots
POINTS_PER_INCH = 72


def plot_regions(
    regions: RegionSet,
    color: str = "pattern",
    axes: Axes | None = None,
    *,
    output: int = 0,
    labels: Sequence[str] | None = None,
    points: ArrayLike | None = None,
    point_labels: ArrayLike | None = None,
    size: tuple[float, float] | None = None,
    largest: int = MOST_CELLS,
    time_limit: float | None = None,
    progress: Observer | None = None,
) -> Figure:
    """Draw the regions of a network with two inputs, each as its exact cell within the domain.

    Where the domain fixes inputs, two others must be left.

    Corners are those of `exactregions.geometry.plane_cells`. The picture says whether the count is proved; where the
    search ended early, what it has not reached stays hatched.

    Parameters
    ----------
    regions : RegionSet
        Of a network with two inputs, in a bounded domain. For more inputs, search a slice: `Network.restrict` or
        `Network.through`.
    color : {"pattern", "class", "output", "slope", "entry"}
        What the colour of a cell says. "pattern": neighbours differ. "class": the largest output, or the sign of the
        only one; the decision boundary is exact. "output": its value. "slope": the length of its gradient. "entry":
        the distance of the region from the centre.
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.
    output : int
        Which output "output" and "slope" show.
    labels : sequence of str, optional
        Of the two axes; the names of the inputs by default.
    points : array_like, shape (n, 2), optional
        Points to mark, such as data.
    point_labels : array_like, shape (n,), optional
        Of the points: those with one label have one colour and one shape, and the label stands in the legend.
    size : tuple of float, optional
        Width and height of a new figure, in inches.
    largest : int
        More regions than this are refused.
    time_limit : float, optional
        Seconds after which the cells are given up; writing a file of the figure takes its own time.
    progress : callable, optional
        Called with a `Progress` at once, and then a few times a second.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DomainError
        If the network has not two inputs, or the domain is unbounded.
    EngineError
        If the set keeps no regions.
    ExactRegionsError
        If matplotlib is not installed, there are too many regions, the colouring or the output is unknown, or the
        entry radii are, or points and labels do not fit, or the time is over.
    """
    frame = Frame(axes, size, labels, Marks.of(points, point_labels), largest)
    with watched(len(regions), time_limit, progress):
        return draw_painting(regions, lambda: paint(regions, color, output), frame)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Where cells are drawn, and what stands around and on them; see `plot_regions`."""

    axes: Axes | None
    size: tuple[float, float] | None
    labels: Sequence[str] | None
    marks: Marks | None
    largest: int


def draw_painting(regions: RegionSet, painted: Callable[[], Painting], frame: Frame) -> Figure:
    """Draw cells in the colours that a function returns, which is asked once the set is known to be drawable."""
    asked = free_inputs(regions.network, regions.domain)
    domain = require_plane(asked.inward(regions))
    require_drawable(regions, frame.largest)
    placement = Placement.of(domain)
    axes = axes_for(frame.axes, frame.size, fitting_size(domain))
    painting = painted()
    width = outline_width(axes, len(regions))
    line = INK if painting.numbers is not None else "white"
    draw_domain(axes, domain, placement, frame.labels or asked.names, hatched=not regions.exact)
    keys = _fill(axes, painting, width, line, placement.size)
    if isinstance(domain, Ball):
        mark_center(axes, placement.center)
    if frame.marks is not None:
        keys += frame.marks.draw(axes, placement.origin)
    legend_beside(axes, keys)
    verdict(axes, regions)
    return axes.figure  # type: ignore[return-value]


def fitting_size(domain: Domain) -> tuple[float, float]:
    """Return the size in inches of a figure in which axes of equal scale leave little empty."""
    outline = domain_cell(domain).outline()
    width, height = outline.max(axis=0) - outline.min(axis=0)
    tall = float(np.clip(ACROSS * height / width + AROUND, LOWEST, HIGHEST))
    return float(np.clip((tall - AROUND) * width / height + BESIDE, NARROWEST, SIZE[0])), tall


def require_drawable(regions: RegionSet, largest: int) -> None:
    """Refuse a set of more regions than a drawing can show."""
    if len(regions) > largest:
        raise ExactRegionsError(
            f"there are {len(regions):,} regions, and a drawing of more than {largest:,} shows no cells; search a "
            "smaller domain, or raise `largest`"
        )


def outline_width(axes: Axes, count: int) -> float:
    """Return the width of the lines between so many cells, in points; 0 where lines would hide them."""
    box = axes.get_position()
    width, height = axes.figure.get_size_inches()  # type: ignore[union-attr]
    side = min(width * box.width, height * box.height) * POINTS_PER_INCH
    typical = side / math.sqrt(max(count, 1))
    return min(0.7, 0.04 * typical) if typical > 2.5 else 0.0


def _fill(axes: Axes, painting: Painting, width: float, line: str, size: float) -> list[Patch]:
    """Fill the cells and draw the lines between them; return the keys of the colours that have names."""
    from matplotlib.collections import PolyCollection

    dots = len(painting.cells) > MANY
    outlines = [piece.outline() for piece in painting.pieces]
    style: dict[str, Any] = {"rasterized": dots}
    keys: list[Patch] = []
    if painting.affine is not None:
        _fill_affine(axes, painting.affine, size, painting.label)
    else:
        # a line of its own colour closes the gaps that smoothing leaves between two cells
        filled = PolyCollection(outlines, linewidths=0.3, edgecolors="face", zorder=1, **style)
        if painting.values is not None:
            filled.set(array=painting.values, cmap=SCALE)
            axes.add_collection(filled, autolim=False)
            scale_beside(axes, filled, painting.label)
        else:
            colours, keys = _colours(painting)
            filled.set_facecolor(colours)
            axes.add_collection(filled, autolim=False)
    if width > 0:
        cells = [cell.outline() for cell in painting.cells]
        axes.add_collection(
            PolyCollection(
                cells, facecolors="none", edgecolors=line, linewidths=width, zorder=2, joinstyle="round", **style
            ),
            autolim=False,
        )
    return keys


def _colours(painting: Painting) -> tuple[list[str], list[Patch]]:
    """Return the colour of each piece, and the keys of a legend where colours have names."""
    assert painting.numbers is not None
    numbers = painting.numbers.tolist()
    if not painting.names:
        return [TINTS[number % len(TINTS)] for number in numbers], []
    from matplotlib.patches import Patch

    present = sorted(set(numbers))
    colours = dict(zip(present, class_colours(len(present)), strict=True))
    keys = [Patch(facecolor=colours[k], edgecolor=INK, linewidth=0.4, label=painting.names[k]) for k in present]
    return [colours[number] for number in numbers], keys


def _fill_affine(axes: Axes, pieces: list[AffinePiece], size: float, label: str) -> None:
    from exactregions.plot.affine_image import AffineImage

    if not pieces:
        return
    filled = AffineImage(axes, pieces, size, cmap=SCALE, zorder=1)
    axes.add_image(filled).set_clip_path(axes.patch)
    scale_beside(axes, filled, label)


def scale_beside(axes: Axes, drawn: Any, label: str) -> Colorbar:
    """Return a scale of colours beside the axes, as long as they are; below those that are wide and low."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    flat = right - left > WIDE * (top - bottom)
    place: dict[str, Any] = {"location": "bottom"} if flat else {"shrink": SHARE, "pad": 0.02}
    bar = axes.figure.colorbar(drawn, ax=axes, **place)
    width, height = axes.figure.get_size_inches()  # type: ignore[union-attr]
    inches = 0.75 * width if flat else SHARE * (height - AROUND)
    bar.set_label(in_lines(label, inches, axes), size=letters(axes))
    bar.ax.tick_params(labelsize=0.9 * letters(axes))
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]
    return bar


def draw_domain(axes: Axes, domain: Domain, placement: Placement, labels: Sequence[str], hatched: bool) -> PlaneCell:
    """Draw the outline of the domain and set up axes of equal scale around it."""
    from matplotlib.patches import Polygon

    cell = domain_cell(domain)
    outline = cell.outline()
    if hatched:
        back = Polygon(outline, facecolor="white", edgecolor="#999999", hatch="////", linewidth=0.0, zorder=0)
        axes.add_patch(back)
    axes.add_patch(Polygon(outline, facecolor="none", edgecolor=INK, linewidth=1.2, zorder=3))
    lower, upper = outline.min(axis=0), outline.max(axis=0)
    margin = 0.02 * float((upper - lower).max())
    axes.set_xlim(lower[0] - margin, upper[0] + margin)
    axes.set_ylim(lower[1] - margin, upper[1] + margin)
    axes.set_aspect("equal")
    axes.set_xlabel(axis_label(labels[0], placement.x))
    axes.set_ylabel(axis_label(labels[1], placement.y))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return cell


def mark_center(axes: Axes, center: Array) -> None:
    """Mark the centre of a ball."""
    for colour, width in (("white", 3.2), (INK, 1.4)):
        axes.plot(*center, marker="+", color=colour, markersize=9, markeredgewidth=width, zorder=4)
