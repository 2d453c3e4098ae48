"""The options of the commands `exactregions plot ..`."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from exactregions.cli.options import of_output

__all__ = ["CellsFile", "Colour", "ColourName", "Dots", "MarkedFile", "OutputNumber", "PageFile", "PictureFile"]

PICTURE = "Picture"

of_picture = partial(typer.Option, rich_help_panel=PICTURE)
PictureFile = Annotated[
    Path,
    of_output("--output", metavar="FILE", help="Where to draw: .png, .svg, .pdf and others.", show_default=False),
]
PageFile = Annotated[
    Path, of_output("--output", metavar="FILE.html", help="Where to write the page.", show_default=False)
]
CellsFile = Annotated[
    Path,
    of_output(
        "--output",
        metavar="FILE",
        help="Where to draw: .png, .svg, .pdf and others; .html for an interactive page, in three dimensions too.",
        show_default=False,
    ),
]
Dots = Annotated[int | None, of_output("--dpi", metavar="N", min=20, max=1200, help="Dots for each inch. [150]")]
OutputNumber = Annotated[int, of_picture("--of", metavar="N", help="Which output: for output and slope.")]
MarkedFile = Annotated[
    Path | None, of_picture("--points", metavar="FILE.npy", help="Points to mark, rows of two columns.")
]


class Colour(StrEnum):
    """What the colour of a cell says."""

    pattern = "pattern"
    classes = "class"
    output = "output"
    slope = "slope"
    entry = "entry"


ColourName = Annotated[
    Colour,
    of_picture(
        "--color",
        help="What colours show: neighbours differ, the largest output, its value, its slope, the entry radius.",
    ),
]
