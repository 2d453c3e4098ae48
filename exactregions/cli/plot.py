"""The commands `exactregions plot ..`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from exactregions.cli import options, plot_options, slices
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
from exactregions.cli.reading import load_network, reads_network
from exactregions.cli.slices import Slice, SliceOptions
from exactregions.comparison import curve as count_all
from exactregions.domain import require_ball
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError
from exactregions.fixed_inputs import free_inputs
from exactregions.plot.saving import check_plot, save_figure
from exactregions.regions import RegionSet

__all__ = ["plots"]

plots = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")


@plots.callback()
def plot() -> None:
    """Draw regions, their graph, the curve of their number, or how loose bounds are.

    The suffix of --output decides the kind of file; .html (of `regions`) is a page to turn and to point at.
    """


@plots.command("regions")
@reads_network
def draw_regions(
    network: options.NetworkFile,
    output: plot_options.CellsFile,
    through: slices.ThroughFile = None,
    rows: slices.RowNumbers = None,
    axes: slices.AxesText = None,
    center: options.CenterText = None,
    center_file: options.CenterFile = None,
    row: options.RowNumber = None,
    origin: options.Origin = False,
    radius: options.Radius = None,
    norm: options.NormOption = None,
    box: options.BoxText = None,
    polytope: options.PolytopeFile = None,
    vnnlib: options.VnnlibFile = None,
    color: plot_options.ColourName = plot_options.Colour.pattern,
    of: plot_options.OutputNumber = 0,
    points: plot_options.MarkedFile = None,
    engine: options.EngineName = "auto",
    workers: options.Workers = 1,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    dpi: plot_options.Dots = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw the regions of a network of two inputs, or of a slice of one of more, each as its exact cell.

    A plane through three points has a domain of its own unless one is named: a quarter around the triangle.
    """
    sliced = SliceOptions(through, rows, axes)
    asked = _domain(sliced, center, center_file, row, origin, radius, norm, box, vnnlib, polytope)
    page = output.suffix.lower() == ".html"
    if page and (color is not plot_options.Colour.pattern or points is not None):
        raise typer.BadParameter("a page shows --color pattern and no --points; draw .png, .svg or .pdf for these")
    with facing_errors(as_json):
        _check_file(output, page)
        marked = None if points is None else options.table_of(points)
        question = _question(network, sliced, asked, most=3 if page else 2)
        search = {"engine": engine, "workers": workers, "time_limit": time_limit, "max_regions": max_regions}
        regions = _search(question, entry_radii=color is plot_options.Colour.entry, **search)
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
@reads_network
def draw_graph(
    network: options.NetworkFile,
    output: plot_options.PictureFile,
    through: slices.ThroughFile = None,
    rows: slices.RowNumbers = None,
    axes: slices.AxesText = None,
    center: options.CenterText = None,
    center_file: options.CenterFile = None,
    row: options.RowNumber = None,
    origin: options.Origin = False,
    radius: options.Radius = None,
    norm: options.NormOption = None,
    box: options.BoxText = None,
    polytope: options.PolytopeFile = None,
    vnnlib: options.VnnlibFile = None,
    engine: options.EngineName = "auto",
    workers: options.Workers = 1,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    dpi: plot_options.Dots = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw the region graph of a network of two inputs, or of a slice: who has a facet in common with whom."""
    sliced = SliceOptions(through, rows, axes)
    asked = _domain(sliced, center, center_file, row, origin, radius, norm, box, vnnlib, polytope)
    with facing_errors(as_json):
        _check_file(output, page=False)
        question = _question(network, sliced, asked, most=2)
        search = {"engine": engine, "workers": workers, "time_limit": time_limit, "max_regions": max_regions}
        regions = _search(question, **search)
        from exactregions.plot.graph import plot_graph

        save_figure(plot_graph(regions, labels=question.labels), output, dpi)
        _report(regions, output, as_json)
    raise typer.Exit(exit_code(regions))


@plots.command("curve")
@reads_network
def draw_curve(
    network: options.NetworkFile,
    output: plot_options.PictureFile,
    center: options.CenterText = None,
    center_file: options.CenterFile = None,
    row: options.RowNumber = None,
    origin: options.Origin = False,
    radius: options.Radius = None,
    norm: options.NormOption = None,
    radii: options.RadiiText = None,
    bounds: options.BoundNames = None,
    engine: options.EngineName = "auto",
    workers: options.Workers = 1,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    dpi: plot_options.Dots = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw the number of regions at every radius, and the bounds beside it."""
    from exactregions.plot.curves import plot_curve

    asked = _ball(center, center_file, row, origin, radius, norm)
    search = {"engine": engine, "workers": workers, "time_limit": time_limit, "max_regions": max_regions}
    _draw_radii(plot_curve, network, output, asked, radii, bounds, search, dpi, as_json)


@plots.command("ratio")
@reads_network
def draw_ratio(
    network: options.NetworkFile,
    output: plot_options.PictureFile,
    center: options.CenterText = None,
    center_file: options.CenterFile = None,
    row: options.RowNumber = None,
    origin: options.Origin = False,
    radius: options.Radius = None,
    norm: options.NormOption = None,
    radii: options.RadiiText = None,
    bounds: options.BoundNames = None,
    engine: options.EngineName = "auto",
    workers: options.Workers = 1,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    dpi: plot_options.Dots = None,
    as_json: options.AsJson = False,
) -> None:
    """Draw each bound divided by the exact count, over the radius: 1 is tight."""
    from exactregions.plot.ratios import plot_ratio

    asked = _ball(center, center_file, row, origin, radius, norm)
    search = {"engine": engine, "workers": workers, "time_limit": time_limit, "max_regions": max_regions}
    _draw_radii(plot_ratio, network, output, asked, radii, bounds, search, dpi, as_json)


def _domain(
    sliced: SliceOptions,
    center: str | None,
    center_file: Path | None,
    row: int | None,
    origin: bool,
    radius: str | None,
    norm: options.Norm | None,
    box: str | None,
    vnnlib: Path | None,
    polytope: Path | None,
) -> options.DomainOptions | None:
    """Return the domain that was asked for; None for a plane through points where none was."""
    given = (center, center_file, row, origin or None, radius, norm, box, vnnlib, polytope)
    if sliced.through is not None and all(value is None for value in given):
        return None
    return options.DomainOptions(center, center_file, row, origin, radius, norm, box, vnnlib, False, polytope)


def _ball(
    center: str | None,
    center_file: Path | None,
    row: int | None,
    origin: bool,
    radius: str | None,
    norm: options.Norm | None,
) -> options.DomainOptions:
    if center is None and center_file is None and not origin:
        raise typer.BadParameter("a curve needs a centre: --center, --center-file or --origin")
    return options.DomainOptions(center, center_file, row, origin, radius, norm, None, None, False)


def _check_file(output: Path, page: bool) -> None:
    """Refuse a file that cannot be drawn to before the search."""
    check_output(output)
    if page:
        from exactregions.plot.interactive import check_plotly

        check_plotly()
    else:
        check_plot(output)


def _question(network: Path, sliced: SliceOptions, asked: options.DomainOptions | None, most: int) -> Slice:
    """Return what is to be searched and drawn, in two dimensions or, on a page, in three."""
    from exactregions.geometry.plane import check_plane

    question = sliced.build(load_network(network), asked)
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


def _search(question: Slice, **search: Any) -> RegionSet:
    with progress_line() as progress:
        return enumerate_regions(question.network, question.domain, **search, progress=progress)


def _report(regions: RegionSet, output: Path, as_json: bool) -> None:
    if as_json:
        print_json(regions.describe() | {"plot": str(output)})
    else:
        show_regions(regions)
        stdout().print(f"picture  {output}", markup=False)


def _draw_radii(
    draw: Any,
    network: Path,
    output: Path,
    asked: options.DomainOptions,
    radii: str | None,
    bounds: str | None,
    search: dict[str, Any],
    dpi: int | None,
    as_json: bool,
) -> None:
    chosen = None if radii is None else options.numbers_of(radii)
    with facing_errors(as_json), current_directory():
        _check_file(output, page=False)
        model = load_network(network)
        ball = require_ball(asked.build(model.inputs, model.input_shape))
        with progress_line() as progress:
            found = count_all(
                model, ball.center, ball.radius, ball.norm,
                bounds=options.names_of(bounds), radii=chosen, **search, progress=progress,
            )  # fmt: skip
        save_figure(draw(found), output, dpi)
        if as_json:
            print_json(found.describe() | {"plot": str(output)})
        else:
            show_regions(found.regions)
            for warning in found.warnings() if found.falsified else ():
                stdout().print(warning, style="bold red", markup=False)
            stdout().print(f"picture  {output}", markup=False)
    raise typer.Exit(exit_code(found.regions, found.falsified))
