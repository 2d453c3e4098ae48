"""Drawings as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from exactregions.errors import ExactRegionsError, FileFormatError
from exactregions.support.files import whole_file
from exactregions.support.shortening import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_matplotlib() -> None:
    """Refuse to draw where matplotlib is not installed.

    Raises
    ------
    ExactRegionsError
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise ExactRegionsError("a plot needs matplotlib, which is not installed; pip install matplotlib") from None


def check_plot(path: str | os.PathLike[str]) -> None:
    """Refuse a file that nothing can be drawn to, before any work is spent on it.

    Raises
    ------
    ExactRegionsError
        If matplotlib is not installed.
    FileFormatError
        If it knows no such kind of file.
    """
    check_matplotlib()
    from matplotlib.backend_bases import FigureCanvasBase

    kind, known = Path(path).suffix[1:].lower(), FigureCanvasBase.get_supported_filetypes()
    if kind not in known:
        raise FileFormatError(f"{path} has suffix {short(kind)}; a plot can be one of {', '.join(sorted(known))}")


def save_figure(figure: Figure, path: str | os.PathLike[str], dpi: int | None = None) -> None:
    """Write a figure to a file: .png, .pdf, .svg or another. A PDF embeds its fonts, as TrueType.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path-like
    dpi : int, optional
        Dots for each inch; the figure's own by default.

    Raises
    ------
    ExactRegionsError, FileFormatError
        As `check_plot`.
    """
    check_plot(path)
    from matplotlib import rc_context

    from exactregions.plot.picture import EMBEDDED

    with whole_file(path) as stream, rc_context(EMBEDDED):  # type: ignore[arg-type]
        figure.savefig(stream, format=Path(path).suffix[1:].lower(), dpi="figure" if dpi is None else dpi)
