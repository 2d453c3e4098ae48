"""The input box of a VNN-LIB 1.0 file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from exactregions.domain import Box
from exactregions.errors import DomainError, FileFormatError

__all__ = ["input_box"]

Expression = str | list["Expression"]
Bounds = dict[str, tuple[Fraction | None, Fraction | None]]

# four digits of exponent: more would make an exact number of gigabytes
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
INPUT = re.compile(r"X_(0|[1-9][0-9]*)")
PASSED_OVER = ("set-logic", "set-info", "set-option", "check-sat", "get-model", "exit")


def input_box(path: str | os.PathLike[str]) -> Box:
    """Read the box of the inputs ``X_0, X_1, ..``; what the file says of outputs only is passed over.

    Decimal literals are taken at their exact value: 0.1 is one tenth and not the float next to it. The box is
    open, so ``<`` and ``<=`` are the same. Of several bounds on an input the tightest holds.

    Parameters
    ----------
    path : str or path-like
        A VNN-LIB 1.0 file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the file is truncated or foreign, an input lacks a bound, or what it says of the inputs is no box:
        a disjunction, or an inequality between several variables.
    DomainError
        If the bounds of an input leave no open interval, as ``(<= X_0 0) (>= X_0 0)``.
    """
    try:
        commands = _parse(Path(path).read_text(encoding="utf-8"))
        bounds = _bounds(commands)
        return _box(bounds)
    except UnicodeDecodeError:
        raise FileFormatError(f"{path} is no text, so no VNN-LIB file") from None
    except (FileFormatError, DomainError) as error:
        raise type(error)(f"{path}: {error}") from None


def _parse(text: str) -> list[Expression]:
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


def _bounds(commands: list[Expression]) -> Bounds:
    bounds: Bounds = {}
    for command in commands:
        match command:
            case ["declare-const", str(name), _] | ["declare-fun", str(name), [], _]:
                if INPUT.fullmatch(name):
                    bounds[name] = (None, None)
            case ["assert", expression]:
                for constraint in _constraints(expression):
                    _tighten(bounds, constraint)
            case [str(head), *_] if head in PASSED_OVER:
                pass
            case _:
                raise FileFormatError(f"{_text(command)} is no command of VNN-LIB 1.0")
    return bounds


def _constraints(expression: Expression) -> Iterator[list[Expression]]:
    """Yield the comparisons that restrict inputs, out of conjunctions (and disjunctions of one)."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case ["and", *parts]:
                waiting += reversed(parts)
            case ["or", part]:
                waiting.append(part)
            case other if not _mentions_input(other):
                pass
            case ["<=" | ">=" | "<" | ">" | "=", _, _, *_] as comparison:
                yield comparison
            case ["or", *_] as other:
                raise FileFormatError(
                    f"{_text(other)} is a disjunction over inputs; count in each box in turn"
                )
            case other:
                raise FileFormatError(f"{_text(other)} is no bound on an input; give such as (<= X_0 0.5)")


def _mentions_input(expression: Expression) -> bool:
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif part.startswith("X_"):
            return True
    return False


def _tighten(bounds: Bounds, comparison: list[Expression]) -> None:
    operator, *terms = comparison
    for left, right in pairwise(terms):
        smaller, larger = (right, left) if operator in (">=", ">") else (left, right)
        _bound(bounds, smaller, larger, comparison)
        if operator == "=":
            _bound(bounds, larger, smaller, comparison)


def _bound(bounds: Bounds, smaller: Expression, larger: Expression, comparison: list[Expression]) -> None:
    """Take smaller <= larger into the bounds; one is an input, the other a number."""
    name, number = (smaller, _number(larger)) if _number(larger) is not None else (larger, _number(smaller))
    if not isinstance(name, str) or not INPUT.fullmatch(name) or number is None:
        raise FileFormatError(
            f"{_text(comparison)} does not compare one input with a number; only a box of inputs is supported"
        )
    if name not in bounds:
        raise FileFormatError(f"{_text(comparison)} comes before any (declare-const {name} Real); declare it")
    low, high = bounds[name]
    if name is smaller:
        bounds[name] = (low, number if high is None else min(high, number))
    else:
        bounds[name] = (number if low is None else max(low, number), high)


def _number(expression: Expression) -> Fraction | None:
    match expression:
        case str(literal):
            return Fraction(literal) if NUMBER.fullmatch(literal) else None
        case ["-", part]:
            value = _number(part)
            return None if value is None else -value
        case ["/", over, under]:
            p, q = _number(over), _number(under)
            return p / q if p is not None and q else None
    return None


def _box(bounds: Bounds) -> Box:
    if not bounds:
        raise FileFormatError("it declares no input X_0, X_1, ..; is it a VNN-LIB 1.0 file?")
    names = [f"X_{i}" for i in range(len(bounds))]
    lower, upper = [], []
    for name in names:
        if name not in bounds:
            raise FileFormatError(f"it declares {len(bounds)} inputs and not {name}; number them from X_0 on")
        low, high = bounds[name]
        if low is None or high is None:
            side = "lower" if low is None else "upper"
            raise FileFormatError(f"{name} has no {side} bound; give (>= {name} ..) and (<= {name} ..)")
        if low >= high:
            raise DomainError(
                f"the lower bound of {name} is not below the upper one, so the open box is empty; widen it, "
                "or put a fixed value into the first bias of the network"
            )
        lower.append(low)
        upper.append(high)
    return Box(lower, upper)  # type: ignore[arg-type]


def _text(expression: Expression) -> str:
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
    return text + (" .." if waiting else "")
