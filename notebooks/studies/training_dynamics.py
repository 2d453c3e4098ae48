"""Finding F1: do region boundaries move away from the training points while a network trains?

Protocol, fixed before any result of these runs was looked at. (Pilot runs with seed 0, of which only counts, times and
memory were looked at, chose the radii: the largest at which every search ended within seconds at every epoch.)

Background. Zhu, Lin and Tang (2020) report from upper bounds on the number of regions in a sphere that boundaries move
away from the training points during training. Here the number is exact.

Networks
    Digits: 64-32-16-10 (Adam; SGD as a check of robustness, whose initial networks are those of Adam) and
    64-16-16-16-10 (Adam), seeds 0 to 4. MNIST, 5,000 images: 784-32-16-10 (Adam), seeds 0 to 2. Cross entropy,
    mini-batches of 32, no regularisation, torch's default initial weights. A seed fixes the split into training and
    test, the initial weights, the order of the batches and the points: the seed is the unit that is repeated, and
    every interval is one over seeds.
Points
    For each seed 25 training and 25 test images (MNIST: 6), and as many points of two random kinds: "uniform" in the
    cube of the pixels, and "shuffled", every pixel from a training image of its own, which keeps the distribution of
    each pixel. They stay fixed over the epochs. Distances, which need no search, are also taken at 400 further points
    of each kind.
Quantities
    N(r), the exact number of regions in the open ball of radius r; the distance to the nearest boundary; the bounds
    ball_propagation and ball_profile. r is 1/32, 1/16, 1/8, 1/4 of the median distance of a training image to the
    nearest other one (MNIST: 1/256, 1/128, 1/64, 1/32).
Hypotheses, of the change from the first snapshot (initial weights) to the last, paired by seed
    H1  The mean of log10 distance at training points rises.
    H2  It rises more there than at random points (of either kind): weights and biases grow in training, and with
        them distances everywhere, so this, and not H1, is about training points.
    H3  The mean of log10 N(r) at training points falls, at the largest radius.
    H4  It falls more there than at random points.
    H5  It falls more at training than at test points.
    H6  The bounds say the same: the same sign of each change, and across points within a snapshot a rank correlation
        near one with the exact count.
Statistics
    Per seed the mean over points of log10 N and of log10 distance; Student's 95% interval over seeds of the paired
    change and of the differences of changes. A hypothesis is supported where the interval lies on its side of zero,
    contradicted where it lies on the other, else open. No correction for several hypotheses. Everything at other radii,
    epochs and kinds is description.
Exclusion
    A row that is not exact is no count. A point with one at any epoch is left out at all epochs, and its number is
    reported. (The first run had a limit of a million regions, which one point of digits and seed 2 reached at the
    start; it was counted again with a limit of ten million, in place of leaving out the largest count.) The distance
    is evaluated in floats, without a search, so that it is known where the largest ball holds one region only; where a
    search gives it too, both must agree.
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
