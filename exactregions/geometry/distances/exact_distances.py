"""The distance of a region from the centre of a ball in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.solvers.contract import Proposal

if TYPE_CHECKING:
    import flint

    from exactregions.exact.forms import Form
    from exactregions.exact.numbers import Point, Rational
    from exactregions.geometry.facets.halfspaces import Halfspaces

__all__ = ["basic_distance", "distance_squared", "meets_ball"]

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-9  # a float multiplier or coordinate below it, relative, is guessed to be zero in the exact basis


def basic_distance(rows: Halfspaces, center: Point, found: Proposal, norm: float) -> Rational | None:
    """Return the exact distance (squared in the Euclidean norm) that a float solution means, once it is proved.

    The nearest point is c + M u, where the rows T with multipliers are tight: N_T M u = -v_T with v the rows at c.
    Columns of M: in the norm 2 the normals of T; in the norm 1 the coordinates that move; in the norm inf those that
    move less than the largest, and one for all others with their signs. With w.u the length of M u, the multipliers
    solve (N_T M)^T y = w. It is the distance if all rows are nonnegative there, y >= 0, and ||N_T^T y||_dual <= 1.
    """
    import flint

    tight = np.flatnonzero(found.multipliers > NEGLIGIBLE * found.multipliers.max(initial=0.0)).tolist()
    k, (m, d) = len(tight), rows.normals.shape
    normals = flint.fmpz_mat(m, d, [v for row in rows.exact for v in row[:-1]])
    chosen = flint.fmpz_mat(k, d, [v for t in tight for v in rows.exact[t][:-1]])
    moves, weights = (chosen.transpose(), []) if norm == 2 else _moves(found.point, norm)
    if moves.ncols() != k or not k:
        return None
    values, slopes = [rows.form(i).at(center) for i in range(m)], flint.fmpq_mat(normals * moves)
    system = flint.fmpq_mat(k, k, [slopes[t, j] for t in tight for j in range(k)])
    try:
        u = system.solve(flint.fmpq_mat(k, 1, [-values[t] for t in tight]))
        y = u if norm == 2 else system.transpose().solve(flint.fmpq_mat(k, 1, weights))
    except ZeroDivisionError:
        return None
    reached = slopes * u
    if any(reached[i, 0] + values[i] < 0 for i in range(m)) or any(y[i, 0] < 0 for i in range(k)):
        return None
    distance = sum((-values[t] * y[i, 0] for i, t in enumerate(tight)), flint.fmpq(0))
    if norm == 2:
        return distance
    slope, point = (y.transpose() * flint.fmpq_mat(chosen)).entries(), (flint.fmpq_mat(moves) * u).entries()
    lengths = [abs(v) for v in slope], [abs(v) for v in point]
    dual, length = (max(lengths[0]), sum(lengths[1])) if norm == 1 else (sum(lengths[0]), max(lengths[1]))
    return distance if dual <= 1 and length == distance else None


def _moves(point: Array, norm: float) -> tuple[flint.fmpz_mat, list[int]]:
    """Return the columns M of `basic_distance` in the norms 1 and inf, and the weights w."""
    import flint

    sizes, signs = np.abs(point), np.sign(point).astype(int)
    if norm == 1:
        free, shared = np.flatnonzero(sizes > NEGLIGIBLE * sizes.max()), []
        weights = signs[free].tolist()
    else:
        free = np.flatnonzero(sizes < (1.0 - NEGLIGIBLE) * sizes.max())
        shared = [np.where(sizes < (1.0 - NEGLIGIBLE) * sizes.max(), 0, signs)]
        weights = [0] * len(free) + [1]
    columns = np.array([*np.eye(len(point), dtype=int)[free], *shared]).reshape(-1, len(point))
    return flint.fmpz_mat(len(point), len(columns), columns.T.ravel().tolist()), weights


def meets_ball(ball: Ball, rows: Sequence[Form]) -> bool:
    """Decide whether a region meets a ball: cut the ball by a row that its witness violates until none is left."""
    from exactregions.exact.cells import root_cell

    cell = root_cell(ball)
    while (violated := next((row for row in rows if row.at(cell.witness) <= 0), None)) is not None:
        part = cell.part(violated)
        if part is None:
            return False
        cell = part
    return True


def distance_squared(ball: Ball, rows: Sequence[Form]) -> Fraction:
    """Return the exact squared Euclidean distance of a region, taking up its rows only where they are violated."""
    from exactregions.exact.nearest import NearestPoint
    from exactregions.exact.numbers import as_fractions, as_point

    nearest = NearestPoint(as_point(ball.center))
    while (violated := next((row for row in rows if row.at(nearest.point) < 0), None)) is not None:
        closer = nearest.with_row(violated)
        assert closer is not None, "a proved region is empty: a proof is wrong"
        nearest = closer
    return as_fractions([nearest.distance_squared])[0]
