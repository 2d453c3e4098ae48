"""Exact counts of networks that are trained with and without batch norm: `python -m studies.batch_norm` counts anew.

The protocol is `protocols/batch_norm.toml`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise

import numpy as np
import polars
import torch
from numpy.typing import NDArray
from polars import col
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn.utils.fusion import fuse_linear_bn_eval

from exactregions import Ball, Network, count_regions
from studies.contrasts import Contrast, contrasts_table, per_seed
from studies.images import Images, load_images
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row
from studies.training import RATES, boundary_distances, perceptron, train_epoch

__all__ = ["contrasts", "folded", "main", "points", "rows_at", "table", "tables", "trained", "with_batch_norm"]

Array = NDArray[np.float64]
PROTOCOL = load_protocol("batch_norm")
VALUES = PROTOCOL.values
KINDS = ("test", "uniform")


def points(images: Images, seed: int) -> dict[str, Array]:
    """Return the points of each kind around which is counted."""
    count = VALUES["points_of_a_seed"]
    chosen = np.random.default_rng([seed, 3]).choice(len(images.test), count, replace=False)
    uniform = np.random.default_rng([seed, 5]).uniform(size=(count, images.test.shape[1]))
    return {"test": images.test[chosen], "uniform": uniform}


def with_batch_norm(model: nn.Sequential) -> nn.Sequential:
    """Return a perceptron of the same linear layers with batch norm between each hidden one and its ReLU."""
    layers: list[nn.Module] = []
    for layer, after in pairwise([*model, nn.Identity()]):
        layers.append(layer)
        if isinstance(layer, nn.Linear) and isinstance(after, nn.ReLU):
            layers.append(nn.BatchNorm1d(layer.out_features))
    return nn.Sequential(*layers)


def take_statistics(model: nn.Sequential, inputs: torch.Tensor) -> None:
    """Set the running statistics of batch norm to those of all inputs in one batch."""
    norms = [layer for layer in model if isinstance(layer, nn.BatchNorm1d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(inputs)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum


def folded(model: nn.Sequential) -> nn.Sequential:
    """Return a perceptron in float64 with the outputs of evaluation: batch norm is in the linear layers before it."""
    layers: list[nn.Module] = []
    for layer in deepcopy(model).double().eval():
        if isinstance(layer, nn.BatchNorm1d):
            linear = layers.pop()
            assert isinstance(linear, nn.Linear)
            layers.append(fuse_linear_bn_eval(linear, layer))
        else:
            layers.append(layer)
    return nn.Sequential(*layers)


def started(images: Images, seed: int, method: str) -> nn.Sequential:
    """Return the model of a method at the start."""
    torch.manual_seed(seed)
    model = perceptron(VALUES["widths"])
    if method == "plain":
        return model
    normed = with_batch_norm(model)
    take_statistics(normed, torch.from_numpy(images.train.astype(np.float32)))
    return normed if method == "batch_norm" else folded(normed).float()


def trained(images: Images, seed: int, method: str) -> Iterator[tuple[int, nn.Sequential]]:
    """Yield the model at the start, as epoch 0, and after each epoch of the protocol."""
    torch.set_num_threads(1)
    model = started(images, seed, method)
    yield 0, model
    order = torch.Generator().manual_seed(seed)
    step = torch.optim.Adam(model.parameters(), lr=RATES["adam"])
    inputs, targets = torch.from_numpy(images.train.astype(np.float32)), torch.from_numpy(images.train_labels)
    for epoch in range(1, max(VALUES["epochs"]) + 1):
        train_epoch(model.train(), inputs, targets, step, order)
        if epoch in VALUES["epochs"]:
            yield epoch, model


def rows_at(network: Network, images: Images, chosen: dict[str, Array]) -> list[Row]:
    """Return what is measured of a network, a row for each point; as `count_regions` if a count is not exact."""
    rows, radius = [], VALUES["fraction"] * images.spacing
    for kind, places in chosen.items():
        distances = boundary_distances(network, places)
        for number, (place, distance) in enumerate(zip(places, distances, strict=True)):
            found = count_regions(network, Ball(place, radius, norm=np.inf))
            rows.append({"kind": kind, "point": number, "regions": found, "distance": float(distance)})
    return rows


def main() -> None:
    """Train and count everything of the protocol, and write the results."""
    rows: list[Row] = []
    for seed in range(VALUES["seeds"]):
        start, images = time.process_time(), load_images("digits", seed)
        with threadpool_limits(1):
            for method in VALUES["methods"]:
                for epoch, model in trained(images, seed, method):
                    network = Network.from_torch(folded(model))
                    right = float((network.forward(images.test).argmax(axis=1) == images.test_labels).mean())
                    told = {"seed": seed, "method": method, "epoch": epoch, "right": right}
                    told |= {"fingerprint": network.fingerprint[:16]}
                    rows += [told | row for row in rows_at(network, images, points(images, seed))]
        sys.stderr.write(f"seed {seed}: {time.process_time() - start:.0f} s\n")
    write_rows(PROTOCOL, rows)


def table() -> polars.DataFrame:
    """Return the stored results with logarithms, a row for each network and point."""
    stored = polars.DataFrame(read_rows(PROTOCOL), infer_schema_length=None)
    return stored.with_columns(col("regions").log10(), col("distance").log10())


def contrasts(results: polars.DataFrame) -> list[Contrast]:
    """Return the contrasts of the protocol."""
    last = max(VALUES["epochs"])

    def means(value: str, epoch: int, kind: str = "test") -> dict[str, Array]:
        return {m: per_seed(results, value, method=m, epoch=epoch, kind=kind) for m in VALUES["methods"]}

    first, n, uniform = means("regions", 0), means("regions", last), means("regions", last, "uniform")
    far, away = means("distance", last), {method: n[method] - uniform[method] for method in n}
    return [
        Contrast("H1", "N at the start: batch_norm less plain", first["batch_norm"] - first["plain"]),
        Contrast("H2", f"N at epoch {last}: batch_norm less plain", n["batch_norm"] - n["plain"]),
        Contrast("H3", f"N at epoch {last}: moved less plain", n["moved"] - n["plain"]),
        Contrast("H4", f"N at epoch {last}: batch_norm less moved", n["batch_norm"] - n["moved"]),
        Contrast("H5", f"distance at epoch {last}: batch_norm less plain", far["batch_norm"] - far["plain"]),
        Contrast(
            "H6",
            f"N at epoch {last}, images less uniform points: batch_norm less plain",
            away["batch_norm"] - away["plain"],
        ),
        Contrast("H7", f"N in batch_norm: epoch {last} less start", n["batch_norm"] - first["batch_norm"]),
        Contrast("H8", f"N in plain: epoch {last} less start", n["plain"] - first["plain"]),
    ]


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    results = table()
    return {
        "batch-norm": contrasts_table(contrasts(results)),
        "batch-norm-epochs": _epochs(results),
        "batch-norm-sums": _sums(),
    }


def _epochs(results: polars.DataFrame) -> str:
    """Geometric means over all points and seeds, by method and epoch."""
    lines = [
        "| method | epoch | right on test images | N at images | N at uniform points | distance at images |",
        "|---|---|---|---|---|---|",
    ]
    for method in VALUES["methods"]:
        for epoch in (0, *VALUES["epochs"]):
            rows = results.filter((col("method") == method) & (col("epoch") == epoch))
            by_kind = [rows.filter(col("kind") == kind) for kind in KINDS]
            at, away = (10 ** part["regions"].mean() for part in by_kind)
            far = 10 ** by_kind[0]["distance"].mean()
            right = rows["right"].mean()
            lines.append(f"| {method} | {epoch} | {right:.3f} | {at:,.1f} | {away:,.1f} | {far:.4f} |")
    return "\n".join(lines)


def _sums() -> str:
    counts = [row["regions"] for row in read_rows(PROTOCOL)]
    told = f"| {len(counts):,} | {sum(counts):,} | {min(counts):,} | {max(counts):,} |"
    return "\n".join(["| balls | regions | least N | largest N |", "|---|---|---|---|", told])


if __name__ == "__main__":
    main()
