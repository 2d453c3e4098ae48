"""The protocols of the studies: files fixed before a run, whose hash the results name."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

__all__ = ["PROTOCOLS", "protocol_of"]

PROTOCOLS = Path(__file__).parent / "protocols"


def protocol_of(study: str) -> dict[str, str]:
    """Return what the results of a study say about its protocol: the name of the file and its SHA-256."""
    path = PROTOCOLS / f"{study}.md"
    return {"protocol": path.name, "protocol_sha256": sha256(path.read_bytes()).hexdigest()}
