"""The command `exactregions maximize`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from exactregions.cli import domain_options, options, texts
from exactregions.cli.groups import grouped
from exactregions.cli.machines import WorkerOptions
from exactregions.cli.output import (
    Exit,
    check_output,
    facing_errors,
    point_line,
    print_proved,
    print_value,
    progress_line,
    show_question,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.domain import Domain
from exactregions.errors import NetworkError
from exactregions.network import Network
from exactregions.quantities import Extreme, certify_maximum, certify_minimum, minimize
from exactregions.quantities import maximize as exact_maximum
from exactregions.support.stopping import sheltered
from exactregions.support.tables import counted

OutputNumber = Annotated[int | None, typer.Option("--of-output", metavar="N", help="One output, from 0 on. [0]")]
Direction = Annotated[
    str | None, typer.Option("--direction", metavar="W1,W2,..", help="A weight for each output, as 1,-1 or 1/3,0.")
]
Minimize = Annotated[bool, typer.Option("--minimize", help="Find the least value instead.")]
ProofFile = Annotated[
    Path | None,
    typer.Option(
        "--certificate",
        metavar="FILE",
        help="Write FILE-reached, a point with the value, and FILE-beyond, a proof that none goes beyond, for `check`.",
    ),
]


@grouped
def maximize(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    of_output: OutputNumber = None,
    direction: Direction = None,
    least: Minimize = False,
    certificate: ProofFile = None,
    workers: options.Workers = 1,
    machines: WorkerOptions,
    time_limit: options.TimeLimit = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Find the exact maximum of an output on the closed domain, or of a combination of outputs, and where it is.

    A limit or Ctrl-C leaves an enclosure that is proved, and the exit code 3.
    """
    if of_output is not None and direction is not None:
        raise typer.BadParameter("name one of --of-output and --direction")
    with facing_errors(as_json):
        check_output(certificate)
        model = reading.network(network)
        domain = asked.build(model)
        weights = _weights(model, of_output) if direction is None else texts.numbers_of(direction)
        limits: dict[str, Any] = {"workers": workers, "time_limit": time_limit}
        with sheltered(), progress_line() as progress, machines.keywords() as shared:
            search = minimize if least else exact_maximum
            found = search(model, domain, weights, **(limits | shared), progress=progress)
            proved = None
            if certificate is not None and found.complete:
                certify = certify_minimum if least else certify_maximum
                proved = certify(model, domain, weights, found, certificate, **limits, progress=progress)
        print_proved(found, as_json, partial(_show, model, domain), proved)
    raise typer.Exit(Exit.EXACT if found.complete else Exit.INCOMPLETE)


def _weights(network: Network, output: int | None) -> list[int]:
    if output is None and network.outputs > 1:
        raise NetworkError(f"the network has {network.outputs} outputs; name one by --of-output, or give --direction")
    place = output or 0
    if not 0 <= place < network.outputs:
        raise NetworkError(f"output {place} is asked for; the network has the outputs 0 to {network.outputs - 1}")
    return [int(i == place) for i in range(network.outputs)]


def _show(network: Network, domain: Domain, found: Extreme) -> None:
    console = stdout()
    print_value(found, found.value)
    if found.point is not None:
        console.print(point_line(found.point), markup=False)
    show_question(console, network, domain)
    console.print(f"search   {counted(found.regions)} decided exactly, {found.seconds:.3g} s", markup=False)
