"""Affine maps of regions modulo primes: a quick proof that maps differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.network import Network
from exactregions.support.stopping import check
from exactregions.weights import Matrix

Integers = NDArray[np.int64]

PRIMES = (2097143, 2097133, 2097131)  # the largest below 2^21
TERMS = 2**11 - 1  # products of residues whose sum, with one residue more, is below 2^53: floats hold it exactly
AT_ONCE = 2**22  # residues of units held at a time, 32 MB
DIGITS = 53


def map_residues(network: Network, patterns: NDArray[np.bool_]) -> Integers:
    """Return a number for the affine map of each region, shape (n,): where maps are equal, so are these.

    A float is an integer times a power of two, and two has an inverse modulo an odd prime p. So weights of a network
    have residues, and at a point given modulo p a map has one value modulo p, and so has a weighted sum of its outputs.
    Points and weights of the sum are random, and a number holds the residues of three primes: unequal maps hardly ever
    have equal numbers.

    Parameters
    ----------
    network : Network
    patterns : numpy.ndarray of bool, shape (n, units)
    """
    found = np.zeros(len(patterns), dtype=np.int64)
    rng = np.random.default_rng(0)
    for prime in PRIMES:
        found = found * prime + _Residues(network, prime, rng).of(patterns)
    return found


class _Residues:
    """Maps modulo one prime, of at most 21 bits."""

    def __init__(self, network: Network, prime: int, rng: np.random.Generator) -> None:
        self._prime = prime
        self._point, self._one = rng.integers(1, prime, network.inputs), int(rng.integers(1, prime))
        self._stages = [
            (
                self._matrix(stage.matrix),
                self._residues(stage.bias) * self._one % prime,
                self._residues(stage.low).astype(np.float64),
                self._residues(stage.high).astype(np.float64),
                stage.splits,
            )
            for stage in network.stages
        ]
        self._output = self._matrix(network.matrix), self._residues(network.bias) * self._one % prime
        self._sums = rng.integers(1, prime, network.outputs).astype(np.float64)
        self._widest = max([network.inputs, network.outputs, *(len(bias) for _, bias, *_ in self._stages)])

    def _residues(self, values: NDArray[np.float64]) -> Integers:
        """Return the residues of floats."""
        mantissas, exponents = np.frexp(values)
        integers = np.ldexp(mantissas, DIGITS).astype(np.int64) % self._prime
        low, places = int(exponents.min(initial=0)) - DIGITS, exponents - exponents.min(initial=0)
        powers = [pow(2, low + k, self._prime) for k in range(int(places.max(initial=0)) + 1)]
        return integers * np.array(powers, dtype=np.int64)[places] % self._prime

    def _matrix(self, matrix: Matrix) -> Any:
        """Return the residues of a matrix, dense or sparse as it is."""
        stored: Any = matrix
        if isinstance(matrix, np.ndarray):
            return self._residues(matrix).astype(np.float64)
        reduced = stored.astype(np.float64)
        reduced.data = self._residues(reduced.data).astype(np.float64)
        return reduced

    def of(self, patterns: NDArray[np.bool_]) -> Integers:
        """Return the residue of each region's map."""
        found = np.empty(len(patterns), dtype=np.int64)
        step = max(AT_ONCE // self._widest, 1)
        for begin in range(0, len(patterns), step):
            check()
            part = slice(begin, begin + step)
            found[part] = self._some(patterns[part])
        return found

    def _some(self, patterns: NDArray[np.bool_]) -> Integers:
        # regions that agree on all stages so far have the same values, which are computed once
        values, group, unit = self._point[None, :].astype(np.float64), np.zeros(len(patterns), dtype=np.int64), 0
        for matrix, bias, low, high, splits in self._stages:
            before = self._affine(matrix, bias, values)
            signs = np.ones((len(patterns), len(splits)), dtype=bool)
            signs[:, splits] = patterns[:, unit : unit + int(splits.sum())]
            unit += int(splits.sum())
            chosen, after = _distinct(group, signs)
            values = np.where(signs[chosen], high, low) * before[group[chosen]] % self._prime
            group = after
        outputs = self._affine(*self._output, values)
        return (self._times(self._sums[None, :], outputs)[:, 0] % self._prime).astype(np.int64)[group]

    def _affine(self, matrix: Any, bias: Integers, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return (self._times(matrix, values) + bias) % self._prime

    def _times(self, matrix: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values @ matrix.T up to multiples of the prime, some columns at a time, so that no sum rounds."""
        parts = (slice(begin, begin + TERMS) for begin in range(0, values.shape[1], TERMS))
        total = np.zeros((len(values), matrix.shape[0]))
        for part in parts:
            total = (total + (matrix[:, part] @ values[:, part].T).T) % self._prime
        return total


def _distinct(group: Integers, signs: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first row of each combination of group and signs, and which combination each row has."""
    packed = np.packbits(signs, axis=1)
    keys = np.ascontiguousarray(np.hstack([group[:, None].view(np.uint8), packed]))
    _, first, which = np.unique(keys.view(f"V{keys.shape[1]}").ravel(), return_index=True, return_inverse=True)
    return first, which
