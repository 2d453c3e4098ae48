"""What every domain offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any, ClassVar, SupportsFloat

from numpy.typing import ArrayLike

from exactregions.errors import DomainError
from exactregions.support.arrays import shape_of_inputs
from exactregions.support.vectors import Vector, exact_vector

Number = SupportsFloat | Rational
"""What is taken for a number; it is kept as a fraction."""
Numbers = Iterable[Number] | ArrayLike
"""What is taken for a vector."""

VECTOR_SHOWN = 40  # characters of a vector in a `repr`
FIXED_TOLD = 4  # fixed inputs that are told with their values


class Domain:
    """What every domain offers. All are open and convex.

    Attributes
    ----------
    kind : str
        Name in files and JSON.
    dim : int
        Dimension of the input space.
    """

    kind: ClassVar[str]
    __slots__ = ()

    @property
    def dim(self) -> int:
        """Dimension of the space the domain lies in."""
        raise NotImplementedError

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether a point lies in the open domain.

        Parameters
        ----------
        point : sequence of float or Fraction, length dim
        """
        raise NotImplementedError

    def _point(self, point: Any) -> Vector:
        """Return the exact coordinates of a point, refusing one of another dimension."""
        vector, _ = exact_vector(point, "point")
        if len(vector) != self.dim:
            raise DomainError(f"the point has {len(vector)} coordinates and the {self.kind} {self.dim}")
        return vector

    def describe(self) -> dict[str, Any]:
        """Return plain data from which `domain_from_dict` makes the domain again."""
        raise NotImplementedError

    @property
    def fixed_inputs(self) -> dict[int, Fraction]:
        """The inputs that have one value only, and that value: the domain then is open in the space of the others."""
        return {}

    def free_part(self) -> Domain:
        """Return the domain in the coordinates of the inputs that are not fixed; itself where none is.

        Where all are fixed it is a point, which is told as an open interval that nothing reads: the regions of a point
        times an interval are those of the point.
        """
        return self

    @property
    def largest_entry(self) -> Fraction | None:
        """What entry radii stay below: the radius of a ball, 1 for a box; None where regions have none."""
        return None

    @property
    def entry_power(self) -> int:
        """The power in which exact entry radii are kept: 2 in a Euclidean ball, whose distances are roots, else 1."""
        return 1

    @property
    def entry_norm(self) -> float | None:
        """The norm in which entry radii are distances from the centre; None where they are no distances."""
        return None

    def shrunk(self, entry: Fraction) -> Domain:
        """Return the part of the domain with entry radii below a positive one.

        Parameters
        ----------
        entry : Fraction
            The radius of a ball about the same centre, or the factor by which the sides of a box are multiplied.

        Raises
        ------
        DomainError
            If regions have no entry radii here.
        """
        raise DomainError(f"a {self.kind} has no centre to shrink to; use a ball or a box")

    def without(self, gone: Sequence[bool]) -> Domain:
        """Return the domain of the same kind and numbers in the space of fewer coordinates.

        Parameters
        ----------
        gone : sequence of bool, length dim
            Which coordinates are left out; one at least must stay.
        """
        raise NotImplementedError

    def rows_times(self, factor: Fraction) -> Domain:
        """Return the domain with its inequalities multiplied by a positive factor, where it has any."""
        return self

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return what the domain is, for people, given how numbers are written."""
        return f"open {self.kind}{self._fixed_words(number)}"

    def _fixed_words(self, number: Callable[[Fraction], str]) -> str:
        fixed = self.fixed_inputs
        if len(fixed) > FIXED_TOLD:
            return f", {len(fixed)} of {self.dim} inputs fixed"
        return "".join(f", input {i} fixed at {number(v)}" for i, v in fixed.items())


def kept(vector: Vector, gone: Sequence[bool]) -> Vector:
    """Return a vector without the coordinates that go."""
    return tuple(v for v, dropped in zip(vector, gone, strict=True) if not dropped)


def is_single(value: Any) -> bool:
    """Tell a number from a vector."""
    return not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0


def shape_named(named: Any, given: tuple[int, ...] | None, dim: int) -> tuple[int, ...] | None:
    """Return the shape of an array before it was flattened: the one that is named, or that of the array."""
    return shape_of_inputs(given if named is None else named, dim, DomainError)
