"""`exactregions verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exactregions.cli import options
from exactregions.cli.groups import grouped
from exactregions.cli.machines import WorkerOptions
from exactregions.cli.output import Exit, check_output, facing_errors, print_json, print_text, progress_line, stdout
from exactregions.cli.reading import Reading
from exactregions.support.tables import exact_text
from exactregions.verification import FileVerdict, Outcome, verify_file

CODES = {Outcome.SAFE: Exit.EXACT, Outcome.UNSAFE: Exit.UNSAFE, Outcome.INCOMPLETE: Exit.INCOMPLETE}
SHOWN = 12  # values of a counterexample that are shown


@grouped
def verify(
    *,
    network: options.NetworkFile,
    file: Annotated[
        Path, typer.Argument(metavar="PROPERTY", help="A VNN-LIB file, 1.0 or 2.0, also .gz.", show_default=False)
    ],
    engine: options.EngineName = "auto",
    workers: options.Workers = 1,
    machines: WorkerOptions,
    time_limit: options.TimeLimit = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Write the proof there, for `check`.")
    ] = None,
    competition: Annotated[
        bool, typer.Option("--competition", help="Print sat or unsat, and a counterexample as VNN-COMP wants it.")
    ] = False,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Decide a property of the outputs: whether the counterexamples that a file describes exist.

    PROPERTY describes counterexamples: inputs of a closed region whose outputs meet inequalities. "safe" means
    that there is none, "unsafe" that there is one, which is shown; both are exact, for the real function of the
    stored weights, without any tolerance. The exit code is 0 for safe, 7 for unsafe, 3 if a limit or Ctrl-C came
    first, and 1 for bad input.

    --certificate leaves the proof, after a second search; where PROPERTY has several regions of inputs, one file for
    each.
    """
    with facing_errors(as_json):
        check_output(certificate)
        with progress_line() as progress, machines.keywords() as shared:
            found = verify_file(
                reading.network(network),
                file,
                engine=engine,
                **({"workers": workers} | shared),
                time_limit=time_limit,
                certificate=certificate,
                progress=progress,
            )
        if as_json:
            print_json(found.describe())
        elif competition:
            print_text(found.competition())
        else:
            _show(found)
    raise typer.Exit(CODES[found.outcome])


def _show(found: FileVerdict) -> None:
    case = found.deciding
    stdout().print(found.sentence, markup=False)
    for name, values in (("input", case.exact_input), ("output", case.exact_output)):
        for i, value in enumerate((values or ())[:SHOWN]):
            stdout().print(f"{name} {i}  {exact_text(value)}", markup=False)
    for verdict in found.cases:
        if verdict.certificate is not None:
            size = verdict.certificate.stat().st_size
            stdout().print(f"proof  {verdict.certificate}, {size:,} bytes, claim {verdict.outcome}", markup=False)
