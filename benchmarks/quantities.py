"""Exact quantities by processor time: `python -m benchmarks.quantities`. Wants scikit-learn, torch and onnx.

Robust radii of test points of the digits network, Lipschitz constants of about 100,000 regions, and the equality of a
network of 784-256-256-10 with its re-export to ONNX, with units in another order, and with coarser weights.
"""

from __future__ import annotations

import math
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import typer

from benchmarks.timing import timed
from exactregions import Ball, Box, Network, count_regions, equal, lipschitz, load, robust_radius
from exactregions.cases.networks import generated
from exactregions.network import Stage

ROOT = Path(__file__).parents[1]
POINTS = 100
WIDTHS = (784, 256, 256, 10)
RADIUS = 0.1  # of the Euclidean ball in which networks are compared
BITS = 12  # of the coarser weights of the last layer


def digits() -> None:
    """Measure robust radii of the first test points, as data/train.py splits them."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    rows, labels = load_digits(return_X_y=True)
    test = train_test_split(rows, labels, test_size=0.25, random_state=0, stratify=labels)[1]
    network, points = load(ROOT / "data" / "digits.safetensors"), (test[:POINTS] / 16.0).astype(np.float32)
    for norm in (2, math.inf):
        robust_radius(network, points[0], norm)  # kernels are loaded
        found = [timed(lambda p=p, norm=norm: robust_radius(network, p, norm)) for p in points]
        seconds = [taken for taken, _ in found]
        exact = sum(answer.complete for _, answer in found)
        least = f"median {np.median(seconds):.3f} s, most {max(seconds):.2f} s"
        typer.echo(f"robust radii of digits, norm {norm}: {least}, {exact} of {POINTS} exact")


def constants() -> None:
    """Measure Lipschitz constants of all regions in a box, and the count alone."""
    network, box = generated(6, 16, 16, 10, seed=0), Box(-0.8, 0.8, dim=6)
    count_regions(network, box)  # kernels are loaded
    lipschitz(network, Box(-0.01, 0.01, dim=6))
    alone, count = timed(lambda: count_regions(network, box))
    typer.echo(f"{count:,} regions are counted in {alone:.2f} s")
    for norms in ((2, 2), (math.inf, math.inf), (1, 1)):
        taken, found = timed(lambda norms=norms: lipschitz(network, box, norms))
        typer.echo(f"{len(found.regions):,} constants, {norms}: {taken:.2f} s, the search included; {found.constant}")


def same() -> None:
    """Measure whether networks are equal in a ball."""
    import torch

    torch.manual_seed(0)
    layers = [torch.nn.Linear(*pair) for pair in pairwise(WIDTHS)]
    model = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2]).eval()
    network, domain = Network.from_torch(model), Ball(np.random.default_rng(0).uniform(0, 1, WIDTHS[0]), RADIUS)
    first, second = network.stages
    rows, others = (np.random.default_rng(1).permutation(n) for n in WIDTHS[1:3])
    turned = _ordered(first, rows, slice(None)), _ordered(second, others, rows)
    coarse = np.round(network.weight * 2**BITS) / 2**BITS
    twins: dict[str, Network] = {
        "re-exported to ONNX": _exported(model),
        "with units in another order": Network(turned, network.weight[:, others], network.bias),
        f"with {BITS} bits in the last layer": Network(network.stages, coarse, network.bias),
    }
    for name, twin in twins.items():
        taken, found = timed(lambda twin=twin: equal(network, twin, domain))
        typer.echo(f"{WIDTHS} and itself {name}: {found}, {taken:.2f} s")


def _ordered(stage: Stage, rows: Any, columns: Any) -> Stage:
    return Stage(stage.weight[rows][:, columns], stage.bias[rows], stage.low[rows], stage.high[rows])


def _exported(model: Any) -> Network:
    import torch

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        torch.onnx.export(model, (torch.zeros(1, WIDTHS[0]),), file, dynamo=True, verbose=False)
        return load(file)


if __name__ == "__main__":
    digits()
    constants()
    same()
