"""Which units a search has to look at, where the others keep their sign on the whole domain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.contract import Goal, Prefix
from exactregions.exact.prefixes import splitting_units
from exactregions.network import Network

Signs = NDArray[np.int8]
Packed = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class UndecidedUnits:
    """The units of a search among all units of a network, wires included: all of them, or some that can split.

    Attributes
    ----------
    places : numpy.ndarray of int64, shape (N,)
        Of the units of the search among all units, ascending.
    signs : numpy.ndarray of int8, shape (all units,)
        The sign that each other unit keeps on the domain, 1 for a wire; zero for units of the search.
    splits : numpy.ndarray of bool, shape (all units,)
        Which units can split.
    """

    places: NDArray[np.int64]
    signs: Signs
    splits: NDArray[np.bool_]

    @classmethod
    def all_of(cls, network: Network) -> UndecidedUnits:
        """Return all units, wires included."""
        splits = splitting_units(network)
        return cls(np.arange(len(splits)), np.zeros(len(splits), dtype=np.int8), splits)

    @property
    def are_all(self) -> bool:
        """Whether the search looks at every unit."""
        return len(self.places) == len(self.splits)

    @property
    def splitting(self) -> int:
        """Number of units of the search that can split: bits of its patterns."""
        return int(self.splits[self.places].sum())

    @property
    def chosen(self) -> list[int] | None:
        """Places of the units of the search among those that can split; None where it looks at all of them."""
        rank = np.cumsum(self.splits) - 1
        return None if self.are_all else rank[self.places].tolist()

    def prefix(self, signs: Prefix) -> Prefix | None:
        """Return what a prefix of the network says of the units of the search; None where its cell is empty."""
        known = self.signs[: len(signs)]
        if np.any((known != 0) & (known != signs)):
            return None
        return signs[self.places[: np.searchsorted(self.places, len(signs))]]

    def of_goal(self, goal: Goal) -> list[list[int]]:
        """Return the groups of a goal, as units of the search: those that can be positive throughout, without the
        units that are.
        """
        place = np.cumsum(self.signs == 0) - 1  # of a unit among those of the search, where it is one
        alive = [group for group in goal.groups if all(self.signs[unit] >= 0 for unit in group)]
        return [[int(place[unit]) for unit in group if self.signs[unit] == 0] for group in alive]

    def full_prefix(self, signs: Prefix) -> Prefix:
        """Return the prefix of the network that ends with the last of the given signs of the search."""
        if not len(signs):
            return signs
        return self.full_signs(signs)[: self.places[len(signs) - 1] + 1]

    def full_signs(self, signs: NDArray[np.integer]) -> Signs:
        """Return the signs of all units, zero where none is known, from those of the first units of the search."""
        found = self.signs.copy()
        found[self.places[: len(signs)]] = signs
        return found

    def full_patterns(self, packed: Packed) -> Packed:
        """Return packed patterns of the network from those of the search, shape (n, ceil(units / 8))."""
        if self.are_all:
            return packed.copy()
        bits = np.tile(self.signs[self.splits] > 0, (len(packed), 1))
        bits[:, self.chosen] = np.unpackbits(packed, axis=1, count=len(self.places), bitorder="little")
        return np.packbits(bits, axis=1, bitorder="little")
