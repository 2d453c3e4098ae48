"""The bounds at one radius as columns of a table, and as a line for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from exactregions.bounds.contract import Bound
from exactregions.bounds.registry import get_bounds
from exactregions.comparison import Comparison
from exactregions.curve.rounding import floats_around
from exactregions.domain import Ball
from exactregions.errors import DomainError, ExactRegionsError
from exactregions.judgement import Row
from exactregions.tables import log10, number_text, ratio_text

__all__ = [
    "OWN_COLUMNS",
    "Number",
    "bound_columns",
    "chosen_bounds",
    "listed_radii",
    "radius_of",
    "radius_text",
    "text_line",
]

Number = float | Fraction

OWN_COLUMNS = ("radius", "regions", "exact")
SUFFIXES = ("_ratio", "_log10", "_falsified", "_error")  # of the columns beside the value of a bound
LONGEST_DIGITS = 7  # values with more of them are printed as a power of ten


def chosen_bounds(bounds: Iterable[str | Bound] | None, columns: Sequence[str]) -> tuple[Bound, ...]:
    """Return the bounds asked for, the standard ones for None; names must do as columns beside the given ones."""
    chosen, taken = get_bounds(bounds), set(columns)
    for bound in chosen:
        names = {bound.name, *(bound.name + suffix for suffix in SUFFIXES)}
        if names & taken:
            raise ExactRegionsError(
                f"the name of bound {bound.name!r} is taken; every column needs a name of its own, {bound.name}_ratio "
                "and the like among them"
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
        columns[row.name] = row.value
        columns |= {f"{row.name}_ratio": ratio, f"{row.name}_log10": row.log10}
        columns |= {f"{row.name}_falsified": row.falsified, f"{row.name}_error": row.error}
    return columns


def listed_radii(radii: Iterable[Number]) -> tuple[Number, ...]:
    """Return the radii asked for; refuse a single number."""
    if isinstance(radii, str) or not isinstance(radii, Iterable):
        raise DomainError(f"radii is {radii!r}; give a list of them, also of a single one")
    return tuple(radii)


def radius_of(comparison: Comparison) -> Fraction:
    """Return the radius of the ball of a comparison."""
    assert isinstance(comparison.regions.domain, Ball)
    return comparison.regions.domain.radius


def radius_text(radius: Fraction) -> str:
    """Return a radius for people, as a power of ten where no float is near it.

    Examples
    --------
    >>> radius_text(Fraction(1, 4)), radius_text(Fraction(1, 10**400))
    ('0.25', '10^-400.00')
    """
    low, high = floats_around(radius)
    if (low > 0.0 and high < math.inf) or not radius:
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


def _short(row: Row) -> str:
    """Return a value in the few letters that a column among many has."""
    wide = row.log10 is not None and row.log10 >= LONGEST_DIGITS
    return f"10^{row.log10:.2f}" if wide else number_text(row.value)
