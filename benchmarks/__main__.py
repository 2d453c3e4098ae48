"""The command: `python -m benchmarks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.cases import Case, all_cases
from benchmarks.certificates import Certified, measure_certificates
from benchmarks.checks import mismatches
from benchmarks.machine import describe_machine
from benchmarks.measure import Measurement, compile_kernels, measure_apart
from benchmarks.pairs import Pair, believing_pairs, workers_pairs
from benchmarks.report import (
    Sheet,
    cases_sheet,
    certificates_sheet,
    machine_sheet,
    pairs_sheet,
    rungs_sheet,
    screen,
    startup_sheet,
    write_markdown,
)
from benchmarks.startup import measure_startup

TITLES = {
    "generated": "Generated networks, one core",
    "images": "784 inputs, one core",
    "acasxu": "ACAS Xu, one core",
    "facets": "The engine `facets` for comparison",
    "scaling box": "Scaling: one network, growing boxes",
    "scaling ball": "Scaling: one network, growing balls",
}
WORKERS_CASES = ("[6,16,16,1] box", "[6,16,16,1] ball")
BELIEVING_CASES = ("[4,16,16,1] box", "[3,32,32,1] box", "[6,16,16,1] box", "[6,16,16,1] ball")
CERTIFICATES_CASES = ("[4,16,16,1] box", "[3,32,32,1] box", "[6,16,16,1] box", "[6,16,16,1] ball")
OTHERS = ("startup", "workers", "proofs", "certificates")
QUICK_PAIRS, PAIRS = 3, 9


def main(
    quick: Annotated[bool, typer.Option(help="Leave out what takes long.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"Groups ({', '.join([*TITLES, *OTHERS])}) or parts of names; may be repeated."),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Least number of repeats of a search.")] = 5,
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the tables here, between its marks if it has them.")
    ] = None,
) -> None:
    """Measure the tree engine, each case in a process of its own; a wrong count ends in an error."""
    shown = screen()
    progress = Console(stderr=True)
    machine = describe_machine()
    sheets: list[Sheet] = [machine_sheet(machine)]
    if _wanted("startup", only):
        progress.print("start-up")
        sheets.append(startup_sheet(measure_startup(repeat)))
    compile_kernels()
    measured: list[tuple[Case, Measurement]] = []
    for case in all_cases():
        if (quick and case.slow) or not (_wanted(case.group, only) or _wanted(case.name, only, part=True)):
            continue
        progress.print(case.name, markup=False, highlight=False)
        measured.append((case, measure_apart(case, repeat)))
    sheets += _case_sheets(measured)
    workers, believing = _pairs(only, QUICK_PAIRS if quick else PAIRS, progress)
    if workers or believing:
        sheets.append(pairs_sheet(workers, believing))
    certified: list[Certified] = []
    if _wanted("certificates", only):
        progress.print("certificates")
        certified = measure_certificates(CERTIFICATES_CASES, QUICK_PAIRS)
        sheets.append(certificates_sheet(certified))
    for sheet in sheets:
        shown.print(sheet.rich())
    if markdown is not None:
        write_markdown(markdown, sheets)
    wrong = mismatches(measured, workers)
    wrong += [f"{c.name}: {c.regions:,} found, {c.verified:,} verified" for c in certified if c.verified != c.regions]
    for line in wrong:
        progress.print(f"WRONG: {line}", style="bold red", markup=False)
    raise typer.Exit(1 if wrong else 0)


def _wanted(name: str, only: list[str] | None, part: bool = False) -> bool:
    if not only:
        return True
    return any(word in name if part else name.startswith(word) for word in only)


def _case_sheets(measured: list[tuple[Case, Measurement]]) -> list[Sheet]:
    groups = {title: [pair for pair in measured if pair[0].group == group] for group, title in TITLES.items()}
    sheets = [cases_sheet(title, pairs) for title, pairs in groups.items() if pairs]
    rungs = rungs_sheet(pair for pair in measured if pair[0].engine == "tree")
    return [*sheets, rungs] if rungs.rows else sheets


def _pairs(only: list[str] | None, rounds: int, progress: Console) -> tuple[list[Pair], list[Pair]]:
    workers: list[Pair] = []
    believing: list[Pair] = []
    if _wanted("workers", only):
        progress.print("two workers")
        workers = workers_pairs(WORKERS_CASES, rounds)
    if _wanted("proofs", only):
        progress.print("without proofs")
        believing = believing_pairs(BELIEVING_CASES, rounds)
    return workers, believing


if __name__ == "__main__":
    typer.run(main)
