"""Quantities of the function on the cells of its regions: decision boundaries, Lipschitz constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.plane import Placement, as_drawn, plane_cells
from exactregions.plot.captions import in_lines, title, verdict
from exactregions.plot.colouring import Painting, class_names
from exactregions.plot.marks import Marks
from exactregions.plot.regions import MOST_CELLS, Frame, draw_painting
from exactregions.plot.style import INK, LOUD, axes_for, legend_beside
from exactregions.plot.watching import watched
from exactregions.progress import Observer
from exactregions.quantities import DecisionBoundary, Lipschitz
from exactregions.support.tables import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 40


def plot_boundary(
    boundary: DecisionBoundary,
    axes: Axes | None = None,
    *,
    labels: Sequence[str] | None = None,
    points: ArrayLike | None = None,
    point_labels: ArrayLike | None = None,
    size: tuple[float, float] | None = None,
    largest: int = MOST_CELLS,
    time_limit: float | None = None,
    progress: Observer | None = None,
) -> Figure:
    """Draw a decision boundary of two inputs on the regions, whose colours are the classes.

    Parameters
    ----------
    boundary : DecisionBoundary
    axes, labels, points, point_labels, size, largest, time_limit, progress
        As for `plot_regions`; `largest` counts regions cut into their classes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DomainError, EngineError, ExactRegionsError
        As `plot_regions`.
    """
    cells = boundary.cells

    def painted() -> Painting:
        found = plane_cells(cells)
        return Painting(found, found, numbers=boundary.cell_classes, names=class_names(boundary.network.outputs))

    frame = Frame(axes, size, labels, Marks.of(points, point_labels), largest)
    with watched(len(cells), time_limit, progress):
        figure = draw_painting(cells, painted, frame)
        shown = figure.axes[0] if axes is None else axes
        _lines(shown, boundary)
        title(shown, _words(boundary), boundary.complete)
        return figure


def _lines(axes: Axes, boundary: DecisionBoundary) -> None:
    from matplotlib.collections import LineCollection

    asked = free_inputs(boundary.network, boundary.domain)
    origin = Placement.of(asked.domain).origin
    ends = [as_drawn(map(asked.free_point, segment), origin) for segment in boundary.segments()]
    axes.add_collection(LineCollection(ends, colors=INK, linewidths=2.0, capstyle="round", zorder=3.5), autolim=False)


def _words(boundary: DecisionBoundary) -> str:
    text = f"{counted(len(boundary), 'boundary piece')} in {counted(boundary.regions)}"
    return text if boundary.complete else f"NOT COMPLETE: {text}\n({boundary.stopped})"


def plot_lipschitz(
    found: Lipschitz,
    axes: Axes | None = None,
    *,
    labels: Sequence[str] | None = None,
    points: ArrayLike | None = None,
    point_labels: ArrayLike | None = None,
    size: tuple[float, float] | None = None,
    largest: int = MOST_CELLS,
    time_limit: float | None = None,
    progress: Observer | None = None,
) -> Figure:
    """Draw how steep a network of two inputs is on each of its regions.

    Parameters
    ----------
    found : Lipschitz
    axes, labels, points, point_labels, size, largest, time_limit, progress
        As for `plot_regions`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DomainError, EngineError, ExactRegionsError
        As `plot_regions`.
    """

    def painted() -> Painting:
        cells = plane_cells(found.regions)
        return Painting(cells, cells, values=found.values, label=_constant(found))

    frame = Frame(axes, size, labels, Marks.of(points, point_labels), largest)
    with watched(len(found.regions), time_limit, progress):
        return draw_painting(found.regions, painted, frame)


def plot_steepness(found: Lipschitz, axes: Axes | None = None, *, size: tuple[float, float] | None = None) -> Figure:
    """Draw how many regions are how steep, beside the constant of all and the usual bounds, in any number of inputs.

    Parameters
    ----------
    found : Lipschitz
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.
    size : tuple of float, optional
        Width and height of a new figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed, or the size is none.
    """
    axes = axes_for(axes, size)
    axes.hist(found.values, bins=BINS, color="#7CC0EA", edgecolor=INK, linewidth=0.4, label="regions")
    axes.axvline(float(found.constant), color=INK, linewidth=1.6, label=f"constant {float(found.constant):.4g}")
    for number, (name, bound) in enumerate(found.usual.items()):
        if np.isfinite(bound):
            axes.axvline(bound, color=LOUD, linestyle=("--", ":")[number % 2], label=f"{name} {bound:.4g}")
    inches = axes.get_position().width * axes.figure.get_size_inches()[0]  # type: ignore[union-attr]
    axes.set_xlabel(in_lines(_constant(found), inches, axes))
    axes.set_ylabel("regions")
    legend_beside(axes)
    verdict(axes, found.regions)
    return axes.figure  # type: ignore[return-value]


def _constant(found: Lipschitz) -> str:
    p, q = (f"{norm:g}" for norm in found.norms)
    what = "the map" if found.output is None else f"output {found.output}"
    return f"Lipschitz constant of {what} on the region, norms {p} → {q}"
