"""The linear parts of the affine maps of regions: of all of them in floats with one bound of their error, or exactly.

On a region the network is x -> A x + c with A = W_L D_L .. W_1 D_1 W_0, D the slopes of the units. The product is
taken from the side with fewer rows, outputs or inputs, for many regions at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.matrices import stored_values
from exactregions.exact.rounding_errors import TINY, above, slack
from exactregions.network import Network
from exactregions.support.stopping import check

if TYPE_CHECKING:
    import flint

__all__ = ["Chain", "ExactJacobians", "Jacobians"]

Array = NDArray[np.float64]

AT_ONCE = 2**22  # entries of the products held at a time
EXACT_INTEGERS = 2.0**53


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The factors M_0, D, M_1, D, .., M_L of a Jacobian, or of its transpose.

    Attributes
    ----------
    matrices : tuple
        Dense or sparse, without the slopes.
    low, high : tuple of numpy.ndarray
        Slopes of the units between, below and above zero.
    units : tuple of numpy.ndarray of int
        Which units of a pattern these are; -1 for a wire.
    transposed : bool
    """

    matrices: tuple[Any, ...]
    low: tuple[Array, ...]
    high: tuple[Array, ...]
    units: tuple[NDArray[np.intp], ...]
    transposed: bool

    @classmethod
    def of(cls, network: Network, inputs: Sequence[int], outputs: Sequence[int]) -> Chain:
        """Return the chain of some outputs as functions of some inputs."""
        matrices: list[Any] = [stage.matrix for stage in network.stages] + [network.matrix[list(outputs)]]
        matrices[0] = matrices[0][:, list(inputs)]
        places, first = [], 0
        for stage in network.stages:
            splits = stage.splits
            places.append(np.where(splits, first + np.cumsum(splits) - 1, -1))
            first += int(splits.sum())
        low, high = [s.low for s in network.stages], [s.high for s in network.stages]
        if len(inputs) < len(outputs):
            return cls(tuple(m.T for m in matrices), tuple(low), tuple(high), tuple(places), True)
        return cls(tuple(matrices[::-1]), tuple(low[::-1]), tuple(high[::-1]), tuple(places[::-1]), False)

    def slopes(self, signs: NDArray[np.bool_]) -> Iterator[Array]:
        """Yield the slopes of each stage under patterns, shape (n, width)."""
        for low, high, units in zip(self.low, self.high, self.units, strict=True):
            some = signs.shape[1] > 0  # a network may have wires only
            positive = signs[:, np.maximum(units, 0)] if some else np.zeros((len(signs), len(units)), dtype=bool)
            yield np.where(positive, high, low)


class Jacobians:
    """Jacobians of regions in floats.

    Parameters
    ----------
    network : Network
    inputs, outputs : sequence of int

    Attributes
    ----------
    error : numpy.ndarray, shape (outputs, inputs)
        No entry of a Jacobian is further from the true one. Zero where every sum is one of integers, times a power of
        two, that floats hold.
    largest : numpy.ndarray, shape (outputs, inputs)
        No entry of a Jacobian is larger, whatever the signs.
    unit : float or None
        Where nothing is rounded, a power of two of which all entries are integral multiples.
    """

    def __init__(self, network: Network, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        self._chain = Chain.of(network, inputs, outputs)
        with np.errstate(all="ignore"):
            self.largest, error = self._bounds()
            self.unit = self._unit()
        self.error = np.zeros_like(error) if self.unit else error

    def _bounds(self) -> tuple[Array, Array]:
        """Bound the entries, and what roundings and underflows change of them, as in `rounding_errors`."""
        chain = self._chain
        size = _dense(abs(chain.matrices[0]))
        error = np.zeros_like(size)
        for matrix, low, high in zip(chain.matrices[1:], chain.low, chain.high, strict=True):
            check()
            factor, steepest = abs(matrix), np.maximum(np.abs(low), np.abs(high))
            terms = matrix.shape[0]
            # the float factor is no larger than the true one and its error; one more rounding for each slope
            lost = slack(terms + 2) * ((size + error) * steepest) @ factor + TINY * (terms + 4) * (1.0 + factor.sum())
            size = above((size * steepest) @ factor, terms + 1)
            error = above((error * steepest) @ factor + lost, terms + 3)
        return (size.T, error.T) if chain.transposed else (size, error)

    def _unit(self) -> float | None:
        """Return the power of two of which all products are multiples, if floats hold all their sums."""
        from exactregions.exact.numbers import dyadic_integers

        exponent = 0
        chain = self._chain
        for values in (*map(stored_values, chain.matrices), *chain.low, *chain.high):
            if values.size > AT_ONCE:
                return None
            exponent += dyadic_integers(values)[1] if np.asarray(values).size else 0
        if exponent > 1000:
            return None
        size = _dense(abs(chain.matrices[0]))
        sizes = [size.max(initial=0.0)]
        for matrix, low, high in zip(chain.matrices[1:], chain.low, chain.high, strict=True):
            size = (size * np.maximum(1.0, np.maximum(np.abs(low), np.abs(high)))) @ abs(matrix)
            sizes.append(size.max(initial=0.0))
        # the sums of magnitudes are below 2**53 units, so they are exact too
        return 2.0**-exponent if max(sizes) * 2.0**exponent < EXACT_INTEGERS else None

    def parts(self, patterns: NDArray[np.uint8], units: int) -> Iterator[Array]:
        """Yield the Jacobians of packed patterns, some at a time, shape (k, outputs, inputs)."""
        chain = self._chain
        rows = chain.matrices[0].shape[0]
        widest = max(max(m.shape) for m in chain.matrices)
        step = max(1, AT_ONCE // (rows * widest))
        for first in range(0, len(patterns), step):
            check()
            signs = np.unpackbits(patterns[first : first + step], axis=1, count=units, bitorder="little").astype(bool)
            with np.errstate(all="ignore"):
                yield self._product(signs)

    def all(self, patterns: NDArray[np.uint8], units: int) -> Array:
        """Return the Jacobians of all regions at once, shape (n, outputs, inputs); see `parts`."""
        return np.concatenate([np.zeros((0, *self.error.shape)), *self.parts(patterns, units)])

    def _product(self, signs: NDArray[np.bool_]) -> Array:
        chain, n = self._chain, len(signs)
        start = _dense(chain.matrices[0])
        rows = len(start)
        found = np.broadcast_to(start, (n, *start.shape))
        for slopes, matrix in zip(chain.slopes(signs), chain.matrices[1:], strict=True):
            flat = (found * slopes[:, None, :]).reshape(n * rows, -1)
            found = _dense(flat @ matrix).reshape(n, rows, -1)
        return found.transpose(0, 2, 1) if chain.transposed else found


class ExactJacobians:
    """Jacobians of regions in integers, times one power of two.

    Parameters
    ----------
    network : Network
    inputs, outputs : sequence of int
    """

    def __init__(self, network: Network, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        from exactregions.exact.numbers import dyadic_integers

        self._chain = chain = Chain.of(network, inputs, outputs)
        self._matrices = [_integers(matrix) for matrix in chain.matrices]
        self._slopes = []
        for low, high in zip(chain.low, chain.high, strict=True):
            values, exponent = dyadic_integers(np.stack([low, high]))
            self._slopes.append((values[: len(low)], values[len(low) :], exponent))
        self.exponent = sum(e for _, e in self._matrices) + sum(e for _, _, e in self._slopes)
        self._before: list[tuple[bytes, flint.fmpz_mat]] = []

    def of(self, pattern: NDArray[np.bool_]) -> flint.fmpz_mat:
        """Return the Jacobian under a pattern, times 2**exponent; what the last one had in common is kept."""
        chain = self._chain
        found, kept = self._matrices[0][0], 0
        signs = [np.where(units >= 0, pattern[units] if len(pattern) else True, True) for units in chain.units]
        keys = [s.tobytes() for s in signs]
        while kept < min(len(keys), len(self._before)) and keys[kept] == self._before[kept][0]:
            found = self._before[kept][1]
            kept += 1
        del self._before[kept:]
        for sign, key, (low, high, _), (matrix, _) in list(
            zip(signs, keys, self._slopes, self._matrices[1:], strict=True)
        )[kept:]:
            check()
            found = _times(found, [h if s else lo for s, lo, h in zip(sign.tolist(), low, high, strict=True)]) * matrix
            self._before.append((key, found))
        return found.transpose() if chain.transposed else found


def _times(matrix: flint.fmpz_mat, slopes: Sequence[int]) -> flint.fmpz_mat:
    """Return a matrix with its columns multiplied."""
    import flint

    entries = [v * s if s else 0 for row in matrix.tolist() for v, s in zip(row, slopes, strict=True)]
    return flint.fmpz_mat(matrix.nrows(), matrix.ncols(), entries)


def _integers(matrix: Any) -> tuple[flint.fmpz_mat, int]:
    from exactregions.exact.numbers import dyadic_matrix

    return dyadic_matrix(np.ascontiguousarray(_dense(matrix)))


def _dense(matrix: Any) -> Array:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
