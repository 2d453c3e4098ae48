"""The command `exactregions info`: what can be said of a network without a search."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from exactregions.bounds import standard_bounds
from exactregions.bounds.contract import Bound, CostlyBound
from exactregions.bounds.stability.signs import Signs, globally_stable
from exactregions.cli import options
from exactregions.cli.groups import grouped
from exactregions.cli.output import facing_errors, print_json, stdout
from exactregions.cli.reading import Reading
from exactregions.domain import WholeSpace
from exactregions.exact.matrices import nonzero_rows, row_of
from exactregions.network import Network, Stage
from exactregions.support.screen_tables import ScreenTable
from exactregions.support.stopping import STOPS, aside, check, in_time, limited, reason_of
from exactregions.support.tables import exact_json, log10, number_text, read_exact_json

COSTLY = "not evaluated: costly for this network; ask for it with --all-bounds"
COUNTS = ("units", "wires", "zero_rows", "duplicate_rows", "dead_units")


def describe_network(network: Network, time_limit: float | None = None, all_bounds: bool = False) -> dict[str, Any]:
    """Return plain data: shape, fingerprint, oddities layer by layer and in all, global bounds.

    Parameters
    ----------
    time_limit : float, optional
        Seconds; what they do not suffice for has the value None, and says why in "error".
    all_bounds : bool
        Also those that are costly for this network, which are left out in the same way otherwise.
    """
    with limited(time_limit):
        layers = in_time(lambda: list(map(_describe_stage, network.stages, globally_stable(network))))
        totals = {key: None if layers is None else sum(layer[key] for layer in layers) for key in COUNTS[1:]}
        bounds = [_describe_bound(*found) for found in _global_bounds(network, all_bounds)]
        described = network.describe() | {"units": network.units, "fingerprint": in_time(lambda: network.fingerprint)}
        return described | totals | {"layers": layers or [], "bounds": bounds}


def _describe_stage(stage: Stage, signs: Signs) -> dict[str, int]:
    check()
    splitting = np.flatnonzero(stage.splits)
    return {
        "units": len(splitting),
        "wires": int((~stage.splits).sum()),
        "zero_rows": int((~nonzero_rows(stage.matrix)[splitting]).sum()),
        "duplicate_rows": len(splitting) - len({_content(stage, unit) for unit in splitting.tolist()}),
        "dead_units": int((signs[stage.splits] < 0).sum()),
    }


def _content(stage: Stage, unit: int) -> tuple[bytes, bytes, float]:
    """Return what tells the row of a unit from others; -0.0 equals 0.0."""
    columns, values = row_of(stage.matrix, unit)
    return columns.tobytes(), values.tobytes(), float(stage.bias[unit])


def _global_bounds(network: Network, costly: bool) -> Iterator[tuple[Bound, int | float | None, str | None]]:
    """Yield each bound with its value, or with why it has none."""
    space = WholeSpace(network.inputs)
    for bound in standard_bounds():
        if bound.scope == "global":
            if not costly and isinstance(bound, CostlyBound) and bound.is_costly(network):
                yield bound, None, COSTLY
                continue
            try:
                check()
                yield bound, aside(partial(bound.evaluate, network, space)), None
            except STOPS as stopped:
                yield bound, None, f"not evaluated: {reason_of(stopped).text}"


def _describe_bound(bound: Bound, value: int | float | None, error: str | None) -> dict[str, Any]:
    described = {"name": bound.name, "kind": bound.kind, "source": bound.source}
    described |= {"value": exact_json(value), "log10": None if value is None else log10(value)}
    return described | ({} if error is None else {"error": error})


def show_network(console: Console, network: Network, time_limit: float | None = None, all_bounds: bool = False) -> None:
    """Print the same for people."""
    data = describe_network(network, time_limit, all_bounds)
    widths = ", ".join(map(str, network.widths)) or "none"
    console.print(f"inputs {network.inputs}, hidden widths {widths}, outputs {network.outputs}", markup=False)
    console.print(f"units that can split: {network.units}", markup=False)
    console.print(f"fingerprint {data['fingerprint'] or 'not computed in time'}", markup=False)
    if network.winners:
        console.print(f"winner units (max, min, max-pooling): {len(network.winners)}", markup=False)
    for note in network.notes:
        console.print(f"note: {note}", markup=False)
    names = ["layer", *(key.replace("_", " ") for key in COUNTS)]
    lines = [[str(i), *(str(layer[key]) for key in COUNTS)] for i, layer in enumerate(data["layers"])]
    if lines:
        console.print(ScreenTable([names, *lines], [""] * len(lines), text_columns=1))
        console.print("duplicate row: equal to an earlier one; dead unit: its pre-activation is never positive")
    found = [(b, b.get("error") or number_text(read_exact_json(b["value"]))) for b in data["bounds"]]
    lines = [[b["name"], b["kind"], text, b["source"]] for b, text in found]
    console.print(ScreenTable([["global bound", "kind", "value", "source"], *lines], [""] * len(lines), 4))


@grouped
def info(
    *,
    network: options.NetworkFile,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare the network with the file's own evaluation on 100 points (ONNX, .nnet)."),
    ] = False,
    time_limit: options.TimeLimit = None,
    all_bounds: Annotated[
        bool, typer.Option("--all-bounds", help="Also bounds that take seconds or gigabytes for this network.")
    ] = False,
    as_json: options.AsJson = False,
    reading: Reading,
) -> None:
    """Describe a network without a search.

    Bounds that would take too long are named and left out.
    """
    with facing_errors(as_json):
        model = reading.checked_network(network) if check else reading.network(network)
        if as_json:
            print_json(describe_network(model, time_limit, all_bounds))
        else:
            show_network(stdout(), model, time_limit, all_bounds)
