"""Numbers, lines and tables as people and programs read them."""

from __future__ import annotations

import csv
import html
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from exactregions.support.files import whole_file

LONGEST_NUMBER = 10**12  # numbers from here on are printed as a power of ten
LARGEST_LOG_RATIO = 6.0  # likewise
SHORT_FRACTION = 40  # bits of a fraction that is printed as p/q
LARGEST_JSON_INTEGER = 2**53 - 1  # what every reader of JSON holds exactly


def log10(value: float) -> float | None:
    """Return the decimal logarithm, also of integers that no float holds; None where there is none."""
    return math.log10(value) if value > 0 else None


def number_text(value: float | None) -> str:
    """Return a value for the screen: in full up to twelve digits, else as a power of ten.

    Examples
    --------
    >>> number_text(4330747), number_text(2**512)
    ('4,330,747', '10^154.13')
    """
    if value is None:
        return ""
    if value >= LONGEST_NUMBER:
        return f"10^{math.log10(value):.2f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def counted(number: float | None, noun: str = "region", plural: str | None = None) -> str:
    """Return how many there are: a number as `number_text`, and the noun, which takes an s unless it is one.

    Examples
    --------
    >>> counted(1), counted(1429), counted(0, "pattern"), counted(2, "radius", "radii")
    ('1 region', '1,429 regions', '0 patterns', '2 radii')
    """
    return f"{number_text(number)} {noun if number == 1 else plural or noun + 's'}"


def full_text(value: float) -> str:
    """Return a value in full, an integer in groups of three digits.

    Examples
    --------
    >>> full_text(2**70)
    '1,180,591,620,717,411,303,424'
    """
    if not isinstance(value, int):
        return repr(value)
    text = digits(value)
    first = len(text) % 3
    groups = [text[i : i + 3] for i in range(first, len(text), 3)]
    return ",".join([text[:first], *groups] if first else groups)


def exact_text(value: Fraction) -> str:
    """Return a number without rounding where that is short, else say that it is rounded.

    Examples
    --------
    >>> exact_text(Fraction(1.0)), exact_text(Fraction(1, 3)), exact_text(Fraction(0.1) / 3)
    ('1', '1/3', 'about 0.0333333')
    """
    try:
        near = float(value)
    except OverflowError:
        near = 0.0
    if Fraction(near) == value:
        return repr(near).removesuffix(".0")
    if value.numerator.bit_length() + value.denominator.bit_length() < SHORT_FRACTION:
        return str(value)
    if near:
        return f"about {near:.6g}"
    exponent = math.log10(abs(value.numerator)) - math.log10(value.denominator)
    return f"about {'-' if value < 0 else ''}10^{exponent:.2f}"


def ratio_text(log_ratio: float | None) -> str:
    """Return a ratio, given by its decimal logarithm, for the screen."""
    if log_ratio is None:
        return ""
    if log_ratio >= LARGEST_LOG_RATIO:
        return f"10^{log_ratio:.1f}"
    ratio = 10.0**log_ratio
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"


def exact_json(value: float | None) -> int | float | str | None:
    """Return a value for JSON: an integer beyond 2**53 - 1 as a string of its decimal digits."""
    if not isinstance(value, int) or abs(value) <= LARGEST_JSON_INTEGER:
        return value
    return digits(value)


def read_exact_json(value: float | str | None) -> int | float | None:
    """Undo `exact_json`."""
    if not isinstance(value, str):
        return value
    import flint

    return int(flint.fmpz(value))


def digits(value: int) -> str:
    """Return the decimal digits of an integer; Python itself refuses to print more than 4300."""
    import flint

    return str(flint.fmpz(value))


def html_table(lines: Sequence[Sequence[str]], remarks: Iterable[str], warnings: Iterable[str]) -> str:
    """Return an HTML table, the remarks below it and the warnings in red."""
    tags = ["th", *("td" for _ in lines[1:])]
    rows = (
        "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in line) for line, tag in zip(lines, tags, strict=True)
    )
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    below = "".join(f"<p>{html.escape(text)}</p>" for text in remarks)
    loud = "".join(f"<p><b style='color:red'>{html.escape(text)}</b></p>" for text in warnings)
    return f"<table>{table}</table>{below}{loud}"


def write_csv(path: str | os.PathLike[str], names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of the named columns to a CSV file, which appears under its name only when it is whole."""
    with whole_file(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: exact_json(value) for name, value in row.items()})
