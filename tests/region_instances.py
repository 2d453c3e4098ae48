"""Regions of networks of few inputs whose lines are hard for floats, and the answers of exact clipping."""

from fractions import Fraction
from unittest.mock import patch

import numpy as np
from hostile_planes import hostile_ball, hostile_domain, hostile_network, hostile_round_ball
from independent.oracle import ORACLE

from exactregions import enumerate_regions
from exactregions.engines.tree import scaled_problem

KINDS = ("flat sides", "flat sides", "round ball", "l1 ball", "flat sides", "flat sides", "round ball", "cube")


def question(number, d):
    """A network, a domain with d inputs, and the kind of the domain."""
    rng, kind = np.random.default_rng((number, d)), KINDS[number % len(KINDS)]
    network = hostile_network(rng, d)
    if kind == "flat sides":
        return network, hostile_domain(rng, d), kind
    if kind == "round ball":
        return network, hostile_round_ball(rng, network, d), kind
    return network, hostile_ball(rng, d, 1 if kind == "l1 ball" else "inf"), kind


def exact_witness(regions, i):
    return regions.exact_witnesses.get(i) or [Fraction(float(v)) for v in regions.witnesses[i]]


def patterns_of(regions):
    return {tuple(region.pattern.tolist()) for region in regions}


def faults_of(number, d):
    """Return the kind of a question, and what the kernels of corners, and the others, answer wrongly."""
    network, domain, kind = question(number, d)
    truth = ORACLE.answer(network, domain)
    faults = list(wrong_regions(enumerate_regions(network, domain, engine="tree"), truth))
    with patch.object(scaled_problem, "FEW_INPUTS", {}):
        others = enumerate_regions(network, domain, engine="tree")
    return f"{d} inputs, {kind}", [*faults, *(f"without corners: {each}" for each in wrong_regions(others, truth))]


def wrong_regions(regions, truth):
    """Yield what is wrong with stored regions: their number, patterns, points, or bounds of entry radii."""
    if not regions.exact:
        yield "the count is not exact"
    if regions.count != len(truth.patterns) or patterns_of(regions) != truth.patterns:
        yield f"{regions.count} regions, {len(truth.patterns)} in truth, or others"
    norm = getattr(truth.domain, "norm", None)
    for i, region in enumerate(regions):
        pattern = tuple(region.pattern.tolist())
        if not truth.is_witness(pattern, exact_witness(regions, i)):
            yield f"region {i} does not hold its witness"
        entry = truth.entries.get(pattern)
        if regions.entry_bounds is not None and entry is not None:
            power = 2 if norm == 2 else 1
            lower, upper = map(float, regions.entry_bounds[i])
            if Fraction(lower) ** power > entry or (upper < np.inf and entry > Fraction(upper) ** power):
                yield f"region {i} does not begin between {lower} and {upper}"
