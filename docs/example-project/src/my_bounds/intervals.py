"""A bound of one's own: a function of a network and a domain."""

from __future__ import annotations

from fractions import Fraction
from math import comb, prod

from exactregions import Ball, Box, Network, Stage
from exactregions.bounds.user import bound
from exactregions.domain import Domain

Interval = tuple[Fraction, Fraction]


@bound(kind="upper", source="interval arithmetic")
def interval_product(network: Network, domain: Domain) -> int:
    """prod_l Z(u_l, n_0), where u_l counts the units of layer l whose sign interval arithmetic leaves open.

    Each layer cuts the regions before it with u_l hyperplanes at most, in a space of n_0 dimensions. Everything is
    computed in fractions, so nothing is lost to rounding.
    """
    values, factors = _ends(domain), []
    for stage in network.stages:
        before = None if values is None else _pre_activations(stage, values)
        changes = [before is None or before[i][0] < 0 < before[i][1] for i in range(len(stage.bias))]
        count = sum(splits and changed for splits, changed in zip(stage.splits.tolist(), changes, strict=True))
        factors.append(sum(comb(count, j) for j in range(network.inputs + 1)))
        values = None if before is None else [_activated(stage, i, z) for i, z in enumerate(before)]
    return prod(factors)


def _ends(domain: Domain) -> list[Interval] | None:
    """Return an interval for each input; None where the domain has no end."""
    box = domain.as_box() if isinstance(domain, Ball) else domain
    return list(zip(box.lower, box.upper, strict=True)) if isinstance(box, Box) else None


def _pre_activations(stage: Stage, values: list[Interval]) -> list[Interval]:
    found = []
    for row, b in zip(stage.weight.tolist(), stage.bias.tolist(), strict=True):
        low = high = Fraction(b)
        for w, (lo, up) in zip(row, values, strict=True):
            weight = Fraction(w)
            low += min(weight * lo, weight * up)
            high += max(weight * lo, weight * up)
        found.append((low, high))
    return found


def _activated(stage: Stage, unit: int, z: Interval) -> Interval:
    """Return the values of a unit with two slopes; where the interval holds zero, so do they."""
    ends = [Fraction(stage.high[unit] if v > 0 else stage.low[unit]) * v for v in z]
    kink = [Fraction(0)] if z[0] < 0 < z[1] else []
    return min([*ends, *kink]), max([*ends, *kink])
