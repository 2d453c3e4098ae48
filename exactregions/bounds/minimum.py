"""The best of several upper bounds: a local bound can exceed a global one."""

from __future__ import annotations

from dataclasses import dataclass, field

from exactregions.bounds.contract import Bound, Kind, Scope
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.network import Network


@dataclass(frozen=True, slots=True)
class Minimum:
    """The smallest value of the upper bounds among the given ones.

    Parameters
    ----------
    bounds : tuple of Bound
        Those of another kind are left out.

    Raises
    ------
    ExactRegionsError
        If none of them is an upper bound.
    """

    bounds: tuple[Bound, ...]
    name: str = field(default="minimum", init=False, repr=False)
    kind: Kind = field(default="upper", init=False, repr=False)
    scope: Scope = field(default="local", init=False, repr=False)
    source: str = field(default="the best of the upper bounds", init=False, repr=False)

    def __post_init__(self) -> None:
        upper = tuple(b for b in self.bounds if b.kind == "upper")
        if not upper:
            raise ExactRegionsError("none of the given bounds has kind 'upper'; a minimum needs at least one")
        object.__setattr__(self, "bounds", upper)

    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the smallest value."""
        return min(int(b.evaluate(network, domain)) for b in self.bounds)
