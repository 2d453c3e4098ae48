"""Which units are proved never to change sign on a domain; every float bound is rounded outward.

A set that holds the values before a stage is carried through the network, and a unit is settled when its row
keeps one sign on that set. Two tests differ in the set: the sphere test carries a ball of the domain's norm,
interval propagation a box. For the first stage the set is the domain itself (or the box of a polytope), so
both agree there.

Soundness. The centre of a set is the float vector that was computed, whatever it is; what a rounding may have
moved is added to the radius. So let z be float, and let every true value Z have ||Z - z|| <= rho. For a row
w, |w.Z + b - p| <= ||w||_dual rho + |w.z + b - p| for the computed p, both terms bounded from above as
`norms` proves, and |p| >= that bound proves the sign. A unit is L-Lipschitz, L = max(|low|, |high|), in each
coordinate, hence ||sigma(W Z + b) - sigma(p)|| <= max L (||W|| rho + ||error of p||), to which the rounding
of sigma(p) is added. Infinities and NaN compare as unproved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.norms import TINY, above, affine_error, dual_norms, operator_norm, slack
from exactregions.bounds.signs import Signs, signs_everywhere
from exactregions.domain import Ball, Box, Domain, Polytope
from exactregions.errors import ExactRegionsError
from exactregions.network import Network, Stage

__all__ = ["STABILITY_TESTS", "StabilityTest", "proved_signs"]

Array = NDArray[np.float64]
StabilityTest: TypeAlias = Literal["sphere", "interval", "both"]

STABILITY_TESTS: tuple[str, ...] = get_args(StabilityTest)


def proved_signs(network: Network, domain: Domain, test: StabilityTest = "both") -> tuple[Signs, ...]:
    """Prove the signs of units on a whole domain, stage by stage.

    Parameters
    ----------
    network : Network
    domain : Domain
        On one without a known bounded set around it (the whole space, a polytope without a box) only
        what `signs_everywhere` knows is settled.
    test : {"both", "sphere", "interval"}
        "both" settles a unit when one of the two does.

    Returns
    -------
    tuple of numpy.ndarray of int8, shape (m,)
        1: the pre-activation is >= 0 on the domain; -1: it is <= 0; 0: not proved. So 1 and -1 never split.

    Raises
    ------
    ExactRegionsError
        If the test is unknown.
    """
    if test not in STABILITY_TESTS:
        known = ", ".join(STABILITY_TESTS)
        raise ExactRegionsError(f"there is no stability test {test!r}; choose from {known}")
    if test == "both":
        one, other = (proved_signs(network, domain, t) for t in ("sphere", "interval"))
        return tuple(np.where(a != 0, a, b) for a, b in zip(one, other, strict=True))
    inner, everywhere = _bounded(domain), signs_everywhere(network)
    enclosure = _enclosure(inner)
    if inner is None or enclosure is None:
        return everywhere
    found = []
    with np.errstate(all="ignore"):
        for index, (stage, known) in enumerate(zip(network.stages, everywhere, strict=True)):
            rows = _Rows.of(stage, enclosure)
            signs = np.where(known != 0, known, rows.signs()).astype(np.int8)
            if index == 0:
                _decide_exactly(stage, inner, rows, signs)
            found.append(signs)
            sphere = test == "sphere"
            enclosure = rows.through_sphere(stage, enclosure) if sphere else rows.through_intervals(stage)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Enclosure:
    """{z : ||z - center|| <= radius}; for the norm inf the radius may be one for each coordinate."""

    center: Array
    radius: Array
    norm: float

    def reach(self, weight: Array) -> Array:
        """Bound |w.(z - center)| over the set for each row w."""
        if self.norm == math.inf:
            half = np.broadcast_to(self.radius, self.center.shape)
            return above(np.abs(weight) @ half, weight.shape[1])
        return above(dual_norms(weight, self.norm) * self.radius, 1)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The pre-activations of a stage over an enclosure: |value - p| <= reach, `error` of it rounding."""

    p: Array
    reach: Array
    error: Array

    @classmethod
    def of(cls, stage: Stage, enclosure: _Enclosure) -> _Rows:
        error = affine_error(stage.weight, enclosure.center, stage.bias)
        p = stage.weight @ enclosure.center + stage.bias
        return cls(p, above(enclosure.reach(stage.weight) + error, 1), error)

    def signs(self) -> Array:
        proved = np.isfinite(self.p) & np.isfinite(self.reach) & (np.abs(self.p) >= self.reach)
        return np.where(proved, np.sign(self.p), 0.0)

    def through_sphere(self, stage: Stage, enclosure: _Enclosure) -> _Enclosure:
        """Return a ball of the same norm around the image of the stage."""
        norm, m = enclosure.norm, len(self.p)
        z = np.where(self.p > 0, stage.high, stage.low) * self.p
        size = {1: float(m), 2: math.sqrt(m), math.inf: 1.0}[norm]  # the norm of (1, .., 1)
        if norm == math.inf:
            grown = self.reach.max()
        else:
            grown = operator_norm(stage.weight, norm) * enclosure.radius + size * self.error.max()
        lipschitz = max(np.abs(stage.low).max(), np.abs(stage.high).max())
        rounding = size * (np.abs(z).max() * slack(1) + TINY)
        return _Enclosure(z, above(lipschitz * grown + rounding, 8), norm)

    def through_intervals(self, stage: Stage) -> _Enclosure:
        """Return the box around the image of the stage."""
        lower, upper = _outward(self.p - self.reach, self.p + self.reach)
        ends = [np.where(end > 0, stage.high, stage.low) * end for end in (lower, upper)]
        # slopes of opposite sign turn around at zero, so zero belongs to the hull when it is inside
        inside = np.where((lower < 0) & (upper > 0), 0.0, ends[0])
        lower, upper = _outward(np.minimum.reduce([*ends, inside]), np.maximum.reduce([*ends, inside]))
        center = 0.5 * lower + 0.5 * upper
        half = np.maximum(upper - center, center - lower)
        return _Enclosure(center, above(half, 1), math.inf)


def _outward(lower: Array, upper: Array) -> tuple[Array, Array]:
    """Widen computed ends by more than one rounding each."""
    return lower - (np.abs(lower) * slack(1) + TINY), upper + (np.abs(upper) * slack(1) + TINY)


def _bounded(domain: Domain) -> Ball | Box | None:
    """Return a ball or box that holds the domain, or None where none is at hand."""
    match domain:
        case Ball(norm=math.inf):
            return domain.as_box()
        case Ball() | Box():
            return domain
        case Polytope(box=box):
            return box
    return None


def _enclosure(domain: Ball | Box | None) -> _Enclosure | None:
    """Return the domain with a float centre and a radius that makes up for its rounding."""
    if domain is None:
        return None
    try:
        center = np.array([float(c) for c in domain.center])
    except OverflowError:
        return None
    if isinstance(domain, Ball):
        gaps = (abs(c - Fraction(f)) for c, f in zip(domain.center, center.tolist(), strict=True))
        return _Enclosure(center, np.array(_float_above(sum(gaps, domain.radius))), domain.norm)
    ends = zip(domain.lower, domain.upper, center.tolist(), strict=True)
    half = [_float_above(max(up - Fraction(c), Fraction(c) - lo)) for lo, up, c in ends]
    return _Enclosure(center, np.array(half), math.inf)


def _float_above(value: Fraction) -> float:
    try:
        near = float(value)
    except OverflowError:
        return math.inf
    return near if Fraction(near) >= value else math.nextafter(near, math.inf)


def _decide_exactly(stage: Stage, domain: Ball | Box, rows: _Rows, signs: Signs) -> None:
    """Settle first-stage units within rounding of tangency, at which an open domain is not cut."""
    near = (signs == 0) & (np.abs(rows.p) >= rows.reach * (1.0 - 2.0**-20))
    for unit in np.flatnonzero(near).tolist():
        signs[unit] = _exact_sign(stage.weight[unit].tolist(), float(stage.bias[unit]), domain)


def _exact_sign(weight: Sequence[float], bias: float, domain: Ball | Box) -> int:
    """Return the sign that w.x + b keeps on the open domain, 0 when its hyperplane cuts it; in rationals."""
    w = [Fraction(v) for v in weight]
    value = sum((v * c for v, c in zip(w, domain.center, strict=True)), Fraction(bias))
    match domain:
        case Ball(norm=2):
            misses = value**2 >= domain.radius**2 * sum(v * v for v in w)
        case Ball():
            misses = abs(value) >= domain.radius * max(abs(v) for v in w)
        case _:
            sides = zip(w, domain.lower, domain.upper, strict=True)
            misses = abs(value) >= sum(abs(v) * (up - lo) / 2 for v, lo, up in sides)
    return (1 if value > 0 else -1) if misses else 0
