"""The columns of a table in files and data frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from exactregions.comparison.all_radii.table import bound_kinds
from exactregions.comparison.many_points.rows import OWN_COLUMNS, StudyRow
from exactregions.errors import FileFormatError
from exactregions.support.data_frames import DataColumns, held, missing
from exactregions.support.shortening import short

SUFFIXES = (".csv", ".parquet")


def typed_columns(rows: Sequence[StudyRow], bounds: Sequence[str]) -> DataColumns:
    """Return the kind and the values of every column; a number too large for its column becomes its digits."""
    kinds: dict[str, type] = dict.fromkeys(OWN_COLUMNS, int)
    kinds |= {"radius": float, "exact": bool, "stopped": str, "boundary_distance": float, "seconds": float}
    for name in bounds:
        kinds |= bound_kinds(rows, name)
    return {name: (kind, [held(row[name], kind) for row in rows]) for name, kind in kinds.items()}


def check_table(path: str | os.PathLike[str]) -> None:
    """Refuse a file that a table cannot be written to; see `Study.save` for what is raised."""
    suffix = Path(path).suffix
    if suffix not in SUFFIXES:
        raise FileFormatError(f"{path} has suffix {short(suffix)}; a table can be {' or '.join(SUFFIXES)}")
    if suffix == ".parquet" and find_spec("polars") is None:
        raise missing("polars")
