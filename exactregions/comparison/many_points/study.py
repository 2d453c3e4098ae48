"""The table of a study."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.comparison.many_points.columns import check_table, typed_columns
from exactregions.comparison.many_points.rows import StudyRow, written
from exactregions.domain.ball import norm_name
from exactregions.network import Network
from exactregions.support.data_frames import DataColumns, HasDataFrames
from exactregions.support.files import whole_file
from exactregions.support.screen_tables import ScreenTable, ShownAsTable
from exactregions.support.tables import counted, log10, number_text, ratio_text, write_csv


@dataclass(frozen=True, slots=True, eq=False)
class Study(ShownAsTable, HasDataFrames):
    """A row for every point and radius.

    Attributes
    ----------
    network : Network
    points : numpy.ndarray, shape (k, inputs)
    radii : tuple of Fraction
    norm : float
    bounds : tuple of str
        Names of the bounds, in the order of their columns.
    rows : tuple of dict
        By point, then by radius as given:

        - `point` (row of `points`), `radius`;
        - `regions`: the number of regions in the open ball; proved where `exact`, else of those found, with the
          reason in `stopped`;
        - `boundary_distance`: the entry radius of the nearest other region, which is the distance from the point to
          the boundary of its region; None where the largest ball holds no other region, or was not searched to the end;
        - `stable_units`: units with one sign on all regions of the ball; None where not `exact`. A unit that vanishes
          identically on a region is inactive there, and so is a contest of a winner unit in which the winner has no
          part;
        - `stable_by_sphere`: units that the sphere test of the ball bounds proves never to split; None
          where there was no time for it;
        - `seconds` of the point's search, all radii together;
        - and for each bound the columns of `exactregions.comparison.all_radii.table.bound_columns`.
    stopped : str or None
        Why rows are missing.
    """

    network: Network
    points: NDArray[np.float64]
    radii: tuple[Fraction, ...]
    norm: float
    bounds: tuple[str, ...]
    rows: tuple[StudyRow, ...]
    stopped: str | None = None

    @property
    def size(self) -> str:
        """How many points and radii it has, in words."""
        return f"{counted(len(self.points), 'point')}, {counted(len(self.radii), 'radius', 'radii')}"

    @property
    def complete(self) -> bool:
        """Whether every point has its rows."""
        return len(self.rows) == len(self.points) * len(self.radii)

    @property
    def exact(self) -> bool:
        """Whether the table is complete and every count in it is proved."""
        return self.complete and all(row["exact"] for row in self.rows)

    @property
    def falsified(self) -> bool:
        """Whether some bound is proved wrong somewhere."""
        return any(row[f"{name}_falsified"] for row in self.rows for name in self.bounds)

    def data_columns(self) -> DataColumns:
        """Return the type and the values of each column of `rows`."""
        return typed_columns(self.rows, self.bounds)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a .csv or .parquet file, which appears under its name only when it is whole.

        Raises
        ------
        FileFormatError
            If the suffix is another.
        ExactRegionsError
            If polars, which writes .parquet, is not installed.
        """
        check_table(path)
        target = Path(path)
        if target.suffix == ".csv":
            write_csv(target, list(self.data_columns()), self.rows)
            return
        content = io.BytesIO()  # polars has an error of its own for a full disk
        self.to_polars().write_parquet(content)
        with whole_file(target) as stream:
            stream.write(content.getbuffer())

    def describe(self) -> dict[str, Any]:
        """Return plain data for JSON; integers beyond 2**53 - 1 become strings of their decimal digits."""
        return {
            "complete": self.complete,
            "exact": self.exact,
            "stopped": self.stopped,
            "falsified": self.falsified,
            "network": self.network.describe(),
            "points": len(self.points),
            "radii": [float(r) for r in self.radii],
            "norm": norm_name(self.norm),
            "bounds": list(self.bounds),
            "rows": [written(row) for row in self.rows],
        }

    def table(self) -> ScreenTable:
        """Return a summary as a table for `rich`, a line for each radius."""
        lines = self._lines()
        return ScreenTable(lines, [""] * (len(lines) - 1))

    def _lines(self) -> list[list[str]]:
        """Return for each radius how the counts spread over the points, and the medians of the rest."""
        ratios = [f"{name.replace('_', ' ')} / count" for name in self.bounds]
        lines = [["radius", "points", "exact", "fewest", "median", "most", "stable units", *ratios]]
        for place, radius in enumerate(self.radii):
            rows = self.rows[place :: len(self.radii)]
            counts = [row["regions"] for row in rows]
            spread = [min(counts), _median(counts), max(counts)] if counts else [None] * 3
            numbers = [*spread, _median(row["stable_units"] for row in rows)]
            done = [str(len(rows)), str(sum(row["exact"] for row in rows))]
            middle = [ratio_text(_median(_log_ratio(row, name) for row in rows)) for name in self.bounds]
            lines.append([f"{float(radius):g}", *done, *(number_text(v) for v in numbers), *middle])
        return lines

    def remarks(self) -> list[str]:
        """Return which bounds gave no value, where, and why."""
        found = []
        for name in self.bounds:
            bad = [row for row in self.rows if row[f"{name}_error"]]
            if bad:
                place = f"first at {_place(bad[0])}: {bad[0][f'{name}_error']}"
                found.append(f"{name} failed in {len(bad)} of {counted(len(self.rows), 'row')}, {place}")
        return found

    def warnings(self) -> list[str]:
        """Return what must not be overlooked: missing rows, counts that are not exact, falsified bounds."""
        inexact = len({row["point"] for row in self.rows if not row["exact"]})
        missing = len(self.points) - len(self.rows) // max(len(self.radii), 1)
        found = [f"NOT EXACT: {_points_are(missing)} missing ({self.stopped})."] if missing else []
        if inexact:
            found.append(
                f"NOT EXACT: the counts of {counted(inexact, 'point')} are lower bounds; column `stopped` says why."
            )
        for name in self.bounds:
            wrong = [row for row in self.rows if row[f"{name}_falsified"]]
            if wrong:
                place = f"first at {_place(wrong[0])}"
                found.append(f"FALSIFIED: bound {name} contradicts the count in {counted(len(wrong), 'row')}, {place}.")
        return found

    def __repr__(self) -> str:
        size = f"{self.size}, {counted(len(self.rows), 'row')}"
        verdict = "exact" if self.exact else "not exact" if self.complete else f"incomplete ({self.stopped})"
        return f"<Study: {size}, {verdict}>"


def _points_are(number: int) -> str:
    return f"{counted(number, 'point')} {'is' if number == 1 else 'are'}"


def _place(row: StudyRow) -> str:
    return f"point {row['point']}, radius {row['radius']:g}"


def _log_ratio(row: StudyRow, name: str) -> float | None:
    bound, count = row[f"{name}_log10"], log10(row["regions"])
    return None if bound is None or count is None else bound - count


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
