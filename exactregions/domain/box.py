"""Boxes, in which inputs may be fixed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, SupportsIndex

from exactregions.domain.base import VECTOR_SHOWN, Domain, Number, Numbers, is_single, kept, shape_named
from exactregions.domain.whole_space import WholeSpace
from exactregions.errors import DomainError
from exactregions.support.arrays import without_ones
from exactregions.support.rational_text import plain_number
from exactregions.support.shortening import short, short_list
from exactregions.support.tables import exact_text
from exactregions.support.vectors import Vector, exact_number, exact_vector

Given = tuple[Vector, tuple[int, ...] | None]  # values, and the shape of the array that held them


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Box(Domain):
    """The open box { x : lower < x < upper }.

    An input with lower = upper is *fixed* at that value: the box is then its relative interior, open in the space of
    the other inputs, and the network is counted as a function of these.

    Parameters
    ----------
    lower, upper : sequence of float or Fraction, length dim, or float or Fraction
        A single number stands for all inputs. An array of several dimensions is flattened, as the centre of a `Ball`.
    dim : int, optional
        Number of inputs, where both ends are single numbers.
    input_shape : tuple of int, optional
        Shape of the ends before they were flattened.

    Raises
    ------
    DomainError
        If lengths differ, a value is not finite, or lower > upper somewhere (the box is empty).

    Examples
    --------
    >>> Box(-1, 1, dim=3)
    Box(lower=[-1, -1, -1], upper=[1, 1, 1])
    >>> Box([0.0, 1.0], [1.0, 1.0]).fixed_inputs
    {1: Fraction(1, 1)}
    """

    lower: Vector
    upper: Vector
    input_shape: tuple[int, ...] | None = field(default=None, compare=False)

    kind: ClassVar[str] = "box"

    def __init__(
        self,
        lower: Numbers | Number,
        upper: Numbers | Number,
        *,
        dim: SupportsIndex | None = None,
        input_shape: Iterable[int] | None = None,
    ) -> None:
        (low, shape), (up, other) = _ends(lower, upper, dim)
        if len(low) != len(up):
            raise DomainError(f"lower has {len(low)} values and upper {len(up)}; give as many of each")
        if shape and other and without_ones(shape) != without_ones(other):
            raise DomainError(f"lower has shape {shape} and upper {other}; give arrays of one shape")
        object.__setattr__(self, "lower", low)
        object.__setattr__(self, "upper", up)
        object.__setattr__(self, "input_shape", shape_named(input_shape, shape or other, len(low)))
        for i, (lo, up) in enumerate(zip(self.lower, self.upper, strict=True)):
            if lo > up:
                raise DomainError(
                    f"lower[{i}] = {exact_text(lo)} is above upper[{i}] = {exact_text(up)}; the box is empty"
                )

    def __repr__(self) -> str:
        return f"Box(lower={short_list(self.lower, VECTOR_SHOWN)}, upper={short_list(self.upper, VECTOR_SHOWN)})"

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return len(self.lower)

    @property
    def center(self) -> Vector:
        """The midpoint, exact."""
        return tuple((lo + up) / 2 for lo, up in zip(self.lower, self.upper, strict=True))

    @property
    def fixed_inputs(self) -> dict[int, Fraction]:
        """The inputs whose side has no length."""
        sides = zip(self.lower, self.upper, strict=True)
        return {i: lo for i, (lo, up) in enumerate(sides) if lo == up}

    def free_part(self) -> Box:
        """Return the box of the sides that have a length."""
        fixed = [lo == up for lo, up in zip(self.lower, self.upper, strict=True)]
        if all(fixed):
            return Box((Fraction(0),), (Fraction(1),))
        return self.without(fixed) if any(fixed) else self

    @property
    def largest_entry(self) -> Fraction:
        """One: entry radii are factors by which the box is shrunk about its centre."""
        return Fraction(1)

    def shrunk(self, entry: Fraction) -> Box:
        """Return the box shrunk about its centre by a factor."""
        sides = list(zip(self.center, self.upper, strict=True))
        lower, upper = ([c + r * (up - c) for c, up in sides] for r in (-entry, entry))
        return Box(lower, upper, input_shape=self.input_shape)

    def without(self, gone: Sequence[bool]) -> Box:
        """Return the box of the other sides."""
        return Box(kept(self.lower, gone), kept(self.upper, gone))

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether the point lies in the open box, and has the values of fixed inputs."""
        sides = zip(self.lower, self._point(point), self.upper, strict=True)
        return all(lo < p < up or lo == p == up for lo, p, up in sides)

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        lower, upper = ([plain_number(v) for v in end] for end in (self.lower, self.upper))
        return {"kind": "box", "lower": lower, "upper": upper}


def _ends(lower: Any, upper: Any, dim: SupportsIndex | None) -> tuple[Given, Given]:
    """Return the ends of a box; a single number stands for all inputs."""
    ends = {"lower": lower, "upper": upper}
    several = {name: exact_vector(end, name) for name, end in ends.items() if not is_single(end)}
    size = len(next(iter(several.values()))[0]) if several else _dimension(dim, lower, upper)
    if dim is not None and size != dim:
        raise DomainError(f"dim is {short(dim)}, and {next(iter(several))} has {size} values; leave dim out")
    low, up = (several.get(name) or ((exact_number(end, name),) * size, None) for name, end in ends.items())
    return low, up


def _dimension(dim: Any, lower: Any, upper: Any) -> int:
    if dim is None:
        raise DomainError(
            f"lower is {short(lower)} and upper {short(upper)}, single numbers; give the number of inputs as well, "
            "as Box(-1, 1, dim=2)"
        )
    return WholeSpace(dim).dim
