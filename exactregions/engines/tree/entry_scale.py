"""From the distances that kernels measure, in scaled coordinates, to entry radii in the units of the domain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.tree.kernels.codes import EUCLIDEAN, FAR_BALL, PLANE_BALL, SPACE_BALL, WIDE_BOX, WIDE_L1_BALL
from exactregions.engines.tree.scaled_problem import ScaledProblem
from exactregions.exact.floats import rounded_down, rounded_up
from exactregions.exact.shapes import ShapeKind, shape_of
from exactregions.exact.shapes.rounded import center_error

Floats = NDArray[np.float64]

ROUND = (EUCLIDEAN, PLANE_BALL, SPACE_BALL, FAR_BALL)  # where kernels measure distances


@dataclass(frozen=True, slots=True)
class EntryScale:
    """Bounds that carry measured distances over.

    An entry radius is at least `low` times the scaled lower bound minus `shift`, and at most `high` times the upper
    one plus `shift`. Every region meets the domain, so `largest` is a bound too.
    """

    low: float
    high: float
    shift: float
    largest: float

    @classmethod
    def of(cls, problem: ScaledProblem, domain: Domain, measured: bool) -> EntryScale | None:
        """Return the scale of a question; None where its kernel measures no distances, or none are wanted."""
        if domain.largest_entry is None or problem.shape != shape_of(domain):
            return None
        if problem.shape.kind is ShapeKind.L2 and problem.domain.kind in ROUND:
            return _of_ball(problem, domain)
        if measured and problem.domain.kind == WIDE_L1_BALL:
            return _of_l1_ball(problem, domain)
        return _of_box(problem, domain) if measured and problem.domain.kind == WIDE_BOX else None

    def radii(self, scaled: Floats) -> Floats:
        """Return entry radii and bounds of them, shape (n, 3), from an estimate and bounds in scaled coordinates.

        A zero is exact: what is merely too small for floats, or not known to be zero, gets its upper bound.
        """
        # each operation may have rounded, by less than the distance to the next float
        with np.errstate(invalid="ignore", over="ignore"):
            lower = np.nextafter(np.nextafter(scaled[:, 1] * self.low, 0.0) - self.shift, -np.inf)
            upper = np.nextafter(np.nextafter(scaled[:, 2] * self.high, np.inf) + self.shift, np.inf)
        lower, upper = np.maximum(lower, 0.0), np.fmin(upper, self.largest)  # zero times infinity is no bound
        upper[(scaled[:, 2] == 0.0) & (self.shift == 0.0)] = 0.0
        with np.errstate(over="ignore"):  # of an estimate, which the bounds hold back
            value = np.clip(scaled[:, 0] * self.low, lower, upper)
        return np.stack([np.where(value > 0.0, value, upper), lower, upper], axis=1)


def _of_ball(problem: ScaledProblem, domain: Domain) -> EntryScale:
    """Return the scale of a Euclidean ball.

    Where x = c + s Q y, what is orthogonal to the columns of Q changes no unit and only adds to the distance: the
    nearest point of a region is in their span, and its distance s |Q y|. A length in the domain is at least
    1 / stretch and at most stretch times its scaled one; then comes what the centre was rounded by.
    """
    assert domain.largest_entry is not None, "a ball has a radius"
    scale, stretch = float(problem.scale[0]), problem.stretch
    low = scale if stretch == 1.0 else float(np.nextafter(scale / stretch, 0.0))
    high = scale if stretch == 1.0 else float(np.nextafter(scale * stretch, np.inf))
    return EntryScale(low, high, center_error(shape_of(domain)), rounded_up(domain.largest_entry))


def _of_l1_ball(problem: ScaledProblem, domain: Domain) -> EntryScale:
    """Return the scale of an l1 ball, whose distances are measured in units of the float radius."""
    assert domain.largest_entry is not None, "a ball has a radius"
    unit = Fraction(float(problem.domain.outer[0])) * Fraction(float(problem.scale[0]))
    largest = rounded_up(domain.largest_entry)
    return EntryScale(rounded_down(unit), rounded_up(unit), center_error(shape_of(domain)), largest)


def _of_box(problem: ScaledProblem, domain: Domain) -> EntryScale:
    """Return the scale of a box or an l_inf ball.

    Distances are measured from the float centre, in half sides rounded outward: m = max_j |y_j| / outer_j. The domain's
    own are n = max_j |y_j + e_j| / H_j with inner_j + |e_j| <= H_j <= outer_j - |e_j|. So n >= m - shift and
    n <= stretch m + shift, with stretch = max_j outer_j / inner_j, and |e_j| / H_j <= (outer_j / inner_j - 1) / 2.
    """
    assert domain.largest_entry is not None, "a box shrinks to its centre"
    outer, inner = problem.domain.outer, problem.domain.inner
    unit, largest = domain.largest_entry, rounded_up(domain.largest_entry)
    if not (inner > 0.0).all():  # the float centre is as good as outside: nothing is known but the size of the domain
        return EntryScale(rounded_down(unit), largest, np.inf, largest)
    ratio = float(np.nextafter(outer / inner, np.inf).max())
    shift = float(np.nextafter(np.nextafter((ratio - 1.0) / 2, np.inf) * largest, np.inf))
    if center_error(shape_of(domain)) == 0.0:
        shift = 0.0
    return EntryScale(rounded_down(unit), float(np.nextafter(ratio * largest, np.inf)), shift, largest)
