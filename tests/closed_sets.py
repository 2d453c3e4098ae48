"""An oracle for output properties that shares nothing with the package: closed pieces, vertices, and `Fraction`.

The closed domain is cut at every unit into its closed sides, on each of which the unit is affine; the pieces cover the
domain. A bounded polyhedron { A x <= b } has a point if and only if d of its inequalities, linearly independent, meet
in one. It meets a Euclidean ball if and only if its point nearest to the centre does, which is the nearest one of the
flat in which some of its inequalities, linearly independent, are equalities. So a domain is a list of inequalities
(a, b), of which the first may be a `Disc` instead.
"""

import itertools
import math
from fractions import Fraction
from operator import mul
from typing import NamedTuple

ZERO = Fraction(0)


def dot(a, x):
    return sum((p * q for p, q in zip(a, x, strict=True)), ZERO)


def integral(row):
    """A row of fractions times the least number that makes them whole."""
    size = math.lcm(*(v.denominator for v in row))
    return [v.numerator * (size // v.denominator) for v in row]


def common_point(rows):
    """The one solution of d equations [*a, b] in whole numbers, as numerators and a denominator; None if dependent.

    Elimination without fractions (Bareiss): every division is exact, and all pivots end as the last one.
    """
    rows, d, last = list(rows), len(rows), 1
    for i in range(d):
        pivot = next((k for k in range(i, d) if rows[k][i]), None)
        if pivot is None:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        p = rows[i][i]
        for k in range(d):
            if k != i:
                factor = rows[k][i]
                rows[k] = [(p * v - factor * w) // last for v, w in zip(rows[k], rows[i], strict=True)]
        last = p
    return ([-row[-1] for row in rows], -last) if last < 0 else ([row[-1] for row in rows], last)


def solution(rows):
    """The one solution of d equations a.x = b, None where they are dependent."""
    found = common_point([integral([*a, b]) for a, b in rows])
    return None if found is None else [Fraction(v, found[1]) for v in found[0]]


def vertices(inequalities, d):
    """The vertices of a bounded polyhedron, possibly several times."""
    rows = [integral([*a, b]) for a, b in inequalities]
    for chosen in itertools.combinations(rows, d):
        found = common_point(chosen)
        if found is None:
            continue
        x, size = found
        if all(sum(map(mul, row, x)) <= row[-1] * size for row in rows):  # the last number of a row has no partner
            yield [Fraction(v, size) for v in x]


class Disc(NamedTuple):
    """A closed Euclidean ball."""

    center: list
    square: Fraction  # of the radius


def nearest(inequalities, center):
    """The points of a polyhedron that are nearest to the centre of some of its faces."""
    d = len(center)
    for k in range(d + 1):
        for chosen in itertools.combinations(inequalities, k):
            gram = [([dot(a, other) for other, _ in chosen], dot(a, center) - b) for a, b in chosen]
            weights = solution(gram)
            if weights is None:
                continue
            moves = [sum((w * a[j] for w, (a, _) in zip(weights, chosen, strict=True)), ZERO) for j in range(d)]
            x = [c - move for c, move in zip(center, moves, strict=True)]
            if all(dot(a, x) <= b for a, b in inequalities):
                yield x


def has_point(inequalities, d):
    """Whether a polyhedron, bounded or in a ball, has a point."""
    if not (inequalities and isinstance(inequalities[0], Disc)):
        return next(vertices(inequalities, d), None) is not None
    disc = inequalities[0]
    return any(disc.square >= _square(x, disc.center) for x in nearest(inequalities[1:], disc.center))


def contains(inequalities, x):
    """Whether a point satisfies all."""
    for row in inequalities:
        if isinstance(row, Disc):
            if _square(x, row.center) > row.square:
                return False
        elif dot(row[0], x) > row[1]:
            return False
    return True


def _square(x, center):
    return sum(((v - c) ** 2 for v, c in zip(x, center, strict=True)), ZERO)


def fractions_of(matrix):
    return [[Fraction(v) for v in row] for row in matrix.tolist()]


def pieces(network, inequalities, d):
    """Closed pieces that cover the domain, and the outputs there: coefficients and constant of each."""
    stages = []
    for stage in network.stages:
        vectors = (stage.bias, stage.low, stage.high)
        stages.append((fractions_of(stage.weight), *([Fraction(v) for v in vector.tolist()] for vector in vectors)))
    output = fractions_of(network.weight), [Fraction(v) for v in network.bias.tolist()]
    identity = [([Fraction(i == j) for j in range(d)], ZERO) for i in range(d)]

    def affine(weight, bias, values):
        found = []
        for row, b in zip(weight, bias, strict=True):
            a = [sum((w * f[0][j] for w, f in zip(row, values, strict=True)), ZERO) for j in range(d)]
            found.append((a, b + sum((w * f[1] for w, f in zip(row, values, strict=True)), ZERO)))
        return found

    def below(index, values, given):
        if index == len(stages):
            yield given, affine(*output, values)
            return
        weight, bias, low, high = stages[index]
        yield from unit(index, affine(weight, bias, values), low, high, [], given)

    def unit(index, forms, low, high, done, given):
        if len(done) == len(forms):
            yield from below(index + 1, done, given)
            return
        k = len(done)
        a, b = forms[k]
        if low[k] == high[k]:
            sides = [(low[k], None)]
        else:
            sides = [(high[k], ([-v for v in a], b)), (low[k], (a, -b))]
        for slope, row in sides:
            cut = given if row is None else [*given, row]
            if row is None or has_point(cut, d):
                yield from unit(index, forms, low, high, [*done, ([slope * v for v in a], slope * b)], cut)

    yield from below(0, identity, inequalities)


def is_reached(network, inequalities, d, polyhedra):
    """Whether some point of a bounded closed domain has outputs in one of the polyhedra (G, h)."""
    for given, outputs in pieces(network, inequalities, d):
        for rows, bounds in polyhedra:
            cut = list(given)
            for row, h in zip(rows, bounds, strict=True):
                a = [sum((g * f[0][j] for g, f in zip(row, outputs, strict=True)), ZERO) for j in range(d)]
                cut.append((a, h - sum((g * f[1] for g, f in zip(row, outputs, strict=True)), ZERO)))
            if has_point(cut, d):
                return True
    return False


def extremes(network, inequalities, d, direction):
    """The least and the greatest value of direction . f on a bounded closed domain."""
    values = []
    for given, outputs in pieces(network, inequalities, d):
        for x in vertices(given, d):
            values.append(sum((c * (dot(a, x) + b) for c, (a, b) in zip(direction, outputs, strict=True)), ZERO))
    return min(values), max(values)


def outputs(network, x):
    """The outputs at a point, by a forward pass."""
    values = [Fraction(v) for v in x]
    for stage in network.stages:
        rows = zip(stage.weight.tolist(), stage.bias.tolist(), stage.low.tolist(), stage.high.tolist(), strict=True)
        passed = []
        for row, b, low, high in rows:
            z = dot([Fraction(w) for w in row], values) + Fraction(b)
            passed.append(z * Fraction(high if z > 0 else low))
        values = passed
    rows = zip(network.weight.tolist(), network.bias.tolist(), strict=True)
    return [dot([Fraction(w) for w in row], values) + Fraction(b) for row, b in rows]


def box(lower, upper):
    """A closed box as inequalities."""
    d = len(lower)
    units = [[Fraction(i == j) for j in range(d)] for i in range(d)]
    return [(u, Fraction(v)) for u, v in zip(units, upper, strict=True)] + [
        ([-w for w in u], -Fraction(v)) for u, v in zip(units, lower, strict=True)
    ]


def cross(center, radius):
    """A closed ball of the norm 1 as inequalities."""
    signs = itertools.product((Fraction(-1), Fraction(1)), repeat=len(center))
    return [(list(s), Fraction(radius) + dot(s, [Fraction(c) for c in center])) for s in signs]
