"""The regions of two inputs, drawn as cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain import Ball, Domain
from exactregions.errors import ExactRegionsError
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.disc_cells import PlaneCell
from exactregions.geometry.plane import Placement, as_drawn, domain_cell, require_plane
from exactregions.plot.affine_pieces import AffinePiece
from exactregions.plot.captions import axis_label, verdict
from exactregions.plot.colouring import Painting, paint
from exactregions.plot.style import INK, SCALE, TINTS, class_colours, legend_beside, new_axes
from exactregions.regions import RegionSet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_CELLS", "draw_domain", "draw_painting", "outline_width", "plot_regions", "require_drawable"]

Array = NDArray[np.float64]

SIZE = (6.2, 5.4)  # inches
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
    largest: int = MOST_CELLS,
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
    largest : int
        More regions than this are refused.

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
        entry radii are.
    """
    return draw_painting(regions, lambda: paint(regions, color, output), axes, labels, points, largest)


def draw_painting(
    regions: RegionSet,
    painted: Callable[[], Painting],
    axes: Axes | None,
    labels: Sequence[str] | None,
    points: ArrayLike | None,
    largest: int,
) -> Figure:
    """Draw cells in the colours that a function returns, which is asked once the set is known to be drawable."""
    asked = free_inputs(regions.network, regions.domain)
    domain = require_plane(asked.inward(regions))
    require_drawable(regions, largest)
    axes = new_axes(SIZE) if axes is None else axes
    painting = painted()
    placement = Placement.of(domain)
    width = outline_width(axes, len(regions))
    line = INK if painting.numbers is not None else "white"
    draw_domain(axes, domain, placement, labels or asked.names, hatched=not regions.exact)
    _fill(axes, painting, width, line, placement.size)
    _mark(axes, domain, placement, points)
    verdict(axes, regions)
    return axes.figure  # type: ignore[return-value]


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


def _fill(axes: Axes, painting: Painting, width: float, line: str, size: float) -> None:
    from matplotlib.collections import PolyCollection

    dots = len(painting.cells) > MANY
    outlines = [piece.outline() for piece in painting.pieces]
    style: dict[str, Any] = {"rasterized": dots}
    if painting.affine is not None:
        _fill_affine(axes, painting.affine, size, painting.label)
    else:
        # a line of its own colour closes the gaps that smoothing leaves between two cells
        filled = PolyCollection(outlines, linewidths=0.3, edgecolors="face", zorder=1, **style)
        if painting.values is not None:
            filled.set(array=painting.values, cmap=SCALE)
            axes.add_collection(filled, autolim=False)
            _scale(axes, filled, painting.label)
        else:
            filled.set_facecolor(_colours(axes, painting))
            axes.add_collection(filled, autolim=False)
    if width > 0:
        cells = [cell.outline() for cell in painting.cells]
        axes.add_collection(
            PolyCollection(
                cells, facecolors="none", edgecolors=line, linewidths=width, zorder=2, joinstyle="round", **style
            ),
            autolim=False,
        )


def _colours(axes: Axes, painting: Painting) -> list[str]:
    """Return the colour of each piece, and draw a legend where colours have names."""
    assert painting.numbers is not None
    numbers = painting.numbers.tolist()
    if not painting.names:
        return [TINTS[number % len(TINTS)] for number in numbers]
    from matplotlib.patches import Patch

    present = sorted(set(numbers))
    colours = dict(zip(present, class_colours(len(present)), strict=True))
    handles = [Patch(facecolor=colours[k], edgecolor=INK, linewidth=0.4, label=painting.names[k]) for k in present]
    legend_beside(axes, handles=handles)
    return [colours[number] for number in numbers]


def _fill_affine(axes: Axes, pieces: list[AffinePiece], size: float, label: str) -> None:
    from exactregions.plot.affine_image import AffineImage

    if not pieces:
        return
    filled = AffineImage(axes, pieces, size, cmap=SCALE, zorder=1)
    axes.add_image(filled).set_clip_path(axes.patch)
    _scale(axes, filled, label)


def _scale(axes: Axes, filled: Any, label: str) -> None:
    bar = axes.figure.colorbar(filled, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label(label)
    bar.outline.set_linewidth(0.5)  # type: ignore[operator]


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


def _mark(axes: Axes, domain: Domain, placement: Placement, points: ArrayLike | None) -> None:
    """Mark the centre of a ball, and points."""
    if isinstance(domain, Ball):
        for colour, width in (("white", 3.2), (INK, 1.4)):
            axes.plot(*placement.center, marker="+", color=colour, markersize=9, markeredgewidth=width, zorder=4)
    if points is not None:
        marked = np.asarray(points, dtype=np.float64)
        if marked.ndim != 2 or marked.shape[1] != 2:
            raise ExactRegionsError(f"points have shape {marked.shape}; give (n, 2)")
        if not np.isfinite(marked).all():
            raise ExactRegionsError("points hold a value that is not finite; give numbers")
        x, y = as_drawn(([Fraction(v) for v in point] for point in marked.tolist()), placement.origin).T  # type: ignore[misc]
        axes.scatter(x, y, s=26, color="white", edgecolors=INK, linewidths=1.1, zorder=5)
