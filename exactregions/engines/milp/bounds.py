"""Sound bounds of every pre-activation over the domain: intervals first, then linear programs.

A bound is a rational that no point of the domain passes, so a big-M taken from it cuts off no region. What a linear
program says is not believed: for any multipliers y >= 0 of rows g_j >= 0 that hold in the domain,

    f >= f - sum_j y_j g_j >= the least value of that affine form between the bounds of the columns,

and the right side is evaluated in rationals, however inaccurate y was (Neumaier, Shcherbina 2004).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.dyadic import above, as_float, below, common_exponent, power
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import ONE, ZERO, Rational, rational
from exactregions.exact.shapes import Shape
from exactregions.exact.shapes.columns import Columns
from exactregions.exact.shapes.support import support
from exactregions.solvers.contract import Unknown
from exactregions.solvers.highs import LinearProgram

Affine = list[Rational]  # the constant, then one coefficient a column; columns beyond its end have none

# Products of rationals that one stage may cost: about ten seconds. Wider stages keep their intervals, with which
# the model is as right, and its search longer than anybody will wait for.
WORK = 20_000_000
SMALL = 1e-9  # multipliers below it are rounding: leaving them out keeps the bound sound


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a pre-activation in the domain.

    Attributes
    ----------
    lower, upper : fmpq
    """

    lower: Rational
    upper: Rational

    @property
    def sign(self) -> bool | None:
        """The sign of the unit in every region, None where it is not known.

        A lower bound of zero tells nothing: where the form vanishes identically the unit counts as inactive.
        """
        if self.lower > 0:
            return True
        return False if self.upper <= 0 else None

    def image(self, low: Rational, high: Rational) -> Interval:
        """Return the range of a unit with these slopes."""
        ends = [v * (high if v > 0 else low) for v in (self.lower, self.upper)]
        if self.lower < 0 < self.upper:
            ends.append(ZERO)
        return Interval(min(ends), max(ends))

    def within(self, other: Interval) -> Interval:
        """Return the intersection."""
        return Interval(max(self.lower, other.lower), min(self.upper, other.upper))


def pre_activation_bounds(
    exact: ExactNetwork, inputs: Forms, shape: Shape, columns: Columns
) -> Iterator[list[Interval] | None]:
    """Yield the bounds of each stage, and None between linear programs: a chance to stop.

    Parameters
    ----------
    inputs : Forms
        The inputs of the network over the coordinates of the domain.
    shape : Shape
        The domain.
    columns : Columns
        The domain once more; of a Euclidean ball a polytope around it.
    """
    relaxation = _Relaxation(columns)
    values = [_lifted(inputs.row(i), inputs.exponent, columns) for i in range(exact.inputs)]
    for index, stage in enumerate(exact.stages):
        weight = power(-stage.weight_exponent) * flint.fmpq_mat(stage.weight)
        biases = [flint.fmpq(b) * power(-stage.bias_exponent) for b in stage.bias]
        rows = _mapped(weight, biases, values)
        balls = _supports(exact.pre_activations(0, inputs), shape) if index == 0 else [None] * len(rows)
        tighten = relaxation.rows and relaxation.work(len(rows)) <= WORK
        found: list[Interval] = []
        for row, ball, splits in zip(rows, balls, stage.splits, strict=True):
            bounds = relaxation.interval(row) if ball is None else relaxation.interval(row).within(ball)
            if tighten and splits and bounds.sign is None:
                yield None
                bounds = bounds.within(relaxation.tightened(row))
            found.append(Interval(below(bounds.lower), above(bounds.upper)))
        yield found
        grain = power(-stage.slope_exponent)
        slopes = zip(stage.low, stage.high, strict=True)
        if index + 1 < len(exact.stages):
            values = [
                relaxation.through(row, bounds, low * grain, high * grain)
                for row, bounds, (low, high) in zip(rows, found, slopes, strict=True)
            ]


def _lifted(form: Form, exponent: int, columns: Columns) -> Affine:
    slopes, constant = columns.lift(form.a, form.b)
    grain = power(-exponent)
    return [constant * grain, *(v * grain for v in slopes)]


def _mapped(weight: flint.fmpq_mat, biases: list[Rational], values: list[Affine]) -> list[Affine]:
    """Return the forms of W v + b, given those of v."""
    width = max(map(len, values))
    entries = [v for row in values for v in (*row, *[ZERO] * (width - len(row)))]
    rows = (weight * flint.fmpq_mat(len(values), width, entries)).tolist()
    return [[row[0] + b, *row[1:]] for row, b in zip(rows, biases, strict=True)]


def _supports(forms: Forms, shape: Shape) -> list[Interval | None]:
    """Bound forms of the inputs over a Euclidean ball, where its outer polytope gives too much away."""
    if shape.is_flat:
        return [None] * forms.matrix.nrows()
    grain, found = power(-forms.exponent), []
    for form in map(forms.row, range(forms.matrix.nrows())):
        lower, upper = (support(shape, side.a).above() for side in (form.negated(), form))
        assert lower is not None
        assert upper is not None
        found.append(Interval((form.b - lower) * grain, (form.b + upper) * grain))
    return found


class _Relaxation:
    """A polytope that holds every point of the domain together with the values of the units there.

    Its columns are those of the domain and one for each unit whose sign is open; such a unit is known to lie
    between its two slopes and the chord over its interval, which is the linear relaxation of the model.

    Attributes
    ----------
    rows : list of Affine
        Not negative there.
    """

    def __init__(self, columns: Columns) -> None:
        self.lower, self.upper = columns.ends()
        self.rows: list[Affine] = [[constant, *slopes] for slopes, constant in columns.rows]
        self._program: LinearProgram | None = None
        self._shifts: list[Rational] = []

    def work(self, units: int) -> int:
        """Return how many products of rationals the proofs for so many units take, at most."""
        return 2 * units * len(self.rows) * len(self.lower)

    def interval(self, row: Affine) -> Interval:
        """Bound a form by the bounds of the columns alone."""
        lower = upper = row[0]
        for v, lo, up in zip(row[1:], self.lower, self.upper, strict=False):
            if v > 0:
                lower, upper = lower + v * lo, upper + v * up
            elif v < 0:
                lower, upper = lower + v * up, upper + v * lo
        return Interval(lower, upper)

    def tightened(self, row: Affine) -> Interval:
        """Bound a form by two linear programs; where they fail the bounds of the columns remain."""
        return Interval(self._least(row), -self._least([-v for v in row]))

    def _least(self, row: Affine) -> Rational:
        program = self._loaded()
        scale = power(-common_exponent(row))
        proposal = program.minimise(self._padded([v * scale for v in row])[1:])
        least = self.interval(row).lower
        if isinstance(proposal, Unknown):
            return least
        rest = [*row, *[ZERO] * (len(self.lower) + 1 - len(row))]
        for y, other, shift in zip(proposal.multipliers.tolist(), self.rows, self._shifts, strict=True):
            if y > SMALL:
                weight = rational(y) * shift / scale
                for j, v in enumerate(other):
                    if v:
                        rest[j] -= weight * v
        return max(least, self.interval(rest).lower)

    def _loaded(self) -> LinearProgram:
        """Return the program, written anew when the polytope has grown."""
        if self._program is None:
            bounds = (np.array([as_float(v) for v in ends]) for ends in (self.lower, self.upper))
            self._program = LinearProgram(*bounds)
            self._shifts = [power(-common_exponent(row)) for row in self.rows]
            scaled = [[v * s for v in row] for row, s in zip(self.rows, self._shifts, strict=True)]
            table = np.array([self._padded(row) for row in scaled])
            self._program.load(table[:, 1:], table[:, 0])
        return self._program

    def _padded(self, row: Affine) -> NDArray[np.float64]:
        padded = np.zeros(len(self.lower) + 1)
        padded[: len(row)] = [as_float(v) for v in row]
        return padded

    def through(self, row: Affine, bounds: Interval, low: Rational, high: Rational) -> Affine:
        """Return the value of a unit as a form, given its pre-activation; an open unit gets a column."""
        if low == high or bounds.sign is not None:
            slope = high if bounds.sign else low
            return [slope * v for v in row]
        image = bounds.image(low, high)
        scale = power(common_exponent((image.lower, image.upper)))
        self.lower.append(image.lower / scale)
        self.upper.append(image.upper / scale)
        value = [*[ZERO] * len(self.lower), scale]
        self._between(value, row, bounds, low, high)
        self._program = None
        return value

    def _between(self, value: Affine, row: Affine, bounds: Interval, low: Rational, high: Rational) -> None:
        """Keep a unit between its slopes and its chord; it is convex where the upper slope is the larger one."""
        left, right = low * bounds.lower, high * bounds.upper
        slope = (right - left) / (bounds.upper - bounds.lower)
        chord = [slope * v for v in row]
        chord[0] += left - slope * bounds.lower
        turn = ONE if high > low else -ONE
        self.rows += [_combined(value, turn, row, -turn * s) for s in (low, high)]
        self.rows.append(_combined(chord, turn, value, -turn))


def _combined(first: Affine, weight: Rational, second: Affine, other: Rational) -> Affine:
    """Return weight * first + other * second."""
    width = max(len(first), len(second))
    p, q = ([*row, *[ZERO] * (width - len(row))] for row in (first, second))
    return [weight * u + other * v for u, v in zip(p, q, strict=True)]
