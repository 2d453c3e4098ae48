"""Radii at which a ball first touches the hyperplane of a unit: there strictness and norms are put to trial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from exactregions.domain import Ball
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.walk import unit_forms
from exactregions.network import Network

# radii of contact beyond are left out: what is done with a ball later is done in floats
SHORTEST, LONGEST = Fraction(1, 10**200), Fraction(10**200)
# relative steps off a radius of contact, from what any bound must see to what only exact ones do
STEPS = (Fraction(1, 4), Fraction(1, 16), Fraction(1, 2**10), Fraction(1, 2**30), Fraction(1, 2**50))


def touching_radii(network: Network, center: Sequence[Fraction], norm: float) -> list[Fraction]:
    """Return the distances of all units' hyperplanes from a point, in ascending order, without zeros.

    In later stages the hyperplane is that of the affine map at the point. A distance that is not rational, as most
    Euclidean ones, is rounded to a float.

    Parameters
    ----------
    network : Network
    center : sequence of Fraction, length inputs
    norm : {2, 1, inf}
    """
    exact, point = ExactNetwork(network), as_point(center)
    rows = unit_forms(exact, [sign > 0 for sign in exact.signs_at(point)])
    found = {_distance(row, abs(as_fractions([row.at(point)])[0]), norm) for row in rows if not row.is_constant}
    return sorted(found - {Fraction(0)})


def _distance(row: Form, value: Fraction, norm: float) -> Fraction:
    """Return |row at the point| over the dual norm of its normal."""
    sizes = [abs(int(a)) for a in row.a]
    if norm == 1:
        return value / max(sizes)
    if norm == math.inf:
        return value / sum(sizes)
    return _root(value * value / int(row.square))


def _root(square: Fraction) -> Fraction:
    p, q = math.isqrt(square.numerator), math.isqrt(square.denominator)
    if p * p == square.numerator and q * q == square.denominator:
        return Fraction(p, q)
    # a power of four outside the root keeps the square within the range of floats
    shift = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    return Fraction(math.sqrt(square / Fraction(4) ** shift)) * Fraction(2) ** shift


def beside(radius: Fraction, rng: np.random.Generator) -> Fraction:
    """Return a radius of contact itself, or one just above or below it."""
    if rng.random() < 0.3:
        return radius
    step = STEPS[int(rng.integers(len(STEPS)))]
    return radius * (1 + step if rng.random() < 0.7 else 1 - step)


def tangent_ball(network: Network, ball: Ball, rng: np.random.Generator, nearest: int) -> Ball:
    """Return a ball about the same centre that one of the nearest hyperplanes touches, or all but touches."""
    radii = [r for r in touching_radii(network, ball.center, ball.norm) if SHORTEST < r < LONGEST][:nearest]
    if not radii:
        return ball
    return Ball(ball.center, beside(radii[int(rng.integers(len(radii)))], rng), ball.norm)
