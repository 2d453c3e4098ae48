"""Hypothesis strategies for networks and domains, generic or degenerate in the ways that break region counters.

All numbers are small and dyadic: float arithmetic on them is exact, a margin is zero or clearly positive, and a
failing example is short. Needs hypothesis::

    from hypothesis import given
    from exactregions.testing.strategies import questions

    @given(questions())
    def test_my_bound(question):
        network, domain = question
        ...
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.auditing.tangency import touching_radii
from exactregions.cases.domains import ball, box, polytope
from exactregions.cases.random_nets import spoil
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.network import Network, Stage

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError:
    raise ImportError("exactregions.testing.strategies needs hypothesis; install it: pip install hypothesis") from None

__all__ = ["balls", "boxes", "domains", "networks", "polytopes", "questions"]

Array = NDArray[np.float64]

NORMS = (2, 1, math.inf)
SLOPES = (0.0, 0.0, 0.0, 0.25, -0.5)  # ReLU more often than not
FAULTS = ("none",) * 6 + ("zero row", "zero unit", "repeat", "negate", "dead layer", "wire")


@st.composite
def networks(draw: DrawFn, largest_units: int = 6, largest_inputs: int = 3) -> Network:
    """Draw networks of one to three hidden layers, all biases zero now and then.

    Parameters
    ----------
    largest_units, largest_inputs : int
        How large they may be; six units have at most 64 regions.
    """
    d = draw(st.integers(1, largest_inputs))
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3).filter(lambda w: sum(w) <= largest_units))
    sixteenths = draw(st.booleans())
    entry = st.integers(-40, 40).map(lambda k: k / 16) if sixteenths else st.integers(-3, 3).map(float)
    slope = draw(st.sampled_from(SLOPES))
    bias_free = draw(st.booleans())
    stages, fan_in = [], d
    for width in widths:
        weight = np.array(draw(st.lists(entry, min_size=width * fan_in, max_size=width * fan_in)))
        weight = weight.reshape(width, fan_in)
        bias = np.zeros(width) if bias_free else np.array(draw(st.lists(entry, min_size=width, max_size=width)))
        low = np.full(width, slope)
        for target in range(width):
            spoil(draw(st.sampled_from(FAULTS)), target, draw(st.integers(0, width - 1)), weight, bias, low)
        stages.append(Stage(weight, bias, low, np.ones(width)))
        fan_in = width
    return Network(tuple(stages), np.ones((1, fan_in)), np.zeros(1))


def _quarters(smallest: int, largest: int) -> SearchStrategy[Fraction]:
    return st.integers(smallest, largest).map(lambda k: Fraction(k, 4))


def balls(dim: int, norms: Sequence[float] = NORMS) -> SearchStrategy[Ball]:
    """Draw open balls, their centres and radii multiples of 1/4.

    Parameters
    ----------
    dim : int
    norms : sequence of {2, 1, inf}
    """
    centers = st.lists(_quarters(-8, 8), min_size=dim, max_size=dim)
    return st.builds(ball, centers, _quarters(1, 12), st.sampled_from(list(norms)))


def boxes(dim: int) -> SearchStrategy[Box]:
    """Draw open boxes, their ends multiples of 1/4."""
    lower = st.lists(_quarters(-8, 7), min_size=dim, max_size=dim)
    sides = st.lists(_quarters(1, 12), min_size=dim, max_size=dim)
    return st.builds(lambda lo, side: box(lo, [a + s for a, s in zip(lo, side, strict=True)]), lower, sides)


@st.composite
def polytopes(draw: DrawFn, dim: int) -> Polytope:
    """Draw open polytopes, in a box or not, that are not empty."""
    inside = draw(st.lists(_quarters(-4, 4), min_size=dim, max_size=dim))
    rows = draw(st.lists(st.lists(st.integers(-2, 2), min_size=dim, max_size=dim), min_size=1, max_size=3))
    gaps = draw(st.lists(_quarters(1, 8), min_size=len(rows), max_size=len(rows)))
    b = [sum(a * x for a, x in zip(row, inside, strict=True)) + gap for row, gap in zip(rows, gaps, strict=True)]
    size = draw(st.none() | _quarters(1, 8))
    return polytope(rows, b, None if size is None else box([x - size for x in inside], [x + size for x in inside]))


def domains(dim: int) -> SearchStrategy[Domain]:
    """Draw domains of every kind."""
    return st.one_of(balls(dim), boxes(dim), polytopes(dim), st.just(WholeSpace(dim)))


@st.composite
def questions(draw: DrawFn, networks: SearchStrategy[Network] = networks()) -> tuple[Network, Domain]:  # noqa: B008
    """Draw a network and a domain for it, sometimes a ball that a hyperplane just touches.

    Parameters
    ----------
    networks : SearchStrategy
        Of networks.
    """
    network = draw(networks)
    domain: Any = draw(domains(network.inputs))
    if isinstance(domain, Ball) and draw(st.booleans()):
        radii = touching_radii(network, domain.center, domain.norm)
        if radii:
            domain = ball(domain.center, draw(st.sampled_from(radii)), domain.norm)
    return network, domain
