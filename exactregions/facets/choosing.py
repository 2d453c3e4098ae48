"""Which oracle answers for which domain."""

from __future__ import annotations

from exactregions.exact.numbers import Point
from exactregions.exact.shapes import Shape, ShapeKind
from exactregions.facets.ball_oracle import BallOracle
from exactregions.facets.linear_oracles import BoxOracle, CrossPolytopeOracle
from exactregions.facets.oracles import Oracle


def oracle_of(body: Shape, start: Point) -> Oracle:
    """Return the oracle of a shape without rows; distances are measured from the start where it has no centre."""
    match body.kind:
        case ShapeKind.L2:
            return BallOracle(body)
        case ShapeKind.L1:
            return CrossPolytopeOracle(body)
    return BoxOracle(body, start)
