"""One cell of the loss surface of a network with one hidden layer: the best linear fit in it, and where that lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import flint

from exactregions.domain import WholeSpace
from exactregions.exact.cells import PolyhedralCell
from exactregions.exact.forms import Form
from exactregions.exact.numbers import ONE, ZERO, Point, Rational
from exactregions.exact.shapes import shape_of
from exactregions.support.stopping import check

Signs = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Points with a column of ones, as rationals, their labels, and all masks.

    Attributes
    ----------
    rows : list of list of fmpq, shape (n, D)
    labels : list of fmpq, length n
    masks : list of list of bool
    """

    rows: list[Point]
    labels: Point
    masks: list[list[bool]]

    def columns(self, masks: Sequence[int]) -> flint.fmpq_mat:
        """Return the matrix M of [D_1 V | .. | D_m V]: outputs are M u for u_j = a_j w_j (mathematics, 7.7)."""
        chosen = [self.masks[mask] for mask in masks]
        entries = [v if on[i] else ZERO for i, row in enumerate(self.rows) for on in chosen for v in row]
        return flint.fmpq_mat(len(self.rows), len(masks) * self.width, entries)

    @property
    def width(self) -> int:
        """Number D of weights of a unit, the bias among them."""
        return len(self.rows[0])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The least squares of labels over all u, and the affine set {start + sum z_k directions_k} where they are.

    Attributes
    ----------
    loss : fmpq
    residual : list of fmpq
        Labels less outputs; orthogonal to the columns of M.
    start : list of fmpq
    directions : list of list of fmpq
        A basis of the null space of M.
    """

    loss: Rational
    residual: Point
    start: Point
    directions: list[Point]


def fit(data: Data, masks: Sequence[int]) -> Fit:
    """Return the best fit of a cell, by the normal equations, of whatever rank."""
    matrix = data.columns(masks)
    labels = flint.fmpq_mat(len(data.labels), 1, data.labels)
    turned = matrix.transpose()
    start, directions = solutions((turned * matrix).tolist(), [row[0] for row in (turned * labels).tolist()])
    outputs = matrix * flint.fmpq_mat(len(start), 1, start)
    residual = [y - outputs[i, 0] for i, y in enumerate(data.labels)]
    return Fit(sum((v * v for v in residual), ZERO), residual, start, directions)


def solutions(rows: Sequence[Point], sides: Point) -> tuple[Point, list[Point]]:
    """Return a solution of a consistent system, and a basis of the null space.

    Raises
    ------
    ArithmeticError
        If there is no solution.
    """
    k = len(rows[0])
    entries = [v for row, b in zip(rows, sides, strict=True) for v in (*row, b)]
    reduced, rank = flint.fmpq_mat(len(rows), k + 1, entries).rref()
    kept = reduced.tolist()[:rank]
    pivots = [next(j for j, v in enumerate(row) if v) for row in kept]
    if k in pivots:
        raise ArithmeticError("the system has no solution")
    start = [ZERO] * k
    for row, pivot in zip(kept, pivots, strict=True):
        start[pivot] = row[k]
    basis = []
    for free in sorted(set(range(k)) - set(pivots)):
        direction = [ZERO] * k
        direction[free] = ONE
        for row, pivot in zip(kept, pivots, strict=True):
            direction[pivot] = -row[free]
        basis.append(direction)
    return start, basis


def sign_choices(data: Data, masks: Sequence[int], found: Fit) -> Iterator[tuple[Signs, Point]]:
    """Yield the signs of output weights with which a network in the open cell has the best fit, and a u for each.

    With signs s it needs s_j u_j in the open cone of mask j, and u_j = 0 where s_j = 0 (mathematics, 7.7).
    """
    for zeros in product((False, True), repeat=len(masks)):
        line = _with_zeros(data, found, zeros)
        if line is not None:
            start, directions = line
            yield from _below(data, masks, zeros, (), _Part.whole(start, directions))


def _with_zeros(data: Data, found: Fit, zeros: Sequence[bool]) -> tuple[Point, list[Point]] | None:
    """Return the part of the affine set where u_j = 0 for the units told, None where it is empty."""
    places = [j * data.width + i for j, zero in enumerate(zeros) if zero for i in range(data.width)]
    if not places:
        return found.start, found.directions
    if not found.directions:
        return None if any(found.start[p] for p in places) else (found.start, [])
    rows = [[direction[p] for direction in found.directions] for p in places]
    try:
        start, basis = solutions(rows, [-found.start[p] for p in places])
    except ArithmeticError:
        return None
    return _moved(found.start, start, found.directions), [
        _moved([ZERO] * len(found.start), b, found.directions) for b in basis
    ]


def _moved(start: Point, steps: Point, directions: Sequence[Point]) -> Point:
    """Return start + sum steps_k directions_k."""
    point = list(start)
    for step, direction in zip(steps, directions, strict=True):
        if step:
            point = [p + step * d for p, d in zip(point, direction, strict=True)]
    return point


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """An open convex part of an affine set; a point has no cell."""

    start: Point
    directions: list[Point]
    cell: PolyhedralCell | None

    @classmethod
    def whole(cls, start: Point, directions: list[Point]) -> _Part:
        if not directions:
            return cls(start, directions, None)
        body = shape_of(WholeSpace(len(directions))).body()
        return cls(start, directions, PolyhedralCell.about(body, (), [ZERO] * len(directions)))

    def where_positive(self, row: Point, first: int) -> _Part | None:
        """Return the part where the sum of row times the entries of u from `first` on is positive."""
        at = slice(first, first + len(row))
        slopes = [_dot(row, direction[at]) for direction in self.directions]
        value = _dot(row, self.start[at])
        if self.cell is None or not any(slopes):
            return self if value > 0 else None
        common = value.q
        for slope in slopes:
            common = common.lcm(slope.q)
        part = self.cell.part(Form(tuple((s * common).p for s in slopes), (value * common).p))
        return None if part is None else _Part(self.start, self.directions, _flat(part))

    def point(self) -> Point:
        """Return a point inside."""
        return self.start if self.cell is None else _moved(self.start, self.cell.witness, self.directions)


def _flat(cell: object) -> PolyhedralCell:
    assert isinstance(cell, PolyhedralCell)
    return cell


def _dot(a: Point, b: Point) -> Rational:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), ZERO)


def _below(
    data: Data, masks: Sequence[int], zeros: Sequence[bool], signs: Signs, part: _Part
) -> Iterator[tuple[Signs, Point]]:
    """Yield the choices that begin with some signs."""
    check()
    j = len(signs)
    if j == len(masks):
        yield signs, part.point()
    elif zeros[j]:
        yield from _below(data, masks, zeros, (*signs, 0), part)
    else:
        for sign in (1, -1):
            inside = _in_cone(data, data.masks[masks[j]], sign, j * data.width, part)
            if inside is not None:
                yield from _below(data, masks, zeros, (*signs, sign), inside)


def _in_cone(data: Data, mask: Sequence[bool], sign: int, first: int, part: _Part) -> _Part | None:
    """Return the part where sign u_j lies in the open cone of a mask."""
    inside: _Part | None = part
    for row, on in zip(data.rows, mask, strict=True):
        if inside is None:
            return None
        if any(row):
            inside = inside.where_positive(row if on == (sign > 0) else [-v for v in row], first)
    return inside
