"""The nearest point of a polyhedron to the origin: the dual active-set method of Goldfarb and Idnani (1983).

With the identity as Hessian the point is a combination of the active normals, so the method needs nothing but
the inner products of the rows: a step costs the same in 784 dimensions as in two. In floats; the rationals have
theirs in `exactregions.exact.nearest`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.solvers.contract import Unknown

Array = NDArray[np.float64]

# rows have unit normals: this is a distance, above what rounding leaves and below what a proof has to see
VIOLATION = 1e-12
# a squared sine: below it a normal counts as a combination of the active ones
DEPENDENCE = 1e-13
STEPS_PER_ROW = 10  # a cycle of rounding errors ends as Unknown


@dataclass(frozen=True, slots=True)
class Nearest:
    """Where the method stopped.

    Attributes
    ----------
    distance : float
        To the polyhedron; when not `reached`, a lower bound that is at least the reach, or inf.
    reached : bool
        The polyhedron has a point closer than the reach.
    multipliers : numpy.ndarray, shape (m,)
        Nonnegative: the combination of rows that proves the distance, or, for inf, that no point satisfies all.
    """

    distance: float
    reached: bool
    multipliers: Array


def nearest_point(gram: Array, offsets: Array, reach: float) -> Nearest | Unknown:
    """Find the point nearest to the origin with n_i.z + offset_i >= 0 for all i.

    Parameters
    ----------
    gram : numpy.ndarray, shape (m, m)
        Inner products of the unit normals n_i.
    offsets : numpy.ndarray, shape (m,)
        inf drops a row.
    reach : float
        The method stops as soon as the distance is known to be at least so large.

    Returns
    -------
    Nearest or Unknown
        The point itself is sum_i multipliers_i n_i.
    """
    m = len(offsets)
    active: list[int] = []
    weights = np.zeros(0)
    for _ in range(STEPS_PER_ROW * m + STEPS_PER_ROW):
        pushed = gram[:, active] @ weights
        with np.errstate(over="ignore"):  # a distance whose square leaves the floats
            distance = float(np.sqrt(max(weights @ pushed[active], 0.0)))
        values = offsets + pushed
        values[active] = 0.0
        violated = int(np.argmin(values)) if m else -1
        if distance >= reach or not m or values[violated] >= -VIOLATION:
            return Nearest(distance, distance < reach, _spread(m, active, weights))
        satisfied = _satisfy(gram, violated, float(values[violated]), active, weights)
        if isinstance(satisfied, Nearest | Unknown):
            return satisfied
        active, weights = satisfied
    return Unknown("the active-set method did not settle")


def _satisfy(
    gram: Array, violated: int, value: float, active: list[int], weights: Array
) -> tuple[list[int], Array] | Nearest | Unknown:
    """Return the active rows and their weights once the violated row holds as well."""
    added = 0.0
    for _ in range(len(active) + 1):
        if active:
            try:
                dual = np.linalg.solve(gram[active][:, active], gram[active, violated])
            except np.linalg.LinAlgError:
                return Unknown("active rows became dependent")
        else:
            dual = np.zeros(0)
        slope = gram[violated, violated] - gram[violated, active] @ dual
        full = -value / slope if slope > DEPENDENCE else np.inf
        ratios = np.divide(weights, dual, out=np.full(len(dual), np.inf), where=dual > 0)
        drop = int(np.argmin(ratios)) if active else -1
        step = min(full, ratios[drop] if active else np.inf)
        if step == np.inf:
            proof = _spread(len(gram), [*active, violated], np.append(np.maximum(-dual, 0.0), 1.0))
            return Nearest(np.inf, False, proof)
        weights = np.maximum(weights - step * dual, 0.0)
        added += step
        value += step * slope
        if step == full:
            return [*active, violated], np.append(weights, added)
        active, weights = active[:drop] + active[drop + 1 :], np.delete(weights, drop)
    return Unknown("no step of the active-set method was a full one")


def _spread(m: int, rows: list[int], weights: Array) -> Array:
    multipliers = np.zeros(m)
    multipliers[rows] = weights
    return multipliers
