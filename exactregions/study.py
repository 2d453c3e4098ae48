"""Exact counts and bounds in balls around many points: a long table, in parallel, kept on disk as it grows."""

from __future__ import annotations

import hashlib
import json
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.bounds.contract import Bound
from exactregions.bounds.stability import proved_signs
from exactregions.curve import Curve, bound_columns, chosen_bounds, curve, write_csv
from exactregions.domain import Ball
from exactregions.engines.contract import Engine, Limits, Observer, Progress
from exactregions.errors import DomainError, EngineError, ExactRegionsError, FileFormatError
from exactregions.network import Network
from exactregions.regions import unpack_patterns
from exactregions.tables import exact_json, html_table, log10, number_text, ratio_text, rich_table

if TYPE_CHECKING:
    import polars
    from rich.table import Table

__all__ = ["Study", "check_table", "study"]

Row = dict[str, Any]

FORMAT_VERSION = 1
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
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True, eq=False)
class Study:
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
          identically on a region is inactive there;
        - `stable_by_sphere`: units that the sphere test of the ball bounds proves never to split;
        - `seconds` of the point's search, all radii together;
        - and for each bound the columns of `exactregions.curve.bound_columns`.
    stopped : str or None
        Why rows are missing.
    """

    network: Network
    points: NDArray[np.float64]
    radii: tuple[Fraction, ...]
    norm: float
    bounds: tuple[str, ...]
    rows: tuple[Row, ...]
    stopped: str | None = None

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

    def to_polars(self) -> polars.DataFrame:
        """Return the table as a polars DataFrame.

        A bound's values are 64-bit integers where all of them fit, else strings of their decimal digits; those of an
        expectation are floats.

        Raises
        ------
        ExactRegionsError
            If polars is not installed.
        """
        try:
            import polars
        except ImportError:
            raise _missing("polars") from None
        kinds = {int: polars.Int64, float: polars.Float64, bool: polars.Boolean, str: polars.String}
        columns = self._columns()
        return polars.DataFrame(
            {name: values for name, (_, values) in columns.items()},
            schema={name: kinds[kind] for name, (kind, _) in columns.items()},
        )

    def to_pandas(self) -> Any:
        """Return the table as a `pandas.DataFrame`, columns as in `to_polars` with pandas' nullable types.

        Raises
        ------
        ExactRegionsError
            If pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-not-found]
        except ImportError:
            raise _missing("pandas") from None
        kinds = {int: "Int64", float: "Float64", bool: "boolean", str: "string"}
        return pandas.DataFrame(
            {name: pandas.array(values, dtype=kinds[kind]) for name, (kind, values) in self._columns().items()}
        )

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
            write_csv(target, list(self._columns()), self.rows)
            return
        partial = target.with_name(target.name + ".part")
        self.to_polars().write_parquet(partial)
        partial.replace(target)

    def _columns(self) -> dict[str, tuple[type, list[Any]]]:
        """Return the kind and the values of every column."""
        kinds: dict[str, type] = dict.fromkeys(OWN_COLUMNS, int)
        kinds |= {"radius": float, "exact": bool, "stopped": str, "boundary_distance": float, "seconds": float}
        for name in self.bounds:
            kinds |= {name: _kind([row[name] for row in self.rows]), f"{name}_ratio": float, f"{name}_log10": float}
            kinds |= {f"{name}_falsified": bool, f"{name}_error": str}
        columns: dict[str, tuple[type, list[Any]]] = {}
        for name, kind in kinds.items():
            values = [row[name] for row in self.rows]
            if kind is str:
                # the digits of an integer too large for a column
                values = [None if v is None else v if isinstance(v, str) else _digits(v) for v in values]
            columns[name] = kind, values
        return columns

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
            "norm": "inf" if self.norm == math.inf else int(self.norm),
            "bounds": list(self.bounds),
            "rows": [_written(row) for row in self.rows],
        }

    def table(self) -> Table:
        """Return a summary as a rich table, a line for each radius."""
        lines = self._lines()
        return rich_table(lines, [""] * (len(lines) - 1), text_columns=0)

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

    def warnings(self) -> list[str]:
        """Return what must not be overlooked: missing rows, counts that are not exact, falsified bounds."""
        inexact = len({row["point"] for row in self.rows if not row["exact"]})
        missing = len(self.points) - len(self.rows) // max(len(self.radii), 1)
        found = [f"INCOMPLETE: {missing} points are missing ({self.stopped})."] if missing else []
        if inexact:
            found.append(f"NOT EXACT: the counts of {inexact} points are lower bounds; column `stopped` says why.")
        for name in self.bounds:
            wrong = [row for row in self.rows if row[f"{name}_falsified"]]
            if wrong:
                place = f"first at point {wrong[0]['point']}, radius {wrong[0]['radius']:g}"
                found.append(f"FALSIFIED: bound {name} contradicts the count in {len(wrong)} rows, {place}.")
        return found

    def __repr__(self) -> str:
        size = f"{len(self.points)} points, {len(self.radii)} radii, {len(self.rows)} rows"
        verdict = "exact" if self.exact else "not exact" if self.complete else f"incomplete ({self.stopped})"
        return f"<Study: {size}, {verdict}>"

    def _repr_html_(self) -> str:
        return html_table(self._lines(), [], self.warnings())


def study(
    network: Network,
    points: ArrayLike,
    radii: Iterable[float | Fraction],
    norm: float = 2,
    *,
    bounds: Iterable[str | Bound] | None = None,
    engine: str | Engine = "auto",
    workers: int | Executor = 1,
    time_limit: float | None = None,
    max_regions: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    progress: bool | Callable[[int, int], None] = False,
) -> Study:
    """Count the regions in balls around many points, beside the bounds; one search a point gives all radii.

    Parameters
    ----------
    network : Network
    points : array_like, shape (k, inputs)
        The centres, each number at its exact value.
    radii : iterable of float or Fraction
    norm : {2, 1, inf}
    bounds : iterable of str or Bound, optional
        As for `compare`.
    engine : str or Engine
    workers : int or concurrent.futures.Executor
        How many points are searched at a time, in threads: compiled searches run side by side. An executor of
        processes will do too, where network, bounds and engine can be pickled.
    time_limit, max_regions
        As for `enumerate_regions`, for each point.
    resume : path-like, optional
        A checkpoint: a file to which each point is added when it is done, and from which an interrupted study goes
        on. Points that a limit stopped are searched again when the limits are others.
    progress : bool or callable
        True shows a bar on stderr; a callable is given the number of points done and of all points.

    Returns
    -------
    Study
        Ctrl-C gives the points that are done, with `complete` False. Searches in threads end at once; those of
        another executor end by themselves.

    Raises
    ------
    DomainError
        If points or radii do not fit the network, or make no balls.
    FileFormatError
        If the checkpoint belongs to another study, or is damaged.
    ExactRegionsError
        As `curve`.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> found = study(network, [[0.125], [1.0]], [0.25, 1], bounds=["naive"])
    >>> [(row["point"], row["radius"], row["regions"], row["boundary_distance"]) for row in found.rows]
    [(0, 0.25, 2, 0.125), (0, 1.0, 3, 0.125), (1, 0.25, 1, 0.5), (1, 1.0, 2, 0.5)]
    """
    centers = _checked_points(points, network.inputs)
    balls = [Ball(centers[0], r, norm) for r in radii]  # type: ignore[arg-type]
    task = _Task.of(network, balls, bounds, engine, Limits(time_limit, max_regions))
    checkpoint = None if resume is None else _Checkpoint(resume, task, centers)
    done = {} if checkpoint is None else checkpoint.read()
    with _bar(progress, len(centers)) as report:
        stopped = _Run(task, centers, checkpoint, done).drive(workers, report)
    rows = tuple(row for point in sorted(done) for row in done[point])
    return Study(network, centers, task.radii, task.norm, task.names, rows, stopped)


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What is asked of every point; it goes to other processes, so everything in it can be pickled."""

    network: Network
    radii: tuple[Fraction, ...]
    norm: float
    bounds: tuple[str | Bound, ...] | None
    names: tuple[str, ...]
    engine: str | Engine
    limits: Limits

    @classmethod
    def of(
        cls,
        network: Network,
        balls: Sequence[Ball],
        bounds: Iterable[str | Bound] | None,
        engine: str | Engine,
        limits: Limits,
    ) -> _Task:
        """Take radii and norm from balls about one of the points."""
        radii = tuple(ball.radius for ball in balls)
        if not radii:
            raise DomainError("radii is empty; give at least one radius")
        if len(set(radii)) < len(radii):
            raise DomainError("a radius comes twice; every row of the table has a radius of its own")
        given = None if bounds is None else tuple(bounds)
        names = tuple(bound.name for bound in chosen_bounds(given, OWN_COLUMNS))
        names = (*names, "minimum") if bounds is None else names
        return cls(network, radii, balls[0].norm, given, names, engine, limits)

    def identity(self, points: NDArray[np.float64]) -> dict[str, Any]:
        """Return what a checkpoint must agree with, as JSON gives it back."""
        content = repr(points.shape).encode() + (points + 0.0).astype("<f8").tobytes()
        return {
            "network": self.network.fingerprint,
            "points": hashlib.sha256(content).hexdigest(),
            "radii": [str(r) for r in self.radii],
            "norm": str(self.norm),
            "bounds": list(self.names),
        }

    def answer(self, point: int, center: NDArray[np.float64], progress: Observer | None = None) -> list[Row] | None:
        """Return the rows of a point; None if the search was interrupted."""
        found = curve(
            self.network,
            center,
            max(self.radii),
            self.norm,
            bounds=self.bounds,
            radii=self.radii,
            engine=self.engine,
            time_limit=self.limits.seconds,
            max_regions=self.limits.regions,
            progress=progress,
        )
        return None if found.regions.stopped == "interrupted" else _rows(found, point, self.radii)


def _rows(found: Curve, point: int, radii: Sequence[Fraction]) -> list[Row]:
    """Return the rows of a point, in the order of the radii."""
    comparisons = {comparison.regions.domain: comparison for comparison in found.comparisons}
    regions, rows = found.regions, []
    distance = None
    if regions.exact and regions.count > 1:
        distance = float(np.partition(found.entries.values, 1)[1])
    for radius in radii:
        ball = Ball(found.ball.center, radius, found.ball.norm)
        row: Row = {
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


class _Run:
    """Gives the open points to an executor, and takes their rows as they come."""

    def __init__(
        self,
        task: _Task,
        points: NDArray[np.float64],
        checkpoint: _Checkpoint | None,
        done: dict[int, list[Row]],
    ) -> None:
        self._task, self._points, self._checkpoint, self._done = task, points, checkpoint, done
        self._stop = threading.Event()

    def drive(self, workers: int | Executor, report: Callable[[int, int], None]) -> str | None:
        """Work through all open points; return why it ended before that, or None."""
        if isinstance(workers, Executor):
            return self._work(workers, self._task.answer, report)
        if workers < 1:
            raise EngineError(f"workers is {workers}; give one or more, or an executor")
        with ThreadPoolExecutor(workers) as executor:
            return self._work(executor, self._interruptible, report)

    def _interruptible(self, point: int, center: NDArray[np.float64]) -> list[Row] | None:
        """Answer in a thread, which no Ctrl-C reaches: the search asks its observer."""

        def observe(progress: Progress) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt

        return None if self._stop.is_set() else self._task.answer(point, center, observe)

    def _work(
        self,
        executor: Executor,
        answer: Callable[[int, NDArray[np.float64]], list[Row] | None],
        report: Callable[[int, int], None],
    ) -> str | None:
        total = len(self._points)
        futures: dict[Future[list[Row] | None], int] = {}
        try:
            report(len(self._done), total)
            for point in range(total):
                if point not in self._done:
                    futures[executor.submit(answer, point, self._points[point])] = point
            for future in as_completed(futures):
                self._take(futures[future], future)
                report(len(self._done), total)
        except KeyboardInterrupt:
            self._end(futures)
        except BaseException:
            # one point failed: the others must not go on behind the error
            self._end(futures)
            raise
        return None if len(self._done) == total else "interrupted"

    def _end(self, futures: dict[Future[list[Row] | None], int]) -> None:
        """End all searches, and keep those that are done."""
        self._stop.set()
        for future in futures:
            future.cancel()
        for future, point in futures.items():
            if not future.cancelled() and future.exception() is None:
                self._take(point, future)

    def _take(self, point: int, future: Future[list[Row] | None]) -> None:
        rows = future.result()
        if rows is not None and point not in self._done:
            self._done[point] = rows
            if self._checkpoint is not None:
                self._checkpoint.add(point, rows)


class _Checkpoint:
    """A file of JSON lines: what is studied, then the rows of one point a line.

    A line is written in one piece. What a crash left of the last one is cut off when the file is read.
    """

    def __init__(self, path: str | os.PathLike[str], task: _Task, points: NDArray[np.float64]) -> None:
        self._path = Path(path)
        self._names = task.names
        self._size = len(points), len(task.radii)
        self._limits = [task.limits.seconds, task.limits.regions]
        self._header = {"format": FORMAT_VERSION, "kind": "exactregions study", **task.identity(points)}

    def read(self) -> dict[int, list[Row]]:
        """Return the points that are done; a file that is not there is begun."""
        if not self._path.exists() or not self._path.stat().st_size:
            self._append(self._header)
            return {}
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            header, *records = [json.loads(line) for line in whole.splitlines()] or [None]
            self._check(header)
            done = {point: rows for record in records for point, rows in [self._rows(record)] if rows is not None}
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, FileFormatError):
                raise
            raise FileFormatError(f"{self._path} is no checkpoint of a study, or is damaged: {error!r}") from None
        if len(whole) < len(content):
            os.truncate(self._path, len(whole))
        return done

    def _check(self, header: Any) -> None:
        if not isinstance(header, dict) or header.get("kind") != self._header["kind"]:
            raise FileFormatError(f"{self._path} is no checkpoint of a study; give the name of a new file")
        different = [name for name, value in self._header.items() if header.get(name) != value]
        if different:
            names = ", ".join(different)
            raise FileFormatError(
                f"{self._path} is the checkpoint of another study ({names} differ); resume with the same arguments, "
                "or give the name of a new file"
            )

    def _rows(self, record: dict[str, Any]) -> tuple[int, list[Row] | None]:
        """Return the rows of a point; None where other limits are worth another search."""
        point, rows = record["point"], record["rows"]
        if not (0 <= point < self._size[0] and len(rows) == self._size[1]):
            raise ValueError(f"point {point} with {len(rows)} rows")
        for row in rows:
            row |= {name: _read(row[name]) for name in self._names}
        again = not all(row["exact"] for row in rows) and record["limits"] != self._limits
        return point, None if again else rows

    def add(self, point: int, rows: Sequence[Row]) -> None:
        """Append a point."""
        self._append({"point": point, "limits": self._limits, "rows": [_written(row) for row in rows]})

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        with self._path.open("ab", buffering=0) as stream:
            stream.write(line)
            os.fsync(stream.fileno())


@contextmanager
def _bar(progress: bool | Callable[[int, int], None], total: int) -> Iterator[Callable[[int, int], None]]:
    """Yield what is told the number of points done."""
    if not isinstance(progress, bool):
        yield progress
        return
    if not progress:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("points"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("points", total=total)
        yield lambda done, total: bar.update(task, completed=done)


def _checked_points(points: ArrayLike, inputs: int) -> NDArray[np.float64]:
    given = np.asarray(points)
    if given.dtype.kind not in "fiu":
        raise DomainError(f"points have dtype {given.dtype}; give floats or integers")
    if given.ndim != 2 or given.shape[1] != inputs or not len(given):
        raise DomainError(f"points have shape {given.shape}; give (k, {inputs}), a row for each of one or more points")
    centers = given.astype(np.float64)
    if not np.isfinite(centers).all():
        row = int(np.argwhere(~np.isfinite(centers))[0, 0])
        raise DomainError(f"points[{row}] holds a number that is not finite; leave it out")
    centers.setflags(write=False)
    return centers


def check_table(path: str | os.PathLike[str]) -> None:
    """Refuse a file that a table cannot be written to; see `Study.save` for what is raised."""
    suffix = Path(path).suffix
    if suffix not in SUFFIXES:
        raise FileFormatError(f"{path} has suffix {suffix!r}; a table can be {' or '.join(SUFFIXES)}")
    if suffix == ".parquet" and find_spec("polars") is None:
        raise _missing("polars")


def _missing(library: str) -> ExactRegionsError:
    return ExactRegionsError(f"this table needs {library}, which is not installed; pip install {library}")


def _kind(values: Sequence[int | float | None]) -> type:
    """Return the type of a column of bounds."""
    if any(isinstance(v, float) for v in values):
        return float
    return int if all(v is None or v < 2**63 for v in values) else str


def _digits(value: int) -> str:
    import flint

    return str(flint.fmpz(value))  # Python refuses to print more than 4300 digits


def _read(value: int | float | str | None) -> int | float | None:
    """Undo `exact_json`."""
    if not isinstance(value, str):
        return value
    import flint

    return int(flint.fmpz(value))


def _written(row: Row) -> Row:
    return {name: exact_json(value) for name, value in row.items()}


def _log_ratio(row: Row, name: str) -> float | None:
    bound, count = row[f"{name}_log10"], log10(row["regions"])
    return None if bound is None or count is None else bound - count


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
