"""Verdicts about outputs on small awkward questions, against plain fractions: `python -m benchmarks.verdicts`.

Each question is asked of the compiled engine, which writes a certificate, and of the rational one, which decides linear
programs leaf by leaf. The certificate is read by the package's checker and by the naive one of the tests. An oracle of
the tests, which shares nothing with the package, says what is true. The number of a question is enough to ask it again:
`--first NUMBER --questions 1`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.timing import timed

SLOW = 5.0  # seconds of processor time that are told
REPORT = 500  # questions


def main(
    questions: Annotated[int, typer.Option(min=1)] = 1000,
    first: Annotated[int, typer.Option(min=0, help="The number of the first question.")] = 0,
) -> None:
    """Ask questions; the exit status is 1 if an answer was wrong."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from output_instances import faults_of

    told, wrong = Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + questions):
            seconds, (kind, faults) = timed(lambda number=number: faults_of(number, Path(folder) / "answer.cert"))
            told[kind] += 1
            wrong += bool(faults)
            if faults or seconds > SLOW:
                typer.echo(f"question {number}, {kind}, {seconds:.1f} s: {'; '.join(faults) or 'right'}")
            if told.total() % REPORT == 0:
                typer.echo(f"{told.total():,} questions, {wrong} wrong")
    typer.echo(f"{told.total():,} questions, {wrong} wrong")
    for kind, count in sorted(told.items()):
        typer.echo(f"{kind:40} {count:8,}")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)
