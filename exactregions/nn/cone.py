"""A layer whose outputs satisfy homogeneous linear inequalities, whatever its parameters are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from exactregions.errors import ConeError, ExactRegionsError
from exactregions.exact.double_description import Vector, cone_generators, primitive_row
from exactregions.support.shortening import short

DIGITS = {torch.float32: 24, torch.float64: 53}  # bits of the integers that a float holds
SIGNS = ("abs", "relu")


class ConeConstraint(nn.Module):
    """Maps values to points of the cone { y : A y <= 0 }, for every value (Frerix, Niessner, Cremers 2020).

    The points of the cone are the sums of rays, none taken less than zero times, and of any multiples of lines: the
    layer takes its first values without their signs, as factors of rays, and the others as factors of lines. Rays are
    integers times powers of two, so that A y <= 0 holds of the real function of the weights; rounded to unit length
    they leave the cone. What floats compute of it is rounded as any output is.

    Parameters
    ----------
    A : array_like, shape (m, n)
        Floats at their exact values, or integers.
    sign : {"abs", "relu"}
        How a factor of a ray is made of a value.
    dtype : torch.dtype
        float32 or float64: the type of the rays, which it must hold exactly.
    b : array_like, optional
        Zero: cones have inequalities without constants only.

    Attributes
    ----------
    in_features, out_features : int
        Number of rays and lines, and n.
    rays : Tensor, shape (r, n)
    lines : Tensor, shape (l, n)

    Raises
    ------
    ConeError
        If a value is not finite, b is not zero, the cone is {0} alone, there are more than 100,000 rays, or the type
        cannot hold one.
    ExactRegionsError
        If the sign or the type is another.

    Examples
    --------
    >>> import torch
    >>> layer = ConeConstraint([[1, -1, 0], [0, 1, -1]])  # y_0 <= y_1 <= y_2
    >>> layer.in_features, layer.out_features, len(layer.lines)
    (3, 3, 1)
    >>> y = layer(torch.randn(100, 3))
    >>> bool((y[:, :-1] <= y[:, 1:] + 1e-5).all())
    True
    """

    rays: Tensor
    lines: Tensor

    def __init__(
        self,
        A: ArrayLike,
        sign: str = "abs",
        *,
        dtype: torch.dtype = torch.float32,
        b: ArrayLike | None = None,
    ) -> None:
        super().__init__()
        if sign not in SIGNS:
            raise ExactRegionsError(f"sign is {short(sign)}; give one of {SIGNS}")
        if dtype not in DIGITS:
            raise ExactRegionsError(f"dtype is {dtype}; give torch.float32 or torch.float64")
        self.sign, self.rows = sign, _integer_rows(A)
        if b is not None and np.asarray(b, dtype=np.float64).any():
            raise ConeError(f"b is {short(b)}; a cone has A y <= 0 only, without constants: leave b out")
        n = len(self.rows[0])
        found = cone_generators([[-v for v in row] for row in self.rows], n)
        if not found.rays and not found.lines:
            raise ConeError("the cone is { 0 } alone, so that nothing is left to learn; leave out inequalities")
        self.register_buffer("rays", _table(found.rays, n, dtype))
        self.register_buffer("lines", _table(found.lines, n, dtype))
        self._normals: Tensor | None = None
        self.in_features, self.out_features = len(found.rays) + len(found.lines), n

    def forward(self, values: Tensor) -> Tensor:
        """Return points of the cone, shape (.., out_features), for values of shape (.., in_features)."""
        factors = values[..., : len(self.rays)]
        factors = factors.abs() if self.sign == "abs" else factors.relu()
        found = factors @ self.rays
        return found + values[..., len(self.rays) :] @ self.lines if len(self.lines) else found

    def extra_repr(self) -> str:
        """Return what the module prints of itself."""
        return f"{len(self.rays)} rays, {len(self.lines)} lines, out_features={self.out_features}, sign={self.sign}"

    def project(self, points: Tensor) -> Tensor:
        """Return the nearest points of the cone, for inequalities that are orthogonal to each other.

        The nearest point is x - sum over rows a of relu(a.x) / (a.a) a: a stage of ReLU units itself.

        Parameters
        ----------
        points : Tensor, shape (.., n)

        Raises
        ------
        ConeError
            If two rows are not orthogonal, which is decided exactly.
        """
        if self._normals is None:
            rows = _orthogonal([row for row in self.rows if any(row)])
            self._normals = torch.tensor(rows, dtype=torch.float64).reshape(len(rows), self.out_features)
        normals = self._normals.to(points)
        return points - (points @ normals.T).relu() / normals.square().sum(1) @ normals


def _integer_rows(A: ArrayLike) -> list[Vector]:
    """Return the rows as primitive integers: a positive multiple of a row is the same inequality."""
    given = np.asarray(A)
    if given.ndim != 2 or not given.size or given.dtype.kind not in "fiubO":
        raise ConeError(f"A has shape {given.shape} and dtype {given.dtype}; give rows of numbers, (m, n)")
    try:
        exact = [[Fraction(v) for v in row] for row in given.tolist()]
    except (ValueError, OverflowError, TypeError):
        raise ConeError("A has a value that is no finite number; every coefficient must be finite") from None
    return [primitive_row(row) for row in exact]


def _table(vectors: tuple[Vector, ...], n: int, dtype: torch.dtype) -> Tensor:
    """Return vectors as floats, scaled by powers of two to lengths about one."""
    rows: list[NDArray[np.float64]] = []
    for vector in vectors:
        largest = max(map(abs, vector)).bit_length()
        odd = max(abs(v) // (v & -v) for v in vector if v).bit_length()
        if odd > DIGITS[dtype] or min(v & -v for v in vector if v).bit_length() < largest - 120:
            raise ConeError(
                f"a ray has integers of {odd} bits, and {dtype} holds {DIGITS[dtype]}; give coefficients with fewer "
                "digits, or dtype=torch.float64"
            )
        rows.append(np.array([float(Fraction(v, 1 << largest)) for v in vector]))
    return torch.tensor(np.array(rows).reshape(len(rows), n), dtype=dtype)


def _orthogonal(rows: list[Vector]) -> list[Vector]:
    """Return different rows, which must be orthogonal to each other."""
    different = list(dict.fromkeys(rows))
    for k, row in enumerate(different):
        for other in different[:k]:
            if sum(a * b for a, b in zip(row, other, strict=True)):
                raise ConeError("rows of A are not orthogonal, so the nearest point has no closed form; use a solver")
    return different
