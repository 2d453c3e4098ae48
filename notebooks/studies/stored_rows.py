"""Results of studies as rows in a file, with the digest of the protocol that was fixed before the run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studies.protocols import PROTOCOLS, digest_of
from studies.tables import RESULTS, Row

__all__ = ["Protocol", "load_protocol", "read_rows", "write_rows"]


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol: its name, the SHA-256 of its file, and what the file says."""

    name: str
    digest: str
    values: dict[str, Any]


def load_protocol(name: str, folder: Path = PROTOCOLS) -> Protocol:
    """Read a protocol by name."""
    path = folder / f"{name}.toml"
    return Protocol(name, digest_of(path), tomllib.loads(path.read_text(encoding="utf-8")))


def write_rows(protocol: Protocol, rows: Sequence[Row], folder: Path = RESULTS) -> None:
    """Write the results of a study, a row on each line, with the digest of their protocol; rows have the same names."""
    lines = ",\n ".join(json.dumps([row[name] for name in rows[0]]) for row in rows)
    head = f'"protocol": "{protocol.digest}",\n"columns": {json.dumps(list(rows[0]))}'
    path = folder / f"{protocol.name}.json"
    unfinished = path.with_suffix(".part")
    unfinished.write_text(f'{{{head},\n"rows": [\n {lines}\n]}}\n', encoding="utf-8")
    unfinished.replace(path)


def read_rows(protocol: Protocol, folder: Path = RESULTS) -> list[Row]:
    """Read the results of a study.

    Raises
    ------
    RuntimeError
        If they are of another protocol.
    """
    stored = json.loads((folder / f"{protocol.name}.json").read_text(encoding="utf-8"))
    if stored["protocol"] != protocol.digest:
        raise RuntimeError(
            f"the results of {protocol.name} are of the protocol {stored['protocol'][:12]}, and its file is "
            f"{protocol.digest[:12]}; run the study again"
        )
    return [dict(zip(stored["columns"], row, strict=True)) for row in stored["rows"]]
