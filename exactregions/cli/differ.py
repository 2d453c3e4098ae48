"""The command `exactregions differ`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from exactregions.cli import domain_options, options
from exactregions.cli.groups import grouped
from exactregions.cli.output import Exit, facing_errors, point_line, print_answer, progress_line, stdout
from exactregions.cli.reading import Reading
from exactregions.quantities import Difference, Equality, difference, equal
from exactregions.support.stopping import sheltered

OtherFile = Annotated[
    Path, typer.Argument(metavar="OTHER", help="A network of as many inputs and outputs.", show_default=False)
]
HowMuch = Annotated[bool, typer.Option("--how-much", help="Find the largest difference of an output.")]


@grouped
def differ(
    *,
    network: options.NetworkFile,
    other: OtherFile,
    asked: domain_options.DomainOptions,
    how_much: HowMuch = False,
    workers: options.Workers = 1,
    time_limit: options.TimeLimit = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Prove that two networks are the same function on a domain, or find a point where they differ.

    The exit code is 0 also where they differ; --json tells.
    """
    with facing_errors(as_json):
        first, second = reading.network(network), reading.network(other)
        domain = asked.build(first)
        limits: dict[str, Any] = {"workers": workers, "time_limit": time_limit}
        with sheltered(), progress_line() as progress:
            ask = difference if how_much else equal
            found: Difference | Equality = ask(first, second, domain, **limits, progress=progress)
        print_answer(found, as_json, _show)
    raise typer.Exit(Exit.EXACT if found.stopped is None else Exit.INCOMPLETE)


def _show(found: Difference | Equality) -> None:
    stdout().print(_words(found), markup=False)
    if found.point is not None:
        stdout().print(point_line(found.point), markup=False)


def _words(found: Difference | Equality) -> str:
    state = "" if found.stopped is None else f"NOT COMPLETE ({found.stopped}): "
    if isinstance(found, Difference):
        return f"{state}{found.value}" + ("" if found.output is None else f" in output {found.output}")
    return state + ("not known" if found.equal is None else "equal" if found.equal else "different")
