"""The commands `exactregions count`, `exactregions compare` and `exactregions resume`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from exactregions.cli import domain_options, options, texts
from exactregions.cli.boxes import count_in_each
from exactregions.cli.groups import grouped
from exactregions.cli.machines import MachineOptions, PartsAddress, WorkerOptions
from exactregions.cli.output import (
    check_output,
    current_directory,
    exit_code,
    facing_errors,
    print_answer,
    print_text,
    progress_line,
    show_compared,
    show_regions,
    show_stats,
)
from exactregions.cli.reading import Reading
from exactregions.cli.saving import count_saving, goes_on
from exactregions.cli.slices import ThroughOptions
from exactregions.comparison.one_domain import compare as compare_with_bounds
from exactregions.enumeration import enumerate_regions, resume_regions
from exactregions.regions import RegionSet
from exactregions.support.stopping import sheltered


@grouped
def count(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    sliced: ThroughOptions,
    search: options.SearchOptions,
    machines: MachineOptions,
    parts: PartsAddress = None,
    output: options.Output = None,
    no_store: options.NoStore = False,
    save_every: options.SaveEvery = 300.0,
    stats: options.ShowStats = False,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions that meet the domain."""
    with facing_errors(as_json):
        check_output(output)
        # without a file to write, nobody would see the regions
        limits: dict[str, Any] = search.keywords() | {"store": output is not None and not no_store}
        if parts is not None:
            limits |= {"parts": parts, "store": True}
        model, _ = sliced.restricted(reading.network(network))
        domains = asked.build_each(model)
        if len(domains) > 1 and output is None:
            raise typer.Exit(count_in_each(model, domains, limits, as_json))
        question = model, asked.single(domains)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                if limits["store"] and not shared and parts is None and goes_on(search.engine):
                    assert output is not None
                    regions = count_saving(*question, limits, output, save_every, progress)
                else:
                    regions = enumerate_regions(*question, **(limits | shared), progress=progress)
            print_answer(regions, as_json, show_regions)
            if stats and not as_json:
                show_stats(regions)
            if output is not None:
                regions.save(output)
    raise typer.Exit(exit_code(regions))


@grouped
def compare(
    *,
    network: options.NetworkFile,
    asked: domain_options.DomainOptions,
    sliced: ThroughOptions,
    search: options.SearchOptions,
    machines: MachineOptions,
    bounds: options.BoundNames = None,
    full: options.FullValues = False,
    output: options.Output = None,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Count the regions and compare the count with bounds."""
    chosen = texts.names_of(bounds)
    with facing_errors(as_json), current_directory():
        check_output(output)
        question = sliced.question(reading.network(network), asked)
        limits: dict[str, Any] = search.keywords() | {"store": output is not None}
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                found = compare_with_bounds(*question, bounds=chosen, **(limits | shared), progress=progress)
            print_answer(found, as_json, show_compared)
            for line in found.in_full() if full and not as_json else ():
                print_text(line)
            if output is not None:
                found.regions.save(output)
    raise typer.Exit(exit_code(found.regions, found.falsified))


@grouped
def resume(
    *,
    file: options.RegionsFile,
    workers: options.Workers = 1,
    machines: WorkerOptions,
    time_limit: options.TimeLimit = None,
    max_regions: options.MaxRegions = None,
    output: options.Output = None,
    check: Annotated[
        bool, typer.Option("--check", help="First prove again, exactly, what FILE holds; otherwise it is trusted.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Continue a count that a limit or Ctrl-C ended, from the file that it saved; FILE holds network and domain.

    The limits are those of this part alone. Without --output the file is replaced by the longer one.
    The count is exact as far as FILE can be trusted; --check proves its regions again, and that no other
    lies outside its frontier.
    """
    with facing_errors(as_json):
        check_output(output)
        begun = RegionSet.load(file)
        with sheltered():  # a second Ctrl-C must not fall between the answer and its file
            with progress_line() as progress, machines.keywords() as shared:
                how: dict[str, Any] = {"workers": workers} | shared
                regions = resume_regions(
                    begun,
                    **how,
                    time_limit=time_limit,
                    max_regions=max_regions,
                    progress=progress,
                    check=check,
                )
            print_answer(regions, as_json, show_regions)
            regions.save(output or file)
    raise typer.Exit(exit_code(regions))
