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
from exactregions.importers.conjunctions import (
    InputBound,
    OutputRow,
    all_of,
    alternatives,
    box_of,
    cases_of,
    regions_met,
)
from exactregions.importers.s_expressions import number_of
from exactregions.unsafe import Unsafe

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
    query, reader = _query_of_one(text)
    ways = all_of([alternatives(a.expr, reader.connected, reader.rows) for a in query.assertions])
    return regions_met(ways, reader.region)


def properties_of(text: str) -> tuple[tuple[Box | Polytope, Unsafe], ...]:
    """Return each region of the inputs, and the outputs that the assertions leave there; errors as `regions_of`.

    Several outputs of a network are one vector in their order, each row by row.
    """
    query, reader = _query_of_one(text)
    ways = all_of([alternatives(a.expr, reader.connected, reader.all_rows) for a in query.assertions])
    return cases_of(ways, reader.region, reader.outputs)


def _query_of_one(text: str) -> tuple[Any, _Reader]:
    query, kinds = _parsed(text)
    if len(query.networks) != 1:
        names = ", ".join(network.name for network in query.networks)
        raise FileFormatError(f"it speaks of {len(query.networks)} networks ({names}); one is read")
    return query, _Reader(query.networks[0], kinds)


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
    """Reads the assertions on a network.

    Attributes
    ----------
    outputs : int
        Number of output values.
    """

    def __init__(self, network: Any, kinds: Any) -> None:
        self._kinds = kinds
        self._shapes: dict[str, list[int]] = {}
        self._starts: dict[str, int] = {}
        self._names = self._places(network.inputs, "input")
        self.outputs = len(self._places(network.outputs, "output"))
        if not self._names:
            raise FileFormatError(f"the network {network.name} has no input")

    def _places(self, variables: Any, kind: str) -> list[str]:
        """Give the values of variables their places, in their order; return their names."""
        names: list[str] = []
        for variable in variables:
            shape = [int(n) for n in variable.shape]
            self._starts[variable.name], self._shapes[variable.name] = len(names), shape
            if math.prod(shape) < 1 or math.prod(shape) > 2**24:
                raise FileFormatError(f"the {kind} {variable.name} has shape {shape}; fixed sizes are needed")
            names += [_named(variable.name, shape, place) for place in range(math.prod(shape))]
        return names

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
        coefficients, constant = self._terms(leaf, kinds.SymbolKind.Input)
        row = InputRow(coefficients, -constant)
        if not row.coefficients:
            raise FileFormatError(f"{_short(leaf)} says nothing of the inputs that it names; leave it out")
        opposite = InputRow(tuple((i, -c) for i, c in row.coefficients), constant)
        if isinstance(leaf, kinds.Equal):
            if len(row.coefficients) > 1:
                raise FileFormatError(f"{_short(leaf)} is an equation of several inputs, which leaves no open region")
            return row, opposite
        return (row,) if isinstance(leaf, (kinds.LessThan, kinds.LessEqual)) else (opposite,)

    def all_rows(self, leaf: Any) -> tuple[InputRow | OutputRow, ...]:
        """Return the inequalities of a comparison, on inputs or on outputs."""
        kinds = self._kinds
        if self._mentions_input(leaf):
            return self.rows(leaf)
        if isinstance(leaf, (kinds.LessThan, kinds.GreaterThan)):
            raise FileFormatError(f"{_short(leaf)} is strict, and sets of outputs are closed; write <= or >=")
        coefficients, constant = self._terms(leaf, kinds.SymbolKind.Output)
        row = OutputRow(coefficients, -constant)
        opposite = OutputRow(tuple((j, -c) for j, c in coefficients), constant)
        if isinstance(leaf, kinds.Equal):
            return row, opposite
        return (row,) if isinstance(leaf, kinds.LessEqual) else (opposite,)

    def _terms(self, leaf: Any, kind: Any) -> tuple[tuple[tuple[int, Fraction], ...], Fraction]:
        """Return the terms and the constant of left side minus right side of a comparison of one kind of variables."""
        if not isinstance(leaf, self._kinds.Comparison) or isinstance(leaf, self._kinds.NotEqual):
            raise FileFormatError(f"{_short(leaf)} is no inequality or equation; it leaves no closed convex set")
        terms: dict[int, Fraction] = {}
        sides = ((leaf.lhs, Fraction(1)), (leaf.rhs, Fraction(-1)))
        constant = sum((self._add(terms, side, factor, leaf, kind) for side, factor in sides), Fraction(0))
        return tuple(sorted((i, c) for i, c in terms.items() if c)), constant

    def _mentions_input(self, expression: Any) -> bool:
        waiting = [expression]
        while waiting:
            part = waiting.pop()
            if isinstance(part, self._kinds.Var) and part.kind == self._kinds.SymbolKind.Input:
                return True
            waiting += part.children()
        return False

    def _add(self, terms: dict[int, Fraction], expression: Any, factor: Fraction, leaf: Any, kind: Any) -> Fraction:
        """Add factor times a linear expression to the terms of a kind of variables; return its constant."""
        kinds, constant = self._kinds, Fraction(0)
        waiting = [(expression, factor)]
        while waiting:
            part, weight = waiting.pop()
            if isinstance(part, kinds.Literal):
                constant += weight * _exact(part)
            elif isinstance(part, kinds.Var):
                place = self._place(part, leaf, kind)
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
                raise FileFormatError(f"{_short(leaf)} is not linear")
        return constant

    def _scaled(self, product: Any, weight: Fraction, leaf: Any) -> tuple[Any, Fraction]:
        """Return the only factor that is no number, or else the last, and what it is multiplied by."""
        numbers = [(part, _number(part, self._kinds)) for part in product.args]
        others = [part for part, number in numbers if number is None] or [product.args[-1]]
        if len(others) > 1:
            raise FileFormatError(f"{_short(leaf)} is not linear")
        for part, number in numbers:
            weight *= 1 if part is others[0] or number is None else number
        return others[0], weight

    def _place(self, variable: Any, leaf: Any, kind: Any) -> int:
        if variable.kind != kind:
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
