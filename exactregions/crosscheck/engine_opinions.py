"""What engines say of one question, and who is wrong where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from exactregions.domain import Domain
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.screen_tables import ScreenTable, ShownAsTable
from exactregions.support.tables import counted, number_text

SHOWN = 20  # disputes on the screen; data has them all
HEADERS = ["engine", "verdict", "regions", "time [s]"]


@dataclass(frozen=True, slots=True)
class EngineOpinion:
    """What one engine says.

    Attributes
    ----------
    engine : str
    regions : RegionSet or None
    silence : str or None
        Why there is no answer: the engine does not support the question, failed, or was not asked any more.
    repeated : int
        How many regions it reported more than once.
    """

    engine: str
    regions: RegionSet | None = None
    silence: str | None = None
    repeated: int = 0

    @property
    def exact(self) -> bool:
        """Whether the engine says that its regions are all there are."""
        return self.regions is not None and self.regions.exact

    @property
    def verdict(self) -> str:
        """What the engine says, in a few words."""
        if self.regions is None:
            return f"no answer: {self.silence}"
        why = [f"cut short: {self.regions.stopped}"] if not self.regions.complete else []
        why += [f"{self.regions.undecided} undecided"] if self.regions.undecided else []
        why += [f"{counted(self.repeated)} reported twice"] if self.repeated else []
        return ", ".join(why or ["exact"])

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        answer = self.regions
        return {
            "engine": self.engine,
            "silence": self.silence,
            "regions": None if answer is None else answer.count,
            "exact": self.exact,
            "complete": answer is not None and answer.complete,
            "stopped": None if answer is None else answer.stopped,
            "undecided": None if answer is None else answer.undecided,
            "repeated": self.repeated,
            "seconds": None if answer is None else answer.seconds,
        }


@dataclass(frozen=True, slots=True)
class Dispute:
    """A pattern on which engines differ, with the exact verdict.

    Attributes
    ----------
    pattern : str
        Signs, layer by layer.
    found_by : tuple of str
        Engines that report the region.
    denied_by : tuple of str
        Engines that call their regions all there are, without this one.
    witness : tuple of Fraction or None
        An exact point inside the region and the domain; None where the pattern is no region there.
    """

    pattern: str
    found_by: tuple[str, ...]
    denied_by: tuple[str, ...]
    witness: tuple[Fraction, ...] | None

    @property
    def is_region(self) -> bool:
        """Whether the pattern is a proper region that meets the domain, decided in rationals."""
        return self.witness is not None

    @property
    def wrong(self) -> tuple[str, ...]:
        """The engines that the verdict proves wrong."""
        return self.denied_by if self.is_region else self.found_by

    def describe(self) -> dict[str, Any]:
        """Return plain data; the witness as exact fractions in text."""
        return {
            "pattern": self.pattern,
            "found_by": list(self.found_by),
            "denied_by": list(self.denied_by),
            "is_region": self.is_region,
            "witness": None if self.witness is None else [str(v) for v in self.witness],
            "wrong": list(self.wrong),
        }


@dataclass(frozen=True, slots=True)
class Agreement(ShownAsTable):
    """What several engines say of one question, and who is wrong where they differ.

    Attributes
    ----------
    network, domain : the question
    opinions : tuple of EngineOpinion
    disputes : tuple of Dispute
        Every pattern that some engine found and another, which calls its answer exact, did not.
    """

    network: Network
    domain: Domain
    opinions: tuple[EngineOpinion, ...]
    disputes: tuple[Dispute, ...]

    @property
    def exact(self) -> bool:
        """Whether every engine that was asked calls its answer exact."""
        return all(opinion.exact for opinion in self.opinions)

    @property
    def agreed(self) -> bool:
        """Whether nothing that was said contradicts anything else; `exact` tells whether all was said."""
        return not self.disputes and not any(opinion.repeated for opinion in self.opinions)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The engines that are proved wrong, in the order in which they were asked."""
        wrong = {name for dispute in self.disputes for name in dispute.wrong}
        return tuple(o.engine for o in self.opinions if o.engine in wrong or o.repeated)

    def warnings(self) -> list[str]:
        """Return what must not be overlooked."""
        found = []
        if not self.agreed:
            found.append(
                f"DISAGREEMENT on {counted(len(self.disputes), 'pattern')}; proved wrong: {', '.join(self.wrong)}."
            )
        silent = [opinion.engine for opinion in self.opinions if not opinion.exact]
        if silent:
            found.append(f"NOT EXACT: nothing final from {', '.join(silent)}.")
        return found

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions agree --json` prints it."""
        return {
            "agreed": self.agreed,
            "exact": self.exact,
            "wrong": list(self.wrong),
            "network": self.network.describe(),
            "domain": self.domain.describe(),
            "engines": [opinion.describe() for opinion in self.opinions],
            "disputes": [dispute.describe() for dispute in self.disputes],
        }

    def table(self) -> ScreenTable:
        """Return the engines as a table for `rich`."""
        styles = ["bold red" if o.engine in self.wrong else "" if o.exact else "yellow" for o in self.opinions]
        return ScreenTable(self._lines(), styles, text_columns=2)

    def __repr__(self) -> str:
        names = ", ".join(opinion.engine for opinion in self.opinions)
        if not self.agreed:
            return (
                f"<Agreement: NO, {counted(len(self.disputes), 'pattern')} in dispute, wrong: {', '.join(self.wrong)}>"
            )
        if not self.exact:
            return f"<Agreement: not exact, no contradiction between {names}>"
        answer = self.opinions[0].regions
        assert answer is not None
        return f"<Agreement: exactly {counted(answer.count)} by {names}>"

    def _lines(self) -> list[list[str]]:
        wrong = self.wrong
        verdicts = [f"{o.verdict}, proved wrong" if o.engine in wrong else o.verdict for o in self.opinions]
        lines = zip(self.opinions, verdicts, strict=True)
        return [HEADERS, *([o.engine, verdict, *_numbers(o.regions)] for o, verdict in lines)]

    def remarks(self) -> list[str]:
        """Return what the engines differ on."""
        shown = [_dispute_text(dispute) for dispute in self.disputes[:SHOWN]]
        more = len(self.disputes) - len(shown)
        return shown + ([f".. and {number_text(more)} patterns more"] if more else [])


def _numbers(regions: RegionSet | None) -> list[str]:
    return ["", ""] if regions is None else [number_text(regions.count), f"{regions.seconds:.3f}"]


def _dispute_text(dispute: Dispute) -> str:
    verdict = "is a region" if dispute.is_region else "is no region"
    return (
        f"{dispute.pattern or 'the empty pattern'} {verdict}: found by {', '.join(dispute.found_by)}, "
        f"not by {', '.join(dispute.denied_by)}; wrong: {', '.join(dispute.wrong)}"
    )
