"""Finding F2: do balls around training points hold more regions than balls around arbitrary points?

Protocol, fixed before kinds of points were compared. Pilot runs with seed 0, of which only the largest counts and
times were looked at, chose the radii. Two first runs, to 1/4 and to 1/8 of the spacing at all states, were ended in
seeds 0 and 1: with random labels balls held more than two million regions, and a limit on the count would have left out
the largest ones. So those states are counted at smaller radii than the others.

Background. Zhu, Lin and Tang (2020) report from upper bounds on the number of regions in a sphere that spheres around
training points hold more regions than spheres around arbitrary points. Here the number is exact.

Networks
    Digits: 64-32-16-10, seeds 0 to 4. MNIST, 5,000 images: 784-32-16-10, seeds 0 to 2. Adam, cross entropy,
    mini-batches of 32, torch's default initial weights. Four states with the same initial weights: "initial"; "true",
    trained on the true labels; "half" and "random", trained with 50% and 100% of the training labels replaced by
    labels drawn uniformly (MNIST: without "half"). Digits train for 128 epochs (200 on labels with noise), MNIST for
    64; the share of the given labels that is fitted at the end is reported, whether or not it is near one.
    A seed fixes split, weights, batches, labels and points, and is the unit that is repeated.
Points
    10 of each kind and seed (MNIST: 4): "train" and "test" images; "noise", training images plus Gaussian noise of
    half the spacing (the median distance of a training image to the nearest other one); "mixed", convex combinations
    of two training images of different classes; "shuffled", every pixel from a training image of its own;
    "permuted", training images with their pixels in random order, so of the same norm; "uniform" in the cube.
Quantities
    N(r), the exact number of regions in the open ball of radius r, and the bounds ball_propagation and ball_profile, at
    1/800, 1/253, 1/80, 1/25, 1/16 and 1/8 of the spacing (MNIST: an eighth of these); "half" and "random" without 1/8.
Hypotheses, each for every state
    H1  N is larger around training points than around uniform points, at the largest radius of the state.
    H2  The same against shuffled and against permuted points. Permuted ones have the norm of images: under random
        weights hyperplanes are the denser the nearer to the origin, and a difference of norms alone makes a difference
        of counts.
    H3  N is larger around training than around test points.
    H4  The differences are larger in trained than in initial networks, paired by seed, at the largest radius of both.
    H5  With random labels the difference between training and test points is larger than with true ones, likewise.
    H6  The bounds say the same: the same sign wherever the interval of the exact count does not hold zero.
Statistics
    Per seed the mean difference of log10 N between two kinds, with Student's 95% interval over seeds, and Cliff's
    delta with an interval from a nested bootstrap (seeds, then points within seeds), which with few seeds is too
    narrow. A hypothesis is supported where Student's interval lies on its side of zero, contradicted where it
    lies on the other, else open. No correction for several hypotheses. Everything at other radii is description.
Exclusion
    A row that is not exact is no count; a point that has one is left out, and the number of those is reported.
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
