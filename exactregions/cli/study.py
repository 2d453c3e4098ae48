"""The command `exactregions study`."""

from __future__ import annotations

import typer

from exactregions.cli import options, texts
from exactregions.cli.groups import grouped
from exactregions.cli.output import (
    Exit,
    check_output,
    current_directory,
    facing_errors,
    print_answer,
    progress_console,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.comparison import Study
from exactregions.comparison import study as study_points
from exactregions.comparison.many_points.columns import check_table
from exactregions.support.stopping import sheltered
from exactregions.support.tables import counted


@grouped
def study(
    *,
    network: options.NetworkFile,
    points: options.PointsFile,
    radii: options.AllRadii,
    norm: options.BallsNorm = None,
    bounds: options.BoundNames = None,
    engine: options.EngineName = "auto",
    workers: options.PointWorkers = 1,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    resume: options.Checkpoint = None,
    check: options.CheckpointCheck = False,
    output: options.TableFile = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions in balls around many points, beside the bounds; one search for each point gives all radii.

    The limits are those of each point. With --resume an interrupted study continues where it was; --check counts
    again what the file brings.
    """
    asked = texts.numbers_of(radii)
    chosen = options.Norm.euclidean if norm is None else norm
    with facing_errors(as_json), current_directory():
        check_output(output)
        if output is not None:
            check_table(output)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            model = reading.network(network)
            found = study_points(
                model,
                texts.table_of(points, model.input_shape),
                asked,
                float(chosen.value),
                bounds=texts.names_of(bounds),
                engine=engine,
                workers=workers,
                time_limit=time_limit,
                max_regions=max_regions,
                resume=resume,
                check=check,
                progress=progress_console() is not None,
            )
            print_answer(found, as_json, _show)
            if output is not None:
                found.save(output)
    raise typer.Exit(_exit_code(found))


def _show(found: Study) -> None:
    console = stdout()
    verdict = f"{found.size}: "
    if found.exact:
        console.print(f"{verdict}every count is exact", style="bold green", markup=False)
    else:
        console.print(f"{verdict}{counted(len(found.rows), 'row')}, not all exact", style="bold red", markup=False)
    console.print(found)


def _exit_code(found: Study) -> Exit:
    """Return the gravest code that fits."""
    if found.falsified:
        return Exit.FALSIFIED
    if not found.complete or any(row["stopped"] for row in found.rows):
        return Exit.INCOMPLETE
    return Exit.EXACT if found.exact else Exit.UNDECIDED
