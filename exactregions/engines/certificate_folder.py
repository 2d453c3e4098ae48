"""Certificates whose parts workers write to a folder, and the list that shows that they cover the whole."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from exactregions.certificate.folder import FORMAT, MANIFEST, require_cover
from exactregions.certificate.part import Part, prefix_text
from exactregions.certificate.writer import CertificateWriter
from exactregions.engines.contract import Prefix
from exactregions.errors import CertificateError, FileWriteError
from exactregions.fixed_inputs import FreeInputs
from exactregions.regions import RegionSet
from exactregions.support.files import whole_file
from exactregions.support.stopping import aside

TRUNK = "trunk.cert"
Filed: TypeAlias = tuple[str, Prefix, int]  # the name of a file, the prefix of its task, and its leaves
Search: TypeAlias = Callable[[Callable[[Part], None]], RegionSet]


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a path names a folder: one that is there, or a name that ends as one."""
    return os.fspath(path).endswith(("/", os.sep)) or Path(path).is_dir()


@dataclass(frozen=True, slots=True, eq=False)
class CertificateFolder:
    """Where the certificate of each task goes.

    Attributes
    ----------
    place : str
        A folder that workers see under the same name.
    asked : FreeInputs
        The question.
    claim : str
    """

    place: str
    asked: FreeInputs
    claim: str

    def written(self, search: Search, name: str | None = None) -> tuple[RegionSet, str]:
        """Search, and write the parts to a file; return what was found, and the name of the file.

        Parameters
        ----------
        search : callable
            Is given what takes parts.
        name : str, optional
            Of the file; a new one.
        """
        name = name or f"part-{secrets.token_hex(8)}.cert"
        path = Path(self.place) / name
        with aside(lambda: CertificateWriter(path, *self.asked.given, self.claim)) as writer:
            regions = search(lambda part: writer.add(self.asked.part(part)))
            writer.close(complete=regions.exact)
        return regions, name

    def make(self) -> None:
        """Make the folder; it must hold no other certificate.

        Raises
        ------
        FileWriteError, CertificateError
        """
        try:
            Path(self.place).mkdir(parents=True, exist_ok=True)
            there = [path.name for path in Path(self.place).glob("*.cert")]
        except OSError as error:
            raise FileWriteError(f"{self.place} cannot be made a folder: {error.strerror}; name another") from error
        if there:
            raise CertificateError(f"{self.place} holds {there[0]}, of another certificate; name a new folder")

    def finish(self, left: Sequence[Prefix], files: Sequence[Filed], trunk: int, complete: bool) -> None:
        """Write the list of the files that count.

        Parameters
        ----------
        left : sequence of Prefix
            What the trunk leaves.
        files : sequence of Filed
        trunk : int
            Leaves of the trunk.
        complete : bool
        """
        told = {
            "format": FORMAT,
            "claim": self.claim,
            "fingerprint": self.asked.given[0].fingerprint,
            "complete": complete,
            "leaves": trunk + sum(leaves for _, _, leaves in files),
            "trunk": [TRUNK, trunk],
            "left": [self._text(prefix) for prefix in left],
            "files": [[name, self._text(prefix), leaves] for name, prefix, leaves in files],
        }
        require_cover(told)
        with whole_file(Path(self.place) / MANIFEST, "w", encoding="utf-8") as stream:
            json.dump(told, stream)

    def _text(self, prefix: Prefix) -> str:
        """Return a prefix of the search as one of the question."""
        return prefix_text(prefix[self.asked.own[: len(prefix)]])
