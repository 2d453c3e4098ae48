"""The command `exactregions agree`."""

from __future__ import annotations

import typer

from exactregions.cli import domain_options, options
from exactregions.cli.groups import grouped
from exactregions.cli.output import Exit, facing_errors, print_answer, progress_line, show_question, stdout
from exactregions.cli.reading import Reading
from exactregions.crosscheck.agreement import Agreement
from exactregions.crosscheck.agreement import agree as ask_engines
from exactregions.support.tables import counted


@grouped
def agree(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    engines: options.EngineNames = options.AGREEING,
    workers: options.Workers = 1,
    time_limit: options.TimeLimit = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Ask several engines, and decide in exact arithmetic every pattern on which they differ.

    The time limit is for each engine. The exit code is 0 only when every engine named gives an exact answer and all
    agree; 6 when they contradict each other, with the patterns and the engines that are wrong on the screen.
    """
    with facing_errors(as_json):
        model = reading.network(network)
        domain = asked.build(model)
        with progress_line() as progress:
            found = ask_engines(
                model, domain, engines.split(","), time_limit=time_limit, workers=workers, progress=progress
            )
        print_answer(found, as_json, _show)
    raise typer.Exit(_exit_code(found))


def _show(found: Agreement) -> None:
    console = stdout()
    show_question(console, found.network, found.domain)
    console.print(found)
    if found.agreed and found.exact:
        answer = found.opinions[0].regions
        assert answer is not None
        console.print(f"all agree: exactly {counted(answer.count)}", style="bold green", markup=False)


def _exit_code(found: Agreement) -> int:
    """Return the gravest code that fits."""
    if not found.agreed:
        return Exit.DISAGREEMENT
    if not all(opinion.regions is not None and opinion.regions.complete for opinion in found.opinions):
        return Exit.INCOMPLETE
    return Exit.EXACT if found.exact else Exit.UNDECIDED
