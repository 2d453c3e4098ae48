"""What can be said of a network without a search."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Console

from exactregions.bounds import standard_bounds
from exactregions.bounds.stability.signs import Signs, globally_stable
from exactregions.domain import WholeSpace
from exactregions.network import Network, Stage
from exactregions.support.tables import exact_json, log10, number_text, rich_table

__all__ = ["describe_network", "show_network"]

COUNTS = ("units", "wires", "zero_rows", "duplicate_rows", "dead_units")


def describe_network(network: Network) -> dict[str, Any]:
    """Return plain data: shape, fingerprint, oddities layer by layer and in all, global bounds."""
    pairs = zip(network.stages, globally_stable(network), strict=True)
    layers = [_describe_stage(stage, signs) for stage, signs in pairs]
    return (
        network.describe()
        | {"units": network.units, "fingerprint": network.fingerprint}
        | {key: sum(layer[key] for layer in layers) for key in COUNTS[1:]}
        | {"layers": layers, "bounds": _bounds(network)}
    )


def _describe_stage(stage: Stage, signs: Signs) -> dict[str, int]:
    rows = np.column_stack([stage.weight, stage.bias])[stage.splits] + 0.0  # -0.0 equals 0.0
    return {
        "units": int(stage.splits.sum()),
        "wires": int((~stage.splits).sum()),
        "zero_rows": int((~stage.weight[stage.splits].any(axis=1)).sum()),
        "duplicate_rows": len(rows) - len({row.tobytes() for row in rows}),
        "dead_units": int((signs[stage.splits] < 0).sum()),
    }


def _bounds(network: Network) -> list[dict[str, Any]]:
    found, space = [], WholeSpace(network.inputs)
    for bound in standard_bounds():
        if bound.scope == "global":
            value = bound.evaluate(network, space)
            found.append({"name": bound.name, "kind": bound.kind, "source": bound.source})
            found[-1] |= {"value": exact_json(value), "log10": log10(value)}
    return found


def show_network(console: Console, network: Network) -> None:
    """Print the same for people."""
    data = describe_network(network)
    widths = ", ".join(map(str, network.widths)) or "none"
    console.print(f"inputs {network.inputs}, hidden widths {widths}, outputs {network.outputs}", markup=False)
    console.print(f"units that can split: {network.units}", markup=False)
    console.print(f"fingerprint {network.fingerprint}", markup=False)
    if network.winners:
        console.print(f"winner units (max, min, max-pooling): {len(network.winners)}", markup=False)
    for note in network.notes:
        console.print(f"note: {note}", markup=False)
    names = ["layer", *(key.replace("_", " ") for key in COUNTS)]
    lines = [[str(i), *(str(layer[key]) for key in COUNTS)] for i, layer in enumerate(data["layers"])]
    if lines:
        console.print(rich_table([names, *lines], [""] * len(lines), text_columns=1))
        console.print(
            "duplicate row: equal to an earlier one; dead unit: its pre-activation is never positive"
        )
    space = WholeSpace(network.inputs)
    bounds = [bound for bound in standard_bounds() if bound.scope == "global"]
    lines = [[b.name, b.kind, number_text(b.evaluate(network, space)), b.source] for b in bounds]
    console.print(rich_table([["global bound", "kind", "value", "source"], *lines], [""] * len(lines), 4))
