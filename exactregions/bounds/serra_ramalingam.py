"""The bound of Serra and Ramalingam (2020): which units can be on, or unstable, when few are on in the stage before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from exactregions.bounds.arrangements import arrangement_regions, binomials
from exactregions.bounds.contract import Kind, Scope
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.fixed_inputs import in_free_inputs
from exactregions.network import Network

if TYPE_CHECKING:
    from exactregions.bounds.stability.activities import Activity


@dataclass(frozen=True, slots=True)
class SerraRamalingam2020:
    """R(1, 0, n_0), with unstable and active units counted for each number of units on in the stage before.

    Parameters
    ----------
    nodes : int
        Splits of one mixed-integer program after which what it has proved so far is used.

    Raises
    ------
    ExactRegionsError
        If that is negative.

    Notes
    -----
    Over the points of the domain at which at most k units of stage l - 1 are on let A_l(k) be the most units of stage
    l that are on together, P_l(k) the units that are on at some of them, and I_l(k) those that are on at some and off
    at others. A cell with at most k units on, whose image has dimension d, is cut by I_l(k) hyperplanes at most; its
    parts with j of them off have at most min(A_l(k), P_l(k) - j) units on. So, for ReLU units, R(L+1, k, d) = 1 and

        R(l, k, d) = sum_{j <= min(I_l(k), d)} C(I_l(k), j) R(l+1, a_j, min(d, a_j)),  a_j = min(A_l(k), P_l(k) - j).

    The simpler a_j = A_l(k) - j, which is the same where all units can be on together, P_l(k) = A_l(k), is no bound
    elsewhere: three lines about a triangle on which all three units are off have A = 2, and three cells with two
    units on, not one. P and I come from two programs a unit: the least number of units on in stage l - 1 for which it
    can be on, and off.

    Programs are mixed-integer over the box around the domain, of which inequalities and balls of norm 1 are cut off;
    their bounds are proved (`proved_maximum`), whatever the solver says, and what is not proved is as if no program had
    been asked. Units that keep their sign are settled beforehand by the test "lp". Wires and units with two nonzero
    slopes carry a dimension whatever their sign, and are counted as in `profile_sum`. It is never above `BallProfile`.

    References
    ----------
    T. Serra, S. Ramalingam, Empirical bounds on linear regions of deep rectifier networks, AAAI 2020.
    """

    nodes: int = 50
    name: str = field(default="serra_ramalingam_2020", init=False, repr=False)
    kind: Kind = field(default="upper", init=False, repr=False)
    scope: Scope = field(default="local", init=False, repr=False)
    source: str = field(default="Serra, Ramalingam 2020", init=False, repr=False)

    def __post_init__(self) -> None:
        if self.nodes < 0:
            raise ExactRegionsError(f"nodes is {self.nodes}; give the number of splits of one program, 0 or more")

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return R(1, 0, n_0)."""
        from exactregions.bounds.stability.activities import activities

        return _Recursion(activities(network, domain, self.nodes)).cells(0, 0, network.inputs)


class _Recursion:
    """R of `SerraRamalingam2020`, remembered."""

    def __init__(self, activities: Sequence[Activity]) -> None:
        self.activities = activities
        self.memory: dict[tuple[int, int, int], int] = {}

    def cells(self, stage: int, k: int, dim: int) -> int:
        """Bound the cells below one with at most k units on before the stage, and an image of dimension `dim`."""
        if stage == len(self.activities):
            return 1
        key = stage, k, dim
        if key not in self.memory:
            self.memory[key] = self._cells(self.activities[stage], stage, k, dim)
        return self.memory[key]

    def _cells(self, activity: Activity, stage: int, k: int, dim: int) -> int:
        possible = sum(on <= k for on in activity.on)
        unstable = sum(max(pair) <= k for pair in zip(activity.on, activity.off, strict=True))
        keeping = sum(least <= k for least in activity.keeping)
        most = min(activity.most(k), possible) if stage + 1 < len(self.activities) else possible
        below = []
        for j in range(unstable + 1):
            on = min(most, possible - j)
            below.append(self.cells(stage + 1, on, min(dim, activity.settled + on)))
        # a program that ended early may give less below more units: take the larger, for cells are filled in order
        below = list(accumulate(reversed(below), max))[::-1]
        total = arrangement_regions(unstable + keeping, dim)
        each = arrangement_regions(keeping, dim)
        filled = (min(total, each * c) for c in accumulate(binomials(unstable)))
        return sum((b - a) * r for (a, b), r in zip(pairwise([0, *filled]), below, strict=True))
