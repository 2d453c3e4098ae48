"""Points of a region nearest to the origin as float solvers see them, and the distance that multipliers prove."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import row_lengths
from exactregions.exact.rounding_errors import TINY, above, dual_norms, slack
from exactregions.solvers.contract import Proposal, Unknown

if TYPE_CHECKING:
    from exactregions.geometry.distances.centred import Rows

Array = NDArray[np.float64]


class NearestPoints:
    """Asks a float solver for nearest points; nothing it says is believed before it is checked.

    Parameters
    ----------
    dim : int
        Inputs of the network.
    norm : {2, 1, inf}
    """

    def __init__(self, dim: int, norm: float) -> None:
        from exactregions.solvers.highs import LinearProgram

        self._norm = norm
        if norm == 1:
            lower, upper = np.zeros(2 * dim), np.full(2 * dim, np.inf)
        else:
            lower, upper = np.append(np.full(dim, -1.0), 0.0), np.append(np.ones(dim), np.inf)
        self._program = LinearProgram(lower, upper)

    def propose(self, normals: Array, offsets: Array) -> Proposal | Unknown:
        """Return the point nearest to the origin where normals.u + offsets >= 0, and multipliers of the rows."""
        if self._norm == 2:
            return _euclidean(normals, offsets)
        return self._cross_polytope(normals, offsets) if self._norm == 1 else self._cube(normals, offsets)

    def _cross_polytope(self, normals: Array, offsets: Array) -> Proposal | Unknown:
        """Minimise sum(u + v) over the points u - v of the region, u, v >= 0."""
        d = normals.shape[1]
        self._program.load(np.hstack([normals, -normals]), offsets)
        found = self._program.minimise(np.ones(2 * d))
        if isinstance(found, Unknown):
            return found
        return Proposal(found.value, found.point[:d] - found.point[d:], found.multipliers)

    def _cube(self, normals: Array, offsets: Array) -> Proposal | Unknown:
        """Maximise w over the points s of the cube with the point s / w in the region: its distance is 1 / w.

        So there is a row for each of the region alone. Where the origin is in the region, w has no end.
        """
        m, d = normals.shape
        if (offsets >= 0.0).all():
            return Proposal(0.0, np.zeros(d), np.zeros(m))
        self._program.load(np.hstack([normals, offsets[:, None]]), np.zeros(len(offsets)))
        found = self._program.minimise(np.append(np.zeros(d), -1.0))
        if isinstance(found, Unknown):
            return found
        w = float(found.point[d])
        if not w > 0.0:
            return Unknown("in floats the region is farther than any number")
        return Proposal(1.0 / w, found.point[:d] / w, found.multipliers / w)


def _euclidean(normals: Array, offsets: Array) -> Proposal | Unknown:
    """Propose the nearest point in the Euclidean norm."""
    from exactregions.solvers.active_set import nearest_point

    lengths = row_lengths(normals)
    lengths = np.where(lengths > 0, lengths, 1.0)  # a normal may underflow beside a huge offset
    units = normals / lengths[:, None]
    found = nearest_point(units @ units.T, offsets / lengths, math.inf)
    if isinstance(found, Unknown):
        return found
    if not found.reached:
        return Unknown("in floats the rows of the region contradict each other")
    return Proposal(found.distance, found.multipliers @ units, found.multipliers / lengths)


def least_distance(rows: Rows, multipliers: Array, norm: float) -> float:
    """Return a proved lower bound of the distance of a region from the origin, whatever the multipliers.

    For y >= 0 and rows n_j.u + o_j >= 0 put s = sum y_j n_j and t = sum y_j o_j. On the region s.u + t >= 0, hence
    ||u|| >= -t / ||s||_dual. Roundings are bounded as in `exactregions.exact.rounding_errors`; the coefficients
    themselves are rounded once. Only ratios of multipliers matter: the largest is made one, so that small ones do not
    vanish.
    """
    y = np.maximum(multipliers, 0.0)
    y = y / y.max(initial=0.0)
    m, tiny = len(y), TINY * (len(y) + 4) * (1.0 + float(y.sum()))
    lost = slack(m) * (y @ np.abs(rows.normals)) + tiny
    size = float(dual_norms(above(np.abs(y @ rows.normals) + lost, 2)[None, :], norm)[0])
    gap = -float(y @ rows.offsets) - float(above(slack(m) * (y @ np.abs(rows.offsets)), m + 2)) - tiny
    return gap / size * (1.0 - slack(4)) if gap > 0.0 and 0.0 < size < math.inf else 0.0
