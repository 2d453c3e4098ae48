"""Loss surfaces by other ways: linear programs and least squares in floats, rays from all minors."""

from collections import defaultdict
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, product

import numpy as np
from scipy.optimize import linprog, nnls


def vectors(points, bias=True):
    """Points as rows, after a column of ones where there is a bias."""
    points = np.asarray(points, dtype=float)
    return np.hstack([np.ones((len(points), 1)), points]) if bias else points


def realizable(points, bias=True):
    """All masks by a linear program for each: weights can be scaled, so strict signs have distance one from zero."""
    rows = vectors(points, bias)
    zero = np.array([not any(row) for row in rows.tolist()])
    found = set()
    for signs in product((1.0, -1.0), repeat=len(rows)):
        if any(s > 0 for s, z in zip(signs, zero.tolist(), strict=True) if z):
            continue
        above = (-np.array(signs)[:, None] * rows)[~zero]
        answer = linprog(np.zeros(rows.shape[1]), above, -np.ones(len(above)), bounds=(None, None))
        if answer.status == 0:
            found.add(tuple(s > 0 for s in signs))
    return found


def float_atlas(points, labels, units):
    """Of each cell, by its masks: the least loss, and the signs of output weights with which an open cell has it."""
    rows, labels = vectors(points), np.asarray(labels, dtype=float)
    found = {}
    for cell in combinations_with_replacement(sorted(realizable(points)), units):
        matrix = np.hstack([np.array(mask, dtype=float)[:, None] * rows for mask in cell])
        outputs = matrix @ np.linalg.lstsq(matrix, labels, rcond=None)[0]
        signs = {s for s in product((1, -1, 0), repeat=units) if _is_met(rows, matrix, outputs, cell, s)}
        if signs:
            found[cell] = (float(((labels - outputs) ** 2).sum()), signs)
    return found


def _is_met(rows, matrix, outputs, cell, signs):
    """Whether a margin above zero is left to M u = p, s_j u_j in cell j, u_j = 0 where s_j = 0."""
    n, width = rows.shape
    above, bounds = [], []
    for j, (mask, sign) in enumerate(zip(cell, signs, strict=True)):
        bounds += [(None, None) if sign else (0, 0)] * width
        for i in range(n if sign else 0):
            row = np.zeros(matrix.shape[1] + 1)
            row[j * width : (j + 1) * width] = -sign * (1.0 if mask[i] else -1.0) * rows[i]
            row[-1] = 1.0
            above.append(row)
    goal = np.zeros(matrix.shape[1] + 1)
    goal[-1] = -1.0
    equal = np.hstack([matrix, np.zeros((n, 1))])
    answer = linprog(goal, above or None, np.zeros(len(above)) if above else None, equal, outputs, [*bounds, (None, 1)])
    return answer.status == 0 and answer.x[-1] > 1e-7


def rays(points):
    """Exact rays of the closed cell of each mask: directions in which all but one independent hyperplanes meet."""
    rows = [[Fraction(1), *map(Fraction, p)] for p in np.asarray(points, dtype=float).tolist()]
    found = defaultdict(set)
    for chosen in combinations(rows, len(rows[0]) - 1):
        normal = _orthogonal(chosen)
        for ray in (normal, [-v for v in normal]) if any(normal) else ():
            values = [_dot(row, ray) for row in rows]
            for signs in product((True, False), repeat=values.count(0)):
                spare = iter(signs)
                found[tuple(v > 0 if v else next(spare) for v in values)].add(tuple(ray))
    return found


def _orthogonal(rows):
    """The vector of minors."""
    size = len(rows) + 1
    return [(-1) ** k * _determinant([[row[j] for j in range(size) if j != k] for row in rows]) for k in range(size)]


def _determinant(rows):
    if not rows:
        return Fraction(1)
    minors = ([row[:k] + row[k + 1 :] for row in rows[1:]] for k in range(len(rows)))
    return sum((-1) ** k * rows[0][k] * _determinant(minor) for k, minor in enumerate(minors))


def _dot(a, b):
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def outputs_of(points, mask, ray):
    """Outputs of a unit with exact weights, of which the mask is given."""
    rows = [[Fraction(1), *map(Fraction, p)] for p in np.asarray(points, dtype=float).tolist()]
    return [_dot(row, ray) if on else Fraction(0) for row, on in zip(rows, mask, strict=True)]


def float_least_loss(points, labels, units):
    """Least squares with multipliers that are not negative, of the rays of each cell, in floats."""
    of_mask, best = rays(points), np.inf
    masks = sorted(realizable(points))
    for cell in combinations_with_replacement(masks, units):
        for signs in product((1, -1), repeat=units):
            columns = [
                [s * float(v) for v in outputs_of(points, mask, ray)]
                for mask, s in zip(cell, signs, strict=True)
                for ray in of_mask[mask]
            ]
            best = min(best, nnls(np.array(columns).T, np.asarray(labels, dtype=float))[1] ** 2)
    return best


def is_proved(points, labels, units, loss, proof):
    """Check a proof that no network has less loss, with other masks and other rays."""
    of_mask, masks = rays(points), sorted(realizable(points))
    exact = [Fraction(y) for y in np.asarray(labels, dtype=float).tolist()]
    for cell in combinations_with_replacement(masks, units):
        for signs in product((1, -1), repeat=units):
            pair = tuple(sorted(zip(cell, signs, strict=True), key=lambda p: (p[0], -p[1])))
            residual = proof.get((cell, ())) or proof.get((cell, tuple(s for _, s in pair)))
            if residual is None or _dot(residual, exact) <= 0:
                return False
            for (mask, sign), ray in ((p, ray) for p in pair for ray in of_mask[p[0]]):
                if sign * _dot(residual, outputs_of(points, mask, ray)) > 0:
                    return False
            if _dot(residual, exact) ** 2 < loss * _dot(residual, residual):
                return False
    return True
