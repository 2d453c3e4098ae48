"""What is learned of one hidden layer from Gaussian samples by Hermite moments, beside random starts.

    python -m studies.learning studies/results/learning.json

Errors against samples are of one network of three units and inputs with orthogonal rows: the largest error of a
parameter, and the exact largest difference to the truth on the box [-3, 3]^3, medians over seeds. Starts are judged on
random networks, whose rows may be close to dependent: one is found if Gauss-Newton steps that start there end at the
truth. Each start has the same samples; a refusal counts as a failure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions import Box, Network, difference
from exactregions.errors import DataError
from exactregions.recovery.hermite import Averages, Moments, regression
from exactregions.recovery.pencils import Units, full_rank
from exactregions.recovery.polishing import polished

__all__ = ["Row", "Start", "errors_against_samples", "main", "random_units", "starts", "truth"]

Array = NDArray[np.float64]

FOUND = 1e-8  # root mean square of residuals, of values of size 1
BOX = Box(-3, 3, dim=3)


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over seeds; `failed` are those without an answer, whose error counts as the largest."""

    samples: int
    estimate: str
    seeds: int
    parameter_error: float
    largest_difference: float
    failed: int


@dataclass(frozen=True, slots=True)
class Start:
    """From how many of the networks Gauss-Newton steps end at the truth."""

    start: str
    inputs: int
    networks: int
    found: int


def truth() -> Units:
    """Return the network of the table: orthogonal rows, biases of both signs and zero."""
    rows = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))[0]
    return Units(rows, np.array([0.5, 0.0, -0.8]), np.array([1.0, -1.5, 0.8]))


def random_units(rng: np.random.Generator, d: int) -> Units:
    """Return d units of d inputs whose rows are drawn apart, however close they come to dependence."""
    rows = rng.standard_normal((d, d))
    outputs = rng.uniform(0.5, 1.5, d) * rng.choice([-1.0, 1.0], d)
    return Units(rows / np.linalg.norm(rows, axis=1, keepdims=True), rng.uniform(-1, 1, d), outputs)


def values(units: Units, x: Array) -> Array:
    """Return the outputs at points."""
    return np.maximum(x @ units.weights.T + units.biases, 0.0) @ units.outputs


def by_averages(x: Array, y: Array) -> Moments:
    """Return the moments as averages."""
    return Averages(x, y)


def by_regression(x: Array, y: Array) -> Moments:
    """Return the moments by least squares on Hermite polynomials."""
    return regression(x, y, 4)[0]


ESTIMATES: dict[str, Callable[[Array, Array], Moments]] = {"averages": by_averages, "regression": by_regression}


def learned(estimate: str, x: Array, y: Array, seed: int) -> Units | None:
    """Return what the moments give, None for a refusal; no eigenvalue counts as noise."""
    try:
        return full_rank(ESTIMATES[estimate](x, y), x.shape[1], 0.0, 3.0, np.random.default_rng(seed))
    except DataError:
        return None


def parameter_error(found: Units, wanted: Units) -> float:
    """Return the largest error of a weight, bias or output weight, for the best order of units."""
    given, true = (np.hstack([u.weights, u.biases[:, None], u.outputs[:, None]]) for u in (found, wanted))
    gaps = np.abs(given[:, None] - true[None]).max(axis=2)
    return float(min(max(gaps[i, j] for i, j in enumerate(order)) for order in permutations(range(len(gaps)))))


def errors_against_samples(sizes: Sequence[tuple[int, int]]) -> list[Row]:
    """Return the errors for each number of samples, with so many seeds, and each estimate of the moments."""
    wanted, rows = truth(), []
    network = wanted.network()
    for n, seeds in sizes:
        errors: dict[str, list[tuple[float, float]]] = {name: [] for name in ESTIMATES}
        for seed in range(seeds):
            x = np.random.default_rng(seed).standard_normal((n, 3))
            y = values(wanted, x)
            for name, kept in errors.items():
                found = learned(name, x, y, seed)
                kept.append((np.inf, np.inf) if found is None else _errors(found, wanted, network))
        for name, kept in errors.items():
            parameter, gap = np.median(np.array(kept), axis=0).tolist()
            rows.append(Row(n, name, seeds, parameter, gap, sum(int(np.isinf(error)) for error, _ in kept)))
    return rows


def _errors(found: Units, wanted: Units, network: Network) -> tuple[float, float]:
    return parameter_error(found, wanted), float(difference(found.network(), network, BOX).value)


def starts(d: int, networks: int, n: int = 5_000) -> list[Start]:
    """Return from how many random networks each start finds the truth by Gauss-Newton steps."""
    found = {"averages": 0, "regression": 0, "one random start": 0, "best of five random starts": 0}
    for seed in range(networks):
        rng = np.random.default_rng(seed)
        wanted = random_units(rng, d)
        x = rng.standard_normal((n, d))
        y = values(wanted, x)
        for name in ESTIMATES:
            start = learned(name, x, y, seed)
            found[name] += start is not None and _ends_at(start, x, y)
        tries = [_ends_at(random_units(rng, d), x, y) for _ in range(5)]
        found["one random start"] += tries[0]
        found["best of five random starts"] += any(tries)
    return [Start(name, d, networks, count) for name, count in found.items()]


def _ends_at(start: Units, x: Array, y: Array) -> bool:
    left = y - values(polished(start, x, y), x)
    return bool(np.sqrt(np.mean(left**2)) < FOUND)


def main(path: str) -> None:
    """Run the whole study, and write its tables."""
    rows = errors_against_samples([(1_000, 20), (10_000, 20), (100_000, 20), (1_000_000, 5)])
    found = starts(3, 20)
    tables: dict[str, Any] = {"errors": [asdict(r) for r in rows], "starts": [asdict(s) for s in found]}
    Path(path).write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
