"""Cuts: signs that no further region has together, as short as the proof behind them allows.

What makes a cut true
---------------------
A *cut* is a set of units with a sign for each. It is valid when no region of the network in the domain, other than
those already found, has all these signs. Let a pattern p be refuted: multipliers show that the halfspaces
{ s_u f_u > 0 } of the units u in a set S leave no point of the domain. The forms f_u are those that p gives the units,
and a unit of a later stage has another form where earlier units have other signs. So the cut is on

    L = S  and all units on whose signs a form of S depends.

A region q with the signs of p on L has these very forms on S. They are not constant, so inside q they are not zero but
have, in an open set, the signs of p: a point in all the halfspaces, which there is not. Hence no such q. A unit depends
on an earlier one only along nonzero weights, and not through a unit whose slope under its sign in p is zero: that
sign is in L, and with it nothing else passes through the unit. A form that is constant under p is the shortest proof
of all: if p contradicts it, L is the unit and what its form depends on.

For a pattern that *is* a region, S is all units, and the cut would be the plain no-good.

Making it shorter
-----------------
Units are then dropped from L, stage by stage. A unit v may be dropped when its sign follows from units that are kept:
when the halfspaces of other units of L, of stages no later than that of v, leave no point of the domain together
with the *opposite* side of v. Only forms take part whose own needs are in L, and none of a later stage. Then, by
induction over the stages, a region with the kept signs has all signs of L in the stages before, so the forms in
question are those of p; the refutation says that the region is not on the other side of v; and as f_v is not
constant, v has its sign there. Dropping one after the other is sound: what was dropped before follows from what is
left. (A unit of a later stage may bound the cell just as well, but its form depends on the very sign that is to be
dropped.) A sign that the bounds of the domain pin, or that a constant form has, is dropped at once.

What remains of a region are the units whose hyperplanes bound it, stage by stage: in d dimensions some 2 d, whatever
the width of the network. And each of them comes with a point where it alone is violated, so in another region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.milp.forms import Halfspace, StageForms, UnitForm
from exactregions.engines.milp.oracle import CellOracle, Empty
from exactregions.exact.numbers import Point

Cut = dict[int, bool]  # units and their signs: all of them together are excluded
FIRST = 64  # cuts for which there is room at first


@dataclass(frozen=True, slots=True)
class Shortened:
    """A cut, and a point for each unit of it that could not be dropped.

    Attributes
    ----------
    cut : Cut
    points : tuple of list of fmpq
        Each violates one halfspace of the cut and satisfies the others of stages no later.
    """

    cut: Cut
    points: tuple[Point, ...]


def refutation(
    stages: Sequence[StageForms], pattern: Sequence[bool], oracle: CellOracle
) -> Point | tuple[UnitForm, ...]:
    """Decide whether a pattern is a region of the domain: a point strictly inside it, or the units that refute it.

    The stages are asked one after the other, because a proof that ends with an earlier one depends on fewer signs.
    """
    rows: list[Halfspace] = []
    units: list[UnitForm] = []
    point = oracle.witness
    for stage in stages:
        for unit in stage.units:
            sign = pattern[unit.unit]
            if unit.forced is None:
                rows.append(unit.side(sign))
                units.append(unit)
            elif unit.forced != sign:
                return (unit,)
        found = oracle.decide(rows)
        if isinstance(found, Empty):
            return tuple(units[k] for k in found.support)
        point = found
    return point


def shortened(
    stages: Sequence[StageForms],
    pattern: Sequence[bool],
    core: Sequence[UnitForm],
    pinned: Sequence[bool | None],
    oracle: CellOracle,
) -> Shortened:
    """Return the cut that a proof about some units gives, without the units whose signs follow from others.

    Parameters
    ----------
    stages : sequence of StageForms
        Under the pattern.
    core : sequence of UnitForm
        The units that the proof speaks of; all units for a region.
    pinned : sequence of bool or None, length units
        Signs that every region of the domain has.
    """
    wanted = 0
    for unit in core:
        wanted |= unit.needs | (1 << unit.unit)
    cut: Cut = {}
    rows: dict[int, Halfspace] = {}
    points: list[Point] = []
    for stage in stages:
        tested = []
        for unit in stage.units:
            sign = pattern[unit.unit]
            if not wanted >> unit.unit & 1 or pinned[unit.unit] is not None:
                continue
            if unit.needs & ~wanted or unit.forced not in (None, sign):
                cut[unit.unit] = sign
            elif unit.forced is None:
                tested.append(unit.unit)
                rows[unit.unit] = unit.side(sign)
        for place in tested:
            own = rows.pop(place)
            found = oracle.decide([*rows.values(), own.opposite()])
            if not isinstance(found, Empty):
                rows[place], cut[place] = own, pattern[place]
                points.append(found)
    return Shortened(cut, tuple(points))


class CutStore:
    """All cuts so far, and which prefixes of signs they cover.

    Parameters
    ----------
    units : int
        Length of a pattern.
    """

    def __init__(self, units: int) -> None:
        self._signs = np.zeros((FIRST, units), dtype=np.int8)
        self._last = np.zeros(FIRST, dtype=np.intp)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, cut: Cut) -> None:
        """Keep a cut; an empty one covers everything."""
        if self._count == len(self._signs):
            self._signs = np.concatenate([self._signs, np.zeros_like(self._signs)])
            self._last = np.concatenate([self._last, np.zeros_like(self._last)])
        for unit, sign in cut.items():
            self._signs[self._count, unit] = 1 if sign else -1
        self._last[self._count] = max(cut, default=-1)
        self._count += 1

    def every(self) -> NDArray[np.intp]:
        """Return the numbers of all cuts."""
        return np.arange(self._count)

    def heeded(self, cuts: NDArray[np.intp], unit: int, sign: bool) -> NDArray[np.intp]:
        """Return those of the cuts that a sign does not contradict."""
        return cuts[self._signs[cuts, unit] != (-1 if sign else 1)]

    def cover(self, cuts: NDArray[np.intp], units: int) -> bool:
        """Return whether one of these cuts, uncontradicted by the first units, speaks of no others."""
        return bool((self._last[cuts] < units).any())
