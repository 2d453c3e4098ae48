"""The greatest value of an affine form on a closed cell of a Euclidean ball, enclosed by exact decisions."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np

from exactregions.exact.cells import BallCell, Cell
from exactregions.exact.forms import Form
from exactregions.exact.numbers import Point, as_fractions, rational
from exactregions.exact.values import Value, root_ends
from exactregions.support.stopping import check

Top = tuple[Value, tuple[Fraction, ...]]

CLOSE = Fraction(1, 2**44)  # of the value: where a bisection ends
LEAST = Fraction(1, 2**56)  # of the range that is left: where it ends about zero


def greatest_in_ball(cell: BallCell, slopes: Point, constant: flint.fmpq, floor: Fraction | None) -> Top:
    """Enclose the greatest value by decisions whether the form exceeds a number somewhere in the cell.

    The first number is the exact greatest value where the rows that are active in the nearest point hold with equality.

    Parameters
    ----------
    cell : BallCell
    slopes, constant : list of fmpq, fmpq
        The form is slopes . x + constant.
    floor : Fraction, optional
        A value that does not exceed it is not enclosed any closer.

    Returns
    -------
    (Value, point)
        The enclosure, and a point of the closed cell whose value lies in it.
    """
    if not any(slopes):
        return Value.of(as_fractions([constant])[0]), as_fractions(cell.witness)
    at_center = sum((a * c for a, c in zip(slopes, cell.nearest.center, strict=True)), constant)
    low, high = _ends(cell, slopes, constant, at_center)
    point = cell.witness
    if floor is not None and low <= floor < high and _exceeding(cell, slopes, constant, floor) is None:
        return Value(low, floor), as_fractions(point)
    grain = (high - low) * LEAST
    guess = _on_active_rows(cell, slopes, at_center)
    while high - low > grain and high - low > abs(high) * CLOSE:
        check()
        middle = guess if guess is not None and low < guess < high else (low + high) / 2
        guess = None
        found = _exceeding(cell, slopes, constant, middle)
        if found is None:
            high = middle
            continue
        low, point = max(middle, _at(slopes, constant, found.witness)), found.witness
        better = _on_active_rows(found, slopes, at_center)
        guess = better + grain / 4 if better is not None else None
        if better is not None and low < better - grain / 4 < high:
            guess = better - grain / 4
    return Value(low, high), as_fractions(point)


def _at(slopes: Point, constant: flint.fmpq, point: Point) -> Fraction:
    return as_fractions([sum((a * x for a, x in zip(slopes, point, strict=True)), constant)])[0]


def _ends(cell: BallCell, slopes: Point, constant: flint.fmpq, at_center: flint.fmpq) -> tuple[Fraction, Fraction]:
    """Return the value at the witness, and the greatest one of the whole ball, from above."""
    square = as_fractions([sum((a * a for a in slopes), flint.fmpq(0)) * cell.radius_squared])[0]
    return _at(slopes, constant, cell.witness), as_fractions([at_center])[0] + root_ends(square)[1]


def _exceeding(cell: Cell, slopes: Point, constant: flint.fmpq, level: Fraction) -> BallCell | None:
    """Return the part of a cell in which the form is larger than a number, None where there is none."""
    common = flint.fmpz(1)
    rest = constant - rational(level)
    for v in (*slopes, rest):
        common = common.lcm(v.q)
    form = Form(tuple((v * common).p for v in slopes), (rest * common).p)
    part = cell.part(form)
    return part if isinstance(part, BallCell) else None


def _on_active_rows(cell: BallCell, slopes: Point, at_center: flint.fmpq) -> Fraction | None:
    """Return, in floats, the greatest value of the form on the sphere where the rows active in a point vanish.

    With the nearest point p of these rows, of distance D, and the part v of the slopes along them it is
    a.p + b + sqrt(r^2 - D^2) |v|. Only a proposal.
    """
    nearest = cell.nearest
    kept = [i for i in nearest.active if i != len(cell.rows) - 1]
    normals = np.array([[float(int(v)) for v in nearest.rows[i].a] for i in kept]).reshape(len(kept), len(slopes))
    a = np.array([int(v.p) / int(v.q) for v in slopes])
    with np.errstate(all="ignore"):
        values = np.array([_float(nearest.rows[i].at(nearest.center)) for i in kept])
        step = np.linalg.lstsq(normals, -values, rcond=None)[0] if kept else np.zeros_like(a)
        along = a - (np.linalg.lstsq(normals.T, a, rcond=None)[0] @ normals if kept else 0.0)
        room = _float(cell.radius_squared) - step @ step
        found = _float(at_center) + a @ step + np.sqrt(room) * np.linalg.norm(along)
    return Fraction(float(found)) if np.isfinite(found) else None


def _float(value: flint.fmpq) -> float:
    return int(value.p) / int(value.q)
