"""Points of other classes near a point, as floats find them: they bound a distance from above, and prove nothing else.

From a region's affine map the nearest point at which another output catches up has a closed form. Steps to such points
lead to another class; then the point is drawn back along the segment to the centre, and steps from there lead on to
nearer ones, as long as that helps.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from exactregions.network import Network
from exactregions.quantities.jacobians import Jacobians
from exactregions.regions import pack_patterns

__all__ = ["NearbyClasses"]

Array = NDArray[np.float64]

STEPS = 30  # towards another class before a start is given up
ROUNDS = 12  # of drawing back and stepping on
SAMPLES, REFINEMENTS = 32, 6  # on a segment, and how many times between two of them
BEYOND = 1e-6  # relative; a step goes so much further than to where the outputs are equal


class NearbyClasses:
    """Looks for near points at which some difference of outputs is positive.

    Parameters
    ----------
    network : Network
        Its outputs are the differences, all at most zero at the centre.
    center : numpy.ndarray, shape (inputs,)
    norm : {1, 2, inf}
    """

    def __init__(self, network: Network, center: Array, norm: float) -> None:
        self._network, self._center, self._norm = network, center, norm
        self._jacobians = Jacobians(network, range(network.inputs), range(network.outputs))

    def nearest(self) -> tuple[Array, float] | None:
        """Return the nearest point that was found and its distance; None where none was."""
        best: tuple[Array, float] | None = None
        with np.errstate(all="ignore"):
            for output in range(self._network.outputs):
                found = self._towards(output)
                if found is not None and (best is None or found[1] < best[1]):
                    best = found
        return best

    def _value(self, point: Array) -> Array:
        return self._network.forward(point)

    def _length(self, step: Array) -> float:
        return float(np.linalg.norm(step, self._norm))

    def _towards(self, output: int) -> tuple[Array, float] | None:
        point = self._center
        for _ in range(STEPS):
            target = self._caught_up(point, output)
            if target is None:
                return None
            point = target
            if self._value(point).max() > 0:
                return self._improved(point, output)
        return None

    def _caught_up(self, point: Array, output: int) -> Array | None:
        """Return the point nearest to the centre at which the map of this region makes an output positive."""
        signs = pack_patterns(self._network.pattern(point[None]))
        slopes = next(self._jacobians.parts(signs, self._network.units))[0, output]
        value = self._value(point)[output] + slopes @ (self._center - point)
        direction, gain = _steepest(slopes, self._norm)
        if not gain > 0 or not math.isfinite(value):
            return None
        step = max(-value / gain, 0.0)
        return self._center + (step * (1.0 + BEYOND) + 1e-12 * self._length(point - self._center)) * direction

    def _improved(self, point: Array, output: int) -> tuple[Array, float]:
        point = self._drawn_back(point)
        for _ in range(ROUNDS):
            target = self._caught_up(point, output)
            if target is None:
                break
            # the target may belong to the class still; a point half way to it is nearer than this one too
            found = next((p for p in (target, 0.5 * (target + point)) if self._value(p).max() > 0), None)
            if found is None:
                break
            found = self._drawn_back(found)
            if not self._length(found - self._center) < self._length(point - self._center) * (1.0 - 1e-9):
                break
            point = found
        return point, self._length(point - self._center)

    def _drawn_back(self, point: Array) -> Array:
        """Return the first point on the way from the centre with another class, as far as samples tell."""
        low, high, step = 0.0, 1.0, point - self._center
        for _ in range(REFINEMENTS):
            places = np.linspace(low, high, SAMPLES + 1)[1:]
            beyond = self._network.forward(self._center + places[:, None] * step).max(axis=1) > 0
            first = int(beyond.argmax()) if beyond.any() else SAMPLES - 1
            high = float(places[first])
            low = float(places[first - 1]) if first else low
        return self._center + high * step


def _steepest(slopes: Array, norm: float) -> tuple[Array, float]:
    """Return the step of length one that raises a linear form most, and by how much."""
    sizes = np.abs(slopes)
    if norm == 2:
        gain = float(np.linalg.norm(slopes))
        return slopes / gain if gain else slopes, gain
    if norm == math.inf:
        return np.sign(slopes), float(sizes.sum())
    direction, place = np.zeros_like(slopes), int(sizes.argmax())
    direction[place] = np.sign(slopes[place])
    return direction, float(sizes[place])
