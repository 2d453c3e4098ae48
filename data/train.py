"""Train the networks of this folder: `python data/train.py` writes them all, and prints their table.

Wants torch and scikit-learn. Seeded, on one CPU thread, full-batch: on one machine, the same versions of both
give the same files again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_moons
from sklearn.model_selection import train_test_split
from torch import nn

from exactregions import Network
from exactregions.importers import save

HERE = Path(__file__).parent
SEED = 0
POINTS = 8
Rows = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Task:
    """A data set, how its rows are scaled, and the network for it: its first layer may be a convolution of images."""

    name: str
    load: Callable[[], Any]
    standardised: bool
    widths: tuple[int, ...]
    image: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The rows as the network sees them, and their classes."""

    train: Rows
    train_labels: Labels
    test: Rows
    test_labels: Labels


TASKS = (
    Task("iris", lambda: load_iris(return_X_y=True), True, (4, 16, 16, 3)),
    Task("wine", lambda: load_wine(return_X_y=True), True, (13, 12, 12, 3)),
    Task("cancer", lambda: load_breast_cancer(return_X_y=True), True, (30, 12, 12, 2)),
    Task("digits", lambda: load_digits(return_X_y=True), False, (64, 16, 16, 10)),
    Task("digits_conv", lambda: load_digits(return_X_y=True), False, (64, 36, 10), image=(1, 8, 8)),
    Task("moons", lambda: make_moons(500, noise=0.15, random_state=SEED), True, (2, 16, 16, 2)),
)


def split(task: Task) -> Split:
    """Split 3:1, stratified, and scale; mean and deviation are those of the training rows."""
    rows, labels = task.load()
    parts: list[Any] = train_test_split(rows, labels, test_size=0.25, random_state=SEED, stratify=labels)
    train, test, train_labels, test_labels = parts
    if task.standardised:
        shift, scale = train.mean(axis=0), train.std(axis=0)
    else:
        shift, scale = 0.0, 16.0  # the pixels of digits are 0..16
    scaled = [((part - shift) / scale).astype(np.float32) for part in (train, test)]
    return Split(scaled[0], train_labels, scaled[1], test_labels)


def layers_of(task: Task) -> nn.Sequential:
    """Return the layers before training; the convolution has four channels, 3 x 3 pixels and stride 2."""
    layers: list[nn.Module] = []
    widths = task.widths
    if task.image is not None:
        layers = [nn.Unflatten(1, task.image), nn.Conv2d(task.image[0], 4, 3, stride=2), nn.ReLU(), nn.Flatten()]
        widths = widths[1:]
    for n, m in pairwise(widths):
        layers += [nn.Linear(n, m), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def fit(task: Task, data: Split, steps: int = 300) -> nn.Sequential:
    """Minimise cross entropy with Adam and weight decay, on all training rows at once."""
    torch.manual_seed(SEED)
    network = layers_of(task)
    rows, labels = torch.from_numpy(data.train), torch.from_numpy(data.train_labels)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(rows), labels).backward()
        optimizer.step()
    return network


def accuracy(network: Network, rows: Rows, labels: Labels) -> float:
    """Return the share of rows that the network puts into their class."""
    return float((network.forward(rows).argmax(axis=1) == labels).mean())


def main() -> None:
    """Train every network, write it with its points, and print a line of the table of README.md."""
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    print("| network | layers | train accuracy | test accuracy | bytes |\n|---|---|---|---|---|")
    for task in TASKS:
        data = split(task)
        network = Network.from_torch(fit(task, data), input_shape=(task.widths[0],))
        target = HERE / f"{task.name}.safetensors"
        save(network, target)
        np.save(HERE / f"{task.name}_points.npy", data.train[:POINTS])
        print(
            f"| `{target.name}` | {'-'.join(map(str, task.widths))} "
            f"| {accuracy(network, data.train, data.train_labels):.3f} "
            f"| {accuracy(network, data.test, data.test_labels):.3f} | {target.stat().st_size} |"
        )


if __name__ == "__main__":
    main()
