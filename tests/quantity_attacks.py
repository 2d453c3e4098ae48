"""Attacks in floats on exact quantities: they must not find a nearer class, a higher value or a steeper segment.

What an attack finds is judged in fractions. Each tells how close it came, for an attack that is weak shows nothing.
"""

import math
from fractions import Fraction

import numpy as np
from closed_sets import outputs
from quantity_instances import length
from scipy.optimize import minimize as slsqp

from exactregions import Box, lipschitz, maximize, robust_radius
from exactregions.cases.networks import generated

STARTS, STEPS = 6, 40
SAMPLES = 3000  # of slopes
CLOSE = 0.99  # of the exact value
ROOM = 1 - 1e-9  # of the radius in which there is no other class


def values_and_slopes(network, x):
    """The outputs at a point, or at each of some, and their gradients, in floats."""
    jacobian = np.eye(network.inputs)
    for stage in network.stages:
        z = x @ stage.weight.T + stage.bias
        slopes = np.where(z > 0, stage.high, stage.low)
        x, jacobian = slopes * z, slopes[..., None] * (stage.weight @ jacobian)
    return x @ network.weight.T + network.bias, network.weight @ jacobian


def steepest(gradient, norm):
    """The step of length one along which a linear form rises most."""
    if norm == math.inf:
        return np.sign(gradient)
    if norm == 2:
        return gradient / (np.linalg.norm(gradient) or 1)
    return np.sign(gradient) * (np.arange(len(gradient)) == np.abs(gradient).argmax())


def drawn_back(step, radius, norm):
    size = np.linalg.norm(step, norm)
    return step if size <= radius else step * (radius / size)


def gradient_attack(network, center, label, other, radius, norm, rng):
    """A point of a ball where the other output is larger, found by projected gradient steps, or None."""
    for start in range(STARTS):
        step = drawn_back(rng.normal(size=len(center)), radius, norm) * (start > 0)
        for k in range(STEPS):
            values, slopes = values_and_slopes(network, center + step)
            if values[other] > values[label]:
                return center + step
            step = drawn_back(step + radius / (1 + k / 4) * steepest(slopes[other] - slopes[label], norm), radius, norm)
    return None


def nearest_attack(network, center, label, other, rng):
    """Where another output catches up, near to the centre in the norm 2, by sequential quadratic programs."""
    for start in range(STARTS):
        found = slsqp(
            lambda x: ((x - center) @ (x - center), 2 * (x - center)),
            center + (start > 0) * rng.normal(size=len(center)),
            jac=True,
            method="SLSQP",
            constraints={
                "type": "ineq",
                "fun": lambda x: float(np.subtract(*values_and_slopes(network, x)[0][[other, label]])),
                "jac": lambda x: np.subtract(*values_and_slopes(network, x)[1][[other, label]]),
            },
        )
        yield found.x


def radius_attacks(network, rng):
    center, norm = rng.normal(size=network.inputs), (2, 1, math.inf)[int(rng.integers(3))]
    found = robust_radius(network, center, norm)
    if found.nearest is None:  # then samples are all there is
        every = network.forward(rng.normal(size=(1000, network.inputs)) * 100).argmax(axis=1)
        return "no radius", True, [] if (every == found.label).all() else [f"{found}, and others far away"]
    radius, k = float(found.radius), 2 if norm == 2 else 1
    others = [j for j in range(network.outputs) if j != found.label]
    inside = [gradient_attack(network, center, found.label, j, radius * ROOM, norm, rng) for j in others]
    near = [x for j in others for x in nearest_attack(network, center, found.label, j, rng)] if norm == 2 else []
    faults = []
    for x in [x for x in inside if x is not None] + near:
        values = outputs(network, [Fraction(v) for v in x])
        step = [Fraction(a) - Fraction(b) for a, b in zip(x.tolist(), center.tolist(), strict=True)]
        if max(values) > values[found.label] and length(step, norm) < found.radius.lower**k * Fraction(ROOM) ** k:
            faults.append(f"{found}, and another class {float(length(step, norm)) ** (1 / k)} away")
    beyond = [gradient_attack(network, center, found.label, j, radius / CLOSE, norm, rng) for j in others]
    return "radius", any(x is not None for x in beyond), faults


def maximum_attacks(network, rng):
    box = Box(-1, 1, dim=network.inputs)
    direction = rng.normal(size=network.outputs)
    found, best = maximize(network, box, direction), -math.inf
    faults = []

    def below(x):
        values, slopes = values_and_slopes(network, x)
        return -direction @ values, -direction @ slopes

    for start in rng.uniform(-1, 1, (STARTS, network.inputs)):
        x = np.clip(slsqp(below, start, jac=True, method="SLSQP", bounds=[(-1, 1)] * network.inputs).x, -1, 1)
        values = outputs(network, [Fraction(v) for v in x])
        reached = sum(Fraction(c) * v for c, v in zip(direction.tolist(), values, strict=True))
        best = max(best, float(reached))
        if reached > found.value.upper:
            faults.append(f"{found}, and {float(reached)} is reached")
    return "maximum", float(found.value) - best <= (1 - CLOSE) * abs(float(found.value)), faults


def slope_attacks(network, rng):
    box = Box(-1, 1, dim=network.inputs)
    found, best = lipschitz(network, box), 0.0
    faults = []
    samples = rng.uniform(-1, 1, (SAMPLES, network.inputs))
    sizes = np.linalg.norm(values_and_slopes(network, samples)[1], 2, axis=(1, 2))
    for row in np.argsort(-sizes)[:STARTS]:
        x, size = samples[row], sizes[row]
        for k in range(STEPS):
            beside = np.clip(x + rng.normal(size=len(x)) / (4 + k), -1, 1)
            steep = np.linalg.norm(values_and_slopes(network, beside)[1], 2)
            if steep > size:
                x, size = beside, steep
        along = np.linalg.svd(values_and_slopes(network, x)[1])[2][0]
        ends = [[Fraction(v) for v in np.clip(x + s * along, -1, 1)] for s in (0.0, 1e-6)]
        rise, run = (
            length([a - b for a, b in zip(*pair, strict=True)], 2)
            for pair in ([outputs(network, end) for end in ends], ends)
        )
        if rise > Fraction(found.constant.upper) ** 2 * run:
            faults.append(f"{found}, and a segment that is {float(rise / run) ** 0.5} steep")
        best = max(best, float(rise / run) ** 0.5 if run else 0.0)
    return "slope", best >= CLOSE * float(found.constant), faults


KINDS = (radius_attacks, maximum_attacks, slope_attacks)


def faults_of(number):
    """Attack the answers to the question with this number; return its kind, and what is wrong."""
    rng = np.random.default_rng((number, 3))
    d, width, outputs = (int(v) for v in (rng.integers(2, 5), rng.integers(4, 13), rng.integers(2, 5)))
    network = generated(d, width, width, outputs, seed=number)
    kind, close, faults = KINDS[number % len(KINDS)](network, rng)
    return f"{kind}, {'within 1%' if close else 'farther'}", faults
