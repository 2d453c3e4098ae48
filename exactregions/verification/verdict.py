"""What is known of the outputs of a network on a closed domain."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exactregions.domain import Domain
from exactregions.network import Network
from exactregions.progress import StopReason
from exactregions.support.rational_text import plain_number
from exactregions.support.tables import exact_text
from exactregions.unsafe import Unsafe

if TYPE_CHECKING:
    from exactregions.verification.boxes import BoxSearch

__all__ = ["Outcome", "Verdict"]

Point = tuple[Fraction, ...]


class Outcome(StrEnum):
    """Whether the unsafe set is reached."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Verdict:
    """Whether a network maps some point of a closed domain into an unsafe set, of real numbers and without tolerance.

    Attributes
    ----------
    network, domain, unsafe : Network, Domain, Unsafe
        The question; the closure of the domain is meant.
    outcome : Outcome
        "safe": no point of the closed domain has its outputs in the closed unsafe set. "unsafe": `exact_input` has.
        "incomplete": neither is known.
    reason : str
        Why: how a counterexample was found, why there is none, or what stopped the search.
    exact_input, exact_output : tuple of Fraction, or None
        The counterexample, and the exact outputs there.
    margin : Fraction or None
        How deep the outputs lie in the set: the largest over its polyhedra of the least of h - G y; zero on its edge.
    open_prefixes : tuple of tuple of int
        Signs of the first units of the network, wires included, below which an incomplete search has still to look.
    stop_reason : StopReason or None
        What stopped an incomplete one.
    engine : str
    certificate : Path or None
        Where the proof was written.
    seconds : float
    stats : dict of str to int
        What the search counted.
    boxes : BoxSearch or None
        Of an incomplete search that cuts boxes: where it stands.
    """

    network: Network
    domain: Domain
    unsafe: Unsafe
    outcome: Outcome
    reason: str
    exact_input: Point | None = None
    exact_output: Point | None = None
    margin: Fraction | None = None
    open_prefixes: tuple[tuple[int, ...], ...] = ()
    stop_reason: StopReason | None = None
    engine: str = ""
    certificate: Path | None = None
    seconds: float = 0.0
    stats: dict[str, int] = field(default_factory=dict)
    boxes: BoxSearch | None = None

    @property
    def safe(self) -> bool:
        """Whether it is proved that the unsafe set is not reached."""
        return self.outcome is Outcome.SAFE

    def __repr__(self) -> str:
        return f"<Verdict: {self.sentence}>"

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if self.margin is None:
            return f"{self.outcome}: {self.reason}"
        depth = "on the edge of the unsafe set" if not self.margin else f"with margin {exact_text(self.margin)}"
        return f"{self.outcome}: {self.reason}, {depth}"

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        told: dict[str, Any] = {
            "verdict": str(self.outcome),
            "reason": self.reason,
            "network": self.network.describe(),
            "domain": self.domain.describe(),
            "unsafe": self.unsafe.describe(),
            "engine": self.engine,
            "seconds": self.seconds,
            "stats": self.stats,
        }
        if self.exact_input is not None and self.exact_output is not None and self.margin is not None:
            told |= {
                "input": [plain_number(v) for v in self.exact_input],
                "output": [plain_number(v) for v in self.exact_output],
                "margin": plain_number(self.margin),
            }
        if self.outcome is Outcome.INCOMPLETE:
            told["open"] = len(self.open_prefixes) if self.boxes is None else self.boxes.open
        if self.certificate is not None:
            told["certificate"] = str(self.certificate)
        return told
