"""The command `exactregions radius`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from numpy.typing import ArrayLike

from exactregions.cli import options, texts
from exactregions.cli.groups import grouped
from exactregions.cli.output import (
    Exit,
    check_output,
    facing_errors,
    print_proved,
    print_value,
    progress_line,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.network import Network
from exactregions.quantities import RobustCurve, RobustRadius, certify_radius, robust_curve, robust_radius
from exactregions.support.stopping import sheltered
from exactregions.support.tables import counted

of_point = partial(typer.Option, rich_help_panel="Point (one of them)")

Center = Annotated[str | None, of_point("--center", metavar="C1,C2,..", help="The point.")]
CenterFile = Annotated[
    Path | None,
    of_point("--center-file", metavar="FILE.npy", help="The point: a row of an array."),
]
Row = Annotated[
    int | None,
    of_point("--row", metavar="N", help="Row of --center-file, from 0 on. [0]"),
]
PointsFile = Annotated[
    Path | None,
    of_point("--points", metavar="FILE.npy", help="Many points: the rows of an array."),
]
Largest = Annotated[float | None, typer.Option("--largest", metavar="R", help="Search no larger ball.")]
ProofFile = Annotated[
    Path | None,
    typer.Option(
        "--certificate",
        metavar="FILE",
        help="Of one point: write for `check` that it is no smaller (FILE-beyond) and no larger (FILE-reached).",
    ),
]


@dataclass(frozen=True, slots=True)
class PointOptions:
    """The point, or the points, as they were asked for."""

    center: Center = None
    center_file: CenterFile = None
    row: Row = None
    points: PointsFile = None

    def __post_init__(self) -> None:
        if sum(given is not None for given in (self.center, self.center_file, self.points)) != 1:
            raise typer.BadParameter("name one of --center, --center-file and --points")
        if self.row is not None and self.center_file is None:
            raise typer.BadParameter("--row belongs to --center-file")

    def point(self, network: Network) -> ArrayLike:
        """Return the one point that is named."""
        if self.center is not None:
            return texts.numbers_of(self.center)  # type: ignore[return-value]
        assert self.center_file is not None
        return texts.row_of(self.center_file, self.row or 0, network.input_shape)  # type: ignore[return-value]


@grouped
def radius(
    *,
    network: options.NetworkFile,
    asked: PointOptions,
    norm: options.NormOption = None,
    largest: Largest = None,
    certificate: ProofFile = None,
    search: options.SearchOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Find the exact distance from a point to another class, and a nearest point.

    The class is the largest output, or the sign of the only one. With --points a line is printed for each point; the
    time limit is that of each.
    """
    if certificate is not None and asked.points is not None:
        raise typer.BadParameter("--certificate is for one point")
    with facing_errors(as_json):
        check_output(certificate)
        model = reading.network(network)
        keywords: dict[str, Any] = search.keywords() | {"norm": "2" if norm is None else norm.value, "largest": largest}
        with sheltered(), progress_line() as progress:
            if asked.points is not None:
                table = texts.table_of(asked.points, model.input_shape)
                show = None if as_json else _show_line
                found = robust_curve(model, table, **keywords, progress=progress, observer=show)
            else:
                found = robust_radius(model, asked.point(model), **keywords, progress=progress)
            proved = None
            if certificate is not None and isinstance(found, RobustRadius) and found.complete:
                limits = {"workers": search.workers, "time_limit": search.time_limit, "progress": progress}
                proved = certify_radius(model, found, certificate, **limits)
        print_proved(found, as_json, _show, proved)
    raise typer.Exit(Exit.EXACT if found.complete else Exit.INCOMPLETE)


def _show(found: RobustRadius | RobustCurve) -> None:
    console = stdout()
    if isinstance(found, RobustCurve):
        console.print(found, markup=False)
        return
    print_value(found, found.radius)
    beyond = "" if found.other is None else f"; class {found.other} beyond"
    ties = f", as large at the point: {', '.join(map(str, found.ties))}" if found.ties else ""
    console.print(f"class    {found.label}{ties}{beyond}", markup=False)
    console.print(f"search   {counted(found.regions)}, {found.seconds:.3g} s", markup=False)


def _show_line(number: int, found: RobustRadius) -> None:
    stdout().print(f"{number:<8} {found!r}", markup=False)
