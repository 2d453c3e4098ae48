"""A question with its true answer."""

from __future__ import annotations

from dataclasses import dataclass

from exactregions.cases.truths import reference
from exactregions.domain import Domain
from exactregions.network import Network


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its true answer.

    Attributes
    ----------
    name : str
    network : Network
    domain : Domain
    known : int or None
        Number of regions where a closed form gives it; else the exact reference does.
    """

    name: str
    network: Network
    domain: Domain
    known: int | None = None

    @property
    def count(self) -> int:
        """The true number of regions."""
        return len(self.patterns()) if self.known is None else self.known

    @property
    def cost(self) -> int:
        """Rough size of the work, to put cheap cases first."""
        return self.count * (1 + self.network.units) * self.network.inputs

    def patterns(self) -> frozenset[bytes]:
        """Return all true patterns, packed, as the rational engine finds them."""
        return reference(self.network, self.domain)
