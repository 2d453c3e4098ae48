"""Bounds of outputs and units on parts of a ball, composed backwards, and made small by their multipliers.

A form of the units of a stage is at most one of the units before, and so on down to the inputs, where it is largest at
one point of the ball (mathematics, 7.2). Free are the slopes of the lines through kinks, and multipliers, none
negative: of the signs that are known on the part, and of the combination of outputs that is not negative there.
Subgradients tell where to move them. They come from the way forwards: from that point, along the same lines.

Soundness. Whatever the multipliers are, they give a bound, so floats may choose them. Its roundings are added as in
`verification.linear_bounds`: coefficients are what the floats say, and what a rounding takes from one is multiplied by
the largest size of its value in the ball.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.rounding_errors import above, slack
from exactregions.quantities.ball_stages import BallStages
from exactregions.quantities.split_multipliers import SMALL, Bounded, Descent, Multipliers
from exactregions.quantities.split_parts import Asked, Part
from exactregions.stage import Stage
from exactregions.support.stopping import check

__all__ = ["SplitBounds"]

Array = NDArray[np.float64]

FADING = 0.9  # of the steps
SLOPE_STEP, MULTIPLIER_STEP = 0.3, 0.3
TINY = 1e-300  # far more than products lose below the normal floats


@dataclass(frozen=True, slots=True, eq=False)
class _Composed:
    """A bound on its way to the inputs: coefficients of units before and after their lines, slopes and constants.

    `outer` tells which units have the line through the ends of their range.
    """

    forms: list[Array]
    outer: list[NDArray[np.bool_]]
    slopes: list[Array]
    shifts: list[Array]
    before: list[Array]
    constant: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Kinks:
    """The slopes of the units of a stage: below zero, above less below, and the smaller and the larger of both."""

    low: Array
    span: Array
    least: Array
    most: Array
    are_ramps: bool
    are_convex: bool

    @classmethod
    def of(cls, stage: Stage) -> _Kinks:
        low, high = stage.low, stage.high
        ramps = bool(np.all((low == 0.0) & (high == 1.0)))
        return cls(low, high - low, np.minimum(low, high), np.maximum(low, high), ramps, bool(np.all(high >= low)))

    def through(self, shares: Array) -> Array:
        """Return slopes of lines through the kinks; units of slopes 0 and 1 have their shares, without a rounding."""
        if self.are_ramps:
            return shares
        # a rounding may lead beyond a slope of the unit
        return np.clip(self.low + self.span * shares, self.least, self.most)

    def outer(self, forms: Array) -> NDArray[np.bool_]:
        """Return where the line through the ends of the range bounds a coefficient times the unit."""
        return forms > 0.0 if self.are_convex else (forms > 0.0) == (self.span >= 0.0)


class SplitBounds:
    """Bounds on parts of a ball.

    Parameters
    ----------
    stages : sequence of Stage
    center : numpy.ndarray, shape (inputs,)
        The centre's coordinates, each rounded to the nearest float.
    norm : {1, 2, inf}
    radius : float

    Attributes
    ----------
    radius : float
        Bounds are on the closed ball. It may be made smaller.
    """

    def __init__(self, stages: Sequence[Stage], center: Array, norm: float, radius: float) -> None:
        self.stages, self.radius = stages, radius
        self._ball = BallStages(stages, center, norm, radius)
        self._kinks = [_Kinks.of(stage) for stage in stages]

    def whole(self, row: Array) -> Part:
        """Return the ball as a part, for a combination of outputs."""
        low, high = [a.copy() for a in self._ball.low], [a.copy() for a in self._ball.high]
        return Part(self.stages, self._ball.hyperplanes, low, high, [np.zeros_like(a) for a in low], row[None])

    def start(self, asked: Asked) -> Multipliers:
        """Return multipliers to begin with."""
        n = len(asked.part) if asked.rows is None else len(asked.rows)
        pairs = zip(asked.part.low, asked.part.high, strict=True)
        slopes = [np.broadcast_to(np.where(high > -low, 1.0, 0.0), (n, low.shape[1])).copy() for low, high in pairs]
        row = np.ones(n) if asked.stage < 0 else np.zeros(n)
        return Multipliers(slopes, [np.zeros_like(a) for a in slopes], row)

    def lowest(self, asked: Asked, start: Multipliers, steps: int, target: float = 0.0) -> Bounded:
        """Bound what is asked for, after some steps that make the bounds smaller.

        Parameters
        ----------
        asked : Asked
        start : Multipliers
            They are not changed.
        steps : int
        target : float
            No more steps are made when all bounds are below it.
        """
        now, best, least = start.copy(), start.copy(), None
        with np.errstate(all="ignore"):
            descent = Descent(self._ball.first.farthest(asked.part.row @ self._ball.outputs)[0] + SMALL)
            for step in range(steps + 1):
                check()
                composed = self._composed(asked, now)
                largest, values = self._ball.first.farthest(composed.before[0])
                tops = composed.constant + self.radius * largest
                if least is None:
                    least = np.full(len(tops), np.inf)
                better = tops < least
                least[better] = tops[better]
                best.keep(now, better)
                if step == steps or least.max() < target:
                    break
                self._move(asked, now, composed, self._forwards(composed, values), largest, descent, step)
            return self._proved(asked, best)

    def _composed(self, asked: Asked, given: Multipliers) -> _Composed:
        part = asked.part
        a = given.row[:, None] * part.row
        constant = np.zeros(len(a))
        found: tuple[list[Any], ...] = ([], [], [], [], [])
        for q in range(len(self.stages) - 1, -1, -1):
            lines, outer = asked.lines[q], self._kinks[q].outer(a)
            through = self._kinks[q].through(given.slopes[q])
            slope = np.where(lines.bent, np.where(outer, lines.chord, through), lines.fixed)
            shift = np.where(outer, lines.shift, 0.0)
            before = a * slope + given.signs[q] * part.signs[q]
            if asked.rows is not None and q == asked.stage:
                before = before + asked.rows
            constant = constant + (a * shift).sum(axis=1) + before @ self._ball.shifts[q]
            for column, value in zip(found, (a, outer, slope, shift, before), strict=True):
                column.append(value)
            if q:
                a = before @ self._ball.weights[q]
        forms, outers, slopes, shifts, befores = (column[::-1] for column in found)
        return _Composed(forms, outers, slopes, shifts, befores, constant)

    def _forwards(self, composed: _Composed, values: Array) -> list[Array]:
        """Return pre-activations along the lines of a bound, from where it is largest, and the last units."""
        found, z = [], self.radius * values + self._ball.shifts[0]
        for q in range(len(self.stages)):
            if q:
                z = found.pop() @ self._ball.weights[q].T + self._ball.shifts[q]
            found += [z, composed.slopes[q] * z + composed.shifts[q]]
        return found

    def _move(
        self,
        asked: Asked,
        now: Multipliers,
        composed: _Composed,
        forwards: list[Array],
        largest: Array,
        descent: Descent,
        step: int,
    ) -> None:
        """Move multipliers against their subgradients."""
        fading = FADING**step
        scale = descent.scale(largest + SMALL)
        for q, kinks in enumerate(self._kinks):
            part, z, form = asked.part, forwards[q], composed.forms[q]
            gain = form * z if kinks.are_ramps else form * kinks.span * z
            slope = np.where(asked.lines[q].bent & ~composed.outer[q], gain, 0.0)
            moved = descent.way(("slopes", q), slope, step)
            moved *= SLOPE_STEP * fading
            now.slopes[q] = np.clip(now.slopes[q] - moved, 0.0, 1.0)
            known = part.signs[q] != 0.0
            if known.any():
                moved = descent.way(("signs", q), part.signs[q] * z, step)
                moved *= (MULTIPLIER_STEP * fading * scale)[:, None] / self._ball.scales[q]
                now.signs[q] = np.where(known, np.maximum(now.signs[q] - moved, 0.0), 0.0)
        if asked.stage >= 0:
            value = (asked.part.row * forwards[-1]).sum(axis=1)
            moved = descent.way(("row", 0), value, step) * scale / descent.row_size
            now.row = np.maximum(now.row - MULTIPLIER_STEP * fading * moved, 0.0)

    def _proved(self, asked: Asked, given: Multipliers) -> Bounded:
        """Bound what is asked for by given multipliers, with all roundings."""
        composed = self._composed(asked, given)
        sizes = (np.abs(given.row)[:, None] * np.abs(asked.part.row)) @ self._ball.far
        for q, before in enumerate(composed.before):
            terms = np.abs(composed.forms[q] * composed.slopes[q]) + given.signs[q] + np.abs(before)
            if asked.rows is not None and q == asked.stage:
                terms = terms + np.abs(asked.rows)
            sizes = (
                sizes
                + terms @ self._ball.reach[q]
                + (np.abs(composed.forms[q]) * np.abs(composed.shifts[q])).sum(axis=1)
            )
        first, rows = self._ball.first, composed.before[0]
        largest = first.bound(rows, first.farthest(rows)[0])
        lost = 2.0 * above(slack(self._ball.operations) * sizes, 4) + above(
            np.abs(composed.before[0]) @ self._ball.lost, 8
        )
        lost += TINY * (1.0 + sum(float(reach.sum()) for reach in self._ball.reach))
        constant = composed.constant + lost + slack(4) * np.abs(composed.constant)
        tops = above(self.radius * largest, 1) + constant
        tops = tops + slack(1) * np.abs(tops)
        radii = np.where(constant < 0.0, np.maximum(-constant, 0.0) / np.where(largest > 0.0, largest, SMALL), 0.0)
        return Bounded(tops, np.nan_to_num(radii * (1.0 - slack(4))), given)

    def useful(self, asked: Asked, given: Multipliers) -> list[Array]:
        """Return how much of a bound is due to each bent unit, for each stage an array of shape (bounds, units).

        That is how far lines are from their units where the bound is largest, and a part of how far they ever are.
        """
        found = []
        with np.errstate(all="ignore"):
            composed = self._composed(asked, given)
            forwards = self._forwards(composed, self._ball.first.farthest(composed.before[0])[1])
            for q, stage in enumerate(self.stages):
                z, lines = forwards[q], asked.lines[q]
                unit = np.where(z > 0.0, stage.high, stage.low) * z
                gap = composed.forms[q] * (composed.slopes[q] * z + composed.shifts[q] - unit)
                widest = composed.forms[q] * composed.shifts[q]
                found.append(np.where(lines.bent, np.nan_to_num(np.maximum(gap, 0.0) + 0.1 * widest) + SMALL, 0.0))
        return found

    # ---- units

    def tighten(self, part: Part, steps: int) -> bool:
        """Make the ranges of the bent units of a single part smaller, in place; return whether it may have points."""
        for stage in range(len(self.stages)):
            lines = part.lines()
            places = np.flatnonzero(lines[stage].bent[0])
            if not len(places):
                continue
            n = len(places)
            rows = np.zeros((2 * n, part.low[stage].shape[1]))
            rows[np.arange(n), places], rows[n + np.arange(n), places] = 1.0, -1.0
            asked = Asked(part, lines, stage, rows)
            tops = self.lowest(asked, self.start(asked), steps, -np.inf).tops
            low, high = part.low[stage][0], part.high[stage][0]
            high[places], low[places] = np.fmin(high[places], tops[:n]), np.fmax(low[places], -tops[n:])
            if (low > high).any():
                return False
        return True
