"""Exact numbers as text in files: hexadecimal, because Python refuses decimal integers of more than 4,300 digits."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

HEXADECIMAL = re.compile(r"(-?0x[0-9a-f]+)(?:/(0x[0-9a-f]+))?")
DECIMAL = re.compile(r"[+-]?[0-9]{1,4000}(?:\.[0-9]{1,4000})?(?:[eE][+-]?[0-9]{1,4})?|[+-]?[0-9]{1,4300}/[0-9]{1,4300}")
SHORT = 10_000  # bits of a number that is written in decimal digits


def hexadecimal(value: Fraction) -> str:
    """Return a number as text from which `read_rational` makes it again.

    Examples
    --------
    >>> hexadecimal(Fraction(-10, 3)), hexadecimal(Fraction(16))
    ('-0xa/0x3', '0x10')
    """
    return hex(value.numerator) + (f"/{hex(value.denominator)}" if value.denominator > 1 else "")


def plain_text(value: Fraction) -> str:
    """Return a number as "p/q" in decimal digits, and a long one in hexadecimal ones.

    Examples
    --------
    >>> plain_text(Fraction(1, 3)), plain_text(Fraction(2) ** 20000)[:6]
    ('1/3', '0x1000')
    """
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    return str(value) if bits <= SHORT else hexadecimal(value)


def plain_number(value: Fraction) -> float | str:
    """Return a float where it is exact, else `plain_text`, so that JSON keeps the value."""
    try:
        number = float(value)
    except OverflowError:
        return plain_text(value)
    return number if Fraction(number) == value else plain_text(value)


def read_rational(value: Any) -> Fraction:
    """Return the number that a value of JSON stands for: a number, or text, decimal or hexadecimal.

    Raises
    ------
    ValueError
        If it is no finite number, or its text is longer than any this package writes.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return Fraction(value)
        except (OverflowError, ValueError):
            pass
    if isinstance(value, str):
        if parts := HEXADECIMAL.fullmatch(value):
            p, q = int(parts[1], 16), int(parts[2] or "0x1", 16)
            if q:
                return Fraction(p, q)
        elif DECIMAL.fullmatch(value) and not re.search(r"/0+$", value):
            return Fraction(value)
    raise ValueError(f"{str(value)[:60]!r} is no finite number, nor a text 'p/q' of one")
