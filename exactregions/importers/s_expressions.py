"""S-expressions, the syntax of SMT-LIB and VNN-LIB: nested lists of words, and the numbers among them."""

from __future__ import annotations

import re
from fractions import Fraction

from exactregions.errors import FileFormatError
from exactregions.support.shortening import short_text

Expression = str | list["Expression"]

# four digits of exponent: more would make an exact number of gigabytes
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")

LONGEST = 4_000  # characters of a number: Python converts no more than 4,300 digits


def parsed(text: str) -> list[Expression]:
    """Read s-expressions into nested lists."""
    open_lists: list[list[Expression]] = [[]]
    for token in re.findall(r"[()]|[^\s()]+", re.sub(r";[^\n]*", "", text)):
        if token == "(":
            open_lists.append([])
        elif token != ")":
            open_lists[-1].append(token)
        elif len(open_lists) > 1:
            done = open_lists.pop()
            open_lists[-1].append(done)
        else:
            raise FileFormatError("it closes a parenthesis that was never opened")
    if len(open_lists) > 1:
        raise FileFormatError(f"it ends with {len(open_lists) - 1} parentheses open; is it truncated?")
    return open_lists[0]


def number_of(expression: Expression) -> Fraction | None:
    """Return the exact value of a literal, its negation or a quotient; None for anything else."""
    prefix: list[str | Fraction] = []  # the operators before what they take, the divisor before the dividend
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case str(literal) if NUMBER.fullmatch(literal):
                prefix.append(_value(literal))
            case ["-", part]:
                prefix.append("-")
                waiting.append(part)
            case ["/", over, under]:
                prefix.append("/")
                waiting += [over, under]
            case _:
                return None
    values: list[Fraction] = []
    for item in reversed(prefix):
        if isinstance(item, Fraction):
            values.append(item)
        elif item == "-":
            values.append(-values.pop())
        elif not (under := values.pop()):
            return None
        else:
            values.append(values.pop() / under)
    return values[0]


def _value(literal: str) -> Fraction:
    if len(literal) > LONGEST:
        raise FileFormatError(f"the number {literal[:12]}.. has {len(literal)} characters; round it to {LONGEST}")
    return Fraction(literal)


def shortened(expression: Expression) -> str:
    """Return the expression for a message, shortened."""
    pieces: list[str] = []
    waiting: list[Expression] = [expression]
    while waiting and len(pieces) < 20:
        part = waiting.pop()
        if isinstance(part, str):
            pieces.append(part)
        else:
            waiting += [")", *reversed(part), "("]
    text = " ".join(pieces).replace("( ", "(").replace(" )", ")")
    return short_text(text + (" .." if waiting else ""), 80)
