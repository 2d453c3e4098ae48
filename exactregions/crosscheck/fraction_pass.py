"""The network in plain `fractions.Fraction`, written apart from the package's exact arithmetic so as to check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from numpy.typing import NDArray

from exactregions.exact.matrices import row_of
from exactregions.network import Network, Stage


@dataclass(frozen=True, slots=True)
class FractionStage:
    """One stage; of its weight the nonzero entries of each row, with their columns."""

    weight: list[list[tuple[int, Fraction]]]
    bias: list[Fraction]
    low: list[Fraction]
    high: list[Fraction]
    splits: list[bool]


def in_fractions(network: Network) -> list[FractionStage]:
    """Return the stages of a network at their exact value."""
    return [_stage(stage) for stage in network.stages]


def _stage(stage: Stage) -> FractionStage:
    rows = (row_of(stage.matrix, i) for i in range(len(stage.bias)))
    weight = [[(j, Fraction(w)) for j, w in zip(*(v.tolist() for v in row), strict=True)] for row in rows]
    return FractionStage(weight, _exact(stage.bias), _exact(stage.low), _exact(stage.high), stage.splits.tolist())


def _exact(values: NDArray) -> list[Fraction]:
    return [Fraction(v) for v in values.tolist()]


def splitting_values(stages: Sequence[FractionStage], point: Sequence[Fraction]) -> list[Fraction]:
    """Return the exact pre-activations at a point of all units that split, stage by stage."""
    x, found = list(point), []
    for stage in stages:
        z = [sum((w * x[j] for j, w in row), b) for row, b in zip(stage.weight, stage.bias, strict=True)]
        found += [value for value, splits in zip(z, stage.splits, strict=True) if splits]
        x = [v * (high if v > 0 else low) for v, low, high in zip(z, stage.low, stage.high, strict=True)]
    return found
