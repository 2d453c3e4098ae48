"""Verdicts on the properties of ACAS Xu with their certificates: `python -m benchmarks.acas_properties`.

The folder of `benchmarks.networks.acasxu_folder` holds networks, properties and `published_verdicts.csv`. Each question
is asked in this process, on one thread, and its certificate is checked; times are processor times. A verdict that is
not the published one, or a certificate that is not confirmed, ends the command with an error.
"""

from __future__ import annotations

import csv
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.networks import acasxu_file, acasxu_folder
from benchmarks.timing import timed

PUBLISHED = {"sat": "unsafe", "unsat": "safe"}


@dataclass(frozen=True, slots=True)
class Row:
    """One question, as it was answered."""

    network: str
    number: str
    outcome: str
    certified: bool
    boxes: int
    seconds: float
    check: float

    def line(self) -> str:
        """Return a row of a table."""
        check = f"{self.check:.2f}" if self.certified else "none"
        return f"| {self.network} | {self.number} | {self.outcome} | {self.boxes:,} | {self.seconds:.2f} | {check} |"


def main(
    time_limit: Annotated[float, typer.Option(min=0, help="Seconds for a question, by the clock.")] = 300.0,
    only: Annotated[list[str] | None, typer.Option(help="Questions such as 1_1/3; all where none is given.")] = None,
    leave: Annotated[list[str] | None, typer.Option(help="Questions to leave out.")] = None,
) -> None:
    """Answer questions, check the proofs, and print a table."""
    folder, rows = acasxu_folder(), []
    typer.echo("| network | property | verdict | boxes | processor s | check s |")
    typer.echo("| --- | --- | --- | ---: | ---: | ---: |")
    with open(folder / "published_verdicts.csv", encoding="utf-8", newline="") as file:
        for told in csv.DictReader(file):
            name = f"{told['network']}/{told['property']}"
            if (not only or name in only) and name not in (leave or ()):
                rows.append(answered(folder, told["network"], told["property"], time_limit))
                typer.echo(rows[-1].line())
                if rows[-1].outcome not in (PUBLISHED[told["majority_verdict"]], "incomplete"):
                    raise typer.Exit(1)
    typer.echo(summary(rows))


def answered(folder: Path, network: str, number: str, time_limit: float) -> Row:
    """Return the answer of a question, and what it took."""
    from exactregions.certificate.checker import check
    from exactregions.verification import verify_file

    files = acasxu_file(network), folder / f"prop_{number}.vnnlib"
    with tempfile.TemporaryDirectory() as proofs:
        proof = Path(proofs) / "proof.cert"
        seconds, verdict = timed(lambda: verify_file(*files, time_limit=time_limit, certificate=proof))
        found = [case.certificate for case in verdict.cases if case.certificate is not None]
        check_seconds, claims = timed(lambda: [check(path).claim for path in found])
    if not {"safe", "unsafe"}.issuperset(claims):
        raise typer.Exit(1)
    boxes = sum(case.stats.get("boxes_bounded", 0) for case in verdict.cases)
    certified = bool(found) and (len(found) == len(verdict.cases) or verdict.outcome == "unsafe")
    return Row(network, number, str(verdict.outcome), certified, boxes, seconds, check_seconds)


def summary(rows: list[Row]) -> str:
    """Return how many are decided, and the middle and the worst of the times."""
    decided = [row for row in rows if row.certified]
    if not decided:
        return "none decided with a certificate"
    times = [row.seconds for row in decided]
    safe = [row for row in decided if row.outcome == "safe" and row.seconds > 0]
    ratios = [row.check / row.seconds for row in safe]
    checks = f"; check / search of safe ones: worst {max(ratios):.2f}" if ratios else ""
    middle, worst = statistics.median(times), max(times)
    return f"{len(decided)} of {len(rows)} certified: median {middle:.2f} s, worst {worst:.2f} s{checks}"


if __name__ == "__main__":
    typer.run(main)
