"""Reachable sets: the outputs of a network on a domain, drawn in the plane of two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import nearest_float
from exactregions.plot.captions import domain_words, title
from exactregions.plot.regions import MOST_CELLS, outline_width, require_drawable
from exactregions.plot.style import INK, TINTS, axes_for
from exactregions.quantities import ReachSet
from exactregions.support.tables import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

SIZE = (6.0, 5.0)  # inches
THIN = 1.2  # points: the width of pieces that are segments
CLEAR = 0.55  # of a piece, so that those below are seen


def plot_reach(
    found: ReachSet,
    outputs: tuple[int, int] = (0, 1),
    axes: Axes | None = None,
    *,
    size: tuple[float, float] | None = None,
    largest: int = MOST_CELLS,
) -> Figure:
    """Draw all values that two outputs take together on the closed domain: the projection of each piece, exactly.

    Pieces may overlap, for several regions may have the same outputs; they are drawn so that those below are seen. A
    region on which the outputs depend on each other is a segment or a point.

    Parameters
    ----------
    found : ReachSet
    outputs : tuple of int
        Which two, the first along the horizontal axis.
    axes : matplotlib.axes.Axes, optional
        Where to draw; left out, a new figure.
    size : tuple of float, optional
        Width and height of a new figure, in inches.
    largest : int
        More regions than this are refused.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    PropertyError
        If there are no such outputs.
    DomainError
        If the domain is a Euclidean ball, or has no end; see `ReachSet.polygons`.
    ExactRegionsError
        If matplotlib is not installed, or there are too many regions.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> from exactregions.quantities import reach
    >>> network = Network.from_layers([[[1.0], [-1.0]], [[1.0, 1.0], [1.0, 0.0]]], [[0.0, 0.0], [0.0, 0.0]])
    >>> figure = plot_reach(reach(network, Box([-1], [2])))
    """
    require_drawable(found.regions, largest)
    first, second = outputs
    pieces = [
        np.array([[nearest_float(v) for v in corner] for corner in corners])
        for corners in found.polygons(first, second)
    ]
    axes = axes_for(axes, size, SIZE)
    _draw(axes, pieces, outline_width(axes, len(pieces)))
    axes.set_xlabel(f"output {first}")
    axes.set_ylabel(f"output {second}")
    axes.margins(0.04)
    axes.autoscale_view()
    words = domain_words(found.regions.domain).replace("in the open", "on the closed")
    title(axes, f"outputs {words}: {counted(len(found), 'piece')}", proved=True)
    return axes.figure  # type: ignore[return-value]


def _draw(axes: Axes, pieces: list[Array], width: float) -> None:
    """Draw polygons, segments and points."""
    from matplotlib.collections import LineCollection, PolyCollection

    flat = [piece for piece in pieces if len(piece) > 2]
    axes.add_collection(PolyCollection(flat, facecolors=TINTS[0], alpha=CLEAR, linewidths=0, zorder=1))
    axes.add_collection(PolyCollection(flat, facecolors="none", edgecolors=INK, linewidths=width, zorder=2))
    axes.add_collection(
        LineCollection([p for p in pieces if len(p) == 2], colors=INK, linewidths=THIN, capstyle="round", zorder=3)
    )
    points = np.array([piece[0] for piece in pieces if len(piece) == 1]).reshape(-1, 2)
    axes.scatter(*points.T, s=9, color=INK, zorder=3)
