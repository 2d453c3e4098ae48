"""Domains for trials: tangent, tiny, huge, off the floats, redundant, unbounded, empty, with inputs fixed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from exactregions.auditing.random_domains import random_ball, random_domain
from exactregions.auditing.tangency import beside, touching_radii
from exactregions.cases.domains import polytope
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.exact.forms import ExactNetwork
from exactregions.network import Network

Rng = np.random.Generator

LARGEST = 10**300  # of coordinates: beyond, the package refuses a centre
WHOLE_UNITS = 7  # most units of a network that is counted in the whole space
VALUES = tuple(map(Fraction, (0, 1, "1/3", "-1/2", "0.1", 0.1, "0.303529646039727", "-7/11", "1e-20")))  # fixed


def hostile_domain(network: Network, rng: Rng) -> Domain:
    """Return a domain of any kind."""
    match rng.integers(9):
        case 0 | 1:
            return random_domain(network, rng)
        case 2 | 3 | 4:
            return hostile_ball(network, rng)
        case 5:
            return _box(network, rng)
        case 6:
            return _polytope(network, rng)
        case 7:
            return with_fixed_inputs(_polytope(network, rng) if rng.random() < 0.4 else _box(network, rng), rng)
    return WholeSpace(network.inputs) if network.units <= WHOLE_UNITS else _box(network, rng)


def with_fixed_inputs(domain: Domain, rng: Rng) -> Box | Polytope:
    """Return a box, or a polytope within one, that fixes some of the inputs, often all."""
    if isinstance(domain, Ball):
        domain = domain.as_box()
    d = domain.dim
    box = domain if isinstance(domain, Box) else getattr(domain, "box", None) or Box([-3] * d, [3] * d)
    lower, upper = list(box.lower), list(box.upper)
    for i in rng.permutation(d)[: int(rng.integers(1, d + 1))].tolist():
        in_the_middle = rng.random() < 0.3
        lower[i] = upper[i] = box.center[i] if in_the_middle else VALUES[int(rng.integers(len(VALUES)))]
    box = Box(lower, upper)
    return Polytope(domain.A, domain.b, box) if isinstance(domain, Polytope) else box


def hostile_ball(network: Network, rng: Rng) -> Ball:
    """Return a ball on or beside what is hard: a centre on a hyperplane, a radius of contact, a size out of range."""
    ball = random_ball(network, rng)
    if rng.random() < 0.3:
        ball = Ball(_on_a_hyperplane(network, ball.center, rng), ball.radius, ball.norm)
    match rng.integers(6):
        case 0:
            return _touching(network, ball, rng)
        case 1:
            return Ball(ball.center, Fraction(int(rng.integers(1, 50)), int(rng.integers(1, 50))), ball.norm)
        case 2:
            return Ball(ball.center, ball.radius * Fraction(10) ** int(rng.integers(-300, 300)), ball.norm)
        case 3:
            third = Fraction(int(rng.integers(-3, 4)), 3)
            return Ball([c + third for c in ball.center], ball.radius, ball.norm)
    return ball


def _touching(network: Network, ball: Ball, rng: Rng) -> Ball:
    radii = touching_radii(network, ball.center, ball.norm)
    return ball if not radii else Ball(ball.center, beside(radii[int(rng.integers(len(radii)))], rng), ball.norm)


def _on_a_hyperplane(network: Network, center: tuple[Fraction, ...], rng: Rng) -> tuple[Fraction, ...]:
    """Return the centre moved along one axis on to the hyperplane of a unit of the first stage."""
    exact = ExactNetwork(network)
    row = exact.pre_activations(0, exact.identity).row(int(rng.integers(len(network.stages[0].bias))))
    a, b = [Fraction(int(v)) for v in row.a], Fraction(int(row.b))
    axes = [k for k, v in enumerate(a) if v]
    if not axes:
        return center
    axis = axes[int(rng.integers(len(axes)))]
    value = sum((v * c for v, c in zip(a, center, strict=True)), b)
    moved = center[axis] - value / a[axis]
    if abs(moved) > LARGEST:
        return center
    return (*center[:axis], moved, *center[axis + 1 :])


def _box(network: Network, rng: Rng) -> Box:
    ball = hostile_ball(network, rng)
    if rng.random() < 0.5:
        return ball.as_box()
    halves = [ball.radius * Fraction(int(rng.integers(1, 9)), 4) for _ in ball.center]
    if rng.random() < 0.2:
        halves[0] *= Fraction(10) ** int(rng.integers(-30, 30))
    pairs = list(zip(ball.center, halves, strict=True))
    return Box([c - h for c, h in pairs], [c + h for c, h in pairs])


def _polytope(network: Network, rng: Rng) -> Polytope:
    """Return a polytope about a point, or a flat or empty one; rows may be repeated, redundant or zero."""
    d = network.inputs
    center = [Fraction(int(v), 4) for v in rng.integers(-4, 5, size=d)]
    rows = rng.integers(-3, 4, size=(int(rng.integers(1, d + 4)), d)).tolist()
    gaps = [Fraction(int(rng.integers(1, 9)), int(rng.integers(1, 7))) for _ in rows]
    if rng.random() < 0.2:
        rows.append([2 * v for v in rows[0]])
        gaps.append(2 * gaps[0] + int(rng.integers(0, 2)))
    if rng.random() < 0.15:
        rows.append([-v for v in rows[0]])
        gaps.append(-gaps[0] + Fraction(int(rng.integers(0, 2)), 10 ** int(rng.integers(0, 20))))
    b = [sum((v * c for v, c in zip(row, center, strict=True)), g) for row, g in zip(rows, gaps, strict=True)]
    return polytope(rows, b, _box(network, rng) if rng.random() < 0.5 else None)
