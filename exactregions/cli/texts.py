"""What the texts of options hold, and the tables that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import typer
from numpy.typing import NDArray

from exactregions.errors import DomainError, FileFormatError
from exactregions.support.archives import read_array
from exactregions.support.arrays import without_ones
from exactregions.support.shortening import short

Number: TypeAlias = float | Fraction


def numbers_of(text: str) -> list[Number]:
    """Read numbers with commas between: p/q as an exact fraction, anything else as a float.

    Raises
    ------
    typer.BadParameter
        If the text holds something else.
    """
    try:
        return [Fraction(part) if "/" in part else float(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{short(text)} holds no numbers; write 0.5, or 1/3, with commas between") from None


def names_of(text: str | None) -> list[str] | None:
    """Read names with commas between; None stays, and an empty text holds none."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def table_of(path: Path, input_shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Return the array in an .npy file as a table; further axes are flattened, in row-major order.

    Parameters
    ----------
    path : Path
    input_shape : tuple of int, optional
        That of the network; rows of several axes must have it.

    Raises
    ------
    FileFormatError
        If the file holds no array of numbers.
    DomainError
        If its rows have another shape.
    OSError
        If it cannot be read.
    """
    array = read_array(path)
    if array.dtype.kind not in "fiu" or array.size == 0:
        raise FileFormatError(f"{path} does not hold one array of numbers; save one with numpy.save")
    given = array.shape[1:]
    if input_shape is not None and len(without_ones(given)) > 1 and without_ones(given) != without_ones(input_shape):
        raise DomainError(
            f"{path} has rows of shape {given} and the network takes {input_shape}; move their axes first"
        )
    return array.reshape(1, -1) if array.ndim < 2 else array.reshape(len(array), -1)


def row_of(path: Path, row: int, input_shape: tuple[int, ...] | None) -> list[Number]:
    """Return a row of an array in an .npy file; see `table_of` for what is raised, and DomainError without the row."""
    table = table_of(path, input_shape)
    check_rows([row], table, path)
    return table[row].tolist()


def check_rows(rows: Iterable[int], table: Sized, path: Path) -> None:
    """Raise a DomainError if a table, which is that of a file, has not these rows."""
    for row in rows:
        if not 0 <= row < len(table):
            raise DomainError(f"{path} has rows 0 to {len(table) - 1}; row {row} is asked for")
