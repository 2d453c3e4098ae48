"""What floats prove about facets, with all rounding errors bounded (mathematics, 3.1)."""

from __future__ import annotations

from collections.abc import Sequence

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import UNIT
from exactregions.exact.nearest import solve_gram
from exactregions.exact.rounding_errors import TINY
from exactregions.facets.float_domains import FloatDomain
from exactregions.facets.halfspaces import UNDERFLOW_BELOW_FAR, Halfspaces

Array = NDArray[np.float64]

MEMORY = 2**22  # floats kept for proofs of earlier regions, 32 MB
CLOSE = 1e-9  # a combination is worth an exact try when floats see it so close; rows have normals near 1
PROOFS = 64  # of a unit; more take longer to try than they save


def lies_beyond(rows: Halfspaces, targets: NDArray[np.intp], points: Array, space: FloatDomain) -> NDArray[np.bool_]:
    """Return for which targets the point surely lies beyond their hyperplane, inside all others and the domain.

    Parameters
    ----------
    targets : numpy.ndarray of int, shape (k,)
    points : numpy.ndarray, shape (k, d)
    """
    values, errors = rows.values(points)
    own = rows.groups[targets][:, None] == rows.groups
    return (np.where(own, -values, values) > errors).all(axis=1) & space.inside(points)


def proves_redundant(
    rows: Halfspaces, targets: NDArray[np.intp], multipliers: Array, space: FloatDomain
) -> NDArray[np.bool_]:
    """Return for which targets the multipliers surely prove target >= 0 where the other rows are.

    For any multipliers y >= 0 the target is at least (target - sum_j y_j row_j) there, a form that is bounded
    over the domain: however inaccurate y is, the proof holds if that bound does (Neumaier, Shcherbina 2004).

    Parameters
    ----------
    targets : numpy.ndarray of int, shape (k,)
    multipliers : numpy.ndarray, shape (k, m)
        Nonnegative; zero for the rows of the target's own hyperplane.
    """
    normals, offsets = rows.normals[targets], rows.offsets[targets]
    with np.errstate(invalid="ignore", over="ignore"):
        bound = space.least(normals - multipliers @ rows.normals, offsets - multipliers @ rows.offsets)
        sizes = np.abs(normals) + multipliers @ np.abs(rows.normals)
        largest = sizes @ space.extent + np.abs(offsets) + multipliers @ np.abs(rows.offsets)
        # a coefficient may lose TINY as it is rounded, and as the row is added: times the size of the domain
        lost = (len(rows) + 4) * TINY * (1 + multipliers.sum(axis=1)) * (1 + space.extent.sum())
        # a rounding for each product, sum and row; twice as many cover the rounding of the bound
        return bound - (2 * (len(rows) + 4) * UNIT * largest + 2 * lost + UNDERFLOW_BELOW_FAR) >= 0


class ProofMemory:
    """Multipliers that have proved a row redundant before: in a neighbouring region they often do again.

    Parameters
    ----------
    labels : int
        How many units and inequalities of the domain there are.
    """

    def __init__(self, labels: int) -> None:
        self._places = min(MEMORY // max(labels * labels, 1), PROOFS)
        self._multipliers = np.zeros((labels, self._places, labels))
        self._kept = np.zeros(labels, dtype=np.intp)

    def keep(self, rows: Halfspaces, row: int, multipliers: Array) -> None:
        """Keep a proof in the place of the unit's oldest one."""
        if not self._places:
            return
        unit = rows.units[row]
        kept = np.zeros(len(self._kept))
        kept[rows.units] = multipliers
        self._multipliers[unit, self._kept[unit] % self._places] = kept
        self._kept[unit] += 1

    def redundant(self, rows: Halfspaces, wanted: NDArray[np.bool_], space: FloatDomain) -> NDArray[np.bool_]:
        """Return which of the wanted rows an earlier proof proves redundant, shape (m,)."""
        found = np.zeros(len(rows), dtype=bool)
        targets = np.flatnonzero(wanted & (self._kept[rows.units] > 0))
        if not len(targets):
            return found
        tried = self._multipliers[rows.units[targets]][:, :, rows.units]
        tried[np.broadcast_to((rows.groups[targets][:, None] == rows.groups)[:, None, :], tried.shape)] = 0.0
        proved = proves_redundant(rows, np.repeat(targets, self._places), tried.reshape(-1, len(rows)), space)
        found[targets] = proved.reshape(len(targets), -1).any(axis=1)
        for k in np.flatnonzero(~found[targets]).tolist():
            found[targets[k]] = _combines(rows, int(targets[k]), tried[k])
        return found


def _combines(rows: Halfspaces, target: int, tried: Array) -> bool:
    """Whether the target is, exactly, a nonnegative combination of rows that one of the proofs tried names.

    This is what is left to prove where the domain is unbounded or all rows meet in a point.
    """
    left = np.abs(rows.normals[target] - tried @ rows.normals).max(axis=1)
    constants = rows.offsets[target] - tried @ rows.offsets
    close = np.flatnonzero((left < CLOSE) & (constants > -CLOSE) & tried.any(axis=1))
    return len(close) > 0 and exact_combination(rows, target, np.flatnonzero(tried[close[0]] > CLOSE).tolist())


def exact_combination(rows: Halfspaces, target: int, support: list[int]) -> bool:
    """Decide exactly whether target = sum_j y_j row_j + constant over a support, with nothing negative."""
    form, others = rows.form(target), [rows.form(j) for j in support]
    try:
        weights = solve_gram([f.a for f in others], [_dot(f.a, form.a) for f in others])
    except ZeroDivisionError:
        return False
    if any(y < 0 for y in weights):
        return False
    left = [flint.fmpq(v) for v in (*form.a, form.b)]
    for y, other in zip(weights, others, strict=True):
        left = [v - y * w for v, w in zip(left, (*other.a, other.b), strict=True)]
    return not any(left[:-1]) and left[-1] >= 0


def _dot(p: Sequence[flint.fmpz], q: Sequence[flint.fmpz]) -> flint.fmpq:
    return flint.fmpq(sum((u * v for u, v in zip(p, q, strict=True)), flint.fmpz(0)))
