"""The engine `milp`: cuts from proofs against plain no-goods, `python -m benchmarks.milp`.

Every answer has to be exact and to hold the patterns that the engine `tree` finds; the command fails otherwise, and
where cuts from proofs take as many solves as no-goods.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape

from benchmarks.machine import describe_machine
from benchmarks.networks import generated
from benchmarks.report import Sheet, machine_sheet, screen
from exactregions import Ball, Box, Domain, Network, RegionSet, enumerate_regions, load
from exactregions.engines.milp import MilpEngine

__all__ = ["Run", "cases", "measured", "sheet_of"]

DATA = Path(__file__).resolve().parents[1] / "data"
SOLVERS = ("highs", "pulp:PULP_CBC_CMD")
CUTS = ("proofs", "no-goods")
COLUMNS = (
    "network", "solver", "cuts", "regions", "exact", "solves", "refuted", "beside", "missed", "signs/cut", "tangents",
    "seconds", "processor s",
)  # fmt: skip
NOTES = [
    "solves: of the mixed-integer program; refuted: patterns it proposed that are no regions; beside: regions that the",
    "proof of a cut turned up; missed: regions left to the exact search at the end; signs/cut: length of a cut.",
]

Question = Callable[[], tuple[Network, Domain]]


@dataclass(frozen=True, slots=True)
class Run:
    """One enumeration, measured.

    Attributes
    ----------
    case : str
    engine : MilpEngine
    regions : RegionSet
    right : bool
        Exact, with the patterns of the engine `tree`.
    seconds, processor : float
        By the clock, and of this process and its children.
    """

    case: str
    engine: MilpEngine
    regions: RegionSet
    right: bool
    seconds: float
    processor: float


def cases(quick: bool = False) -> dict[str, Question]:
    """Return the questions by name; a quick run has smaller ones."""
    if quick:
        return {"[2,8,8,1] box": lambda: (generated((2, 8, 8, 1)), Box([-1.0] * 2, [1.0] * 2)), **_iris(0.5)}
    return {"[3,16,16,1] box": lambda: (generated((3, 16, 16, 1)), Box([-1.0] * 3, [1.0] * 3)), **_iris(1.5)}


def _iris(radius: float) -> dict[str, Question]:
    def question() -> tuple[Network, Domain]:
        center = np.load(DATA / "iris_points.npy")[0]
        return load(DATA / "iris.safetensors"), Ball(center, radius)

    return {f"iris ball {radius:g}": question}


def measured(case: str, question: Question, engine: MilpEngine, time_limit: float | None, say: Console) -> Run:
    """Run an engine on a question, and compare with the engine `tree`."""
    network, domain = question()
    truth = enumerate_regions(network, domain, engine="tree")
    heard = [0.0]

    def report(progress: object) -> None:
        if time.perf_counter() - heard[0] > 30:
            heard[0] = time.perf_counter()
            say.print(f"  {progress}", markup=False, highlight=False)

    start, before = time.perf_counter(), _processor()
    regions = enumerate_regions(network, domain, engine=engine, time_limit=time_limit, progress=report)
    seconds, processor = time.perf_counter() - start, _processor() - before
    right = regions.exact and truth.exact and regions.pattern_set() == truth.pattern_set()
    return Run(case, engine, regions, right, seconds, processor)


def _processor() -> float:
    """Return the processor time of this process and of the children it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def sheet_of(runs: Sequence[Run]) -> Sheet:
    """Return the table."""
    sheet = Sheet("The engine `milp`", COLUMNS, notes=list(NOTES))
    for run in runs:
        stats = run.regions.stats
        counts = [str(stats[key]) for key in ("iterations", "refuted", "beside", "missed")]
        length = f"{stats['literals'] / max(stats['cuts'], 1):.1f}"
        verdict = [str(len(run.regions)), "yes" if run.regions.exact else "no"]
        effort = [str(stats["tangents"]), f"{run.seconds:.1f}", f"{run.processor:.1f}"]
        sheet.rows.append([run.case, run.engine.solver, run.engine.cuts, *verdict, *counts, length, *effort])
    return sheet


def faults(runs: Sequence[Run]) -> list[str]:
    """Return what must not be: wrong answers, and proofs that save nothing."""
    found = [f"{r.case}, {r.engine.solver}, {r.engine.cuts}: {r.regions!r}" for r in runs if not r.right]
    solves = {(r.case, r.engine.solver, r.engine.cuts): r.regions.stats["iterations"] for r in runs}
    for (case, solver, cuts), count in solves.items():
        plain = solves.get((case, solver, "no-goods"))
        if cuts == "proofs" and plain is not None and count >= plain:
            found.append(f"{case}, {solver}: {count} solves with cuts from proofs, {plain} with no-goods")
    return found


def main(
    quick: Annotated[bool, typer.Option(help="Small questions, a few seconds each.")] = False,
    solver: Annotated[list[str] | None, typer.Option(help="Solvers of the engine; may be repeated.")] = None,
    cuts: Annotated[list[str] | None, typer.Option(help="Kinds of cuts; may be repeated.")] = None,
    only: Annotated[str, typer.Option(help="Part of the names of the questions.")] = "",
    time_limit: Annotated[float | None, typer.Option(help="Seconds for each run.")] = None,
) -> None:
    """Measure the engine `milp`; a wrong answer ends in an error."""
    shown = screen()
    progress = Console(stderr=True)
    runs: list[Run] = []
    for case, question in cases(quick).items():
        if only not in case:
            continue
        for engine in (MilpEngine(name, kind) for name in solver or SOLVERS for kind in cuts or CUTS):
            progress.print(f"{case}, {engine.solver}, {engine.cuts}", markup=False, highlight=False)
            runs.append(measured(case, question, engine, time_limit, progress))
    shown.print(machine_sheet(describe_machine()).rich())
    shown.print(sheet_of(runs).rich())
    wrong = faults(runs)
    for line in wrong:
        progress.print(f"[bold red]WRONG: {escape(line)}")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)
