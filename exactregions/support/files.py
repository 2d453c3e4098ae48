"""Files that are whole or not there: the one way in which results are written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

__all__ = ["append_line", "give_name", "partial_name", "whole_file"]


def partial_name(path: str | os.PathLike[str]) -> Path:
    """Return the name that a file has until it is whole; in the same folder, so that renaming moves no content."""
    target = Path(path)
    return target.with_name(target.name + ".part")


def give_name(partial: Path, path: str | os.PathLike[str]) -> None:
    """Rename a finished file, once the disk holds all of it; what had the name before is replaced."""
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    partial.replace(path)


@contextmanager
def whole_file(path: str | os.PathLike[str], mode: str = "wb", **how: Any) -> Iterator[IO[Any]]:
    """Open a file for writing that appears under its name when the block has ended without an error.

    After an error, a full disk among them, what had the name before is untouched and nothing else is left.

    Parameters
    ----------
    path : path-like
    mode, how
        As for `open`: "wb" or "w".

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    partial = partial_name(path)
    try:
        with partial.open(mode, **how) as stream:
            yield stream
        give_name(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def append_line(path: Path, line: bytes) -> None:
    """Append a line to a file, on the disk when this returns; after an error the file is as it was before.

    A crash in the middle leaves a last line without its end, which a reader can tell.

    Raises
    ------
    OSError
        If the disk does not take all of it.
    """
    # unbuffered: after an error nothing must wait in a buffer, to be written when the file is closed
    with path.open("ab", buffering=0) as stream:
        before = os.fstat(stream.fileno()).st_size
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[stream.write(rest) :]  # a disk that is nearly full takes a part and says how much
            os.fsync(stream.fileno())
        except BaseException:
            os.ftruncate(stream.fileno(), before)
            raise
