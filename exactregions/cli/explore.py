"""The command `exactregions explore`."""

from __future__ import annotations

from typing import Any

import typer

from exactregions.cli import domain_options, options, plot_options, texts
from exactregions.cli.drawn import check_domain, drawn_question, report
from exactregions.cli.groups import grouped
from exactregions.cli.output import (
    check_output,
    current_directory,
    drawing_line,
    exit_code,
    facing_errors,
    progress_line,
)
from exactregions.cli.reading import Reading
from exactregions.cli.slices import Slice, SliceOptions
from exactregions.comparison import Comparison, Curve, compare, curve
from exactregions.domain import Ball


@grouped
def explore(
    *,
    network: options.NetworkFile,
    output: plot_options.PageFile,
    sliced: SliceOptions,
    asked: domain_options.BoundedOptions,
    bounds: options.BoundNames = None,
    largest: plot_options.MostCells = None,
    search: options.SearchOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Write a page for a browser on which the regions of two or three inputs, or of a slice, are explored.

    The page is one file that loads nothing. In a ball a slider goes through all radii, with the exact count and the
    bounds beside it. Three inputs are a solid to turn and to cut.
    """
    check_domain(sliced, asked)
    most: dict[str, Any] = {} if largest is None else {"largest": largest}
    with facing_errors(as_json), current_directory():
        from exactregions.plot.explorer import page

        check_output(output)
        page.check_page(output)
        question = drawn_question(reading.network(network), sliced, asked, most=3)
        found = _found(question, bounds, search)
        with drawing_line(found.regions) as told:
            page.explore(found, labels=question.labels, progress=told, **most).save(output)
        report(found.regions, output, as_json, "page")
    raise typer.Exit(exit_code(found.regions, found.falsified))


def _found(question: Slice, bounds: str | None, search: options.SearchOptions) -> Curve | Comparison:
    """Return the regions with bounds beside them, in a ball at many radii."""
    network, domain, names = question.network, question.domain, texts.names_of(bounds)
    with progress_line() as progress:
        if isinstance(domain, Ball):
            ball = domain.center, domain.radius, domain.norm
            return curve(network, *ball, bounds=names, **search.keywords(), progress=progress)
        return compare(network, domain, bounds=names, **search.keywords(), progress=progress)
