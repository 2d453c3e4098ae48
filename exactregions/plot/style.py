"""Colours, lines and the size that all drawings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exactregions.plot.saving import check_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CLASS_COLOURS", "COLOURS", "INK", "LINE_STYLES", "LOUD", "SCALE", "TINTS", "new_axes"]

# The colours of Okabe and Ito (2008), which people with any colour vision tell apart; black is for the exact count.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# Light relatives of the same, for cells next to each other; they differ in lightness as well as in hue.
TINTS = ("#7CC0EA", "#F3CB6E", "#9FD8C3", "#E8A7C8", "#F6EFA6", "#C9CDD6")
# The muted colours of Tol (2021) and his grey, for classes.
CLASS_COLOURS = (
    "#88CCEE", "#CC6677", "#DDCC77", "#117733", "#332288", "#AA4499", "#44AA99", "#999933", "#882255", "#DDDDDD",
)  # fmt: skip
SCALE = "viridis"  # even in lightness, and the same to colour-blind readers
INK = "#222222"  # of lines and words
LOUD = "#B00020"  # of what must not be overlooked
LINE_STYLES = ("-", "--", ":", "-.")

SIZE = (7.0, 4.5)  # inches
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
