"""Measurements as tables: rows of text, for the terminal and for Markdown alike."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cases import Case
from benchmarks.certificates import Certified
from benchmarks.measure import Measurement
from benchmarks.pairs import Pair
from benchmarks.startup import Startup

__all__ = [
    "Sheet",
    "cases_sheet",
    "certificates_sheet",
    "machine_sheet",
    "pairs_sheet",
    "rungs_sheet",
    "screen",
    "startup_sheet",
    "write_markdown",
]

BEGIN, END = "<!-- {}: begin -->", "<!-- {}: end -->"
PLAIN_WIDTH = 180  # columns of a table that goes to a file
TABLES = "tables"  # the marks of `python -m benchmarks`
FIRST_TARGET, LATER_TARGET, WORKERS_TARGET, SCALING_TARGET = 30.0, 1.5, 1.7, 2.0
WRITING_TARGET, BYTES_TARGET, CHECKING_TARGET = 2.0, 500.0, 600.0  # times, bytes a region, seconds for 10^5 regions
RUNGS = {
    "stable_by_float": "stable, float",
    "stable_by_simple_fractions": "stable, fractions",
    "split_by_float": "split, float",
    "settled_by_exact_basis": "exact basis",
    "settled_by_exact_pivots": "exact pivots",
}
CASE_COLUMNS = (
    "net", "domain", "store", "regions", "seconds", "processor s", "runs", "regions/s", "target", "programs/region",
    "peak MB", "own MB", "of the limit",
)  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """One table.

    Attributes
    ----------
    title : str
    columns : sequence of str
    rows : list of sequence of str
    notes : list of str
        Lines below it.
    """

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rich(self) -> Table:
        """Return the table for a terminal."""
        table = Table(title=self.title, title_justify="left", caption="\n".join(self.notes) or None)
        for i, column in enumerate(self.columns):
            table.add_column(column, justify="left" if i < 2 else "right")
        for row in self.rows:
            table.add_row(*(cell.replace("[", r"\[") for cell in row))
        return table

    def markdown(self) -> str:
        """Return the table in Markdown."""
        marks = ["---" if i < 2 else "---:" for i in range(len(self.columns))]
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, marks, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines, "", *(f"{note}\n" for note in self.notes)])


def machine_sheet(machine: dict[str, str]) -> Sheet:
    """Return the description of the machine."""
    return Sheet("Machine", ("what", "value"), [(key, value) for key, value in machine.items()])


def _target(case: Case, measured: Measurement) -> str:
    if case.target is None:
        return ""
    missed = measured.rate < case.target
    text = f"{case.target:,} {'**missed**' if missed else 'reached'}"
    if case.memory_target is not None:
        over = measured.peak >= case.memory_target
        text += f", {case.memory_target} MB {'**missed**' if over else 'reached'}"
    return text


def _row(case: Case, measured: Measurement) -> tuple[str, ...]:
    head = (case.label, case.domain, "yes" if case.store else "no")
    if measured.failure is not None:
        reason = "skipped" if case.skipped is not None else "**failed**"
        return (*head, f"{reason}: {measured.failure}", *[""] * (len(CASE_COLUMNS) - 4))
    programs = measured.stats.get("programs")
    return (
        *head,
        f"{'' if measured.exact else 'at least '}{measured.regions:,}",
        _seconds(measured.seconds),
        _seconds(measured.processor),
        str(len(measured.seconds)),
        f"{measured.rate:,.0f}",
        _target(case, measured),
        "" if programs is None else f"{programs / max(measured.regions, 1):.1f}",
        f"{measured.peak:.0f}",
        f"{measured.peak - measured.idle:.0f}",
        f"{measured.rate / measured.passes:.2%}",
    )


def _seconds(taken: Sequence[float]) -> str:
    seconds = statistics.median(taken)
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def cases_sheet(title: str, measured: Iterable[tuple[Case, Measurement]]) -> Sheet:
    """Return the main table of some cases."""
    pairs = list(measured)
    sheet = Sheet(title, CASE_COLUMNS, [_row(*pair) for pair in pairs])
    for case, m in pairs:
        if m.failure is None and not m.exact:
            sheet.notes.append(f"{case.label} {case.domain}: incomplete, {m.stopped}.")
    loads = sorted(m.load for _, m in pairs if m.failure is None)
    if loads:
        sheet.notes.append(f"Load of the machine meanwhile: {loads[0]:.1f} to {loads[-1]:.1f} processes.")
    scaled = [m.rate for case, m in pairs if case.group.startswith("scaling") and m.failure is None]
    if len(scaled) > 1:
        factor = max(scaled) / min(scaled)
        verdict = "reached" if factor <= SCALING_TARGET else "**missed**"
        sheet.notes.append(
            f"Time per region differs by a factor of {factor:.2f} (target {SCALING_TARGET:g}: {verdict})."
        )
    return sheet


def rungs_sheet(measured: Iterable[tuple[Case, Measurement]]) -> Sheet:
    """Return which rung settled which share of the decisions; one row a question, the stored search if any."""
    columns = ("net", "domain", "settled decisions", *RUNGS.values(), "witnesses checked exactly")
    rows: dict[tuple[str, str], Sequence[str]] = {}
    for case, m in measured:
        total = sum(m.stats.get(key, 0) for key in RUNGS)
        if m.failure is not None or not total:
            continue
        shares = [_share(m.stats[key], total) for key in RUNGS]
        checked = _share(m.stats["witnesses_by_exact_check"], m.regions) if case.store else "not stored"
        rows[case.label, case.domain] = (case.label, case.domain, f"{total:,}", *shares, checked)
    return Sheet("Rungs of the proof", columns, list(rows.values()))


def _share(part: int, total: int) -> str:
    """Return a percentage, and the number itself where it would look like none."""
    share = part / total
    return f"{share:.1%}" if not part or share >= 0.001 else f"{part:,} in all"


def pairs_sheet(workers: Sequence[Pair], believing: Sequence[Pair]) -> Sheet:
    """Return the paired ratios."""
    columns = ("case", "what", "median", "least", "most", "pairs", "cores of the second", "counts")
    sheet = Sheet("Ratios, paired in one run", columns)
    one_by_two = f"one worker / two (target {WORKERS_TARGET})"
    for what, pairs in ((one_by_two, workers), ("proofs / no proofs", believing)):
        for p in pairs:
            ratios = sorted(p.ratios)
            cells = [f"{value:.2f}" for value in (p.ratio, ratios[0], ratios[-1])]
            if pairs is workers and p.ratio < WORKERS_TARGET:
                cells[0] += " **missed**"
            counts = " / ".join(f"{count:,}" for count in dict.fromkeys(p.counts))
            sheet.rows.append((p.name, what, *cells, str(len(ratios)), f"{p.cores:.2f}", counts))
    return sheet


def certificates_sheet(certified: Iterable[Certified]) -> Sheet:
    """Return what certificates cost."""
    columns = (
        "case", "regions", f"written / plain (target {WRITING_TARGET:g})", f"bytes/region (target {BYTES_TARGET:g})",
        "check, s", f"s for 10^5 regions (target {CHECKING_TARGET:g})", "verified",
    )  # fmt: skip
    sheet = Sheet("Certificates, one core", columns)
    for c in certified:
        size, scaled = c.bytes / c.regions, c.checked * 1e5 / c.regions
        figures = ((c.ratio, WRITING_TARGET, ".2f"), (size, BYTES_TARGET, ".0f"), (scaled, CHECKING_TARGET, ".1f"))
        ratio, each, time = (f"{v:{form}}{' **missed**' if v > target else ''}" for v, target, form in figures)
        verified = f"exactly {c.verified:,}" if c.verified == c.regions else "**WRONG**"
        sheet.rows.append((c.name, f"{c.regions:,}", ratio, each, f"{c.checked:.1f}", time, verified))
    return sheet


def startup_sheet(startup: Startup) -> Sheet:
    """Return the start-up times."""
    sheet = Sheet("Start-up, whole processes", ("what", "target", "seconds", "processor seconds"))
    for what, target, taken in (
        ("first count, everything compiled", FIRST_TARGET, startup.first),
        ("later count", LATER_TARGET, startup.later),
        ("import only", None, startup.imports),
        ("Python alone", None, startup.bare),
    ):
        verdict = "" if target is None else f"{target:g} {'reached' if taken.wall < target else '**missed**'}"
        sheet.rows.append((what, verdict, f"{taken.wall:.2f}", f"{taken.processor:.2f}"))
    return sheet


def screen() -> Console:
    """Return standard output, wide enough for the tables where it goes to a file."""
    return Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)


def write_markdown(path: Path, sheets: Iterable[Sheet], name: str = TABLES) -> None:
    """Write the tables to a file: between its two marks of that name where it has them, else as the whole file."""
    first, last = BEGIN.format(name), END.format(name)
    tables = "\n".join(sheet.markdown() for sheet in sheets)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        before, after = "", "\n"
    path.write_text(f"{before}{first}\n\n{tables}\n{last}{after}", encoding="utf-8")
