"""A certificate in many files of a folder: its list, which shows that together they cover the whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exactregions.errors import CertificateError

FORMAT, MANIFEST = "exactregions certificate folder 1", "certificates.json"


def require_cover(told: Mapping[str, Any]) -> None:
    """Check that a list names each prefix that the trunk leaves once, and that its numbers add up.

    A list of a search that was cut short names some of them.

    Raises
    ------
    CertificateError
        If it does not.
    """
    left, files = told["left"], told["files"]
    prefixes = [prefix for _, prefix, _ in files]
    strange = set(prefixes) - set(left)
    if strange or len(set(prefixes)) < len(prefixes) or len(set(left)) < len(left):
        raise CertificateError("a prefix comes twice, or was not left by the trunk; prove it again")
    missing = set(left) - set(prefixes)
    if told["complete"] and missing:
        raise CertificateError(f"there is no file for the prefix {min(missing)[:60]!r}; prove it again")
    if told["leaves"] != told["trunk"][1] + sum(leaves for _, _, leaves in files):
        raise CertificateError("the leaves of the files do not add up to those of the list; prove it again")


def manifest_of(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the list of a folder.

    Raises
    ------
    CertificateError
        If it is missing or damaged, or does not cover the whole.
    """
    path = Path(folder) / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise CertificateError(f"it has the format {str(told['format'])[:60]!r}")
        require_cover(told)
        return told
    except (OSError, ValueError, TypeError, LookupError, CertificateError) as error:
        raise CertificateError(f"{path} is no list of a certificate: {error}") from error


def certificate_files(path: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a certificate: itself, or those that the list of a folder names.

    Raises
    ------
    CertificateError
        As `manifest_of`.
    """
    if not Path(path).is_dir():
        return [Path(path)]
    told = manifest_of(path)
    names = [told["trunk"][0], *(name for name, _, _ in told["files"])]
    if any(Path(name).name != name for name in names):
        raise CertificateError(f"{path} names files of other folders; prove it again")
    return [Path(path) / name for name in names]
