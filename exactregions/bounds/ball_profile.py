"""Bound B: as bound A, but a unit that is off carries no dimension further."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from exactregions.bounds.arrangements import LayerCounts, layer_counts, profile_sum
from exactregions.bounds.contract import Kind, Scope
from exactregions.bounds.stability.proved_signs import StabilityTest, proved_signs
from exactregions.bounds.stability.signs import Signs
from exactregions.bounds.widths import degeneration
from exactregions.domain import Domain
from exactregions.fixed_inputs import in_free_inputs
from exactregions.network import Network


@dataclass(frozen=True, slots=True)
class BallProfile:
    """The recursion of `profile_sum` over the units that are unstable in the domain (ours).

    Parameters
    ----------
    stability : {"both", "sphere", "interval", "lp", "exact"}
        How units are proved stable; see `proved_signs`.

    Notes
    -----
    With u_l ReLU units not proved stable and a_l proved active, the bound is R(1, n_0), where

        R(l, d) = sum_{j <= min(u_l, d)} C(u_l, j) R(l+1, min(d, a_l + u_l - j)),   R(L+1, d) = 1;

    `profile_sum` states it for wires and LeakyReLU units too. With any test but "interval" it is never above
    `BallPropagation`, whose unstable units include these. On a domain without bounds it is the bound of
    Serra, Tjandraatmadja and Ramalingam (2018) over the units that `globally_stable` leaves open.
    """

    stability: StabilityTest = "both"
    kind: Kind = field(default="upper", init=False, repr=False)
    scope: Scope = field(default="local", init=False, repr=False)
    source: str = field(default="reconstruction (ours)", init=False, repr=False)

    @property
    def name(self) -> str:
        """ball_profile, with the stability test where it is not the default."""
        return "ball_profile" if self.stability == "both" else f"ball_profile_{self.stability}"

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return R(1, n_0)."""
        return profile_sum(self._counts(network, domain), network.inputs)

    @in_free_inputs
    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say so where the value is 2 to the number of unstable units."""
        unstable = sum(c.dropping + c.keeping for c in self._counts(network, domain))
        return degeneration(value, unstable, network.inputs)

    def _counts(self, network: Network, domain: Domain) -> list[LayerCounts]:
        costly = self.stability in ("lp", "exact")
        signs = _remembered_signs if costly else proved_signs
        return layer_counts(network, signs(network, domain, self.stability))


@lru_cache(maxsize=4)  # a value and the note beside it, of both costly tests
def _remembered_signs(network: Network, domain: Domain, test: StabilityTest) -> tuple[Signs, ...]:
    return proved_signs(network, domain, test)
