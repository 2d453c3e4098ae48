"""Exact counts of ACAS Xu networks in the boxes of their properties: `python -m studies.acas_xu` counts anew.

The protocol is `protocols/acas_xu.toml`. The files are looked for in the folder that `EXACTREGIONS_ACASXU` names.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from exactregions import Box, Network, enumerate_regions, load
from exactregions.bounds import get_bound
from exactregions.certificate.checker import check
from exactregions.importers.vnnlib import input_boxes
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row

__all__ = ["Case", "cases", "folder", "main", "proved", "scaled", "tables"]

PROTOCOL = load_protocol("acas_xu")
VALUES = PROTOCOL.values
BOUNDS = VALUES["bounds"]


def folder() -> Path:
    """Return where the networks and properties are looked for; it need not exist."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "acasxu"
    return Path(os.environ.get("EXACTREGIONS_ACASXU", beside))


@dataclass(frozen=True, slots=True)
class Case:
    """A network, and a box of a property with its sides made shorter by a factor."""

    pair: str
    property: int
    box: int
    sides: float

    def question(self) -> tuple[Network, Box]:
        """Read the network and the box."""
        boxes = input_boxes(folder() / f"prop_{self.property}.vnnlib")
        return load(folder() / f"ACASXU_run2a_{self.pair}_batch_2000.onnx"), scaled(boxes[self.box - 1], self.sides)

    @property
    def key(self) -> Row:
        """What tells the case from others."""
        return {"network": self.pair, "property": self.property, "box": self.box, "sides": self.sides}


def scaled(box: Box, sides: float) -> Box:
    """Return the box with its sides made shorter about its centre; with the factor 1 it is the same."""
    if sides == 1:
        return box
    ends = [((lo + up) / 2, sides * (up - lo) / 2) for lo, up in zip(box.lower, box.upper, strict=True)]
    return Box([middle - half for middle, half in ends], [middle + half for middle, half in ends])


def cases() -> Iterator[Case]:
    """Yield all cases of the protocol."""
    for box in VALUES["boxes_counted"]:
        for pair in VALUES["pairs"]:
            yield Case(pair, box["property"], box["box"], box["sides"])


def proved(case: Case) -> Row:
    """Count, check the certificate, and evaluate the bounds.

    Raises
    ------
    RuntimeError
        If the count is not exact, or a bound is below it.
    InvalidCertificate
        If the certificate does not prove it.
    """
    start = time.process_time()
    network, box = case.question()
    with TemporaryDirectory() as place:
        path = Path(place) / "acas_xu.cert"
        regions = enumerate_regions(network, box, store=False, certificate=path)
        verdict = check(path, fingerprint=network.fingerprint, claim="exact")
        written = path.read_bytes()
    values = {name: get_bound(name).evaluate(network, box) for name in BOUNDS}
    if not regions.exact or verdict.regions != regions.count or min(values.values()) < regions.count:
        raise RuntimeError(f"{case}: {regions!r}, proved {verdict.regions}, bounds {values}")
    found = {"regions": regions.count, "bytes": len(written), "sha256": sha256(written).hexdigest()}
    found |= {"fingerprint": network.fingerprint, "seconds": round(time.process_time() - start, 1)}
    return case.key | found | {name: round(math.log10(value), 4) for name, value in values.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Count everything of the protocol and write the results, or count a part of it and compare with them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", choices=VALUES["pairs"], help="count only this one, and compare")
    parser.add_argument("--property", type=int, help="count only in the boxes of this one, and compare")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args(arguments)
    chosen = [c for c in cases() if given.network in (None, c.pair) and given.property in (None, c.property)]
    rows = []
    with ProcessPoolExecutor(given.processes) as executor:
        for row in executor.map(proved, chosen):
            rows.append(row)
            sys.stderr.write(f"{row}\n")
    if given.network is None and given.property is None:
        write_rows(PROTOCOL, rows)
    else:
        compare(rows)


def compare(rows: Sequence[Row]) -> None:
    """Say whether counts and certificates are the stored ones.

    Raises
    ------
    RuntimeError
        If a count is another.
    """
    stored = {_key(row): row for row in read_rows(PROTOCOL)}
    for row in rows:
        known = stored[_key(row)]
        if row["regions"] != known["regions"]:
            raise RuntimeError(f"{_key(row)}: {row['regions']} regions, and {known['regions']} are stored")
        same = "the same certificate" if row["sha256"] == known["sha256"] else "another certificate of the same count"
        sys.stdout.write(f"{_key(row)}: {row['regions']:,} regions, {same}\n")


def _key(row: Row) -> tuple[str, int, int]:
    return row["network"], row["property"], row["box"]


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    rows = read_rows(PROTOCOL)
    return {
        "acas-xu-sums": _sums(rows),
        "acas-xu-boxes": _boxes(rows),
        "acas-xu": _counts(rows),
        "acas-xu-hashes": _hashes(rows),
    }


def _sums(rows: Sequence[Row]) -> str:
    head = ["counts", "regions", "least N", "largest N", "least bound / N", "serra_2018 / N"]
    lines = [f"| {' | '.join(head)} | certificates, MB | minutes of processor time |", "|---" * 8 + "|"]
    counts = [row["regions"] for row in rows]
    size, minutes = sum(row["bytes"] for row in rows) / 1e6, sum(row["seconds"] for row in rows) / 60
    told = f"| {len(rows)} | {sum(counts):,} | {min(counts):,} | {max(counts):,} "
    told += f"| {_range(rows, BOUNDS)} | {_range(rows, ['serra_2018'])} | {size:,.0f} | {minutes:.0f} |"
    return "\n".join([*lines, told])


def _boxes(rows: Sequence[Row]) -> str:
    """Counts of the networks in each box, and by how much bounds are too large."""
    lines = [
        "| property | box | sides | least N | median N | largest N | least bound / N | serra_2018 / N |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for box in VALUES["boxes_counted"]:
        here = [r for r in rows if (r["property"], r["box"]) == (box["property"], box["box"])]
        counts = [row["regions"] for row in here]
        lines.append(
            f"| {box['property']} | {box['box']} | {box['sides']:g} | {min(counts):,} | {median(counts):,} "
            f"| {max(counts):,} | {_range(here, BOUNDS)} | {_range(here, ['serra_2018'])} |"
        )
    return "\n".join(lines)


def _range(rows: Sequence[Row], bounds: Sequence[str]) -> str:
    """The least and the largest factor by which the least of some bounds is larger than N."""
    gaps = [_gap(row, bounds) for row in rows]
    return f"10^{min(gaps):.1f} to 10^{max(gaps):.1f}"


def _gap(row: Row, bounds: Sequence[str]) -> float:
    """By how many powers of ten the least of some bounds is larger than N."""
    return min(row[name] for name in bounds) - math.log10(row["regions"])


def _counts(rows: Sequence[Row]) -> str:
    head = ["property", "box", "network", "N", *BOUNDS, "least bound / N"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        bounds = " | ".join(f"10^{row[name]:.1f}" for name in BOUNDS)
        lines.append(f"| {_case(row)} | {row['regions']:,} | {bounds} | 10^{_gap(row, BOUNDS):.1f} |")
    return "\n".join(lines)


def _hashes(rows: Sequence[Row]) -> str:
    lines = ["| property | box | network | N | SHA-256 of the certificate |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {_case(row)} | {row['regions']:,} | `{row['sha256']}` |" for row in rows)])


def _case(row: Row) -> str:
    return f"{row['property']} | {row['box']} | {row['network']}"


if __name__ == "__main__":
    main()
