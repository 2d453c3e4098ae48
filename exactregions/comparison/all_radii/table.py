"""The bounds at one radius as columns of a table, and as a line for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from exactregions.bounds.contract import Bound
from exactregions.bounds.function_bound import BoundLike
from exactregions.bounds.registry import get_bounds
from exactregions.comparison.evaluation import BoundEvaluation
from exactregions.comparison.one_domain import Comparison
from exactregions.domain.ball import require_ball
from exactregions.errors import ExactRegionsError
from exactregions.exact.floats import within_floats
from exactregions.support.data_frames import kind_of_numbers
from exactregions.support.shortening import short
from exactregions.support.tables import log10, number_text, ratio_text

OWN_COLUMNS = ("radius", "regions", "exact")
SUFFIXES = ("_ratio", "_log10", "_falsified", "_error")  # of the columns beside the value of a bound
LONGEST_DIGITS = 7  # values with more of them are printed as a power of ten


def chosen_bounds(bounds: Iterable[BoundLike] | None, columns: Sequence[str]) -> tuple[Bound, ...]:
    """Return the bounds asked for, the standard ones for None; names must do as columns beside the given ones."""
    chosen, taken = get_bounds(bounds), set(columns)
    for bound in chosen:
        names = {bound.name, *(bound.name + suffix for suffix in SUFFIXES)}
        if names & taken:
            raise ExactRegionsError(
                f"the name of bound {short(bound.name)} is taken; every column needs a name of its own, "
                f"{bound.name}_ratio and the like among them"
            )
        taken |= names
    return chosen


def bound_columns(comparison: Comparison) -> dict[str, Any]:
    """Return the bounds of a comparison as columns: for each its name (the value) and name_ratio, _log10,
    _falsified and _error. A ratio that no float holds is None.
    """
    columns: dict[str, Any] = {}
    for row in comparison.rows:
        ratio = row.ratio if row.ratio is not None and math.isfinite(row.ratio) else None
        beside = zip(SUFFIXES, (ratio, row.log10, row.falsified, row.error), strict=True)
        columns |= {row.name: row.value} | {row.name + suffix: value for suffix, value in beside}
    return columns


def bound_kinds(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, type]:
    """Return the types of the columns of a bound, for rows that have those of `bound_columns`."""
    of_value = kind_of_numbers([row[name] for row in rows])
    return {name: of_value} | dict(zip((name + suffix for suffix in SUFFIXES), (float, float, bool, str), strict=True))


def radius_of(comparison: Comparison) -> Fraction:
    """Return the radius of the ball of a comparison."""
    return require_ball(comparison.regions.domain).radius


def radius_text(radius: Fraction) -> str:
    """Return a radius for people, as a power of ten where no float is near it.

    Examples
    --------
    >>> radius_text(Fraction(1, 4)), radius_text(Fraction(1, 10**400))
    ('0.25', '10^-400.00')
    """
    if within_floats(radius) or not radius:
        return f"{float(radius):.6g}"
    return f"10^{math.log10(radius.numerator) - math.log10(radius.denominator):.2f}"


def text_line(comparison: Comparison) -> list[str]:
    """Return the radius, the count, the value of every bound, and the best upper one over the count, for people."""
    count = comparison.regions.count
    cells = ["failed" if row.error else _short(row) for row in comparison.rows]
    upper = [row.value for row in comparison.rows if row.kind == "upper" and row.value is not None]
    best, found = log10(min(upper)) if upper else None, log10(count)
    ratio = [ratio_text(None if best is None or found is None else best - found)] if cells else []
    return [radius_text(radius_of(comparison)), number_text(count), *cells, *ratio]


def _short(row: BoundEvaluation) -> str:
    """Return a value in the few letters that a column among many has."""
    wide = row.log10 is not None and row.log10 >= LONGEST_DIGITS
    return f"10^{row.log10:.2f}" if wide else number_text(row.value)
