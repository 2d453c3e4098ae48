"""Colours, lines and the size that all drawings share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from exactregions.errors import ExactRegionsError
from exactregions.plot.saving import check_matplotlib
from exactregions.support.shortening import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
SMALLEST, LARGEST = 3.0, 60.0  # inches
NARROW = 5.0  # inches: below, a legend beside the axes leaves them no room
NARROW_LABEL = 5  # letters of a label for each inch that fit in two columns
LINE = 0.21  # inches that a line of a legend is high
DPI = 150


def axes_for(axes: Axes | None, size: tuple[float, float] | None, default: tuple[float, float] = SIZE) -> Axes:
    """Return the axes that were given, or those of a new figure, which belongs to no window.

    Parameters
    ----------
    axes : matplotlib.axes.Axes, optional
    size, default : tuple of float
        Width and height of a new figure in inches; `default` where no size is given.

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed, the size is none of a figure, or axes are given beside a size.
    """
    check_matplotlib()
    if axes is not None:
        if size is not None:
            raise ExactRegionsError("size is that of a new figure; give either axes or a size")
        return axes
    from exactregions.plot.picture import Picture

    # "compressed": axes of equal scale are narrower than their room, and what stands beside them follows
    made = Picture(figsize=_inches(size) or default, dpi=DPI, layout="compressed").add_subplot()
    made.tick_params(labelsize=0.9 * letters(made))
    for axis in (made.xaxis, made.yaxis):
        axis.label.set_fontsize(letters(made))
    return made


def letters(axes: Axes) -> float:
    """Return the size of letters on a figure, in points."""
    return 10.0 if axes.figure.get_size_inches()[0] >= NARROW else 8.0  # type: ignore[union-attr]


def _inches(size: tuple[float, float] | None) -> tuple[float, float] | None:
    if size is None:
        return None
    try:
        width, height = (float(side) for side in size)
    except (TypeError, ValueError):
        raise ExactRegionsError(f"size is {short(size)}; give the width and the height in inches") from None
    if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
        raise ExactRegionsError(
            f"size is {short(size)}; give a width and a height of {SMALLEST:g} to {LARGEST:g} inches"
        )
    return width, height


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


def point_style(number: int) -> dict[str, Any]:
    """Return how marked points of one label are drawn: labels differ in colour and shape."""
    colour, shape = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    return {"s": 26, "color": colour, "marker": shape, "edgecolors": "white", "linewidths": 0.8}


def legend_beside(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """Put the legend outside of the axes, where it hides nothing and nothing of it is cut off.

    On a figure of its own it is laid out with the axes: to the right, or below them where the figure is narrow. On
    axes that were given it stands to their right.
    """
    from exactregions.plot.picture import Picture

    handles = axes.get_legend_handles_labels()[0] if handles is None else handles
    if not handles:
        return
    style: dict[str, Any] = {"handles": handles, "fontsize": 0.85 * letters(axes), "frameon": False}
    figure = axes.figure
    if not isinstance(figure, Picture):
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), **style)
        return
    width, height = figure.get_size_inches()
    if width < NARROW:
        columns = (
            2 if width > NARROW / 2 and max(len(str(h.get_label())) for h in handles) < NARROW_LABEL * width else 1
        )
        figure.legend(loc="outside lower left", ncols=columns, **style)
    else:
        columns = math.ceil(len(handles) * LINE / (0.9 * height))
        figure.legend(loc="outside right upper", ncols=columns, **style)
