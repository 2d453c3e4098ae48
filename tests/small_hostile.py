"""Small networks and domains on which coincidences abound, drawn at random: for oracles in fractions."""

from fractions import Fraction

import numpy as np

from exactregions import Ball, Box, Network, Polytope
from exactregions.network import Stage

SLOPES = ((0.0, 1.0), (0.0, 1.0), (-1.0, 1.0), (0.5, 1.0), (1.0, 1.0), (0.25, -2.0))


def drawn_network(rng, inputs: int, outputs: int) -> Network:
    """A network with small integer or dyadic weights, zero, repeated and proportional rows, often without biases."""
    stages, width = [], inputs
    sizes = rng.choice([1, 0.5, 0.25])
    for _ in range(int(rng.integers(0, 3)) + 1):
        rows = int(rng.integers(1, 5))
        weight = rng.integers(-3, 4, (rows, width)) * sizes
        bias = rng.integers(-2, 3, rows) * sizes * rng.integers(0, 2)
        if rows > 1 and rng.random() < 0.5:
            weight[-1], bias[-1] = weight[0] * (factor := rng.choice([1, -1, 2])), bias[0] * factor
        if rng.random() < 0.2:
            weight[0] = 0
        low, high = SLOPES[int(rng.integers(0, len(SLOPES)))]
        stages.append(Stage(weight, bias, np.full(rows, low), np.full(rows, high)))
        width = rows
    return Network(stages, rng.integers(-3, 4, (outputs, width)) * sizes, rng.integers(-2, 3, outputs) * sizes)


def drawn_domain(rng, d: int):
    """A small domain of any bounded kind; of a box a side may have no length."""
    center = [Fraction(int(v), 4) for v in rng.integers(-4, 5, d)]
    match int(rng.integers(0, 5)):
        case 0 | 1:
            radius = Fraction(int(rng.integers(1, 9)), int(rng.integers(1, 5)))
            return Ball(center, radius, [1, 2, "inf"][int(rng.integers(0, 3))])
        case 2:
            lower = [c - Fraction(int(v), 2) for c, v in zip(center, rng.integers(0, 4, d), strict=True)]
            return Box(lower, [c + Fraction(int(v), 3) for c, v in zip(center, rng.integers(1, 4, d), strict=True)])
        case 3:
            fixed = rng.random(d) < 0.3
            upper = [c + (0 if f else 1) for c, f in zip(center, fixed, strict=True)]
            return Box(center, upper)
        case _:
            rows = rng.integers(-2, 3, (2, d)).tolist()
            room = [sum(a * c for a, c in zip(row, center, strict=True)) + 1 for row in rows]
            return Polytope(rows, room, Box([c - 2 for c in center], [c + 2 for c in center]))


def jacobian(network: Network, pattern) -> list[list[Fraction]]:
    """The linear part of the affine map under a pattern, in Fractions."""
    signs = iter(pattern)
    rows = [[Fraction(int(i == j)) for j in range(network.inputs)] for i in range(network.inputs)]
    for stage in network.stages:
        rows = product(stage.weight, rows)
        for i, (low, high) in enumerate(zip(stage.low.tolist(), stage.high.tolist(), strict=True)):
            slope = Fraction(high) if low == high or next(signs) else Fraction(low)
            rows[i] = [slope * v for v in rows[i]]
    return product(network.weight, rows)


def product(weight, rows):
    columns = list(zip(*rows, strict=True))
    return [
        [sum((Fraction(w) * v for w, v in zip(row, column, strict=True)), Fraction(0)) for column in columns]
        for row in weight.tolist()
    ]


def value(network: Network, point) -> list[Fraction]:
    """The outputs at a rational point, in Fractions."""
    x = [[Fraction(v)] for v in point]
    for stage in network.stages:
        x = product(stage.weight, x)
        for i in range(len(x)):
            z = x[i][0] + Fraction(float(stage.bias[i]))
            x[i] = [z * Fraction(float(stage.high[i] if z > 0 else stage.low[i]))]
    return [row[0] + Fraction(b) for row, b in zip(product(network.weight, x), network.bias.tolist(), strict=True)]
