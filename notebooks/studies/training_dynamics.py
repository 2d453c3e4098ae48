"""Finding F1: do region boundaries move away from the training points while a network trains?

The protocol is `protocols/training_dynamics.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studies.images import centres, load_images, possible
from studies.tables import Row, collect, counted, options, seed_parts
from studies.training import boundary_distances, snapshots

__all__ = ["BOUNDS", "EXPERIMENTS", "Experiment", "main", "rows"]

BOUNDS = ("ball_propagation", "ball_profile")
KINDS = ("train", "test", "shuffled", "uniform")


@dataclass(frozen=True, slots=True)
class Experiment:
    """Networks of one shape, trained in one way, with all their seeds."""

    name: str
    images: str
    widths: tuple[int, ...]
    optimizer: str
    seeds: int
    epochs: tuple[int, ...]
    points: int
    fractions: tuple[float, ...]
    max_regions: int


MANY = 400
NEAR = (1 / 32, 1 / 16, 1 / 8, 1 / 4)
EXPERIMENTS = (
    Experiment("digits", "digits", (64, 32, 16, 10), "adam", 5, (0, 2, 8, 32, 128), 25, NEAR, 10_000_000),
    Experiment("sgd", "digits", (64, 32, 16, 10), "sgd", 5, (128,), 25, NEAR, 10_000_000),
    Experiment("deep", "digits", (64, 16, 16, 16, 10), "adam", 5, (0, 128), 25, NEAR, 10_000_000),
    Experiment("mnist", "mnist", (784, 32, 16, 10), "adam", 3, (0, 4, 64), 6, tuple(f / 8 for f in NEAR), 200_000),
)


def rows(experiment: Experiment, seed: int, checkpoint: Path) -> list[Row]:
    """Train with one seed, and count at every snapshot."""
    images = load_images(experiment.images, seed)
    points = {kind: centres(images, kind, experiment.points, seed) for kind in KINDS}
    radii = [fraction * images.spacing for fraction in experiment.fractions]
    found: list[Row] = []
    for shot in snapshots(
        images.train, images.train_labels, experiment.widths, experiment.epochs, seed, experiment.optimizer
    ):
        tested = float((shot.network.forward(images.test).argmax(axis=1) == images.test_labels).mean())
        common = {
            "experiment": experiment.name,
            "seed": seed,
            "epoch": shot.epoch,
            "fitted": shot.fitted,
            "tested": tested,
            "network": shot.network.fingerprint[:16],
        }
        for kind, places in points.items():
            many = np.log10(boundary_distances(shot.network, centres(images, kind, MANY, seed + MANY)))
            path = checkpoint.with_name(f"{checkpoint.name}.{shot.epoch}-{kind}.jsonl")
            table = counted(shot.network, places, radii, BOUNDS, path, experiment.max_regions)
            tags = common | {"kind": kind, "log_distance_of_many": float(many.mean())}
            found += [tags | {"fraction": row["radius"] / images.spacing} | row for row in table]
    return found


def main(arguments: Sequence[str] | None = None, experiments: Sequence[Experiment] = EXPERIMENTS) -> None:
    """Run what is not done yet, seed by seed, and write the table."""
    given = options("training_dynamics", "Exact counts during training (F1).", arguments)
    collect(seed_parts(possible(experiments), rows), given)


if __name__ == "__main__":
    main()
