"""Parts of a ball in which some units have a known sign, and the lines between which the others lie there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.stage import Stage

__all__ = ["Asked", "Part", "StageLines", "hyperplanes_of"]

Array = NDArray[np.float64]
Sides = tuple[NDArray[np.int64], Array]

OUTWARD = 1.0 + 2.0**-49  # covers the roundings of a difference and a product, and this one


@dataclass(frozen=True, slots=True, eq=False)
class StageLines:
    """Lines above or below the units of a stage, each array of shape (parts, units).

    Attributes
    ----------
    bent : numpy.ndarray of bool
        Units with a kink within their range; the others have the slope `fixed`.
    chord, shift : numpy.ndarray
        The line through the ends of the range: above the unit where it is convex, below where it is concave.
    fixed : numpy.ndarray
    """

    bent: NDArray[np.bool_]
    chord: Array
    shift: Array
    fixed: Array

    @classmethod
    def of(cls, stage: Stage, low: Array, high: Array) -> StageLines:
        """Return the lines of units with pre-activations between `low` and `high` (mathematics, 8.2)."""
        s, t = stage.low, stage.high
        bent = ~((low >= 0.0) | (high <= 0.0)) & (s != t)
        share = np.clip(np.nan_to_num(high / np.where(bent, high - low, 1.0)), 0.0, 1.0)
        chord = s + (t - s) * share
        at_low, at_high = (s - chord) * low, (t - chord) * high
        convex = t >= s
        ends = np.where(convex, np.maximum(at_low, at_high), np.minimum(at_low, at_high))
        ends = np.where(convex, np.maximum(ends, 0.0), np.minimum(ends, 0.0))
        return cls(bent, chord, np.where(bent, ends * OUTWARD, 0.0), np.where(high <= 0.0, s, t))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Parts of a ball, one in each row: where some units have given signs and a combination of outputs is not negative.

    Attributes
    ----------
    stages : sequence of Stage
    hyperplanes : sequence of (numpy.ndarray, numpy.ndarray)
        `hyperplanes_of` each stage.
    low, high : list of numpy.ndarray, shape (parts, units), one of each stage
        Between them lie the pre-activations on the part, as has been proved.
    signs : list of numpy.ndarray, shape (parts, units), one of each stage
        -1 or 1 where the part is a side of a unit.
    row : numpy.ndarray, shape (parts, outputs)
        The combination.
    """

    stages: Sequence[Stage]
    hyperplanes: Sequence[Sides]
    low: list[Array]
    high: list[Array]
    signs: list[Array]
    row: Array

    def lines(self) -> list[StageLines]:
        """Return the lines of each stage."""
        return [StageLines.of(*given) for given in zip(self.stages, self.low, self.high, strict=True)]

    def __len__(self) -> int:
        return len(self.row)

    def only(self, number: int) -> Part:
        """Return one of the parts."""
        kept = slice(number, number + 1)
        low, high, signs = ([a[kept].copy() for a in arrays] for arrays in (self.low, self.high, self.signs))
        return Part(self.stages, self.hyperplanes, low, high, signs, self.row[kept])

    def halves(self, units: Sequence[tuple[int, int]]) -> Part:
        """Return the two sides of each of some units, given as (stage, unit), of a single part.

        Units with the same hyperplane get their signs together: roundings would not tell that one follows from another.
        After the first stage those on its other side are left out: where both vanish on a region, both have the sign -.
        """
        n = 2 * len(units)
        low, high, signs = ([np.repeat(a, n, axis=0) for a in arrays] for arrays in (self.low, self.high, self.signs))
        for place, (stage, unit) in enumerate(units):
            numbers, sides = self.hyperplanes[stage]
            for side in (1.0, -1.0):
                row = 2 * place + (side < 0)
                linked = (numbers == numbers[unit]) & ((stage == 0) | (sides == sides[unit]))
                same = np.where(linked, side * sides[unit] * sides, 0.0)
                signs[stage][row] = np.where(same != 0.0, same, signs[stage][row])
                low[stage][row] = np.where(same > 0.0, np.fmax(low[stage][row], 0.0), low[stage][row])
                high[stage][row] = np.where(same < 0.0, np.fmin(high[stage][row], 0.0), high[stage][row])
        return Part(self.stages, self.hyperplanes, low, high, signs, np.repeat(self.row, n, axis=0))

    def decided_signs(self) -> NDArray[np.int8]:
        """Return the signs of all units of a single part that has no bent ones, those of wires 1."""
        found = [
            np.where((stage.low != stage.high) & (high[0] <= 0.0) & ~(low[0] >= 0.0), -1, 1)
            for stage, low, high in zip(self.stages, self.low, self.high, strict=True)
        ]
        return np.concatenate(found).astype(np.int8)


def hyperplanes_of(stage: Stage) -> Sides:
    """Return for each unit of a stage the number of its hyperplane, and on which side of that the unit is positive.

    The first unit of a hyperplane gives it its number. Rows are compared after multiplication by powers of two where
    that is exact; wires have no sides.
    """
    rows = np.column_stack([stage.weight, stage.bias])
    exponents = np.frexp(np.abs(rows).max(axis=1))[1]
    with np.errstate(all="ignore"):
        scaled = np.ldexp(rows, -exponents[:, None])
        alone = ~stage.splits | (np.ldexp(scaled, exponents[:, None]) != rows).any(axis=1) | ~scaled.any(axis=1)
    numbers, sides = np.arange(len(rows)), np.ones(len(rows))
    known: dict[bytes, int] = {}
    for unit in np.flatnonzero(~alone).tolist():
        row = scaled[unit] + 0.0  # -0.0 is zero
        sides[unit] = np.sign(row[np.flatnonzero(row)[0]])
        numbers[unit] = known.setdefault((row * sides[unit] + 0.0).tobytes(), unit)
    return numbers, sides


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is bounded: the combination of outputs, or units of one stage, on parts or on a single part.

    Attributes
    ----------
    part : Part
    lines : list of StageLines
    stage : int
        -1 for the combination of outputs.
    rows : numpy.ndarray, shape (bounds, units of the stage)
        Combinations of the units' pre-activations.
    """

    part: Part
    lines: list[StageLines]
    stage: int = -1
    rows: Array | None = None
