"""Domains in the scaled coordinates of `UnitRows`, with what a cross-check asks of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain.ball import norm_name
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import Row, Shape, ShapeKind
from exactregions.exact.shapes.rounded import NORMS

if TYPE_CHECKING:
    import cvxpy as cp

Array = NDArray[np.float64]

DUALS = {1: math.inf, 2: 2}  # norms of directions, by the norm of the ball


@dataclass(frozen=True, slots=True, eq=False)
class UnitDomain:
    """A ball of the norm 1 or 2, or a box, about the origin; inequalities of the domain are rows beside it.

    Attributes
    ----------
    norm : {1, 2} or None
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
        return [] if self.norm is None else [cvxpy.norm(y, norm_name(self.norm)) <= self.radius - slack]

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
        size = float(np.linalg.norm(direction, DUALS[int(self.norm)]))
        return self.radius * size, size

    def extent(self) -> float:
        """Return a Euclidean length that no point exceeds."""
        return self.radius if self.half_widths is None else float(np.linalg.norm(self.half_widths))


def rows_beside(shape: Shape) -> Sequence[Row]:
    """Return the inequalities that `unit_domain` leaves out: the rows, and the sides of a box that lacks some."""
    return shape.rows if shape.has_ends else shape.sides()


def unit_domain(shape: Shape, scale: Fraction) -> UnitDomain:
    """Return the body of a shape about its centre, in units of a scale."""
    halves = [nearest_float(half / scale) for half in shape.half_widths if half is not None]
    if len(halves) < shape.dim:
        return UnitDomain()
    if shape.kind is ShapeKind.BOX:
        return UnitDomain(half_widths=np.array(halves))
    return UnitDomain(norm=NORMS[shape.kind], radius=max(halves))
