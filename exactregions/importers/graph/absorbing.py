"""Affine forms that other affine forms take up exactly, so that no stage of wires is needed between them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.importers.graph.core import Affine, Floats, Graph

SAFE = 500  # products of numbers within 2**-500 .. 2**500 neither underflow nor overflow
GROWTH = 2  # entries of a form that has taken up others, against those of both
SMALL = 4096  # entries that are never too many


def absorb(graph: Graph, live: NDArray[np.bool_]) -> None:
    """Put affine forms into the forms that use them, where all of these take them up without any rounding.

    That is so where each product has a factor that is a power of two, and no two numbers are added: a bias behind a
    product, a sum of a link and a convolution, a sum of units behind a maximum. Where two biases meet whose sum is no
    float, one becomes the weight of a constant.
    """
    blocks = [block for block in graph.blocks if isinstance(block, Affine) and live[_span(block)].any()]
    readers = _readers(blocks, live)
    for block in blocks:  # what it reads itself was looked at before
        if block.start in readers and not block.constant:
            _absorb_block(graph, block, readers[block.start])


def _span(block: Affine) -> slice:
    return slice(block.start, block.start + block.count)


def _readers(blocks: list[Affine], live: NDArray[np.bool_]) -> dict[int, list[Affine]]:
    """Return the blocks whose live rows have entries in each block."""
    starts = np.array([block.start for block in blocks])
    ends = np.array([block.start + block.count for block in blocks])
    readers: dict[int, list[Affine]] = {}
    for reader in blocks:
        _drop_dead(reader, live)
        place = np.searchsorted(starts, reader.matrix.indices, side="right") - 1
        inside = (place >= 0) & (reader.matrix.indices < ends[place])
        for start in np.unique(starts[place[inside]]).tolist():
            readers.setdefault(start, []).append(reader)
    return readers


def _drop_dead(block: Affine, live: NDArray[np.bool_]) -> None:
    """Empty the rows that nothing depends on."""
    dead = ~live[_span(block)]
    if dead.any():
        matrix = block.matrix.copy()
        matrix.data[np.repeat(dead, np.diff(matrix.indptr))] = 0.0
        matrix.eliminate_zeros()
        block.matrix = matrix


def _absorb_block(graph: Graph, block: Affine, readers: list[Affine]) -> None:
    """Put the rows of a block into all their readers, if all of these can take up all that they read."""
    simple = _powers_only(block)
    plans = []
    for reader in readers:
        plans.append(_Plan(graph, block, reader, simple))
        if plans[-1].refused:
            return
    for plan in plans:
        plan.carry_out()


def _power_of_two(values: Floats) -> NDArray[np.bool_]:
    return np.abs(np.frexp(values)[0]) == 0.5


def _within_range(values: Floats) -> bool:
    sizes = np.abs(values[values != 0])
    return not len(sizes) or bool(sizes.min() > 2.0**-SAFE and sizes.max() < 2.0**SAFE)


def _powers_only(block: Affine) -> NDArray[np.bool_]:
    """Return the rows without a bias whose entries are powers of two: any factor times them is exact."""
    others = np.concatenate([[0], np.cumsum(~_power_of_two(block.matrix.data))])
    return (others[block.matrix.indptr[1:]] == others[block.matrix.indptr[:-1]]) & (block.bias == 0)


class _Plan:
    """One reader and the rows of a block it takes up; `refused` tells that it cannot."""

    def __init__(self, graph: Graph, block: Affine, reader: Affine, simple: NDArray[np.bool_]) -> None:
        self.graph, self.block, self.reader = graph, block, reader
        indices = reader.matrix.indices
        inside = (indices >= block.start) & (indices < block.start + block.count)
        self.inside = inside
        rows = np.repeat(np.arange(reader.count), np.diff(reader.matrix.indptr))
        self.rows, self.columns = rows[inside], indices[inside] - block.start
        self.factors = reader.matrix.data[inside]
        self.refused = not self._is_exact(simple) or self._is_large()
        if not self.refused:
            self._compose()

    def _is_exact(self, simple: NDArray[np.bool_]) -> bool:
        """Return whether each product has a factor that is a power of two, far from the ends of the range."""
        exact = _power_of_two(self.factors) | simple[self.columns]
        return bool(exact.all()) and all(map(_within_range, (self.factors, self.block.matrix.data, self.block.bias)))

    def _is_large(self) -> bool:
        grown = np.diff(self.block.matrix.indptr)[self.columns].sum()
        return bool(grown > max(SMALL, GROWTH * (self.reader.matrix.nnz + self.block.matrix.nnz)))

    def _compose(self) -> None:
        """Make the new rows; refuse if two numbers would be added in one of them."""
        from scipy.sparse import csr_array

        reader, block = self.reader, self.block
        moved = self._with_biases()
        width = max(self.graph.size, reader.matrix.shape[1])
        taken = csr_array((self.factors, (self.rows, self.columns)), shape=(reader.count, block.count))
        inner = csr_array((block.matrix.data, block.matrix.indices, block.matrix.indptr), shape=(block.count, width))
        kept = reader.matrix.copy()
        kept.data = np.where(self.inside, 0.0, kept.data)
        kept.eliminate_zeros()
        kept = csr_array((kept.data, kept.indices, kept.indptr), shape=(reader.count, width))
        parts = [_pattern(taken) @ _pattern(inner), _pattern(kept)]
        values = [taken @ inner, kept]
        if moved is not None:
            parts.append(_pattern(moved))
            values.append(moved)
        if csr_array(sum(parts[1:], parts[0])).data.max(initial=0.0) > 1:
            self.refused = True
        self.matrix = csr_array(sum(values[1:], values[0]))
        self.matrix.sort_indices()

    def _with_biases(self) -> Any:
        """Set the new bias; return the entries of constants that stand for biases which do not add up to a float."""
        from scipy.sparse import csr_array

        terms = self.factors * self.block.bias[self.columns]
        here = terms != 0
        rows, terms = self.rows[here], terms[here]
        count = np.bincount(rows, minlength=self.reader.count) + (self.reader.bias != 0)
        self.bias = self.reader.bias + np.bincount(rows, terms, minlength=self.reader.count)
        several = np.flatnonzero(count > 1)
        inexact = np.zeros(self.reader.count, dtype=bool)
        for row in several.tolist():
            inexact[row] = not _adds_up([self.reader.bias[row], *terms[rows == row]], self.bias[row])
        if not inexact.any():
            return None
        self.bias[inexact] = self.reader.bias[inexact]
        out = inexact[self.rows] & here
        if (np.abs(self.factors[out]) != 1).any():  # a stage of wires is as short, and plainer
            self.refused = True
            return None
        references = self.graph.constants(self.block.bias[self.columns[out]])
        shape = (self.reader.count, self.graph.size)
        entries = (self.rows[out], references)
        if csr_array((np.ones(len(references)), entries), shape=shape).data.max() > 1:  # equal constants in one row
            self.refused = True
        return csr_array((self.factors[out], entries), shape=shape)

    def carry_out(self) -> None:
        """Change the reader."""
        self.reader.matrix, self.reader.bias = self.matrix, self.bias


def _pattern(matrix: Any) -> Any:
    found = matrix.copy()
    found.data = np.ones(len(found.data))
    return found


def _adds_up(terms: Iterable[float], total: float) -> bool:
    return sum(map(Fraction, terms), Fraction(0)) == Fraction(total)
