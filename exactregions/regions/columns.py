"""The columns of sets of regions: joined, made later, or those of regions told by winners."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from exactregions.network import Network
from exactregions.winner_patterns import distinct_rows

T = TypeVar("T")


class _Columns(Protocol):
    """Regions as columns, which `RegionSet` describes."""

    @property
    def count(self) -> int: ...
    @property
    def patterns(self) -> NDArray[np.uint8]: ...
    @property
    def witnesses(self) -> NDArray[np.float64]: ...
    @property
    def entry_radii(self) -> NDArray[np.float64] | None: ...
    @property
    def entry_bounds(self) -> NDArray[np.float64] | None: ...
    @property
    def exact_witnesses(self) -> Mapping[int, tuple[Fraction, ...]]: ...


def on_request(slot: Any) -> property:
    """Return a property in the place of a slot, which calls a function that was put there when it is first read."""

    def put(regions: Any, held: Any) -> None:
        if isinstance(held, np.ndarray):
            held.setflags(write=False)
        slot.__set__(regions, held)

    def get(regions: Any) -> Any:
        held = slot.__get__(regions)
        if callable(held):
            put(regions, held())
        return slot.__get__(regions)

    return property(get, put)


def later(made: Callable[[], NDArray[np.float64]]) -> Any:
    """Return witnesses that are made when somebody reads them."""
    return made


def witnesses_of(regions: _Columns) -> Any:
    """Return the witnesses for a set that is made from this one, without asking for them yet."""
    return later(lambda: regions.witnesses)


def shifted(rows: Mapping[int, T], by: int) -> dict[int, T]:
    """Return what is known of some rows when so many others come before them."""
    return {row + by: value for row, value in rows.items()}


def joined_columns(network: Network, parts: Sequence[_Columns]) -> dict[str, Any]:
    """Return the columns of several sets of regions, one after another, as keywords of `RegionSet`.

    A column that one of them lacks is None.
    """
    exact, count = dict[int, tuple[Fraction, ...]](), 0
    for part in parts:
        exact |= shifted(part.exact_witnesses, count)
        count += part.count
    return {
        "count": count,
        "patterns": np.concatenate([np.zeros((0, -(-network.units // 8)), np.uint8), *(p.patterns for p in parts)]),
        "witnesses": later(lambda: np.concatenate([np.zeros((0, network.inputs)), *(p.witnesses for p in parts)])),
        "entry_radii": _stacked([part.entry_radii for part in parts]),
        "entry_bounds": _stacked([part.entry_bounds for part in parts]),
        "exact_witnesses": exact,
    }


def _stacked(columns: Sequence[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    there = [column for column in columns if column is not None]
    return np.concatenate(there) if there and len(there) == len(columns) else None


def winner_columns(network: Network, given: _Columns, exact_entries: tuple[Fraction, ...] | None) -> dict[str, Any]:
    """Return the columns of regions told by winners, of which each is one or more of the given ones.

    Of these it has the first witness and the least entry radius.
    """
    patterns, numbers = distinct_rows(network, given.patterns)
    _, first = np.unique(numbers, return_index=True)
    rows = {int(row): number for number, row in enumerate(first)}
    return {
        "count": len(patterns),
        "patterns": patterns,
        "witnesses": later(lambda: given.witnesses[first]),
        "entry_radii": _least_rows(given.entry_radii, numbers),
        "entry_bounds": _least_rows(given.entry_bounds, numbers),
        "exact_witnesses": {rows[row]: witness for row, witness in given.exact_witnesses.items() if row in rows},
        "exact_entries": None if exact_entries is None else _least(exact_entries, numbers),
    }


def _least_rows(column: NDArray[np.float64] | None, numbers: NDArray[np.intp]) -> NDArray[np.float64] | None:
    """Return the least of the rows with each number."""
    if column is None:
        return None
    least = np.full((int(numbers.max(initial=-1)) + 1, *column.shape[1:]), np.inf)
    np.minimum.at(least, numbers, column)
    return least


def _least(entries: tuple[Fraction, ...], numbers: NDArray[np.intp]) -> tuple[Fraction, ...]:
    found: dict[int, Fraction] = {}
    for number, entry in zip(numbers.tolist(), entries, strict=True):
        found[number] = min(entry, found.get(number, entry))
    return tuple(found[number] for number in sorted(found))
