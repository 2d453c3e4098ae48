"""The command `exactregions curve`."""

from __future__ import annotations

import typer

from exactregions.cli import domain_options, options, texts
from exactregions.cli.groups import grouped
from exactregions.cli.machines import MachineOptions
from exactregions.cli.output import (
    check_output,
    current_directory,
    exit_code,
    facing_errors,
    print_answer,
    progress_line,
    show_compared,
)
from exactregions.cli.reading import Reading
from exactregions.comparison import curve as count_all
from exactregions.plot.saving import check_plot, save_figure
from exactregions.support.stopping import sheltered


@grouped
def curve(
    *,
    network: options.NetworkFile,
    asked: domain_options.BallOptions,
    radii: options.RadiiText = None,
    bounds: options.BoundNames = None,
    search: options.SearchOptions,
    machines: MachineOptions,
    csv: options.CsvFile = None,
    steps: options.StepsFile = None,
    plot: options.PlotFile = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions in all balls up to a radius with one search, and compare some of the counts with bounds.

    The count is exact at every radius; it counts the regions that are strictly closer to the centre.
    """
    chosen = None if radii is None else texts.numbers_of(radii)
    with facing_errors(as_json), current_directory():
        for path in (csv, steps, plot):
            check_output(path)
        if plot is not None:
            check_plot(plot)
        model = reading.network(network)
        ball = asked.ball(model)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                found = count_all(
                    model,
                    ball.center,
                    ball.radius,
                    ball.norm,
                    bounds=texts.names_of(bounds),
                    radii=chosen,
                    **(search.keywords() | shared),
                    progress=progress,
                )
            print_answer(found, as_json, show_compared)
            if csv is not None:
                found.to_csv(csv)
            if steps is not None:
                found.to_csv(steps, steps=True)
            if plot is not None:
                from exactregions.plot.curves import plot_curve

                save_figure(plot_curve(found), plot)
    raise typer.Exit(exit_code(found.regions, found.falsified))
