"""A golden set: networks, domains and proved counts in a folder, read as cases for tests.

The set of this package is the folder `data/golden` of its source distribution and repository. It is not part of the
wheel, so a suite that wants it names the folder. Any folder with an `index.json` of the same form does.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from exactregions.domain import Domain, domain_from_dict
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers import load
from exactregions.network import Network
from exactregions.support.shortening import short

__all__ = ["GoldenCase", "golden_cases"]

INDEX, VERSION = "index.json", 1


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """A question of a golden set, and its answer.

    Attributes
    ----------
    name : str
    path : pathlib.Path
        File of the network.
    fingerprint : str
        SHA-256 of the network's content.
    domain : Domain
    regions : int
        Number of activation regions that meet the domain.
    truth : str
        How the number is known.
    certificate : pathlib.Path or None
        A certificate of the number, where the set keeps one.
    """

    name: str
    path: Path
    fingerprint: str
    domain: Domain
    regions: int
    truth: str
    certificate: Path | None

    @property
    def network(self) -> Network:
        """The network, read from its file.

        Raises
        ------
        FileFormatError
            If the file does not hold the network that the index names.
        """
        network = load(self.path)
        if network.fingerprint != self.fingerprint:
            raise FileFormatError(f"{self.path} is not the network that the index names; restore it or the index")
        return network


def golden_cases(
    folder: str | os.PathLike[str], *, only: str = "*", largest: int | None = None
) -> tuple[GoldenCase, ...]:
    """Read the cases of a golden set.

    Parameters
    ----------
    folder : path-like
        Holds `index.json` and what it names.
    only : str
        Names of the cases, with wildcards as in file names: ``"sawtooth*"``.
    largest : int, optional
        Leave out cases with more regions.

    Raises
    ------
    FileFormatError
        If there is no index, it is damaged, or no case is left.
    """
    place = Path(folder) / INDEX
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            raise FileFormatError(f"{place} has version {data['version']}; this version reads {VERSION}")
        cases = [_case(Path(folder), entry) for entry in data["cases"]]
    except (FileNotFoundError, NotADirectoryError):
        raise FileFormatError(
            f"there is no golden set in {folder}: it has no {INDEX}. The wheel of exactregions holds none; take the "
            "folder data/golden from its source distribution or repository, and name that"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, FileFormatError | DomainError):
            raise
        raise FileFormatError(f"{place} is no index of a golden set, or is damaged: {short(error)}") from None
    chosen = [c for c in cases if fnmatchcase(c.name, only) and (largest is None or c.regions <= largest)]
    if not chosen:
        limit = "" if largest is None else f" and has at most {largest} regions"
        raise FileFormatError(f"none of the {len(cases)} cases of {place} is named {short(only)}{limit}")
    return tuple(chosen)


def _case(folder: Path, entry: dict[str, Any]) -> GoldenCase:
    certificate = (entry.get("certificate") or {}).get("file")
    return GoldenCase(
        name=str(entry["name"]),
        path=folder / entry["network"],
        fingerprint=entry["fingerprint"],
        domain=domain_from_dict(entry["domain"]),
        regions=int(entry["regions"]),
        truth=str(entry["truth"]),
        certificate=None if certificate is None else folder / certificate,
    )
