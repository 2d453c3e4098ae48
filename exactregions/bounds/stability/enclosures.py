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

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.stability.signs import Signs
from exactregions.exact.matrices import row_of
from exactregions.exact.rounding_errors import TINY, above, affine_error, operator_norm, slack
from exactregions.exact.shapes import Shape, ShapeKind
from exactregions.exact.shapes.rounded import NORMS, center_floats, dual_reach, extents
from exactregions.stage import Stage
from exactregions.weights import Matrix

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The body of a kind about a centre; of a box the radius may be one half width for each coordinate."""

    center: Array
    radius: Array
    kind: ShapeKind

    def reach(self, weight: Matrix) -> Array:
        """Bound |w.(z - center)| over the set for each row w."""
        return dual_reach(self.kind, self.radius, weight)


@dataclass(frozen=True, slots=True)
class Rows:
    """The pre-activations of a stage over an enclosure: |value - p| <= reach, `error` of it rounding."""

    p: Array
    reach: Array
    error: Array

    @classmethod
    def of(cls, stage: Stage, enclosure: Enclosure) -> Rows:
        """Evaluate a stage on an enclosure."""
        error = affine_error(stage.matrix, enclosure.center, stage.bias)
        p = stage.matrix @ enclosure.center + stage.bias
        return cls(p, above(enclosure.reach(stage.matrix) + error, 1), error)

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
        norm, m = NORMS[enclosure.kind], len(self.p)
        # a unit that keeps its sign has one slope, whatever the sign of the centre, which may lie outside the cell
        sides = np.where(signs != 0, signs > 0, self.p > 0)
        z = np.where(sides, stage.high, stage.low) * self.p
        size = {1: float(m), 2: math.sqrt(m), math.inf: 1.0}[norm]  # the norm of (1, .., 1)
        if norm == math.inf:
            grown = self.reach.max()
        else:
            grown = operator_norm(stage.matrix, norm) * enclosure.radius + size * self.error.max()
        lipschitz = max(np.abs(stage.low).max(), np.abs(stage.high).max())
        rounding = size * (np.abs(z).max() * slack(1) + TINY)
        return Enclosure(z, above(lipschitz * grown + rounding, 8), enclosure.kind)

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
    return Enclosure(center, above(half, 1), ShapeKind.BOX)


def outward(lower: Array, upper: Array) -> tuple[Array, Array]:
    """Widen computed ends by more than one rounding each."""
    return lower - (np.abs(lower) * slack(1) + TINY), upper + (np.abs(upper) * slack(1) + TINY)


def enclosure_of(shape: Shape) -> Enclosure | None:
    """Return the body of a shape with a float centre and a radius that makes up for its rounding.

    None where it has no ends, or they are beyond the range of floats.
    """
    center = center_floats(shape)
    if not (shape.has_ends and np.isfinite(center).all()):
        return None
    outer, _ = extents(shape, center)
    return Enclosure(center, outer if shape.kind is ShapeKind.BOX else outer[0], shape.kind)


def decide_exactly(stage: Stage, shape: Shape, rows: Rows, signs: Signs) -> None:
    """Settle first-stage units within rounding of tangency, at which an open domain is not cut."""
    near = (signs == 0) & (np.abs(rows.p) >= rows.reach * (1.0 - 2.0**-20))
    for unit in np.flatnonzero(near).tolist():
        row = np.zeros(shape.dim)
        columns, values = row_of(stage.matrix, unit)
        row[columns] = values
        signs[unit] = _exact_sign(row.tolist(), float(stage.bias[unit]), shape)


def _exact_sign(weight: Sequence[float], bias: float, shape: Shape) -> int:
    """Return the sign that w.x + b keeps on the open body, 0 when its hyperplane cuts it; in rationals."""
    from exactregions.exact.numbers import as_point, rational
    from exactregions.exact.shapes.support import support

    slopes, constant = as_point(weight), rational(bias)
    if support(shape, slopes).at_most(-constant):
        return -1
    return 1 if support(shape, [-v for v in slopes]).at_most(constant) else 0
