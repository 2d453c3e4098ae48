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
    moves, weights = _moves(found.point, norm)
    if moves.ncols() != k or not k:
        return None
    slopes = rows.exact * moves
    system = flint.fmpq_mat(k, k, [slopes[t, j] for t in tight for j in range(k)])
    try:
        v = system.solve(flint.fmpq_mat(k, 1, [-rows.constants[t] for t in tight]))
        y = system.transpose().solve(flint.fmpq_mat(k, 1, weights))
    except ZeroDivisionError:
        return None
    reached = flint.fmpq_mat(slopes) * v
    if any(reached[i, 0] + rows.constants[i] < 0 for i in range(m)) or any(y[i, 0] < 0 for i in range(k)):
        return None
    distance = sum((-rows.constants[t] * y[i, 0] for i, t in enumerate(tight)), flint.fmpq(0))
    chosen = flint.fmpq_mat(k, d, [rows.exact[t, j] for t in tight for j in range(d)])
    slope, point = (y.transpose() * chosen).entries(), (flint.fmpq_mat(moves) * v).entries()
    lengths = [abs(x) for x in slope], [abs(x) for x in point]
    dual, length = (max(lengths[0]), sum(lengths[1])) if norm == 1 else (sum(lengths[0]), max(lengths[1]))
    return (distance, point) if dual <= 1 and length == distance else None


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
