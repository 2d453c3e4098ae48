"""The options of the commands `exactregions plot ..`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from exactregions.cli.options import OUTPUT

__all__ = ["CellsFile", "Colour", "ColourName", "Dots", "MarkedFile", "OutputNumber", "PictureFile"]

PICTURE = "Picture"

PictureFile = Annotated[
    Path,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Where to draw: .png, .svg, .pdf and others.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
CellsFile = Annotated[
    Path,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Where to draw: .png, .svg, .pdf and others; .html to turn and point at, in three dimensions too.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
Dots = Annotated[
    int | None,
    typer.Option("--dpi", metavar="N", min=20, max=1200, help="Dots for each inch. [150]", rich_help_panel=OUTPUT),
]
OutputNumber = Annotated[
    int,
    typer.Option("--of", metavar="N", help="Which output: for output and slope.", rich_help_panel=PICTURE),
]
MarkedFile = Annotated[
    Path | None,
    typer.Option("--points", metavar="FILE.npy", help="Points to mark, rows of two columns.", rich_help_panel=PICTURE),
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
    typer.Option(
        "--color",
        help="What colours say: neighbours differ, the largest output, its value, its slope, the entry radius.",
        rich_help_panel=PICTURE,
    ),
]
