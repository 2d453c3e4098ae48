"""Domains: exact, open, and refused at the door when they are empty or no numbers."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from exactregions import Ball, Box, Polytope, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.domain import domain_from_dict
from exactregions.errors import DomainError

NETWORK = nets.generated(2, 4, 1)
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ball([0.0, 0.0], 0), "positive"),
        (lambda: Ball([0.0, 0.0], -1.0), "positive"),
        (lambda: Ball([0.0, 0.0], NAN), "finite"),
        (lambda: Ball([0.0, 0.0], INF), "finite"),
        (lambda: Ball([0.0, 0.0], "1"), "number"),  # pyright: ignore[reportArgumentType]
        (lambda: Ball([0.0, NAN], 1), r"center\[1\]"),
        (lambda: Ball([], 1), "empty"),
        (lambda: Ball([0.0], -(10**400)), r"radius is about -10\^400\.00; an open ball needs a positive"),
        (lambda: Ball(3.0, 1), "sequence"),
        (lambda: Ball([[0.0, 0.0]], 1), "number"),
        (lambda: Ball([0.0], 1, norm=3), "norm"),
        (lambda: Box([0.0, 0.0], [1.0, -1.0]), "empty"),
        (lambda: Box([0.0], [1.0, 1.0]), "as many"),
        (lambda: Box([0.0], [INF]), "finite"),
        (lambda: Polytope([], []), "no rows"),
        (lambda: Polytope([[1.0, 0.0]], [1.0, 2.0]), "as many"),
        (lambda: Polytope([[1.0, 0.0], [1.0]], [1.0, 2.0]), "dimensions"),
        (lambda: Polytope([[1.0, NAN]], [1.0]), "finite"),
        (lambda: Polytope([[1.0]], [1.0], Box([0.0, 0.0], [1.0, 1.0])), "agree"),
        (lambda: WholeSpace(0), "positive"),
        (lambda: WholeSpace(2.0), "positive integer"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_what_is_no_domain(make, message):
    with pytest.raises(DomainError, match=message):
        make()


@pytest.mark.parametrize(
    "polytope",
    [
        Polytope([[1, 0], [-1, 0]], [0, -1]),
        Polytope([[1, 0], [-1, 0]], [0, 0]),
        Polytope([[0, 0]], [0]),
        Polytope([[0, 0]], [-1]),
        Polytope([[1, 1]], [-2], Box([-1.0, -1.0], [1.0, 1.0])),
        Polytope([[1, 1]], [-3], Box([-1.0, -1.0], [1.0, 1.0])),
        Polytope([[1, 1], [-1, 0], [0, -1]], [Fraction(1, 10**40), 0, -Fraction(1, 10**40)]),
    ],
    ids=range(7),
)
def test_an_empty_polytope_is_an_error_of_the_search(engine, polytope):
    with pytest.raises(DomainError, match="empty"):
        enumerate_regions(NETWORK, polytope, engine=engine)


def test_a_thin_polytope_is_not_empty(engine):
    thin = Polytope([[1, 1], [-1, 0], [0, -1]], [Fraction(1, 10**40), 0, 0])
    regions = enumerate_regions(nets.one_layer([[1, -1]]), thin, engine=engine)
    assert regions.exact
    assert len(regions) == 2


def test_wrong_length_of_the_center(engine):
    with pytest.raises(DomainError, match="length of the centre"):
        enumerate_regions(NETWORK, Ball([0.0], 1), engine=engine)


@pytest.mark.parametrize(
    ("domain", "inside", "edge"),
    [
        (Ball([0, 0], 5), [3, 3.9], [3, 4]),
        (Ball([0, 0], 5, 1), [2, 2.9], [2, 3]),
        (Ball([0, 0], 5, "inf"), [4.9, -4.9], [5, 0]),
        (Box([0, 0], [1, 2]), [0.5, 1.5], [0, 1]),
        (Polytope([[1, 1]], [1]), [0.25, 0.5], [0.5, 0.5]),
        (Polytope([[1, 1]], [1], Box([0, 0], [1, 1])), [0.25, 0.5], [0, 0.5]),
    ],
    ids=str,
)
def test_domains_are_open(domain, inside, edge):
    assert domain.contains(inside)
    assert not domain.contains(edge)


def test_membership_is_exact():
    ball = Ball([Fraction(1, 3), 0], Fraction(1, 3))
    tiny = Fraction(1, 10**50)
    assert ball.contains([tiny, 0])
    assert not ball.contains([0, 0])
    assert not ball.contains([-tiny, 0])


@pytest.mark.parametrize(
    "domain",
    [
        Ball([0.1, Fraction(1, 3)], Fraction(2, 7)),
        Ball([0.1, 0.2], 1e300, 1),
        Ball([0.1, 0.2], 0.5, np.inf),
        Box([0.1, -1], [Fraction(1, 3), 10**400]),
        Polytope([[0.1, Fraction(1, 3)]], [2]),
        Polytope([[0.1, 1]], [2], Box([0, 0], [1, 1])),
        WholeSpace(3),
    ],
    ids=str,
)
def test_description_keeps_every_value(domain):
    assert domain_from_dict(domain.describe()) == domain


# what Python walks through as a list
WALKED_THROUGH: list[dict[str, Any]] = [
    {"kind": "ball", "center": "12", "radius": 1, "norm": 2},
    {"kind": "ball", "center": {"1": 0}, "radius": 1, "norm": 2},
    {"kind": "box", "lower": "00", "upper": [1, 1]},
    {"kind": "polytope", "A": ["12"], "b": [1], "box": None},
    {"kind": "polytope", "A": {"1": [1]}, "b": [1], "box": None},
    {"kind": "polytope", "A": [[1]], "b": "1", "box": None},
]


@pytest.mark.parametrize(
    "data", [{}, {"kind": "cone"}, {"kind": "ball"}, {"kind": "ball", "center": 3}, *WALKED_THROUGH], ids=str
)
def test_damaged_descriptions(data):
    with pytest.raises(DomainError):
        domain_from_dict(data)


def test_numpy_values_are_taken_exactly():
    ball = Ball(np.array([0.1, 0.2]), np.float32(0.1))
    assert ball.center == (Fraction(0.1), Fraction(0.2))
    assert ball.radius == Fraction(float(np.float32(0.1)))


def test_a_truth_value_is_no_number():
    with pytest.raises(DomainError, match="radius is True"):
        Ball([0.0], True)
