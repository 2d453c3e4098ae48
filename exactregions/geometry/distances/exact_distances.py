"""The distance of a region from the centre in rationals; `Rows` are about the origin."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball
from exactregions.geometry.distances.centred import Rows
from exactregions.solvers.contract import Proposal

if TYPE_CHECKING:
    import flint

    from exactregions.exact.forms import Form
    from exactregions.exact.numbers import Rational

Array = NDArray[np.float64]

NEGLIGIBLE = 1e-9  # a float multiplier or coordinate below it, relative, is guessed to be zero in the exact basis


def tight_rows(found: Proposal) -> list[int]:
    """Return the rows with multipliers in a float solution: a guess of those that are tight at the nearest point."""
    return np.flatnonzero(found.multipliers > NEGLIGIBLE * found.multipliers.max(initial=0.0)).tolist()


def basic_nearest(rows: Rows, found: Proposal, norm: float) -> tuple[Rational, list[Rational]] | None:
    """Return the exact distance in the norm 1 or inf that a float solution means, once it is proved; else None.

    The second value is the nearest point.

    The nearest point is M v, where the rows T with multipliers are tight: N_T M v = -o_T. Columns of M: in the norm 1
    the coordinates that move; in the norm inf those that move less than the largest, and one for all others with their
    signs. With w.v the length of M v, the multipliers solve (N_T M)^T y = w. It is the distance if all rows are
    nonnegative there, y >= 0, and ||N_T^T y||_dual <= 1.
    """
    import flint

    tight = tight_rows(found)
    k, (m, d) = len(tight), rows.normals.shape
    chosen = flint.fmpz_mat(k, d, [rows.exact[t, j] for t in tight for j in range(d)])
    constants = [flint.fmpq(rows.constants[t]) for t in tight]
    distance = dual_distance(chosen, constants, found.point, norm)
    if distance is None:
        return None
    moves, _ = _moves(found.point, norm)
    slopes = rows.exact * moves
    system = flint.fmpq_mat(k, k, [slopes[t, j] for t in tight for j in range(k)])
    v = system.solve(flint.fmpq_mat(k, 1, [-b for b in constants]))
    reached = flint.fmpq_mat(slopes) * v
    if any(reached[i, 0] + rows.constants[i] < 0 for i in range(m)):
        return None
    point = (flint.fmpq_mat(moves) * v).entries()
    lengths = [abs(x) for x in point]
    return (distance, point) if (sum(lengths) if norm == 1 else max(lengths)) == distance else None


def dual_distance(chosen: flint.fmpz_mat, constants: Sequence[Rational], point: Array, norm: float) -> Rational | None:
    """Return an exact lower bound, to its power, of the distance of a polyhedron that lies in some halfspaces.

    It is the distance itself where these are the ones that are tight at the nearest point; None where floats guess
    something that proves nothing. For y >= 0 the sum of y_j (n_j.u + o_j) is not negative on the polyhedron; y is that
    of `basic_nearest`, and in the norm 2 solves N N^T y = -o.

    Parameters
    ----------
    chosen : flint.fmpz_mat, shape (k, d)
        Normals of the halfspaces n_j.u + o_j >= 0.
    constants : sequence of fmpq, length k
    point : numpy.ndarray, shape (d,)
        About the nearest point.
    norm : {2, 1, inf}
    """
    import flint

    k = chosen.nrows()
    if not k:
        return None
    moves, weights = (chosen.transpose(), [-b for b in constants]) if norm == 2 else _moves(point, norm)
    if moves.ncols() != k:
        return None
    try:
        y = flint.fmpq_mat((chosen * moves).transpose()).solve(flint.fmpq_mat(k, 1, weights))
    except ZeroDivisionError:
        return None
    if any(v < 0 for v in y.entries()):
        return None
    if norm != 2:
        slope = [abs(x) for x in (y.transpose() * flint.fmpq_mat(chosen)).entries()]
        if (max(slope) if norm == 1 else sum(slope)) > 1:
            return None
    return sum((-b * v for b, v in zip(constants, y.entries(), strict=True)), flint.fmpq(0))


def nearest_by_program(
    forms: Sequence[Form], inside: Sequence[Rational], norm: float
) -> tuple[Rational, list[Rational]]:
    """Return the exact distance of a polyhedron from the origin in the norm 1 or inf, and a point that has it.

    It is that of a linear program in rationals.

    In the norm 1 its columns are u, v >= 0 with the point u - v; in the norm inf the point and its length t, and rows
    -t <= x_i <= t.

    Parameters
    ----------
    forms : sequence of Form
        The polyhedron is where none is negative.
    inside : sequence of fmpq
        A point of it, at which the program begins.
    """
    import flint

    from exactregions.exact.simplex import Dictionary

    zero, one, d = flint.fmpq(0), flint.fmpq(1), len(inside)
    if norm == 1:
        start = [max(v, zero) for v in inside] + [max(-v, zero) for v in inside]
        program = Dictionary(start, [zero] * (2 * d), [None] * (2 * d))
        for form in forms:
            program.add_row([*form.a, *(-v for v in form.a)], form.b)
        value = program.greatest([-one] * (2 * d), zero)
    else:
        start = [*inside, max((abs(v) for v in inside), default=zero)]
        program = Dictionary(start, [None] * d + [zero], [None] * (d + 1))
        for i in range(d):
            for sign in (one, -one):
                program.add_row([sign * (i == j) for j in range(d)] + [one], zero)
        for form in forms:
            program.add_row([*form.a, zero], form.b)
        value = program.greatest([zero] * d + [-one], zero)
    assert value is not None, "a length is not negative"
    point = program.point
    return -value, [u - v for u, v in zip(point[:d], point[d:], strict=True)] if norm == 1 else point[:d]


def _moves(point: Array, norm: float) -> tuple[flint.fmpz_mat, list[int]]:
    """Return the columns M of `basic_nearest` and the weights w."""
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


def meets_ball(rows: Rows, radius: Fraction, norm: float) -> bool:
    """Decide whether a region meets an open ball: cut it by a row that its witness violates until none is left."""
    from exactregions.exact.cells import root_cell

    forms = rows.forms()
    cell = root_cell(Ball((Fraction(0),) * rows.normals.shape[1], radius, norm))
    while (violated := next((form for form in forms if form.at(cell.witness) <= 0), None)) is not None:
        part = cell.part(violated)
        if part is None:
            return False
        cell = part
    return True
