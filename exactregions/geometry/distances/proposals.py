"""Points of a region nearest to a centre as float solvers see them, and the distance that multipliers prove."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.rounding_errors import TINY, above, dual_norms, slack
from exactregions.solvers.contract import Proposal, Unknown

if TYPE_CHECKING:
    from exactregions.geometry.facets.halfspaces import Halfspaces

__all__ = ["NearestPoints", "least_distance"]

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
        lower = np.zeros(2 * dim) if norm == 1 else np.full(dim + 1, -np.inf)
        self._program = LinearProgram(lower, np.full(len(lower), np.inf))

    def propose(self, rows: Halfspaces, values: Array) -> Proposal | Unknown:
        """Return the point of a region nearest to a centre, relative to it, and multipliers of the rows.

        Parameters
        ----------
        rows : Halfspaces
            Those of the region.
        values : numpy.ndarray, shape (m,)
            The rows at the centre.
        """
        normals = rows.normals
        if self._norm == 2:
            return _euclidean(normals, values)
        found = self._cross_polytope(normals, values) if self._norm == 1 else self._cube(normals, values)
        if isinstance(found, Unknown):
            return found
        m, d = normals.shape
        point = found.point[:d] - found.point[d:] if self._norm == 1 else found.point[:d]
        return Proposal(found.value, point, found.multipliers[:m])

    def _cross_polytope(self, normals: Array, values: Array) -> Proposal | Unknown:
        """Minimise sum(u + v) over the points u - v of the region, u, v >= 0."""
        self._program.load(np.hstack([normals, -normals]), values)
        return self._program.minimise(np.ones(2 * normals.shape[1]))

    def _cube(self, normals: Array, values: Array) -> Proposal | Unknown:
        """Minimise t over the points x of the region with -t <= x_i <= t."""
        m, d = normals.shape
        eye, ones = np.eye(d), np.ones((d, 1))
        gauge = np.vstack([np.hstack([eye, ones]), np.hstack([-eye, ones])])
        matrix = np.vstack([np.hstack([normals, np.zeros((m, 1))]), gauge])
        self._program.load(matrix, np.concatenate([values, np.zeros(2 * d)]))
        return self._program.minimise(np.append(np.zeros(d), 1.0))


def _euclidean(normals: Array, values: Array) -> Proposal | Unknown:
    """Propose the nearest point in the Euclidean norm."""
    from exactregions.solvers.active_set import nearest_point

    lengths = np.linalg.norm(normals, axis=1)
    lengths = np.where(lengths > 0, lengths, 1.0)  # a normal may underflow beside a huge offset
    units = normals / lengths[:, None]
    found = nearest_point(units @ units.T, values / lengths, math.inf)
    if isinstance(found, Unknown):
        return found
    if not found.reached:
        return Unknown("in floats the rows of the region contradict each other")
    return Proposal(found.distance, found.multipliers @ units, found.multipliers / lengths)


def least_distance(rows: Halfspaces, values: Array, errors: Array, multipliers: Array, norm: float) -> float:
    """Return a proved lower bound of the distance of a region from the centre, whatever the multipliers.

    For y >= 0 and rows n_j.x + o_j > 0 put s = sum y_j n_j and t = sum y_j (n_j.c + o_j). On the region
    s.(x - c) + t >= 0, hence ||x - c|| >= -t / ||s||_dual. Roundings are bounded as in
    `exactregions.exact.rounding_errors`; the coefficients themselves are rounded once.
    """
    y = np.maximum(multipliers, 0.0)
    m, tiny = len(y), TINY * (len(y) + 4) * (1.0 + float(y.sum()))
    lost = slack(m) * (y @ np.abs(rows.normals)) + tiny
    size = float(dual_norms(above(np.abs(y @ rows.normals) + lost, 2)[None, :], norm)[0])
    gap = -float(y @ values) - float(above(y @ (errors + slack(m) * np.abs(values)), m + 2)) - tiny
    return gap / size * (1.0 - slack(4)) if gap > 0.0 and 0.0 < size < math.inf else 0.0
