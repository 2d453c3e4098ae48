"""The input regions of a VNN-LIB 2.0 file, whose syntax the package `vnnlib` reads."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from importlib import import_module
from itertools import accumulate
from typing import Any, NamedTuple

from exactregions.domain import Box, Polytope
from exactregions.errors import ExactRegionsError, FileFormatError
from exactregions.importers.conjunctions import InputBound, all_of, alternatives, box_of, regions_met
from exactregions.importers.s_expressions import number_of

__all__ = ["is_second_version", "regions_of"]

VERSION = re.compile(r"\s*(;[^\n]*\n\s*)*\(\s*vnnlib-version\b")
DEEPEST = 2_000  # the parser of vnnlib 1.0.2 ends the process at some tens of thousands
SHOWN = 80  # characters of an expression in a message


class InputRow(NamedTuple):
    """The inequality sum of coefficients times inputs <= bound."""

    coefficients: tuple[tuple[int, Fraction], ...]  # by the place of the input, ascending
    bound: Fraction


def is_second_version(text: str) -> bool:
    """Whether a file begins as version 2.0 does, with its version."""
    return VERSION.match(text) is not None


def regions_of(text: str) -> tuple[Box | Polytope, ...]:
    """Return the region of the inputs for each way to meet the assertions.

    Several inputs of a network are one vector in their order, each row by row.

    Raises
    ------
    ExactRegionsError
        If vnnlib is not installed.
    FileFormatError
        If the file is none of version 2.0, speaks of several networks, or says of the inputs what is no linear
        inequality.
    DomainError
        If the bounds of an input contradict each other.
    """
    query, kinds = _parsed(text)
    if len(query.networks) != 1:
        names = ", ".join(network.name for network in query.networks)
        raise FileFormatError(f"it speaks of {len(query.networks)} networks ({names}); regions are counted of one")
    reader = _Reader(query.networks[0], kinds)
    ways = all_of([alternatives(a.expr, reader.connected, reader.rows) for a in query.assertions])
    return regions_met(ways, reader.region)


def _parsed(text: str) -> tuple[Any, Any]:
    """Return the query, and the package, whose classes tell its expressions apart."""
    try:
        vnnlib = import_module("vnnlib")
    except ImportError:
        raise ExactRegionsError('VNN-LIB 2.0 needs vnnlib; install it: pip install "exactregions[vnnlib]"') from None
    if not hasattr(vnnlib, "parse_query_string"):
        raise ExactRegionsError('VNN-LIB 2.0 needs vnnlib 1.0.2 or later; pip install --upgrade "exactregions[vnnlib]"')
    if _depth(text) > DEEPEST:
        raise FileFormatError(f"its parentheses are nested more than {DEEPEST:,} deep; flatten it")
    try:
        return vnnlib.parse_query_string(text), vnnlib
    except vnnlib.VNNLibException as error:
        raise FileFormatError(f"it is no VNN-LIB 2.0: {_told(str(error))}") from None


def _depth(text: str) -> int:
    """Return how deep parentheses are nested, comments among them: the parser's own stack has an end."""
    steps = (1 if found[0] == "(" else -1 for found in re.finditer(r"[()]", text))
    return max(accumulate(steps), default=0)


def _told(message: str) -> str:
    """Return the first fault of a list of faults in JSON, or the message."""
    try:
        fault = json.loads(message)["errors"][0]
        return f"line {fault['line']}: {fault['message']} at {fault['offendingSymbol']!r}; {fault['hint']}"
    except (ValueError, LookupError, TypeError):
        return message


class _Reader:
    """Reads the assertions on the inputs of a network."""

    def __init__(self, network: Any, kinds: Any) -> None:
        self._kinds, self._shapes, self._names = kinds, {}, []
        self._starts: dict[str, int] = {}
        for variable in network.inputs:
            shape = [int(n) for n in variable.shape]
            self._starts[variable.name], self._shapes[variable.name] = len(self._names), shape
            if math.prod(shape) < 1 or math.prod(shape) > 2**24:
                raise FileFormatError(f"the input {variable.name} has shape {shape}; fixed sizes are needed")
            self._names += [_named(variable.name, shape, place) for place in range(math.prod(shape))]
        if not self._names:
            raise FileFormatError(f"the network {network.name} has no input")

    def connected(self, expression: Any) -> tuple[bool, Sequence[Any]] | None:
        """Return what a conjunction or a disjunction is of."""
        if not isinstance(expression, self._kinds.Connective):
            return None
        return isinstance(expression, self._kinds.And), expression.args

    def rows(self, leaf: Any) -> tuple[InputRow, ...]:
        """Return the inequalities of a comparison on inputs; none of one on outputs alone."""
        kinds = self._kinds
        if not self._mentions_input(leaf):
            return ()
        if not isinstance(leaf, kinds.Comparison) or isinstance(leaf, kinds.NotEqual):
            raise FileFormatError(f"{_short(leaf)} is no inequality or equation; it leaves no region of inputs")
        terms: dict[int, Fraction] = {}
        constant = self._add(terms, leaf.lhs, Fraction(1), leaf) + self._add(terms, leaf.rhs, Fraction(-1), leaf)
        row = InputRow(tuple(sorted((i, c) for i, c in terms.items() if c)), -constant)
        if not row.coefficients:
            raise FileFormatError(f"{_short(leaf)} says nothing of the inputs that it names; leave it out")
        opposite = InputRow(tuple((i, -c) for i, c in row.coefficients), constant)
        if isinstance(leaf, kinds.Equal):
            if len(row.coefficients) > 1:
                raise FileFormatError(f"{_short(leaf)} is an equation of several inputs, which leaves no open region")
            return row, opposite
        return (row,) if isinstance(leaf, (kinds.LessThan, kinds.LessEqual)) else (opposite,)

    def _mentions_input(self, expression: Any) -> bool:
        waiting = [expression]
        while waiting:
            part = waiting.pop()
            if isinstance(part, self._kinds.Var) and part.kind == self._kinds.SymbolKind.Input:
                return True
            waiting += part.children()
        return False

    def _add(self, terms: dict[int, Fraction], expression: Any, factor: Fraction, leaf: Any) -> Fraction:
        """Add factor times a linear expression to the terms of inputs; return its constant."""
        kinds, constant = self._kinds, Fraction(0)
        waiting = [(expression, factor)]
        while waiting:
            part, weight = waiting.pop()
            if isinstance(part, kinds.Literal):
                constant += weight * _exact(part)
            elif isinstance(part, kinds.Var):
                place = self._place(part, leaf)
                terms[place] = terms.get(place, Fraction(0)) + weight
            elif isinstance(part, kinds.Negate):
                waiting.append((part.expr, -weight))
            elif isinstance(part, kinds.Plus):
                waiting += [(other, weight) for other in part.args]
            elif isinstance(part, kinds.Minus):
                waiting += [(part.head, weight), *((other, -weight) for other in part.rest)]
            elif isinstance(part, kinds.Multiply):
                waiting.append(self._scaled(part, weight, leaf))
            else:
                raise FileFormatError(f"{_short(leaf)} is not linear in the inputs")
        return constant

    def _scaled(self, product: Any, weight: Fraction, leaf: Any) -> tuple[Any, Fraction]:
        """Return the only factor that is no number, or else the last, and what it is multiplied by."""
        numbers = [(part, _number(part, self._kinds)) for part in product.args]
        others = [part for part, number in numbers if number is None] or [product.args[-1]]
        if len(others) > 1:
            raise FileFormatError(f"{_short(leaf)} is not linear in the inputs")
        for part, number in numbers:
            weight *= 1 if part is others[0] or number is None else number
        return others[0], weight

    def _place(self, variable: Any, leaf: Any) -> int:
        if variable.kind != self._kinds.SymbolKind.Input:
            raise FileFormatError(f"{_short(leaf)} compares inputs with outputs, which is no region of inputs")
        place = 0
        for index, size in zip(variable.indices, self._shapes[variable.name], strict=True):
            place = place * size + int(index)
        return self._starts[variable.name] + place

    def region(self, rows: Sequence[InputRow]) -> Box | Polytope:
        """Return the box of the bounds, cut by the inequalities between several inputs."""
        single = ((row.coefficients[0], row.bound) for row in rows if len(row.coefficients) == 1)
        box = box_of(self._names, (InputBound(i, a > 0, bound / a) for (i, a), bound in single))
        between = [row for row in rows if len(row.coefficients) > 1]
        if not between:
            return box
        places = range(len(self._names))
        matrix = [[dict(row.coefficients).get(i, Fraction(0)) for i in places] for row in between]
        return Polytope(matrix, [row.bound for row in between], box)


def _named(name: str, shape: Sequence[int], place: int) -> str:
    indices: list[int] = []
    for size in reversed(shape):
        place, index = divmod(place, size)
        indices.insert(0, index)
    return f"{name}[{','.join(map(str, indices))}]" if shape else name


def _exact(literal: Any) -> Fraction:
    value = number_of(literal.lexeme)
    if value is None:
        raise FileFormatError(f"{literal.lexeme[:SHOWN]} is no decimal number")
    return value


def _number(expression: Any, kinds: Any) -> Fraction | None:
    """Return the value of a literal or its negation; None for anything else."""
    sign = 1
    while isinstance(expression, kinds.Negate):
        expression, sign = expression.expr, -sign
    return sign * _exact(expression) if isinstance(expression, kinds.Literal) else None


def _short(expression: Any) -> str:
    text = str(expression)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} .."
