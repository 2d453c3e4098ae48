"""The greatest value of an affine form on the closure of a region in a domain, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint
import numpy as np

from exactregions.domain import Domain
from exactregions.exact.cell_at_witness import cell_about
from exactregions.exact.cells import BallCell, Cell, PolyhedralCell
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import Point, as_fractions, as_point, rational
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import signed_rows
from exactregions.quantities.values import Value, root_ends
from exactregions.support.stopping import check

__all__ = ["ClosedRegions", "Top"]

Top = tuple[Value, tuple[Fraction, ...]]

CLOSE = Fraction(1, 2**44)  # of the range that is left: where a bisection ends


class ClosedRegions:
    """Finds the greatest value of a combination of outputs on closed regions.

    Parameters
    ----------
    exact : ExactNetwork
        Without winner units.
    domain : Domain
        With an interior.
    weights : sequence of Fraction, length outputs
    """

    def __init__(self, exact: ExactNetwork, domain: Domain, weights: Sequence[Fraction]) -> None:
        self._exact, self._domain = exact, domain
        self._weights = as_point(weights)

    def top(self, signs: Sequence[bool], witness: Sequence[Fraction], floor: Fraction | None = None) -> Top:
        """Return the greatest value in a region, and a point of its closure that has it, or all but.

        In a Euclidean ball the value is enclosed, and only as far as it exceeds a floor.

        Parameters
        ----------
        signs : sequence of bool
            Of the units that split.
        witness : sequence of Fraction
            A point strictly inside.
        floor : Fraction, optional
        """
        *stages, outputs = self._exact.forms_of(signs)
        rows = [*shape_of(self._domain).forms(), *signed_rows(self._exact, signs, stages)]
        cell = cell_about(self._domain, rows, as_point(witness))
        slopes, constant = self._form(outputs)
        if isinstance(cell, PolyhedralCell):
            return _at_a_vertex(cell, slopes, constant)
        assert isinstance(cell, BallCell)
        return _in_a_ball(cell, slopes, constant, floor)

    def _form(self, outputs: Forms) -> tuple[Point, flint.fmpq]:
        combined = flint.fmpq_mat(1, len(self._weights), self._weights) * flint.fmpq_mat(outputs.matrix)
        *slopes, constant = (v / (flint.fmpz(1) << outputs.exponent) for v in combined.entries())
        return slopes, constant


def _at_a_vertex(cell: PolyhedralCell, slopes: Point, constant: flint.fmpq) -> Top:
    dictionary = cell.dictionary.copy()
    greatest = dictionary.greatest(*cell.columns.lift(slopes, constant))
    point = as_fractions(cell.columns.point(dictionary.point))
    return (Value.infinite() if greatest is None else Value.of(as_fractions([greatest])[0])), point


def _in_a_ball(cell: BallCell, slopes: Point, constant: flint.fmpq, floor: Fraction | None) -> Top:
    """Enclose the greatest value by decisions whether the form exceeds a number somewhere in the cell.

    The first number is the exact greatest value where the rows that are active in the nearest point hold with equality.
    """
    if not any(slopes):
        return Value.of(as_fractions([constant])[0]), as_fractions(cell.witness)
    at_center = sum((a * c for a, c in zip(slopes, cell.nearest.center, strict=True)), constant)
    low, high = _ends(cell, slopes, constant, at_center)
    point = cell.witness
    if floor is not None and low <= floor < high and _exceeding(cell, slopes, constant, floor) is None:
        return Value(low, floor), as_fractions(point)
    grain = (high - low) * CLOSE
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
