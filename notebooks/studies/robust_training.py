"""Exact counts, robust radii and Lipschitz constants in training: `python -m studies.robust_training` counts anew.

The protocol is `protocols/robust_training.toml`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np
import polars
import torch
from numpy.typing import NDArray
from polars import col
from threadpoolctl import threadpool_limits
from torch import nn

from exactregions import Ball, Network, count_regions, lipschitz, robust_radius
from studies.contrasts import Contrast, contrasts_table, per_seed
from studies.effects import rank_correlation, t_interval
from studies.images import Images, load_images
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row
from studies.training import BATCH, RATES, perceptron

__all__ = ["main", "points", "rows_at", "sampled_patterns", "table", "tables", "trained"]

Array = NDArray[np.float64]
PROTOCOL = load_protocol("robust_training")
VALUES = PROTOCOL.values
MOST = VALUES["most_regions"]
MEASURED = {"regions": "N", "robust": "robust radius", "constant": "Lipschitz constant", "sampled": "S"}


def points(images: Images, seed: int) -> Array:
    """Return the test images of a seed around which is counted."""
    rng = np.random.default_rng([seed, 3])
    return images.test[rng.choice(len(images.test), VALUES["points_of_a_seed"], replace=False)]


def trained(images: Images, seed: int, method: str) -> Iterator[tuple[int, Network]]:
    """Yield the network at the start, as epoch 0, and after each epoch of the protocol."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = perceptron(VALUES["widths"])
    order = torch.Generator().manual_seed(seed)
    decay = VALUES["decay"] if method == "decay" else 0.0
    step = torch.optim.Adam(model.parameters(), lr=RATES["adam"], weight_decay=decay)
    inputs = torch.from_numpy(images.train.astype(np.float32))
    targets = torch.from_numpy(images.train_labels)
    yield 0, Network.from_torch(model)
    for epoch in range(1, max(VALUES["epochs"]) + 1):
        for batch in torch.randperm(len(inputs), generator=order).split(BATCH):
            given = inputs[batch]
            if method == "adversarial":
                given = attacked(model, given, targets[batch], images.spacing)
            step.zero_grad()
            nn.functional.cross_entropy(model(given), targets[batch]).backward()
            step.step()
        if epoch in VALUES["epochs"]:
            yield epoch, Network.from_torch(model)


def attacked(model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, spacing: float) -> torch.Tensor:
    """Return inputs moved within Euclidean balls by projected gradient ascent on the loss."""
    radius, step = VALUES["attack_fraction"] * spacing, VALUES["attack_step"] * spacing
    moved = torch.zeros_like(inputs)
    for _ in range(VALUES["attack_steps"]):
        moved.requires_grad_()
        loss = nn.functional.cross_entropy(model(inputs + moved), targets)
        (slope,) = torch.autograd.grad(loss, moved)
        moved = moved.detach() + step * nn.functional.normalize(slope, dim=1)
        moved = moved * torch.clamp(radius / moved.norm(dim=1, keepdim=True).clamp_min(1e-12), max=1.0)
    return (inputs + moved).detach()


def sampled_patterns(network: Network, center: Array, radius: float, rng: np.random.Generator) -> int:
    """Return the number of patterns of points drawn uniformly in a Euclidean ball."""
    directions = rng.standard_normal((VALUES["samples"], len(center)))
    lengths = radius * rng.uniform(size=(len(directions), 1)) ** (1 / len(center))
    values = center + lengths * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    signs = []
    for stage in network.stages:
        values = values @ stage.weight.T + stage.bias
        signs.append(values > 0)
        values = np.maximum(values, 0.0)
    return len(np.unique(np.hstack(signs), axis=0))


def rows_at(network: Network, images: Images, chosen: Array, seed: int) -> list[Row]:
    """Return what is measured of a network, a row for each point.

    Raises
    ------
    RuntimeError
        If a Lipschitz constant is not exact; as `count_regions` if a count is not.
    """
    rows, radius = [], VALUES["fraction"] * images.spacing
    for number, point in enumerate(chosen):
        ball, rng = Ball(point, radius), np.random.default_rng([seed, 4, number])
        steepest = lipschitz(network, ball)
        if not steepest.complete:
            raise RuntimeError(str(steepest))
        robust = robust_radius(network, point, max_regions=MOST)
        known = robust.radius
        value = float(known) if robust.complete else max(float(known.lower), float(known.upper) / 2)
        rows.append(
            {
                "point": number,
                "regions": count_regions(network, ball),
                "robust": value,
                "robust_exact": robust.complete,
                "constant": float(steepest.constant),
                "sampled": sampled_patterns(network, point, radius, rng),
            }
        )
    return rows


def main() -> None:
    """Train and count everything of the protocol, and write the results."""
    rows: list[Row] = []
    for seed in range(VALUES["seeds"]):
        start, images = time.process_time(), load_images("digits", seed)
        chosen, known = points(images, seed), {}
        with threadpool_limits(1):
            for method in VALUES["methods"]:
                for epoch, network in trained(images, seed, method):
                    mark = network.fingerprint[:16]
                    if mark not in known:  # the start is the same for all methods
                        known[mark] = rows_at(network, images, chosen, seed)
                    right = float((network.forward(images.test).argmax(axis=1) == images.test_labels).mean())
                    told = {"seed": seed, "method": method, "epoch": epoch, "fingerprint": mark, "right": right}
                    rows += [told | row for row in known[mark]]
        sys.stderr.write(f"seed {seed}: {time.process_time() - start:.0f} s\n")
    write_rows(PROTOCOL, rows)


def table() -> polars.DataFrame:
    """Return the stored results with logarithms, a row for each network and point."""
    stored = polars.DataFrame(read_rows(PROTOCOL), infer_schema_length=None)
    logarithms = stored.with_columns(*(col(name).log10() for name in MEASURED))
    return logarithms.with_columns(hidden=col("sampled") - col("regions"))


def correlations(results: polars.DataFrame, method: str) -> Array:
    """Return Spearman's correlation over points of robust radius and N after the last epoch, for each seed."""
    rows = results.filter((col("method") == method) & (col("epoch") == max(VALUES["epochs"])))
    parts = rows.sort("seed").partition_by("seed", maintain_order=True)
    return np.array([rank_correlation(part["robust"].to_numpy(), part["regions"].to_numpy()) for part in parts])


def contrasts(results: polars.DataFrame) -> list[Contrast]:
    """Return the contrasts of the protocol."""
    dip, last = VALUES["dip"], max(VALUES["epochs"])

    def mean(value: str, method: str, epoch: int) -> Array:
        return per_seed(results, value, method=method, epoch=epoch)

    def moved(value: str, before: int, after: int) -> Array:
        return mean(value, "plain", after) - mean(value, "plain", before)

    found = [
        Contrast("H1", f"plain, N: epoch {last} less start", moved("regions", 0, last)),
        Contrast("H2", f"plain, N: epoch {dip} less start", moved("regions", 0, dip)),
        Contrast("H3", f"plain, N: epoch {last} less epoch {dip}", moved("regions", dip, last)),
        Contrast("H4", f"plain, S: epoch {last} less epoch {dip}", moved("sampled", dip, last)),
        Contrast("H5", f"plain, S / N: epoch {last} less epoch {dip}", moved("hidden", dip, last)),
    ]
    for method in ("adversarial", "decay"):
        for value in ("regions", "robust", "constant"):
            gap = mean(value, method, last) - mean(value, "plain", last)
            found.append(Contrast(f"H{len(found) + 1}", f"{MEASURED[value]}: {method} less plain", gap))
    return [*found, Contrast("H12", "plain: correlation of robust radius and N", correlations(results, "plain"))]


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    results = table()
    return {
        "robust-training": contrasts_table(contrasts(results)),
        "robust-training-epochs": _epochs(results),
        "robust-training-correlations": _correlations(results),
        "robust-training-unfinished": _unfinished(results),
    }


def _epochs(results: polars.DataFrame) -> str:
    """Geometric means over all points and seeds, by method and epoch."""
    lines = [
        "| method | epoch | right on test images | N | S | robust radius | constant |",
        "|---|---|---|---|---|---|---|",
    ]
    for method in VALUES["methods"]:
        for epoch in (0, *VALUES["epochs"]):
            rows = results.filter((col("method") == method) & (col("epoch") == epoch))
            n, s, robust, steep = (10 ** rows[v].mean() for v in ("regions", "sampled", "robust", "constant"))
            right = rows["right"].mean()
            distance = f"{robust:.3f}" if np.isfinite(robust) else "not known"  # no end was found for some
            lines.append(f"| {method} | {epoch} | {right:.3f} | {n:.1f} | {s:.1f} | {distance} | {steep:.3g} |")
    return "\n".join(lines)


def _correlations(results: polars.DataFrame) -> str:
    lines = ["| method | correlation of robust radius and N, last epoch |", "|---|---|"]
    return "\n".join([*lines, *(f"| {m} | {t_interval(correlations(results, m))} |" for m in VALUES["methods"])])


def _unfinished(results: polars.DataFrame) -> str:
    networks = results.filter(~((col("epoch") == 0) & (col("method") != "plain")))
    lines = ["| points | networks | robust radii that are not exact |", "|---|---|---|"]
    missing = len(networks.filter(~col("robust_exact")))
    return "\n".join([*lines, f"| {len(networks):,} | {networks['fingerprint'].n_unique()} | {missing} |"])


if __name__ == "__main__":
    main()
