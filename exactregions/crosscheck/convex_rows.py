"""The rows of a sign prefix for float solvers: exact forms, moved to a centre, scaled and only then rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import EngineError
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import Form
from exactregions.exact.numbers import as_point
from exactregions.exact.shapes import Shape
from exactregions.support.shortening import short

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class UnitRows:
    """Inequalities n_i.y + o_i > 0 with unit normals, where x = centre + scale y.

    Attributes
    ----------
    forms : tuple of Form
        The same rows before scaling and rounding.
    centre : tuple of Fraction, length d
    normals : numpy.ndarray, shape (m, d)
    offsets : numpy.ndarray, shape (m,)
        Infinite where no float holds the offset.
    scale : Fraction
        Length of the unit of y.
    impossible : bool
        A row that depends on no input has the wrong sign: no point satisfies it, in exact arithmetic.
    """

    forms: tuple[Form, ...]
    centre: tuple[Fraction, ...]
    normals: Array
    offsets: Array
    scale: Fraction
    impossible: bool


def checked_prefix(prefix: Sequence[bool] | NDArray[np.bool_], units: int) -> tuple[bool, ...]:
    """Return a prefix as truth values.

    Raises
    ------
    EngineError
        If it is longer than the pattern, or an entry is neither a truth value nor 0 or 1.
    """
    values = np.asarray(prefix).ravel().tolist()
    if len(values) > units:
        raise EngineError(f"the prefix has {len(values)} signs; the network has {units} units that split")
    for i, value in enumerate(values):
        if value not in (0, 1):
            raise EngineError(
                f"sign {i} of the prefix is {short(value)}; give True for positive and False for negative"
            )
    return tuple(bool(v) for v in values)


def unit_rows(signed: Sequence[tuple[Form, bool]], shape: Shape) -> UnitRows:
    """Round forms with their signs to rows about the domain's centre, in units that suit them and the domain.

    Moving and scaling are exact, so that rounding costs a row 1e-16 of its size near the centre, however far from
    the origin that is. A constant form is no row: as in the count, its sign is positive where it is above zero.
    """
    rows = [form if sign else form.negated() for form, sign in signed if not form.is_constant]
    impossible = any((form.b > 0) != sign for form, sign in signed if form.is_constant)
    centre, point = shape.center, as_point(shape.center)
    normals, plain = np.zeros((len(rows), shape.dim)), []
    for i, form in enumerate(rows):
        largest = int(max(abs(a) for a in form.a))
        # the quotient of two Python integers is correctly rounded, whatever their size
        direction = np.array([int(a) / largest for a in form.a])
        length = float(np.linalg.norm(direction))
        normals[i] = direction / length
        value = form.at(point)
        plain.append(Fraction(int(value.p), int(value.q)) / (largest * Fraction(length)))
    scale = _scale(shape, plain)
    offsets = np.array([nearest_float(offset / scale) for offset in plain])
    return UnitRows(tuple(rows), centre, normals, offsets, scale, impossible)


def _scale(shape: Shape, offsets: Sequence[Fraction]) -> Fraction:
    """Return the size of the domain, or the distance of the farthest row where that is less."""
    sizes = [shape.radius, max((abs(offset) for offset in offsets), default=None)]
    return min((size for size in sizes if size), default=Fraction(1))
