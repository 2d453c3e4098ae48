"""How loose are the bounds on the number of regions in a ball? Every registered bound beside the exact count.

The protocol is `protocols/loose_bounds.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from exactregions import Network
from exactregions.bounds import bound_names
from studies.tables import Row, collect, counted, options
from studies.training import snapshots

__all__ = ["DESIGNS", "Design", "centre", "designs", "main", "names_for", "networks", "rows"]

CLASSES = 10
COSTLY = "serra_ramalingam_2020"
FOREIGN = "minimum"  # of other columns


@dataclass(frozen=True, slots=True)
class Design:
    """A shape of network and how often it is drawn."""

    inputs: int = 4
    width: int = 16
    depth: int = 2
    seeds: int = 4
    points: int = 1
    epochs: int = 30
    radii: tuple[float, ...] = (0.125, 0.25, 0.5, 1.0)
    max_regions: int = 2_000_000

    @property
    def name(self) -> str:
        """Of the part of the table."""
        return f"{self.inputs}-{self.width}x{self.depth}"


def designs(base: Design) -> tuple[Design, ...]:
    """Return a design and those that differ from it in one factor."""
    varied = [replace(base, inputs=d) for d in (2, 8, 16, 32)]
    varied += [replace(base, width=w) for w in (8, 32)]
    varied += [replace(base, depth=k) for k in (1, 4)]
    return (base, *varied)


DESIGNS = designs(Design())


@cache
def components(inputs: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return digits on their first principal components, whitened, and the labels."""
    rows, labels = load_digits(return_X_y=True)
    return PCA(inputs, whiten=True, svd_solver="full").fit_transform(rows / 16.0), labels.astype(np.int64)


def networks(design: Design, seed: int) -> Iterator[tuple[str, float, Network]]:
    """Yield the random and the trained network, with the share of the training rows in their class."""
    points, labels = components(design.inputs)
    widths = (design.inputs, *[design.width] * design.depth, CLASSES)
    rng = np.random.default_rng([seed, *widths])
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    weights = [rng.normal(0.0, np.sqrt(2.0 / n), (m, n)) for m, n in shapes]
    random = Network.from_layers(weights, [rng.normal(0.0, 0.5, m) for m, _ in shapes])
    yield "random", float((random.forward(points).argmax(axis=1) == labels).mean()), random
    shot = next(snapshots(points, labels, widths, {design.epochs}, seed))
    yield "trained", shot.fitted, shot.network


def centre(design: Design, seed: int) -> NDArray[np.float64]:
    """Return the training point of a seed, or as many as the design asks for: shape (points, inputs)."""
    points, _ = components(design.inputs)
    return points[np.random.default_rng(seed).choice(len(points), design.points, replace=False)]


def names_for(design: Design) -> list[str]:
    """Return the bounds that are asked of a design."""
    small = design.width <= 16 and design.depth <= 2
    return [name for name in bound_names() if name != FOREIGN and (small or name != COSTLY)]


def rows(design: Design, seed: int, checkpoint: Path) -> list[Row]:
    """Count with one seed in both states, beside all bounds."""
    found: list[Row] = []
    for state, fitted, network in networks(design, seed):
        common = {
            "inputs": design.inputs,
            "width": design.width,
            "depth": design.depth,
            "seed": seed,
            "state": state,
            "fitted": fitted,
            "network": network.fingerprint[:16],
        }
        path = checkpoint.with_name(f"{checkpoint.name}.{state}.jsonl")
        found += [
            common | _plain(row)
            for row in counted(network, centre(design, seed), design.radii, names_for(design), path, design.max_regions)
        ]
    return found


def _plain(row: Row) -> Row:
    """Turn the values of bounds, some of which no column of integers holds, into strings of their digits."""
    return {name: str(value) if name in bound_names() and value is not None else value for name, value in row.items()}


def main(arguments: Sequence[str] | None = None, chosen: Sequence[Design] = DESIGNS) -> None:
    """Run what is not done yet, and write the table."""
    given = options("loose_bounds", "Exact counts beside every bound.", arguments)
    parts = [
        (f"{design.name}-{seed}", partial(rows, design, seed)) for seed in range(chosen[0].seeds) for design in chosen
    ]
    collect(parts, given)


if __name__ == "__main__":
    main()
