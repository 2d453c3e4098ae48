"""The regions of two inputs as exact polygons, cut along the tree of their patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import EngineError
from exactregions.exact.forms import ExactNetwork, Forms, Inputs
from exactregions.exact.walk import signed_rows
from exactregions.geometry.polygons import Line, Polygon, line_of
from exactregions.regions import RegionSet


@dataclass(frozen=True, slots=True)
class ExactCell:
    """A region of the plane within a domain with flat sides, or within a square around a disc.

    Attributes
    ----------
    region : int
        Its number in the set.
    polygon : Polygon
    composed : callable
        Composes `passed`.
    """

    region: int
    polygon: Polygon
    composed: Callable[[], Forms | Inputs]

    @property
    def passed(self) -> Forms | Inputs:
        """The values that the last stage hands to the output there."""
        return self.composed()


class Cutter:
    """Cuts the domain into the regions of a set.

    In an exact set the sorted patterns are the leaves of a search tree whose inner nodes are the units that cut: what
    regions have in common is computed once, and a unit on which they agree is passed over.
    """

    def __init__(self, regions: RegionSet) -> None:
        self._exact, patterns = ExactNetwork(regions.network), regions.pattern_array()
        self._whole = regions.exact and not self._exact.winners
        packed = np.packbits(patterns, axis=1)  # as numbers these are ordered as the patterns are
        self._order = np.lexsort(packed.T[::-1]) if packed.size else np.arange(len(patterns))
        self._patterns = patterns[self._order]
        self._splits = [np.array(stage.splits, dtype=bool) for stage in self._exact.stages]
        stages = [np.flatnonzero(splits) for splits in self._splits]
        # the stage of each unit, and its place there
        self._stages = np.repeat(np.arange(len(stages)), [len(places) for places in stages]).tolist()
        self._places = np.concatenate([np.zeros(0, dtype=np.intp), *stages]).tolist()
        self._firsts = np.searchsorted(self._stages, np.arange(len(stages))).tolist()

    def cells(self, root: Polygon, wanted: NDArray[np.bool_] | None = None) -> Iterator[ExactCell]:
        """Yield the cells, in no particular order: of all regions, or of those for which `wanted` is set."""
        differs = self._patterns[1:] != self._patterns[:-1]
        for row in np.flatnonzero(~differs.any(axis=1)).tolist():
            first, second = sorted(self._order[row : row + 2].tolist())
            raise EngineError(f"regions {first} and {second} of the set are the same: it is damaged")
        chosen = np.ones(len(self._patterns), dtype=bool) if wanted is None else wanted[self._order]
        if self._whole:
            splits = differs.argmax(axis=1).tolist() if len(self._patterns) > 1 else []
            yield from self._cut(root, splits, np.concatenate([[0], np.cumsum(chosen)]).tolist())
        else:
            yield from (self._one(row, root) for row in np.flatnonzero(chosen).tolist())

    def _one(self, row: int, root: Polygon) -> ExactCell:
        """Return the cell of one region, cut by its own rows: contests that no winner has a part in do not cut it."""
        pattern, part = self._patterns[row].tolist(), root
        *stages, _ = self._exact.forms_of(pattern)
        for form in signed_rows(self._exact, pattern, stages):
            part = part and part.clipped(line_of(form))
        if part is None:
            raise self._damaged(row)
        last = _Prefix(self._exact, len(stages) - 1, self._exact.identity, stages[-1]) if stages else self._begin()
        return self._cell(row, part, last)

    def _cut(self, root: Polygon, splits: list[int], wanted: list[int]) -> Iterator[ExactCell]:
        """Yield the cells below the nodes of the tree.

        `splits` are the first units that tell neighbouring patterns; before pattern k there are `wanted[k]` whose cells
        are wanted.
        """
        top, nodes = _tree(splits)
        waiting = [(top, 0, len(self._patterns), root, self._begin())] if len(self._patterns) else []
        while waiting:
            node, begin, end, polygon, prefix = waiting.pop()
            if wanted[begin] == wanted[end]:
                continue
            if end - begin == 1:
                yield self._cell(begin, polygon, prefix)
                continue
            unit, (before, after) = splits[node], nodes[node]
            while prefix.stage < self._stages[unit]:
                prefix = self._next(prefix, begin)
            row = prefix.line(self._places[unit])
            values = polygon.values(row)
            # a form that vanishes on the whole plane cuts nothing, and its unit is inactive
            minus = polygon if not any(row) else polygon.clipped((-row[0], -row[1], -row[2]), [-v for v in values])
            plus = polygon.clipped(row, values)
            for part, child, first, last in ((minus, before, begin, node + 1), (plus, after, node + 1, end)):
                if part is None:
                    raise self._damaged(first)
                waiting.append((child, first, last, part, prefix))

    def _begin(self) -> _Prefix:
        return _Prefix(self._exact, 0, self._exact.identity)

    def _next(self, prefix: _Prefix, row: int) -> _Prefix:
        """Return the prefix longer by a stage, with the signs of one pattern."""
        splits, first = self._splits[prefix.stage], self._firsts[prefix.stage]
        signs = np.ones(len(splits), dtype=bool)
        signs[splits] = self._patterns[row, first : first + np.count_nonzero(splits)]
        after = self._exact.activations(prefix.stage, prefix.forms, signs.tolist())
        return _Prefix(self._exact, prefix.stage + 1, after)

    def _cell(self, row: int, polygon: Polygon, prefix: _Prefix) -> ExactCell:
        def passed() -> Forms | Inputs:
            last = prefix
            while last.stage < len(self._exact.stages):
                last = self._next(last, row)
            return last.values

        return ExactCell(int(self._order[row]), polygon, passed)

    def _damaged(self, row: int) -> EngineError:
        return EngineError(f"region {self._order[row]} of the set has no interior in its domain: the set is damaged")


class _Prefix:
    """The forms of a stage under the signs of the stages before; those of single units, where few are wanted.

    Attributes
    ----------
    stage : int
    values : Forms or Inputs
        What the stage reads.
    """

    def __init__(self, exact: ExactNetwork, stage: int, values: Forms | Inputs, forms: Forms | None = None) -> None:
        self.stage, self.values = stage, values
        self._exact, self._forms = exact, forms
        self._lines: dict[int, Line] = {}

    @property
    def forms(self) -> Forms:
        """All forms of the stage."""
        if self._forms is None:
            self._forms = self._exact.pre_activations(self.stage, self.values)
        return self._forms

    def line(self, place: int) -> Line:
        """Return the form of one unit."""
        if place not in self._lines:
            last = self.stage == len(self._exact.stages) - 1
            if self._forms is None and last and isinstance(self.values, Forms):
                form = self._exact.stages[self.stage].form(place, self.values)
            else:  # the stages behind read them all
                form = self.forms.row(place)
            self._lines[place] = line_of(form)
        return self._lines[place]


def _tree(splits: list[int]) -> tuple[int, list[tuple[int, int]]]:
    """Return the root, and the children of each node, of the binary tree whose leaves are sorted patterns.

    Node k stands between the patterns k and k + 1, which `splits[k]` tells apart: of the patterns below it, it has the
    least. So the tree is the Cartesian one (Vuillemin 1980). A child that is a leaf is -1.
    """
    before, after, path = [-1] * len(splits), [-1] * len(splits), []
    for node, unit in enumerate(splits):
        while path and splits[path[-1]] > unit:
            before[node] = path.pop()
        if path:
            after[path[-1]] = node
        path.append(node)
    return path[0] if path else -1, list(zip(before, after, strict=True))
