"""What is learned of one hidden layer from Gaussian samples: `python -m studies.learning` runs the study anew.

The protocol is `protocols/learning.toml`: errors of one network against samples, and starts of a local search on random
networks by Hermite moments, beside random ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from exactregions import Box, Network, difference
from exactregions.errors import DataError
from exactregions.recovery.hermite import Averages, Moments, regression
from exactregions.recovery.pencils import Units, full_rank
from exactregions.recovery.polishing import polished
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row

__all__ = ["errors", "errors_against_samples", "main", "random_units", "starts", "tables", "truth"]

Array = NDArray[np.float64]
PROTOCOL = load_protocol("learning")

FOUND = 1e-8  # root mean square of residuals, of values of size 1
BOX = Box(-3, 3, dim=3)


def told(study: str, method: str, samples: int, runs: int, **measured: float) -> Row:
    """Return a row of the results: what one of the two studies says of a way to estimate or to start."""
    names = ("parameter_error", "largest_difference", "seconds", "failed", "found")
    row: Row = {"study": study, "method": method, "samples": samples, "runs": runs}
    return row | {name: measured.get(name) for name in names}


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
        kept: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ESTIMATES}
        for seed in range(seeds):
            x = np.random.default_rng(seed).standard_normal((n, 3))
            y = values(wanted, x)
            for name, measured in kept.items():
                start = time.process_time()
                found = learned(name, x, y, seed)
                took = time.process_time() - start
                measured.append((*((np.inf, np.inf) if found is None else _errors(found, wanted, network)), took))
        for name, measured in kept.items():
            parameter, gap, seconds = np.median(np.array(measured), axis=0).tolist()
            failed = sum(int(np.isinf(error)) for error, _, _ in measured)
            found = {"parameter_error": parameter, "largest_difference": gap, "seconds": seconds, "failed": failed}
            rows.append(told("errors", name, n, seeds, **found))
    return rows


def _errors(found: Units, wanted: Units, network: Network) -> tuple[float, float]:
    return parameter_error(found, wanted), float(difference(found.network(), network, BOX).value)


def starts(units: int, networks: int, samples: int, tries: int) -> list[Row]:
    """Return from how many random networks each start finds the truth by Gauss-Newton steps."""
    found = dict.fromkeys([*ESTIMATES, "one random start", f"best of {tries} random starts"], 0)
    for seed in range(networks):
        rng = np.random.default_rng(seed)
        wanted = random_units(rng, units)
        x = rng.standard_normal((samples, units))
        y = values(wanted, x)
        ends = []
        for name in ESTIMATES:
            start = learned(name, x, y, seed)
            ends.append(start is not None and _ends_at(start, x, y))
        drawn = [_ends_at(random_units(rng, units), x, y) for _ in range(tries)]
        for name, end in zip(found, [*ends, drawn[0], any(drawn)], strict=True):
            found[name] += end
    return [told("starts", name, samples, networks, found=count) for name, count in found.items()]


def _ends_at(start: Units, x: Array, y: Array) -> bool:
    left = y - values(polished(start, x, y), x)
    return bool(np.sqrt(np.mean(left**2)) < FOUND)


def main() -> None:
    """Run the whole study, and write the results."""
    sizes = [(size["samples"], size["seeds"]) for size in PROTOCOL.values["sizes"]]
    write_rows(PROTOCOL, errors_against_samples(sizes) + starts(**PROTOCOL.values["starts"]))


def errors() -> list[Row]:
    """Return the stored errors against samples."""
    return [row for row in read_rows(PROTOCOL) if row["study"] == "errors"]


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    against = [
        "| samples | seeds | moments | parameters | exact difference | failed | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in errors():
        measured = f"{row['parameter_error']:.3g} | {row['largest_difference']:.3g} | {row['failed']:.0f}"
        case = f"{row['samples']:,} | {row['runs']} | {row['method']}"
        against.append(f"| {case} | {measured} | {row['seconds']:.2g} |")
    found = ["| start | samples | networks | found |", "|---|---|---|---|"]
    for row in read_rows(PROTOCOL):
        if row["study"] == "starts":
            found.append(f"| {row['method']} | {row['samples']:,} | {row['runs']} | {row['found']:.0f} |")
    return {"learning-errors": "\n".join(against), "learning-starts": "\n".join(found)}


if __name__ == "__main__":
    main()
