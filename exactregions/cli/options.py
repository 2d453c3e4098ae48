"""The options of the commands, by the groups of their help."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from exactregions.crosscheck.agreement import ENGINES
from exactregions.engines.registry import engine_names
from exactregions.support.shortening import short

DOMAIN, SEARCH, OUTPUT = "Domain (one of them)", "Search", "Output"
BALLS, BOUNDS = "Balls", "Bounds"
AGREEING = ",".join(ENGINES)


class Norm(StrEnum):
    """Norms of a ball."""

    euclidean = "2"
    taxicab = "1"
    maximum = "inf"


def _known_engine(name: str) -> str:
    if name not in engine_names():
        raise typer.BadParameter(f"there is no engine {short(name)}; choose from {', '.join(engine_names())}")
    return name


def _known_engines(names: str) -> str:
    return ",".join(_known_engine(name.strip()) for name in names.split(","))


of_domain = partial(typer.Option, rich_help_panel=DOMAIN)
of_search = partial(typer.Option, rich_help_panel=SEARCH)
of_output = partial(typer.Option, rich_help_panel=OUTPUT)
of_bounds = partial(typer.Option, rich_help_panel=BOUNDS)
of_balls = partial(typer.Option, rich_help_panel=BALLS)

NetworkFile = Annotated[
    Path,
    typer.Argument(metavar="NETWORK", help="A .npz, .safetensors, .onnx, .pt or .nnet file.", show_default=False),
]
RegionsFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A .npz that count or compare wrote with --output.", show_default=False),
]
CenterText = Annotated[str | None, of_domain("--center", metavar="C1,C2,..", help="Centre of a ball.")]
CenterFile = Annotated[
    Path | None, of_domain("--center-file", metavar="FILE.npy", help="Centre of a ball: a row of an array.")
]
RowNumber = Annotated[int | None, of_domain("--row", metavar="N", help="Row of --center-file, from 0 on. [0]")]
Origin = Annotated[bool, of_domain("--origin", help="A ball around the origin.")]
Radius = Annotated[str | None, of_domain("--radius", metavar="R", help="Radius of the ball.")]
NormOption = Annotated[Norm | None, of_domain("--norm", metavar="2|1|inf", help="Norm of the ball. [2]")]
BoxText = Annotated[
    str | None,
    of_domain(
        "--box",
        metavar="LO,HI|LO:HI,..|FILE",
        help="A box: the same ends for all inputs, the ends of each, or a .npz or .json file.",
    ),
]
PolytopeFile = Annotated[
    Path | None,
    of_domain("--polytope", metavar="FILE", help="A x < b: a .npz file of A and b, or .json. May be cut by --box."),
]
VnnlibFile = Annotated[
    Path | None, of_domain("--vnnlib", metavar="FILE[#K]", help="Input region of a VNN-LIB file, or its k-th.")
]
WholeSpaceFlag = Annotated[bool, of_domain("--whole-space", help="The whole input space.")]
EngineName = Annotated[
    str,
    of_search(
        "--engine",
        metavar="NAME",
        callback=_known_engine,
        autocompletion=engine_names,
        help=f"One of {', '.join(engine_names())}.",
    ),
]
EngineNames = Annotated[
    str,
    of_search(
        "--engines",
        metavar="NAME,NAME,..",
        callback=_known_engines,
        help=f"Two or more of {', '.join(engine_names()[1:])}.",
    ),
]
Workers = Annotated[int, of_search("--workers", metavar="N", help="Threads, for engines that use them.")]
TimeLimit = Annotated[float | None, of_search("--time-limit", metavar="SECONDS", help="Stop after this time.")]
SaveEvery = Annotated[
    float,
    of_search(
        "--save-every",
        min=0.01,
        metavar="SECONDS",
        help="With --output: how often to save on the way what was found.",
    ),
]
MaxRegions = Annotated[int | None, of_search("--max-regions", metavar="N", help="Stop after this many regions.")]
Output = Annotated[
    Path | None, of_output("--output", metavar="FILE.npz", help="Save the regions, also of a partial result.")
]
NoStore = Annotated[
    bool, of_output("--no-store", help="Keep only the count and the verdict, and hold no region in memory.")
]
ShowStats = Annotated[
    bool, of_output("--stats", help="Print how many decisions were settled by floats, and how many exactly.")
]
AsJson = Annotated[bool, of_output("--json", help="Print JSON instead of text.")]
RadiiText = Annotated[
    str | None,
    of_bounds("--radii", metavar="R1,R2,..", help="Radii at which the bounds are evaluated. [about twenty]"),
]
AllRadii = Annotated[str, of_balls("--radii", metavar="R1,R2,..", help="Radii of the balls.", show_default=False)]
BoundNames = Annotated[
    str | None,
    of_bounds(
        "--bounds",
        metavar="NAME,NAME,..",
        help='Bounds by name, or my_module:my_bound; "" for none. [the cheap upper ones]',
    ),
]
FullValues = Annotated[bool, of_bounds("--full", help="Also print the values that the table abbreviates in full.")]
PointsFile = Annotated[
    Path, of_balls("--points", metavar="FILE.npy", help="An array, a centre in each row.", show_default=False)
]
BallsNorm = Annotated[Norm | None, of_balls("--norm", metavar="2|1|inf", help="Norm of the balls. [2]")]
PointWorkers = Annotated[int, of_search("--workers", metavar="N", help="Points searched at a time.")]
Checkpoint = Annotated[
    Path | None,
    of_search("--resume", metavar="FILE", help="Add each finished point to this file; continue from it if it exists."),
]
CheckpointCheck = Annotated[
    bool, of_search("--check", help="Search the points of the file too, and refuse it where an exact row differs.")
]
CsvFile = Annotated[Path | None, of_output("--csv", metavar="FILE", help="Write the table there.")]
StepsFile = Annotated[
    Path | None,
    of_output(
        "--steps", metavar="FILE", help="Write every breakpoint, with the count just above it, to this CSV file."
    ),
]
PlotFile = Annotated[
    Path | None,
    of_output("--plot", metavar="FILE.png", help="Draw the curve and the bounds; .pdf and .svg too."),
]
TableFile = Annotated[Path | None, of_output("--output", metavar="FILE", help="Write the table, .csv or .parquet.")]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search, as it was asked for."""

    engine: EngineName = "auto"
    workers: Workers = 1
    time_limit: TimeLimit = None
    max_regions: MaxRegions = None

    def keywords(self) -> dict[str, Any]:
        """Return the keywords of `enumerate_regions` and of what calls it."""
        return asdict(self)
