"""Bounds with a plausible mistake each, for the audit to find; beside each what it should have been."""

import math
from fractions import Fraction
from math import prod

import numpy as np

from exactregions import Ball
from exactregions.bounds.arrangements import arrangement_regions, carriers
from exactregions.bounds.contract import NotApplicableError
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.bounds.user import bound
from exactregions.exact.rounding_errors import spectral_norm


def euclidean(domain) -> Ball:
    if not isinstance(domain, Ball) or domain.norm != 2:
        raise NotApplicableError("it is for Euclidean balls")
    return domain


def hyperplanes(network):
    """The first stage's hyperplanes, each once: coefficients in Fractions, the first nonzero one made 1."""
    if not network.stages:
        return set()
    stage, found = network.stages[0], set()
    for row, b, splits in zip(stage.weight.tolist(), stage.bias.tolist(), stage.splits, strict=True):
        if splits and any(row):
            first = Fraction(next(w for w in row if w))
            found.add(tuple(Fraction(v) / first for v in (*row, b)))
    return found


def gap(hyperplane, ball) -> Fraction:
    """Squared distance of the hyperplane from the centre, minus the squared radius, times a positive factor."""
    *normal, b = hyperplane
    value = sum((w * c for w, c in zip(normal, ball.center, strict=True)), b)
    return value**2 - ball.radius**2 * sum(w * w for w in normal)


@bound(kind="lower")
def cut_by_hyperplanes(network, domain):
    """Sound: k distinct hyperplanes that cut a ball leave k + 1 parts at least."""
    return 1 + sum(gap(h, euclidean(domain)) < 0 for h in hyperplanes(network))


@bound(kind="lower")
def cut_or_touched(network, domain):
    """`<=` for `<`: a hyperplane that only touches the open ball is said to cut it."""
    return 1 + sum(gap(h, euclidean(domain)) <= 0 for h in hyperplanes(network))


ROUNDING = -1e-9  # a margin that keeps the rounding of the plain floats here on the safe side


def propagated(network, domain, norm_of, margin=ROUNDING, strict=True):
    """Ball propagation in plain floats, with a spectral norm and a margin of the hyperplane test to choose."""
    ball = euclidean(domain)
    z, rho, dim, factors = ball.center_float, float(ball.radius), network.inputs, []
    for stage in network.stages:
        p = stage.weight @ z + stage.bias
        reach = np.linalg.norm(stage.weight, axis=1) * rho * (1 - margin)
        cut = (np.abs(p) < reach if strict else np.abs(p) <= reach) & stage.splits
        factors.append(arrangement_regions(int(cut.sum()), dim))
        dim = min(dim, carriers(stage, np.ones(len(p), dtype=bool)))
        slopes = np.maximum(np.abs(stage.low), np.abs(stage.high))
        z, rho = np.where(p > 0, stage.high, stage.low) * p, rho * norm_of(stage.weight) * float(slopes.max())
    return prod(factors)


@bound
def closed_hyperplane_test(network, domain):
    """Sound, though it says `<=`: an upper bound may count hyperplanes that only touch."""
    return propagated(network, domain, spectral_norm, strict=False)


@bound
def with_a_tolerance(network, domain):
    """Hyperplanes that reach into the ball by less than a tolerance are left out."""
    return propagated(network, domain, spectral_norm, 1e-4)


@bound
def norm_rounded_down(network, domain):
    """A spectral norm printed with one digit behind the point, and typed in again."""
    return propagated(network, domain, lambda weight: math.floor(10 * spectral_norm(weight)) / 10)


@bound
def norm_by_power_iteration(network, domain):
    """Three steps of power iteration: what they give is below the norm."""

    def estimate(weight):
        vector = np.ones(weight.shape[1])
        for _ in range(3):
            vector = weight.T @ (weight @ vector)
            length = np.linalg.norm(vector)
            if length == 0:
                return 0.0
            vector = vector / length
        return float(np.linalg.norm(weight @ vector))

    return propagated(network, domain, estimate)


@bound
def dimension_never_grows_back(network, domain):
    """The image dimension is taken where the centre is; in another cell more units are active, and it is larger."""
    signs = proved_signs(network, domain)
    if not isinstance(domain, Ball):
        raise NotApplicableError("it is for balls")
    dim, factors, z = network.inputs, [], domain.center_float
    for stage, sign in zip(network.stages, signs, strict=True):
        factors.append(arrangement_regions(int(((sign == 0) & stage.splits).sum()), dim))
        p = stage.weight @ z + stage.bias
        slope = np.where(p > 0, stage.high, stage.low)
        dim, z = min(dim, int((slope != 0).sum())), slope * p
    return prod(factors)


WRONG = (
    cut_or_touched,
    with_a_tolerance,
    norm_rounded_down,
    norm_by_power_iteration,
    dimension_never_grows_back,
)
SOUND = (cut_by_hyperplanes, closed_hyperplane_test)
