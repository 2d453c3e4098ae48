"""The point of a finitely generated cone that is nearest to given labels, in rationals, with its certificate."""

from __future__ import annotations

from collections.abc import Sequence

from exactregions.exact.numbers import ZERO, Point, Rational
from exactregions.landscape.cells import solutions
from exactregions.support.stopping import check


def nearest_in_cone(generators: Sequence[Point], labels: Point) -> tuple[Point, Point]:
    """Return multipliers >= 0 of generators whose sum is nearest to the labels, and the residual.

    The active-set method of Lawson and Hanson (1974). A residual r with r.g <= 0 for every generator, and r.p = 0 for
    the sum p, proves that no point of the cone is nearer.
    """
    multipliers = [ZERO] * len(generators)
    chosen: list[int] = []
    while True:
        check()
        residual = list(labels)
        for k in chosen:
            residual = [r - multipliers[k] * g for r, g in zip(residual, generators[k], strict=True)]
        gains = [_dot(residual, g) for g in generators]
        entering = max(range(len(gains)), key=lambda k: gains[k], default=None)
        if entering is None or gains[entering] <= 0:
            return multipliers, residual
        # its gain is not zero, so it is no combination of the chosen ones, which stay independent
        chosen.append(entering)
        chosen = _settled(generators, labels, chosen, multipliers)


def _settled(generators: Sequence[Point], labels: Point, chosen: list[int], multipliers: Point) -> list[int]:
    """Move to the least squares of the chosen generators, leaving out those whose multipliers end at zero."""
    while chosen:
        check()
        gram = [[_dot(generators[i], generators[j]) for j in chosen] for i in chosen]
        best, _ = solutions(gram, [_dot(generators[i], labels) for i in chosen])
        wanted = dict(zip(chosen, best, strict=True))
        if all(v > 0 for v in best):
            for k, v in wanted.items():
                multipliers[k] = v
            return chosen
        step = min(multipliers[k] / (multipliers[k] - v) for k, v in wanted.items() if v <= 0)
        for k, v in wanted.items():
            multipliers[k] += step * (v - multipliers[k])
        for k in [k for k in chosen if multipliers[k] == 0]:
            chosen = [other for other in chosen if other != k]
    return chosen


def _dot(a: Point, b: Point) -> Rational:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), ZERO)
