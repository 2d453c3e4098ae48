"""The protocols of the studies: files fixed before a run, whose hash the results name."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

__all__ = ["PROTOCOLS", "digest_of", "protocol_of"]

PROTOCOLS = Path(__file__).parent / "protocols"


def protocol_of(study: str) -> dict[str, str]:
    """Return what the results of a study say about its protocol: the name of the file and its SHA-256."""
    path = PROTOCOLS / f"{study}.md"
    return {"protocol": path.name, "protocol_sha256": digest_of(path)}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a protocol's text with line ends as in Unix."""
    return sha256(path.read_text(encoding="utf-8").encode()).hexdigest()
