"""Colours, lines and the size that all drawings share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from exactregions.plot.saving import check_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["INK", "LOUD", "SCALE", "TINTS", "class_colours", "legend_beside", "line_style", "marker_style", "new_axes"]

# The colours of Okabe and Ito (2008), which people with any colour vision tell apart; black is for the exact count.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Light relatives of the same, for cells next to each other; they differ in lightness as well as in hue.
TINTS = ("#7CC0EA", "#F3CB6E", "#9FD8C3", "#E8A7C8", "#F6EFA6", "#C9CDD6")
# The light colours of Tol (2021), made to lie under black lines, and a tenth, for classes.
CLASS_COLOURS = (
    "#77AADD", "#EE8866", "#EEDD88", "#44BB99", "#FFAABB", "#AAAA00", "#99DDFF", "#BBCC33", "#DDDDDD", "#B8A1D9",
)  # fmt: skip
SCALE = "viridis"  # even in lightness, and the same to colour-blind readers
INK = "#222222"  # of lines and words
LOUD = "#B00020"  # of what must not be overlooked
LINE_STYLES = ("-", "--", ":", "-.")
MARKERS = "osD^vP*X"

SIZE = (8.0, 4.5)  # inches
DPI = 150


def new_axes(size: tuple[float, float] = SIZE) -> Axes:
    """Return the axes of a new figure, which belongs to no window and no list of open figures.

    Parameters
    ----------
    size : tuple of float
        Width and height in inches.

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed.
    """
    check_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=size, dpi=DPI, layout="constrained").add_subplot()


def line_style(number: int) -> dict[str, Any]:
    """Return how the line of a bound is drawn; later ones are thinner, so that of two equal ones both are seen."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": LINE_STYLES[number % len(LINE_STYLES)],
        "linewidth": max(2.6 - 0.3 * number, 0.9),
        "marker": ".",
        "markersize": 4,
    }


def marker_style(number: int) -> dict[str, Any]:
    """Return how the values of a bound are drawn that nothing joins; of two equal ones both are seen."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": "none",
        "marker": MARKERS[number % len(MARKERS)],
        "markersize": max(7.0 - 0.8 * number, 3.0),
        "fillstyle": "none" if number % 2 else "full",
    }


def class_colours(count: int) -> Sequence[str]:
    """Return so many colours, no two of them equal."""
    if count <= len(CLASS_COLOURS):
        return CLASS_COLOURS[:count]
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    # ten names are told apart by choice; of more, neighbours in the list are told apart by hue
    return [to_hex(colour) for colour in colormaps["turbo"](np.linspace(0.0, 1.0, count))]


def legend_beside(axes: Axes, **options: Any) -> None:
    """Put the legend to the right of the axes, where it hides nothing."""
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, **options)
