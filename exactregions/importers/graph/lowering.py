"""From a graph to the stages of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.importers.graph.absorbing import absorb
from exactregions.importers.graph.core import Affine, Block, Floats, Graph, Inputs, References, Units
from exactregions.network import Network, Stage, Winner

INPUT, AFFINE, CONSTANT, UNIT = range(4)


def lower(graph: Graph, outputs: References) -> Network:
    """Return the network from all inputs of a graph, in their order, to some of its scalars.

    A scalar has a level: the first stage after which it can be there. Units and affine forms are computed on their
    level and ride on wires as long as they are needed; constants are made where they are needed. Nothing is
    multiplied out in floats. The units of a stage come before its wires, both in the order of the graph.

    Parameters
    ----------
    graph : Graph
    outputs : numpy.ndarray
        Scalars; flattened in row-major order.

    Raises
    ------
    NetworkError
        If there is no input or no output.
    """
    outputs = outputs.ravel()
    if not len(outputs) or not any(isinstance(block, Inputs) and block.count for block in graph.blocks):
        raise NetworkError("it has no input or no output value; give a network that has both")
    graph.require_room(len(outputs))
    graph = graph.copy()
    absorb(graph, live_scalars(graph, outputs))
    table = _Table.of(graph)
    last = table.last_level(outputs)
    weight, bias, needed = table.rows(outputs, last + 1)
    stages, places = [], []
    for level in range(last, 0, -1):
        units = table.is_unit(needed, level)
        low, high = (np.where(units, slope[needed], 1.0) for slope in (table.low, table.high))
        matrix, shift, before = table.rows(needed, level)
        stages.append(Stage(matrix, shift, low, high))
        places.append(needed[stages[-1].splits])
        needed = before
    order = np.concatenate([np.zeros(0, dtype=np.int64), *places[::-1]])
    winners, shape = _winners(graph, order), graph.input_shape
    shape = shape[1:] if shape and shape[0] == 1 and len(shape) > 1 else shape  # without the batch
    return Network(tuple(stages[::-1]), weight, bias, winners, graph.notes, input_shape=shape)


def _winners(graph: Graph, order: References) -> list[Winner]:
    """Return the winner units, given the scalars of an activation pattern in their order."""
    place = {scalar: i for i, scalar in enumerate(order.tolist())}
    found = [(units, contests) for units, contests in graph.winners if units[-1] in place]
    return [Winner(tuple(place[unit] for unit in units), tuple(contests)) for units, contests in found]


def live_scalars(graph: Graph, outputs: References) -> NDArray[np.bool_]:
    """Return which scalars the outputs depend on."""
    live = np.zeros(graph.size, dtype=bool)
    live[outputs] = True
    for block in reversed(graph.blocks):
        here = live[block.start : block.start + block.count]
        if isinstance(block, Affine) and here.any():
            live[block.matrix.indices[np.repeat(here, np.diff(block.matrix.indptr))]] = True
        elif isinstance(block, Units):
            live[block.sources[here]] = True
    return live


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """All scalars, one a row: their kind, level, affine form, or source and slopes."""

    kind: NDArray[np.int8]
    level: NDArray[np.int64]
    matrix: Any
    bias: Floats
    source: References
    low: Floats
    high: Floats

    @classmethod
    def of(cls, graph: Graph) -> _Table:
        from scipy.sparse import csr_array

        size = graph.size
        kind, level = np.zeros(size, dtype=np.int8), np.zeros(size, dtype=np.int64)
        bias, low, high, source = np.zeros(size), np.ones(size), np.ones(size), np.zeros(size, dtype=np.int64)
        counts, indices, data = np.zeros(size, dtype=np.int64), [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for block in _by_level(graph.blocks):
            here = slice(block.start, block.start + block.count)
            if isinstance(block, Affine):
                kind[here], bias[here] = CONSTANT if block.constant else AFFINE, block.bias
                level[here] = 1 + _row_maximum(block.matrix, level)
            elif isinstance(block, Units):
                kind[here], source[here], low[here], high[here] = UNIT, block.sources, block.low, block.high
                formed = np.isin(kind[block.sources], (AFFINE, CONSTANT))
                level[here] = level[block.sources] + ~formed
        for block in graph.blocks:
            if isinstance(block, Affine):
                counts[block.start : block.start + block.count] = np.diff(block.matrix.indptr)
                indices.append(block.matrix.indices)
                data.append(block.matrix.data)
        starts = np.concatenate([[0], np.cumsum(counts)])
        matrix = csr_array((np.concatenate(data), np.concatenate(indices), starts), shape=(size, size))
        return cls(kind, level, matrix, bias, source, low, high)

    def last_level(self, outputs: References) -> int:
        """Return the number of stages: an affine output needs what it is made of, another one itself."""
        formed = np.isin(self.kind[outputs], (AFFINE, CONSTANT))
        return int((self.level[outputs] - formed).max())

    def is_unit(self, scalars: References, level: int) -> NDArray[np.bool_]:
        """Return which scalars are units computed on a level."""
        return (self.kind[scalars] == UNIT) & (self.level[scalars] == level)

    def rows(self, scalars: References, level: int) -> tuple[Any, Floats, References]:
        """Return the affine map that gives scalars (or pre-activations of units) on a level.

        Returns
        -------
        matrix : scipy.sparse.csr_array, shape (len(scalars), k)
        bias : numpy.ndarray, shape (len(scalars),)
        before : numpy.ndarray, shape (k,)
            Scalars that the map takes, in their order on the level before.
        """
        from scipy.sparse import csr_array

        wanted = np.where(self.is_unit(scalars, level), self.source[scalars], scalars)
        kinds, fresh = self.kind[wanted], self.level[wanted] == level
        formed = (kinds == CONSTANT) | ((kinds == AFFINE) & fresh)
        # a source of a unit that is no form of its own is passed on, as is what was there before
        forms = self.matrix[wanted]
        counts = np.where(formed, np.diff(forms.indptr), 1)
        starts = np.concatenate([[0], np.cumsum(counts)])
        indices, data = np.zeros(starts[-1], dtype=np.int64), np.ones(starts[-1])
        own = np.repeat(formed, counts)
        from_forms = np.repeat(formed, np.diff(forms.indptr))
        indices[own], data[own] = forms.indices[from_forms], forms.data[from_forms]
        indices[~own] = wanted[~formed]
        before = self._ordered(np.unique(indices), level - 1)
        place = np.zeros(len(self.kind), dtype=np.int64)
        place[before] = np.arange(len(before))
        matrix = csr_array((data, place[indices], starts), shape=(len(scalars), len(before)))
        return matrix, np.where(formed, self.bias[wanted], 0.0), before

    def _ordered(self, scalars: References, level: int) -> References:
        """Return scalars in their order on a level: units first; all inputs on level 0."""
        if level == 0:
            return np.flatnonzero(self.kind == INPUT)
        if not len(scalars):  # nothing but constants: a stage has at least one value
            scalars = np.flatnonzero(self.kind == INPUT)[:1]
        unit = self.is_unit(scalars, level)
        return np.concatenate([scalars[unit], scalars[~unit]])


def _row_maximum(matrix: Any, level: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the largest level among the entries of each row; 0 for rows without any."""
    found = np.zeros(matrix.shape[0], dtype=np.int64)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if len(filled):
        found[filled] = np.maximum.reduceat(level[matrix.indices], matrix.indptr[filled])
    return found


def _by_level(blocks: list[Block]) -> list[Block]:
    """Return constants first: those made while forms were taken up stand behind their readers."""
    return sorted(blocks, key=lambda block: not (isinstance(block, Affine) and block.constant))
