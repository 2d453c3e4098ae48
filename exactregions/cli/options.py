"""The options of the commands, and the domain they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import typer
from numpy.typing import NDArray

from exactregions.crosscheck.agreement import ENGINES
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace, require_ball
from exactregions.engines.registry import engine_names
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers.domain_files import SUFFIXES, read_domain
from exactregions.importers.vnnlib import input_regions, only_region
from exactregions.network import Network
from exactregions.support.archives import read_array
from exactregions.support.arrays import without_ones
from exactregions.support.shortening import short

__all__ = [
    "BallOptions",
    "BoundedOptions",
    "DomainOptions",
    "Norm",
    "SearchOptions",
    "names_of",
    "numbers_of",
    "table_of",
]

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
    of_search("--engine", metavar="NAME", callback=_known_engine, help=f"One of {', '.join(engine_names())}."),
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
MaxRegions = Annotated[int | None, of_search("--max-regions", metavar="N", help="Stop after so many regions.")]
Output = Annotated[
    Path | None, of_output("--output", metavar="FILE.npz", help="Save the regions, also of a partial result.")
]
NoStore = Annotated[
    bool, of_output("--no-store", help="Save the number and the verdict only, and hold no region in memory.")
]
ShowStats = Annotated[bool, of_output("--stats", help="Print what settled how many decisions.")]
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
FullValues = Annotated[bool, of_bounds("--full", help="Also write out the values that the table abbreviates.")]
PointsFile = Annotated[
    Path, of_balls("--points", metavar="FILE.npy", help="An array, a centre in each row.", show_default=False)
]
BallsNorm = Annotated[Norm | None, of_balls("--norm", metavar="2|1|inf", help="Norm of the balls. [2]")]
PointWorkers = Annotated[int, of_search("--workers", metavar="N", help="Points searched at a time.")]
Checkpoint = Annotated[
    Path | None,
    of_search("--resume", metavar="FILE", help="Add each finished point to this file; go on from it if it is there."),
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


@dataclass(frozen=True, slots=True)
class DomainOptions:
    """The domain as it was asked for.

    Raises
    ------
    typer.BadParameter
        If not exactly one domain is named, an option does not belong to it, or a text is no number.
    """

    center: CenterText = None
    center_file: CenterFile = None
    row: RowNumber = None
    origin: Origin = False
    radius: Radius = None
    norm: NormOption = None
    box: BoxText = None
    polytope: PolytopeFile = None
    vnnlib: VnnlibFile = None
    whole_space: WholeSpaceFlag = False

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Refuse what names no domain, as the class says."""
        balls = [self.center is not None, self.center_file is not None, self.origin]
        flat = self.box is not None or self.polytope is not None
        others = [flat, self.vnnlib is not None, self.whole_space]
        if sum(balls + others) != 1:
            given = "several are given" if any(balls + others) else "none is given"
            raise typer.BadParameter(
                f"{given}; name one domain: --center, --center-file or --origin (with --radius), --box, --polytope, "
                "--vnnlib or --whole-space"
            )
        if any(balls) and self.radius is None:
            raise typer.BadParameter("a ball needs --radius")
        if not any(balls) and (self.radius is not None or self.norm is not None):
            raise typer.BadParameter("--radius and --norm belong to a ball: --center, --center-file or --origin")
        if self.row is not None and self.center_file is None:
            raise typer.BadParameter("--row belongs to --center-file")
        for text in filter(None, (self.center, self.radius)):
            _numbers(text)
        if self.box is not None and not _is_file(self.box):
            _ends(self.box)
        if self.radius is not None and len(_numbers(self.radius)) != 1:
            raise typer.BadParameter(f"--radius takes one number; {short(self.radius)} is given")

    def build(self, inputs: int, input_shape: tuple[int, ...] | None = None) -> Domain:
        """Return the domain, for a network with inputs of this number and shape.

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
            return self.single(self.build_each(inputs, input_shape))
        if self.polytope is not None:
            return self._polytope(self.polytope, inputs)
        if self.box is not None:
            return self._box(self.box, inputs)
        assert self.radius is not None
        (radius,) = _numbers(self.radius)
        norm = Norm.euclidean if self.norm is None else self.norm
        return Ball(self._center(inputs, input_shape), radius, float(norm.value))

    def build_each(self, inputs: int, input_shape: tuple[int, ...] | None = None) -> tuple[Domain, ...]:
        """Return the domains to ask about in turn: one, but for a VNN-LIB file of several boxes.

        Raises
        ------
        ExactRegionsError, OSError
            As `build`.
        """
        if self.vnnlib is None:
            return (self.build(inputs, input_shape),)
        return tuple(_of_file(box, self.vnnlib, inputs) for box in self._boxes())

    def single(self, domains: Sequence[Domain]) -> Domain:
        """Return the one domain of what `build_each` gave.

        Raises
        ------
        FileFormatError
            If there are several.
        """
        return domains[0] if self.vnnlib is None else only_region(self.vnnlib, domains)

    def _box(self, text: str, inputs: int) -> Box:
        if _is_file(text):
            return _of_kind(Box, Path(text), inputs)
        lower, upper = _ends(text)
        if ":" not in text:
            return Box(lower[0], upper[0], dim=inputs)
        if len(lower) != inputs:
            raise DomainError(
                f"--box has the ends of {len(lower)} inputs and the network {inputs}; give LO:HI for each"
            )
        return Box(lower, upper)

    def _polytope(self, path: Path, inputs: int) -> Polytope:
        found = _of_kind(Polytope, path, inputs)
        if self.box is None:
            return found
        if found.box is not None:
            raise DomainError(f"{path} holds a polytope within a box already; leave out --box")
        return Polytope(found.A, found.b, self._box(self.box, inputs))

    def _boxes(self) -> tuple[Box | Polytope, ...]:
        """Return the regions of the VNN-LIB file, or the one whose number follows its name."""
        assert self.vnnlib is not None
        name, _, number = self.vnnlib.name.partition("#")
        boxes = input_regions(self.vnnlib.with_name(name))
        if not number:
            return boxes
        if not number.isdecimal() or not 1 <= int(number) <= len(boxes):
            raise DomainError(f"{name} has boxes 1 to {len(boxes)}; box {short(number)} is asked for")
        return (boxes[int(number) - 1],)

    def _center(self, inputs: int, input_shape: tuple[int, ...] | None) -> list[Number]:
        if self.origin:
            return [0.0] * inputs
        if self.center_file is not None:
            return _row_of(self.center_file, self.row or 0, input_shape)
        assert self.center is not None
        return _numbers(self.center)


@dataclass(frozen=True, slots=True)
class BoundedOptions(DomainOptions):
    """A domain that can be drawn; it may be left out."""

    whole_space: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.named:
            self.check()

    @property
    def named(self) -> bool:
        """Whether any option of a domain is given."""
        return any(value is not None and value is not False for value in asdict(self).values())


@dataclass(frozen=True, slots=True)
class BallOptions(DomainOptions):
    """A ball as it was asked for."""

    box: str | None = field(default=None, init=False)
    polytope: Path | None = field(default=None, init=False)
    vnnlib: Path | None = field(default=None, init=False)
    whole_space: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.center is None and self.center_file is None and not self.origin:
            raise typer.BadParameter("a curve needs a centre: --center, --center-file or --origin")
        self.check()

    def ball(self, network: Network) -> Ball:
        """Return the ball, for a network.

        Raises
        ------
        ExactRegionsError, OSError
            As `build`.
        """
        return require_ball(self.build(network.inputs, network.input_shape))


def _is_file(text: str) -> bool:
    return text.lower().endswith(SUFFIXES)


def _ends(text: str) -> tuple[list[Number], list[Number]]:
    """Read LO,HI or LO:HI,LO:HI,..: the lower ends and the upper ones."""
    pairs = [part.split(":") for part in text.split(",")] if ":" in text else [text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise typer.BadParameter(
            f"--box takes two numbers LO,HI, or LO:HI,LO:HI,.. with the ends of each input, or a .npz or .json file; "
            f"{short(text)} is given"
        )
    ends = [_numbers(",".join(pair)) for pair in pairs]
    return [lower for lower, _ in ends], [upper for _, upper in ends]


K = TypeVar("K", Box, Polytope)
OPTIONS = {
    "ball": "--center and --radius, no file holds a ball",
    "box": "--box",
    "polytope": "--polytope",
    "whole-space": "--whole-space",
}


def _of_kind(kind: type[K], path: Path, inputs: int) -> K:
    """Return the domain of a file, which must be of a kind and fit the network."""
    found = _of_file(read_domain(path), path, inputs)
    if not isinstance(found, kind):
        raise DomainError(f"{path} holds a {found.kind}, and a {kind.kind} is asked for; use {OPTIONS[found.kind]}")
    return found


D = TypeVar("D", bound=Domain)


def _of_file(domain: D, path: Path, inputs: int) -> D:
    if domain.dim != inputs:
        raise DomainError(
            f"{path} is of {domain.dim} inputs and the network has {inputs}; give the file that belongs to this network"
        )
    return domain


def _numbers(text: str) -> list[Number]:
    """Read numbers with commas between: p/q as an exact fraction, anything else as a float."""
    try:
        return [Fraction(part) if "/" in part else float(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{short(text)} holds no numbers; write 0.5, or 1/3, with commas between") from None


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


def table_of(path: Path, input_shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Return the array in an .npy file as a table; further axes are flattened, in row-major order.

    Parameters
    ----------
    path : Path
    input_shape : tuple of int, optional
        That of the network; rows of several axes must have it.

    Raises
    ------
    FileFormatError
        If the file holds no array of numbers.
    DomainError
        If its rows have another shape.
    OSError
        If it cannot be read.
    """
    array = read_array(path)
    if array.dtype.kind not in "fiu" or array.size == 0:
        raise FileFormatError(f"{path} does not hold one array of numbers; save one with numpy.save")
    given = array.shape[1:]
    if input_shape is not None and len(without_ones(given)) > 1 and without_ones(given) != without_ones(input_shape):
        raise DomainError(
            f"{path} has rows of shape {given} and the network takes {input_shape}; move their axes first"
        )
    return array.reshape(1, -1) if array.ndim < 2 else array.reshape(len(array), -1)


def _row_of(path: Path, row: int, input_shape: tuple[int, ...] | None) -> list[Number]:
    """Return a row of an array in an .npy file."""
    table = table_of(path, input_shape)
    if not 0 <= row < len(table):
        raise DomainError(f"{path} has rows 0 to {len(table) - 1}; row {row} is asked for")
    return table[row].tolist()
