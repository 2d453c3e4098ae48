"""Patterns as keys: which region of a set has a pattern, and which pattern lies across a facet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.errors import EngineError, NotExactError
from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.exact.numbers import Point
from exactregions.exact.walk import decided_forms
from exactregions.exact.winner_cells import losers, told
from exactregions.facets.halfspaces import Halfspaces
from exactregions.network import Winner
from exactregions.regions import RegionSet

Pattern = tuple[bool, ...]
Keys = NDArray[np.uint64]

CHUNK = 2**24  # numbers held at a time while keys are made, 128 MB
ABSENT = -1


class PatternIndex:
    """Finds patterns of a set, and patterns that differ from one of the set in a single unit.

    The key of a pattern is the exclusive or of a random number for each active unit (Zobrist 1970), so that the
    key beyond a facet costs one operation. The keys of the set are all different, and a pattern found by its key
    is compared: the answer is exact.

    Parameters
    ----------
    patterns : numpy.ndarray of bool, shape (n, units)

    Raises
    ------
    EngineError
        If a pattern comes twice.
    """

    def __init__(self, patterns: NDArray[np.bool_]) -> None:
        self._patterns = patterns
        for seed in count():
            numbers = np.random.default_rng(seed).integers(0, 2**64, patterns.shape[1], dtype=np.uint64)
            self._numbers, self._keys = numbers, _keys(patterns, numbers)
            self._order = np.argsort(self._keys)
            self._sorted = self._keys[self._order]
            same = np.flatnonzero(self._sorted[1:] == self._sorted[:-1])
            if not len(same):
                break
            if (patterns[self._order[same]] == patterns[self._order[same + 1]]).all(axis=1).any():
                raise EngineError("the region set holds a pattern twice: it is damaged, or its engine is wrong")

    def find(self, pattern: Pattern) -> int:
        """Return the row of a pattern, -1 where the set does not have it."""
        wanted = np.array(pattern, dtype=bool)
        row = int(self._rows(_keys(wanted[None, :], self._numbers))[0])
        return row if row != ABSENT and np.array_equal(self._patterns[row], wanted) else ABSENT

    def flipped(self, row: int, units: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return for each unit the row of the pattern that differs from a given row there alone; -1 for none.

        Parameters
        ----------
        row : int
        units : numpy.ndarray of int, shape (k,)
        """
        found = self._rows(self._keys[row] ^ self._numbers[units])
        hits = np.flatnonzero(found != ABSENT)
        differs = self._patterns[found[hits]] != self._patterns[row]
        wrong = ~(differs[np.arange(len(hits)), units[hits]] & (differs.sum(axis=1) == 1))
        found[hits[wrong]] = ABSENT
        return found

    def _rows(self, keys: Keys) -> NDArray[np.intp]:
        if not len(self._sorted):
            return np.full(len(keys), ABSENT)
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where(self._sorted[places] == keys, self._order[places], ABSENT)


def _keys(patterns: NDArray[np.bool_], numbers: Keys) -> Keys:
    step = max(CHUNK // max(patterns.shape[1], 1), 1)
    parts = [
        np.bitwise_xor.reduce(np.where(patterns[i : i + step], numbers, np.uint64(0)), axis=1)
        for i in range(0, len(patterns), step)
    ]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts])


def pattern_across(exact: ExactNetwork, inputs: Forms, pattern: Pattern, rows: Halfspaces, row: int) -> Pattern:
    """Return the pattern across a row, should the row be a facet.

    Units whose form does not vanish on the facet's hyperplane keep their signs. On it vanish the units of the
    same hyperplane, and those whose form is zero on the whole region; beyond it their forms are multiples of the
    row, and have its sign there, the opposite one, or none. The values of a winner unit that are largest on the facet
    are the winner and those whose rows vanish there.

    Parameters
    ----------
    exact : ExactNetwork
    inputs : Forms
        The forms from which those of the rows were composed.
    pattern : tuple of bool, length units
    rows : Halfspaces
        Of the region with that pattern.
    row : int
    """
    normal = rows.exact[row]
    lead = next(k for k, v in enumerate(normal) if v)
    vanishing = {int(rows.units[k]) for k in rows.group(row)} | set(rows.null_units)
    contests = _contests(exact, pattern, vanishing)
    found: list[bool] = []

    def decide(unit: int, forms: Forms, place: int) -> bool:
        sign = contests[unit].sign(found) if unit in contests else None if unit in vanishing else pattern[unit]
        # the row is negative beyond its hyperplane
        found.append(forms.matrix[place, lead] * normal[lead] < flint.fmpz(0) if sign is None else sign)
        return found[-1]

    decided_forms(exact, inputs, decide)
    return tuple(told(exact, found))


@dataclass(frozen=True, slots=True)
class _Contest:
    """One contest of a winner unit, at a facet of a region.

    Attributes
    ----------
    winner : Winner
    number : int
    best : set of int
        The values that are largest on the facet.
    """

    winner: Winner
    number: int
    best: set[int]

    def sign(self, found: Sequence[bool]) -> bool | None:
        """Return the sign beyond the facet; None where both values that meet are largest on it, so that they tie.

        Beyond it, too, the winner is one of these: between two others any sign will do.
        """
        left, right = (self.winner.value_at(side, found) in self.best for side in self.winner.contests[self.number])
        return None if left and right else right


def _contests(exact: ExactNetwork, pattern: Pattern, vanishing: set[int]) -> dict[int, _Contest]:
    """Return the contests of winner units by their unit, given the units whose rows vanish on a facet."""
    found: dict[int, _Contest] = {}
    for winner in exact.winners:
        met = losers(winner, pattern)
        ties = {lost for unit, (_, lost) in zip(winner.units, met, strict=True) if unit in vanishing}
        best = ties | {met[-1][0]}
        found |= {unit: _Contest(winner, number, best) for number, unit in enumerate(winner.units)}
    return found


def require_regions(regions: RegionSet, what: str, partial: bool = False) -> None:
    """Refuse a set that holds no regions, or not all of them.

    Parameters
    ----------
    regions : RegionSet
    what : str
        What was asked for, for the message.
    partial : bool
        Whether regions may be missing.

    Raises
    ------
    EngineError
        If only the count was kept.
    NotExactError
        If the search was not exact, unless `partial` is set.
    """
    if not regions.stored:
        raise EngineError(f"{what} needs the regions, and only their count was kept; search again with store=True")
    if not (regions.exact or partial):
        raise NotExactError(f"{what} needs all regions, and this is {regions!r}; finish the search", regions)


def require_inside(rows: Halfspaces, witness: Point) -> None:
    """Refuse a witness that is not inside the rows of its region: exact methods start from it.

    Raises
    ------
    EngineError
    """
    if not all(form.at(witness) > 0 for form in rows.forms()):
        raise EngineError("the set holds a region whose witness is not inside it: the set is damaged; search again")
