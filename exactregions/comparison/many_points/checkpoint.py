"""The file on which a study is kept while it grows."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.comparison.many_points.rows import StudyRow, read_rows, written
from exactregions.comparison.many_points.task import Task
from exactregions.errors import FileFormatError
from exactregions.support.files import append_line
from exactregions.support.shortening import short

FORMAT_VERSION = 1
RECORD = re.compile(rb'\{"point": ')  # how the record of a point begins

_log = logging.getLogger(__name__)


class Checkpoint:
    """A file of JSON lines: what is studied, then the rows of one point a line, with a checksum.

    A line is written in one piece. What a crash left of the last one is cut off when the file is read.
    """

    def __init__(self, path: str | os.PathLike[str], task: Task, points: NDArray[np.float64]) -> None:
        self.path = Path(path)
        self._task, self._points = task, len(points)
        seconds = task.limits.seconds
        self._limits = [None if seconds == math.inf else seconds, task.limits.regions]  # JSON has no infinity
        self._header = {"format": FORMAT_VERSION, "kind": "exactregions study", **task.identity(points)}

    def read(self) -> dict[int, list[StudyRow]]:
        """Return the points that are done; a file that is not there is begun."""
        if not self.path.exists() or not self.path.stat().st_size:
            self._append(self._header)
            return {}
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if not whole and _line(self._header).startswith(content):
            os.truncate(self.path, 0)
            self._append(self._header)
            return {}
        try:
            header, *records = [_read(line) for line in whole.splitlines()] or [None]
            self._check(header)
            done = {point: rows for record in records for point, rows in [self._rows(record)] if rows is not None}
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
            if isinstance(error, FileFormatError):
                raise
            raise FileFormatError(f"{self.path} is no checkpoint of a study, or is damaged: {short(error)}") from None
        if len(whole) < len(content):
            _log.warning(
                "%s: its last line was cut short by a crash; it is removed, and its point is searched again", self.path
            )
            os.truncate(self.path, len(whole))
        return done

    def _check(self, header: Any) -> None:
        if not isinstance(header, dict) or header.get("kind") != self._header["kind"]:
            raise FileFormatError(f"{self.path} is no checkpoint of a study; give the name of a new file")
        different = [name for name, value in self._header.items() if header.get(name) != value]
        if different:
            names = ", ".join(different)
            raise FileFormatError(
                f"{self.path} is the checkpoint of another study ({names} differ); resume with the same arguments, "
                "or give the name of a new file"
            )

    def _rows(self, record: Any) -> tuple[int, list[StudyRow] | None]:
        """Return the rows of a point; None where other limits are worth another search."""
        if not isinstance(record, dict) or record.pop("crc32") != _checksum(record):
            raise ValueError("the checksum of a line does not fit it")
        point = record["point"]
        if type(point) is not int or not 0 <= point < self._points:
            raise ValueError(f"there is no point {str(point)[:60]}")
        rows = read_rows(record["rows"], point, self._task.radii, self._task.names, self._task.network.units)
        again = not all(row["exact"] for row in rows) and record["limits"] != self._limits
        return point, None if again else rows

    def add(self, point: int, rows: Sequence[StudyRow]) -> None:
        """Append a point."""
        record = {"point": point, "limits": self._limits, "rows": [written(row) for row in rows]}
        self._append(record | {"crc32": _checksum(record)})

    def _append(self, record: dict[str, Any]) -> None:
        append_line(self.path, _line(record))


class Recount:
    """Takes points that are searched again, and holds them against the rows that a checkpoint has of them."""

    def __init__(self, checkpoint: Checkpoint, known: dict[int, list[StudyRow]]) -> None:
        self._checkpoint, self._known = checkpoint, known

    def add(self, point: int, rows: Sequence[StudyRow]) -> None:
        """Compare a point of the checkpoint; append any other.

        Raises
        ------
        FileFormatError
            If both are exact at a radius, and differ there.
        """
        if point not in self._known:
            self._checkpoint.add(point, rows)
            return
        for known, row in zip(self._known[point], rows, strict=True):
            if known["exact"] and row["exact"]:
                self._compare(known, row)

    def _compare(self, known: StudyRow, row: StudyRow) -> None:
        # None is what a time limit left out
        both = [name for name in row if name != "seconds" and None not in (known[name], row[name])]
        different = [name for name in both if known[name] != row[name]]
        if different:
            values = ", ".join(f"{name} is {known[name]} there and {row[name]} now" for name in different[:3])
            raise FileFormatError(
                f"{self._checkpoint.path}: point {row['point']}, radius {row['radius']}: {values}; it is the work "
                "of another version, or forged: give the name of a new file"
            )


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, allow_nan=False).encode() + b"\n"


def _read(line: bytes) -> Any:
    """Return the record of a line; also of one behind the beginning of another, which earlier versions left."""
    for start in (0, *(found.start() for found in RECORD.finditer(line))):
        with suppress(ValueError):
            record = json.loads(line[start:])
            if not start or "crc32" in record:
                return record
    return json.loads(line)


def _checksum(record: dict[str, Any]) -> int:
    # JSON that was read back is written as it was: floats by their shortest digits, keys in their order
    return zlib.crc32(_line(record))
