"""The rows of one point: what is counted, and what a row of the table holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.comparison.all_radii import Curve
from exactregions.comparison.all_radii.table import SUFFIXES, bound_columns
from exactregions.domain import Ball
from exactregions.network import Network
from exactregions.regions import unpack_patterns
from exactregions.support.stopping import in_time
from exactregions.support.tables import exact_json, read_exact_json

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
        distance = in_time(lambda: found.entries.sharp(int(np.argpartition(found.entries.values, 1)[1])))
    for radius in radii:
        ball = Ball(found.ball.center, radius, found.ball.norm)
        counted = comparisons[ball].regions
        row: StudyRow = {
            "point": point,
            "radius": float(radius),
            "regions": counted.count,
            "exact": counted.exact,
            "stopped": counted.stopped,
            "boundary_distance": distance,
            "stable_units": in_time(partial(_stable_units, found, radius)) if regions.exact else None,
            "stable_by_sphere": in_time(partial(_stable_by_sphere, regions.network, ball)),
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


def read_rows(rows: Any, point: int, radii: Sequence[Fraction], names: Sequence[str], units: int) -> list[StudyRow]:
    """Return the rows of a point as a file holds them, each value of its kind and within its range.

    Raises
    ------
    ValueError, KeyError, TypeError
        If they are none of this point and these radii.
    """
    if not isinstance(rows, list) or len(rows) != len(radii):
        raise ValueError(f"the rows of point {point} are no list of {len(radii)}")
    read = []
    for row, radius in zip(rows, radii, strict=True):
        row = row | {name: read_exact_json(row[name]) for name in names}
        strange = row.keys() ^ {*OWN_COLUMNS, *(name + suffix for name in names for suffix in ("", *SUFFIXES))}
        if strange or (row["point"], row["radius"]) != (point, float(radius)):
            raise ValueError(f"a row of point {point} has other columns, another point or another radius")
        bad = [name for name, value in row.items() if not _fits(name, value, names, units)]
        if bad or (row["exact"] and not (row["stopped"] is None and row["regions"])):
            raise ValueError(f"{(bad or ['exact'])[0]!r} of a row of point {point} is none")
        read.append(row)
    return read


def _fits(name: str, value: Any, bounds: Sequence[str], units: int) -> bool:
    """Return whether a value can stand in a column."""
    if name in bounds:
        return value is None or type(value) is int or _is_number(value)
    kind = next((suffix for suffix in SUFFIXES if name.removesuffix(suffix) in bounds), name)
    match kind:
        case "exact" | "_falsified":
            return isinstance(value, bool)
        case "point":
            return type(value) is int
        case "regions":
            return type(value) is int and 0 <= value <= 2**units
        case "stable_units" | "stable_by_sphere":
            return value is None or (type(value) is int and 0 <= value <= units)
        case "stopped" | "_error":
            return value is None or isinstance(value, str)
        case "_ratio" | "_log10":
            return value is None or _is_number(value)
        case _:
            return value >= 0 if _is_number(value) else value is None and name == "boundary_distance"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def written(row: StudyRow) -> StudyRow:
    """Return a row as JSON holds it; `read_exact_json` undoes it for each value."""
    return {name: exact_json(value) for name, value in row.items()}
