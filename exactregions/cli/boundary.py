"""The command `exactregions boundary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exactregions.cli import domain_options, options
from exactregions.cli.groups import grouped
from exactregions.cli.output import (
    Exit,
    check_output,
    drawing_line,
    exit_code,
    facing_errors,
    print_answer,
    print_value,
    progress_line,
    show_question,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.cli.slices import ThroughOptions
from exactregions.quantities import DecisionBoundary, decision_boundary
from exactregions.support.stopping import sheltered
from exactregions.support.tables import counted

ClassPair = Annotated[str | None, typer.Option("--classes", metavar="A,B", help="Only the pieces between two classes.")]
PlotFile = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE.png", help="Draw it on the regions, with two inputs; .pdf and .svg too."),
]


@grouped
def boundary(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    sliced: ThroughOptions,
    classes: ClassPair = None,
    search: options.SearchOptions,
    plot: PlotFile = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Find the pieces of the decision boundary in the domain: where the class changes.

    The class is the largest output, or the sign of the only one. How far a point is from another class `radius` tells.
    """
    pair = None if classes is None else _pair(classes)
    with facing_errors(as_json):
        check_output(plot)
        model, domain = sliced.question(reading.network(network), asked)
        with sheltered(), progress_line() as progress:
            found = decision_boundary(model, domain, pair, **search.keywords(), progress=progress)
        if plot is not None:
            from exactregions.plot import plot_boundary, save_figure

            with drawing_line(found.cells) as drawing:
                save_figure(plot_boundary(found, progress=drawing), plot)
        print_answer(found, as_json, _show)
    raise typer.Exit(Exit.EXACT if found.complete else exit_code(found.cells) or Exit.INCOMPLETE)


def _pair(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--classes takes two whole numbers, as 0,1; {text!r} is given") from None


def _show(found: DecisionBoundary) -> None:
    console = stdout()
    print_value(found, f"{counted(len(found), 'piece')} in {counted(found.regions)}")
    show_question(console, found.network, found.domain)
    for (first, second), number in found.between.items():
        console.print(f"between  classes {first} and {second}: {counted(number, 'piece')}", markup=False)
