"""Numbers and vectors of a domain, each at its exact value, from whatever holds them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from exactregions.errors import DomainError
from exactregions.support.arrays import as_array, without_ones
from exactregions.support.shortening import short

Vector = tuple[Fraction, ...]


def exact_number(value: Any, name: str) -> Fraction:
    """Return the exact value of a number, or of an array or tensor that holds one.

    Raises
    ------
    DomainError
        If it is not finite or not a number.
    """
    if isinstance(value, Rational) and not isinstance(value, (np.generic, bool)):
        return Fraction(int(value.numerator), int(value.denominator))
    number = value
    try:
        if hasattr(value, "detach") or hasattr(value, "__array__"):
            (number,) = as_array(value, name, DomainError).ravel().tolist()
        if isinstance(number, (bool, str, bytes)):
            raise TypeError
        return Fraction(number)
    except (TypeError, ValueError, OverflowError):
        raise DomainError(f"{name} is {short(value)}; give a finite number (float, int or Fraction)") from None


def exact_vector(values: Iterable[Any] | ArrayLike, name: str) -> tuple[Vector, tuple[int, ...] | None]:
    """Return the exact values of a vector, and the shape of an array of several dimensions, which is flattened.

    Axes of length one count for nothing. What such an array means is for the network to say.

    Raises
    ------
    DomainError
        If it is empty, no sequence, or a value is not finite or not a number.
    """
    items: Any = values
    shape = None
    if hasattr(values, "detach") or hasattr(values, "__array__"):
        array = as_array(values, name, DomainError)
        shape = array.shape if len(without_ones(array.shape)) > 1 else None
        items = array.ravel().tolist() if array.ndim else values
    try:
        listed = list(items)
    except TypeError:
        raise DomainError(f"{name} is {short(values)}; give a sequence of numbers") from None
    if not listed:
        raise DomainError(f"{name} is empty; the input space needs at least one dimension")
    if isinstance(listed[0], list | tuple):
        raise DomainError(f"{name} is a list of lists; give the numbers in one list, or a numpy array or tensor")
    return tuple(exact_number(v, f"{name}[{i}]") for i, v in enumerate(listed)), shape
