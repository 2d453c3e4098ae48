"""The stages of a network in a ball, about its centre: ranges of all units, and how large what they add up is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.rounding_errors import above, affine_error, slack
from exactregions.quantities.first_rows import FirstRows
from exactregions.quantities.split_multipliers import SMALL
from exactregions.quantities.split_parts import hyperplanes_of
from exactregions.stage import Stage

__all__ = ["BallStages"]

Array = NDArray[np.float64]


class BallStages:
    """The stages of a network in a closed ball.

    Parameters
    ----------
    stages : sequence of Stage
    center : numpy.ndarray, shape (inputs,)
        The centre's coordinates, each rounded to the nearest float.
    norm : {1, 2, inf}
    radius : float

    Attributes
    ----------
    weights : list of numpy.ndarray
    shifts : list of numpy.ndarray
        Constants of the pre-activations; of the first ones at the centre, `lost` from the exact ones at most.
    lost : numpy.ndarray, shape (units of the first stage,)
    first : FirstRows
    low, high : list of numpy.ndarray, shape (1, units)
        Between them lie all pre-activations.
    hyperplanes : list of (numpy.ndarray, numpy.ndarray)
        As `hyperplanes_of` gives them.
    reach : list of numpy.ndarray, shape (units,)
        At least the magnitude of a pre-activation, and of all its terms together.
    far : numpy.ndarray, shape (units of the last stage,)
        At least the magnitude of a unit.
    scales : list of numpy.ndarray, shape (units,)
        Roughly how much pre-activations change in the unit ball.
    outputs : numpy.ndarray, shape (units of the last stage, units of the first)
        Roughly the units of the last stage as forms of pre-activations of the first.
    """

    def __init__(self, stages: Sequence[Stage], center: Array, norm: float, radius: float) -> None:
        self.stages = stages
        self.weights = [np.ascontiguousarray(stage.weight) for stage in stages]
        self.first = FirstRows(self.weights[0], norm)
        bias = stages[0].bias
        # the centre itself may be off by a rounding
        moved = slack(1) * above(np.abs(self.weights[0]) @ np.abs(center), len(center))
        self.lost = above(affine_error(self.weights[0], center, bias) + moved, 1)
        self.shifts = [self.weights[0] @ center + bias, *(stage.bias for stage in stages[1:])]
        self.hyperplanes = [hyperplanes_of(stage) for stage in stages]
        self.low: list[Array] = []
        self.high: list[Array] = []
        self.reach: list[Array] = []
        self.far = np.zeros(0)
        with np.errstate(all="ignore"):
            self._ranges(radius)
            self.scales = self._sensitivities()

    @property
    def operations(self) -> int:
        """Roundings of one coefficient, and of all that is added up for a bound, stage by stage."""
        return max(sum(weight.shape) for weight in self.weights) + 4 * len(self.stages) + 32

    def _ranges(self, radius: float) -> None:
        middle, wide = self.shifts[0], self.lost + above(radius * self.first.lengths, 1)
        inner = spread = np.zeros(0)
        for k, stage in enumerate(self.stages):
            if k:
                error = affine_error(self.weights[k], inner, stage.bias)
                middle = self.weights[k] @ inner + stage.bias
                wide = error + above(np.abs(self.weights[k]) @ spread, self.weights[k].shape[1])
            wide = above(wide, 2)
            low, high = np.nextafter(middle - wide, -np.inf), np.nextafter(middle + wide, np.inf)
            self.reach.append(above(np.abs(middle) + wide + np.abs(self.shifts[k]), 4) + self._size_of_terms(k))
            self.low.append(low[None])
            self.high.append(high[None])
            ends = np.stack([np.where(v > 0.0, stage.high, stage.low) * v for v in (low, high)])
            bent = (low < 0.0) & (high > 0.0)
            least = np.nextafter(np.where(bent, np.minimum(ends.min(axis=0), 0.0), ends.min(axis=0)), -np.inf)
            most = np.nextafter(np.where(bent, np.maximum(ends.max(axis=0), 0.0), ends.max(axis=0)), np.inf)
            inner = 0.5 * least + 0.5 * most
            spread = above(0.5 * most - 0.5 * least, 4) + slack(4) * np.abs(inner)
            self.far = np.maximum(np.abs(least), np.abs(most))

    def _size_of_terms(self, k: int) -> Array:
        """Bound the magnitudes of all terms of each row, about the centre in the first stage."""
        if k == 0:
            return self.lost
        return above(np.abs(self.weights[k]) @ self.far + np.abs(self.shifts[k]), self.weights[k].shape[1] + 1)

    def _sensitivities(self) -> list[Array]:
        """Return roughly how much pre-activations change in a unit ball: scales of their multipliers."""
        forms, found = np.eye(len(self.weights[0])), []
        for k, stage in enumerate(self.stages):
            if k:
                forms = self.weights[k] @ forms
            found.append(self.first.farthest(forms)[0] + SMALL)
            forms = forms * (0.5 * (np.abs(stage.low) + np.abs(stage.high)))[:, None]
        self.outputs = forms
        return found
