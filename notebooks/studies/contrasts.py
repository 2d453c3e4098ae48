"""Contrasts over seeds, with Student's intervals and Holm's correction for the number of hypotheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars
from numpy.typing import NDArray
from polars import col

from studies.effects import LEVEL, holm, t_interval

__all__ = ["Contrast", "contrasts_table", "per_seed"]


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """A difference that a hypothesis is about: one value for each seed."""

    hypothesis: str
    quantity: str
    values: NDArray[np.float64]


def per_seed(rows: polars.DataFrame, value: str, **where: object) -> NDArray[np.float64]:
    """Return the mean of a column over the rows in which other columns have given values, for each seed."""
    chosen = rows.filter(*(col(name) == wanted for name, wanted in where.items()))
    return chosen.group_by("seed").agg(col(value).mean()).sort("seed")[value].to_numpy()


def contrasts_table(found: Sequence[Contrast]) -> str:
    """Return, as Markdown, the intervals of all contrasts of a study; p-values are corrected for their number."""
    intervals = [t_interval(contrast.values) for contrast in found]
    lines = ["| | quantity | estimate [95% interval] | p, Holm | |", "|---|---|---|---|---|"]
    for contrast, interval, p in zip(found, intervals, holm([i.p for i in intervals]), strict=True):
        verdict = interval.verdict if interval.verdict == "open" or p <= 1 - LEVEL else "suggestive"
        lines.append(f"| {contrast.hypothesis} | {contrast.quantity} | {interval} | {p:.3f} | {verdict} |")
    return "\n".join(lines)
