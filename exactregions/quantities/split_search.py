"""The search of a ball for points at which some combination of outputs is positive, unit by unit.

A part of the ball is given up when a bound shows that the combination is positive nowhere on it. Otherwise ranges of
its units are made smaller, then it is halved by a unit that is bent: the one that the bounds of both halves, after a
few steps, gain most from. The part that may have the nearest point comes first.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from exactregions.quantities.split_bounds import SplitBounds
from exactregions.quantities.split_multipliers import Bounded, Multipliers
from exactregions.quantities.split_parts import Asked, Part
from exactregions.stage import Stage

__all__ = ["SplitSearch"]

Array = NDArray[np.float64]

FIRST_STEPS, ROOT_STEPS, ROOT_ROUNDS, ROOT_TIGHTENING = 5, 30, 3, 15
STEPS, TIGHTENING = 10, 5
CANDIDATES, CANDIDATE_STEPS = 6, 3


@dataclass(order=True, slots=True)
class _Open:
    """A part that is open; in smaller distances the combination is negative on it."""

    radius: float
    number: int
    part: Part = field(compare=False)
    bounded: Bounded = field(compare=False)
    combination: int = field(compare=False)
    is_root: bool = field(compare=False)


class SplitSearch:
    """Decides, part by part, where in a ball combinations of outputs are positive.

    Parameters
    ----------
    stages : sequence of Stage
        Outputs are the units of the last one.
    rows : numpy.ndarray, shape (combinations, outputs)
    center : numpy.ndarray, shape (inputs,)
        As for `SplitBounds`.
    norm : {1, 2, inf}
    radius : float
        Of the closed ball.
    """

    def __init__(self, stages: Sequence[Stage], rows: Array, center: Array, norm: float, radius: float) -> None:
        self._bounds = SplitBounds(stages, center, norm, radius)
        self._waiting, self._numbers, self._open = list(enumerate(rows)), count(), list[_Open]()
        self._later: float | None = None

    @property
    def proved(self) -> float:
        """The radius of an open ball in which no combination is positive."""
        if self._waiting:
            return 0.0
        return min(self._open[0].radius, self._bounds.radius) if self._open else self._bounds.radius

    def shrink(self, radius: float) -> None:
        """Search a smaller ball from now on."""
        self._bounds.radius = min(self._bounds.radius, radius)

    def postpone(self, radius: float) -> bool:
        """Let the part that was yielded last come again when no other one may have a nearer point.

        Parameters
        ----------
        radius : float
            In smaller distances the combination is negative on it.

        Returns
        -------
        bool
            False, and nothing is done, where that is so already.
        """
        if radius <= min((other.radius for other in self._open[1:3]), default=self._bounds.radius):
            return False
        self._later = radius
        return True

    def is_empty(self) -> bool:
        """Return whether bounds of the whole ball, before it is searched, show that no combination is positive."""
        parts = (self._bounds.whole(row) for _, row in self._waiting)
        return all(self._is_done(self._bounded(part, None, FIRST_STEPS)) for part in parts)

    def leaves(self) -> Iterator[tuple[NDArray[np.int8], int]]:
        """Search to the end; yield each part that no bound decides.

        It is given by the signs of all units, wires included, and by the number of its combination.
        """
        while self._waiting:
            self._begin(*self._waiting[-1])
            self._waiting.pop()
        while self._open:
            # a part stays where it is until nothing can stop what becomes of it
            found = self._open[0]
            if found.radius >= self._bounds.radius:
                self._open.clear()
                return
            children: list[_Open] = []
            if found.is_root:
                children = self._tightened(found)
            elif units := self._promising(found):
                children = self._halved(found, units)
            else:
                self._later = None
                yield found.part.decided_signs(), found.combination
                if self._later is not None:
                    children = [replace(found, radius=self._later)]
            heapq.heappop(self._open)
            for child in children:
                heapq.heappush(self._open, child)

    def _begin(self, combination: int, row: Array) -> None:
        part = self._bounds.whole(row)
        bounded = self._bounded(part, None, FIRST_STEPS)
        if not self._is_done(bounded):
            radius = float(bounded.radii[0])
            heapq.heappush(self._open, _Open(radius, next(self._numbers), part, bounded, combination, is_root=True))

    def _tightened(self, found: _Open) -> list[_Open]:
        """Return what bounds leave open of a whole ball."""
        part, bounded = found.part, found.bounded
        for _ in range(ROOT_ROUNDS):
            if not self._bounds.tighten(part, ROOT_TIGHTENING):
                return []
            bounded = self._bounded(part, None, ROOT_STEPS)
            if self._is_done(bounded):
                return []
        return [self._below(found, part, bounded)]

    def _is_done(self, bounded: Bounded) -> bool:
        return bool(bounded.tops[0] <= 0.0)

    def _below(self, found: _Open, part: Part, bounded: Bounded) -> _Open:
        """Return a part of an open one."""
        radius = max(found.radius, float(bounded.radii[0]))
        return _Open(radius, next(self._numbers), part, bounded, found.combination, is_root=False)

    def _bounded(self, part: Part, start: Multipliers | None, steps: int) -> Bounded:
        asked = Asked(part, part.lines())
        return self._bounds.lowest(asked, start or self._bounds.start(asked), steps)

    def _halved(self, found: _Open, units: list[tuple[int, int]]) -> list[_Open]:
        """Return what bounds leave open of both sides of a unit, the best of some."""
        best = self._best_of(found, units)
        halves = found.part.halves([best])
        bounded = self._bounded(halves, found.bounded.multipliers.at(np.zeros(2, dtype=np.intp)), STEPS)
        children = (self._child(found, halves, bounded, side) for side in (0, 1) if not bounded.tops[side] <= 0.0)
        return [child for child in children if child is not None]

    def _child(self, found: _Open, halves: Part, bounded: Bounded, side: int) -> _Open | None:
        part = halves.only(side)
        if not self._bounds.tighten(part, TIGHTENING):
            return None
        again = self._bounded(part, bounded.multipliers.at(np.array([side])), STEPS)
        return None if self._is_done(again) else self._below(found, part, again)

    def _promising(self, found: _Open) -> list[tuple[int, int]]:
        """Return the bent units to which most of the bound is due, by stage and place."""
        asked = Asked(found.part, found.part.lines())
        every = [
            (-float(useful[0, unit]), stage, int(unit))
            for stage, useful in enumerate(self._bounds.useful(asked, found.bounded.multipliers))
            for unit in np.argsort(-useful[0], kind="stable")[:CANDIDATES]
            if useful[0, unit] > 0.0
        ]
        return [(stage, unit) for _, stage, unit in sorted(every)[:CANDIDATES]]

    def _best_of(self, found: _Open, units: list[tuple[int, int]]) -> tuple[int, int]:
        """Return the unit whose halves have the lowest bounds."""
        if len(units) == 1:
            return units[0]
        halves = found.part.halves(units)
        start = found.bounded.multipliers.at(np.zeros(len(halves), dtype=np.intp))
        tops = np.maximum(self._bounded(halves, start, CANDIDATE_STEPS).tops, 0.0).reshape(-1, 2)
        scores = np.nan_to_num(tops.max(axis=1) + 0.3 * tops.min(axis=1), nan=np.inf)
        return units[int(scores.argmin())]
