"""The rows of one point: what is counted, and what a row of the table holds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.comparison.all_radii import Curve
from exactregions.comparison.all_radii.table import bound_columns
from exactregions.domain import Ball
from exactregions.network import Network
from exactregions.regions import unpack_patterns
from exactregions.support.tables import exact_json

__all__ = ["OWN_COLUMNS", "StudyRow", "rows_of", "written"]

StudyRow = dict[str, Any]

OWN_COLUMNS = (
    "point",
    "radius",
    "regions",
    "exact",
    "stopped",
    "boundary_distance",
    "stable_units",
    "stable_by_sphere",
    "seconds",
)


def rows_of(found: Curve, point: int, radii: Sequence[Fraction]) -> list[StudyRow]:
    """Return the rows of a point, in the order of the radii."""
    comparisons = {comparison.regions.domain: comparison for comparison in found.comparisons}
    regions, rows = found.regions, []
    distance = None
    if regions.exact and regions.count > 1:
        distance = float(np.partition(found.entries.values, 1)[1])
    for radius in radii:
        ball = Ball(found.ball.center, radius, found.ball.norm)
        row: StudyRow = {
            "point": point,
            "radius": float(radius),
            "regions": comparisons[ball].regions.count,
            "exact": regions.exact,
            "stopped": regions.stopped,
            "boundary_distance": distance,
            "stable_units": _stable_units(found, radius) if regions.exact else None,
            "stable_by_sphere": _stable_by_sphere(regions.network, ball),
            "seconds": regions.seconds,
        }
        rows.append(row | bound_columns(comparisons[ball]))
    return rows


def _stable_units(found: Curve, radius: Fraction) -> int:
    """Return how many units have one sign on all regions that meet a ball."""
    patterns = unpack_patterns(found.regions.patterns[found.inside(radius)], found.regions.network.units)
    return int((patterns.all(axis=0) | ~patterns.any(axis=0)).sum())


def _stable_by_sphere(network: Network, ball: Ball) -> int:
    signs = proved_signs(network, ball, "sphere")
    return sum(int((stage.splits & (sign != 0)).sum()) for stage, sign in zip(network.stages, signs, strict=True))


def written(row: StudyRow) -> StudyRow:
    """Return a row as JSON holds it; `read_exact_json` undoes it for each value."""
    return {name: exact_json(value) for name, value in row.items()}
