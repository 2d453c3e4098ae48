"""Boolean expressions over inequalities, as the ways to meet them: a conjunction each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain, product
from typing import TypeVar

from exactregions.errors import FileFormatError

__all__ = ["all_of", "alternatives"]

Row = TypeVar("Row")
Expression = TypeVar("Expression")

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
