"""Lower bound: the distinct patterns of sampled points, each point a witness that is checked exactly."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.contract import Kind, Scope
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.fixed_inputs import in_free_inputs
from exactregions.network import Network
from exactregions.winner_patterns import pairwise_lowering, winner_patterns

if TYPE_CHECKING:
    from exactregions.exact.forms import ExactNetwork

Array = NDArray[np.float64]

# standard deviations of the points drawn from a domain without bounds: near the origin, and where only weights count
SCALES = (1.0, 10.0, 1000.0)


@dataclass(frozen=True, slots=True)
class SampledPatterns:
    """Number of different activation patterns at random points of the domain.

    Parameters
    ----------
    samples : int
        Points drawn.
    seed : int
        Of the random generator: the same seed gives the same value.

    Raises
    ------
    ExactRegionsError
        If there is less than one sample.

    Notes
    -----
    Patterns are told apart in floats, but counted in rationals: a point counts when it lies inside the open domain
    and, at its exact value, no unit is zero there unless its form vanishes on the whole cell. Such a point lies inside
    a proper region. Of winner units it counts which value wins. Every network has one region in every domain, so the
    value is never below 1.
    """

    samples: int = 2048
    seed: int = 0
    name: str = field(default="sampled_patterns", init=False, repr=False)
    kind: Kind = field(default="lower", init=False, repr=False)
    scope: Scope = field(default="local", init=False, repr=False)
    source: str = field(default="folklore; witnesses checked exactly", init=False, repr=False)

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ExactRegionsError(f"samples is {self.samples}; give one or more")

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the number of patterns with a proved witness, at least 1."""
        from exactregions.exact.forms import ExactNetwork

        lowered = pairwise_lowering(network)
        exact, found = ExactNetwork(lowered), set()
        for signs in sampled_signs(exact, lowered, domain, self.samples, self.seed):
            pattern = tuple(sign > 0 for sign in signs)
            if pattern not in found and (0 not in signs or _zeros_vanish(exact, pattern, signs)):
                found.add(pattern)
        patterns = np.array(sorted(found), dtype=bool).reshape(len(found), network.units)
        return max(1, len(np.unique(winner_patterns(network.winners, patterns), axis=0)))

    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say how many points there were."""
        return f"from {self.samples} points"


def sampled_signs(
    exact: ExactNetwork, network: Network, domain: Domain, samples: int, seed: int
) -> Iterator[list[int]]:
    """Yield the exact signs of all splitting units at random points of the open domain, alike in floats but once.

    Parameters
    ----------
    exact : ExactNetwork
        Of the network.
    network : Network
    domain : Domain
    samples, seed : int
        As for `SampledPatterns`.
    """
    from exactregions.exact.numbers import as_point

    points = sample_points(domain, samples, np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        patterns = network.pattern(points)
    _, first = np.unique(patterns, axis=0, return_index=True)
    for point in points[first].tolist():
        if all(map(math.isfinite, point)) and domain.contains(point):
            yield exact.signs_at(as_point(point))


def _zeros_vanish(exact: ExactNetwork, pattern: Sequence[bool], signs: Sequence[int]) -> bool:
    """Decide whether every unit that is zero at the point has a form that is zero on the whole cell."""
    from exactregions.exact.walk import unit_forms

    rows = zip(unit_forms(exact, pattern), signs, strict=True)
    return all(sign or (row.is_constant and row.b == 0) for row, sign in rows)


def sample_points(domain: Domain, count: int, rng: np.random.Generator) -> Array:
    """Draw points from a domain: uniformly from balls and boxes, by a random walk from polytopes.

    They are floats, and rounding may take one out of the domain. From the whole space they are drawn from normal
    distributions of several sizes.

    Parameters
    ----------
    domain : Domain
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (count, dim)
    """
    shape = shape_of(domain)
    if shape.rows:
        return _walk(shape, count, rng)
    if not shape.has_ends:
        scales = np.array(SCALES)[np.arange(count) % len(SCALES)]
        return rng.normal(size=(count, domain.dim)) * scales[:, None]
    if shape.kind is ShapeKind.BOX:
        lower, upper = (np.array([_float(v) for v in ends if v is not None]) for ends in (shape.lower, shape.upper))
        share = rng.random((count, domain.dim))
        return lower * (1.0 - share) + upper * share  # upper - lower may overflow
    center = np.array([_float(c) for c in shape.center])
    with np.errstate(over="ignore"):
        return center + _float(shape.radius or Fraction(0)) * _unit_ball_points(shape, count, rng)


def _float(value: Fraction) -> float:
    """Return the nearest finite float: a domain beyond their range is sampled within it."""
    try:
        return float(value)
    except OverflowError:
        return sys.float_info.max if value > 0 else -sys.float_info.max


def _unit_ball_points(shape: Shape, count: int, rng: np.random.Generator) -> Array:
    d = shape.dim
    if shape.kind is ShapeKind.L2:
        normal = rng.normal(size=(count, d))
        return normal / np.linalg.norm(normal, axis=1)[:, None] * rng.random((count, 1)) ** (1.0 / d)
    # a point of the simplex with one corner at the origin, each coordinate with a random sign
    gaps = rng.exponential(size=(count, d + 1))
    return gaps[:, :d] / gaps.sum(axis=1)[:, None] * rng.choice((-1.0, 1.0), (count, d))


def _walk(shape: Shape, count: int, rng: np.random.Generator) -> Array:
    """Hit and run (Smith 1984) from an exact interior point: along a random line to a random point inside."""
    from exactregions.exact.cells import root_cell
    from exactregions.exact.numbers import as_fractions

    point = np.array([_float(v) for v in as_fractions(root_cell(shape).witness)])
    given = [row.given for row in shape.sides()]
    rows, rhs = np.array([[_float(v) for v in a] for a, _ in given]), np.array([_float(b) for _, b in given])
    found = np.empty((count, len(point)))
    for i in range(count):
        direction = rng.normal(size=len(point))
        speed, room = rows @ direction, rhs - rows @ point
        with np.errstate(divide="ignore", invalid="ignore"):
            times = room / speed
        # where the polytope has no end, go as far as the scales of the whole space
        far = np.min(times[speed > 0], initial=SCALES[i % len(SCALES)])
        back = np.max(times[speed < 0], initial=-SCALES[i % len(SCALES)])
        if back < far:
            point = point + rng.uniform(back, far) * direction
        found[i] = point
    return found
