"""The options of the commands, and the domain they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
import typer
from numpy.typing import NDArray

from exactregions.crosscheck.agreement import ENGINES
from exactregions.domain import Ball, Box, Domain, WholeSpace
from exactregions.engines.registry import engine_names
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers.vnnlib import input_box, input_boxes

__all__ = ["DomainOptions", "Norm", "names_of", "numbers_of", "table_of"]

DOMAIN, SEARCH, OUTPUT = "Domain (one of them)", "Search", "Output"
BALLS, BOUNDS = "Balls", "Bounds"
AGREEING = ",".join(ENGINES)
Number: TypeAlias = float | Fraction


class Norm(StrEnum):
    """Norms of a ball."""

    euclidean = "2"
    taxicab = "1"
    maximum = "inf"


def _known_engine(name: str) -> str:
    if name not in engine_names():
        raise typer.BadParameter(f"there is no engine {name!r}; choose from {', '.join(engine_names())}")
    return name


def _known_engines(names: str) -> str:
    return ",".join(_known_engine(name.strip()) for name in names.split(","))


NetworkFile = Annotated[
    Path,
    typer.Argument(metavar="NETWORK", help="A .npz, .safetensors, .onnx, .pt or .nnet file.", show_default=False),
]
RegionsFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A .npz that count or compare wrote with --output.", show_default=False),
]
CenterText = Annotated[
    str | None,
    typer.Option("--center", metavar="C1,C2,..", help="Centre of a ball.", rich_help_panel=DOMAIN),
]
CenterFile = Annotated[
    Path | None,
    typer.Option(
        "--center-file",
        metavar="FILE.npy",
        help="Centre of a ball: a row of an array.",
        rich_help_panel=DOMAIN,
    ),
]
RowNumber = Annotated[
    int | None,
    typer.Option("--row", metavar="N", help="Row of --center-file, from 0 on. [0]", rich_help_panel=DOMAIN),
]
Origin = Annotated[bool, typer.Option("--origin", help="A ball around the origin.", rich_help_panel=DOMAIN)]
Radius = Annotated[
    str | None, typer.Option("--radius", metavar="R", help="Radius of the ball.", rich_help_panel=DOMAIN)
]
NormOption = Annotated[
    Norm | None,
    typer.Option("--norm", metavar="2|1|inf", help="Norm of the ball. [2]", rich_help_panel=DOMAIN),
]
BoxText = Annotated[
    str | None,
    typer.Option("--box", metavar="LO,HI", help="A box, the same for all inputs.", rich_help_panel=DOMAIN),
]
VnnlibFile = Annotated[
    Path | None,
    typer.Option("--vnnlib", metavar="FILE[#K]", help="Box of a VNN-LIB file, or its k-th.", rich_help_panel=DOMAIN),
]
WholeSpaceFlag = Annotated[bool, typer.Option("--whole-space", help="The whole input space.", rich_help_panel=DOMAIN)]
EngineName = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="NAME",
        callback=_known_engine,
        help=f"One of {', '.join(engine_names())}.",
        rich_help_panel=SEARCH,
    ),
]
EngineNames = Annotated[
    str,
    typer.Option(
        "--engines",
        metavar="NAME,NAME,..",
        callback=_known_engines,
        help=f"Two or more of {', '.join(engine_names()[1:])}.",
        rich_help_panel=SEARCH,
    ),
]
Workers = Annotated[
    int,
    typer.Option("--workers", metavar="N", help="Threads, for engines that use them.", rich_help_panel=SEARCH),
]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", metavar="SECONDS", help="Stop after this time.", rich_help_panel=SEARCH),
]
SaveEvery = Annotated[
    float,
    typer.Option(
        "--save-every",
        min=0.01,
        metavar="SECONDS",
        help="With --output: how often to save on the way what was found.",
        rich_help_panel=SEARCH,
    ),
]
MaxRegions = Annotated[
    int | None,
    typer.Option("--max-regions", metavar="N", help="Stop after so many regions.", rich_help_panel=SEARCH),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE.npz",
        help="Save the regions, also of a partial result.",
        rich_help_panel=OUTPUT,
    ),
]
NoStore = Annotated[
    bool,
    typer.Option(
        "--no-store",
        help="Save the number and the verdict only, and hold no region in memory.",
        rich_help_panel=OUTPUT,
    ),
]
ShowStats = Annotated[
    bool,
    typer.Option("--stats", help="Print what settled how many decisions.", rich_help_panel=OUTPUT),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.", rich_help_panel=OUTPUT)]
RadiiText = Annotated[
    str | None,
    typer.Option(
        "--radii",
        metavar="R1,R2,..",
        help="Radii at which the bounds are evaluated. [about twenty]",
        rich_help_panel=BOUNDS,
    ),
]
AllRadii = Annotated[
    str,
    typer.Option("--radii", metavar="R1,R2,..", help="Radii of the balls.", rich_help_panel=BALLS, show_default=False),
]
BoundNames = Annotated[
    str | None,
    typer.Option(
        "--bounds",
        metavar="NAME,NAME,..",
        help='Bounds by name, or my_module:my_bound; "" for none. [the cheap upper ones]',
        rich_help_panel=BOUNDS,
    ),
]
FullValues = Annotated[
    bool,
    typer.Option("--full", help="Also write out the values that the table abbreviates.", rich_help_panel=BOUNDS),
]
PointsFile = Annotated[
    Path,
    typer.Option(
        "--points",
        metavar="FILE.npy",
        help="An array, a centre in each row.",
        rich_help_panel=BALLS,
        show_default=False,
    ),
]
BallsNorm = Annotated[
    Norm | None,
    typer.Option("--norm", metavar="2|1|inf", help="Norm of the balls. [2]", rich_help_panel=BALLS),
]
PointWorkers = Annotated[
    int,
    typer.Option("--workers", metavar="N", help="Points searched at a time.", rich_help_panel=SEARCH),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="FILE",
        help="Add each finished point to this file; go on from it if it is there.",
        rich_help_panel=SEARCH,
    ),
]
CsvFile = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write the table there.", rich_help_panel=OUTPUT),
]
StepsFile = Annotated[
    Path | None,
    typer.Option(
        "--steps",
        metavar="FILE",
        help="Write every breakpoint, with the count just above it, to this CSV file.",
        rich_help_panel=OUTPUT,
    ),
]
PlotFile = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE.png", help="Draw the curve and the bounds; .pdf and .svg too.", rich_help_panel=OUTPUT
    ),
]
TableFile = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write the table, .csv or .parquet.", rich_help_panel=OUTPUT),
]


@dataclass(frozen=True, slots=True)
class DomainOptions:
    """The domain as it was asked for.

    Raises
    ------
    typer.BadParameter
        If not exactly one domain is named, an option does not belong to it, or a text is no number.
    """

    center: str | None
    center_file: Path | None
    row: int | None
    origin: bool
    radius: str | None
    norm: Norm | None
    box: str | None
    vnnlib: Path | None
    whole_space: bool

    def __post_init__(self) -> None:
        balls = [self.center is not None, self.center_file is not None, self.origin]
        others = [self.box is not None, self.vnnlib is not None, self.whole_space]
        if sum(balls + others) != 1:
            given = "several are given" if any(balls + others) else "none is given"
            raise typer.BadParameter(
                f"{given}; name one domain: --center, --center-file or --origin (with --radius), --box, "
                "--vnnlib or --whole-space"
            )
        if any(balls) and self.radius is None:
            raise typer.BadParameter("a ball needs --radius")
        if not any(balls) and (self.radius is not None or self.norm is not None):
            raise typer.BadParameter("--radius and --norm belong to a ball: --center, --center-file or --origin")
        if self.row is not None and self.center_file is None:
            raise typer.BadParameter("--row belongs to --center-file")
        for text in filter(None, (self.center, self.radius, self.box)):
            _numbers(text)
        if self.box is not None and len(_numbers(self.box)) != 2:
            raise typer.BadParameter(f"--box takes two numbers, LO,HI; {self.box!r} is given")
        if self.radius is not None and len(_numbers(self.radius)) != 1:
            raise typer.BadParameter(f"--radius takes one number; {self.radius!r} is given")

    def build(self, inputs: int) -> Domain:
        """Return the domain, for a network with so many inputs.

        Raises
        ------
        ExactRegionsError
            If the values make no domain, or a file is damaged.
        OSError
            If a file cannot be read.
        """
        if self.whole_space:
            return WholeSpace(inputs)
        if self.vnnlib is not None:
            (box,) = self._boxes() if "#" in self.vnnlib.name else (input_box(self.vnnlib),)
            return box
        if self.box is not None:
            lower, upper = _numbers(self.box)
            return Box([lower] * inputs, [upper] * inputs)
        assert self.radius is not None
        (radius,) = _numbers(self.radius)
        norm = Norm.euclidean if self.norm is None else self.norm
        return Ball(self._center(inputs), radius, float(norm.value))

    def build_each(self, inputs: int) -> tuple[Domain, ...]:
        """Return the domains to ask about in turn: one, but for a VNN-LIB file of several boxes.

        Raises
        ------
        ExactRegionsError, OSError
            As `build`.
        """
        return self._boxes() if self.vnnlib is not None else (self.build(inputs),)

    def _boxes(self) -> tuple[Box, ...]:
        """Return the boxes of the VNN-LIB file, or the one whose number follows its name."""
        assert self.vnnlib is not None
        name, _, number = self.vnnlib.name.partition("#")
        boxes = input_boxes(self.vnnlib.with_name(name))
        if not number:
            return boxes
        if not number.isdecimal() or not 1 <= int(number) <= len(boxes):
            raise DomainError(f"{name} has boxes 1 to {len(boxes)}; box {number!r} is asked for")
        return (boxes[int(number) - 1],)

    def _center(self, inputs: int) -> list[Number]:
        if self.origin:
            return [0.0] * inputs
        if self.center_file is not None:
            return _row_of(self.center_file, self.row or 0)
        assert self.center is not None
        return _numbers(self.center)


def _numbers(text: str) -> list[Number]:
    """Read numbers with commas between: p/q as an exact fraction, anything else as a float."""
    try:
        return [Fraction(part) if "/" in part else float(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{text!r} holds no numbers; write 0.5, or 1/3, with commas between") from None


def numbers_of(text: str) -> list[Number]:
    """Read numbers with commas between.

    Raises
    ------
    typer.BadParameter
        If the text holds something else.
    """
    return _numbers(text)


def names_of(text: str | None) -> list[str] | None:
    """Read names with commas between; None stays, and an empty text holds none."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def table_of(path: Path) -> NDArray[Any]:
    """Return the array in an .npy file as a table; further axes are flattened.

    Raises
    ------
    FileFormatError
        If the file holds no array of numbers.
    OSError
        If it cannot be read.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError):
        raise FileFormatError(f"{path} is no .npy file of numbers, or is damaged") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or array.size == 0:
        raise FileFormatError(f"{path} does not hold one array of numbers; save one with numpy.save")
    return array.reshape(1, -1) if array.ndim < 2 else array.reshape(len(array), -1)


def _row_of(path: Path, row: int) -> list[Number]:
    """Return a row of an array in an .npy file."""
    table = table_of(path)
    if not 0 <= row < len(table):
        raise DomainError(f"{path} has rows 0 to {len(table) - 1}; row {row} is asked for")
    return table[row].tolist()
