"""The options of the commands `exactregions plot ..`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from exactregions.cli.options import of_output
from exactregions.cli.texts import numbers_of
from exactregions.support.shortening import short

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
SizeText = Annotated[
    str | None, of_output("--size", metavar="W,H", help="Width and height in inches, as 3.3,3 for one column.")
]
OutputNumber = Annotated[int, of_picture("--of", metavar="N", help="Which output: for output and slope.")]
MarkedFile = Annotated[
    Path | None, of_picture("--points", metavar="FILE.npy", help="Points to mark, rows of two columns.")
]
LabelsFile = Annotated[
    Path | None,
    of_picture("--point-labels", metavar="FILE.npy", help="A label for each point, which decides its colour."),
]
MostCells = Annotated[
    int | None, of_picture("--largest", metavar="N", min=1, help="Draw no more cells than this; more are refused.")
]


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """The size of a picture.

    Raises
    ------
    typer.BadParameter
        If the text holds no two numbers.
    """

    size: SizeText = None
    dpi: Dots = None

    def __post_init__(self) -> None:
        if self.size is not None and len(numbers_of(self.size)) != 2:
            raise typer.BadParameter(f"--size takes a width and a height in inches, W,H; {short(self.size)} is given")

    @property
    def inches(self) -> tuple[float, float] | None:
        """Width and height, as far as they are given."""
        if self.size is None:
            return None
        width, height = map(float, numbers_of(self.size))
        return width, height


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
