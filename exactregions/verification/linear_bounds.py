"""Bounds of units over boxes: linear in the inputs, and composed backwards (mathematics, 8.2).

On a box a unit with a kink lies between two lines. So a row of a later stage is bounded by a form of the units of the
stage before, that by one of the stage before it, and at last by one of the inputs, whose largest value on the box is at
a corner (H. Zhang and others, Efficient neural network robustness certification with general activation functions,
NeurIPS 2018). Lines need the range of their unit, which is bounded in the same way.

Units without a kink are put into later forms, and roundings added to bounds, by `composed_forms`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.stage import Stage
from exactregions.verification.box_bounds import STEEPEST, BoxBounds, none_positive
from exactregions.verification.composed_forms import Chain
from exactregions.verification.lines import lines_of, raised
from exactregions.verification.multipliers import lowering
from exactregions.weights import shape_of

__all__ = ["LinearBounds", "affordable"]

Floats = NDArray[np.float64]

TURNS = (1.0, 1 / 3)  # shares of the way to the slopes of units at worst corners, one after the other
LARGEST = 1 << 25  # weights of all stages and products of the sizes of any two: about a second for a box


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
        slopes, undecided = [np.zeros((len(lower), 0), dtype=np.uint8)], np.zeros(len(lower), dtype=np.int64)
        far = np.maximum(np.abs(lower), np.abs(upper))
        with np.errstate(all="ignore"):
            chain = Chain(lower, upper)
            for k, stage in enumerate(self.stages[:-1]):
                rows, m = chain.rows(self._weights[k], stage.bias), len(stage.bias)
                tops, forms = chain.tops(rows.both())
                low, high = -tops[:, :m], tops[:, m:]
                # the steeper line below leaves the smaller triangle
                chosen = np.where(high > -low, STEEPEST, 0).astype(np.uint8)
                if given is not None:
                    chosen, given = given[:, :m], given[:, m:]
                lines = lines_of(stage, low, high, chosen / STEEPEST, self._reach(k, far))
                undecided += lines.bent.sum(axis=1)
                slopes.append(chosen)
                chain.go_on(rows, lines, np.abs(forms[..., :m]) + np.abs(forms[..., m:]))
                far = lines.far
            return BoxBounds(*self._sums(chain, lower, upper), np.concatenate(slopes, axis=1), undecided)

    def _sums(self, chain: Chain, lower: Floats, upper: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return bounds of a row of each group, and where these do not decide, of sums that are better."""
        rows = chain.rows(self._weights[-1], self.stages[-1].bias)
        row_tops, row_forms = chain.tops(rows)
        row_forms = row_forms.transpose(0, 2, 1)
        boxes = np.arange(len(lower))
        best = np.stack([row_tops[:, group].argmin(axis=1) + group.start for group in self.groups], axis=1)
        tops, forms = (values[boxes[:, None], best] for values in (row_tops, row_forms))
        multipliers, influence = np.zeros(row_tops.shape), np.zeros(lower.shape)
        multipliers[boxes[:, None], best] = 1.0
        left = ~none_positive(tops)
        if left.any():
            y, through = multipliers[left], influence[left]
            for group in self.groups:
                y[:, group] = lowering(row_tops[left, group], row_forms[left, group], lower[left], upper[left])
            tops[left], found = chain.at(left).tops(rows.at(left).sums(y, self.groups), through)
            forms[left] = found.transpose(0, 2, 1)
            multipliers[left] = y
            influence[left] = np.abs(found).sum(axis=2) + through
        return tops, multipliers, forms, influence

    def _reach(self, k: int, far: Floats) -> Floats:
        """Return how large all terms of each row of a stage are together, given how large each value before is."""
        return raised(far @ self._sizes[k].T + np.abs(self.stages[k].bias))
