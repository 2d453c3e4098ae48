"""Domains in the scaled coordinates of `UnitRows`, with what a cross-check asks of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Ball, Box, Domain, Polytope
from exactregions.exact.floats import nearest_float

if TYPE_CHECKING:
    import cvxpy as cp

__all__ = ["UnitDomain", "centre_of", "size_of", "spelled", "unit_domain"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class UnitDomain:
    """A ball, or a box about the origin; a polytope's inequalities are rows, and its box, if any, is this.

    Attributes
    ----------
    norm : float or None
        Of a ball.
    radius : float
        Of a ball; inf otherwise.
    half_widths : numpy.ndarray, shape (d,), or None
        Of a box.
    """

    norm: float | None = None
    radius: float = math.inf
    half_widths: Array | None = None

    @property
    def bounded(self) -> bool:
        """Whether it is a ball or a box."""
        return self.norm is not None or self.half_widths is not None

    def constraints(self, y: cp.Variable, slack: Any) -> list[Any]:
        """Return the constraints that keep y inside by a slack."""
        import cvxpy

        if self.half_widths is not None:
            return [y >= slack - self.half_widths, y <= self.half_widths - slack]
        return [] if self.norm is None else [cvxpy.norm(y, spelled(self.norm)) <= self.radius - slack]

    def slack(self, y: Array) -> float:
        """Return the largest slack by which y is inside; negative outside."""
        if self.half_widths is not None:
            return float(np.min(self.half_widths - np.abs(y)))
        return math.inf if self.norm is None else self.radius - float(np.linalg.norm(y, self.norm))

    def support(self, direction: Array) -> tuple[float, float]:
        """Return the supremum of direction.y, and by how much it falls for each unit of slack."""
        sizes = np.abs(direction)
        if self.half_widths is not None:
            return float(sizes @ self.half_widths), float(sizes.sum())
        if self.norm is None:
            return (math.inf if sizes.any() else 0.0), 0.0
        dual = {1: math.inf, 2: 2, math.inf: 1}[self.norm]
        size = float(np.linalg.norm(direction, dual))
        return self.radius * size, size

    def extent(self, dim: int) -> float:
        """Return a Euclidean length that no point exceeds."""
        if self.half_widths is not None:
            return float(np.linalg.norm(self.half_widths))
        return self.radius * math.sqrt(dim) if self.norm == math.inf else self.radius


def unit_domain(domain: Domain, scale: Fraction) -> UnitDomain:
    """Return a domain about its centre, in units of a scale."""
    match domain:
        case Ball():
            return UnitDomain(norm=domain.norm, radius=nearest_float(domain.radius / scale))
        case Box():
            return UnitDomain(half_widths=np.array([nearest_float(w / scale) for w in _half_widths(domain)]))
        case Polytope(box=Box() as box):
            return unit_domain(box, scale)
    return UnitDomain()


def centre_of(domain: Domain) -> tuple[Fraction, ...]:
    """Return the centre of a ball or a box, of a polytope's box, else the origin."""
    match domain:
        case Ball() | Box():
            return domain.center
        case Polytope(box=Box() as box):
            return box.center
    return (Fraction(0),) * domain.dim


def size_of(domain: Domain) -> Fraction | None:
    """Return the radius of a ball, the largest half-width of a box; None where there is neither."""
    match domain:
        case Ball():
            return domain.radius
        case Box():
            return max(_half_widths(domain))
        case Polytope(box=Box() as box):
            return size_of(box)
    return None


def _half_widths(box: Box) -> Sequence[Fraction]:
    return [(up - lo) / 2 for lo, up in zip(box.lower, box.upper, strict=True)]


def spelled(norm: float) -> Any:
    """Return a norm as cvxpy spells it."""
    return "inf" if norm == math.inf else int(norm)
