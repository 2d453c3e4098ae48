"""Polyhedra, within a box or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import ArrayLike

from exactregions.domain.base import VECTOR_SHOWN, Domain, Numbers, is_single, kept
from exactregions.domain.box import Box
from exactregions.errors import DomainError
from exactregions.support.rational_text import plain_number
from exactregions.support.shortening import short, short_list, short_text
from exactregions.support.tables import counted
from exactregions.support.vectors import Vector, exact_vector

ONE_LINE = 100  # characters of a `repr`
FEW = 64  # coefficients that are shown


@dataclass(frozen=True, slots=True, repr=False)
class Polytope(Domain):
    """The open polyhedron { x : A x < b }, within a box where one is given; inputs that the box fixes are fixed.

    Parameters
    ----------
    A : array_like of float or Fraction, shape (m, dim)
    b : sequence of float or Fraction, length m
    box : Box, optional

    Raises
    ------
    DomainError
        If shapes do not fit or a value is not finite. Whether it is empty is found by the search, which says so.
    """

    A: tuple[Vector, ...]
    b: Vector
    box: Box | None = None

    kind: ClassVar[str] = "polytope"
    if TYPE_CHECKING:

        def __init__(self, A: Iterable[Numbers] | ArrayLike, b: Numbers, box: Box | None = None) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "A", _rows(self.A))
        object.__setattr__(self, "b", exact_vector(self.b, "b")[0])
        if not isinstance(self.box, Box | None):
            raise DomainError(f"box is {short(self.box)}; give a Box, or leave it out")
        lengths = {len(row) for row in self.A} | ({self.box.dim} if self.box else set())
        if len(lengths) != 1:
            raise DomainError(f"the rows of A (and the box) have dimensions {short(sorted(lengths))}; they must agree")
        if len(self.A) != len(self.b):
            raise DomainError(f"A has {len(self.A)} rows and b {len(self.b)} values; give as many of each")

    def __repr__(self) -> str:
        box = f", box={self.box!r}" if self.box else ""
        m, n = len(self.A), self.dim
        if m * n > FEW:
            size = f"{counted(m, 'inequality', 'inequalities')}, dimension {n}"
            return f"<Polytope: {size}{', within a box' if self.box else ''}>"
        rows = ", ".join(short_list(row, VECTOR_SHOWN) for row in self.A)
        return short_text(f"Polytope(A=[{rows}], b={short_list(self.b, VECTOR_SHOWN)}{box})", ONE_LINE)

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return len(self.A[0])

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether the point lies in the open polyhedron."""
        x = self._point(point)
        inside = all(
            sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0)) < rhs
            for row, rhs in zip(self.A, self.b, strict=True)
        )
        return inside and (self.box is None or self.box.contains(x))

    @property
    def fixed_inputs(self) -> dict[int, Fraction]:
        """Those that the box fixes."""
        return self.box.fixed_inputs if self.box else {}

    def free_part(self) -> Polytope:
        """Return the inequalities as they are with the fixed inputs at their values."""
        fixed = self.fixed_inputs
        if self.box is None or not fixed:
            return self
        free = [i for i in range(self.dim) if i not in fixed]
        rows = tuple(tuple(row[i] for i in free) or (Fraction(0),) for row in self.A)
        spent = (sum((row[i] * v for i, v in fixed.items()), Fraction(0)) for row in self.A)
        return Polytope(rows, tuple(b - s for b, s in zip(self.b, spent, strict=True)), self.box.free_part())

    def without(self, gone: Sequence[bool]) -> Polytope:
        """Return the polyhedron cut by the hyperplane in which the coordinates that go are zero."""
        box = None if self.box is None else self.box.without(gone)
        return Polytope(tuple(kept(row, gone) for row in self.A), self.b, box)

    def rows_times(self, factor: Fraction) -> Polytope:
        """Return the same set by other rows."""
        rows = tuple(tuple(factor * v for v in row) for row in self.A)
        return replace(self, A=rows, b=tuple(factor * v for v in self.b))

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return the number of inequalities."""
        return f"open polytope of {counted(len(self.b), 'inequality', 'inequalities')}{self._fixed_words(number)}"

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {
            "kind": "polytope",
            "A": [[plain_number(v) for v in row] for row in self.A],
            "b": [plain_number(v) for v in self.b],
            "box": self.box.describe() if self.box else None,
        }


def _rows(matrix: Any) -> tuple[Vector, ...]:
    """Return the exact rows of a matrix."""
    if is_single(matrix) or isinstance(matrix, str):
        raise DomainError(f"A is {short(matrix)}; give a list of rows, one an inequality")
    rows = tuple(exact_vector(row, f"A[{i}]")[0] for i, row in enumerate(matrix))
    if not rows:
        raise DomainError("A has no rows; use Box or WholeSpace where no inequality is wanted")
    return rows
