"""What a certificate costs: to write, beside the plain search with stored regions, to keep, and to check."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import case_named
from benchmarks.timing import timed
from exactregions import enumerate_regions
from exactregions.certificate.checker import check

__all__ = ["Certified", "measure_certificates"]


@dataclass(frozen=True, slots=True)
class Certified:
    """One case.

    Attributes
    ----------
    name : str
    regions : int
    verified : int
        The count that the checker confirmed.
    plain, written : list of float
        Processor seconds of the search without and with a certificate, in turn.
    checked : float
        Processor seconds of the check, in one process.
    bytes : int
    """

    name: str
    regions: int
    verified: int
    plain: list[float]
    written: list[float]
    checked: float
    bytes: int

    @property
    def ratio(self) -> float:
        """Median of what writing takes over what the plain search takes."""
        return statistics.median(b / a for a, b in zip(self.plain, self.written, strict=True))


def measure_certificates(names: Sequence[str], rounds: int) -> list[Certified]:
    """Write and check a certificate of each case."""
    return [_measured(name, rounds) for name in names]


def _measured(name: str, rounds: int) -> Certified:
    network, domain = case_named(name).question()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "count.cert"
        enumerate_regions(network, domain, engine="tree")  # warm up
        plain, written = [], []
        for _ in range(rounds):
            plain.append(timed(lambda: enumerate_regions(network, domain, engine="tree"))[0])
            seconds, regions = timed(lambda: enumerate_regions(network, domain, engine="tree", certificate=path))
            written.append(seconds)
        checked, verdict = timed(lambda: check(path))
        return Certified(name, regions.count, verdict.regions, plain, written, checked, path.stat().st_size)
