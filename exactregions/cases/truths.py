"""What is true of a question, found without the engine that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import comb

import flint

from exactregions.domain import Ball, Domain
from exactregions.engines.contract import Limits
from exactregions.engines.lowered import search
from exactregions.engines.rational import RationalEngine
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.nearest import solve_gram
from exactregions.exact.numbers import as_point, rational
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network

REMEMBERED = 512  # a few times the cases of the suite: every engine that is tested meets the same truths


def coordinate_count(n: int, t: float, radius: float) -> int:
    """Return the regions of the n coordinate hyperplanes in the open ball about (t, .., t).

    Any k of them meet at the distance t sqrt(k), so the count is the sum of C(n, k) over k t^2 < r^2. Give
    integers or Fractions where k t^2 = r^2 is to be decided exactly.
    """
    return sum(comb(n, k) for k in range(n + 1) if k * t * t < radius * radius)


def general_position_count(network: Network, ball: Ball) -> int:
    """Return the regions of a generic hyperplane arrangement in a Euclidean ball, by all subsets of hyperplanes.

    The count is the number of flats that meet the ball, dist^2 = v^T (A A^T)^{-1} v with v the values at the
    centre: no linear program and no search (mathematics, 6).

    Parameters
    ----------
    network : Network
        With one stage, its hyperplanes in general position.
    """
    exact = ExactNetwork(network)
    stage = exact.pre_activations(0, exact.identity)
    forms = [stage.row(i) for i in range(len(network.stages[0].bias))]
    center, limit = as_point(ball.center), rational(ball.radius) ** 2
    sizes = range(min(len(forms), network.inputs) + 1)
    flats = (chosen for size in sizes for chosen in combinations(forms, size))
    return sum(_distance_squared(chosen, center) < limit for chosen in flats)


def _distance_squared(chosen: Sequence[Form], center: list[flint.fmpq]) -> flint.fmpq:
    values = [form.at(center) for form in chosen]
    weights = solve_gram([form.a for form in chosen], values)
    return sum((w * v for w, v in zip(weights, values, strict=True)), flint.fmpq(0))


@lru_cache(maxsize=REMEMBERED)
def reference(network: Network, domain: Domain) -> frozenset[bytes]:
    """Return the packed patterns that the rational engine finds, with no limit."""
    question = free_inputs(network, domain)
    return frozenset(search(RationalEngine(), question.network, question.domain, Limits(), None).pattern_set())
