"""What an audit found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from exactregions.auditing.case_text import case_lines, describe_judged, judged_text, ratio_of
from exactregions.auditing.cases import Judged
from exactregions.network import Network
from exactregions.support.screen_tables import ScreenTable, ShownAsTable
from exactregions.support.tables import counted, html_table, number_text

if TYPE_CHECKING:
    from rich.console import Group

HEADERS = ["family", "cases", "not judged", "tightest", "regions there"]


@dataclass(frozen=True, slots=True)
class FamilyTally:
    """The cases of one family, those made from its networks among them.

    Attributes
    ----------
    name : str
    cases : int
        Cases in which the bound was held against a count.
    not_judged : int
        Cases about which the bound or the engine makes no claim, or with more regions than an audit counts.
    tightest : Judged or None
        Where the bound was closest to the count, among equals that with the most regions.
    """

    name: str
    cases: int = 0
    not_judged: int = 0
    tightest: Judged | None = None

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        tightest = None if self.tightest is None else describe_judged(self.tightest)
        return {"name": self.name, "cases": self.cases, "not_judged": self.not_judged, "tightest": tightest}


@dataclass(frozen=True, slots=True)
class Violation:
    """A case that proves the bound wrong, as small as could be made.

    Attributes
    ----------
    smallest : Judged
        The case after shrinking, with the value of the bound or its fault, and the count.
    found : Judged
        The case before.
    trials : int
        Cases that were tried while shrinking.
    proved : bool
        Whether a certificate of the count was written and checked.
    repeatable : bool
        Whether the bound gave the same when it was asked once more.
    """

    smallest: Judged
    found: Judged
    trials: int
    proved: bool
    repeatable: bool

    @property
    def network(self) -> Network:
        """The network of the smallest case."""
        return self.smallest.case.network

    def sentence(self, name: str) -> str:
        """Return what is wrong with the bound of this name, in words."""
        judged = self.smallest
        least = "exactly" if judged.exact else "at least"
        count = f"{least} {number_text(judged.count)} region{'' if judged.count == 1 else 's'}"
        if judged.fault is not None:
            there = f", where there are {count}" if judged.count else ""
            return f"the {judged.kind} bound {name!r} gives no number that a bound can be{there}: {judged.fault}"
        return f"the {judged.kind} bound {name!r} gives {number_text(judged.value)}, but there are {count}"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "smallest": describe_judged(self.smallest, weights=True),
            "found": describe_judged(self.found),
            "trials": self.trials,
            "proved": self.proved,
            "repeatable": self.repeatable,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Audit(ShownAsTable):
    """What an audit found.

    Attributes
    ----------
    bound : str
        Name.
    kind : {"upper", "lower"}
    seed : int
    asked : int
        Cases that were to be tried.
    families : tuple of FamilyTally
    violation : Violation or None
        The first case that proves the bound wrong.
    stopped : str or None
        Why the audit ended before all cases were tried, other than by a violation.
    engine : str
    seconds : float
    folder : str or None
        Where the reproducer is.
    """

    bound: str
    kind: str
    seed: int
    asked: int
    families: tuple[FamilyTally, ...]
    violation: Violation | None = None
    stopped: str | None = None
    engine: str = "auto"
    seconds: float = 0.0
    folder: str | None = None

    @property
    def falsified(self) -> bool:
        """Whether the bound is proved wrong."""
        return self.violation is not None

    @property
    def complete(self) -> bool:
        """Whether all cases were tried and nothing broke."""
        return self.violation is None and self.stopped is None

    @property
    def cases(self) -> int:
        """Number of cases in which the bound was held against a count."""
        return sum(family.cases for family in self.families)

    @property
    def tightest(self) -> Judged | None:
        """Where the bound was closest to the count without being wrong, among equals that with the most regions."""
        return min((f.tightest for f in self.families if f.tightest is not None), key=tightness, default=None)

    @property
    def ratio(self) -> Fraction | None:
        """The value over the count in the tightest case."""
        return None if self.tightest is None else self.tightest.ratio

    def describe(self) -> dict[str, Any]:
        """Return plain data for JSON; an integer beyond 2**53 - 1 is a string of its decimal digits."""
        return {
            "bound": self.bound,
            "kind": self.kind,
            "seed": self.seed,
            "asked": self.asked,
            "cases": self.cases,
            "falsified": self.falsified,
            "stopped": self.stopped,
            "violation": None if self.violation is None else self.violation.describe(),
            "tightest": None if self.tightest is None else describe_judged(self.tightest),
            "families": [family.describe() for family in self.families],
            "engine": self.engine,
            "seconds": self.seconds,
            "folder": self.folder,
        }

    def verdict(self) -> str:
        """Return the result in one sentence."""
        if self.violation is not None:
            return f"FALSIFIED after {counted(self.cases, 'case')}: {self.violation.sentence(self.bound)}"
        families = sum(family.cases > 0 for family in self.families)
        tried = f"{counted(self.cases, 'case')} of {counted(families, 'family', 'families')}"
        held = f"nothing broke the {self.kind} bound {self.bound!r} in {tried}"
        return held if self.stopped is None else f"CUT SHORT ({self.stopped}): {held}"

    def remarks(self) -> list[str]:
        """Return what else is to be said, a line each."""
        lines = [] if self.tightest is None else [f"tightest: {judged_text(self.tightest)}"]
        if self.violation is None:
            return lines
        lines += _violation_lines(self.violation)
        return lines + ([f"reproducer: {self.folder}"] if self.folder else [])

    def table(self) -> ScreenTable:
        """Return a table for `rich` with a row for each family."""
        return ScreenTable(self._lines(), [""] * len(self.families), text_columns=1)

    def __repr__(self) -> str:
        return f"<Audit: {self.verdict()}>"

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        style = "bold red" if self.falsified else "bold yellow" if self.stopped else "bold green"
        return Group(self.table(), *map(Text, self.remarks()), Text(self.verdict(), style=style))

    def _repr_html_(self) -> str:
        loud = [self.verdict()] if self.falsified or self.stopped else []
        return html_table(self._lines(), [*self.remarks(), *([] if loud else [self.verdict()])], loud)

    def _lines(self) -> list[list[str]]:
        return [HEADERS, *(_family_line(family) for family in self.families)]


def tightness(judged: Judged) -> tuple[Fraction | float, int]:
    """Return what the tightest case has least of."""
    slack = judged.slack
    return (float("inf") if slack is None else slack, -(judged.count or 0))


def _family_line(family: FamilyTally) -> list[str]:
    tightest = family.tightest
    there = ["", ""] if tightest is None else [ratio_of(tightest), number_text(tightest.count)]
    return [family.name, f"{family.cases:,}", f"{family.not_judged:,}", *there]


def _violation_lines(violation: Violation) -> list[str]:
    found = violation.found
    lines = [f"smallest network that shows it: {case_lines(violation.smallest.case)[0]}"]
    lines += case_lines(violation.smallest.case)[1:]
    value = "" if found.value is None else f", bound {number_text(found.value)}, regions {number_text(found.count)}"
    lines.append(
        f"found as {found.case.family} {found.case.network!r}{value}; {counted(violation.trials, 'case')} to shrink it"
    )
    if violation.proved:
        lines.append("the count is proved: its certificate was checked in rational arithmetic")
    if not violation.repeatable:
        lines.append("asked once more, the bound gave another answer: it is not a function of the network and domain")
    return lines
