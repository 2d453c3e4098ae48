"""The command `exactregions lipschitz`."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from exactregions.cli import domain_options, options
from exactregions.cli.groups import grouped
from exactregions.cli.output import (
    Exit,
    exit_code,
    facing_errors,
    print_answer,
    print_value,
    progress_line,
    show_question,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.quantities import Lipschitz
from exactregions.quantities import lipschitz as exact_constant
from exactregions.support.stopping import sheltered
from exactregions.support.tables import counted

NormPair = Annotated[
    str,
    typer.Option("--norms", metavar="P,Q", help="Norm of the inputs and of the outputs, each 1, 2 or inf."),
]
OutputNumber = Annotated[
    int | None, typer.Option("--of-output", metavar="N", help="One output, from 0 on. [the whole map]")
]


@grouped
def lipschitz(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    norms: NormPair = "2,2",
    of_output: OutputNumber = None,
    search: options.SearchOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Find the exact Lipschitz constant of the network on the domain, beside the usual bounds on it.

    It is the largest norm of the linear parts of the regions that meet the domain; in Python the answer has
    that of each region.
    """
    pair = [_norm(text) for text in norms.split(",")]
    with facing_errors(as_json):
        model = reading.network(network)
        domain = asked.build(model)
        with sheltered():
            with progress_line() as progress:
                found = exact_constant(model, domain, pair, output=of_output, **search.keywords(), progress=progress)
            print_answer(found, as_json, _show)
    raise typer.Exit(Exit.EXACT if found.complete else exit_code(found.regions) or Exit.INCOMPLETE)


def _norm(text: str) -> float:
    known = {"1": 1.0, "2": 2.0, "inf": math.inf}
    if text.strip() not in known:
        raise typer.BadParameter(f"--norms takes two of 1, 2 and inf, as 2,inf; {text!r} is given")
    return known[text.strip()]


def _show(found: Lipschitz) -> None:
    console = stdout()
    print_value(found, found.constant)
    show_question(console, found.regions.network, found.regions.domain)
    p, q = found.norms
    what = "the whole map" if found.output is None else f"output {found.output}"
    steepest = "" if found.steepest is None else f", attained in region {found.steepest}"
    console.print(f"norms    {p:g} -> {q:g} of {what}; {counted(len(found.regions))}{steepest}", markup=False)
    for name, bound in found.usual.items():
        console.print(f"bound    {bound:.6g}, {found.ratios[name]:.3g} times as much: {name}", markup=False)
