"""Train small classifiers, and keep them as exact networks at chosen epochs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from exactregions import Network

__all__ = ["Snapshot", "boundary_distances", "perceptron", "snapshots", "train_epoch"]

BATCH = 32
RATES = {"adam": 1e-3, "sgd": 0.1}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A network after some epochs, and the share of the training rows that it puts into the class it was given."""

    epoch: int
    network: Network
    fitted: float


def perceptron(widths: Sequence[int]) -> nn.Sequential:
    """Return Linear and ReLU layers in turn, with torch's default initial weights."""
    layers: list[nn.Module] = []
    for n, m in pairwise(widths):
        layers += [nn.Linear(n, m), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def snapshots(
    rows: NDArray[np.float64],
    labels: NDArray[np.int64],
    widths: Sequence[int],
    epochs: Collection[int],
    seed: int,
    optimizer: str = "adam",
) -> Iterator[Snapshot]:
    """Minimise cross entropy on mini-batches of 32, and yield the network at the given epochs; 0 is the start.

    On one thread, seeded: on one machine, with the same torch, the same networks come again.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = perceptron(widths)
    order = torch.Generator().manual_seed(seed)
    method = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer]
    step = method(model.parameters(), lr=RATES[optimizer])
    inputs, targets = torch.from_numpy(rows.astype(np.float32)), torch.from_numpy(labels)
    for epoch in range(max(epochs) + 1):
        if epoch:
            train_epoch(model, inputs, targets, step, order)
        if epoch in epochs:
            with torch.no_grad():
                fitted = float((model(inputs).argmax(dim=1) == targets).double().mean())
            yield Snapshot(epoch, Network.from_torch(model), fitted)


def train_epoch(
    model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, step: torch.optim.Optimizer, order: torch.Generator
) -> None:
    """Minimise cross entropy on all mini-batches of 32 once, in an order that the generator draws."""
    for batch in torch.randperm(len(inputs), generator=order).split(BATCH):
        step.zero_grad()
        nn.functional.cross_entropy(model(inputs[batch]), targets[batch]).backward()
        step.step()


def boundary_distances(network: Network, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each point to the boundary of its region, in the Euclidean norm: shape (k,).

    On the region of x every pre-activation is affine, so the distance is the least of |z_i(x)| / |grad z_i(x)| over
    all units. This is evaluated in floats, without a search, for networks of ReLU units alone.
    """
    parts = np.array_split(points, -(-len(points) // BATCH))
    return np.concatenate([_distances(network, part) for part in parts])


def _distances(network: Network, points: NDArray[np.float64]) -> NDArray[np.float64]:
    nearest, values = np.full(len(points), np.inf), points
    slopes = np.eye(network.inputs)[None]
    for stage in network.stages:
        values, slopes = values @ stage.weight.T + stage.bias, stage.weight @ slopes
        sizes = np.linalg.norm(slopes, axis=2)
        gaps = np.abs(values) / np.where(sizes > 0, sizes, np.nan)  # a unit that is constant here has no boundary
        nearest = np.fmin(nearest, np.fmin.reduce(gaps, axis=1))
        on = values > 0
        slopes, values = on[:, :, None] * slopes, np.where(on, values, 0.0)
    return nearest
