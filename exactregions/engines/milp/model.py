"""The network as a mixed-integer linear program, written in PuLP.

One binary s for each unit whose sign is open on the domain, and one margin t that all units keep from zero:

    s = 1:  z >= t,   h = beta z,        s = 0:  z <= -t,   h = alpha z,

with the big-M values L <= z <= U that no point of the domain passes (Serra, Tjandraatmadja, Ramalingam 2018, for
ReLU). For alpha < beta the unit is convex, h >= alpha z and h >= beta z, and

    z >= t + (L - T)(1 - s),             z <= -t + (U + T) s,
    h <= alpha z + (beta - alpha) U s,   h <= beta z - (beta - alpha) L (1 - s)

say the rest, where T bounds t; for alpha > beta the inequalities for h are turned around. The margin is maximised,
so that a pattern counts by a point in its interior. Every variable is in units of a power of two near its range,
hence so is the margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
import pulp
from numpy.typing import NDArray

from exactregions.engines.milp.bounds import Interval
from exactregions.engines.milp.cuts import Cut
from exactregions.exact.dyadic import as_float, common_exponent, float_above, float_below, power
from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.exact.numbers import Rational, rational
from exactregions.exact.shapes import Shape
from exactregions.exact.shapes.columns import Columns
from exactregions.exact.shapes.rounded import center_floats
from exactregions.solvers.contract import Row

MARGIN_NAME = "t"
TOP = 2.0**-6  # T: a cell with this margin is as good as any; to ask for more would be to optimise for nothing
TOP_EXACT = rational(TOP)
# Least margin asked for: solvers keep their rows to 1e-9 (HiGHS as set here) or 1e-7 (most defaults), and binaries
# to 1e-6 or better. Cells that are thinner are left to the exact search that ends the enumeration.
FLOOR = 2.0**-20
# Coefficients beyond it HiGHS refuses, with the whole model, and beside them any solver loses the rest of the row.
LARGEST_COEFFICIENT = 1e15


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The program, and what its variables mean.

    Attributes
    ----------
    problem : mapping
        What `pulp.LpProblem.toDict` gives: plain data.
    binaries : tuple of (str or None), length units
        The variable of each unit that splits; None where the sign is pinned.
    pinned : tuple of (bool or None), length units
    held : bool
        Whether floats hold every coefficient.
    """

    problem: Mapping[str, Any]
    binaries: tuple[str | None, ...]
    pinned: tuple[bool | None, ...]
    columns: Columns
    shape: Shape
    held: bool

    @property
    def solvable(self) -> bool:
        """Whether floats can hold the rows: not where the ranges of units differ by more than all digits."""
        terms = (term for row in self.problem["constraints"] for term in row["coefficients"])
        return self.held and all(abs(term["value"]) <= LARGEST_COEFFICIENT for term in terms)

    def is_solution(self, values: Mapping[str, float]) -> bool:
        """Return whether the values say what has to be known: margin, binaries, and a finite point."""
        needed = (MARGIN_NAME, *(name for name in self.binaries if name is not None))
        return all(name in values for name in needed) and all(map(math.isfinite, values.values()))

    def pattern(self, values: Mapping[str, float]) -> tuple[bool, ...]:
        """Return the pattern of a solution."""
        pairs = zip(self.binaries, self.pinned, strict=True)
        return tuple(values[name] > 0.5 if name is not None else bool(sign) for name, sign in pairs)

    def point(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the input of a solution, in local coordinates; what no row speaks of is put in its middle."""
        ends = enumerate(zip(*self.columns.ends(), strict=True))
        columns = [values.get(f"w{j}", as_float((lo + up) / 2)) for j, (lo, up) in ends]
        return self.columns.float_point(np.array(columns))

    def exclusion(self, cut: Cut) -> Row:
        """Return a cut as a row: at least one of its signs is another one."""
        named = {self.binaries[unit]: sign for unit, sign in cut.items()}
        terms = {name: -1.0 if sign else 1.0 for name, sign in named.items() if name is not None}
        return Row(terms, 1.0 - sum(v < 0 for v in terms.values()))

    def tangent(self, point: NDArray[np.float64]) -> Row | None:
        """Return the halfspace that touches a Euclidean ball between its centre and a point outside; else None.

        The margin is kept from the ball as well, so that what satisfies all rows is inside.
        """
        radius = self.shape.radius
        if self.shape.is_flat or radius is None:
            return None
        gap = point - center_floats(self.shape)
        distance = float(np.linalg.norm(gap))
        if distance <= float(radius):
            return None
        unit = gap / distance
        slopes = [*(-unit), *unit] if self.columns.split else list(-unit)
        # rounded normals are longer than 1 by a few units in the last place
        least = -float_above(rational(radius)) * (1 + 1e-12)
        return Row({**{f"w{j}": v for j, v in enumerate(slopes) if v}, MARGIN_NAME: -1.0}, least)


def write_model(
    exact: ExactNetwork, inputs: Forms, shape: Shape, columns: Columns, bounds: Sequence[Sequence[Interval]]
) -> Model:
    """Write the program.

    Parameters
    ----------
    inputs : Forms
        The inputs of the network over the coordinates of the domain.
    shape : Shape
        The domain: bounded, in coordinates in which it has unit size.
    columns : Columns
        The domain once more.
    bounds : sequence of sequence of Interval
        Of every pre-activation, stage by stage.
    """
    writer = _Writer(columns)
    values: list[_Value] = []
    for index, (stage, intervals) in enumerate(zip(exact.stages, bounds, strict=True)):
        rows = _combined(stage, values) if index else writer.rows_of(exact.pre_activations(0, inputs))
        grain = power(-stage.slope_exponent)
        # what has a bias cannot vanish but by cancellation; such regions are left to the exact search
        units = [
            _Unit(f"{index}_{i}", *rows[i], intervals[i], splits, low * grain, high * grain, bool(index and not b))
            for i, (splits, low, high, b) in enumerate(
                zip(stage.splits, stage.low, stage.high, stage.bias, strict=True)
            )
        ]
        values = [writer.unit(unit, index + 1 < len(exact.stages)) for unit in units]
    binaries, pinned = tuple(writer.binaries), tuple(writer.pinned)
    return Model(writer.problem.toDict(), binaries, pinned, columns, shape, writer.held)


@dataclass(frozen=True, slots=True, eq=False)
class _Value:
    """What a unit passes on: 2**exponent times an expression of the program."""

    expression: Any
    exponent: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """What the program has to know of a unit; its pre-activation is the bias plus the sum of weights times values.

    `may_vanish` is True where the pre-activation may vanish identically on a cell: such a unit keeps no margin on its
    inactive side, for that would hide these cells.
    """

    name: str
    terms: list[tuple[Rational, _Value]]
    bias: Rational
    interval: Interval
    splits: bool
    low: Rational
    high: Rational
    may_vanish: bool


def _combined(stage: Any, values: Sequence[_Value]) -> list[tuple[list[tuple[Rational, _Value]], Rational]]:
    """Return weights of the values before, and bias, of each pre-activation of a stage."""
    grain, shift = power(-stage.weight_exponent), power(-stage.bias_exponent)
    return [
        ([(w * grain, value) for w, value in zip(row, values, strict=True) if w], b * shift)
        for row, b in zip(stage.weight.tolist(), stage.bias, strict=True)
    ]


class _Writer:
    """Writes unit after unit.

    Attributes
    ----------
    held : bool
        Whether floats hold every coefficient.
    """

    def __init__(self, columns: Columns) -> None:
        self.problem = pulp.LpProblem("regions", pulp.LpMaximize)
        self.binaries: list[str | None] = []
        self.pinned: list[bool | None] = []
        self.held = True
        self._columns = columns
        self._margin = self.problem.add_variable(MARGIN_NAME, FLOOR, TOP)
        self.problem += self._margin
        ends = enumerate(zip(*columns.ends(), strict=True))
        self._inputs = [
            _Value(self.problem.add_variable(f"w{j}", float_below(lower), float_above(upper)))
            for j, (lower, upper) in ends
        ]
        for slopes, constant in columns.rows:
            least = columns.least(slopes, constant)
            if least is not None and least >= TOP_EXACT:
                continue  # the bounds of the columns say it, and its constant may be beyond all floats
            terms = zip(slopes, self._inputs, strict=True)
            room = pulp.lpSum(self._coefficient(v) * value.expression for v, value in terms if v)
            self.problem += room + float_above(constant) >= self._margin

    def rows_of(self, forms: Forms) -> list[tuple[list[tuple[Rational, _Value]], Rational]]:
        """Return the pre-activations of the first stage over the columns."""
        grain, found = power(-forms.exponent), []
        for form in map(forms.row, range(forms.matrix.nrows())):
            slopes, constant = self._columns.lift(form.a, form.b)
            terms = [(v * grain, value) for v, value in zip(slopes, self._inputs, strict=True) if v]
            found.append((terms, constant * grain))
        return found

    def unit(self, unit: _Unit, passes_on: bool) -> _Value:
        """Write a unit and return its value."""
        if unit.splits:
            self.pinned.append(unit.interval.sign)
            self.binaries.append(None if unit.interval.sign is not None else f"s{unit.name}")
        if unit.splits and unit.interval.sign is None:
            return self._open(unit, passes_on)
        slope = unit.high if unit.interval.sign else unit.low
        exponent = common_exponent(slope * end for end in (unit.interval.lower, unit.interval.upper))
        return _Value(self._scaled(unit, slope, exponent) if slope else pulp.lpSum([]), exponent)

    def _scaled(self, unit: _Unit, slope: Rational, exponent: int) -> Any:
        """Return slope * pre-activation over 2**exponent as an expression."""
        coefficients = (self._coefficient(slope * w * power(value.exponent - exponent)) for w, value in unit.terms)
        terms = [c * value.expression for c, (_, value) in zip(coefficients, unit.terms, strict=True)]
        return pulp.lpSum(terms) + self._coefficient(slope * unit.bias * power(-exponent))

    def _coefficient(self, value: Rational) -> float:
        """Return the nearest float; where there is none, note that the program is worth nothing."""
        try:
            return as_float(value)
        except OverflowError:
            self.held = False
            return 0.0

    def _open(self, unit: _Unit, passes_on: bool) -> _Value:
        """Write a unit whose sign is open: its binary, its margin and its value."""
        exponent = common_exponent((unit.interval.lower, unit.interval.upper))
        grain = power(-exponent)
        lower, upper = float_below(unit.interval.lower * grain), float_above(unit.interval.upper * grain)
        s = self.problem.add_variable(f"s{unit.name}", 0, 1, pulp.LpInteger)
        z = self.problem.add_variable(f"z{unit.name}", lower, upper)
        self.problem += z == self._scaled(unit, flint.fmpq(1), exponent)
        self.problem += z >= self._margin + (lower - TOP) * (1 - s)
        if unit.may_vanish:
            self.problem += z <= upper * s
        else:
            self.problem += z <= (upper + TOP) * s - self._margin
        return self._passed(unit, s, z, (lower, upper), exponent) if passes_on else _Value(pulp.lpSum([]))

    def _passed(self, unit: _Unit, s: Any, z: Any, ends: tuple[float, float], exponent: int) -> _Value:
        """Write the value h of an open unit."""
        image = unit.interval.image(unit.low, unit.high)
        scale = common_exponent((image.lower, image.upper))
        grain = power(exponent - scale)
        low, high = self._coefficient(unit.low * grain), self._coefficient(unit.high * grain)
        bounds = float_below(image.lower * power(-scale)), float_above(image.upper * power(-scale))
        h = self.problem.add_variable(f"h{unit.name}", *bounds)
        turn = 1.0 if high > low else -1.0
        bend = abs(high - low)
        self.problem += turn * h >= turn * low * z
        self.problem += turn * h >= turn * high * z
        self.problem += turn * h <= turn * low * z + bend * ends[1] * s
        self.problem += turn * h <= turn * high * z - bend * ends[0] * (1 - s)
        return _Value(h, scale)
