"""Sets of outputs that a network must not reach: unions of closed polyhedra, every number at its exact value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from exactregions.errors import DomainError, PropertyError, listed
from exactregions.support.rational_text import plain_number
from exactregions.support.shortening import short
from exactregions.support.tables import counted
from exactregions.support.vectors import Vector, exact_vector

__all__ = ["Halfspaces", "Unsafe", "unsafe_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Halfspaces:
    """The closed polyhedron { y : G y <= h } of outputs.

    Parameters
    ----------
    G : array_like of float or Fraction, shape (k, outputs)
        One row or more; a row of zeros is allowed.
    h : array_like of float or Fraction, shape (k,)

    Raises
    ------
    PropertyError
        If shapes do not fit, or a value is not finite.

    Examples
    --------
    >>> Halfspaces([[1, -1]], [0]).contains([2, 2])
    True
    """

    G: tuple[Vector, ...]
    h: Vector
    if TYPE_CHECKING:

        def __init__(self, G: Iterable[Iterable[Any]] | ArrayLike, h: Iterable[Any] | ArrayLike) -> None: ...

    def __post_init__(self) -> None:
        rows = listed(self.G, "G", PropertyError)
        matrix = tuple(_vector(row, f"G[{i}]") for i, row in enumerate(rows))
        object.__setattr__(self, "G", matrix)
        object.__setattr__(self, "h", _vector(self.h, "h") if matrix else ())
        if not matrix:
            raise PropertyError("G has no rows; for all outputs give one row of zeros, and 0 for h")
        if len({len(row) for row in matrix}) > 1 or len(self.h) != len(matrix):
            sizes = sorted({len(row) for row in matrix})
            raise PropertyError(
                f"G has {len(matrix)} rows of {short(sizes)} values and h {len(self.h)} values; give rows of one "
                "length, and a value of h for each"
            )

    def __repr__(self) -> str:
        return f"Halfspaces({counted(len(self.G), 'row')}, outputs={self.outputs})"

    @property
    def outputs(self) -> int:
        """Dimension of the space of outputs."""
        return len(self.G[0])

    def slacks(self, outputs: Sequence[Fraction | float]) -> Vector:
        """Return h - G y for outputs y, exactly: none is negative in the polyhedron."""
        y = _vector(outputs, "outputs")
        if len(y) != self.outputs:
            raise PropertyError(f"outputs have {len(y)} values, and the rows of G {self.outputs}")
        return tuple(b - sum((g * v for g, v in zip(row, y, strict=True) if g), Fraction(0)) for row, b in self)

    def contains(self, outputs: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether outputs lie in the closed polyhedron."""
        return min(self.slacks(outputs)) >= 0

    def __iter__(self) -> Any:
        return zip(self.G, self.h, strict=True)

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {"G": [[plain_number(v) for v in row] for row in self.G], "h": [plain_number(v) for v in self.h]}

    def in_floats(self) -> Halfspaces:
        """Return the same polyhedron with floats for G: rows that are none are multiplied by a positive integer.

        Raises
        ------
        PropertyError
            If no multiple of a row has floats for coefficients.
        """
        factors = [_factor(row, i) for i, row in enumerate(self.G)]
        rows = [[f * v for v in row] for f, row in zip(factors, self.G, strict=True)]
        return Halfspaces(rows, [f * b for f, b in zip(factors, self.h, strict=True)])


@dataclass(frozen=True, slots=True, repr=False)
class Unsafe:
    """A union of closed polyhedra of outputs.

    Parameters
    ----------
    polyhedra : sequence of Halfspaces
        None at all is the empty set.

    Raises
    ------
    PropertyError
        If they are of different dimensions.

    Examples
    --------
    >>> Unsafe([Halfspaces([[1, 0]], [0]), Halfspaces([[0, 1]], [0])]).contains([3, -1])
    True
    """

    polyhedra: tuple[Halfspaces, ...]
    if TYPE_CHECKING:

        def __init__(self, polyhedra: Iterable[Halfspaces]) -> None: ...

    def __post_init__(self) -> None:
        polyhedra = listed(self.polyhedra, "polyhedra", PropertyError)
        if not all(isinstance(p, Halfspaces) for p in polyhedra):
            raise PropertyError(f"polyhedra are {short(polyhedra)}; give Halfspaces")
        if len({p.outputs for p in polyhedra}) > 1:
            raise PropertyError(
                f"polyhedra have {short(sorted({p.outputs for p in polyhedra}))} outputs; give one number"
            )
        object.__setattr__(self, "polyhedra", polyhedra)

    def __repr__(self) -> str:
        return f"Unsafe({counted(len(self.polyhedra), 'polyhedron', 'polyhedra')}, outputs={self.outputs})"

    @property
    def outputs(self) -> int | None:
        """Dimension of the space of outputs, None where there is no polyhedron."""
        return self.polyhedra[0].outputs if self.polyhedra else None

    def margin(self, outputs: Sequence[Fraction | float]) -> Fraction | None:
        """Return the largest over the polyhedra of the least slack h - G y: not negative in the set.

        None where there is no polyhedron.
        """
        return max((min(p.slacks(outputs)) for p in self.polyhedra), default=None)

    def contains(self, outputs: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether outputs lie in the set."""
        return any(p.contains(outputs) for p in self.polyhedra)

    def describe(self) -> list[dict[str, Any]]:
        """Return plain data."""
        return [p.describe() for p in self.polyhedra]

    def in_floats(self) -> Unsafe:
        """Return the same set with floats for the coefficients; see `Halfspaces.in_floats`."""
        return Unsafe(p.in_floats() for p in self.polyhedra)


def unsafe_of(given: Unsafe | Halfspaces | Iterable[Halfspaces]) -> Unsafe:
    """Return what is given as a union of polyhedra."""
    if isinstance(given, Unsafe):
        return given
    return Unsafe([given] if isinstance(given, Halfspaces) else given)


def _is_float(value: Fraction) -> bool:
    try:
        return Fraction(float(value)) == value
    except OverflowError:
        return False


def _vector(values: Any, name: str) -> Vector:
    try:
        return exact_vector(values, name)[0]
    except DomainError as error:
        raise PropertyError(str(error)) from None


def _factor(row: Vector, place: int) -> Fraction:
    """Return a positive number that makes floats of a row."""
    if all(map(_is_float, row)):
        return Fraction(1)
    factor = Fraction(math.lcm(*(v.denominator for v in row)))
    factor /= math.gcd(*(int(factor * v) for v in row))
    if not all(_is_float(factor * v) for v in row):
        raise PropertyError(
            f"row {place} of G has coefficients with too many digits ({short(row)}): no multiple of it has floats; "
            "give coefficients with fewer digits"
        )
    return factor
