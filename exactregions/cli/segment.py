"""The command `exactregions segment`."""

from __future__ import annotations

from typing import Any

import typer

from exactregions.cli import options
from exactregions.cli.groups import grouped
from exactregions.cli.output import Exit, exit_code, facing_errors, print_json, progress_line, stdout
from exactregions.cli.reading import Reading
from exactregions.cli.slices import ThroughOptions
from exactregions.errors import NotExactError
from exactregions.segments import Segment
from exactregions.segments import segment as pieces_of
from exactregions.support.stopping import sheltered
from exactregions.support.tables import counted


@grouped
def segment(
    *,
    network: options.NetworkFile,
    sliced: ThroughOptions,
    search: options.SearchOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Find the pieces of the segment between two points, in order, and the exact points where they meet.

    The points are rows of an array, --through points.npy --rows 0,1. A breakpoint t is start + t (end - start); beside
    it stand the units that change their sign there.
    """
    with facing_errors(as_json):
        model = reading.network(network)
        start, end = sliced.ends(model)
        try:
            with sheltered(), progress_line() as progress:
                found = pieces_of(model, start, end, **search.keywords(), progress=progress)
        except NotExactError as error:
            regions: Any = error.regions
            if as_json:
                print_json({"exact": False, "regions": regions.describe()})
            else:
                stdout().print(f"NOT COMPLETE: {error}", style="bold red", markup=False)
            raise typer.Exit(exit_code(regions) or Exit.INCOMPLETE) from None
        if as_json:
            print_json(_described(found))
        else:
            _show(found)


def _described(found: Segment) -> dict[str, Any]:
    return {
        "exact": True,
        "pieces": len(found),
        "breakpoints": [{"value": float(t), "exact": str(t)} for t in found.breakpoints()],
        "changes": [list(units) for units in found.changes()],
        "regions": found.regions.describe(),
    }


def _show(found: Segment) -> None:
    console = stdout()
    console.print(counted(len(found), "piece"), style="bold green", markup=False)
    for t, units in zip(found.breakpoints(), found.changes(), strict=True):
        console.print(f"{float(t):<24.17g}{', '.join(f'unit {unit}' for unit in units)}", markup=False)
