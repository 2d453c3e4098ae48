"""NumPy archives from anywhere: plain arrays, no larger than the file can account for, and nothing is executed."""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import FileFormatError

MOST_MEMBERS = 100_000
ALWAYS_READ = 2**27  # bytes of all arrays that are read however well they are compressed
GROWTH = 64  # and so many times the size of the file
MAGIC = b"\x93NUMPY"
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, SyntaxError, OSError, EOFError)
UNREADABLE += (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError, RecursionError, MemoryError)


def read_arrays(path: Path, always: int | None = None) -> dict[str, NDArray[Any]]:
    """Read an npz archive, as `numpy.savez` and `savez_compressed` write it.

    What an array's header declares is compared with the bytes that are there before memory is taken for it.

    Parameters
    ----------
    path : Path
    always : int, optional
        Bytes that are read however well they are compressed; 128 MB if left out.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is no whole archive of plain arrays, or would grow out of proportion.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(len(MAGIC)) == MAGIC:
                raise FileFormatError("it holds a single array (.npy); write several, by their names, with numpy.savez")
            size = stream.seek(0, 2)
            with zipfile.ZipFile(stream) as archive:
                _guard(archive.infolist(), size, trusted_size(size) if always is None else always + GROWTH * size)
                return {m.filename.removesuffix(".npy"): _array(archive, m) for m in archive.infolist()}
    except (FileNotFoundError, FileFormatError):
        raise
    except UNREADABLE as error:
        raise FileFormatError(
            f"it is no whole npz archive of plain arrays ({error}); write it again with numpy.savez"
        ) from None


def read_array(path: Path) -> NDArray[Any]:
    """Read the single array of an .npy file, as `numpy.save` writes it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is no whole array, or one of Python objects.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        try:
            return _values(stream, size)
        except UNREADABLE as error:
            reason = " ".join(str(error).split())[:100]
            raise FileFormatError(
                f"{path} is no .npy file of numbers, or is damaged ({reason}); use numpy.save"
            ) from None


def trusted_size(size: int) -> int:
    """Return how many bytes a packed file of so many may unpack to: zeros shrink to a thousandth, and so do bombs."""
    return ALWAYS_READ + GROWTH * size


def _guard(members: list[zipfile.ZipInfo], size: int, most: int) -> None:
    names = {member.filename for member in members}
    if len(members) > MOST_MEMBERS or len(names) < len(members):
        raise FileFormatError("it has a member twice, or too many; write it again with numpy.savez")
    total = sum(member.file_size for member in members)
    if total > most:
        raise FileFormatError(
            f"its arrays declare {total:,} bytes, and a file of {size:,} bytes is trusted with {most:,}; if it is "
            "right, write it again with numpy.savez, which does not compress"
        )
    for member in members:
        if not member.filename.endswith(".npy"):
            raise FileFormatError(
                f"it is no npz archive: its member {member.filename[:60]!r} is no array; use numpy.savez"
            )
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise FileFormatError(f"its member {member.filename[:60]!r} is encrypted, or neither stored nor deflated")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as stream:
        try:
            return _values(stream, member.file_size)
        except ValueError as error:
            raise ValueError(f"{member.filename[:60]!r}: {error}") from None


def _values(stream: Any, size: int) -> NDArray[Any]:
    """Return the array that a stream of so many bytes holds."""
    shape, fortran, dtype = _header(stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are not unpickled")
    wanted = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or stream.tell() + wanted != size:
        raise ValueError(f"it has {size} bytes, and its shape {str(shape)[:60]} needs {wanted}")
    data, filled = bytearray(wanted), 0  # arrays of a bytearray may be written to, like those of numpy.load
    while more := stream.readinto(memoryview(data)[filled:]):
        filled += more
    if filled < wanted or stream.read(1):
        raise ValueError("it is shorter or longer than it declares")
    return np.frombuffer(data, dtype=dtype, count=math.prod(shape)).reshape(shape, order="F" if fortran else "C")


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"the array format {version} is for Python objects")
