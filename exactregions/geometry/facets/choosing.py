"""Which oracle answers for which domain."""

from __future__ import annotations

from exactregions.domain import Ball, Box, Domain
from exactregions.exact.numbers import Point, Rational, as_point
from exactregions.geometry.facets.ball_oracle import BallOracle
from exactregions.geometry.facets.linear_oracles import BoxOracle, CrossPolytopeOracle
from exactregions.geometry.facets.oracles import Oracle

__all__ = ["oracle_of"]


def oracle_of(domain: Domain, start: Point) -> Oracle:
    """Return the oracle of a domain; distances are measured from the start where it has no centre."""
    match domain:
        case Ball(norm=2):
            return BallOracle(domain)
        case Ball(norm=1):
            return CrossPolytopeOracle(domain)
        case Ball():
            return oracle_of(domain.as_box(), start)
        case Box():
            return BoxOracle(as_point(domain.lower), as_point(domain.upper), start)
    unbounded: list[Rational | None] = [None] * domain.dim
    return BoxOracle(unbounded, unbounded, start)
