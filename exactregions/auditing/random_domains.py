"""Random domains for a network."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.auditing.tangency import tangent_ball
from exactregions.domain import Ball, Box, Domain, WholeSpace
from exactregions.network import Network

Rng = np.random.Generator

# the whole space has all regions there are, so only of small networks
SMALL_INPUTS, SMALL_UNITS = 2, 6
LARGE_UNITS, NEAREST = 12, 8  # a larger network is looked at close by: its ball meets few hyperplanes


def random_domain(network: Network, rng: Rng) -> Domain:
    """Return a ball of one of the three norms, a box, or for small networks the whole space."""
    kind = rng.choice(["ball", "box", "space"], p=[0.75, 0.17, 0.08])
    if kind == "space" and network.inputs <= SMALL_INPUTS and network.units <= SMALL_UNITS:
        return WholeSpace(network.inputs)
    ball = random_ball(network, rng)
    return _boxed(ball, rng) if kind == "box" else ball


def random_ball(network: Network, rng: Rng) -> Ball:
    """Return a ball of any size, or one that some hyperplane just touches or cuts."""
    norm = float(rng.choice([2, 1, math.inf], p=[0.6, 0.2, 0.2]))
    ball = Ball(tuple(_center(network.inputs, rng).tolist()), _radius(rng), norm)
    large = network.units > LARGE_UNITS
    if large or rng.random() < 0.5:
        return tangent_ball(network, ball, rng, NEAREST if large else network.units)
    return ball


def _center(inputs: int, rng: Rng) -> NDArray[np.float64]:
    center = rng.normal(0, 0.7, inputs)
    draw = rng.random()
    if draw < 0.25:
        return np.zeros(inputs)
    return np.round(center * 4) / 4 if draw < 0.6 else center


def _radius(rng: Rng) -> Fraction:
    radius = float(rng.lognormal(-0.2, 0.9))
    return Fraction(max(round(radius * 8), 1), 8) if rng.random() < 0.5 else Fraction(radius)


def _boxed(ball: Ball, rng: Rng) -> Box:
    """Return a box about the centre whose sides differ."""
    halves = [ball.radius * Fraction(int(k), 4) for k in rng.integers(1, 9, size=ball.dim)]
    pairs = list(zip(ball.center, halves, strict=True))
    return Box(tuple(c - h for c, h in pairs), tuple(c + h for c, h in pairs))
