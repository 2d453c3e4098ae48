"""Small questions about outputs, everything awkward in them, and the answers of plain fractions."""

from fractions import Fraction
from itertools import pairwise

import closed_sets
import naive_checker
import numpy as np

from exactregions import Ball, Box, Network, Polytope
from exactregions.certificate.checker import check
from exactregions.verification import Halfspaces, Outcome, Unsafe, verify

SMALL = Fraction(1, 10**30)


def random_network(rng, d):
    """A small network with everything that is awkward: zeros, repeated rows, no biases, slopes other than 0 and 1."""
    sizes = [d, *rng.integers(1, 4, rng.integers(0, 3)).tolist(), int(rng.integers(1, 4))]
    kind = rng.integers(3)

    def numbers(*shape):
        if kind == 0:
            return rng.integers(-2, 3, shape).astype(float)
        values = rng.standard_normal(shape)
        return values.astype(np.float32).astype(float) if kind == 1 else values

    weights = [numbers(m, n) for n, m in pairwise(sizes)]
    if rng.random() < 0.3 and len(weights) > 1:
        weights[0][-1] = weights[0][0]
    biases = [numbers(m) * (rng.random() < 0.7) for m in sizes[1:]]
    return Network.from_layers(weights, biases, slope=float(rng.choice([0.0, 0.0, 0.25, -1.0])))


def random_domain(rng, d):
    """A domain, and the inequalities of its closure."""
    center = [Fraction(int(v), 3) for v in rng.integers(-2, 3, d)]
    kind = rng.integers(5)
    if kind == 0:
        radius = Fraction(int(rng.integers(1, 4)), 2)
        return Ball(center, radius, 1), closed_sets.cross(center, radius)
    lower = [c - Fraction(int(v), 2) for c, v in zip(center, rng.integers(1, 4, d), strict=True)]
    upper = [c + Fraction(int(v), 5) for c, v in zip(center, rng.integers(1, 9, d), strict=True)]
    if kind == 1:
        lower[0] = upper[0]
    rows = closed_sets.box(lower, upper)
    if kind < 4:
        return Box(lower, upper), rows
    normal = [Fraction(int(v)) for v in rng.integers(-2, 3, d)]
    if not any(normal):
        normal[0] = Fraction(1)
    bound = closed_sets.dot(normal, center) + Fraction(1, 7)
    return Polytope([normal], [bound], Box(lower, upper)), [*rows, (normal, bound)]


def random_set(rng, network, rows, d):
    """Polyhedra of outputs whose sides go through extremes of the outputs, or by them, or far away."""
    polyhedra = []
    for _ in range(rng.integers(1, 4)):
        matrix, bounds = [], []
        for _ in range(rng.integers(1, 3)):
            row = [Fraction(int(v), int(rng.integers(1, 4))) for v in rng.integers(-2, 3, network.outputs)]
            low, high = closed_sets.extremes(network, rows, d, row)
            share = Fraction(int(rng.choice([0, 0, 0, 1, 2, 4])), 4)
            bound = low + share * (high - low) + SMALL * int(rng.choice([-1, -1, -1, -1, 0, 1]))
            matrix.append(row)
            bounds.append(bound)
        polyhedra.append((matrix, bounds))
    return polyhedra


def instance(seed):
    """A network, a domain and its inequalities, the number of inputs, and polyhedra (G, h)."""
    rng = np.random.default_rng(seed)
    d = 3 if seed % 12 == 0 else int(rng.integers(1, 3))
    network = random_network(rng, d)
    domain, rows = random_domain(rng, d)
    return network, domain, rows, d, random_set(rng, network, rows, d)


# ---- corners, edges without width, balls


def round_domain(rng, d):
    """A cube or a Euclidean ball; its points on axes and diagonals of 3, 4 and 5 are rational."""
    center = [Fraction(int(v), 3) for v in rng.integers(-2, 3, d)]
    radius = Fraction(int(rng.integers(1, 5)), int(rng.integers(1, 4)))
    if rng.random() < 0.3:
        sides = [c - radius for c in center], [c + radius for c in center]
        return Ball(center, radius, "inf"), closed_sets.box(*sides)
    return Ball(center, radius), [closed_sets.Disc(center, radius**2)]


def places(rng, network, domain, rows, d):
    """Points of the closed domain: corners of the pieces on which the network is affine, or of the edge of a ball."""
    if not isinstance(rows[0], closed_sets.Disc):
        given = [given for given, _ in closed_sets.pieces(network, rows, d)]
        return list(closed_sets.vertices(given[int(rng.integers(len(given)))], d))
    disc, radius = rows[0], domain.radius
    found = []
    for legs in ((1, 0), (3, 4), (4, 3), (5, 12)):
        size = {1: 1, 7: 5, 17: 13}[sum(legs)]
        axes = rng.permutation(d)[: min(d, 2)].tolist()
        for axis, leg in zip(axes, legs, strict=False):
            sign = int(rng.choice([-1, 1]))
            step = radius * Fraction(sign * (leg if d > 1 else size), size)
            point = found.pop() if axis != axes[0] else list(disc.center)
            point[axis] += step
            found.append(point)
    return found


def set_through(rng, network, point):
    """A polyhedron with the outputs at a point as a corner or on a side of width zero, or missed by a hair."""
    y = closed_sets.outputs(network, point)
    matrix = [[Fraction(int(v)) for v in rng.integers(-2, 3, len(y))] for _ in range(rng.integers(1, 4))]
    if rng.random() < 0.3:
        matrix.append([-v for v in matrix[0]])
    hairs = [SMALL * int(rng.choice([-1, 0, 0, 0])) for _ in matrix]
    return matrix, [closed_sets.dot(row, y) + hair for row, hair in zip(matrix, hairs, strict=True)]


def degenerate_set(rng, network):
    """A polyhedron that is empty, or has rows that are always met, never, or only by an output of zero."""
    m = network.outputs
    row, zero = [Fraction(int(v)) for v in rng.integers(-2, 3, m)], [Fraction(0)] * m
    return [
        ([row, [-v for v in row]], [Fraction(1), -1 - SMALL]),
        ([zero], [-SMALL]),
        ([zero, row], [Fraction(0), -Fraction(10**6)]),
        ([row, [-v for v in row]], [Fraction(0), Fraction(0)]),
        ([zero, row, row], [SMALL, Fraction(-1), Fraction(1)]),
    ][int(rng.integers(5))]


def touching_instance(seed):
    """As `instance`, with sets through images of corners and of points on the edge of a ball, and degenerate ones."""
    rng = np.random.default_rng((seed, 1))
    d = 3 if seed % 20 == 0 else int(rng.integers(1, 3))
    network = random_network(rng, d)
    domain, rows = round_domain(rng, d) if rng.random() < 0.5 else random_domain(rng, d)
    points = places(rng, network, domain, rows, d)
    polyhedra = []
    for _ in range(rng.choice([0, *[1] * 9, *[2] * 6, *[3] * 4])):
        point = points[int(rng.integers(len(points)))]
        polyhedra.append(degenerate_set(rng, network) if rng.random() < 0.2 else set_through(rng, network, point))
    return network, domain, rows, d, polyhedra


def checked(verdict, network, rows, polyhedra):
    """Look at what a verdict brings as a counterexample."""
    if verdict.outcome is not Outcome.UNSAFE:
        return verdict.outcome
    x = verdict.exact_input
    assert closed_sets.contains(rows, x)
    slacks = [min(h - closed_sets.dot(g, verdict.exact_output) for g, h in zip(*p, strict=True)) for p in polyhedra]
    assert max(slacks) == verdict.margin >= 0
    assert list(verdict.exact_output) == closed_sets.outputs(network, x)
    return verdict.outcome


def faults_of(number, path):
    """Ask the question with this number; return its kind, and what is wrong with the answers."""
    network, domain, rows, d, polyhedra = (touching_instance if number % 2 else instance)(number)
    true = "unsafe" if closed_sets.is_reached(network, rows, d, polyhedra) else "safe"
    question = network, domain, Unsafe([Halfspaces(*p) for p in polyhedra])
    path.unlink(missing_ok=True)
    answers = {
        "tree": lambda: checked(verify(*question, certificate=path), network, rows, polyhedra),
        "rational": lambda: checked(verify(*question, engine="rational"), network, rows, polyhedra),
        "the checker": lambda: check(path).claim,
        "the naive checker": lambda: naive_checker.verify(path).claim,
    }
    faults = []
    for who, answer in answers.items():
        try:
            found = str(answer())
        except Exception as error:  # noqa: BLE001 - told, and the rest goes on
            found = f"{type(error).__name__}: {error}"
        if found != true:
            faults.append(f"{who} says {found}, which is not {true}")
    norm = f" {domain.norm}" if isinstance(domain, Ball) else ""
    return f"{domain.kind}{norm}, {true}", faults
