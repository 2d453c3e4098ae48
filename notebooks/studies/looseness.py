"""How far the bounds are from the counts, in decades: what the table of `loose_bounds` says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars
from numpy.typing import NDArray
from polars import col

from exactregions.bounds import bound_names, get_bound
from studies.loose_bounds import Design
from studies.tables import RESULTS

__all__ = [
    "CHEAP",
    "FACTORS",
    "SHOWN",
    "along",
    "bound_columns",
    "gap_summary",
    "gaps",
    "least",
    "quartiles",
    "sampling_summary",
    "trained_less_random",
]

Table = polars.DataFrame
Array = NDArray[np.float64]

FACTORS = ("radius", "inputs", "width", "depth")
# of the bounds that come from widths, weights and the ball by formula alone, without a search or a program
CHEAP = (
    "naive",
    "montufar_2017",
    "serra_2018",
    "hinz_2021",
    "hinz_van_de_geer_2019",
    "hinz_tangent",
    "ball_propagation",
    "ball_profile",
    "ball_profile_sphere",
    "ball_profile_interval",
)
SHOWN = (
    "naive",
    "serra_2018",
    "ball_propagation",
    "ball_profile",
    "serra_ramalingam_2020",
    "ball_profile_exact",
    "hybrid_1",
)


def bound_columns(table: Table, *kinds: str) -> list[str]:
    """Return the names of the bounds of a table that are of these kinds, "upper" for instance."""
    return [name for name in table.columns if name in bound_names() and get_bound(name).kind in kinds]


def gaps(table: Table | None = None) -> Table:
    """Return the table with log10(bound / count) in place of every bound; without an argument, that of the results."""
    known = polars.read_parquet(RESULTS / "loose_bounds.parquet") if table is None else table
    names = [name for name in known.columns if name in bound_names()]
    # a float holds fifteen digits of the largest one, 2^64, and a gap is shown with two
    return known.with_columns(col(n).cast(polars.Float64).log10() - col("regions").log10() for n in names)


def along(table: Table, factor: str) -> Table:
    """Return the rows in which only one factor differs from the central design; the radius is 1 unless it is that."""
    base = Design()
    fixed = {"inputs": base.inputs, "width": base.width, "depth": base.depth, "radius": base.radii[-1]}
    return table.filter(*(col(name) == value for name, value in fixed.items() if name != factor)).sort(factor, "seed")


def quartiles(values: Sequence[float | None] | Array) -> tuple[float, float, float]:
    """Return the median, the lower and the upper quartile of the values that are there."""
    known = np.array([value for value in values if value is not None], dtype=float)
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else [np.nan] * 3
    return float(middle), float(low), float(high)


def gap_summary(table: Table, factor: str, state: str, names: Sequence[str] = SHOWN) -> str:
    """Return, as Markdown, the median [quartiles] over seeds of log10(bound / count) along a factor.

    The first row is the median count.
    """
    rows = along(table, factor).filter(col("state") == state)
    places = rows[factor].unique().sort().to_list()
    parts = [rows.filter(col(factor) == place) for place in places]
    counts = " | ".join(f"{part['regions'].median():,.0f}" for part in parts)
    lines = [
        f"| {state}, {factor} | " + " | ".join(f"{place:g}" for place in places) + " |",
        "|---" * (len(places) + 1) + "|",
        f"| regions, median | {counts} |",
    ]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(_spread(part[name].to_list()) for part in parts) + " |")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    middle, low, high = quartiles(values)
    return "not asked" if np.isnan(middle) else f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def least(table: Table, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return for each bound in how many rows of the results none is less, and in how many all others are larger.

    The table is that of the results, in which bounds are the digits of whole numbers: the comparison is exact.
    """
    found = dict.fromkeys(names, (0, 0))
    for row in table.select(names).iter_rows(named=True):
        values = {name: int(value) for name, value in row.items() if value is not None}
        best = [name for name, value in values.items() if value == min(values.values())]
        for name in best:
            found[name] = (found[name][0] + 1, found[name][1] + (len(best) == 1))
    return found


def trained_less_random(table: Table, name: str) -> Array:
    """Return the difference of the median gaps, trained less random, for each design and radius.

    Parameters
    ----------
    table : polars.DataFrame
        Of `gaps`.
    name : str
        A bound, or "regions" for the difference of the median log10 counts.
    """
    key = ["inputs", "width", "depth", "radius"]
    value = col("regions").log10() if name == "regions" else col(name)
    wide = table.group_by(*key, "state").agg(value.median().alias("value")).pivot("state", index=key, values="value")
    return (wide["trained"] - wide["random"]).drop_nulls().to_numpy()


def sampling_summary(table: Table) -> str:
    """Return, as Markdown, the share of the regions that sampling finds: its median [quartiles, least] by radius."""
    lines = ["| radius | regions, median | share found, median [quartiles] | least |", "|---|---|---|---|"]
    for (radius,), part in table.sort("radius").group_by("radius", maintain_order=True):
        shares = 10 ** part["sampled_patterns"].to_numpy()
        middle, low, high = quartiles(shares)
        counts = f"{part['regions'].median():,.0f}"
        lines.append(f"| {radius:g} | {counts} | {middle:.2f} [{low:.2f}, {high:.2f}] | {shares.min():.3f} |")
    return "\n".join(lines)
