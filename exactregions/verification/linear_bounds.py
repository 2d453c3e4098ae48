"""Bounds of units over boxes: linear in the inputs, and composed backwards (mathematics, 8.2).

On a box a unit with a kink lies between two lines. So a row of a later stage is bounded by a form of the units of the
stage before, that by one of the stage before it, and at last by one of the inputs, whose largest value on the box is at
a corner (H. Zhang and others, Efficient neural network robustness certification with general activation functions,
NeurIPS 2018). Lines need the range of their unit, which is bounded in the same way.

Soundness. Coefficients are what the floats say they are; what a rounding takes from one is at most its size times that
of what it multiplies, and is added to the bound, as are the roundings of constants. A sum of n products in any order
is off by n + 1 roundings of its terms at most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.stage import Stage
from exactregions.verification.box_bounds import STEEPEST, BoxBounds, none_positive
from exactregions.verification.lines import Lines, lines_of, raised
from exactregions.verification.multipliers import lowering
from exactregions.weights import shape_of

__all__ = ["LinearBounds", "affordable"]

Floats = NDArray[np.float64]

TURNS = (1.0, 1 / 3)  # shares of the way to the slopes of units at worst corners, one after the other
LARGEST = 1 << 25  # weights of all stages and products of the sizes of any two: about a second for a box
UNIT = 2.0**-53
TINY = 1e-300  # far more than products lose below the normal floats, and far less than anything of interest


def affordable(stages: Sequence[Stage]) -> bool:
    """Whether rows of all units fit in memory, and their bounds into a moment."""
    widths = [len(stage.bias) for stage in stages]
    widest = max(shape_of(stages[0].matrix)[1], *widths)
    return sum(widths) * widest * len(widths) <= LARGEST


class LinearBounds:
    """Bounds of the last stage of a network, for many boxes at once.

    Parameters
    ----------
    stages : sequence of Stage
    groups : sequence of slice, optional
        Units of the last stage, of which some sum is bounded; each unit by itself where none are given.
    """

    def __init__(self, stages: Sequence[Stage], groups: Sequence[slice] | None = None) -> None:
        self.stages = stages
        self.groups = [slice(i, i + 1) for i in range(len(stages[-1].bias))] if groups is None else groups
        self._weights = [np.ascontiguousarray(stage.weight) for stage in stages]
        self._sizes = [np.abs(weight) for weight in self._weights]

    @property
    def largest_batch(self) -> int:
        """Return a number of boxes whose rows stay in a cache."""
        rows = max(2 * w.shape[0] * max(w.shape) for w in self._weights)
        return max(1, min(256, (1 << 17) // rows))

    def over(self, lower: Floats, upper: Floats) -> BoxBounds:
        """Bound the last stage over boxes.

        Where the bounds do not decide, lines through kinks are turned to the units at the corner where a bound is
        largest, first all the way and then a part of it.

        Parameters
        ----------
        lower, upper : numpy.ndarray, shape (boxes, inputs)
        """
        found = self._along(lower, upper)
        with np.errstate(all="ignore"):
            for share in TURNS:
                left = np.flatnonzero(~found.decided)
                if len(left):
                    ends = lower[left], upper[left]
                    found.improve(left, self._along(*ends, self._turned(found, left, *ends, share)))
        return found

    def _turned(
        self, found: BoxBounds, left: NDArray[np.intp], lower: Floats, upper: Floats, share: float
    ) -> NDArray[np.uint8]:
        """Return slopes of lines that are nearer to units at the worst corners of boxes."""
        h = np.where(found.forms[left, found.tops[left].argmax(axis=1)] > 0.0, upper, lower)
        positive = [np.zeros((len(h), 0), dtype=bool)]
        for stage in self.stages[:-1]:
            p = h @ stage.weight.T + stage.bias
            positive.append(p > 0.0)
            h = np.where(p > 0.0, stage.high, stage.low) * p
        slopes = found.slopes[left].astype(np.float64)
        aims = np.where(np.concatenate(positive, axis=1), STEEPEST, 0)
        return np.rint(slopes + share * (aims - slopes)).astype(np.uint8)

    def _along(self, lower: Floats, upper: Floats, given: NDArray[np.uint8] | None = None) -> BoxBounds:
        """Bound the last stage over boxes by lines with the slopes given, or those that leave least room."""
        slopes, undecided = [], np.zeros(len(lower), dtype=np.int64)
        lines: list[Lines] = []
        ranges: list[Floats] = []
        far = np.maximum(np.abs(lower), np.abs(upper))
        with np.errstate(all="ignore"):
            for k, stage in enumerate(self.stages[:-1]):
                rows, m = self._weights[k], len(stage.bias)
                both = np.concatenate([-rows, rows]), np.concatenate([-stage.bias, stage.bias])
                tops, forms = self._tops(*both, lines, lower, upper)
                low, high = -tops[:, :m], tops[:, m:]
                # the steeper line below leaves the smaller triangle
                chosen = np.where(high > -low, STEEPEST, 0).astype(np.uint8)
                if given is not None:
                    chosen, given = given[:, :m], given[:, m:]
                found = lines_of(stage, low, high, chosen / STEEPEST, self._reach(k, far))
                undecided += found.bent.sum(axis=1)
                slopes.append(chosen)
                lines.append(found)
                ranges.append(np.abs(forms[:, :m]) + np.abs(forms[:, m:]))
                far = found.far
            slopes.append(np.zeros((len(lower), 0), dtype=np.uint8))
            told = np.concatenate(slopes, axis=1), undecided
            return BoxBounds(*self._sums(lines, ranges, far, lower, upper), *told)

    def _sums(
        self, lines: Sequence[Lines], ranges: Sequence[Floats], far: Floats, lower: Floats, upper: Floats
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Return bounds of a row of each group, and where these do not decide, of sums that are better."""
        weight, bias = self._weights[-1], self.stages[-1].bias
        row_tops, row_forms = self._tops(weight, bias, lines, lower, upper)
        boxes = np.arange(len(lower))
        best = np.stack([row_tops[:, group].argmin(axis=1) + group.start for group in self.groups], axis=1)
        tops, forms = (values[boxes[:, None], best] for values in (row_tops, row_forms))
        multipliers, influence = np.zeros(row_tops.shape), np.zeros(lower.shape)
        multipliers[boxes[:, None], best] = 1.0
        left = ~none_positive(tops)
        if left.any():
            lines, ends = [line.at(left) for line in lines], (lower[left], upper[left])
            y = multipliers[left]
            for group in self.groups:
                y[:, group] = lowering(row_tops[left, group], row_forms[left, group], *ends)
            sums, constants = self._combined(y, far[left])
            trace: list[tuple[Floats, Floats]] = []
            tops[left], forms[left] = self._tops(sums, constants, lines, *ends, trace)
            multipliers[left] = y
            influence[left] = _influence(forms[left], lines, [r[left] for r in ranges], trace)
        return tops, multipliers, forms, influence

    def _combined(self, y: Floats, far: Floats) -> tuple[Floats, Floats]:
        """Return the rows of sums of each group, and constants to which the roundings of the rows are added."""
        weight, bias = self._weights[-1], self.stages[-1].bias
        rows = np.stack([y[:, group] @ weight[group] for group in self.groups], axis=1)
        constants = np.stack([y[:, group] @ bias[group] for group in self.groups], axis=1)
        size = far @ self._sizes[-1].T + np.abs(bias)
        off = np.stack([(y[:, group] * size[:, group]).sum(axis=1) for group in self.groups], axis=1)
        # twice, as in `_tops`
        return rows, constants + raised(2 * (y.shape[1] + 2) * UNIT * off + TINY * (1.0 + far.sum(axis=1))[:, None])

    def _reach(self, k: int, far: Floats) -> Floats:
        """Return how large all terms of each row of a stage are together, given how large each value before is."""
        return raised(far @ self._sizes[k].T + np.abs(self.stages[k].bias))

    def _tops(
        self,
        rows: Floats,
        bias: Floats,
        lines: Sequence[Lines],
        lower: Floats,
        upper: Floats,
        trace: list[tuple[Floats, Floats]] | None = None,
    ) -> tuple[Floats, Floats]:
        """Return bounds of rows of the values of a stage, and the forms of the inputs that they are taken from.

        In `trace`, from the last stage on, go the sums of coefficients of lines above, and of lines below.
        """
        a = np.broadcast_to(rows, (len(lower), *rows.shape[-2:]))
        beta = np.broadcast_to(bias, a.shape[:2])
        off = np.zeros(a.shape[:2])
        for q in range(len(lines) - 1, -1, -1):
            line, stage = lines[q], self.stages[q]
            up, down = np.maximum(a, 0.0), np.minimum(a, 0.0)
            if trace is not None:
                trace.append((up.sum(axis=1), -down.sum(axis=1)))
            above, below = _times(up, line.above), _times(down, line.below)
            c = up * line.steep_above[:, None] + down * line.steep_below[:, None]
            moved = c @ stage.bias
            roundings = (sum(self._weights[q].shape) + 8) * UNIT
            off = off + roundings * (above + below + _times(np.abs(c), line.reach)) + TINY * line.total[:, None]
            beta = beta + above + below + moved
            off += 8 * UNIT * (np.abs(beta) + above + below + np.abs(moved))
            a = (c.reshape(-1, c.shape[2]) @ self._weights[q]).reshape(*c.shape[:2], -1)
        up, down = np.maximum(a, 0.0), np.minimum(a, 0.0)
        ends = _times(up, upper) + _times(down, lower)
        far = np.maximum(np.abs(lower), np.abs(upper))
        off += (lower.shape[1] + 8) * UNIT * (_times(np.abs(a), far) + np.abs(beta))
        off += TINY * (1.0 + far.sum(axis=1))[:, None]
        # twice: a checker that adds up in another order finds the same
        return beta + ends + 2.0 * raised(off), a


def _influence(
    forms: Floats, lines: Sequence[Lines], ranges: Sequence[Floats], trace: Sequence[tuple[Floats, Floats]]
) -> Floats:
    """Return what each input does to bounds: by itself, and through the ranges of units, which widen their lines."""
    found = np.abs(forms).sum(axis=1)
    for line, reached, (above, below) in zip(lines, ranges, reversed(trace), strict=True):
        weights = above * line.loose_above + below * line.loose_below
        found = found + np.matmul(weights[:, None], reached)[:, 0]
    return found


def _times(rows: Floats, values: Floats) -> Floats:
    """Return sums of products of rows, shape (boxes, m, n), with values, shape (boxes, n)."""
    return np.matmul(rows, values[..., None])[..., 0]
