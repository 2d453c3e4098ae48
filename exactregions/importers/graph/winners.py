"""The largest and the smallest of several values: tournaments of two-slope units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.importers.graph.core import Graph, References, Tensor, sized
from exactregions.importers.graph.linear import broadcast

ABSENT = -1


def extreme_of(graph: Graph, values: Sequence[Tensor | NDArray[Any]], largest: bool) -> Tensor:
    """Return the largest (or smallest) of several values, elementwise."""
    shape = broadcast(*(value.shape for value in values))
    rows = np.stack([np.broadcast_to(graph.references(value), shape).ravel() for value in values], axis=1)
    return Tensor(largest_of_rows(graph, rows, 1.0 if largest else -1.0).reshape(shape))


def extreme_over(graph: Graph, value: Tensor, axes: Sequence[int], keep: bool, largest: bool) -> Tensor:
    """Return the largest (or smallest) value over some axes."""
    others = [axis for axis in range(len(value.shape)) if axis not in axes]
    shape = tuple(value.shape[axis] for axis in others)
    flat = value.references.transpose([*others, *axes]).reshape(sized(*shape), -1)
    found = largest_of_rows(graph, flat, 1.0 if largest else -1.0)
    kept = tuple(1 if axis in axes else n for axis, n in enumerate(value.shape))
    return Tensor(found.reshape(kept if keep else shape))


def largest_of_rows(graph: Graph, candidates: References, sign: float = 1.0) -> References:
    """Return the largest scalar of each row: max(a, b) = a + relu(b - a), two by two.

    Parameters
    ----------
    candidates : numpy.ndarray, shape (m, k)
        Scalars; -1 stands for none. One that comes again in a row is left out.
    sign : {1, -1}
        With -1 the smallest: min(a, b) = a - relu(a - b).
    """
    heads = _without_repetitions(candidates)
    present = heads != ABSENT
    if not present.any(axis=1).all():
        raise NetworkError("a maximum is taken over no values")
    labels = np.where(present, np.cumsum(present, axis=1) - 1, ABSENT)
    record = _Record(present.sum(axis=1), _numbered(graph, heads))
    while heads.shape[1] > 1:
        if heads.shape[1] % 2:
            heads, labels = (np.pad(v, ((0, 0), (0, 1)), constant_values=ABSENT) for v in (heads, labels))
        left, right = heads[:, ::2], heads[:, 1::2]
        met = (left != ABSENT) & (right != ABSENT)
        # there is one, for the different values of a row stand on its left
        units, won = _contest(graph, left[met], right[met], sign)
        names = record.contests(met, units, labels[:, ::2], labels[:, 1::2])
        heads, labels = (np.where(v[:, ::2] == ABSENT, v[:, 1::2], v[:, ::2]) for v in (heads, labels))
        heads[met], labels[met] = won, names
    record.store(graph)
    return heads[:, 0]


def _without_repetitions(candidates: References) -> References:
    """Move the different scalars of each row to its left."""
    kept = candidates != ABSENT
    for column in range(1, candidates.shape[1]):
        kept[:, column] &= (candidates[:, :column] != candidates[:, column : column + 1]).all(axis=1)
    order = np.argsort(~kept, axis=1, kind="stable")
    moved = np.take_along_axis(np.where(kept, candidates, ABSENT), order, axis=1)
    return moved[:, : max(1, int(kept.sum(axis=1).max(initial=1)))]


def _numbered(graph: Graph, heads: References) -> NDArray[np.bool_]:
    """Return the rows that are a plain ReLU: two values, of which one is a constant."""
    known, _ = graph.constant_values(heads)
    return ((heads != ABSENT).sum(axis=1) == 2) & (known & (heads != ABSENT)).any(axis=1)


def _contest(graph: Graph, left: References, right: References, sign: float) -> tuple[References, References]:
    """Return the units and the winners of contests."""
    m = len(left)
    rows, none = np.tile(np.arange(m), 2), np.zeros(m)
    gap = graph.affine(rows, np.concatenate([right, left]), np.repeat([sign, -sign], m), none)
    units = graph.units(gap, np.zeros(m), np.ones(m))
    won = graph.affine(rows, np.concatenate([left, units]), np.repeat([1.0, sign], m), none)
    return units, won


class _Record:
    """The tournaments of all rows, as they are played."""

    def __init__(self, sizes: NDArray[np.int64], plain: NDArray[np.bool_]) -> None:
        self.sizes, self.plain = sizes, plain
        self.units: list[list[int]] = [[] for _ in sizes]
        self.pairs: list[list[tuple[int, int]]] = [[] for _ in sizes]

    def contests(
        self, met: NDArray[np.bool_], units: References, left: References, right: References
    ) -> NDArray[np.int64]:
        """Write down a round; return the labels of its winners."""
        names = []
        rows = np.nonzero(met)[0].tolist()
        for row, unit, a, b in zip(rows, units.tolist(), left[met].tolist(), right[met].tolist(), strict=True):
            names.append(int(self.sizes[row]) + len(self.units[row]))
            self.units[row].append(unit)
            self.pairs[row].append((a, b))
        return np.array(names, dtype=np.int64)

    def store(self, graph: Graph) -> None:
        """Hand the winner units to the graph."""
        for units, pairs, plain in zip(self.units, self.pairs, self.plain.tolist(), strict=True):
            if units and not plain:
                graph.winners.append((units, pairs))
