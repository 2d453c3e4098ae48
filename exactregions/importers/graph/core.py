"""Scalars and what defines them: inputs, constants, affine rows, units."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.support.shortening import short_text

Floats = NDArray[np.float64]
References = NDArray[np.int64]

AXES = 32  # what numpy can broadcast
LARGEST = 2**26  # values of a tensor, and entries of an affine map: half a gigabyte each
SCALARS = 2**22  # that depend on the input, in all: each is a row of some matrix, and takes microseconds


def sized(*counts: int) -> int:
    """Return the product of sizes, refusing what no memory holds.

    Raises
    ------
    NetworkError
        If a size is negative, the product is above 2**26, or there are more than 32.
    """
    size = math.prod(counts)
    if size > LARGEST or min(counts, default=1) < 0:
        sizes = short_text(" x ".join(map(str, counts[:AXES])))
        raise NetworkError(f"it needs {sizes} values; up to {LARGEST:,} are read")
    if len(counts) > AXES:
        raise NetworkError(f"it has {len(counts)} dimensions; up to {AXES} are read")
    return size


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """The inputs of the network: scalars start, .., start + count - 1."""

    start: int
    count: int


@dataclass(slots=True, eq=False)
class Affine:
    """Affine forms of earlier scalars.

    Parameters
    ----------
    start : int
        Scalar that the first row defines.
    matrix : scipy.sparse.csr_array, shape (m, size of the graph or less)
        No row has two entries at one place; none is zero.
    bias : numpy.ndarray, shape (m,)
    constant : bool
        Whether the rows are numbers that the graph has stored, without entries.
    """

    start: int
    matrix: Any
    bias: Floats
    constant: bool = False

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.bias)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Two-slope units, each on one earlier scalar; all arrays have shape (m,)."""

    start: int
    sources: References
    low: Floats
    high: Floats

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.sources)


Block = Inputs | Affine | Units


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """Values that depend on the input, by the scalars they are."""

    references: References

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the tensor."""
        return self.references.shape


@dataclass(slots=True, eq=False)
class Graph:
    """Scalars in an order in which each depends on earlier ones only.

    Attributes
    ----------
    blocks : list of Block
    size : int
        Number of scalars.
    winners : list of (references of units, contests)
        As `exactregions.network.Winner`, units being named by their scalars.
    notes : list of str
        What is to be said of the reading.
    input_shape : tuple of int or None
        That of the only input, as it was declared.
    """

    blocks: list[Block] = field(default_factory=list)
    size: int = 0
    winners: list[tuple[list[int], list[tuple[int, int]]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    input_shape: tuple[int, ...] | None = None
    _constants: dict[float, int] = field(default_factory=dict)

    def copy(self) -> Graph:
        """Return a graph whose affine forms can be changed without changing this one."""
        blocks = [replace(block) if isinstance(block, Affine) else block for block in self.blocks]
        return Graph(blocks, self.size, self.winners, self.notes, self.input_shape, dict(self._constants))

    def note(self, text: str) -> None:
        """Say something of the reading, once."""
        if text not in self.notes:
            self.notes.append(text)

    def require_room(self, count: int) -> None:
        """Refuse more new scalars than a graph may have, before anything is made of their number.

        Raises
        ------
        NetworkError
            If the graph would have more than 2**22.
        """
        if self.size + count > SCALARS:
            raise NetworkError(f"it computes {self.size + count:,} values or more; up to {SCALARS:,} are read")

    def _grown(self, count: int) -> int:
        self.require_room(count)
        start = self.size
        self.size += count
        return start

    def inputs(self, shape: tuple[int, ...]) -> Tensor:
        """Return new inputs."""
        count = sized(*shape)
        start = self._grown(count)
        self.input_shape = None if any(isinstance(block, Inputs) for block in self.blocks) else shape
        self.blocks.append(Inputs(start, count))
        return Tensor(np.arange(start, start + count).reshape(shape))

    def constants(self, values: ArrayLike) -> References:
        """Return scalars of given values; equal values are one scalar.

        Raises
        ------
        NetworkError
            If a value is not finite.
        """
        given = np.asarray(values, dtype=np.float64) + 0.0  # -0.0 equals 0.0
        if not np.isfinite(given).all():
            raise NetworkError(f"a constant is {given[~np.isfinite(given)].ravel()[0]}; every value must be finite")
        different, places = np.unique(given, return_inverse=True)
        fresh = [value for value in different.tolist() if value not in self._constants]
        if fresh:
            start = self._grown(len(fresh))
            self._constants |= {value: start + i for i, value in enumerate(fresh)}
            self.blocks.append(Affine(start, _empty(len(fresh), start), np.array(fresh), constant=True))
        known = np.array([self._constants[value] for value in different.tolist()], dtype=np.int64)
        return known[places].reshape(given.shape)

    def constant_values(self, references: References) -> tuple[NDArray[np.bool_], Floats]:
        """Return which scalars are constants, and their values (0 for the others); both of the shape given."""
        ids = np.array(list(self._constants.values()), dtype=np.int64)
        values = np.array(list(self._constants), dtype=np.float64)
        if not len(ids):
            return np.zeros(references.shape, dtype=bool), np.zeros(references.shape)
        order = np.argsort(ids)
        place = np.minimum(np.searchsorted(ids, references, sorter=order), len(ids) - 1)
        known = ids[order][place] == references
        return known, np.where(known, values[order][place], 0.0)

    def references(self, value: Tensor | NDArray[Any]) -> References:
        """Return the scalars of a tensor, or of constants."""
        return value.references if isinstance(value, Tensor) else self.constants(value)

    def affine(self, rows: References, references: References, weights: Floats, bias: Floats) -> References:
        """Return one new scalar a row: the sum of weight times scalar over the entries of the row, plus its bias.

        Parameters
        ----------
        rows, references, weights : numpy.ndarray, shape (n,)
            Entry by entry; a scalar may come several times in a row, whose sum is taken exactly.
        bias : numpy.ndarray, shape (m,)

        Raises
        ------
        NetworkError
            If a value is not finite.
        """
        sized(len(rows))
        self.require_room(len(bias))
        for name, values in (("weight", weights), ("bias", bias)):
            if not np.isfinite(values).all():
                bad = values[~np.isfinite(values)].ravel()[0]
                raise NetworkError(f"a {name} is {bad}; every weight and bias must be finite")
        kept = (weights != 0) & (references != self._constants.get(0.0, -1))
        rows, references, weights = rows[kept], references[kept], weights[kept]
        matrix = _matrix(rows, references, weights, (len(bias), self.size))
        if not matrix.has_canonical_format:
            rows, references, weights = _sorted(matrix)
            references = self._copied(rows, references)
            matrix = _matrix(rows, references, weights, (len(bias), self.size))
        start = self._grown(len(bias))
        self.blocks.append(Affine(start, matrix, np.array(bias, dtype=np.float64)))
        return np.arange(start, self.size)

    def _copied(self, rows: References, references: References) -> References:
        """Put a copy of its own where a scalar comes again in a row: weights are not added in floats."""
        again = np.zeros(len(rows), dtype=np.int64)  # how often it came before, entries being sorted
        same = (rows[1:] == rows[:-1]) & (references[1:] == references[:-1])
        for place in np.flatnonzero(same).tolist():
            again[place + 1] = again[place] + 1
        references = references.copy()
        for turn in range(1, int(again.max()) + 1):
            wanted = np.unique(references[again == turn])
            copies = self.affine(np.arange(len(wanted)), wanted, np.ones(len(wanted)), np.zeros(len(wanted)))
            here = again == turn
            references[here] = copies[np.searchsorted(wanted, references[here])]
        return references

    def units(self, sources: References, low: Floats, high: Floats) -> References:
        """Return two-slope units, in the shape of their scalars; that of a constant is computed where it is exact."""
        self.require_room(sources.size)
        low, high = (np.broadcast_to(np.asarray(s, dtype=np.float64), sources.shape).ravel() for s in (low, high))
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise UnsupportedLayerError("a slope is not finite")
        flat = sources.ravel()
        known, values = self.constant_values(flat)
        slopes = np.where(values > 0, high, low)
        folded = known & np.isin(slopes, (0.0, 1.0, -1.0))
        found = np.zeros(len(flat), dtype=np.int64)
        if folded.any():
            found[folded] = self.constants((values * slopes)[folded])
        left = ~folded
        if left.any():
            start = self._grown(int(left.sum()))
            self.blocks.append(Units(start, flat[left], low[left], high[left]))
            found[left] = np.arange(start, self.size)
        return found.reshape(sources.shape)


def _empty(rows: int, columns: int) -> Any:
    from scipy.sparse import csr_array

    return csr_array((rows, max(columns, 1)), dtype=np.float64)


def _matrix(rows: References, references: References, weights: Floats, shape: tuple[int, int]) -> Any:
    """Return a matrix in which entries at one place stay apart."""
    from scipy.sparse import csr_array

    if len(rows) and (rows[1:] < rows[:-1]).any():
        order = np.argsort(rows, kind="stable")
        rows, references, weights = rows[order], references[order], weights[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    matrix = csr_array((weights, references, starts), shape=(shape[0], max(shape[1], 1)))
    matrix.sort_indices()
    return matrix


def _sorted(matrix: Any) -> tuple[References, References, Floats]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64), matrix.data
