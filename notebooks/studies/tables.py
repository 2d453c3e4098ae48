"""Count for a study, keep what is done, and put the parts into one table."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from exactregions import Network
from exactregions.bounds import Bound, FunctionBound, get_bound
from exactregions.comparison import study
from studies.protocols import protocol_of
from studies.training import boundary_distances

__all__ = ["RESULTS", "Row", "collect", "counted", "options", "report", "seed_parts"]

Row = dict[str, Any]
RESULTS = Path(__file__).parent / "results"
MEASURED = ("point", "radius", "regions", "exact", "stopped", "boundary_distance", "stable_units", "stable_by_sphere")


def counted(
    network: Network,
    points: NDArray[np.float64],
    radii: Sequence[float],
    bounds: Sequence[str],
    checkpoint: Path,
    max_regions: int | None = None,
) -> list[Row]:
    """Return a row for each point and radius: the exact count, the bounds, and what `study` measures beside them.

    `float_distance` is the distance to the nearest boundary as `boundary_distances` finds it, without a search, and
    `norm` the length of the point.

    Raises
    ------
    RuntimeError
        If a bound is falsified, or the study was interrupted.
    """
    silent = [_silent(name) for name in bounds]
    found = study(network, points, radii, bounds=silent, max_regions=max_regions, resume=checkpoint)
    if found.falsified or not found.complete:
        raise RuntimeError("\n".join(found.warnings()))
    distances, norms = boundary_distances(network, points), np.linalg.norm(points, axis=1)
    rows = []
    for row in found.rows:
        extra = {"float_distance": float(distances[row["point"]]), "norm": float(norms[row["point"]])}
        rows.append({name: row[name] for name in (*MEASURED, *bounds)} | extra)
    return rows


def _silent(name: str) -> Bound:
    """Return a bound without its remarks, which cost as much as its values and have no column."""
    known = get_bound(name)
    return FunctionBound(known.evaluate, known.name, known.kind, known.scope, known.source)


def collect(parts: Iterable[tuple[str, Callable[[Path], list[Row]]]], given: argparse.Namespace) -> polars.DataFrame:
    """Compute the parts that are not there yet, and write all that are to one table, which names its protocol.

    Parameters
    ----------
    parts : iterable of (str, callable)
        The name of a part, and what computes its rows; it is given a path, to which it appends a name for each of its
        checkpoints.
    given : argparse.Namespace
        What `options` read. A part appears in the folder `partial` when it is whole, and is not computed again.
    """
    given.partial.mkdir(parents=True, exist_ok=True)
    frames = []
    for name, compute in parts:
        path = given.partial / f"{name}.parquet"
        if not path.exists() and name.startswith(given.only):
            _compute(name, compute, path)
        if path.exists():
            frames.append(polars.read_parquet(path))
    table = polars.concat(frames, how="diagonal_relaxed")
    _write(table, given.output, protocol_of(given.study))
    inexact = table.filter(~polars.col("exact"))
    report(f"{given.output.name}: {len(table)} rows, {len(inexact)} of them not exact")
    return table


def seed_parts(
    experiments: Iterable[Any], rows: Callable[[Any, int, Path], list[Row]]
) -> list[tuple[str, Callable[[Path], list[Row]]]]:
    """Return a part for each seed of each experiment, as `collect` takes them; one has a `name` and `seeds`."""
    return [(f"{e.name}-{seed}", partial(rows, e, seed)) for e in experiments for seed in range(e.seeds)]


def options(name: str, description: str, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line of a study."""
    parser = argparse.ArgumentParser(description=description)
    parser.set_defaults(study=name)
    parser.add_argument("--output", type=Path, default=RESULTS / f"{name}.parquet", help="the table")
    parser.add_argument("--partial", type=Path, default=RESULTS / "partial" / name, help="the parts that are done")
    parser.add_argument("--only", default="", help="compute only the parts whose names begin so")
    return parser.parse_args(arguments)


def report(line: str) -> None:
    """Say how far a study is."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _compute(name: str, compute: Callable[[Path], list[Row]], path: Path) -> None:
    start = time.process_time()
    with threadpool_limits(1):
        frame = polars.DataFrame(compute(path.with_name(name)), infer_schema_length=None)
    _write(frame, path)
    for checkpoint in path.parent.glob(f"{name}.*.jsonl"):
        checkpoint.unlink()
    report(f"{name}: {len(frame)} rows, {time.process_time() - start:.1f} s of one core")


def _write(table: polars.DataFrame, path: Path, metadata: dict[str, str] | None = None) -> None:
    unfinished = path.with_name(path.name + ".part")
    table.write_parquet(unfinished, compression="zstd", compression_level=19, metadata=metadata)
    unfinished.replace(path)
