"""The cell of a winner pattern: the winner is at least as large as each value that loses (mathematics, 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import flint
import numpy as np

from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.network import Winner
from exactregions.winner_patterns import winner_patterns

Row: TypeAlias = "tuple[list[flint.fmpz], int]"  # a form, and the exponent of its power of two


def told(exact: ExactNetwork, signs: Sequence[bool]) -> list[bool]:
    """Return the winner pattern of signs of all units."""
    if not exact.winners:
        return list(signs)
    return winner_patterns(exact.winners, np.array([signs], dtype=bool))[0].tolist()


def decisive(exact: ExactNetwork, signs: Sequence[bool]) -> set[int]:
    """Return the units that tell a region: those that are no contests, and contests in which the winner has a part."""
    idle = {
        unit
        for winner in exact.winners
        for unit, (won, _) in zip(winner.units, losers(winner, signs), strict=True)
        if won != winner.wins(signs)
    }
    return set(range(len(signs))) - idle


def losers(winner: Winner, pattern: Sequence[bool]) -> list[tuple[int, int]]:
    """Return who wins and who loses each contest."""
    k, met = len(winner.units) + 1, []
    for unit, sides in zip(winner.units, winner.contests, strict=True):
        left, right = (side if side < k else met[side - k][0] for side in sides)
        met.append((right, left) if pattern[unit] else (left, right))
    return met


def winner_forms(exact: ExactNetwork, pattern: Sequence[bool], stages: Sequence[Forms]) -> list[Forms]:
    """Return the forms of a winner cell, one for each unit, from those of its signs.

    A contest in which the winner w has a part is about a_w and a value a_j. In any other one some a_j loses to a value
    that does not win in the end; its form there becomes a_j - a_w, which is nowhere positive on the cell, so the sign
    is - as before. Each value but the winner loses once: together the forms say that w wins.

    Parameters
    ----------
    pattern : sequence of bool, length units
        A winner pattern.
    stages : sequence of Forms
        Pre-activations of each stage under these signs.
    """
    if not exact.winners:
        return list(stages)
    places = [(s, row) for s, stage in enumerate(exact.stages) for row, splits in enumerate(stage.splits) if splits]
    changed: dict[int, dict[int, Row]] = {}
    for winner in exact.winners:
        for unit, form in _against_winner(winner, pattern, [places[unit] for unit in winner.units], stages).items():
            stage, row = places[unit]
            changed.setdefault(stage, {})[row] = form
    return [_with_rows(forms, changed.get(stage, {})) for stage, forms in enumerate(stages)]


def _against_winner(
    winner: Winner, pattern: Sequence[bool], places: Sequence[tuple[int, int]], stages: Sequence[Forms]
) -> dict[int, Row]:
    """Return a_j - a_w for the units of contests without the winner w, in which a_j loses.

    Of equal values the first wins: where a_j is the same form and stands before w, the cell is empty, which a positive
    constant says in place of zero.
    """
    met = losers(winner, pattern)
    best = met[-1][0]
    behind: dict[int, Row] = {}  # a_j - a_w by j
    before: dict[int, bool] = {}  # whether value j stands before w
    found: dict[int, Row] = {}
    for contest in reversed(range(len(met))):
        won, lost = met[contest]
        stage, row = places[contest]
        forms = stages[stage]
        second = pattern[winner.units[contest]]  # the form is positive where the second value is larger
        gap = [(-1 if second else 1) * forms.matrix[row, j] for j in range(forms.matrix.ncols())], forms.exponent
        behind[lost] = gap if won == best else _sum(gap, behind[won])
        before[lost] = second if won == best else before[won]
        if won != best:
            values, exponent = behind[lost]
            earlier_is_equal = before[lost] and not any(values)
            found[winner.units[contest]] = [*values[:-1], flint.fmpz(1)] if earlier_is_equal else values, exponent
    return found


def _sum(a: Row, b: Row) -> Row:
    exponent = max(a[1], b[1])
    return [(x << (exponent - a[1])) + (y << (exponent - b[1])) for x, y in zip(a[0], b[0], strict=True)], exponent


def _with_rows(forms: Forms, rows: dict[int, Row]) -> Forms:
    if not rows:
        return forms
    exponent = max(forms.exponent, *(e for _, e in rows.values()))
    matrix = forms.matrix * (1 << (exponent - forms.exponent))
    for row, (values, own) in rows.items():
        for j, value in enumerate(values):
            matrix[row, j] = value << (exponent - own)
    return Forms(matrix, exponent)
