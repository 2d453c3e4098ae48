"""What the commands that draw regions have in common: the question in few dimensions, and the report."""

from __future__ import annotations

from pathlib import Path

from exactregions.cli import domain_options
from exactregions.cli.output import print_json, show_regions, stdout
from exactregions.cli.slices import Slice, SliceOptions
from exactregions.errors import DomainError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.regions import RegionSet


def check_domain(sliced: SliceOptions, asked: domain_options.BoundedOptions) -> None:
    """Refuse a question without a domain; a plane through points has one of its own."""
    if sliced.through is None:
        asked.check()


def drawn_question(
    network: Network, sliced: SliceOptions, asked: domain_options.BoundedOptions, most: int = 2
) -> Slice:
    """Return what is to be searched and drawn, in two dimensions or, on a page to turn, in three.

    Raises
    ------
    DomainError
        If more inputs vary, or fewer than two.
    """
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


def report(regions: RegionSet, output: Path, as_json: bool, kind: str = "picture") -> None:
    """Say what was counted, and where it is drawn."""
    if as_json:
        print_json(regions.describe() | {"plot": str(output)})
    else:
        show_regions(regions)
        stdout().print(f"{kind:8} {output}", markup=False)
