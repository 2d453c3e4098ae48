"""VNN-LIB 1.0: the assertions of a file as boxes of inputs, and the outputs that are unsafe there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

from exactregions.domain import Box
from exactregions.errors import FileFormatError
from exactregions.importers.conjunctions import (
    InputBound,
    OutputRow,
    all_of,
    alternatives,
    box_of,
    cases_of,
    regions_met,
)
from exactregions.importers.s_expressions import Expression, number_of, shortened
from exactregions.unsafe import Unsafe

INPUT, OUTPUT = re.compile(r"X_(0|[1-9][0-9]{0,8})"), re.compile(r"Y_(0|[1-9][0-9]{0,8})")
PASSED_OVER = ("set-logic", "set-info", "set-option", "check-sat", "get-model", "exit")
COMPARISONS = ("<=", ">=", "<", ">", "=")


def _declared_and_asserted(
    commands: list[Expression], rows_of: Callable[[Expression, Collection[str]], Iterator[Any]]
) -> tuple[Collection[str], list[tuple[Any, ...]]]:
    """Return the names that are declared, and the ways to meet all assertions.

    Parameters
    ----------
    commands : list
    rows_of : callable
        Yields what a leaf says, given what is declared before it.
    """
    declared: dict[str, None] = {}
    asserted: list[list[tuple[Any, ...]]] = []
    for command in commands:
        match command:
            case ["declare-const", str(name), _] | ["declare-fun", str(name), [], _]:
                declared[name] = None
            case ["assert", expression]:
                asserted.append(alternatives(expression, _connected, lambda leaf: tuple(rows_of(leaf, declared))))
            case [str(head), *_] if head in PASSED_OVER:
                pass
            case _:
                raise FileFormatError(f"{shortened(command)} is no command of VNN-LIB 1.0")
    return declared, all_of(asserted)


def _connected(expression: Expression) -> tuple[bool, Sequence[Expression]] | None:
    match expression:
        case ["and" | "or" as head, *parts]:
            return head == "and", parts
    return None


def _leaf_rows(leaf: Expression, declared: Collection[str]) -> Iterator[InputBound | OutputRow]:
    """Yield what a leaf says of inputs or of outputs."""
    if _mentions_input(leaf):
        yield from _leaf_bounds(leaf, declared)
        return
    match leaf:
        case [str(operator), _, _, *_] as comparison if operator in ("<=", ">=", "="):
            for left, right in pairwise(comparison[1:]):
                yield from _output_rows(operator, left, right, comparison, declared)
        case ["<" | ">", *_]:
            raise FileFormatError(f"{shortened(leaf)} is strict, and sets of outputs are closed; write <= or >=")
        case other:
            raise FileFormatError(f"{shortened(other)} is no inequality of outputs; give such as (<= Y_0 Y_1)")


def _output_rows(
    operator: str, left: Expression, right: Expression, comparison: list[Expression], declared: Collection[str]
) -> Iterator[OutputRow]:
    terms: dict[str, Fraction] = {}
    if not (_add_linear(terms, left, Fraction(1)) and _add_linear(terms, right, Fraction(-1))):
        raise FileFormatError(f"{shortened(comparison)} is not linear in the outputs")
    constant = terms.pop("", Fraction(0))
    for name in terms:
        if name not in declared or not OUTPUT.fullmatch(name):
            raise FileFormatError(f"{shortened(comparison)} comes before any (declare-const {name} Real); declare it")
    found = sorted((int(name.removeprefix("Y_")), c) for name, c in terms.items() if c)
    if operator != ">=":
        yield OutputRow(tuple(found), -constant)
    if operator != "<=":
        yield OutputRow(tuple((j, -c) for j, c in found), constant)


def _leaf_bounds(leaf: Expression, declared: Collection[str]) -> Iterator[InputBound]:
    match leaf:
        case other if not _mentions_input(other):
            return
        case [str(operator), _, _, *_] as comparison if operator in COMPARISONS:
            for left, right in pairwise(comparison[1:]):
                yield from _bounds_of(operator, left, right, comparison, declared)
        case other:
            raise FileFormatError(f"{shortened(other)} is no bound on an input; give such as (<= X_0 0.5)")


def _mentions_input(expression: Expression) -> bool:
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif part.startswith("X_"):
            return True
    return False


def _bounds_of(
    operator: str, left: Expression, right: Expression, comparison: list[Expression], declared: Collection[str]
) -> Iterator[InputBound]:
    """Yield the bounds that ``left operator right`` puts on one input."""
    terms: dict[str, Fraction] = {}
    if not (_add_linear(terms, left, Fraction(1)) and _add_linear(terms, right, Fraction(-1))):
        raise FileFormatError(f"{shortened(comparison)} does not compare one input with a number; give linear terms")
    constant = terms.pop("", Fraction(0))
    names = [name for name, factor in terms.items() if factor]
    if len(names) != 1 or not INPUT.fullmatch(names[0]):
        raise FileFormatError(
            f"{shortened(comparison)} does not compare one input with a number; only boxes of inputs are supported"
        )
    (name,) = names
    if name not in declared:
        raise FileFormatError(f"{shortened(comparison)} comes before any (declare-const {name} Real); declare it")
    place, value, turned = int(name.removeprefix("X_")), -constant / terms[name], terms[name] < 0
    if operator == "=":
        yield from (InputBound(place, upper, value) for upper in (False, True))
    else:
        yield InputBound(place, (operator in ("<=", "<")) != turned, value)


def _add_linear(terms: dict[str, Fraction], expression: Expression, factor: Fraction) -> bool:
    """Add factor * expression to linear terms, the constant under ""; False if it is not linear."""
    waiting = [(expression, factor)]
    while waiting:
        part, weight = waiting.pop()
        match part:
            case str(name) if name.startswith(("X_", "Y_")):
                terms[name] = terms.get(name, Fraction(0)) + weight
            case ["+", *parts]:
                waiting += [(other, weight) for other in parts]
            case ["-", other]:
                waiting.append((other, -weight))
            case ["-", first, *others]:
                waiting += [(first, weight), *((other, -weight) for other in others)]
            case ["*", first, second]:
                scale, other = number_of(first), second
                if scale is None:
                    scale, other = number_of(second), first
                if scale is None:
                    return False
                waiting.append((other, weight * scale))
            case other if (number := number_of(other)) is not None:
                terms[""] = terms.get("", Fraction(0)) + weight * number
            case _:
                return False
    return True


def boxes_of(commands: list[Expression]) -> tuple[Box, ...]:
    """Return the boxes of the inputs; see `exactregions.importers.vnnlib.input_regions` for what is raised."""
    declared, ways = _declared_and_asserted(commands, _leaf_bounds)
    return regions_met(ways, partial(box_of, _numbered(declared, INPUT, "input", "X_")))


def properties_asserted(commands: list[Expression]) -> tuple[tuple[Box, Unsafe], ...]:
    """Return the property; see `exactregions.importers.vnnlib.output_properties` for what is raised."""
    declared, ways = _declared_and_asserted(commands, _leaf_rows)
    outputs = _numbered(declared, OUTPUT, "output", "Y_")
    return cases_of(ways, partial(box_of, _numbered(declared, INPUT, "input", "X_")), len(outputs))


def _numbered(declared: Collection[str], pattern: re.Pattern[str], kind: str, stem: str) -> list[str]:
    """Return the names of the inputs, or of the outputs, in their order."""
    count = sum(pattern.fullmatch(name) is not None for name in declared)
    if not count:
        raise FileFormatError(f"it declares no {kind} {stem}0, {stem}1, ..; is it a VNN-LIB 1.0 file?")
    names = [f"{stem}{i}" for i in range(count)]
    for name in names:
        if name not in declared:
            raise FileFormatError(f"it declares {count} {kind}s and not {name}; number them from {stem}0 on")
    return names
