"""Open convex domains in which regions are counted; every number is kept at its exact value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING, Any, ClassVar, SupportsFloat

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import DomainError
from exactregions.support.rational_text import plain_text, read_rational

__all__ = [
    "Ball",
    "Box",
    "Domain",
    "Polytope",
    "WholeSpace",
    "domain_from_dict",
    "exact_number",
]

Vector = tuple[Fraction, ...]
Number = SupportsFloat | Rational
"""What is taken for a number; it is kept as a fraction."""
Numbers = Iterable[Number] | ArrayLike
"""What is taken for a vector."""


def exact_number(value: Any, name: str) -> Fraction:
    """Return the exact value of a number, refusing what is not finite or not a number."""
    if isinstance(value, Rational) and not isinstance(value, (np.generic, bool)):
        return Fraction(int(value.numerator), int(value.denominator))
    try:
        number = value.item() if isinstance(value, np.generic) else value
        if isinstance(number, (bool, str, bytes)):
            raise TypeError
        return Fraction(number)
    except (TypeError, ValueError, OverflowError):
        raise DomainError(f"{name} is {value!r}; give a finite number (float, int or Fraction)") from None


def _vector(values: Iterable[Any] | ArrayLike, name: str) -> Vector:
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()  # type: ignore[union-attr]
    items = values.tolist() if isinstance(values, np.ndarray) else values
    try:
        listed = list(items)  # type: ignore[arg-type]
    except TypeError:
        raise DomainError(f"{name} is {values!r}; give a sequence of numbers") from None
    if not listed:
        raise DomainError(f"{name} is empty; the input space needs at least one dimension")
    return tuple(exact_number(v, f"{name}[{i}]") for i, v in enumerate(listed))


def _floats(vector: Vector) -> NDArray[np.float64]:
    try:
        return np.array([float(v) for v in vector])
    except OverflowError:
        raise DomainError("a coordinate lies beyond the range of float64 (about 1e308); rescale the problem") from None


def _kept(vector: Vector, gone: Sequence[bool]) -> Vector:
    return tuple(v for v, dropped in zip(vector, gone, strict=True) if not dropped)


def norm_name(norm: float) -> int | str:
    """Return a norm as files, cvxpy and people write it: 1, 2 or "inf"."""
    return "inf" if norm == math.inf else int(norm)


def _plain(value: Fraction) -> float | str:
    """Return a float where it is exact, else 'p/q', so that JSON keeps the value."""
    try:
        number = float(value)
    except OverflowError:
        return plain_text(value)
    return number if Fraction(number) == value else plain_text(value)


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

    def __repr__(self) -> str:
        values = (f"{name}={value!r}" for name, value in self.describe().items() if name != "kind")
        return f"{type(self).__name__}({', '.join(values)})"

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

    def describe(self) -> dict[str, Any]:
        """Return plain data from which `domain_from_dict` makes the domain again."""
        raise NotImplementedError

    @property
    def largest_entry(self) -> Fraction | None:
        """What entry radii stay below: the radius of a ball, 1 for a box; None where regions have none."""
        return None

    @property
    def entry_power(self) -> int:
        """The power in which exact entry radii are kept: 2 in a Euclidean ball, whose distances are roots, else 1."""
        return 1

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

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return what the domain is, for people, given how numbers are written."""
        return f"open {self.kind}"


@dataclass(frozen=True, slots=True, repr=False)
class Ball(Domain):
    """The open ball { x : ||x - center|| < radius }.

    Parameters
    ----------
    center : sequence of float or Fraction, length dim
    radius : float or Fraction
        Positive and finite.
    norm : {2, 1, inf}

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

    kind: ClassVar[str] = "ball"
    if TYPE_CHECKING:

        def __init__(self, center: Numbers, radius: Number, norm: float | str = 2) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", _vector(self.center, "center"))
        object.__setattr__(self, "radius", exact_number(self.radius, "radius"))
        if self.radius <= 0:
            raise DomainError(f"radius is {_plain(self.radius)}; an open ball needs a positive radius to have a point")
        norm = math.inf if self.norm == "inf" else self.norm
        if norm not in (1, 2, math.inf):
            raise DomainError(f"norm is {self.norm!r}; use 1, 2 or inf")
        object.__setattr__(self, "norm", norm if norm == math.inf else int(norm))

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
        gaps = [abs(Fraction(p) - c) for p, c in zip(point, self.center, strict=True)]
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

    def shrunk(self, entry: Fraction) -> Ball:
        """Return the ball of another radius about the same centre."""
        return replace(self, radius=entry)

    def without(self, gone: Sequence[bool]) -> Ball:
        """Return the ball of the same radius about the centre with fewer coordinates."""
        return replace(self, center=_kept(self.center, gone))

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return norm and radius."""
        return f"open ball of norm {self.norm:g}, radius {number(self.radius)}"

    def as_box(self) -> Box:
        """Return the smallest box that holds the ball; equal to it for the norm inf."""
        return Box([c - self.radius for c in self.center], [c + self.radius for c in self.center])

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {
            "kind": "ball",
            "center": [_plain(c) for c in self.center],
            "radius": _plain(self.radius),
            "norm": norm_name(self.norm),
        }


@dataclass(frozen=True, slots=True, repr=False)
class Box(Domain):
    """The open box { x : lower < x < upper }.

    Parameters
    ----------
    lower, upper : sequence of float or Fraction, length dim

    Raises
    ------
    DomainError
        If lengths differ, a value is not finite, or lower >= upper somewhere (the open box is empty).
    """

    lower: Vector
    upper: Vector

    kind: ClassVar[str] = "box"
    if TYPE_CHECKING:

        def __init__(self, lower: Numbers, upper: Numbers) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", _vector(self.lower, "lower"))
        object.__setattr__(self, "upper", _vector(self.upper, "upper"))
        if len(self.lower) != len(self.upper):
            raise DomainError(f"lower has {len(self.lower)} values and upper {len(self.upper)}; give as many of each")
        for i, (lo, up) in enumerate(zip(self.lower, self.upper, strict=True)):
            if lo >= up:
                raise DomainError(
                    f"lower[{i}] = {_plain(lo)} is not below upper[{i}] = {_plain(up)}; the open box is empty"
                )

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return len(self.lower)

    @property
    def center(self) -> Vector:
        """The midpoint, exact."""
        return tuple((lo + up) / 2 for lo, up in zip(self.lower, self.upper, strict=True))

    @property
    def largest_entry(self) -> Fraction:
        """One: entry radii are factors by which the box is shrunk about its centre."""
        return Fraction(1)

    def shrunk(self, entry: Fraction) -> Box:
        """Return the box shrunk about its centre by a factor."""
        sides = list(zip(self.center, self.upper, strict=True))
        lower = tuple(c - entry * (up - c) for c, up in sides)
        return Box(lower, tuple(c + entry * (up - c) for c, up in sides))

    def without(self, gone: Sequence[bool]) -> Box:
        """Return the box of the other sides."""
        return Box(_kept(self.lower, gone), _kept(self.upper, gone))

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether the point lies in the open box."""
        return all(lo < Fraction(p) < up for lo, p, up in zip(self.lower, point, self.upper, strict=True))

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {"kind": "box", "lower": [_plain(v) for v in self.lower], "upper": [_plain(v) for v in self.upper]}


@dataclass(frozen=True, slots=True, repr=False)
class Polytope(Domain):
    """The open polyhedron { x : A x < b }, within a box where one is given.

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
        object.__setattr__(self, "A", tuple(_vector(row, f"A[{i}]") for i, row in enumerate(self.A)))
        if not self.A:
            raise DomainError("A has no rows; use Box or WholeSpace where no inequality is wanted")
        object.__setattr__(self, "b", _vector(self.b, "b"))
        lengths = {len(row) for row in self.A} | ({self.box.dim} if self.box else set())
        if len(lengths) != 1:
            raise DomainError(f"the rows of A (and the box) have dimensions {sorted(lengths)}; they must agree")
        if len(self.A) != len(self.b):
            raise DomainError(f"A has {len(self.A)} rows and b {len(self.b)} values; give as many of each")

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return len(self.A[0])

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Decide exactly whether the point lies in the open polyhedron."""
        x = [Fraction(p) for p in point]
        inside = all(
            sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0)) < rhs
            for row, rhs in zip(self.A, self.b, strict=True)
        )
        return inside and (self.box is None or self.box.contains(x))

    def without(self, gone: Sequence[bool]) -> Polytope:
        """Return the polyhedron cut by the hyperplane in which the coordinates that go are zero."""
        box = None if self.box is None else self.box.without(gone)
        return Polytope(tuple(_kept(row, gone) for row in self.A), self.b, box)

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return the number of inequalities."""
        return f"open polytope of {len(self.b)} inequalities"

    def describe(self) -> dict[str, Any]:
        """Return plain data; values that no float holds are written as 'p/q'."""
        return {
            "kind": "polytope",
            "A": [[_plain(v) for v in row] for row in self.A],
            "b": [_plain(v) for v in self.b],
            "box": self.box.describe() if self.box else None,
        }


@dataclass(frozen=True, slots=True)
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
            raise DomainError(f"dim is {self.dimension!r}; give a positive integer")
        object.__setattr__(self, "dimension", int(self.dimension))

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return self.dimension

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Return True for every point of the right length."""
        return len(point) == self.dimension

    def without(self, gone: Sequence[bool]) -> WholeSpace:
        """Return the space of the other coordinates."""
        return WholeSpace(self.dimension - int(np.count_nonzero(gone)))

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return that it is the whole space."""
        return "whole space"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {"kind": "whole-space", "dim": self.dimension}


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
                return Ball([read_rational(c) for c in data["center"]], read_rational(data["radius"]), norm)
            case "box":
                return Box([read_rational(v) for v in data["lower"]], [read_rational(v) for v in data["upper"]])
            case "polytope":
                box = domain_from_dict(data["box"]) if data["box"] else None
                rows = [[read_rational(v) for v in row] for row in data["A"]]
                return Polytope(rows, [read_rational(v) for v in data["b"]], box)  # type: ignore[arg-type]
            case "whole-space":
                return WholeSpace(data["dim"])
            case other:
                raise DomainError(f"the domain kind {other!r} is unknown; known: ball, box, polytope, whole-space")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, DomainError):
            raise
        raise DomainError(f"the domain description is damaged: {error!r}") from None
