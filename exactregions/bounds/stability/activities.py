"""How many units of a stage can be on, and which can be unstable, for each number of units on in the stage before.

The mixed-integer programs of `SerraRamalingam2020`; every bound of theirs is proved (`proved_maximum`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.arrangements import varying_units
from exactregions.bounds.stability.proved_maximum import ProvedProgram
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.bounds.stability.relaxation import Relaxation
from exactregions.bounds.stability.relaxed_layers import relaxed_layers
from exactregions.bounds.stability.signs import Signs
from exactregions.domain import Domain
from exactregions.network import Network, Stage

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Activity:
    """What a stage does for each k.

    Attributes
    ----------
    on, off : list of int
        For each unit that may split and has one zero slope, the least k for which it can be on, or off.
    keeping : list of int
        For each unit that may split and has two nonzero slopes, the least k for which it can take both signs.
    settled : int
        Other units that carry a dimension; all of those with two slopes are counted among them.
    most : callable
        A_l, for a k.
    """

    on: list[int]
    off: list[int]
    keeping: list[int]
    settled: int
    most: Callable[[int], int]


def activities(network: Network, domain: Domain, nodes: int) -> list[Activity]:
    """Return what is known of each stage: by programs as far as these reach, then from signs alone.

    Parameters
    ----------
    network : Network
    domain : Domain
    nodes : int
        Splits of one program after which what it has proved so far is used.
    """
    signs = proved_signs(network, domain, "both")
    layers = relaxed_layers(network, domain, signs)
    found, counts, varying = [], [], varying_units(network)
    for index, stage in enumerate(network.stages):
        layer = next(layers, None)
        sign = signs[index]
        if layer is not None:
            for unit in np.flatnonzero(layer.signs == 0).tolist():
                layer.improve(unit)
            sign = layer.signs
        units = _Units.of(stage, sign, varying[index])
        if layer is None:
            found.append(units.unaware())
            continue
        layer.add()
        counts.append(layer.before.add_count(index, units.dropping, units.rising))
        stage_program = _StageProgram(network, layer.before, layer.before.program(), index, counts, units, nodes)
        found.append(stage_program.activity())
    return found


@dataclass(frozen=True, slots=True)
class _Units:
    """The units of a stage by what they do: numbers of those that may split, and how many others carry a dimension."""

    dropping: list[int]
    rising: list[bool]
    keeping: list[int]
    settled: int

    @classmethod
    def of(cls, stage: Stage, signs: Signs, varies: NDArray[np.bool_]) -> _Units:
        split = stage.splits & (signs == 0)
        two_sided = (stage.low != 0) & (stage.high != 0)
        settled = ~split & varies & (np.where(signs > 0, stage.high, stage.low) != 0)
        dropping = np.flatnonzero(split & ~two_sided)
        keeping = np.flatnonzero(split & two_sided).tolist()
        rising = (stage.high[dropping] != 0).tolist()
        return cls(dropping.tolist(), rising, keeping, int(settled.sum()) + len(keeping))

    def unaware(self) -> Activity:
        """Return the activity where nothing depends on k."""
        none = [0] * len(self.dropping)
        return Activity(none, none, [0] * len(self.keeping), self.settled, lambda k: len(none))


@dataclass(frozen=True, slots=True)
class _StageProgram:
    """The programs of one stage: `counts` are the columns that count the units on in it and those before."""

    network: Network
    relaxation: Relaxation
    program: ProvedProgram
    index: int
    counts: list[int]
    units: _Units
    nodes: int

    def activity(self) -> Activity:
        """Return the activity of the stage."""
        on = [self._least(i, rising) for i, rising in zip(self.units.dropping, self.units.rising, strict=True)]
        off = [self._least(i, not rising) for i, rising in zip(self.units.dropping, self.units.rising, strict=True)]
        keeping = [max(self._least(i, True), self._least(i, False)) for i in self.units.keeping]
        remembered: dict[int, int] = {}

        def most(k: int) -> int:
            if k not in remembered:
                remembered[k] = self._most(k)
            return remembered[k]

        return Activity(on, off, keeping, self.units.settled, most)

    def _ends(self) -> tuple[Array, Array]:
        return self.program.polyhedron.lower.copy(), self.program.polyhedron.upper.copy()

    def _least(self, unit: int, positive: bool) -> int:
        """Return a number of units on in the stage before without which the unit does not take the sign."""
        if self.index == 0:
            return 0
        lower, upper = self._ends()
        column, before = self.relaxation.values[self.index][unit], self.counts[self.index - 1]
        if positive:
            lower[column] = max(lower[column], 0.0)
        else:
            upper[column] = min(upper[column], 0.0)
        cost = np.zeros(len(lower))
        cost[before] = -1.0

        def attained(point: Array) -> float:
            z = self._values(point)
            value = z[self.index][unit]
            return -self._on(self.index - 1, z) if (value > 0 if positive else value < 0) else -math.inf

        bound = self.program.maximum(cost, lower, upper, self._switches(self.index), self.nodes, attained)
        if bound == -math.inf:
            return len(self.network.stages[self.index - 1].bias) + 1  # the unit never takes the sign
        return max(0, -int(min(bound, 0.0)))

    def _most(self, k: int) -> int:
        """Return a number of units on in the stage that is not exceeded where k are on before."""
        lower, upper = self._ends()
        if self.index:
            before = self.counts[self.index - 1]
            upper[before] = max(lower[before], min(upper[before], float(k)))
        cost = np.zeros(len(lower))
        cost[self.counts[self.index]] = 1.0

        def attained(point: Array) -> float:
            z = self._values(point)
            return self._on(self.index, z) if not self.index or self._on(self.index - 1, z) <= k else -math.inf

        bound = self.program.maximum(cost, lower, upper, self._switches(self.index + 1), self.nodes, attained)
        return int(min(max(bound, 0.0), len(self.units.dropping)))

    def _switches(self, stages: int) -> list[int]:
        return [s for switches in self.relaxation.switches[:stages] for s in switches if s >= 0]

    def _values(self, point: Array) -> list[Array]:
        with np.errstate(all="ignore"):
            return self.network.pre_activations(point[: self.network.inputs])

    def _on(self, index: int, values: Sequence[Array]) -> float:
        """Count in floats the units on in a stage, of those that may be either."""
        stage, switches = self.network.stages[index], np.array(self.relaxation.switches[index])
        z = values[index]
        slopes = np.where(z > 0, stage.high, stage.low)
        counted = (switches >= 0) & ((stage.low == 0) | (stage.high == 0))
        return float((counted & (slopes != 0)).sum())
