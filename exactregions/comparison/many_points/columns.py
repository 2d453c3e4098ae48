"""The columns of a table in files and data frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from exactregions.comparison.many_points.rows import OWN_COLUMNS, StudyRow
from exactregions.errors import ExactRegionsError, FileFormatError
from exactregions.support.shortening import short
from exactregions.support.tables import digits

__all__ = ["check_table", "missing", "typed_columns"]

LARGEST_FLOAT = 2**1023  # below it every integer has a float
SUFFIXES = (".csv", ".parquet")


def typed_columns(rows: Sequence[StudyRow], bounds: Sequence[str]) -> dict[str, tuple[type, list[Any]]]:
    """Return the kind and the values of every column; a number too large for its column becomes its digits."""
    kinds: dict[str, type] = dict.fromkeys(OWN_COLUMNS, int)
    kinds |= {"radius": float, "exact": bool, "stopped": str, "boundary_distance": float, "seconds": float}
    for name in bounds:
        kinds |= {name: _kind([row[name] for row in rows]), f"{name}_ratio": float, f"{name}_log10": float}
        kinds |= {f"{name}_falsified": bool, f"{name}_error": str}
    return {name: (kind, [_held(row[name], kind) for row in rows]) for name, kind in kinds.items()}


def _held(value: Any, kind: type) -> Any:
    """Return a value as a column of a kind holds it."""
    if kind is str and isinstance(value, int | float):
        return digits(value) if isinstance(value, int) else repr(value)
    return float(value) if kind is float and value is not None else value


def check_table(path: str | os.PathLike[str]) -> None:
    """Refuse a file that a table cannot be written to; see `Study.save` for what is raised."""
    suffix = Path(path).suffix
    if suffix not in SUFFIXES:
        raise FileFormatError(f"{path} has suffix {short(suffix)}; a table can be {' or '.join(SUFFIXES)}")
    if suffix == ".parquet" and find_spec("polars") is None:
        raise missing("polars")


def missing(library: str) -> ExactRegionsError:
    """Return the error that names the library to install."""
    return ExactRegionsError(f"this table needs {library}, which is not installed; pip install {library}")


def _kind(values: Sequence[int | float | None]) -> type:
    """Return the type of a column of bounds."""
    known = [v for v in values if v is not None]
    if any(isinstance(v, float) for v in known):
        # an average may be beyond floats at one radius and not at another
        return float if all(isinstance(v, float) or v < LARGEST_FLOAT for v in known) else str
    return int if all(v is None or v < 2**63 for v in values) else str
