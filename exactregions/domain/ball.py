"""Balls of the norms 1, 2 and inf."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.domain.base import Domain, Number, Numbers, is_single, kept, shape_named
from exactregions.domain.box import Box
from exactregions.errors import DomainError
from exactregions.support.rational_text import plain_number
from exactregions.support.shortening import short, short_list
from exactregions.support.tables import exact_text
from exactregions.support.vectors import Vector, exact_number, exact_vector


def norm_name(norm: float) -> int | str:
    """Return a norm as files, cvxpy and people write it: 1, 2 or "inf"."""
    return "inf" if norm == math.inf else int(norm)


@dataclass(frozen=True, slots=True, repr=False)
class Ball(Domain):
    """The open ball { x : ||x - center|| < radius }.

    Parameters
    ----------
    center : sequence of float or Fraction, length dim
        Or an array or tensor. One of several dimensions, as an image, is flattened in row-major order, and can be
        asked of a network whose `input_shape` is the same.
    radius : float or Fraction
        Positive and finite.
    norm : {2, 1, inf}
    input_shape : tuple of int, optional
        Shape of the centre before it was flattened.

    Raises
    ------
    DomainError
        If a value is not finite, the radius is not positive (the open ball is empty), or the norm is another.

    Examples
    --------
    >>> Ball([0.0, 0.0], 1.0).contains([1.0, 0.0])
    False
    """

    center: Vector
    radius: Fraction
    norm: float = 2
    input_shape: tuple[int, ...] | None = field(default=None, kw_only=True, compare=False)

    kind: ClassVar[str] = "ball"
    if TYPE_CHECKING:

        def __init__(
            self,
            center: Numbers,
            radius: Number | ArrayLike,
            norm: float | str = 2,
            *,
            input_shape: Iterable[int] | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        center, shape = exact_vector(self.center, "center")
        object.__setattr__(self, "center", center)
        object.__setattr__(self, "input_shape", shape_named(self.input_shape, shape, len(center)))
        object.__setattr__(self, "radius", exact_number(self.radius, "radius"))
        if self.radius <= 0:
            raise DomainError(
                f"radius is {exact_text(self.radius)}; an open ball needs a positive radius to have a point"
            )
        object.__setattr__(self, "norm", norm_of(self.norm))

    def __repr__(self) -> str:
        return f"Ball(center={short_list(self.center)}, radius={exact_text(self.radius)}, norm={self.norm})"

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return len(self.center)

    @property
    def center_float(self) -> NDArray[np.float64]:
        """The centre rounded to float64, shape (dim,)."""
        return _floats(self.center)

    def distance_power(self, point: Sequence[Fraction | float]) -> Fraction:
        """Return the exact distance of a point from the centre: squared for norm 2, plain for 1 and inf."""
        gaps = [abs(p - c) for p, c in zip(self._point(point), self.center, strict=True)]
        if self.norm == 2:
            return sum((g * g for g in gaps), Fraction(0))
        return sum(gaps, Fraction(0)) if self.norm == 1 else max(gaps)

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether the point lies in the open ball."""
        limit = self.radius**2 if self.norm == 2 else self.radius
        return self.distance_power(point) < limit

    @property
    def largest_entry(self) -> Fraction:
        """The radius."""
        return self.radius

    @property
    def entry_power(self) -> int:
        """2 in the Euclidean norm, else 1."""
        return 2 if self.norm == 2 else 1

    @property
    def entry_norm(self) -> float:
        """The norm of the ball."""
        return self.norm

    def shrunk(self, entry: Fraction) -> Ball:
        """Return the ball of another radius about the same centre."""
        return replace(self, radius=entry)

    def without(self, gone: Sequence[bool]) -> Ball:
        """Return the ball of the same radius about the centre with fewer coordinates."""
        return replace(self, center=kept(self.center, gone), input_shape=None)

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return norm and radius."""
        return f"open ball of norm {self.norm:g}, radius {number(self.radius)}"

    def as_box(self) -> Box:
        """Return the smallest box that holds the ball; equal to it for the norm inf."""
        lower, upper = ([c + r for c in self.center] for r in (-self.radius, self.radius))
        return Box(lower, upper, input_shape=self.input_shape)

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {
            "kind": "ball",
            "center": [plain_number(c) for c in self.center],
            "radius": plain_number(self.radius),
            "norm": norm_name(self.norm),
        }


def require_ball(domain: Domain) -> Ball:
    """Return a domain as the ball that it is.

    Raises
    ------
    DomainError
        If it is none.
    """
    if isinstance(domain, Ball):
        return domain
    raise DomainError(f"a ball is needed, and the domain is a {domain.kind}")


def norm_of(norm: Any) -> float:
    """Return a norm as a number."""
    if isinstance(norm, str):
        given = {"1": 1, "2": 2, "inf": math.inf}.get(norm)
    else:
        given = next((p for p in (1, 2, math.inf) if is_single(norm) and bool(norm == p)), None)
    if given is None or isinstance(norm, bool):
        raise DomainError(f"norm is {short(norm)}; use 1, 2 or inf")
    return given


def _floats(vector: Vector) -> NDArray[np.float64]:
    try:
        return np.array([float(v) for v in vector])
    except OverflowError:
        raise DomainError("a coordinate lies beyond the range of float64 (about 1e308); rescale the problem") from None
