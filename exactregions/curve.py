"""The number of regions as a function of the radius: one search, exact at every radius, with bounds beside it."""

from __future__ import annotations

import csv
import math
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.bounds.contract import Bound
from exactregions.bounds.norms import TINY, above, dual_norms, slack
from exactregions.bounds.registry import get_bound, standard_bounds
from exactregions.comparison import Comparison, Row, _minimum, _row
from exactregions.domain import Ball, _fraction
from exactregions.engines.contract import Engine, Observer, Progress
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError, ExactRegionsError, FileFormatError
from exactregions.network import Network
from exactregions.regions import RegionSet, entry_as_float, unpack_patterns
from exactregions.solvers.contract import Proposal, Unknown
from exactregions.tables import exact_json, html_table, log10, number_text, ratio_text, rich_table

if TYPE_CHECKING:
    import flint
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Group
    from rich.table import Table

    from exactregions.engines.facets.halfspaces import Halfspaces
    from exactregions.exact.forms import Form
    from exactregions.exact.numbers import Point, Rational

__all__ = ["Curve", "EntryRadii", "bound_columns", "check_plot", "chosen_bounds", "curve", "write_csv"]

Array = NDArray[np.float64]
Number = float | Fraction

TABLE_ROWS = 20  # default radii below the largest one: a smooth line on paper, seconds of bounds
LONGEST_DIGITS = 7  # values with more of them are printed as a power of ten
OWN_COLUMNS = ("radius", "regions", "exact")
REPORT_SECONDS = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
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
        assert isinstance(self.regions.domain, Ball)
        return self.regions.domain

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

    def _checked(self, radius: Any) -> Fraction:
        value = _fraction(radius, "radius")
        if not 0 <= value <= self.ball.radius:
            raise DomainError(
                f"radius is {float(value):g}; the curve goes from 0 to {float(self.ball.radius):g}, ask for one of "
                "these or make a curve with a larger radius"
            )
        return value

    def warnings(self) -> list[str]:
        """Return what must not be overlooked: falsified bounds, counts that are not exact."""
        found = [
            f"at radius {_radius_text(comparison)}: {text}"
            for comparison in self.comparisons
            if comparison.falsified
            for text in comparison.warnings()
            if text.startswith("FALSIFIED")
        ]
        if not self.exact:
            why = self.regions.stopped or f"{self.regions.undecided} prefixes undecided"
            found.append(f"NOT EXACT: {why}; the counts are of the regions found, lower bounds.")
        return found

    def remarks(self) -> list[str]:
        """Return the notes of the bounds at the largest of the radii, and the faults of those that failed."""
        notes = [f"{row.name}: {row.note}" for found in self.comparisons[-1:] for row in found.rows if row.note]
        faults: dict[str, list[str]] = {}
        for found in self.comparisons:
            for row in found.rows:
                if row.error:
                    faults.setdefault(f"{row.name} failed: {row.error}", []).append(_radius_text(found))
        return notes + [f"{fault} (at {len(at)} radii, the first {at[0]})" for fault, at in faults.items()]

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain dicts: `radius`, `regions`, `exact`, and the columns of `bound_columns`."""
        return [
            {
                "radius": float(_radius_of(found)),
                "regions": found.regions.count,
                "exact": found.regions.exact,
                **bound_columns(found),
            }
            for found in self.comparisons
        ]

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

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw the curve and the bounds, both axes logarithmic, to a file: .png, .pdf, .svg or another.

        Raises
        ------
        ExactRegionsError
            If matplotlib is not installed.
        FileFormatError
            If it knows no such kind of file.
        """
        check_plot(path)
        _drawn(self).savefig(path)

    def table(self) -> Table:
        """Return the table as a rich table: the count and the value of every bound at the chosen radii."""
        faulty = (found.falsified or any(row.error for row in found.rows) for found in self.comparisons)
        return rich_table(self._lines(), ["bold red" if bad else "" for bad in faulty], text_columns=0)

    def _lines(self) -> list[list[str]]:
        # spaces let long names take two lines
        names = [row.name.replace("_", " ") for found in self.comparisons[:1] for row in found.rows]
        count = "regions" if self.exact else "regions, at least"
        header = ["radius", count, *names, *(["best upper / count"] if names else [])]
        return [header, *(_line(found) for found in self.comparisons)]

    def __repr__(self) -> str:
        verdict = ", FALSIFIED" if self.falsified else ""
        return f"<Curve: {len(self.radii)} breakpoints up to {float(self.ball.radius):g}, {self.regions!r}{verdict}>"

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        loud = (Text(text, style="bold red") for text in self.warnings())
        return Group(self.table(), *(Text(text) for text in self.remarks()), *loud)

    def _repr_html_(self) -> str:
        return html_table(self._lines(), self.remarks(), self.warnings())


def curve(
    network: Network,
    center: Sequence[Number] | ArrayLike,
    radius: Number,
    norm: float = 2,
    *,
    bounds: Iterable[str | Bound] | None = None,
    radii: Iterable[Number] | None = None,
    engine: str | Engine = "auto",
    workers: int = 1,
    time_limit: float | None = None,
    max_regions: int | None = None,
    progress: Observer | None = None,
) -> Curve:
    """Count the regions in all balls around a centre up to a radius, and evaluate bounds at some of them.

    One search in the largest ball finds the regions, and each region's entry radius. In the Euclidean norm these
    come with the search; in the norms 1 and inf each is a linear program and a proof, 2 to 10 ms a region.

    Parameters
    ----------
    network : Network
    center : sequence of float or Fraction, length inputs
    radius : float or Fraction
        The largest radius.
    norm : {2, 1, inf}
    bounds : iterable of str or Bound, optional
        As for `compare`; an empty one for none.
    radii : iterable of float or Fraction, optional
        Where the bounds are evaluated. Left out: about twenty, evenly spaced in their logarithm, and the largest.
    engine, workers, time_limit, max_regions, progress
        As for `enumerate_regions`; in the norms 1 and inf the entry radii may take the time limit once more.

    Returns
    -------
    Curve
        A search that a limit or Ctrl-C ended gives a curve that is not `exact`: lower bounds.

    Raises
    ------
    DomainError
        If the ball or a radius is none, or does not fit the network.
    ExactRegionsError
        As `enumerate_regions`, or if a bound is unknown or two have the same name.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> found = curve(network, [0.125], 1.0, bounds=["naive", "ball_profile"], radii=[0.2, 1])
    >>> found.radii.tolist(), found.counts.tolist()
    ([0.0, 0.125, 0.375], [1, 2, 3])
    >>> [[row.value for row in comparison.rows] for comparison in found.comparisons]
    [[4, 2], [4, 3]]
    """
    ball = Ball(center, radius, norm)  # type: ignore[arg-type]
    asked = None if radii is None else [_smaller(ball, r) for r in radii]
    chosen = chosen_bounds(bounds, OWN_COLUMNS)
    limits: dict[str, Any] = {"engine": engine, "workers": workers, "max_regions": max_regions}
    found = enumerate_regions(network, ball, **limits, time_limit=time_limit, progress=progress)
    regions, entries = EntryRadii.measured(found, time_limit, progress)
    balls = _default_balls(ball, entries.values) if asked is None else sorted(set(asked), key=lambda b: b.radius)
    compared = (_compared(regions, b, entries.count(b.radius), chosen, bounds is None) for b in balls)
    return Curve(regions, tuple(compared), entries)


def chosen_bounds(bounds: Iterable[str | Bound] | None, columns: Sequence[str]) -> tuple[Bound, ...]:
    """Return the bounds asked for, the standard ones for None; names must do as columns beside the given ones."""
    chosen = standard_bounds() if bounds is None else tuple(get_bound(b) for b in bounds)
    taken = set(columns)
    for bound in chosen:
        if bound.name in taken:
            raise ExactRegionsError(f"the name of bound {bound.name!r} is taken; every column needs a name of its own")
        taken.add(bound.name)
    return chosen


def _smaller(ball: Ball, radius: Number) -> Ball:
    smaller = replace(ball, radius=radius)  # type: ignore[arg-type]
    if smaller.radius > ball.radius:
        raise DomainError(f"radius {float(smaller.radius):g} is beyond the largest one, {float(ball.radius):g}")
    return smaller


def _default_balls(ball: Ball, entries: Array) -> list[Ball]:
    """Return balls from a little below the first breakpoint on; short decimals, for people read them."""
    largest = _floats_around(ball.radius)[0]
    if not 1e-300 < largest < 1e300:
        return [ball]
    first = 0.9 * float(entries[entries > 0].min(initial=largest / 2))
    spaced = np.geomspace(min(max(first, 1e-6 * largest), largest / 2), largest, TABLE_ROWS + 1)[:-1]
    return [*(replace(ball, radius=r) for r in sorted({float(f"{r:.3g}") for r in spaced})), ball]


def _compared(regions: RegionSet, ball: Ball, count: int, bounds: Sequence[Bound], minimum: bool) -> Comparison:
    """Hold the bounds of a ball against its count; the regions themselves stay behind."""
    counted = replace(
        regions,
        domain=ball,
        count=count,
        patterns=regions.patterns[:0],
        witnesses=regions.witnesses[:0],
        entry_radii=None,
        exact_witnesses={},
        exact_entries=None,
        frontier=(),
    )
    rows = tuple(_row(bound, counted) for bound in bounds)
    return Comparison(counted, (*rows, _minimum(rows, counted)) if minimum else rows)


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


def write_csv(path: str | os.PathLike[str], names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of the named columns to a CSV file, which appears under its name only when it is whole."""
    target = Path(path)
    partial = target.with_name(target.name + ".part")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: exact_json(value) for name, value in row.items()})
    partial.replace(target)


def _radius_of(comparison: Comparison) -> Fraction:
    assert isinstance(comparison.regions.domain, Ball)
    return comparison.regions.domain.radius


def _radius_text(comparison: Comparison) -> str:
    return f"{_floats_around(_radius_of(comparison))[0]:.6g}"


def _line(comparison: Comparison) -> list[str]:
    count = comparison.regions.count
    cells = ["failed" if row.error else _short(row) for row in comparison.rows]
    upper = [row.value for row in comparison.rows if row.kind == "upper" and row.value is not None]
    best, found = log10(min(upper)) if upper else None, log10(count)
    ratio = [ratio_text(None if best is None or found is None else best - found)] if cells else []
    return [_radius_text(comparison), number_text(count), *cells, *ratio]


def _short(row: Row) -> str:
    """Return a value in the few letters that a column among many has."""
    wide = row.log10 is not None and row.log10 >= LONGEST_DIGITS
    return f"10^{row.log10:.2f}" if wide else number_text(row.value)


# ---- the plot

# The colours of Okabe and Ito (2008), which people with any colour vision tell apart; black is the exact curve.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", ":", "-.")
PLOTTED = 4000  # steps drawn at most: more than a page has points, and a small file
HIGHEST = 1e300  # values from here on do not go on a float axis


def check_plot(path: str | os.PathLike[str]) -> None:
    """Refuse a plot that cannot be drawn; see `Curve.plot` for what is raised."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:
        raise ExactRegionsError("a plot needs matplotlib, which is not installed; pip install matplotlib") from None
    kind, known = Path(path).suffix[1:].lower(), FigureCanvasBase.get_supported_filetypes()
    if kind not in known:
        raise FileFormatError(f"{path} has suffix {kind!r}; a plot can be one of {', '.join(sorted(known))}")


def _drawn(found: Curve) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    _draw_steps(axes, found)
    lines = zip(*(comparison.rows for comparison in found.comparisons), strict=True)
    places = [float(_radius_of(comparison)) for comparison in found.comparisons]
    for number, rows in enumerate(lines):
        _draw_bound(axes, places, rows, number)
    norm = "inf" if found.ball.norm == math.inf else int(found.ball.norm)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(f"radius r of the ball, norm {norm} (units of the inputs)")
    axes.set_ylabel("number of regions N(r)")
    axes.grid(True, which="major", linewidth=0.4, alpha=0.5)
    axes.legend(fontsize="small")
    return figure


def _draw_steps(axes: Axes, found: Curve) -> None:
    radii, counts, end = found.radii, found.counts, float(found.ball.radius)
    starts = [float(_radius_of(c)) for c in found.comparisons] + radii[radii > 0].tolist() + [end]
    grid = np.geomspace(min(starts), end, PLOTTED)
    kept = radii[np.unique(np.searchsorted(radii, grid, side="right") - 1).clip(0)] if len(radii) > PLOTTED else radii
    x = np.concatenate([[min(starts)], kept[kept > min(starts)], [end]])
    places = np.searchsorted(radii, x, side="right") - 1
    y = np.where(places >= 0, counts[places.clip(0)] if len(counts) else 0, 0)
    label = "exact count" if found.exact else "regions found (lower bound)"
    axes.step(x, np.where(y > 0, y, np.nan), where="post", color="black", linewidth=1.8, label=label)


def _draw_bound(axes: Axes, places: Sequence[float], rows: Sequence[Row], number: int) -> None:
    label = f"{rows[0].name} ({rows[0].kind})"
    drawable = [row.value is not None and 0 < row.value < HIGHEST for row in rows]
    if not any(drawable):
        beyond = any(row.value is not None and row.value >= HIGHEST for row in rows)
        label += ": beyond the axis" if beyond else ": no value"
    values = [float(row.value) if ok else math.nan for row, ok in zip(rows, drawable, strict=True)]  # type: ignore[arg-type]
    style = {"color": COLOURS[number % len(COLOURS)], "linestyle": STYLES[number % len(STYLES)]}
    axes.plot(places, values, label=label, marker=".", markersize=4, linewidth=0.8, **style)  # type: ignore[arg-type]


# ---- entry radii: which regions a ball meets

# The tree engine bounds the error of a Euclidean entry radius e by 1e-10 (e + 1e-3 s), s <= 4 R the unit of its
# frame in a ball of radius R, from either side, and computes it exactly where that fails (`is_sharp`). The bound is
# itself evaluated in floats, whose rounding can make it wrong by a factor of about 1 + p / 9 in p dimensions. These
# two are some 600 times larger, and what lies between is decided without them.
RELATIVE, ABSOLUTE = 2.0**-24, 2.0**-32
BOUNDED = frozenset({"tree"})  # engines that promise this
ORDINARY = (1e-250, 1e250)  # radii far from where floats underflow or overflow
WIDE = 2.0**-20  # an interval wider than this, relative, is narrowed by exact decisions
NEGLIGIBLE = 1e-9  # a float multiplier or coordinate below it, relative, is guessed to be zero in the exact basis
TOWARDS_WITNESS = (0.0, *(2.0**-k for k in range(44, -1, -1)))  # steps from a nearest point inwards


class EntryRadii:
    """The distances of regions from the centre of a ball, in its norm: intervals, and exact where these overlap.

    Every entry radius lies in an interval of floats. In Euclidean balls it is what the tree engine guarantees, a
    relative 2**-24 and an absolute 2**-32 of the radius; elsewhere it is proved, from below by multipliers of the
    region's rows, from above by a point of the region, with all rounding bounded. A ball whose radius falls in an
    interval is decided in rationals, so no answer depends on the width.

    Attributes
    ----------
    values : numpy.ndarray, shape (n,)
        The entry radii in float64.
    """

    def __init__(self, distances: _Distances, intervals: Array, proved: bool) -> None:
        self.values = intervals[:, 0].copy()
        self.values.setflags(write=False)
        self._distances = distances
        self._lower, self._upper = intervals[:, 1].copy(), intervals[:, 2].copy()
        # sorted once; when an interval is narrowed later these are still true of it
        self._sorted_lower, self._sorted_upper = np.sort(self._lower), np.sort(self._upper)
        self._narrowed = np.full(len(intervals), proved)

    @classmethod
    def measured(
        cls, regions: RegionSet, time_limit: float | None = None, progress: Observer | None = None
    ) -> tuple[RegionSet, EntryRadii]:
        """Measure all regions of a ball.

        Parameters
        ----------
        regions : RegionSet
            Stored, in a ball.
        time_limit : float, optional
            Seconds.
        progress : callable, optional

        Returns
        -------
        RegionSet
            The same with `entry_radii`; where the limit or Ctrl-C came first, the part that was measured, not complete.
        EntryRadii
        """
        assert isinstance(regions.domain, Ball)
        distances = _Distances(regions)
        known, largest = regions.entry_radii, _floats_around(regions.domain.radius)[1]
        if known is not None and len(known) == regions.count and ORDINARY[0] < largest < ORDINARY[1]:
            if regions.exact_entries is not None:
                return regions, cls(distances, np.stack([known, *_one_float_around(known)], axis=1), proved=True)
            if regions.engine in BOUNDED and regions.domain.norm == 2:
                return regions, cls(distances, _guaranteed(regions.domain, known, largest), proved=False)
        regions, intervals = _measured_one_by_one(regions, distances, time_limit, progress)
        return regions, cls(distances, intervals, proved=True)

    def count(self, radius: Fraction) -> int:
        """Return how many entry radii are strictly below a radius, exactly; the radius is at most the ball's."""
        if radius == self._distances.ball.radius:
            return len(self.values)
        low, high = _floats_around(radius)
        surely = int(np.searchsorted(self._sorted_upper, low))
        if surely == np.searchsorted(self._sorted_lower, high):
            return surely
        return int(np.count_nonzero(self.below(radius)))

    def counts(self, radii: Sequence[Fraction]) -> NDArray[np.int64]:
        """Return `count` of many radii, shape (k,)."""
        around = np.array([_floats_around(r) for r in radii]).reshape(-1, 2)
        found = np.searchsorted(self._sorted_upper, around[:, 0])
        for place in np.flatnonzero(found != np.searchsorted(self._sorted_lower, around[:, 1])).tolist():
            found[place] = self.count(radii[place])
        return found

    def below(self, radius: Fraction) -> NDArray[np.bool_]:
        """Return which entry radii are strictly below a radius, exactly: shape (n,)."""
        if radius == self._distances.ball.radius:
            return np.ones(len(self.values), dtype=bool)
        low, high = _floats_around(radius)
        found = self._upper < low
        for row in np.flatnonzero(~found & (self._lower < high)).tolist():
            found[row] = self._is_below(row, radius)
        return found

    def _is_below(self, row: int, radius: Fraction) -> bool:
        if not self._narrowed[row]:
            self._narrowed[row] = True
            _, self._lower[row], self._upper[row] = self._distances.interval(row)
        low, high = _floats_around(radius)
        if self._upper[row] < low or self._lower[row] >= high:
            return bool(self._upper[row] < low)
        return self._distances.meets(row, radius)


def _guaranteed(ball: Ball, entries: Array, largest: float) -> Array:
    """Return the intervals that the tree engine guarantees; its zeros are exact, up to a centre that is no float."""
    width = np.where(entries > 0, RELATIVE * entries + ABSOLUTE * largest, 0.0) + _shift(ball)
    return np.stack([entries, np.maximum(entries - width, 0.0), entries + width], axis=1)


def _measured_one_by_one(
    regions: RegionSet, distances: _Distances, time_limit: float | None, progress: Observer | None
) -> tuple[RegionSet, Array]:
    intervals: list[tuple[float, float, float]] = []
    stopped, start, reported = None, time.perf_counter(), 0.0
    try:
        for row in range(regions.count):
            elapsed = time.perf_counter() - start
            if time_limit is not None and elapsed > time_limit:
                stopped = f"time limit of {time_limit:g} s reached by the entry radii"
                break
            if progress is not None and elapsed - reported > REPORT_SECONDS:
                reported = elapsed
                progress(Progress(regions.count, regions.seconds + elapsed, f"entry radii of {row:,} measured"))
            intervals.append(distances.interval(row))
    except KeyboardInterrupt:
        stopped = "interrupted"
    seconds = regions.seconds + time.perf_counter() - start
    table = np.array(intervals, dtype=np.float64).reshape(len(intervals), 3)
    kept = regions if stopped is None else _first(regions, len(intervals), stopped)
    return replace(kept, entry_radii=table[:, 0].copy(), seconds=seconds), table


def _first(regions: RegionSet, count: int, stopped: str) -> RegionSet:
    """Return the first regions of a set, as what an unfinished search has found."""
    return replace(
        regions,
        count=count,
        patterns=regions.patterns[:count],
        witnesses=regions.witnesses[:count],
        exact_witnesses={row: w for row, w in regions.exact_witnesses.items() if row < count},
        exact_entries=None,
        complete=False,
        stopped=stopped,
        frontier=(),
    )


class _Distances:
    """Measures the regions of a ball one by one: proved intervals in floats, exact decisions in rationals."""

    def __init__(self, regions: RegionSet) -> None:
        assert isinstance(regions.domain, Ball)
        self.ball = regions.domain
        self._regions = regions
        self._entries: dict[int, Fraction | None] = dict(enumerate(regions.exact_entries or ()))
        self._decided: dict[tuple[int, Fraction], bool] = {}
        self._prepared = False

    def _prepare(self) -> None:
        """Set up what only intervals need: local coordinates, in which the ball has a size near 1, and a solver."""
        from exactregions.engines.facets.crossing import Crossing
        from exactregions.engines.facets.float_domains import float_domain
        from exactregions.exact.forms import ExactNetwork
        from exactregions.exact.frame import Frame
        from exactregions.exact.numbers import as_fractions
        from exactregions.solvers.highs import LinearProgram

        frame = Frame.around(self.ball)
        local = frame.localised(self.ball)
        assert isinstance(local, Ball)
        self._exact = ExactNetwork(self._regions.network)
        self._crossing = Crossing(self._regions.network, local, float_domain(local), frame)
        self._origin = np.array([float(v) for v in as_fractions(frame.origin)])
        self._exact_scale = as_fractions(frame.scale[:1])[0]
        self._scale = float(self._exact_scale)  # a power of two
        self._local, self._center, self._local_shift = local, local.center_float, _shift(local)
        d = self.ball.dim
        free = np.full(d + 1, -np.inf)
        lower = np.zeros(2 * d) if self.ball.norm == 1 else free
        self._program = LinearProgram(lower, np.full(len(lower), np.inf))
        self._prepared = True

    def _pattern(self, row: int) -> tuple[bool, ...]:
        packed = self._regions.patterns[row : row + 1]
        return tuple(unpack_patterns(packed, self._regions.network.units)[0].tolist())

    def _rows(self, row: int) -> list[Form]:
        from exactregions.exact.forms import signed_rows

        if not self._prepared:
            self._prepare()
        return signed_rows(self._exact, self._pattern(row))

    # ---- intervals

    def interval(self, row: int) -> tuple[float, float, float]:
        """Return the entry radius of a region in floats, and a proved interval around it."""
        if not self._prepared:
            self._prepare()
        rows = self._crossing.halfspaces(self._pattern(row))
        value, lower, upper = self._local_interval(rows, self._regions.witnesses[row])
        largest = _floats_around(self.ball.radius)[1]  # the region meets the ball
        lower = math.nextafter(max(lower - self._local_shift, 0.0) * self._scale * (1.0 - slack(4)), 0.0)
        upper = min(math.nextafter((upper + self._local_shift) * self._scale * (1.0 + slack(4)), math.inf), largest)
        if lower == 0.0 and self._reaches_center(row):
            self._entries[row] = Fraction(0)
            return 0.0, 0.0, 0.0
        if not upper - lower <= WIDE * upper:
            return self._exact_interval(row, lower, upper)
        return min(max(value * self._scale, lower), upper), lower, upper

    def _local_interval(self, rows: Halfspaces, witness: Array) -> tuple[float, float, float]:
        """Return the same in local coordinates, as the distance from the float centre."""
        values, errors = (found[0] for found in rows.values(self._center[None, :]))
        found = self._propose(rows, values)
        if isinstance(found, Unknown):
            return 0.0, 0.0, math.inf
        with np.errstate(all="ignore"):
            near, inside = self._center + found.point, (witness - self._origin) / self._scale
            points = np.array([near + t * (inside - near) for t in TOWARDS_WITNESS])
            lower = _least_distance(rows, values, errors, found.multipliers, self.ball.norm)
            return found.value, lower, self._most_distance(rows, points)

    def _propose(self, rows: Halfspaces, values: Array) -> Proposal | Unknown:
        """Ask a float solver for the point of the region nearest to the centre, relative to it, and multipliers."""
        (m, d), normals = rows.normals.shape, rows.normals
        if self.ball.norm == 2:
            return _nearest(normals, values)
        if self.ball.norm == 1:
            self._program.load(np.hstack([normals, -normals]), values)
            found = self._program.minimise(np.ones(2 * d))
        else:
            eye, ones = np.eye(d), np.ones((d, 1))
            gauge = np.vstack([np.hstack([eye, ones]), np.hstack([-eye, ones])])
            matrix = np.vstack([np.hstack([normals, np.zeros((m, 1))]), gauge])
            self._program.load(matrix, np.concatenate([values, np.zeros(2 * d)]))
            found = self._program.minimise(np.append(np.zeros(d), 1.0))
        if isinstance(found, Unknown):
            return found
        point = found.point[:d] - found.point[d:] if self.ball.norm == 1 else found.point[:d]
        return Proposal(found.value, point, found.multipliers[:m])

    def _most_distance(self, rows: Halfspaces, points: Array) -> float:
        """Return the distance, rounded up, of the first point that is proved to lie in the region."""
        values, errors = rows.values(points)
        proved = (values - errors > 0.0).all(axis=1) & np.isfinite(points).all(axis=1)
        if not proved.any():
            return math.inf
        gap = above(np.abs(points[int(np.argmax(proved))] - self._center), 1)
        return float(dual_norms(gap[None, :], {1: math.inf, 2: 2, math.inf: 1}[self.ball.norm])[0])

    # ---- exact decisions

    def meets(self, row: int, radius: Fraction) -> bool:
        """Decide in rationals whether a region meets the open ball of a radius."""
        entry = self._exact_entry(row)
        if entry is not None:
            return entry < (radius**2 if self.ball.norm == 2 else radius)
        if (row, radius) not in self._decided:
            self._decided[row, radius] = radius > 0 and _meets(replace(self.ball, radius=radius), self._rows(row))
        return self._decided[row, radius]

    def _exact_entry(self, row: int) -> Fraction | None:
        """Return the exact entry radius, squared in the Euclidean norm; None where only decisions are at hand."""
        if row not in self._entries:
            self._entries[row] = self._from_basis(row)
            if self._entries[row] is None and self.ball.norm == 2:
                self._entries[row] = _distance_squared(self.ball, self._rows(row))
        return self._entries[row]

    def _from_basis(self, row: int) -> Fraction | None:
        from exactregions.exact.numbers import as_fractions, as_point

        if not self._prepared:
            self._prepare()
        rows = self._crossing.halfspaces(self._pattern(row))
        values, _ = rows.values(self._center[None, :])
        found = self._propose(rows, values[0])
        if isinstance(found, Unknown):
            return None
        entry = _basic_distance(rows, as_point(self._local.center), found, self.ball.norm)
        scale = self._exact_scale
        return None if entry is None else as_fractions([entry])[0] * (scale**2 if self.ball.norm == 2 else scale)

    def _reaches_center(self, row: int) -> bool:
        from exactregions.exact.numbers import as_point

        center = as_point(self.ball.center)
        return all(form.at(center) >= 0 for form in self._rows(row))

    def _exact_interval(self, row: int, lower: float, upper: float) -> tuple[float, float, float]:
        """Narrow an interval that floats leave wide: a region too thin for them."""
        entry = self._exact_entry(row)
        if entry is not None:
            value = np.array([entry_as_float(self.ball, entry)])
            below, over = _one_float_around(value)
            return float(value[0]), float(below[0]), float(over[0])
        while upper - lower > WIDE * upper:
            middle = lower + 0.5 * (upper - lower) if math.isfinite(upper) else max(2.0 * lower, 1.0)
            if not lower < middle < upper:
                break
            if self.meets(row, Fraction(middle)):
                upper = middle
            else:
                lower = middle
        return upper, lower, upper


def _nearest(normals: Array, values: Array) -> Proposal | Unknown:
    """Propose the nearest point in the Euclidean norm."""
    from exactregions.solvers.active_set import nearest_point

    lengths = np.linalg.norm(normals, axis=1)
    lengths = np.where(lengths > 0, lengths, 1.0)  # a normal may underflow beside a huge offset
    units = normals / lengths[:, None]
    found = nearest_point(units @ units.T, values / lengths, math.inf)
    if isinstance(found, Unknown):
        return found
    if not found.reached:
        return Unknown("in floats the rows of the region contradict each other")
    return Proposal(found.distance, found.multipliers @ units, found.multipliers / lengths)


def _least_distance(rows: Halfspaces, values: Array, errors: Array, multipliers: Array, norm: float) -> float:
    """Return a proved lower bound of the distance of a region from the centre, whatever the multipliers.

    For y >= 0 and rows n_j.x + o_j > 0 put s = sum y_j n_j and t = sum y_j (n_j.c + o_j). On the region
    s.(x - c) + t >= 0, hence ||x - c|| >= -t / ||s||_dual. Roundings are bounded as in `exactregions.bounds.norms`;
    the coefficients themselves are rounded once.
    """
    y = np.maximum(multipliers, 0.0)
    m, tiny = len(y), TINY * (len(y) + 4) * (1.0 + float(y.sum()))
    lost = slack(m) * (y @ np.abs(rows.normals)) + tiny
    size = float(dual_norms(above(np.abs(y @ rows.normals) + lost, 2)[None, :], norm)[0])
    gap = -float(y @ values) - float(above(y @ (errors + slack(m) * np.abs(values)), m + 2)) - tiny
    return gap / size * (1.0 - slack(4)) if gap > 0.0 and 0.0 < size < math.inf else 0.0


def _basic_distance(rows: Halfspaces, center: Point, found: Proposal, norm: float) -> Rational | None:
    """Return the exact distance (squared in the Euclidean norm) that a float solution means, once it is proved.

    The nearest point is c + M u, where the rows T with multipliers are tight: N_T M u = -v_T with v the rows at c.
    Columns of M: in the norm 2 the normals of T; in the norm 1 the coordinates that move; in the norm inf those that
    move less than the largest, and one for all others with their signs. With w.u the length of M u, the multipliers
    solve (N_T M)^T y = w. It is the distance if all rows are nonnegative there, y >= 0, and ||N_T^T y||_dual <= 1.
    """
    import flint

    tight = np.flatnonzero(found.multipliers > NEGLIGIBLE * found.multipliers.max(initial=0.0)).tolist()
    k, (m, d) = len(tight), rows.normals.shape
    normals = flint.fmpz_mat(m, d, [v for row in rows.exact for v in row[:-1]])
    chosen = flint.fmpz_mat(k, d, [v for t in tight for v in rows.exact[t][:-1]])
    moves, weights = (chosen.transpose(), []) if norm == 2 else _moves(found.point, norm)
    if moves.ncols() != k or not k:
        return None
    values, slopes = [rows.form(i).at(center) for i in range(m)], flint.fmpq_mat(normals * moves)
    system = flint.fmpq_mat(k, k, [slopes[t, j] for t in tight for j in range(k)])
    try:
        u = system.solve(flint.fmpq_mat(k, 1, [-values[t] for t in tight]))
        y = u if norm == 2 else system.transpose().solve(flint.fmpq_mat(k, 1, weights))
    except ZeroDivisionError:
        return None
    reached = slopes * u
    if any(reached[i, 0] + values[i] < 0 for i in range(m)) or any(y[i, 0] < 0 for i in range(k)):
        return None
    distance = sum((-values[t] * y[i, 0] for i, t in enumerate(tight)), flint.fmpq(0))
    if norm == 2:
        return distance
    slope, point = (y.transpose() * flint.fmpq_mat(chosen)).entries(), (flint.fmpq_mat(moves) * u).entries()
    lengths = [abs(v) for v in slope], [abs(v) for v in point]
    dual, length = (max(lengths[0]), sum(lengths[1])) if norm == 1 else (sum(lengths[0]), max(lengths[1]))
    return distance if dual <= 1 and length == distance else None


def _moves(point: Array, norm: float) -> tuple[flint.fmpz_mat, list[int]]:
    """Return the columns M of `_basic_distance` in the norms 1 and inf, and the weights w."""
    import flint

    sizes, signs = np.abs(point), np.sign(point).astype(int)
    if norm == 1:
        free, shared = np.flatnonzero(sizes > NEGLIGIBLE * sizes.max()), []
        weights = signs[free].tolist()
    else:
        free = np.flatnonzero(sizes < (1.0 - NEGLIGIBLE) * sizes.max())
        shared = [np.where(sizes < (1.0 - NEGLIGIBLE) * sizes.max(), 0, signs)]
        weights = [0] * len(free) + [1]
    columns = np.array([*np.eye(len(point), dtype=int)[free], *shared]).reshape(-1, len(point))
    return flint.fmpz_mat(len(point), len(columns), columns.T.ravel().tolist()), weights


def _meets(ball: Ball, rows: Sequence[Form]) -> bool:
    """Decide whether a region meets a ball: cut the ball by a row that its witness violates until none is left."""
    from exactregions.exact.cells import root_cell

    cell = root_cell(ball)
    while (violated := next((row for row in rows if row.at(cell.witness) <= 0), None)) is not None:
        part = cell.part(violated)
        if part is None:
            return False
        cell = part
    return True


def _distance_squared(ball: Ball, rows: Sequence[Form]) -> Fraction:
    """Return the exact squared Euclidean distance of a region, taking up its rows only where they are violated."""
    from exactregions.exact.nearest import NearestPoint
    from exactregions.exact.numbers import as_fractions, as_point

    nearest = NearestPoint(as_point(ball.center))
    while (violated := next((row for row in rows if row.at(nearest.point) < 0), None)) is not None:
        closer = nearest.with_row(violated)
        assert closer is not None, "a proved region is empty: a proof is wrong"
        nearest = closer
    return as_fractions([nearest.distance_squared])[0]


def _shift(ball: Ball) -> float:
    """Return a bound of the distance between the centre and its float, in any norm."""
    gaps = (abs(Fraction(f) - c) for f, c in zip(ball.center_float.tolist(), ball.center, strict=True))
    return _floats_around(sum(gaps, Fraction(0)))[1]


def _floats_around(value: Fraction) -> tuple[float, float]:
    """Return the largest float not above a nonnegative value and the smallest not below it."""
    try:
        near = float(value)
    except OverflowError:
        return math.nextafter(math.inf, 0.0), math.inf
    if Fraction(near) == value:
        return near, near
    return (near, math.nextafter(near, math.inf)) if near < value else (math.nextafter(near, 0.0), near)


def _one_float_around(values: Array) -> tuple[Array, Array]:
    """Return intervals for radii that were rounded from exact ones; zero is exact."""
    some = values > 0
    return np.where(some, np.nextafter(values, 0.0), 0.0), np.where(some, np.nextafter(values, np.inf), 0.0)
