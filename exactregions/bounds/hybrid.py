"""Hybrid: the first stages enumerated exactly, the profile in each of their cells; a dial from bound to count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.arrangements import LayerCounts, layer_counts, profile_sum
from exactregions.bounds.contract import Kind, Scope
from exactregions.bounds.stability.proved_signs import StabilityTest, proved_signs, signs_below
from exactregions.bounds.stability.signs import Signs
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.support.shortening import short
from exactregions.winner_patterns import has_contests

if TYPE_CHECKING:
    from exactregions.exact.forms import ExactNetwork, Forms, Inputs


@dataclass(frozen=True, slots=True)
class Hybrid:
    """Sum over the cells of the first m stages of the profile below each of them (ours).

    Parameters
    ----------
    stages : int
        m. Nothing is enumerated for 0, everything from the number of stages on.
    stability : {"both", "sphere", "interval", "lp", "exact"}
        How units are proved stable, on the domain and then in each cell; see `proved_signs`. In cells "both" carries
        boxes only and "exact" solves linear programs: what their other halves know of the domain is passed down.
    engine : str
        For the enumeration.

    Raises
    ------
    ExactRegionsError
        If m is negative.

    Notes
    -----
    m = 0 is `BallProfile`, m = L the exact count. It does not increase with m, by construction: a cell of m stages
    inherits every sign that was proved of the cell of m - 1 stages which holds it, and of the domain. The cells of
    stage m in such a cell are among those over which the recursion of `profile_sum` takes its maximum, the image of
    each has the dimension counted there, and the rest of the recursion does not increase when a unit is settled.
    """

    stages: int = 1
    stability: StabilityTest = "both"
    engine: str = "auto"
    kind: Kind = field(default="upper", init=False, repr=False)
    scope: Scope = field(default="local", init=False, repr=False)
    source: str = field(default="exact enumeration and profile (ours)", init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.stages, bool) or not isinstance(self.stages, int) or self.stages < 0:
            raise ExactRegionsError(
                f"the number of enumerated stages is {short(self.stages)}; give an integer, 0 or more"
            )

    @property
    def name(self) -> str:
        """hybrid_m, with the stability test where it is not the default."""
        return f"hybrid_{self.stages}" + ("" if self.stability == "both" else f"_{self.stability}")

    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the sum.

        Raises
        ------
        NotExactError
            If the enumeration was interrupted.
        """
        asked = free_inputs(network, domain)
        # the stage of wires in front, where fixed inputs ask for one, is none of those that were asked for
        stages = self.stages and self.stages + len(asked.network.stages) - len(network.stages)
        memory: dict[tuple[LayerCounts, ...], int] = {}
        total = 0
        for signs in self._cells(asked.network, asked.domain, stages):
            counts = tuple(layer_counts(asked.network, signs))
            if counts not in memory:
                memory[counts] = profile_sum(counts, asked.network.inputs)
            total += memory[counts]
        return total

    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say so where the value is the count itself."""
        if self.stages < len(network.stages):
            return None
        return f"every stage is enumerated: {'all contests' if has_contests(network) else 'the exact count'}"

    def _cells(self, network: Network, domain: Domain, stages: int) -> Iterator[Sequence[Signs]]:
        """Yield for each cell of the first m stages the signs that are known in it."""
        from exactregions.bounds.stability.exact_signs import regions_of_first_stages
        from exactregions.exact.forms import ExactNetwork

        root = proved_signs(network, domain, self.stability)
        depth = min(stages, len(network.stages))
        if not depth:
            yield root
            return
        patterns = regions_of_first_stages(network, domain, depth, self.engine).pattern_array()
        exact = ExactNetwork(network)
        cells = {b"": _Cell(root, exact.identity)}
        for stage in range(depth):
            before, cells = cells, {}
            taken = _units(network, stage)
            for pattern in np.unique(patterns[:, : _units(network, stage + 1)], axis=0):
                cell = before[pattern[:taken].tobytes()].cut(network, exact, stage, pattern[taken:])
                cells[pattern.tobytes()] = cell.settled(network, exact, domain, stage + 1, self.stability)
        yield from (cell.signs for cell in cells.values())


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of some stages: the signs that are known in it, and the values after these stages as affine forms."""

    signs: Sequence[Signs]
    values: Forms | Inputs

    def cut(self, network: Network, exact: ExactNetwork, stage: int, pattern: NDArray[np.bool_]) -> _Cell:
        """Return the part where the splitting units of a stage have a pattern."""
        signs = list(self.signs)
        splits = network.stages[stage].splits
        signs[stage] = signs[stage].copy()
        signs[stage][splits] = np.where(pattern, 1, -1)
        forms = exact.pre_activations(stage, self.values)
        return _Cell(signs, exact.activations(stage, forms, (signs[stage] > 0).tolist()))

    def settled(self, network: Network, exact: ExactNetwork, domain: Domain, stage: int, test: StabilityTest) -> _Cell:
        """Return the cell with more signs of the stages from the given one on."""
        if stage == len(network.stages):
            return self
        signs = proved_signs(network, domain, _IN_CELLS.get(test, test), self.signs)
        forms = exact.pre_activations(stage, self.values)
        return _Cell(signs_below(network, domain, forms, stage, signs), self.values)


_IN_CELLS: dict[StabilityTest, StabilityTest] = {"both": "interval", "exact": "lp"}


def _units(network: Network, stages: int) -> int:
    return sum(int(stage.splits.sum()) for stage in network.stages[:stages])
