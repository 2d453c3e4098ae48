"""Input regions and output properties of VNN-LIB files: version 1.0 by `vnnlib_one`, 2.0 by `vnnlib_two`."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from exactregions.domain import Box, Domain, Polytope
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers.s_expressions import Expression, parsed
from exactregions.importers.vnnlib_one import boxes_of, properties_asserted
from exactregions.importers.vnnlib_two import is_second_version, properties_of, regions_of
from exactregions.unsafe import Unsafe

__all__ = ["input_box", "input_boxes", "input_regions", "only_region", "output_properties"]

LARGEST = 2**28  # bytes of text: ten times the largest property in use, and no bomb in a .gz

R = TypeVar("R", bound=Domain)
Read = TypeVar("Read")


def input_box(path: str | os.PathLike[str]) -> Box:
    """Read the box of the inputs ``X_0, X_1, ..``; what the file says of outputs only is passed over.

    Parameters
    ----------
    path : str or path-like
        As for `input_boxes`.

    Raises
    ------
    FileFormatError
        If the file holds several boxes, or as `input_boxes`.
    FileNotFoundError, DomainError
        As `input_boxes`.
    """
    return only_region(path, input_boxes(path))


def only_region(path: str | os.PathLike[str], regions: Sequence[R]) -> R:
    """Return the region of a file that holds one.

    Raises
    ------
    FileFormatError
        If it holds several.
    """
    if len(regions) != 1:
        raise FileFormatError(
            f"{path}: it is a disjunction over inputs, {len(regions)} boxes; `exactregions count` counts in each, "
            f"elsewhere name one, as --vnnlib {Path(path).name}#1 (in Python: input_boxes)"
        )
    return regions[0]


def input_boxes(path: str | os.PathLike[str]) -> tuple[Box, ...]:
    """Read the boxes of the inputs, as `input_regions`, of a file that holds nothing else.

    Raises
    ------
    FileFormatError
        If an inequality is between several inputs, or as `input_regions`.
    FileNotFoundError, DomainError
        As `input_regions`.
    """
    regions = input_regions(path)
    boxes = tuple(region for region in regions if isinstance(region, Box))
    if len(boxes) < len(regions):
        raise FileFormatError(
            f"{path}: it has inequalities between several inputs, so its regions are no boxes; use input_regions"
        )
    return boxes


def input_regions(path: str | os.PathLike[str]) -> tuple[Box | Polytope, ...]:
    """Read the regions of the inputs, one for each way to meet the assertions on inputs.

    Decimal literals are taken at their exact value: 0.1 is one tenth and not the float next to it. Boxes are open, so
    ``<`` and ``<=`` are the same; an input with ``(<= X_0 0) (>= X_0 0)`` is fixed. Of several bounds on an input the
    tightest holds. A box that stands in several disjuncts is one box, and one that is contradictory is left out where
    there are others.

    Parameters
    ----------
    path : str or path-like
        A VNN-LIB file, or one packed as .gz. Of version 1.0 the inputs are ``X_0, X_1, ..``; of version 2.0 those of
        the one network that is declared, each row by row, and inequalities may be between several inputs.

    Returns
    -------
    tuple of Box or Polytope
        One or more, in the order of the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the file is truncated or foreign, an input lacks a bound, or what it says of the inputs is no union of
        boxes, or of polytopes in version 2.0: an inequality between inputs and outputs, or one that is not linear.
    ExactRegionsError
        If it is of version 2.0, and vnnlib is not installed.
    DomainError
        If the bounds of an input contradict each other, as ``(<= X_0 0) (>= X_0 1)``.
    """
    return _read(path, regions_of, boxes_of)


def output_properties(path: str | os.PathLike[str]) -> tuple[tuple[Box | Polytope, Unsafe], ...]:
    """Read a property: regions of the inputs, and for each the outputs that are unsafe there.

    The assertions together describe counterexamples; the property holds if in no closed region there is an input whose
    outputs lie in the set. Numbers are taken at their exact value, as in `input_regions`.

    Parameters
    ----------
    path : str or path-like
        As for `input_regions`. Outputs are ``Y_0, Y_1, ..`` in version 1.0.

    Returns
    -------
    tuple of (Box or Polytope, Unsafe)
        Every way to meet the disjunctions belongs to the region that it names.

    Raises
    ------
    FileFormatError
        As `input_regions`; also if no output is declared, one is used that is not, or an inequality of outputs is
        strict, is not linear, or has inputs as well.
    FileNotFoundError, ExactRegionsError, DomainError
        As `input_regions`.
    """
    return _read(path, properties_of, properties_asserted)


def _read(
    path: str | os.PathLike[str], second: Callable[[str], Read], first: Callable[[list[Expression]], Read]
) -> Read:
    """Return what a file holds, given how either version is understood."""
    try:
        text = _text_of(Path(path))
        return second(text) if is_second_version(text) else first(parsed(text))
    except UnicodeDecodeError:
        raise FileFormatError(f"{path} is no text, so no VNN-LIB file") from None
    except (FileFormatError, DomainError) as error:
        raise type(error)(f"{path}: {error}") from None


def _text_of(path: Path) -> str:
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
            content = stream.read(LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"it is no whole .gz file ({error}); unpack it, or pack it again") from None
    if len(content) > LARGEST:
        raise FileFormatError(f"it holds more than {LARGEST:,} bytes of text; no property is that large")
    return content.decode("utf-8")
