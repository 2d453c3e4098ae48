"""What a shared search has done and what it has still to do, on the disk after every task."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exactregions.engines.distributed.task import Outcome, Question, Signs
from exactregions.errors import EngineError, FileFormatError, FileWriteError
from exactregions.regions import RegionSet
from exactregions.support.version import VERSION

FORMAT = "exactregions journal 1"
TABLES = """
create table question (name text primary key, value text);
create table open (prefix blob primary key);
create table done (number integer primary key, count integer, stats text, file text);
"""


@dataclass(slots=True)
class Journal:
    """A folder with a database of prefixes and, where regions are stored, a file of regions for each task.

    A task is one transaction: its prefixes go, what it left and what it found comes. So after a crash of the driver at
    any moment the open prefixes are those that no kept outcome covers. A file of regions is written before the
    transaction that names it; one that is not named is overwritten later.
    """

    folder: Path
    base: sqlite3.Connection
    question: Question

    @classmethod
    @contextmanager
    def opened(cls, folder: str | os.PathLike[str], question: Question) -> Iterator[Journal]:
        """Open a journal, or begin one.

        Raises
        ------
        EngineError
            If it is the journal of another question.
        FileFormatError
            If the folder holds something else.
        FileWriteError
            If it cannot be written, or another driver has it open.
        """
        place = Path(folder)
        with _told(place):
            place.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(place / "journal.sqlite", timeout=1.0, isolation_level=None)
            try:
                base.execute("pragma locking_mode = exclusive")
                base.execute("begin exclusive")
                journal = cls(place, base, question)
                journal._begin()
                base.execute("commit")
                yield journal
            finally:
                base.close()

    def _begin(self) -> None:
        asked = self._described()
        if not self.base.execute("select 1 from sqlite_master where name = 'question'").fetchone():
            for statement in TABLES.split(";"):
                self.base.execute(statement)
            self.base.executemany("insert into question values (?, ?)", asked.items())
            self.base.execute("insert into open values (?)", (b"",))
            return
        stored = dict(self.base.execute("select name, value from question"))
        if stored.get("format") != FORMAT:
            raise FileFormatError(f"{self.folder} is no journal of this version ({FORMAT}); name another folder")
        other = [name for name in asked if stored.get(name) != asked[name]]
        if other:
            raise EngineError(f"{self.folder} is the journal of another question: its {other[0]} differs; name another")

    def _described(self) -> dict[str, str]:
        question = self.question
        return {
            "format": FORMAT,
            "version": VERSION,
            "network": question.fingerprint,
            "domain": json.dumps(question.domain.describe(), sort_keys=True),
            "engine": question.engine.name,
            "kept": _kept(question),
        }

    def open_prefixes(self) -> list[Signs]:
        """Return the prefixes that no outcome covers."""
        return [bytes(row[0]) for row in self.base.execute("select prefix from open")]

    def counts(self) -> tuple[int, dict[str, int]]:
        """Return how many regions were found so far, and the statistics of the searches."""
        total, stats = 0, dict[str, int]()
        for count, text in self.base.execute("select count, stats from done"):
            total += count
            for name, value in json.loads(text).items():
                stats[name] = stats.get(name, 0) + value
        return total, stats

    def add(self, prefixes: Sequence[Signs], outcome: Outcome, regions: RegionSet | None) -> None:
        """Write down the outcome of a task: all of it, or after an error nothing.

        Parameters
        ----------
        prefixes : sequence of bytes
            What the task was to search.
        outcome : Outcome
        regions : RegionSet, optional
            What it found, to be kept.
        """
        with _told(self.folder):
            number = self.base.execute("select coalesce(max(number), 0) + 1 from done").fetchone()[0]
            name = outcome.file
            if regions is not None and regions.count:
                name = f"regions-{number:06}.npz"
                regions.save(self.folder / name)
            self.base.execute("begin")
            try:
                self.base.executemany("delete from open where prefix = ?", [(prefix,) for prefix in prefixes])
                self.base.executemany("insert into open values (?)", [(prefix,) for prefix in outcome.left])
                stats = json.dumps(dict(outcome.stats))
                self.base.execute("insert into done values (?, ?, ?, ?)", (number, outcome.count, stats, name))
                self.base.execute("commit")
            except BaseException:
                self.base.execute("rollback")
                raise

    def files(self) -> list[tuple[str, int]]:
        """Return the name of each file that holds regions, and their number."""
        return self.base.execute("select file, count from done where file is not null order by number").fetchall()

    def kept(self) -> Iterator[RegionSet]:
        """Yield the regions of each task."""
        for name, _ in self.files():
            yield RegionSet.load(self.folder / name)


def _kept(question: Question) -> str:
    if question.parts is not None:
        return f"regions in {question.parts.folder.address}"
    return "regions" if question.store else "their number"


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise FileWriteError(
            f"the journal {folder} cannot be written: {error}; what was there before is unchanged. "
            "Make room, end the other driver, or name another folder"
        ) from error
    except sqlite3.DatabaseError as error:
        raise FileFormatError(f"{folder / 'journal.sqlite'} is no journal: {error}; name another folder") from error
    except OSError as error:
        raise FileWriteError(f"{folder} cannot be made a folder: {error.strerror or error}; name another") from error
