"""The commands `exactregions plot ..`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from exactregions.cli import domain_options, options, plot_options, texts
from exactregions.cli.drawn import check_domain, drawn_question, report
from exactregions.cli.groups import add_command, grouped
from exactregions.cli.output import (
    check_output,
    current_directory,
    drawing_line,
    exit_code,
    facing_errors,
    print_json,
    progress_line,
    show_regions,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.cli.slices import Slice, SliceOptions
from exactregions.comparison import curve as count_all
from exactregions.enumeration import enumerate_regions
from exactregions.plot.saving import check_plot, save_figure
from exactregions.regions import RegionSet
from exactregions.support.archives import read_array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

plots = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@plots.callback()
def plot() -> None:
    """Draw regions, their graph, the curve of their number, or how loose bounds are.

    The suffix of --output decides the kind of file; .html (of `regions`) is a page to turn and to point at.
    """


@grouped
def draw_regions(
    *,
    network: options.NetworkFile,
    output: plot_options.CellsFile,
    sliced: SliceOptions,
    asked: domain_options.BoundedOptions,
    color: plot_options.ColourName = plot_options.Colour.pattern,
    of: plot_options.OutputNumber = 0,
    points: plot_options.MarkedFile = None,
    point_labels: plot_options.LabelsFile = None,
    largest: plot_options.MostCells = None,
    search: options.SearchOptions,
    paper: plot_options.PaperOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Draw the regions of a network of two inputs, or of a slice of one of more, each as its exact cell.

    A plane through three points has a domain of its own unless one is named: a quarter around the triangle.
    """
    check_domain(sliced, asked)
    page = output.suffix.lower() == ".html"
    if page and (color is not plot_options.Colour.pattern or points is not None):
        raise typer.BadParameter("a page shows --color pattern and no --points; draw .png, .svg or .pdf for these")
    if point_labels is not None and points is None:
        raise typer.BadParameter("--point-labels belongs to --points")
    most: dict[str, Any] = {} if largest is None else {"largest": largest}
    with facing_errors(as_json):
        _check_file(output, page)
        marked = None if points is None else texts.table_of(points)
        named = None if point_labels is None else read_array(point_labels)
        question = drawn_question(reading.network(network), sliced, asked, most=3 if page else 2)
        regions = _search(question, search, entry_radii=color is plot_options.Colour.entry)
        if page:
            from exactregions.plot.interactive import plot_cells, save_page

            with drawing_line(regions) as told:
                save_page(plot_cells(regions, labels=question.labels, progress=told, **most), output)
        else:
            from exactregions.plot.regions import plot_regions

            shown = question.points if marked is None else marked
            with drawing_line(regions) as told:
                figure = plot_regions(
                    regions, color.value, output=of, labels=question.labels, points=shown, point_labels=named,
                    size=paper.inches, progress=told, **most,
                )  # fmt: skip
                save_figure(figure, output, paper.dpi)
        report(regions, output, as_json)
    raise typer.Exit(exit_code(regions))


@grouped
def draw_graph(
    *,
    network: options.NetworkFile,
    output: plot_options.PictureFile,
    sliced: SliceOptions,
    asked: domain_options.BoundedOptions,
    largest: plot_options.MostCells = None,
    search: options.SearchOptions,
    paper: plot_options.PaperOptions,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Draw the region graph of a network of two inputs, or of a slice: who has a facet in common with whom."""
    check_domain(sliced, asked)
    with facing_errors(as_json):
        _check_file(output, page=False)
        question = drawn_question(reading.network(network), sliced, asked)
        regions = _search(question, search)
        from exactregions.plot.graph import plot_graph

        most: dict[str, Any] = {} if largest is None else {"largest": largest}
        with drawing_line(regions) as told:
            figure = plot_graph(regions, labels=question.labels, size=paper.inches, progress=told, **most)
            save_figure(figure, output, paper.dpi)
        report(regions, output, as_json)
    raise typer.Exit(exit_code(regions))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverRadii:
    """A drawing over the radius, as it was asked for."""

    network: options.NetworkFile
    output: plot_options.PictureFile
    asked: domain_options.BallOptions
    radii: options.RadiiText = None
    bounds: options.BoundNames = None
    search: options.SearchOptions
    paper: plot_options.PaperOptions
    as_json: options.AsJson = False
    reading: Reading


@grouped
def draw_curve(drawing: OverRadii) -> None:
    """Draw the number of regions at every radius, and the bounds beside it."""
    from exactregions.plot.curves import plot_curve

    _draw_radii(plot_curve, drawing)


@grouped
def draw_ratio(drawing: OverRadii) -> None:
    """Draw each bound divided by the exact count, over the radius: 1 is tight."""
    from exactregions.plot.ratios import plot_ratio

    _draw_radii(plot_ratio, drawing)


def _check_file(output: Path, page: bool) -> None:
    """Refuse a file that cannot be drawn to before the search."""
    check_output(output)
    if page:
        from exactregions.plot.interactive import check_plotly

        check_plotly()
    else:
        check_plot(output)


def _search(question: Slice, search: options.SearchOptions, **more: Any) -> RegionSet:
    with progress_line() as progress:
        return enumerate_regions(question.network, question.domain, **search.keywords(), **more, progress=progress)


def _draw_radii(draw: Callable[..., Figure], drawing: OverRadii) -> None:
    radii, output = drawing.radii, drawing.output
    chosen = None if radii is None else texts.numbers_of(radii)
    with facing_errors(drawing.as_json), current_directory():
        _check_file(output, page=False)
        network = drawing.reading.network(drawing.network)
        ball = drawing.asked.ball(network)
        with progress_line() as progress:
            found = count_all(
                network, ball.center, ball.radius, ball.norm,
                bounds=texts.names_of(drawing.bounds), radii=chosen, **drawing.search.keywords(), progress=progress,
            )  # fmt: skip
        save_figure(draw(found, size=drawing.paper.inches), output, drawing.paper.dpi)
        if drawing.as_json:
            print_json(found.describe() | {"plot": str(output)})
        else:
            show_regions(found.regions)
            for warning in found.warnings() if found.falsified else ():
                stdout().print(warning, style="bold red", markup=False)
            stdout().print(f"picture  {output}", markup=False)
    raise typer.Exit(exit_code(found.regions, found.falsified))


add_command(plots, draw_regions, "regions")
add_command(plots, draw_graph, "graph")
add_command(plots, draw_curve, "curve")
add_command(plots, draw_ratio, "ratio")
