"""Small awkward questions, and what is true: `python -m benchmarks.verdicts [--about values]`.

outputs: verdicts of the compiled engine, which writes a certificate, and of the rational one, which decides linear
programs leaf by leaf. The certificate is read by the package's checker and by the naive one of the tests.
values: maxima, differences, Lipschitz constants, robust radii and decision boundaries.
plane, space: regions with two and three inputs, of lines that repeat, meet, touch or leave slivers, with and without
the kernels of corners: number, patterns, witnesses and bounds of entry radii.
For all of them an oracle of the tests, which shares nothing with the package, says in plain fractions what is true.
attacks: sequential quadratic programs and projected gradients look for nearer classes, higher values and steeper
segments than the exact ones.
boxes: regions in boxes and balls of the norm inf, counted by each kernel of the compiled engine, and at and beside
entry radii; what is true, a search in fractions says.
programs: regions in boxes of 20 to 50 inputs, counted by the compiled engine and by mixed-integer programs.

The number of a question is enough to ask it again: `--first NUMBER --questions 1`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.timing import timed

SLOW = 5.0  # seconds of processor time that are told
REPORT = 500  # questions


class About(StrEnum):
    """What is asked for."""

    OUTPUTS = "outputs"
    VALUES = "values"
    PLANE = "plane"
    SPACE = "space"
    ATTACKS = "attacks"
    BOXES = "boxes"
    PROGRAMS = "programs"


def main(
    about: Annotated[About, typer.Option(help="What the questions are about.")] = About.OUTPUTS,
    questions: Annotated[int, typer.Option(min=1)] = 1000,
    first: Annotated[int, typer.Option(min=0, help="The number of the first question.")] = 0,
) -> None:
    """Ask questions; the exit status is 1 if an answer was wrong."""
    told, wrong = Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        faults_of = _asked(about, Path(folder) / "answer.cert")
        for number in range(first, first + questions):
            seconds, (kind, faults) = timed(lambda number=number: faults_of(number))
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


def _asked(about: About, certificate: Path) -> Callable[[int], tuple[str, list[str]]]:
    """Return what asks the question with a number, and tells its kind and what is wrong."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import box_instances
    import output_instances
    import quantity_attacks
    import quantity_instances
    import region_instances

    return {
        About.OUTPUTS: lambda number: output_instances.faults_of(number, certificate),
        About.VALUES: quantity_instances.faults_of,
        About.PLANE: lambda number: region_instances.faults_of(number, 2),
        About.SPACE: lambda number: region_instances.faults_of(number, 3),
        About.ATTACKS: quantity_attacks.faults_of,
        About.BOXES: box_instances.faults_of,
        About.PROGRAMS: box_instances.faults_of_many_inputs,
    }[about]


if __name__ == "__main__":
    typer.run(main)
