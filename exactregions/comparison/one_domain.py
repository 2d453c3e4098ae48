"""The exact count beside every bound, and what it does to them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from exactregions.bounds.function_bound import BoundLike
from exactregions.bounds.registry import get_bounds
from exactregions.comparison.evaluation import BoundEvaluation, evaluate_bounds, searching, winners_remark
from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits
from exactregions.enumeration import enumerate_regions
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.data_frames import DataColumns, HasDataFrames, held, kind_of_numbers
from exactregions.support.screen_tables import ScreenTable, ShownAsTable
from exactregions.support.stopping import limited
from exactregions.support.tables import (
    LONGEST_NUMBER,
    counted,
    full_text,
    log10,
    number_text,
    ratio_text,
)

COLUMNS: dict[str, type] = {
    **dict.fromkeys(("name", "kind", "scope", "source", "value"), str),
    **dict.fromkeys(("ratio", "log10", "seconds"), float),
    "falsified": bool,
    **dict.fromkeys(("note", "error"), str),
}
HEADERS = ["bound", "kind", "scope", "value", "bound / count", "log10", "time [s]"]


@dataclass(frozen=True, slots=True)
class Comparison(ShownAsTable, HasDataFrames):
    """The regions found, and a row for each bound.

    Attributes
    ----------
    regions : RegionSet
    rows : tuple of BoundEvaluation
    """

    regions: RegionSet
    rows: tuple[BoundEvaluation, ...]

    @property
    def falsified(self) -> bool:
        """Whether some bound is proved wrong."""
        return any(row.falsified for row in self.rows)

    def warnings(self) -> list[str]:
        """Return what must not be overlooked: falsified bounds, a count that is not exact."""
        are = "is" if self.regions.count == 1 else "are"
        least = f"there {are} {'exactly' if self.regions.exact else 'at least'}"
        found = [
            f"FALSIFIED: {row.kind} bound {row.name} gives {number_text(row.value)}, "
            f"but {least} {counted(self.regions.count)}."
            for row in self.rows
            if row.falsified
        ]
        if not self.regions.exact:
            why = self.regions.why_not_exact
            found.append(f"NOT EXACT: {why}; the ratios are to the regions found, a lower bound.")
        return found

    def remarks(self) -> list[str]:
        """Return the notes of the bounds and the faults of those that failed."""
        notes = [f"{row.name}: {row.note}" for row in self.rows if row.note]
        notes += winners_remark(self.regions) if self.rows else []
        return notes + [f"{row.name} failed: {row.error}" for row in self.rows if row.error]

    def in_full(self) -> list[str]:
        """Return "name = value" for every value that the table abbreviates to a power of ten."""
        return [
            f"{row.name} = {full_text(row.value)}"
            for row in self.rows
            if row.value is not None and row.value >= LONGEST_NUMBER
        ]

    def describe(self) -> dict[str, Any]:
        """Return plain data for JSON: what `RegionSet.describe` gives, with `falsified` and `bounds`.

        An integer beyond 2**53 - 1, which many readers of JSON would round, becomes a string of its decimal
        digits, so that every value is exact. A ratio that no float holds becomes None; `log10` is there.
        """
        bounds = [row.describe() for row in self.rows]
        return self.regions.describe() | {"falsified": self.falsified, "bounds": bounds}

    def data_columns(self) -> DataColumns:
        """Return the type and the values of each column: the attributes of a `BoundEvaluation`, a row for each."""
        kinds = COLUMNS | {"value": kind_of_numbers([row.value for row in self.rows])}
        return {name: (kind, [held(getattr(row, name), kind) for row in self.rows]) for name, kind in kinds.items()}

    def table(self) -> ScreenTable:
        """Return the count and the rows as a table for `rich`."""
        styles = ["bold", *("bold red" if row.falsified or row.error else "" for row in self.rows)]
        return ScreenTable(self._lines(), styles, text_columns=3)

    def __repr__(self) -> str:
        verdict = ", FALSIFIED" if self.falsified else ""
        return f"<Comparison: {self.regions!r}, {counted(len(self.rows), 'bound')}{verdict}>"

    def _lines(self) -> list[list[str]]:
        regions = self.regions
        name = "exact count" if regions.exact else "found, at least"
        count = BoundEvaluation(name, "", "", regions.engine, regions.count, 1.0, log10(regions.count), regions.seconds)
        return [HEADERS, *(_line(row, count.log10) for row in (count, *self.rows))]


def _line(row: BoundEvaluation, log_count: float | None) -> list[str]:
    log_ratio = None if row.log10 is None or log_count is None else row.log10 - log_count
    value = "failed" if row.error else number_text(row.value)
    log = "" if row.log10 is None else f"{row.log10:.2f}"
    return [row.name, row.kind, row.scope, value, ratio_text(log_ratio), log, f"{row.seconds:.3f}"]


def compare(
    network: Network,
    domain: Domain,
    *,
    engine: str | Engine = "auto",
    bounds: Iterable[BoundLike] | None = None,
    time_limit: float | None = None,
    max_regions: int | None = None,
    store: bool = True,
    workers: int | None = None,
    executor: Executor | None = None,
    journal: str | os.PathLike[str] | None = None,
    progress: Observer | None = None,
) -> Comparison:
    """Count the regions and evaluate bounds beside them.

    Parameters
    ----------
    network, domain, engine, max_regions, store, workers, executor, journal, progress
        As for `enumerate_regions`.
    time_limit : float, optional
        Seconds for all of it: the search takes at most four fifths where there are bounds, and a bound for which no
        time is left says so in its row.
    bounds : iterable of str, Bound or callable, optional
        Names from `exactregions.bounds.bound_names()`, bound objects, or functions (network, domain) -> int, which are
        taken for upper bounds. Left out: `standard_bounds()`, and
        the minimum of the upper ones.

    Returns
    -------
    Comparison
        A bound that raises, or gives what no bound can be, is an error in its own row; the others stand.

    Raises
    ------
    ExactRegionsError
        As `enumerate_regions`, or if a bound is unknown.

    Examples
    --------
    >>> from exactregions import Ball, Network
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> comparison = compare(network, Ball([0.25], 0.5), engine="rational", bounds=["naive", "ball_profile"])
    >>> len(comparison.regions), [row.value for row in comparison.rows]
    (3, [4, 3])
    """
    chosen = get_bounds(bounds)
    Limits(time_limit)  # refuses one without a meaning
    with limited(time_limit):
        with searching(time_limit, chosen):
            regions = enumerate_regions(
                network,
                domain,
                engine=engine,
                max_regions=max_regions,
                store=store,
                workers=workers,
                executor=executor,
                journal=journal,
                progress=progress,
            )
        return Comparison(regions, evaluate_bounds(chosen, regions, minimum=bounds is None))
