"""Files that are not what their name says: a pointer, a page, an archive of code."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from exactregions.errors import FileFormatError
from exactregions.support.archives import trusted_size

LARGEST = 2**32


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, unpacked if it is a gzip file.

    Raises
    ------
    FileFormatError
        If it is a Git LFS pointer, an HTML page, a damaged gzip file, or larger than 4 GB.
    """
    if path.stat().st_size > LARGEST:
        raise FileFormatError("it is larger than 4 GB, which is not read")
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = _unpacked(content)
    refuse_foreign(content)
    return content


def _unpacked(content: bytes) -> bytes:
    most = min(LARGEST, trusted_size(len(content)))
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            found = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileFormatError(f"it is a damaged gzip file ({error})") from None
    if len(found) > most:
        raise FileFormatError(f"it unpacks to more than {most:,} bytes, which is out of proportion; unpack it yourself")
    return found


def refuse_foreign(content: bytes) -> None:
    """Refuse what is saved in place of a file by accident.

    Raises
    ------
    FileFormatError
    """
    head = content[:512].lstrip().lower()
    if head.startswith(b"version https://git-lfs"):
        raise FileFormatError("it is a Git LFS pointer and not the file it points to; fetch that: git lfs pull")
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise FileFormatError("it is a web page, not a network; download the file itself (its 'raw' link)")
