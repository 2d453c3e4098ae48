"""A network on a bounded domain as linear inequalities with a 0/1 switch for each unit that may change sign.

Let z lie between L < 0 < U. With p, q >= 0 and a switch s the unit is

    z = p - q,   p <= U s,   q <= -L (1 - s),   value = high p - low q,

s = 1 above zero and s = 0 below; for 0 <= s <= 1 it is the smallest convex set with these ends. A unit that keeps its
sign is linear. Every inequality holds with its float coefficients at their exact value, for L and U are rounded outward
and no weight is multiplied with a slope; so the inequalities are true of all points of the domain, and what
`ProvedProgram` proves of them is true of the network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.stability.enclosures import outward
from exactregions.bounds.stability.proved_maximum import Polyhedron, ProvedProgram
from exactregions.bounds.stability.signs import Signs
from exactregions.exact.floats import rounded_up
from exactregions.exact.matrices import row_of
from exactregions.exact.shapes import Shape, ShapeKind
from exactregions.exact.shapes.rounded import outward_ends
from exactregions.network import Stage

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Columns with finite ends, and rows, as they are added.

    Attributes
    ----------
    lower, upper : list of float
        Ends of the columns.
    rows : list
        Entries by column, and ends, of each row.
    outputs : list of int
        Column of each value of the last stage added, -1 for one that is zero.
    values, switches : list of list of int
        For each stage the columns of the pre-activations, and of the switches: -1 for a unit that keeps its sign.
    """

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    values: list[list[int]] = field(default_factory=list)
    switches: list[list[int]] = field(default_factory=list)

    def column(self, lower: float, upper: float) -> int:
        """Add a column and return its number."""
        self.lower.append(float(lower))
        self.upper.append(float(upper))
        return len(self.lower) - 1

    def row(self, entries: dict[int, float], lower: float, upper: float) -> None:
        """Add an inequality lower <= entries.u <= upper."""
        self.rows.append((entries, lower, upper))

    def program(self) -> ProvedProgram:
        """Return what has been added as a program."""
        matrix = np.zeros((len(self.rows), len(self.lower)))
        for i, (entries, _, _) in enumerate(self.rows):
            matrix[i, list(entries)] = list(entries.values())
        ends = np.array([row[1:] for row in self.rows]).reshape(-1, 2)
        return ProvedProgram(
            Polyhedron(np.array(self.lower), np.array(self.upper), matrix, ends[:, 0].copy(), ends[:, 1].copy())
        )

    def cost(self, places: Places, weights: Array, sign: float) -> Array:
        """Return sign times the sum of weights times those values of the last stage added, as a cost of the columns."""
        cost = np.zeros(len(self.lower))
        for place, w in zip(places.tolist(), weights.tolist(), strict=True):
            if self.outputs[place] >= 0:
                cost[self.outputs[place]] = sign * w
        return cost

    def add_domain(self, shape: Shape) -> None:
        """Add the inputs, which lie in a box around the domain, and what is known of them beside."""
        for lower, upper in zip(*(ends.tolist() for ends in outward_ends(shape)), strict=True):
            self.outputs.append(self.column(lower, upper))
        if shape.kind is ShapeKind.L1:
            self._add_cross_polytope(shape)
        for row in shape.rows:
            self._add_halfspace(*row.given)

    def _add_cross_polytope(self, ball: Shape) -> None:
        """Add t_j >= |x_j - c_j| with sum_j t_j <= r."""
        radius = rounded_up(ball.radius or Fraction(0))
        gaps = []
        for x, c in zip(list(self.outputs), ball.center, strict=True):
            gaps.append(self.column(0.0, radius))
            self.row({x: 1.0, gaps[-1]: -1.0}, -math.inf, rounded_up(c))
            self.row({x: -1.0, gaps[-1]: -1.0}, -math.inf, rounded_up(-c))
        self.row(dict.fromkeys(gaps, 1.0), -math.inf, radius)

    def _add_halfspace(self, row: Sequence[Fraction], rhs: Fraction) -> None:
        """Add a.x <= b; what rounding the row to floats may change over the box goes to the right side."""
        try:
            near = [float(a) for a in row]
        except OverflowError:
            return
        reach = (max(abs(Fraction(self.lower[x])), abs(Fraction(self.upper[x]))) for x in self.outputs)
        moved = sum((abs(a - Fraction(n)) * r for a, n, r in zip(row, near, reach, strict=True)), rhs)
        self.row({x: n for x, n in zip(self.outputs, near, strict=True) if n}, -math.inf, rounded_up(moved))

    def add_stage(self, stage: Stage, lower: Array, upper: Array, signs: Signs) -> None:
        """Add a stage whose pre-activations lie between the given ends; the switch of a settled unit is -1."""
        inputs, outputs, values, switches = list(self.outputs), [], [], []
        for i in range(len(stage.bias)):
            z = self.column(lower[i], upper[i])
            values.append(z)
            places, weights = row_of(stage.matrix, i)
            read = ((inputs[place], w) for place, w in zip(places.tolist(), weights.tolist(), strict=True))
            entries = {x: -w for x, w in read if x >= 0}
            self.row({**entries, z: 1.0}, float(stage.bias[i]), float(stage.bias[i]))
            low, high = float(stage.low[i]), float(stage.high[i])
            if low == high or signs[i] != 0:
                outputs.append(self._scaled(z, high if signs[i] > 0 else low))
                switches.append(-1)
            else:
                outputs.append(self._switched(z, low, high))
                switches.append(len(self.lower) - 1)
        self.outputs[:] = outputs
        self.values.append(values)
        self.switches.append(switches)

    def add_count(self, stage: int, units: Sequence[int], rising: Sequence[bool]) -> int:
        """Add a column that counts the units on: above zero those that rise, below it the others."""
        column = self.column(0.0, float(len(units)))
        entries, offset = {column: 1.0}, 0
        for unit, above_zero in zip(units, rising, strict=True):
            entries[self.switches[stage][unit]] = -1.0 if above_zero else 1.0
            offset += not above_zero
        self.row(entries, float(offset), float(offset))
        return column

    def _scaled(self, z: int, slope: float) -> int:
        """Return the column of slope z, -1 for zero."""
        if slope == 0:
            return -1
        if slope == 1:
            return z
        lower, upper = sorted((self.lower[z] * slope, self.upper[z] * slope))
        ends = outward(np.array(lower), np.array(upper))
        value = self.column(*map(float, ends))
        self.row({value: 1.0, z: -slope}, 0.0, 0.0)
        return value

    def _switched(self, z: int, low: float, high: float) -> int:
        """Return the column of a unit's value; its switch is the last column added."""
        down, up = self.lower[z], self.upper[z]
        p, q = self.column(0.0, max(up, 0.0)), self.column(0.0, max(-down, 0.0))
        self.row({z: 1.0, p: -1.0, q: 1.0}, 0.0, 0.0)
        value = p
        if (low, high) != (0.0, 1.0):
            ends = [high * max(up, 0.0), low * min(down, 0.0), 0.0]
            widened = outward(np.array(min(ends)), np.array(max(ends)))
            value = self.column(*map(float, widened))
            self.row({value: 1.0, p: -high, q: low}, 0.0, 0.0)
        s = self.column(0.0, 1.0)
        self.row({p: 1.0, s: -max(up, 0.0)}, -math.inf, 0.0)
        self.row({q: 1.0, s: max(-down, 0.0)}, -math.inf, max(-down, 0.0))
        return value
