"""Exact linear programs: a fraction-free simplex of a few lines, and cells that ask it about every sign."""

from dataclasses import dataclass
from fractions import Fraction

from independent.unrolled import integers, reduced


class Infeasible(Exception):
    pass


class Unbounded(Exception):
    pass


def minimum(costs, rows, rhs):
    """Return the least value of costs.y over rows y = rhs, y >= 0, all integers.

    The tableau holds integers over one common denominator (Edmonds 1967); Bland's rule ends it.
    """
    table = [[*row, b] if b >= 0 else [*(-v for v in row), -b] for row, b in zip(rows, rhs, strict=True)]
    n, basis, scale = len(costs), [None] * len(table), 1
    first = [-sum(row[j] for row in table) for j in range(n + 1)]
    second = [*costs, 0]
    everything = [*table, first, second]

    def pivot(r, c):
        nonlocal scale
        row = everything[r]
        p = row[c]
        for i, other in enumerate(everything):
            if i != r:
                f = other[c]
                everything[i] = [(p * v - f * w) // scale for v, w in zip(other, row, strict=True)]
        basis[r], scale = c, p

    def descend(objective):
        while True:
            cost = everything[objective]
            column = next((j for j in range(n) if cost[j] < 0), None)
            if column is None:
                return
            steps = [(Fraction(everything[r][n], everything[r][column]), -1 if basis[r] is None else basis[r], r)
                     for r in range(len(basis)) if everything[r][column] > 0]  # fmt: skip
            if not steps:
                raise Unbounded
            pivot(min(steps)[2], column)

    m = len(table)
    descend(m)
    if everything[m][n]:
        raise Infeasible
    for r in range(m):
        if basis[r] is None:
            column = next((j for j in range(n) if everything[r][j]), None)
            if column is None:
                continue  # a row that says nothing
            if everything[r][column] < 0:
                everything[r] = [-v for v in everything[r]]
            pivot(r, column)
    descend(m + 1)
    return Fraction(-everything[m + 1][n], scale)


def is_open(rows, dim):
    """Whether a.x + b > 0 has a point for all rows: unless y >= 0, not zero, has sum y a = 0 and sum y b <= 0."""
    rows = [row for row in rows if any(row[:-1]) or row[-1] <= 0]
    if not rows:
        return True
    if any(not any(row[:-1]) for row in rows):
        return False
    columns = [[row[k] for row in rows] for k in range(dim)]
    try:
        return minimum([row[-1] for row in rows], [*columns, [1] * len(rows)], [0] * dim + [1]) > 0
    except Infeasible:
        return True


def least(goal, rows, dim):
    """Return the least value of goal.x over rows a.x + b >= 0, which hold somewhere, by the dual program."""
    columns = [[row[k] for row in rows] for k in range(dim)]
    return -minimum([row[-1] for row in rows], columns, goal)


def flat_entry(rows, center, halves, norm):
    """Return the least t for which the region meets the closed ball (or box) of that size about the centre."""
    d = len(center)
    sides = []
    if norm == 1:
        for mask in range(2**d):
            signs = [1 if mask >> i & 1 else -1 for i in range(d)]
            offset = -sum(s * c for s, c in zip(signs, center, strict=True))
            sides.append(integers([*signs, 1, offset]))
    else:
        for i in range(d):
            axis = [int(i == j) for j in range(d)]
            sides.append(integers([*axis, halves[i], -center[i]]))
            sides.append(integers([*(-v for v in axis), halves[i], center[i]]))
    sides.append([0] * d + [1, 0])
    lifted = [[*row[:-1], 0, row[-1]] for row in rows]
    return least([0] * d + [1], [*sides, *lifted], d + 1)


@dataclass(frozen=True)
class Cell:
    """A cell of a flat domain: rows that are positive on it."""

    rows: tuple
    dim: int

    def part(self, row):
        rows = (*self.rows, row)
        return Cell(rows, self.dim) if is_open(rows, self.dim) else None


def on_hyperplane(rows, plane):
    """Return rows in the coordinates of a hyperplane, one coordinate less; those that vanish on it are left out."""
    lead = next(k for k, v in enumerate(plane[:-1]) if v)
    size, sign = abs(plane[lead]), 1 if plane[lead] > 0 else -1
    found = []
    for row in rows:
        moved = [size * v - sign * row[lead] * p for v, p in zip(row, plane, strict=True)]
        short = [*moved[:lead], *moved[lead + 1 :]]
        if any(short):
            found.append(reduced(short))
    return found
