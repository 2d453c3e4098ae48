"""Robust radii of images in a trained network of 784-64-64-10: how many are exact after some processor time.

    python -m benchmarks.robust_radii [--points 16] [--limit 60]

The images are those of `benchmarks.networks` that the network has not seen. Of an answer that a limit cuts short the
lower end is told as a share of the upper one.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.networks import image_source, images, trained
from benchmarks.timing import timed
from exactregions import Network, robust_radius

WIDTHS = (784, 64, 64, 10)
HELD_OUT = 10  # one image of so many is not trained on
SOON = 5.0  # seconds


def main() -> None:
    """Write a line for each point and norm, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=16)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each answer")
    given = parser.parse_args()
    rows, labels = images()
    mixed = np.random.default_rng(0).permutation(len(rows))
    test, train = np.split(mixed, [len(rows) // HELD_OUT])
    network = trained(WIDTHS, rows[train], labels[train])
    right = (network.forward(rows[test]).argmax(axis=1) == labels[test]).mean()
    typer.echo(f"{WIDTHS} on {image_source()}: {right:.1%} of {len(test)} held out are right")
    for norm in (2, math.inf):
        robust_radius(network, rows[test[0]], norm)  # kernels are loaded
        seconds = [_measured(network, rows[i], norm, given.limit) for i in test[: given.points]]
        soon = sum(taken <= SOON for taken in seconds)
        ended = sum(math.isfinite(taken) for taken in seconds)
        median = f"median {np.median(seconds):.2f} s of processor time"
        typer.echo(f"norm {norm}: {median}, {soon} of {len(seconds)} within {SOON:g} s, {ended} exact")


def _measured(network: Network, point: NDArray[np.float64], norm: float, limit: float) -> float:
    """Return the processor time of an exact answer, infinite where there is none."""
    taken, found = timed(lambda: robust_radius(network, point, norm, time_limit=limit))
    ends = float(found.radius.lower), float(found.radius.upper)
    share = f"at least {ends[0] / ends[1]:.4f} of it" if not found.complete else "exact"
    typer.echo(f"norm {norm}: {ends[1]:.6g}, {share}, {found.regions} regions, {taken:.2f} s")
    return taken if found.complete else math.inf


if __name__ == "__main__":
    main()
