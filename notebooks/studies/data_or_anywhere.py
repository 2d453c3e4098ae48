"""Finding F2: do balls around training points hold more regions than balls around arbitrary points?

The protocol is `protocols/data_or_anywhere.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studies.images import KINDS, Images, centres, load_images, possible, random_labels
from studies.tables import Row, collect, counted, options, seed_parts
from studies.training import Snapshot, snapshots

__all__ = ["BOUNDS", "EXPERIMENTS", "Experiment", "fractions", "main", "rows"]

BOUNDS = ("ball_propagation", "ball_profile")
SHARES = {"true": 0.0, "half": 0.5, "random": 1.0}  # of labels replaced
FRACTIONS = (1 / 800, 1 / 253, 1 / 80, 1 / 25, 1 / 16, 1 / 8)


@dataclass(frozen=True, slots=True)
class Experiment:
    """Networks of one shape, in all their states, with all their seeds; `states` gives the epochs of each."""

    name: str
    images: str
    widths: tuple[int, ...]
    seeds: int
    states: tuple[tuple[str, int], ...]
    points: int
    fractions: tuple[float, ...]
    max_regions: int


NOISY = (("true", 128), ("half", 200), ("random", 200))
EXPERIMENTS = (
    Experiment("digits", "digits", (64, 32, 16, 10), 5, NOISY, 10, FRACTIONS, 2_000_000),
    Experiment(
        "mnist",
        "mnist",
        (784, 32, 16, 10),
        3,
        (("true", 64), ("random", 64)),
        4,
        tuple(f / 8 for f in FRACTIONS),
        200_000,
    ),
)


def rows(experiment: Experiment, seed: int, checkpoint: Path) -> list[Row]:
    """Train to every state with one seed, and count around every kind of point."""
    images = load_images(experiment.images, seed)
    found: list[Row] = []
    for state, shot in states(experiment, images, seed):
        tested = float((shot.network.forward(images.test).argmax(axis=1) == images.test_labels).mean())
        common = {
            "experiment": experiment.name,
            "seed": seed,
            "state": state,
            "epoch": shot.epoch,
            "fitted": shot.fitted,
            "tested": tested,
            "network": shot.network.fingerprint[:16],
        }
        radii = [fraction * images.spacing for fraction in fractions(experiment, state)]
        for kind in KINDS:
            places = centres(images, kind, experiment.points, seed)
            path = checkpoint.with_name(f"{checkpoint.name}.{state}-{kind}.jsonl")
            table = counted(shot.network, places, radii, BOUNDS, path, experiment.max_regions)
            found += [common | {"kind": kind, "fraction": row["radius"] / images.spacing} | row for row in table]
    return found


def fractions(experiment: Experiment, state: str) -> tuple[float, ...]:
    """Return the radii of a state, in units of the spacing."""
    return experiment.fractions[:-1] if SHARES.get(state, 0.0) else experiment.fractions


def states(experiment: Experiment, images: Images, seed: int) -> Iterator[tuple[str, Snapshot]]:
    """Yield the initial network, and those trained on each kind of labels from the same weights."""
    for number, (state, epochs) in enumerate(experiment.states):
        labels = random_labels(images.train_labels, SHARES[state], np.random.default_rng([seed, number]))
        for shot in snapshots(images.train, labels, experiment.widths, {0, epochs}, seed):
            if shot.epoch:
                yield state, shot
            elif not number:
                yield "initial", shot


def main(arguments: Sequence[str] | None = None, experiments: Sequence[Experiment] = EXPERIMENTS) -> None:
    """Run what is not done yet, seed by seed, and write the table."""
    given = options("data_or_anywhere", "Exact counts around kinds of points (F2).", arguments)
    collect(seed_parts(possible(experiments), rows), given)


if __name__ == "__main__":
    main()
