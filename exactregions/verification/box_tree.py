"""The tree of boxes of a search, and the proof of each leaf."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Box

__all__ = ["BoxTree", "Cut"]

Cut = tuple[int, bool, float]  # an input, whether it is the upper side, and where
Proof = tuple[int, int]  # which piece of slopes and multipliers, and which row of it


@dataclass(slots=True)
class BoxTree:
    """Boxes cut in two, by number; the root is 0.

    Attributes
    ----------
    box : Box
        The root.
    cuts : dict of int to (int, float)
        Of each box that was cut the input and the place.
    children : dict of int to int
        Its lower side; the upper one comes next.
    proofs : dict of int to Proof
        Of boxes whose bounds are kept.
    """

    box: Box
    cuts: dict[int, tuple[int, float]] = field(default_factory=dict)
    children: dict[int, int] = field(default_factory=dict)
    proofs: dict[int, Proof] = field(default_factory=dict)
    _parents: list[int] = field(default_factory=lambda: [-1])
    _slopes: list[tuple[int, bytes]] = field(default_factory=list)
    _multipliers: list[NDArray[np.float32]] = field(default_factory=list)

    def cut(self, nodes: Sequence[int], inputs: Sequence[int], places: Sequence[float]) -> NDArray[np.int64]:
        """Cut boxes in two; return the numbers of the lower sides."""
        first = len(self._parents)
        numbers = range(first, first + 2 * len(nodes), 2)
        for node, j, at, child in zip(nodes, inputs, places, numbers, strict=True):
            self.cuts[node], self.children[node] = (j, at), child
            self._parents += (node, node)
        return np.array(numbers, dtype=np.int64)

    def keep(self, nodes: Sequence[int], slopes: NDArray[np.uint8], multipliers: NDArray[np.float64]) -> None:
        """Keep the proofs of boxes: slopes, and multipliers of the rows of all polyhedra, single floats."""
        piece = len(self._slopes)
        self._slopes.append((slopes.shape[1], zlib.compress(slopes.tobytes(), 1)))
        self._multipliers.append(multipliers.astype(np.float32))
        self.proofs.update((node, (piece, i)) for i, node in enumerate(nodes))

    def slopes(self, nodes: Sequence[int]) -> NDArray[np.uint8]:
        """Return the slopes of boxes whose proofs are kept, a row for each."""
        places = [self.proofs[node] for node in nodes]
        pieces = [np.frombuffer(zlib.decompress(packed), dtype=np.uint8) for _, packed in self._slopes]
        width = self._slopes[0][0] if self._slopes else 0
        rows = [pieces[piece][i * width : (i + 1) * width] for piece, i in places]
        return np.array(rows, dtype=np.uint8).reshape(len(nodes), width)

    def multipliers(self, nodes: Sequence[int], rows: int) -> NDArray[np.float64]:
        """Return the multipliers of all rows for boxes whose proofs are kept, a line for each."""
        found = [self._multipliers[piece][i] for piece, i in (self.proofs[node] for node in nodes)]
        return np.array(found, dtype=np.float64).reshape(len(nodes), rows)

    def path(self, node: int) -> list[Cut]:
        """Return the cuts on the way to a box."""
        found: list[Cut] = []
        while (parent := self._parents[node]) >= 0:
            j, at = self.cuts[parent]
            found.append((j, node > self.children[parent], at))
            node = parent
        return found[::-1]

    def box_at(self, node: int) -> Box:
        """Return a box, exactly."""
        ends = [list(self.box.lower), list(self.box.upper)]
        for j, is_upper, at in self.path(node):
            ends[0 if is_upper else 1][j] = Fraction(at)
        return Box(*ends)

    def walk(self, root: int = 0, ends: Container[int] = ()) -> Iterator[int]:
        """Yield boxes from one on, each before its lower and then its upper side; below `ends` none."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            yield node
            if node in self.children and (node == root or node not in ends):
                waiting += (self.children[node] + 1, self.children[node])

    def parts(self, most: int) -> list[int]:
        """Return boxes, the root among them, from which pieces of the tree begin, each of fewer than 2 `most` boxes."""
        sizes, found = [1] * len(self._parents), []
        for node in range(len(sizes) - 1, 0, -1):  # sides before the box they are of
            if sizes[node] >= most:
                found.append(node)
                sizes[node] = 1
            sizes[self._parents[node]] += sizes[node]
        return [0, *reversed(found)]
