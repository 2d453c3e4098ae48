"""The commands `exactregions plot ..`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from exactregions.cli import options, plot_options
from exactregions.cli.groups import grouped
from exactregions.cli.output import (
    check_output,
    current_directory,
    exit_code,
    facing_errors,
    print_json,
    progress_line,
    show_regions,
    stdout,
)
from exactregions.cli.reading import Reading
from exactregions.cli.slices import Slice, SliceOptions
from exactregions.comparison import Curve
from exactregions.comparison import curve as count_all
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.plot.saving import check_plot, save_figure
from exactregions.regions import RegionSet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plots"]

plots = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@plots.callback()
def plot() -> None:
    """Draw regions, their graph, the curve of their number, or how loose bounds are.

    The suffix of --output decides the kind of file; .html (of `regions`) is a page to turn and to point at.
    """


@plots.command("regions")
@grouped
def draw_regions(
    *,
    network: options.NetworkFile,
    output: plot_options.CellsFile,
    sliced: SliceOptions,
    asked: options.BoundedOptions,
    color: plot_options.ColourName = plot_options.Colour.pattern,
    of: plot_options.OutputNumber = 0,
    points: plot_options.MarkedFile = None,
    search: options.SearchOptions,
    dpi: plot_options.Dots = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Draw the regions of a network of two inputs, or of a slice of one of more, each as its exact cell.

    A plane through three points has a domain of its own unless one is named: a quarter around the triangle.
    """
    _check_domain(sliced, asked)
    page = output.suffix.lower() == ".html"
    if page and (color is not plot_options.Colour.pattern or points is not None):
        raise typer.BadParameter("a page shows --color pattern and no --points; draw .png, .svg or .pdf for these")
    with facing_errors(as_json):
        _check_file(output, page)
        marked = None if points is None else options.table_of(points)
        question = _question(reading.network(network), sliced, asked, most=3 if page else 2)
        regions = _search(question, search, entry_radii=color is plot_options.Colour.entry)
        if page:
            from exactregions.plot.interactive import plot_cells, save_page

            save_page(plot_cells(regions, labels=question.labels), output)
        else:
            from exactregions.plot.regions import plot_regions

            shown = question.points if marked is None else marked
            figure = plot_regions(regions, color.value, output=of, labels=question.labels, points=shown)
            save_figure(figure, output, dpi)
        _report(regions, output, as_json)
    raise typer.Exit(exit_code(regions))


@plots.command("graph")
@grouped
def draw_graph(
    *,
    network: options.NetworkFile,
    output: plot_options.PictureFile,
    sliced: SliceOptions,
    asked: options.BoundedOptions,
    search: options.SearchOptions,
    dpi: plot_options.Dots = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Draw the region graph of a network of two inputs, or of a slice: who has a facet in common with whom."""
    _check_domain(sliced, asked)
    with facing_errors(as_json):
        _check_file(output, page=False)
        question = _question(reading.network(network), sliced, asked, most=2)
        regions = _search(question, search)
        from exactregions.plot.graph import plot_graph

        save_figure(plot_graph(regions, labels=question.labels), output, dpi)
        _report(regions, output, as_json)
    raise typer.Exit(exit_code(regions))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverRadii:
    """A drawing over the radius, as it was asked for."""

    network: options.NetworkFile
    output: plot_options.PictureFile
    asked: options.BallOptions
    radii: options.RadiiText = None
    bounds: options.BoundNames = None
    search: options.SearchOptions
    dpi: plot_options.Dots = None
    as_json: options.AsJson = False
    reading: Reading


@plots.command("curve")
@grouped
def draw_curve(drawing: OverRadii) -> None:
    """Draw the number of regions at every radius, and the bounds beside it."""
    from exactregions.plot.curves import plot_curve

    _draw_radii(plot_curve, drawing)


@plots.command("ratio")
@grouped
def draw_ratio(drawing: OverRadii) -> None:
    """Draw each bound divided by the exact count, over the radius: 1 is tight."""
    from exactregions.plot.ratios import plot_ratio

    _draw_radii(plot_ratio, drawing)


def _check_domain(sliced: SliceOptions, asked: options.BoundedOptions) -> None:
    """Refuse a question without a domain; a plane through points has one of its own."""
    if sliced.through is None:
        asked.check()


def _check_file(output: Path, page: bool) -> None:
    """Refuse a file that cannot be drawn to before the search."""
    check_output(output)
    if page:
        from exactregions.plot.interactive import check_plotly

        check_plotly()
    else:
        check_plot(output)


def _question(network: Network, sliced: SliceOptions, asked: options.BoundedOptions, most: int) -> Slice:
    """Return what is to be searched and drawn, in two dimensions or, on a page, in three."""
    from exactregions.geometry.plane import check_plane

    question = sliced.build(network, asked)
    asked_of = free_inputs(question.network, question.domain)
    inputs = len(asked_of.free)
    if not 2 <= inputs <= most:
        raise DomainError(
            f"there are {inputs} input(s), and cells are drawn in two dimensions, or in three as .html; draw a slice: "
            "--through points.npy --rows 0,1,2, or --axes 0,1"
        )
    if inputs == 2:
        check_plane(asked_of.network, asked_of.domain)
    return question


def _search(question: Slice, search: options.SearchOptions, **more: Any) -> RegionSet:
    with progress_line() as progress:
        return enumerate_regions(question.network, question.domain, **search.keywords(), **more, progress=progress)


def _report(regions: RegionSet, output: Path, as_json: bool) -> None:
    if as_json:
        print_json(regions.describe() | {"plot": str(output)})
    else:
        show_regions(regions)
        stdout().print(f"picture  {output}", markup=False)


def _draw_radii(draw: Callable[[Curve], Figure], drawing: OverRadii) -> None:
    radii, output = drawing.radii, drawing.output
    chosen = None if radii is None else options.numbers_of(radii)
    with facing_errors(drawing.as_json), current_directory():
        _check_file(output, page=False)
        network = drawing.reading.network(drawing.network)
        ball = drawing.asked.ball(network)
        with progress_line() as progress:
            found = count_all(
                network, ball.center, ball.radius, ball.norm,
                bounds=options.names_of(drawing.bounds), radii=chosen, **drawing.search.keywords(), progress=progress,
            )  # fmt: skip
        save_figure(draw(found), output, drawing.dpi)
        if drawing.as_json:
            print_json(found.describe() | {"plot": str(output)})
        else:
            show_regions(found.regions)
            for warning in found.warnings() if found.falsified else ():
                stdout().print(warning, style="bold red", markup=False)
            stdout().print(f"picture  {output}", markup=False)
    raise typer.Exit(exit_code(found.regions, found.falsified))
