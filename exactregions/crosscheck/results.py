"""What verification returns: opinions, doubts with their exact verdicts, and the report on a sample."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from exactregions.crosscheck.convex import Estimate, Margin
from exactregions.solvers.contract import Unknown
from exactregions.support.tables import counted

Pattern: TypeAlias = tuple[bool, ...]


class Opinion(Enum):
    """What cvxpy says of a claim; "cannot tell" is neither yes nor no."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, eq=False)
class RegionOpinion:
    """What an independent look at a found region gave.

    Attributes
    ----------
    pattern : tuple of bool
    opinion : Opinion
        On the region being there: AGREES where its margin is clearly positive, CONTRADICTS where it is clearly empty
        in the domain.
    margin : Margin or Unknown
        See `ConvexCell.margin`.
    witness_fault : str or None
        What is wrong with the witness, exactly; None where it lies strictly inside region and domain, which proves
        the region whatever the opinion is.
    entry : Opinion or None
        On the entry radius; None where the region has none.
    distance : Estimate, Unknown or None
        The entry radius as cvxpy finds it.
    """

    pattern: Pattern
    opinion: Opinion
    margin: Margin | Unknown
    witness_fault: str | None
    entry: Opinion | None
    distance: Estimate | Unknown | None

    @property
    def agrees(self) -> bool:
        """Whether nothing is against the region and nothing is open."""
        return self.witness_fault is None and self.opinion is Opinion.AGREES and self.entry in (None, Opinion.AGREES)

    @property
    def contradicts(self) -> bool:
        """Whether something is against the region, its witness or its entry radius."""
        return self.witness_fault is not None or Opinion.CONTRADICTS in (self.opinion, self.entry)

    def __repr__(self) -> str:
        entry = "" if self.entry is None else f", entry radius {self.entry.value} ({told(self.distance)})"
        witness = "holds" if self.witness_fault is None else f"is wrong: {self.witness_fault}"
        margin = f"margin {told(self.margin)}"
        return f"<RegionOpinion {_bits(self.pattern)}: {self.opinion.value} ({margin}){entry}; witness {witness}>"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pattern on which cvxpy contradicts a set of regions or cannot tell, with the exact verdict.

    Attributes
    ----------
    pattern : tuple of bool
    listed : bool
        Whether the set lists it as a region.
    opinion : Opinion
    said : str
        What cvxpy and the check of the witness said.
    is_region : bool
        Whether it is a region of the domain, in exact arithmetic.
    witness_fault, entry_fault : str or None
        What is wrong with the witness or the entry radius, exactly.
    """

    pattern: Pattern
    listed: bool
    opinion: Opinion
    said: str
    is_region: bool
    witness_fault: str | None = None
    entry_fault: str | None = None

    @property
    def set_is_wrong(self) -> bool:
        """Whether the set, and not cvxpy, is wrong on this pattern."""
        return self.listed != self.is_region or self.witness_fault is not None or self.entry_fault is not None

    def __str__(self) -> str:
        claim = "listed" if self.listed else "not listed"
        faults = [fault for fault in (self.witness_fault, self.entry_fault) if fault]
        verdict = "; ".join([f"{'a' if self.is_region else 'no'} region", *faults])
        who = "the set is wrong" if self.set_is_wrong else "the set is right"
        return f"{_bits(self.pattern)} {claim}; cvxpy {self.opinion.value} ({self.said}); exactly: {verdict}: {who}"


@dataclass(frozen=True, slots=True, repr=False)
class SpotReport:
    """What a spot check found.

    Attributes
    ----------
    found : int
        Regions of the set that were looked at.
    refuted : int
        Patterns that were looked at because the set does not list them; 0 for a set that is not exact, which
        claims nothing of them.
    duplicates : int
        Patterns that the whole set lists more than once.
    doubts : tuple of Doubt
        All patterns on which cvxpy does not agree, each with an exact verdict.
    """

    found: int
    refuted: int
    duplicates: int
    doubts: tuple[Doubt, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing that was looked at is wrong, in exact arithmetic."""
        return not self.faults and not self.duplicates

    @property
    def faults(self) -> tuple[Doubt, ...]:
        """The patterns on which the set is wrong."""
        return tuple(doubt for doubt in self.doubts if doubt.set_is_wrong)

    @property
    def contradictions(self) -> tuple[Doubt, ...]:
        """The patterns on which cvxpy, or the witness, contradicts the set, whoever is right."""
        return tuple(doubt for doubt in self.doubts if doubt.opinion is Opinion.CONTRADICTS)

    @property
    def agreed(self) -> int:
        """Number of patterns on which cvxpy agrees with the set."""
        return self.found + self.refuted - len(self.doubts)

    def __repr__(self) -> str:
        unsure = len(self.doubts) - len(self.contradictions)
        counts = f"{self.agreed} agree, {len(self.contradictions)} contradict, {unsure} cannot be told"
        verdict = "nothing wrong" if self.ok else f"{len(self.faults)} WRONG"
        twice = f", {self.duplicates} listed more than once" if self.duplicates else ""
        looked = f"{self.found} found and {counted(self.refuted, 'refuted pattern')}"
        head = f"<SpotReport: {looked}: {counts}; exactly: {verdict}{twice}>"
        listed = dict.fromkeys((*self.faults, *self.contradictions))
        return "\n".join([head, *(f"  {doubt}" for doubt in listed)])


def told(estimate: Estimate | Margin | Unknown | None) -> str:
    """Return an estimate as a few words."""
    if isinstance(estimate, Unknown):
        return f"unknown: {estimate.reason}"
    if isinstance(estimate, Margin):
        return f"{estimate.value:.4g} in [{estimate.lower:.4g}, {estimate.upper:.4g}]"
    return "none" if estimate is None else f"{estimate.value:.4g} +- {estimate.tolerance:.1g}"


def _bits(pattern: Pattern) -> str:
    return "".join("1" if sign else "0" for sign in pattern) or "()"
