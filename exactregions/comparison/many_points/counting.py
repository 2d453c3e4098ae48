"""One search a point, all radii from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.bounds.function_bound import BoundLike
from exactregions.comparison.many_points.checkpoint import Checkpoint, Recount
from exactregions.comparison.many_points.running import Run
from exactregions.comparison.many_points.study import Study
from exactregions.comparison.many_points.task import Task
from exactregions.domain import Ball
from exactregions.engines.contract import Engine, Limits
from exactregions.errors import DomainError, listed
from exactregions.network import Network
from exactregions.support.arrays import as_array, flat_rows


def study(
    network: Network,
    points: ArrayLike,
    radii: Iterable[float | Fraction],
    norm: float = 2,
    *,
    bounds: Iterable[BoundLike] | None = None,
    engine: str | Engine = "auto",
    workers: int | Executor = 1,
    time_limit: float | None = None,
    max_regions: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    check: bool = False,
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
    bounds : iterable of str, Bound or callable, optional
        As for `compare`.
    engine : str or Engine
    workers : int or concurrent.futures.Executor
        How many points are searched at a time, in threads: compiled searches run side by side. An executor of
        processes will do too, where network, bounds and engine can be pickled.
    time_limit, max_regions
        As for `enumerate_regions`, for each point.
    resume : path-like, optional
        A checkpoint: a file to which each point is added when it is done, and from which an interrupted study goes
        on. Points that a limit stopped are searched again when the limits are others. Its lines are validated and hold
        checksums against damage; the counts in them are trusted unless they are checked.
    check : bool
        Search the points of the checkpoint too, and refuse it where an exact row differs.
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
        If the checkpoint belongs to another study, is damaged, or was checked and differs.
    ExactRegionsError
        As `curve`.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> found = study(network, [[0.125], [1.0]], [0.25, 1], bounds=["naive"])
    >>> [(row["point"], row["radius"], row["regions"], row["boundary_distance"]) for row in found.rows]
    [(0, 0.25, 2, 0.125), (0, 1.0, 3, 0.125), (1, 0.25, 1, 0.5), (1, 1.0, 2, 0.5)]
    """
    centers = _checked_points(points, network)
    balls = [Ball(centers[0], r, norm) for r in listed(radii, "radii", DomainError)]
    task = Task.of(network, balls, bounds, engine, Limits(time_limit, max_regions))
    checkpoint = None if resume is None else Checkpoint(resume, task, centers)
    done = {} if checkpoint is None else checkpoint.read()
    written = checkpoint
    if check and checkpoint is not None:
        written, done = Recount(checkpoint, done), {}
    with _bar(progress, len(centers)) as report:
        stopped = Run(task, centers, written, done).drive(workers, report)
    rows = tuple(row for point in sorted(done) for row in done[point])
    return Study(network, centers, task.radii, task.norm, task.names, rows, stopped)


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


def _checked_points(points: ArrayLike, network: Network) -> NDArray[np.float64]:
    given = as_array(points, "points", DomainError)
    if given.dtype.kind not in "fiu":
        raise DomainError(f"points have dtype {given.dtype}; give floats or integers")
    rows = flat_rows(given, network.inputs, network.input_shape)
    if rows is None or not len(rows) or len(rows) != len(given):
        wanted = ", ".join(map(str, network.input_shape or (network.inputs,)))
        raise DomainError(f"points have shape {given.shape}; give (k, {wanted}), a row for each of one or more points")
    given, centers = rows, rows.astype(np.float64)
    if not np.isfinite(centers).all():
        row = int(np.argwhere(~np.isfinite(centers))[0, 0])
        raise DomainError(f"points[{row}] holds a number that is not finite; leave it out")
    with np.errstate(invalid="ignore"):
        kept = centers.astype(given.dtype) == given
    if not kept.all():
        row = int(np.argwhere(~kept)[0, 0])
        raise DomainError(f"points[{row}] holds a number that is no float64; round the points as you want them")
    centers.setflags(write=False)
    return centers
