"""Curves against fresh exact searches around every entry radius: ``python -m benchmarks.radii 1000``.

Small networks with slivers among them, in the norms 2, 1 and inf in turn. What is compared is exact: a count at a
fraction by one search in the largest ball, and by the rational engine in the smaller ball.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from exactregions import Ball, Network, count_regions, curve
from exactregions.comparison import Curve

__all__ = ["Campaign", "question", "run"]

NORMS = (2, 1, math.inf)
SLIVERS = (2.0**-52, 2.0**-40, 1e-9, 0.0)  # by how much twins of rows differ, relative
SCALES = (1.0, 1.0, 1.0, 2.0**-30, 1e-150, 1e150)
CLOSE = Fraction(1, 10**40)  # relative: far below what floats tell


@dataclass(slots=True)
class Campaign:
    """What was asked, and what came out differently."""

    networks: int = 0
    queries: int = 0
    slivers: int = 0
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.networks:,} networks, {self.slivers:,} with slivers, {self.queries:,} counts compared"]
        return "\n".join([*lines, f"wrong: {len(self.wrong)}", *self.wrong])


def question(seed: int) -> tuple[Network, Ball, bool]:
    """Return a network with one or two layers, a ball, and whether some rows are nearly twins."""
    rng = np.random.default_rng(seed)
    d, units, scale = int(rng.integers(1, 4)), int(rng.integers(2, 5)), float(rng.choice(SCALES))
    rows = rng.integers(-3, 4, (units, d)).astype(float) if rng.random() < 0.5 else rng.normal(size=(units, d))
    bias = rng.integers(-2, 3, units).astype(float) if rng.random() < 0.5 else rng.normal(size=units)
    thin = bool(rng.random() < 0.6)
    if thin:
        # the row before, changed by a few units of the last digits
        gap = float(rng.choice(SLIVERS))
        rows[-1] = rows[-2] * (1 - gap * rng.integers(0, 3, d))
        bias[-1] = bias[-2] * (1 + gap * rng.integers(-1, 2))
    center = tuple(Fraction(float(v)) for v in rng.choice([0.0, 0.25, 0.1, -1 / 3], d) * scale)
    weights, biases = [rows, rng.normal(size=(1, units))], [bias * scale, [0.0]]
    if rng.random() < 0.4:
        weights = [rows, rng.normal(size=(2, units)), np.ones((1, 2))]
        biases = [bias * scale, rng.normal(size=2) * scale, [0.0]]
    return Network.from_layers(weights, biases), Ball(center, Fraction(3 * scale), NORMS[seed % 3]), thin


def radii_of(found: Curve) -> list[Fraction]:
    """Return fractions at, just below and just above every entry radius, and the ends of its proved interval."""
    places: set[Fraction] = set()
    assert found.regions.entry_radii is not None
    for column in (found.regions.entry_radii, *found.entries.bounds, found.entries.values):
        places |= {Fraction(v) for v in column.tolist()}
    for row in range(len(found.entries)):
        entry = found.entries.near(row)
        places |= {entry * (1 - CLOSE), entry, entry * (1 + CLOSE)}
    return sorted(r for r in places if 0 < r < found.ball.radius)


def run(seeds: range) -> Campaign:
    """Compare the counts of many networks."""
    result = Campaign()
    for seed in seeds:
        network, ball, thin = question(seed)
        found = curve(network, list(ball.center), ball.radius, ball.norm, bounds=[], radii=[], engine="tree")
        result.networks, result.slivers = result.networks + 1, result.slivers + thin
        for radius in radii_of(found):
            result.queries += 1
            expected = count_regions(network, Ball(ball.center, radius, ball.norm), engine="rational")
            if found.count(radius) != expected:
                result.wrong += (f"seed {seed}, radius {radius}: {found.count(radius)}, a fresh search {expected}",)
    return result


if __name__ == "__main__":
    began = time.process_time()
    answer = run(range(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
    sys.stdout.write(f"{answer}\n{time.process_time() - began:.0f} s of processor time\n")
