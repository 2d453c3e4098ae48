"""Units made degenerate: what loses or invents regions in careless arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from exactregions.network import Stage

Spoil = Callable[[Stage, np.random.Generator], Stage]


def with_row(stage: Stage, unit: int, row: ArrayLike, bias: float) -> Stage:
    """Return the stage with another row and bias of one unit."""
    weight, biases = stage.weight.copy(), stage.bias.copy()
    weight[unit], biases[unit] = row, bias
    return replace(stage, weight=weight, bias=biases)


def _two(stage: Stage, rng: np.random.Generator) -> tuple[int, int]:
    """Return a unit and the one it is made after, the same where there is only one."""
    target, source = (int(u) for u in rng.integers(len(stage.bias), size=2))
    return target, source


def zero_row(stage: Stage, rng: np.random.Generator) -> Stage:
    """Let a unit be constant."""
    unit, _ = _two(stage, rng)
    return with_row(stage, unit, 0.0, float(stage.bias[unit]) * float(rng.integers(2)))


def repeat(stage: Stage, rng: np.random.Generator) -> Stage:
    """Let a unit be a positive multiple of another."""
    unit, source = _two(stage, rng)
    factor = float(rng.choice([0.5, 1.0, 2.0, 3.0]))
    return with_row(stage, unit, factor * stage.weight[source], factor * float(stage.bias[source]))


def negate(stage: Stage, rng: np.random.Generator) -> Stage:
    """Let a unit be the negative of another, or of itself."""
    unit, source = _two(stage, rng)
    return with_row(stage, unit, -stage.weight[source], -float(stage.bias[source]))


def sliver(stage: Stage, rng: np.random.Generator) -> Stage:
    """Let a unit be parallel to another and close to it."""
    unit, source = _two(stage, rng)
    gap = 2.0 ** -int(rng.integers(1, 40)) * float(rng.choice([-1, 1]))
    return with_row(stage, unit, stage.weight[source], float(stage.bias[source]) + gap)


def dead(stage: Stage, rng: np.random.Generator) -> Stage:
    """Let a unit be negative wherever its inputs are positive."""
    unit, _ = _two(stage, rng)
    return with_row(stage, unit, -np.abs(stage.weight[unit]), -abs(float(stage.bias[unit])))


SPOILS: tuple[Spoil, ...] = (zero_row, repeat, negate, sliver, dead)
