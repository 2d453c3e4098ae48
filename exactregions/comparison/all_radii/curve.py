"""The curve: what one search says about every radius."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.comparison.all_radii.table import (
    OWN_COLUMNS,
    bound_columns,
    bound_kinds,
    radius_of,
    radius_text,
    text_line,
)
from exactregions.comparison.evaluation import winners_remark
from exactregions.comparison.one_domain import Comparison
from exactregions.domain import Ball, exact_number
from exactregions.domain.ball import require_ball
from exactregions.errors import DomainError
from exactregions.exact.floats import within_floats
from exactregions.geometry.distances.entry_radii import EntryRadii
from exactregions.regions import RegionSet
from exactregions.support.data_frames import DataColumns, HasDataFrames, held
from exactregions.support.screen_tables import ScreenTable, ShownAsTable
from exactregions.support.tables import counted, write_csv

Array = NDArray[np.float64]
Number = float | Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Curve(ShownAsTable, HasDataFrames):
    """The exact number N(r) of regions that meet the open ball of radius r, for every r up to the searched one.

    N(r) counts the regions whose entry radius, their distance from the centre, is strictly below r.

    Attributes
    ----------
    regions : RegionSet
        The regions of the largest ball, with entry radii.
    comparisons : tuple of Comparison
        The count beside every bound at each chosen radius, ascending; their `regions` hold a count only.
    entries : EntryRadii
        What decides, exactly, which regions a smaller ball meets.
    """

    regions: RegionSet
    comparisons: tuple[Comparison, ...]
    entries: EntryRadii = field(repr=False)

    @property
    def ball(self) -> Ball:
        """The largest ball."""
        return require_ball(self.regions.domain)

    @property
    def exact(self) -> bool:
        """Whether the counts are proved; else each is a lower bound, of the regions that were found."""
        return self.regions.exact

    @property
    def falsified(self) -> bool:
        """Whether some bound is proved wrong at some radius."""
        return any(found.falsified for found in self.comparisons)

    @property
    def radii(self) -> Array:
        """The breakpoints: distinct entry radii, ascending, as floats; see `EntryRadii` for their accuracy.

        Where two differ by no more than that, only `count` tells whether they are one.
        """
        return np.unique(self.entries.values)

    @property
    def counts(self) -> NDArray[np.int64]:
        """The count just above each breakpoint, as far as floats tell."""
        return np.searchsorted(np.sort(self.entries.values), self.radii, side="right")

    def count(self, radius: Number | ArrayLike) -> Any:
        """Return the exact number of regions that meet the open ball of a radius; a lower bound if not `exact`.

        Parameters
        ----------
        radius : float, Fraction or array_like
            Zero or more, at most the radius of the search; every number is taken at its exact value.

        Returns
        -------
        int, or numpy.ndarray of int64 for an array

        Raises
        ------
        DomainError
            If a radius is negative, NaN, or beyond the search.

        Examples
        --------
        >>> from exactregions import Network, curve
        >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
        >>> found = curve(network, [0.25], 1.0, bounds=[])
        >>> found.count(0.25), found.count(0.26), found.count([0.1, 1]).tolist()
        (1, 3, [1, 3])
        """
        if isinstance(radius, Fraction) or np.ndim(radius) == 0:
            return self.entries.count(self._checked(radius))
        given = np.asarray(radius)
        exact = [self._checked(r) for r in given.ravel().tolist()]
        return self.entries.counts(exact).reshape(given.shape)

    def inside(self, radius: Number) -> NDArray[np.bool_]:
        """Return which of `regions` meet the open ball of a radius, exactly: shape (n,)."""
        return self.entries.below(self._checked(radius))

    def axis_radius(self) -> float:
        """Return the radius of the search as a float, for an axis.

        Raises
        ------
        DomainError
            If no float is near it.
        """
        if not within_floats(self.ball.radius):
            text = radius_text(self.ball.radius)
            raise DomainError(f"no axis of floats holds the radius {text}; rescale the problem")
        return float(self.ball.radius)

    def _checked(self, radius: Any) -> Fraction:
        value = exact_number(radius, "radius")
        if not 0 <= value <= self.ball.radius:
            raise DomainError(
                f"radius is {'-' if value < 0 else ''}{radius_text(abs(value))}; the curve goes from 0 to "
                f"{radius_text(self.ball.radius)}, ask for one of these or make a curve with a larger radius"
            )
        return value

    def warnings(self) -> list[str]:
        """Return what must not be overlooked: falsified bounds, counts that are not exact."""
        found = [
            f"at radius {radius_text(radius_of(comparison))}: {text}"
            for comparison in self.comparisons
            if comparison.falsified
            for text in comparison.warnings()
            if text.startswith("FALSIFIED")
        ]
        if not self.exact:
            found.append(f"NOT EXACT: {self.regions.why_not_exact}; the counts are of the regions found, lower bounds.")
        return found

    def remarks(self) -> list[str]:
        """Return the notes of the bounds at the largest of the radii, and the faults of those that failed."""
        notes = [f"{row.name}: {row.note}" for found in self.comparisons[-1:] for row in found.rows if row.note]
        notes += winners_remark(self.regions) if self.comparisons else []
        faults: dict[str, list[str]] = {}
        for found in self.comparisons:
            for row in found.rows:
                if row.error:
                    faults.setdefault(f"{row.name} failed: {row.error}", []).append(radius_text(radius_of(found)))
        return notes + [
            f"{fault} (at {at[0]})" if len(at) == 1 else f"{fault} (at {len(at)} radii, the first {at[0]})"
            for fault, at in faults.items()
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain dicts: `radius`, `regions`, `exact`, and the columns of `bound_columns`.

        A radius is the float nearest to it, infinite beyond their range; `comparisons` hold the exact ones.
        """
        from exactregions.exact.floats import nearest_float

        return [
            {
                "radius": nearest_float(radius_of(found)),
                "regions": found.regions.count,
                "exact": found.regions.exact,
                **bound_columns(found),
            }
            for found in self.comparisons
        ]

    def data_columns(self) -> DataColumns:
        """Return the type and the values of each column of `rows`."""
        rows, kinds = self.rows(), dict[str, type](zip(OWN_COLUMNS, (float, int, bool), strict=True))
        for row in self.comparisons[0].rows if self.comparisons else ():
            kinds |= bound_kinds(rows, row.name)
        return {name: (kind, [held(row[name], kind) for row in rows]) for name, kind in kinds.items()}

    def describe(self) -> dict[str, Any]:
        """Return plain data for JSON: what `RegionSet.describe` gives, with `falsified`, `breakpoints` and `curve`.

        `curve` holds for each chosen radius the regions and the bounds, as `Comparison.describe` gives them;
        `breakpoints` is the number of entry radii, which `to_csv` with `steps` writes.
        """
        points = [
            {
                "radius": found.regions.domain.describe()["radius"],
                "regions": found.regions.count,
                "falsified": found.falsified,
                "bounds": [row.describe() for row in found.rows],
            }
            for found in self.comparisons
        ]
        facts = {"falsified": self.falsified, "breakpoints": len(self.radii), "curve": points}
        return self.regions.describe() | facts

    def to_csv(self, path: str | os.PathLike[str], steps: bool = False) -> None:
        """Write the table to a CSV file, or with `steps` every breakpoint with the count just above it."""
        if steps:
            pairs = zip(self.radii.tolist(), self.counts.tolist(), strict=True)
            write_csv(path, ["radius", "regions"], [{"radius": r, "regions": n} for r, n in pairs])
        else:
            rows = self.rows()
            write_csv(path, list(rows[0]) if rows else OWN_COLUMNS, rows)

    def table(self) -> ScreenTable:
        """Return the table for `rich`: the count and the value of every bound at the chosen radii."""
        faulty = (found.falsified or any(row.error for row in found.rows) for found in self.comparisons)
        return ScreenTable(self._lines(), ["bold red" if bad else "" for bad in faulty])

    def _lines(self) -> list[list[str]]:
        # spaces let long names take two lines
        names = [row.name.replace("_", " ") for found in self.comparisons[:1] for row in found.rows]
        count = "regions" if self.exact else "regions, at least"
        header = ["radius", count, *names, *(["best upper / count"] if names else [])]
        return [header, *(text_line(found) for found in self.comparisons)]

    def __repr__(self) -> str:
        verdict = ", FALSIFIED" if self.falsified else ""
        size = f"{counted(len(self.radii), 'breakpoint')} up to {radius_text(self.ball.radius)}"
        return f"<Curve: {size}, {self.regions!r}{verdict}>"
