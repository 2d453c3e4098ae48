"""Files that are whole or not there: the one way in which results are written."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from exactregions.errors import FileWriteError

LONGEST_NAME = 200  # bytes of a name that get an ending; file systems allow 255


@contextmanager
def whole_file(path: str | os.PathLike[str], mode: str = "wb", **how: Any) -> Iterator[IO[Any]]:
    """Open a file for writing that appears under its name when the block has ended without an error.

    Until then its name ends in `.part`, in the same folder. After an error, a full disk among them, what had the name
    before is untouched and nothing else is left. A link is followed; a device or a pipe is written to as it is.

    Parameters
    ----------
    path : path-like
    mode, how
        As for `open`: "wb" or "w".

    Raises
    ------
    FileWriteError
        If the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    with _naming(path):
        if target.exists() and not (target.is_file() or target.is_dir()):
            with target.open(mode, **how) as stream:
                yield stream
            return
        partial = _partial(target)
        try:
            with partial.open(mode, **how) as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())  # on the disk before it has its name
            if target.is_file():
                shutil.copymode(target, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


def append_line(path: Path, line: bytes) -> None:
    """Append a line to a file, on the disk when this returns; after an error the file is as it was before.

    A crash in the middle leaves a last line without its end, which a reader can tell.

    Raises
    ------
    FileWriteError
        If the disk does not take all of it.
    """
    # unbuffered: after an error nothing must wait in a buffer, to be written when the file is closed
    with _naming(path), path.open("ab", buffering=0) as stream:
        before = os.fstat(stream.fileno()).st_size
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[stream.write(rest) :]  # a disk that is nearly full takes a part and says how much
            os.fsync(stream.fileno())
        except BaseException:
            os.ftruncate(stream.fileno(), before)
            raise


def _partial(target: Path) -> Path:
    """Return a name of its own, in the same folder, so that renaming moves no content."""
    begun = os.fsencode(target.name)[:LONGEST_NAME]
    return target.with_name(f"{os.fsdecode(begun)}.{secrets.token_hex(4)}.part")


@contextmanager
def _naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the system into one that names the file and the remedy."""
    try:
        yield
    except FileWriteError:
        raise
    except OSError as error:
        raise FileWriteError(
            f"{os.fspath(path)} cannot be written: {error.strerror or error}; what was there before is unchanged. "
            "Make room, or name another place"
        ) from error
