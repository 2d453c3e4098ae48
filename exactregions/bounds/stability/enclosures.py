"""Sets that hold the values before a stage, carried through the network; every float bound is rounded outward.

Soundness. The centre of a set is the float vector that was computed, whatever it is; what a rounding may have
moved is added to the radius. So let z be float, and let every true value Z have ||Z - z|| <= rho. For a row
w, |w.Z + b - p| <= ||w||_dual rho + |w.z + b - p| for the computed p, both terms bounded from above as
`rounding_errors` proves, and |p| >= that bound proves the sign. A unit is L-Lipschitz, L = max(|low|, |high|), in each
coordinate, hence ||sigma(W Z + b) - sigma(p)|| <= max L (||W|| rho + ||error of p||), to which the rounding
of sigma(p) is added. Infinities and NaN compare as unproved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.stability.signs import Signs
from exactregions.domain import Ball, Box, Domain, Polytope
from exactregions.exact.floats import rounded_up
from exactregions.exact.rounding_errors import TINY, above, affine_error, dual_norms, operator_norm, slack
from exactregions.network import Stage

__all__ = [
    "Enclosure",
    "Rows",
    "bounding",
    "box_around",
    "decide_exactly",
    "enclosure_of",
    "image_ranges",
    "outward",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Enclosure:
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
class Rows:
    """The pre-activations of a stage over an enclosure: |value - p| <= reach, `error` of it rounding."""

    p: Array
    reach: Array
    error: Array

    @classmethod
    def of(cls, stage: Stage, enclosure: Enclosure) -> Rows:
        """Evaluate a stage on an enclosure."""
        error = affine_error(stage.weight, enclosure.center, stage.bias)
        p = stage.weight @ enclosure.center + stage.bias
        return cls(p, above(enclosure.reach(stage.weight) + error, 1), error)

    @classmethod
    def of_forms(cls, forms: Array, enclosure: Enclosure) -> Rows:
        """Evaluate affine forms that were rounded to the nearest floats: rows (a, b), shape (m, n + 1)."""
        weight, bias = forms[:, :-1], forms[:, -1]
        far = np.abs(enclosure.center) + np.broadcast_to(enclosure.radius, enclosure.center.shape)
        # a coefficient that underflows loses at most TINY of itself, which a large set multiplies
        lost = float(above(far.sum(), len(far))) + weight.shape[1] + 4
        rounded = (np.abs(weight) @ far + np.abs(bias)) * slack(weight.shape[1]) + TINY * lost
        error = affine_error(weight, enclosure.center, bias) + rounded
        p = weight @ enclosure.center + bias
        return cls(p, above(enclosure.reach(weight) + error, 2), error)

    def signs(self) -> Array:
        """Return the signs that the units keep on the enclosure, 0 where none is proved."""
        proved = np.isfinite(self.p) & np.isfinite(self.reach) & (np.abs(self.p) >= self.reach)
        return np.where(proved, np.sign(self.p), 0.0)

    def through_sphere(self, stage: Stage, enclosure: Enclosure, signs: Signs) -> Enclosure:
        """Return a ball of the same norm around the image of the stage."""
        norm, m = enclosure.norm, len(self.p)
        # a unit that keeps its sign has one slope, whatever the sign of the centre, which may lie outside the cell
        sides = np.where(signs != 0, signs > 0, self.p > 0)
        z = np.where(sides, stage.high, stage.low) * self.p
        size = {1: float(m), 2: math.sqrt(m), math.inf: 1.0}[norm]  # the norm of (1, .., 1)
        if norm == math.inf:
            grown = self.reach.max()
        else:
            grown = operator_norm(stage.weight, norm) * enclosure.radius + size * self.error.max()
        lipschitz = max(np.abs(stage.low).max(), np.abs(stage.high).max())
        rounding = size * (np.abs(z).max() * slack(1) + TINY)
        return Enclosure(z, above(lipschitz * grown + rounding, 8), norm)

    def ranges(self, signs: Signs) -> tuple[Array, Array]:
        """Return ends of the pre-activations of the units, which keep the given signs."""
        lower, upper = outward(self.p - self.reach, self.p + self.reach)
        return np.where(signs > 0, np.maximum(lower, 0.0), lower), np.where(signs < 0, np.minimum(upper, 0.0), upper)

    def through_intervals(self, stage: Stage, signs: Signs) -> Enclosure:
        """Return the box around the image of the stage."""
        return box_around(*image_ranges(stage, *self.ranges(signs)))


def image_ranges(stage: Stage, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Return ends of the values after the units, given those of the pre-activations."""
    ends = [np.where(end > 0, stage.high, stage.low) * end for end in (lower, upper)]
    # slopes of opposite sign turn around at zero, so zero belongs to the hull when it is inside
    inside = np.where((lower < 0) & (upper > 0), 0.0, ends[0])
    return outward(np.minimum.reduce([*ends, inside]), np.maximum.reduce([*ends, inside]))


def box_around(lower: Array, upper: Array) -> Enclosure:
    """Return a box as a centre and half its widths."""
    center = 0.5 * lower + 0.5 * upper
    half = np.maximum(upper - center, center - lower)
    return Enclosure(center, above(half, 1), math.inf)


def outward(lower: Array, upper: Array) -> tuple[Array, Array]:
    """Widen computed ends by more than one rounding each."""
    return lower - (np.abs(lower) * slack(1) + TINY), upper + (np.abs(upper) * slack(1) + TINY)


def bounding(domain: Domain) -> Ball | Box | None:
    """Return a ball or box that holds the domain, or None where none is at hand."""
    match domain:
        case Ball(norm=math.inf):
            return domain.as_box()
        case Ball() | Box():
            return domain
        case Polytope(box=box):
            return box
    return None


def enclosure_of(domain: Ball | Box | None) -> Enclosure | None:
    """Return the domain with a float centre and a radius that makes up for its rounding."""
    if domain is None:
        return None
    try:
        center = np.array([float(c) for c in domain.center])
    except OverflowError:
        return None
    if isinstance(domain, Ball):
        gaps = (abs(c - Fraction(f)) for c, f in zip(domain.center, center.tolist(), strict=True))
        return Enclosure(center, np.array(rounded_up(sum(gaps, domain.radius))), domain.norm)
    ends = zip(domain.lower, domain.upper, center.tolist(), strict=True)
    half = [rounded_up(max(up - Fraction(c), Fraction(c) - lo)) for lo, up, c in ends]
    return Enclosure(center, np.array(half), math.inf)


def decide_exactly(stage: Stage, domain: Ball | Box, rows: Rows, signs: Signs) -> None:
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
