"""Boxes and polytopes from files: npz archives of arrays, or the JSON in which answers describe their domain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exactregions.domain import Box, Domain, Polytope, domain_from_dict
from exactregions.errors import DomainError, FileFormatError
from exactregions.support.archives import read_arrays
from exactregions.support.shortening import short

SUFFIXES = (".npz", ".json")
LARGEST = 2**28  # bytes of JSON
ENDS, ROWS = {"lower", "upper"}, {"A", "b"}


def read_domain(path: Path) -> Domain:
    """Read a domain from a file.

    Parameters
    ----------
    path : Path
        ``.npz``: arrays ``lower`` and ``upper`` of a box, or ``A`` and ``b`` of a polytope, which may have both.
        ``.json``: what `Domain.describe` gives, alone or under the key "domain", as ``--json`` prints it; numbers may
        be texts such as "1/3".

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If it is truncated or foreign, or lacks an array.
    DomainError
        If the values make no domain.
    """
    try:
        if path.suffix.lower() == ".npz":
            return _of_arrays(read_arrays(path))
        if path.suffix.lower() == ".json":
            return _of_json(_text_of(path))
        raise FileFormatError(f"it has the suffix {short(path.suffix)}; give .npz or .json")
    except (FileFormatError, DomainError) as error:
        raise type(error)(f"{path}: {error}") from None


def _of_arrays(arrays: dict[str, Any]) -> Domain:
    names = set(arrays)
    if names not in (ENDS, ROWS, ENDS | ROWS):
        raise FileFormatError(
            f"it has the arrays {short(sorted(names))}; lower and upper make a box, A and b a polytope, and a polytope "
            "within a box has all four"
        )
    box = Box(arrays["lower"], arrays["upper"]) if names >= ENDS else None
    return box if box is not None and names == ENDS else Polytope(arrays["A"], arrays["b"], box)


def _text_of(path: Path) -> str:
    with path.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise FileFormatError(f"it holds more than {LARGEST:,} bytes; write a large domain as .npz")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise FileFormatError("it is no text, so no JSON file") from None


def _of_json(text: str) -> Domain:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"it is no JSON file ({short(str(error))})") from None
    if isinstance(found, dict) and "kind" not in found:
        found = found.get("domain")
    if not isinstance(found, dict):
        raise FileFormatError('it describes no domain; write such as {"kind": "box", "lower": [0, 0], "upper": [1, 2]}')
    return domain_from_dict(found)
