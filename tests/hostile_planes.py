"""Networks of few inputs made to be hard for floats: lines that repeat, meet, touch a corner, or nearly so."""

from fractions import Fraction
from math import isqrt

import numpy as np
from independent.nearest import solved

from exactregions import Ball, Box, Network, Polytope

SLIVERS = (1e-9, 1e-13, 1e-16, 1e-20, 1e-26)
SCALES = (1e-300, 1e-200, 1e-30, 1e30, 1e200, 1e300)


def _lines(rng, units, d):
    """Rows of small integers, of which many meet in a point, with copies, negatives, multiples and slivers of them."""
    weight = rng.integers(-3, 4, (units, d)).astype(float)
    bias = rng.integers(-2, 3, units) / rng.choice([1.0, 2.0])
    if rng.random() < 0.4:  # all through one point
        point = rng.integers(-4, 5, d) / 8
        bias = -weight @ point
    if rng.random() < 0.3:
        weight = rng.normal(size=(units, d))
        bias = rng.normal(size=units) / 2
    for i in range(1, units):
        other, kind = rng.integers(i), rng.random()
        if kind < 0.1:
            weight[i], bias[i] = weight[other], bias[other]
        elif kind < 0.2:
            weight[i], bias[i] = -weight[other], -bias[other]
        elif kind < 0.35:  # a sliver beside another line
            weight[i], bias[i] = weight[other], bias[other] + rng.choice([-1, 1]) * rng.choice(SLIVERS)
        elif kind < 0.45:
            weight[i], bias[i] = weight[other] * (1 + rng.choice([1e-9, 2.0**-52, 1.0])), bias[other]
        elif kind < 0.5:
            weight[i] = 0.0
        elif kind < 0.55:  # touches a corner of (-1, 1)^d
            bias[i] = np.abs(weight[i]).sum() * rng.choice([-1, 1])
    return weight, bias


def hostile_network(rng, d):
    """Return a network of one to three hidden layers."""
    layers, inputs = [], d
    widths = [int(rng.integers(2, 7)) for _ in range(int(rng.integers(1, 4)))]
    for width in widths:
        layers.append(_lines(rng, width, inputs))
        inputs = width
    if rng.random() < 0.3:  # a scale that the second layer may take back
        scale = rng.choice(SCALES)
        layers[0] = (layers[0][0] * scale, layers[0][1] * scale)
        if len(layers) > 1 and rng.random() < 0.7:
            layers[1] = (layers[1][0] / scale, layers[1][1])
    elif rng.random() < 0.4:
        row = int(rng.integers(len(layers[0][1])))
        scale = rng.choice(SCALES)
        layers[0][0][row] *= scale
        layers[0][1][row] *= scale
    layers.append((np.ones((1, inputs)), np.zeros(1)))
    return Network.from_layers([w for w, _ in layers], [b for _, b in layers])


def hostile_domain(rng, d):
    """Return a box, or a polytope in one: about the origin, about a point, flat, or tiny about a meeting point."""
    kind = rng.random()
    if kind < 0.5:
        lower, upper = [-1] * d, [1] * d
    elif kind < 0.7:
        middle = rng.integers(-4, 5, d) / 8
        half = rng.choice([1e-3, 1e-9, 0.25, 1.0])
        lower, upper = (middle - half).tolist(), (middle + half).tolist()
    elif kind < 0.85:
        lower, upper = (-rng.random(d)).tolist(), (rng.random(d) * 10.0 ** rng.integers(-6, 3, d)).tolist()
    else:
        lower, upper = [-1] * d, [1] * d
        rows = rng.integers(-3, 4, (3, d)).astype(float)
        return Polytope(rows, rng.choice([0.5, 1.0, 2.0, 1e-9], 3), box=Box(lower, upper))
    return Box(lower, upper)


def hostile_ball(rng, d, norm):
    """Return a ball, which some lines touch."""
    center = rng.integers(-4, 5, d) / 8
    return Ball(center.tolist(), float(rng.choice([1.0, 0.5, 1.25, 1e-6, rng.random() + 0.1])), norm)


def _rational_root(square):
    """Return the root of a rational, rounded where it is none."""
    p, q = square.numerator, square.denominator
    if isqrt(p) ** 2 == p and isqrt(q) ** 2 == q:
        return Fraction(isqrt(p), isqrt(q))
    return Fraction(np.sqrt(float(square)))


def hostile_round_ball(rng, network, d):
    """Return a Euclidean ball that a hyperplane touches, or nearly so, or about a point or a vertex of hyperplanes."""
    stage, kind = network.stages[0], rng.random()
    center = [Fraction(int(v), 8) for v in rng.integers(-4, 5, d)]
    rows = [[Fraction(v) for v in row] for row in np.column_stack([stage.weight, stage.bias]).tolist() if any(row[:d])]
    if not rows or kind > 0.75:
        return Ball(center, float(rng.choice([1.0, 0.5, 1.25, 1e-6, 1e-20, 30.0, rng.random() + 0.1])))
    row = rows[int(rng.integers(len(rows)))]
    at, square = sum((a * c for a, c in zip(row[:d], center, strict=True)), row[d]), sum(a * a for a in row[:d])
    if kind < 0.2 or at == 0:
        center = [c - at * a / square for c, a in zip(center, row[:d], strict=True)]
        return Ball(center, float(rng.choice([1.0, 0.5, 1e-6, 1e-12])))
    if kind < 0.55:
        near = 1 + Fraction(int(rng.integers(-3, 4)), 2 ** int(rng.choice([30, 50, 60, 90])))
        return Ball(center, _rational_root(at * at / square) * (near if rng.random() < 0.3 else 1))
    vertex = solved([r[:d] for r in rows[:d]], [-r[d] for r in rows[:d]]) if len(rows) >= d else None
    if vertex is None:
        return Ball(center, 1.0)
    step = Fraction(int(rng.integers(1, 9)), 8)
    if rng.random() < 0.5:  # it is on the sphere
        vertex[int(rng.integers(d))] -= step
    return Ball(vertex, step)
