"""Open convex domains in which regions are counted; every number is kept at its exact value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any, ClassVar, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import DomainError
from exactregions.support.arrays import shape_of_inputs, without_ones
from exactregions.support.rational_text import plain_number, read_rational
from exactregions.support.shortening import short, short_list, short_text
from exactregions.support.tables import exact_text
from exactregions.support.vectors import Vector, exact_number, exact_vector

__all__ = [
    "Ball",
    "Box",
    "Domain",
    "Polytope",
    "WholeSpace",
    "domain_from_dict",
    "exact_number",
    "require_fit",
]

Number = SupportsFloat | Rational
"""What is taken for a number; it is kept as a fraction."""
Numbers = Iterable[Number] | ArrayLike
"""What is taken for a vector."""

HALF, ONE_LINE = 40, 100  # characters of a vector, one of two, and of all of it, in a `repr`
FEW = 64  # coefficients of a polytope that are shown
FIXED_TOLD = 4  # fixed inputs that are told with their values


def _floats(vector: Vector) -> NDArray[np.float64]:
    try:
        return np.array([float(v) for v in vector])
    except OverflowError:
        raise DomainError("a coordinate lies beyond the range of float64 (about 1e308); rescale the problem") from None


Given = tuple[Vector, tuple[int, ...] | None]  # values, and the shape of the array that held them


def _ends(lower: Any, upper: Any, dim: SupportsIndex | None) -> tuple[Given, Given]:
    """Return the ends of a box; a single number stands for all inputs."""
    ends = {"lower": lower, "upper": upper}
    several = {name: exact_vector(end, name) for name, end in ends.items() if not _is_single(end)}
    size = len(next(iter(several.values()))[0]) if several else _dimension(dim, lower, upper)
    if dim is not None and size != dim:
        raise DomainError(f"dim is {short(dim)}, and {next(iter(several))} has {size} values; leave dim out")
    low, up = (several.get(name) or ((exact_number(end, name),) * size, None) for name, end in ends.items())
    return low, up


def _is_single(value: Any) -> bool:
    return not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0


def _dimension(dim: Any, lower: Any, upper: Any) -> int:
    if dim is None:
        raise DomainError(
            f"lower is {short(lower)} and upper {short(upper)}, single numbers; give the number of inputs as well, "
            "as Box(-1, 1, dim=2)"
        )
    return WholeSpace(dim).dim


def _rows(matrix: Any) -> tuple[Vector, ...]:
    """Return the exact rows of a matrix."""
    if _is_single(matrix) or isinstance(matrix, str):
        raise DomainError(f"A is {short(matrix)}; give a list of rows, one an inequality")
    rows = tuple(exact_vector(row, f"A[{i}]")[0] for i, row in enumerate(matrix))
    if not rows:
        raise DomainError("A has no rows; use Box or WholeSpace where no inequality is wanted")
    return rows


def _kept(vector: Vector, gone: Sequence[bool]) -> Vector:
    return tuple(v for v, dropped in zip(vector, gone, strict=True) if not dropped)


def _norm(norm: Any) -> float:
    """Return a norm as a number."""
    if isinstance(norm, str):
        given = {"1": 1, "2": 2, "inf": math.inf}.get(norm)
    else:
        given = next((p for p in (1, 2, math.inf) if _is_single(norm) and bool(norm == p)), None)
    if given is None or isinstance(norm, bool):
        raise DomainError(f"norm is {short(norm)}; use 1, 2 or inf")
    return given


def _shape(named: Any, given: tuple[int, ...] | None, dim: int) -> tuple[int, ...] | None:
    """Return the shape of an array before it was flattened: the one that is named, or that of the array."""
    return shape_of_inputs(given if named is None else named, dim, DomainError)


def norm_name(norm: float) -> int | str:
    """Return a norm as files, cvxpy and people write it: 1, 2 or "inf"."""
    return "inf" if norm == math.inf else int(norm)


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
        object.__setattr__(self, "input_shape", _shape(self.input_shape, shape, len(center)))
        object.__setattr__(self, "radius", exact_number(self.radius, "radius"))
        if self.radius <= 0:
            raise DomainError(
                f"radius is {exact_text(self.radius)}; an open ball needs a positive radius to have a point"
            )
        object.__setattr__(self, "norm", _norm(self.norm))

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
        return replace(self, center=_kept(self.center, gone), input_shape=None)

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
        object.__setattr__(self, "input_shape", _shape(input_shape, shape or other, len(low)))
        for i, (lo, up) in enumerate(zip(self.lower, self.upper, strict=True)):
            if lo > up:
                raise DomainError(
                    f"lower[{i}] = {exact_text(lo)} is above upper[{i}] = {exact_text(up)}; the box is empty"
                )

    def __repr__(self) -> str:
        return f"Box(lower={short_list(self.lower, HALF)}, upper={short_list(self.upper, HALF)})"

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
        return Box(_kept(self.lower, gone), _kept(self.upper, gone))

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether the point lies in the open box, and has the values of fixed inputs."""
        sides = zip(self.lower, self._point(point), self.upper, strict=True)
        return all(lo < p < up or lo == p == up for lo, p, up in sides)

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        lower, upper = ([plain_number(v) for v in end] for end in (self.lower, self.upper))
        return {"kind": "box", "lower": lower, "upper": upper}


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
            return f"<Polytope: {m} inequalities, dimension {n}{', within a box' if self.box else ''}>"
        rows = ", ".join(short_list(row, HALF) for row in self.A)
        return short_text(f"Polytope(A=[{rows}], b={short_list(self.b, HALF)}{box})", ONE_LINE)

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
        return Polytope(tuple(_kept(row, gone) for row in self.A), self.b, box)

    def rows_times(self, factor: Fraction) -> Polytope:
        """Return the same set by other rows."""
        rows = tuple(tuple(factor * v for v in row) for row in self.A)
        return replace(self, A=rows, b=tuple(factor * v for v in self.b))

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return the number of inequalities."""
        return f"open polytope of {len(self.b)} inequalities{self._fixed_words(number)}"

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {
            "kind": "polytope",
            "A": [[plain_number(v) for v in row] for row in self.A],
            "b": [plain_number(v) for v in self.b],
            "box": self.box.describe() if self.box else None,
        }


@dataclass(frozen=True, slots=True, repr=False)
class WholeSpace(Domain):
    """The whole input space.

    Parameters
    ----------
    dim : int

    Raises
    ------
    DomainError
        If dim is not a positive integer.
    """

    dimension: int

    kind: ClassVar[str] = "whole-space"

    def __post_init__(self) -> None:
        if isinstance(self.dimension, bool) or not isinstance(self.dimension, (int, np.integer)) or self.dimension < 1:
            raise DomainError(f"dim is {short(self.dimension)}; give a positive integer")
        object.__setattr__(self, "dimension", int(self.dimension))

    def __repr__(self) -> str:
        return f"WholeSpace({self.dimension})"

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return self.dimension

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Return True for every point of the right length."""
        return len(self._point(point)) == self.dimension

    def without(self, gone: Sequence[bool]) -> WholeSpace:
        """Return the space of the other coordinates."""
        return WholeSpace(self.dimension - int(np.count_nonzero(gone)))

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return that it is the whole space."""
        return "whole space"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {"kind": "whole-space", "dim": self.dimension}


def require_fit(domain: Domain, inputs: int, input_shape: tuple[int, ...] | None = None) -> None:
    """Check that a domain lies in the input space of a network.

    Parameters
    ----------
    domain : Domain
    inputs, input_shape
        As those of `exactregions.Network`.

    Raises
    ------
    DomainError
        If the dimensions differ, or it was made of arrays of another shape than the network takes.
    """
    if domain.dim != inputs:
        raise DomainError(
            f"the domain has dimension {domain.dim} and the network {inputs} inputs; they must agree "
            "(check the length of the centre)"
        )
    given = getattr(domain, "input_shape", None)  # a ball or a box may have been made of images
    if given is None or (input_shape and without_ones(given) == without_ones(input_shape)):
        return
    takes = f"takes arrays of shape {input_shape}" if input_shape else f"takes a row of {inputs} values"
    how = "bring it to that shape" if input_shape else "flatten it as the network does, as x.reshape(-1)"
    raise DomainError(f"the domain was made of an array of shape {given}, and the network {takes}; {how}")


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


def domain_from_dict(data: dict[str, Any]) -> Domain:
    """Make a domain from what `Domain.describe` gave.

    Raises
    ------
    DomainError
        If the kind is unknown, a key is missing, or the values make no domain.
    """
    try:
        match data["kind"]:
            case "ball":
                norm = math.inf if data["norm"] == "inf" else data["norm"]
                return Ball(_read(data["center"]), read_rational(data["radius"]), norm)
            case "box":
                return Box(_read(data["lower"]), _read(data["upper"]))
            case "polytope":
                box = domain_from_dict(data["box"]) if data["box"] else None
                return Polytope(list(map(_read, _list(data["A"]))), _read(data["b"]), box)  # type: ignore[arg-type]
            case "whole-space":
                return WholeSpace(data["dim"])
            case other:
                raise DomainError(f"the domain kind {short(other)} is unknown; known: ball, box, polytope, whole-space")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, DomainError):
            raise
        raise DomainError(f"the domain description is damaged: {short(error)}") from None


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list | tuple):  # a text and a table can be walked through as well
        raise TypeError(f"{short(values)} is no list")
    return list(values)


def _read(values: Any) -> list[Fraction]:
    return [read_rational(value) for value in _list(values)]
