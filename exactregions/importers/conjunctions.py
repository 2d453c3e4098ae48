"""Boolean expressions over inequalities, as the ways to meet them: a conjunction each, and the regions of these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import chain, product
from typing import NamedTuple, TypeVar

from exactregions.domain import Box
from exactregions.errors import DomainError, FileFormatError
from exactregions.unsafe import Halfspaces, Unsafe

Row = TypeVar("Row")
Expression = TypeVar("Expression")
Region = TypeVar("Region")

MOST_REGIONS = 10_000


def all_of(parts: Sequence[list[tuple[Row, ...]]]) -> list[tuple[Row, ...]]:
    """Return the ways to meet several expressions at once, given those of each."""
    if math.prod(len(part) for part in parts) > MOST_REGIONS:
        raise FileFormatError(f"its disjunctions make more than {MOST_REGIONS:,} boxes; split the file")
    return list(dict.fromkeys(tuple(chain(*choice)) for choice in product(*parts)))


def alternatives(
    expression: Expression,
    connected: Callable[[Expression], tuple[bool, Sequence[Expression]] | None],
    rows_of: Callable[[Expression], tuple[Row, ...]],
) -> list[tuple[Row, ...]]:
    """Return the ways to meet an expression.

    Parameters
    ----------
    expression
    connected : callable
        Returns whether an expression is a conjunction, else it is a disjunction, and of what; None for a leaf.
    rows_of : callable
        Returns the inequalities of a leaf, none where it says nothing of what is asked.
    """
    values: list[list[tuple[Row, ...]]] = []
    waiting: list[tuple[Expression, bool]] = [(expression, False)]
    while waiting:
        part, visited = waiting.pop()
        found = connected(part)
        if found is None:
            values.append([rows_of(part)])
            continue
        conjunction, parts = found
        if not visited:
            waiting.append((part, True))
            waiting += [(other, False) for other in reversed(parts)]
            continue
        below = values[len(values) - len(parts) :]
        del values[len(values) - len(parts) :]
        values.append(all_of(below) if conjunction else list(dict.fromkeys(chain(*below))))
    return values[0]


def regions_met(ways: Iterable[Sequence[Row]], region: Callable[[Sequence[Row]], Region]) -> tuple[Region, ...]:
    """Return the region of each way to meet the assertions, each once; empty ones are left out beside others.

    Raises
    ------
    DomainError
        If all of them are empty.
    """
    found: dict[Region, None] = {}
    contradictory: DomainError | None = None
    for way in ways:
        try:
            found[region(way)] = None
        except DomainError as error:
            contradictory = contradictory or error
    if not found:
        raise contradictory or DomainError("its assertions are empty disjunctions, which nothing meets")
    return tuple(found)


class InputBound(NamedTuple):
    """``x[place] <= value`` if `upper`, else ``x[place] >= value``."""

    place: int
    upper: bool
    value: Fraction


class OutputRow(NamedTuple):
    """The inequality sum of coefficients times outputs <= bound."""

    coefficients: tuple[tuple[int, Fraction], ...]  # by the place of the output, ascending
    bound: Fraction


def cases_of(
    ways: Iterable[Sequence[Row | OutputRow]], region: Callable[[Sequence[Row]], Region], outputs: int
) -> tuple[tuple[Region, Unsafe], ...]:
    """Return each region of inputs, and the union of what the ways that have it say of outputs.

    Raises
    ------
    DomainError
        If no region has a point.
    """
    found: dict[Region, dict[Halfspaces, None]] = {}
    contradictory: DomainError | None = None
    for way in ways:
        rows = [row for row in way if isinstance(row, OutputRow)]
        try:
            met = region([row for row in way if not isinstance(row, OutputRow)])
        except DomainError as error:
            contradictory = contradictory or error
            continue
        found.setdefault(met, {})[_polyhedron(rows, outputs)] = None
    if not found:
        raise contradictory or DomainError("its assertions are empty disjunctions, which nothing meets")
    return tuple((met, Unsafe(polyhedra)) for met, polyhedra in found.items())


def _polyhedron(rows: Sequence[OutputRow], outputs: int) -> Halfspaces:
    """Return what some inequalities leave of the outputs; all of them where there is none."""
    table = rows or [OutputRow((), Fraction(0))]
    matrix = [[dict(row.coefficients).get(j, Fraction(0)) for j in range(outputs)] for row in table]
    return Halfspaces(matrix, [row.bound for row in table])


def box_of(names: Sequence[str], bounds: Iterable[InputBound]) -> Box:
    """Return the box of the tightest bounds on inputs, which messages call by their names.

    Raises
    ------
    FileFormatError
        If an input lacks a bound.
    DomainError
        If the bounds of an input contradict each other.
    """
    lower: dict[int, Fraction] = {}
    upper: dict[int, Fraction] = {}
    for i, is_upper, value in bounds:
        if is_upper:
            upper[i] = min(value, upper.get(i, value))
        else:
            lower[i] = max(value, lower.get(i, value))
    for i, name in enumerate(names):
        if i not in lower or i not in upper:
            side = "lower" if i not in lower else "upper"
            raise FileFormatError(f"{name} has no {side} bound; give (>= {name} ..) and (<= {name} ..)")
        if lower[i] > upper[i]:
            raise DomainError(f"the lower bound of {name} is above the upper one, so the box is empty; exchange them")
    return Box([lower[i] for i in range(len(names))], [upper[i] for i in range(len(names))])
