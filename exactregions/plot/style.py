"""Colours, lines and the size that all drawings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exactregions.plot.saving import check_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "LINE_STYLES", "new_axes"]

# The colours of Okabe and Ito (2008), which people with any colour vision tell apart; black is for the exact count.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINE_STYLES = ("-", "--", ":", "-.")

SIZE = (7.0, 4.5)  # inches
DPI = 150


def new_axes() -> Axes:
    """Return the axes of a new figure, which belongs to no window and no list of open figures.

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed.
    """
    check_matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=SIZE, dpi=DPI, layout="constrained").add_subplot()
