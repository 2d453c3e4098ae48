"""Truths found without the package's own arithmetic: `fractions.Fraction`, numpy and scipy."""

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog, nnls

from exactregions import Ball, Box, Network, Polytope

# Oracle networks have small dyadic weights: a margin below NOTHING is zero, one above SOMETHING is not, and a case
# with a margin between the two is not used.
NOTHING, SOMETHING = 1e-10, 1e-7


class Ambiguous(Exception):
    """A margin that floats cannot settle; the example has to be discarded."""


def exact_signs(network: Network, point) -> list[int]:
    """Forward pass in Fractions: the sign of every splitting unit."""
    x, signs = [Fraction(v) for v in point], []
    for stage in network.stages:
        values = []
        for i in range(len(stage.bias)):
            z = sum((Fraction(w) * v for w, v in zip(stage.weight[i].tolist(), x, strict=True)), Fraction(0))
            z += Fraction(float(stage.bias[i]))
            if stage.low[i] != stage.high[i]:
                signs.append((z > 0) - (z < 0))
            values.append(z * Fraction(float(stage.high[i] if z > 0 else stage.low[i])))
        x = values
    return signs


def forms(network: Network, pattern) -> np.ndarray:
    """Pre-activations of the splitting units under a pattern, as rows (a, b); exact for small dyadic weights."""
    values, rows, taken = np.eye(network.inputs, network.inputs + 1), [], 0
    for stage in network.stages:
        z = stage.weight @ values
        z[:, -1] += stage.bias
        signs = np.ones(len(z), dtype=bool)
        signs[stage.splits] = pattern[taken : taken + stage.splits.sum()]
        taken += int(stage.splits.sum())
        rows.append(z[stage.splits])
        values = np.where(signs, stage.high, stage.low)[:, None] * z
    return np.concatenate(rows) if rows else np.zeros((0, network.inputs + 1))


@dataclass(frozen=True)
class Halfspaces:
    """The flat part of a domain as rows (a, b), a.x + b > 0, and its Euclidean ball where it is one."""

    rows: np.ndarray
    ball: tuple[np.ndarray, float] | None


def halfspaces(domain) -> Halfspaces:
    d = domain.dim
    eye = np.eye(d)
    match domain:
        case Ball(norm=2):
            return Halfspaces(np.zeros((0, d + 1)), (domain.center_float, float(domain.radius)))
        case Ball(norm=1):
            signs = np.array(list(itertools.product((-1.0, 1.0), repeat=d)))
            offset = float(domain.radius) + signs @ domain.center_float
            return Halfspaces(np.hstack([-signs, offset[:, None]]), None)
        case Ball():
            return halfspaces(domain.as_box())
        case Box():
            lower, upper = (np.array([float(v) for v in side]) for side in (domain.lower, domain.upper))
            return Halfspaces(np.vstack([np.c_[eye, -lower], np.c_[-eye, upper]]), None)
        case Polytope():
            A, b = np.array(domain.A, dtype=float), np.array(domain.b, dtype=float)
            box = halfspaces(domain.box).rows if domain.box else np.zeros((0, d + 1))
            return Halfspaces(np.vstack([np.c_[-A, b], box]), None)
    return Halfspaces(np.zeros((0, d + 1)), None)


def has_interior(rows: np.ndarray) -> bool:
    """Whether {a.x + b > 0} has a point: the largest margin by a linear program."""
    return deepest_point(rows) is not None


def deepest_point(rows: np.ndarray) -> np.ndarray | None:
    """The point of {a.x + b > 0} with the largest margin, by a linear program; None where there is none."""
    d = rows.shape[1] - 1
    if not len(rows):
        return np.zeros(d)
    scale = np.abs(rows).max(axis=1)
    if not scale.all():
        return None
    unit = rows / scale[:, None]
    program = linprog(
        [0.0] * d + [-1.0],
        A_ub=np.hstack([-unit[:, :d], np.ones((len(rows), 1))]),
        b_ub=unit[:, d],
        bounds=[(None, None)] * d + [(None, 1.0)],
        method="highs",
    )
    assert program.status == 0, program.message
    return program.x[:d] if _clearly(-program.fun) else None


def _clearly(margin: float) -> bool:
    if NOTHING < margin < SOMETHING:
        raise Ambiguous
    return margin >= SOMETHING


def distance(rows: np.ndarray, center: np.ndarray) -> float:
    """Euclidean distance to {a.x + b >= 0}, which is not empty: least distance programming (Lawson, Hanson 1974)."""
    rows = rows[rows[:, :-1].any(axis=1)]
    rows = rows / np.linalg.norm(rows[:, :-1], axis=1)[:, None]
    need = -(rows[:, :-1] @ center + rows[:, -1])
    if not np.any(need > 0):
        return 0.0
    system = np.vstack([rows[:, :-1].T, need])
    target = np.r_[np.zeros(len(center)), 1.0]
    weights, _ = nnls(system, target)
    residual = system @ weights - target
    return float(np.linalg.norm(residual[:-1] / residual[-1]))


def linear_distance(rows: np.ndarray, center: np.ndarray, norm: float) -> float:
    """Distance in the norm 1 or inf to {a.x + b >= 0}, by a linear program."""
    d = len(center)
    gaps = 1 if norm == math.inf else d
    reach = np.ones((d, 1)) if norm == math.inf else np.eye(d)
    A = np.vstack(
        [
            np.hstack([-rows[:, :d], np.zeros((len(rows), gaps))]),
            np.hstack([np.eye(d), -reach]),
            np.hstack([-np.eye(d), -reach]),
        ]
    )
    b = np.r_[rows[:, d], center, -center]
    program = linprog(
        [0.0] * d + [1.0] * gaps,
        A_ub=A,
        b_ub=b,
        bounds=[(None, None)] * d + [(0, None)] * gaps,
        method="highs",
    )
    assert program.status == 0, program.message
    return float(program.fun)


def is_region(network: Network, prefix, domain: Halfspaces, points: np.ndarray) -> bool:
    """Whether signs of the first units, or of all, have a full-dimensional cell that meets the open domain.

    One of the points, which lie clearly inside the domain, is enough if it lies clearly inside the cell.
    """
    signs = np.array(prefix, dtype=bool)
    z = forms(network, np.r_[signs, np.zeros(network.units - len(signs), dtype=bool)])[: len(signs)]
    null = ~z.any(axis=1)
    if np.any(null & signs):
        return False
    rows = (np.where(signs, 1.0, -1.0)[:, None] * z)[~null]
    if clearly_inside(rows, points).any():
        return True
    if not has_interior(np.vstack([rows, domain.rows])):
        return False
    if domain.ball is None:
        return True
    center, radius = domain.ball
    return _clearly(radius - distance(rows, center))


def clearly_inside(rows: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points have a margin above SOMETHING, as the linear program measures it, from all rows."""
    unit = rows / np.abs(rows).max(axis=1, initial=0.0)[:, None]
    return np.all(points @ unit[:, :-1].T + unit[:, -1] > SOMETHING, axis=1)


def points_of(domain: Halfspaces) -> np.ndarray:
    """Points clearly inside a domain, near its middle and farther away; none where it has no interior."""
    middle = deepest_point(domain.rows) if domain.ball is None else domain.ball[0]
    if middle is None:
        return np.zeros((0, domain.rows.shape[1] - 1))
    rng = np.random.default_rng(0)
    gaps = rng.normal(size=(1000, len(middle))) * 2.0 ** rng.integers(-4, 4, (1000, 1))
    inside = clearly_inside(domain.rows, middle + gaps)
    if domain.ball is not None:
        inside &= np.linalg.norm(gaps, axis=1) < domain.ball[1] - SOMETHING
    return (middle + gaps)[inside]


def brute_force(network: Network, domain) -> set[tuple[bool, ...]]:
    """Every sign vector, decided unit by unit: below signs without a cell there is none."""
    flat = halfspaces(domain)
    points = points_of(flat)
    found: list[tuple[bool, ...]] = [()] if is_region(network, (), flat, points) else []
    for _ in range(network.units):
        longer = [(*prefix, sign) for prefix in found for sign in (False, True)]
        found = [prefix for prefix in longer if is_region(network, prefix, flat, points)]
    return set(found)


# Hyperplane arrangements in Fractions.


def solve(matrix: list[list[Fraction]], rhs: list[Fraction]) -> list[Fraction] | None:
    """Gauss-Jordan elimination of a square system; None where it is singular."""
    rows = [[*row, r] for row, r in zip(matrix, rhs, strict=True)]
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                rows[i] = [v - rows[i][k] * w for v, w in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


@dataclass(frozen=True)
class Hyperplanes:
    """Inner products of normals, and values at a centre: all that distances to flats depend on."""

    gram: list[list[Fraction]]
    values: list[Fraction]

    @classmethod
    def of(cls, rows, biases, center) -> "Hyperplanes":
        gram = [[_dot(p, q) for q in rows] for p in rows]
        return cls(gram, [_dot(row, center) + b for row, b in zip(rows, biases, strict=True)])

    def distance_squared(self, chosen) -> Fraction | None:
        """Squared distance to an intersection of independent hyperplanes; None where they depend on each other."""
        values = [self.values[i] for i in chosen]
        weights = solve([[self.gram[i][j] for j in chosen] for i in chosen], values)
        return None if weights is None else _dot(weights, values)


def _dot(p, q) -> Fraction:
    return sum((u * v for u, v in zip(p, q, strict=True)), Fraction(0))


def _exact_rows(network: Network):
    stage = network.stages[0]
    rows = [[Fraction(v) for v in row] for row in stage.weight.tolist()]
    return rows, [Fraction(v) for v in stage.bias.tolist()]


def general_position_count(network: Network, center, radius) -> int:
    """Regions of an arrangement in general position inside a ball: the flats that come closer than the radius."""
    rows, biases = _exact_rows(network)
    hyperplanes = Hyperplanes.of(rows, biases, [Fraction(v) for v in center])
    count = 0
    for size in range(min(len(rows), network.inputs) + 1):
        for chosen in itertools.combinations(range(len(rows)), size):
            d2 = hyperplanes.distance_squared(chosen)
            assert d2 is not None, "the arrangement is not in general position"
            count += d2 < Fraction(radius) ** 2
    return count


def arrangement_count(network: Network, center, radius) -> int:
    """Regions of any arrangement inside a ball: the sum of |mu| over the flats that meet it (Zaslavsky 1975)."""
    rows, biases = _exact_rows(network)
    flats = _flats(rows, biases)
    hyperplanes = Hyperplanes.of(rows, biases, [Fraction(v) for v in center])
    moebius: dict[frozenset[int], int] = {}
    total = 0
    for flat in sorted(flats, key=len):
        moebius[flat] = -sum(mu for below, mu in moebius.items() if below < flat) if flat else 1
        d2 = hyperplanes.distance_squared(flats[flat])
        assert d2 is not None
        total += abs(moebius[flat]) * (d2 < Fraction(radius) ** 2)
    return total


def _flats(rows, biases) -> dict[frozenset[int], tuple[int, ...]]:
    """Each nonempty intersection as the set of all hyperplanes that hold it, with an independent subset.

    Zero rows cut nothing and are left out; repeated rows are one hyperplane.
    """
    distinct: dict[tuple, int] = {}
    for i, (row, b) in enumerate(zip(rows, biases, strict=True)):
        lead = next((v for v in row if v), None)
        if lead is not None:
            distinct.setdefault(tuple(v / lead for v in [*row, b]), i)
    hyperplanes = Hyperplanes.of(rows, biases, [Fraction(0)] * len(rows[0]))
    flats: dict[frozenset[int], tuple[int, ...]] = {frozenset(): ()}
    for size in range(1, len(rows[0]) + 1):
        for chosen in itertools.combinations(distinct.values(), size):
            if hyperplanes.distance_squared(chosen) is not None:
                closure = frozenset(i for i in distinct.values() if _holds(rows, biases, chosen, i))
                flats.setdefault(closure, chosen)
    return flats


def _holds(rows, biases, chosen, i) -> bool:
    """Whether hyperplane i contains the intersection of the chosen ones: (a_i, b_i) lies in their span."""
    vectors, target = [[*rows[j], biases[j]] for j in chosen], [*rows[i], biases[i]]
    weights = solve([[_dot(p, q) for q in vectors] for p in vectors], [_dot(v, target) for v in vectors])
    assert weights is not None
    return all(_dot(weights, column) == t for column, t in zip(zip(*vectors, strict=True), target, strict=True))


def zaslavsky(n: int, d: int) -> int:
    """The regions of n hyperplanes in general position in d dimensions."""
    return sum(math.comb(n, j) for j in range(min(n, d) + 1))
