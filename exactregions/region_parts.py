"""Regions in many files of a folder: workers write them, and a reader takes one file after another."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exactregions.domain import Domain, domain_from_dict
from exactregions.errors import FileFormatError, FileWriteError
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.files import whole_file

__all__ = ["Folder", "RegionParts"]

FORMAT, MANIFEST = "exactregions parts 1", "parts.json"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that workers see too: of a file system, or by an address of fsspec ("s3://bucket/run").

    Attributes
    ----------
    address : str
    """

    address: str

    def put(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file: it appears when it is whole.

        Raises
        ------
        FileWriteError
            If it cannot be written.
        """
        if not self._is_remote:
            place = Path(self.address)
            try:
                place.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise FileWriteError(f"{place} cannot be made a folder: {error.strerror}; name another") from error
            write(place / name)
            return
        with tempfile.TemporaryDirectory() as here, self._told(name, FileWriteError):
            write(Path(here) / name)
            files, root = self._files()
            files.makedirs(root, exist_ok=True)
            files.put_file(str(Path(here) / name), f"{root}/{name}")

    @contextmanager
    def get(self, name: str) -> Iterator[Path]:
        """Give a file a place on this machine while it is read.

        Raises
        ------
        FileFormatError
            If it is not there.
        """
        if not self._is_remote:
            place = Path(self.address) / name
            if not place.is_file():
                raise FileFormatError(f"{place} is not there; name a folder that a search has written")
            yield place
            return
        with tempfile.TemporaryDirectory() as here:
            with self._told(name, FileFormatError):
                files, root = self._files()
                files.get_file(f"{root}/{name}", str(Path(here) / name))
            yield Path(here) / name

    @property
    def _is_remote(self) -> bool:
        return "://" in self.address

    def _files(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(self.address)
        return files, root.rstrip("/")

    @contextmanager
    def _told(self, name: str, kind: type[FileWriteError | FileFormatError]) -> Iterator[None]:
        try:
            yield
        except ImportError as error:
            raise kind(f"{self.address} needs a package: {error}; install fsspec and what it names") from error
        except (OSError, ValueError) as error:
            raise kind(f"{self.address}/{name} cannot be reached: {error}; name another folder") from error


@dataclass(frozen=True, slots=True, eq=False)
class RegionParts:
    """The regions that a search has written to a folder, file by file.

    Attributes
    ----------
    folder : Folder
    fingerprint : str
        SHA-256 of the network.
    domain : Domain
    count : int
        Regions in all files together.
    complete : bool
        Whether the search came to its end.
    files : tuple of (str, int)
        Names, and the number of regions in each.

    Examples
    --------
    Iterating gives a `RegionSet` for each file, so that no more than one is in memory::

        for part in RegionParts.read("run"):
            ...
    """

    folder: Folder
    fingerprint: str
    domain: Domain
    count: int
    complete: bool
    files: tuple[tuple[str, int], ...]

    @classmethod
    def read(cls, address: str | Path) -> RegionParts:
        """Return what the list in a folder tells; files that it does not name are of tasks that were lost.

        Raises
        ------
        FileFormatError
            If there is none, or it is damaged.
        """
        folder = Folder(str(address))
        with folder.get(MANIFEST) as path:
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
                if told["format"] != FORMAT:
                    raise FileFormatError(f"it has the format {told['format']!r}")
                files = tuple((str(name), int(count)) for name, count in told["files"])
                count = sum(count for _, count in files)
                domain = domain_from_dict(told["domain"])
                return cls(folder, str(told["fingerprint"]), domain, count, bool(told["complete"]), files)
            except (ValueError, TypeError, LookupError, FileFormatError) as error:
                raise FileFormatError(f"{address}/{MANIFEST} is no list of parts: {error}; search again") from error

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[RegionSet]:
        """Yield the regions of each file.

        Raises
        ------
        FileFormatError
            If a file is missing or damaged, or is of another search.
        """
        for name, count in self.files:
            with self.folder.get(name) as path:
                regions = RegionSet.load(path)
            same = regions.network.fingerprint == self.fingerprint and regions.domain == self.domain
            if not same or regions.count != count or not regions.stored:
                raise FileFormatError(f"{self.folder.address}/{name} is of another search; search again")
            yield regions


def write_part(folder: Folder, regions: RegionSet) -> str:
    """Write regions to a file of a new name, and return that."""
    name = f"regions-{secrets.token_hex(8)}.npz"
    folder.put(name, regions.save)
    return name


def write_manifest(
    folder: Folder, network: Network, domain: Domain, complete: bool, files: Iterable[Sequence[Any]]
) -> None:
    """Write the list of the files that count."""
    told = {
        "format": FORMAT,
        "fingerprint": network.fingerprint,
        "domain": domain.describe(),
        "complete": complete,
        "files": [list(file) for file in files],
    }

    def write(path: Path) -> None:
        with whole_file(path, "w", encoding="utf-8") as stream:
            json.dump(told, stream)

    folder.put(MANIFEST, write)
