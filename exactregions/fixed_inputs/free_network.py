"""The network of the inputs that are left free, where the others have one value.

The first stage becomes W' t + c with the columns W' of the free inputs t, and c = W_f v + b for the values v of the
others. Where c is no vector of floats it is written as a sum of them, each but the first carried by a constant wire;
and where it has denominators that are no powers of two, everything is multiplied by one positive number, which changes
no sign: the free inputs first, and by a constant wire that goes along each later bias. So nothing is rounded, and
units, their order and their signs stay what they were.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float
from exactregions.network import Network, Stage

Floats: TypeAlias = NDArray[np.float64]

SIZES = (1.0, 2.0**1000, 2.0**-1074)  # of constant wires: the last ones for numbers out of the range of floats


class FreeNetwork:
    """Makes the network of the free inputs.

    Attributes
    ----------
    factor : Fraction
    own : list of numpy.ndarray of bool
        For each stage made so far, which of its units are those of the given network.
    """

    def __init__(self, network: Network, fixed: Mapping[int, Fraction], free: tuple[int, ...]) -> None:
        self._given, self._free = network, list(free)
        matrix, bias = _first(network)
        constants = _constants(matrix, bias, fixed)
        odd = math.lcm(*(_odd(c.denominator) for c in constants))
        self.factor = Fraction(odd, 1 << (odd.bit_length() - 1))  # from 1 to 2, so that sizes stay what they were
        self._factors = [part for part, _ in _as_sum(self.factor, SIZES[:1])]
        self._along = len(self._factors) if odd > 1 else 0  # constant wires that carry the factor
        sums = [_as_sum(self.factor * c, SIZES) for c in constants]
        tables = {
            size: _table([[part for part, of in s if of == size] for s in sums], int(size == 1)) for size in SIZES
        }
        self._bias = tables[1.0][:, 0]
        tables[1.0] = tables[1.0][:, 1:]
        self._further = np.hstack(list(tables.values()))
        self._sizes = np.repeat(SIZES, [table.shape[1] for table in tables.values()])  # of the constant wires for them
        self._front = bool(self._along or len(self._sizes))
        self.own: list[NDArray[np.bool_]] = []

    def network(self) -> Network:
        """Return the network."""
        stages = [self._wires()] if self._front else []
        for index, stage in enumerate(self._given.stages):
            stages.append(self._stage(stage, index == 0) if self._along or not index else stage)
            self.own.append(np.arange(len(stages[-1].bias)) < len(stage.bias))
        matrix, bias = self._affine(self._given.matrix, self._given.bias, not self._given.stages)
        return Network(tuple(stages), matrix, bias, self._given.winners, self._given.notes)

    def _wires(self) -> Stage:
        """Return the stage in front: the free inputs times each part of the factor, these parts, and constants."""
        from scipy.sparse import csr_array, eye_array

        d = max(len(self._free), 1)
        constants = np.concatenate([self._factors[: self._along], self._sizes])
        parts = [part * eye_array(d) for part in self._factors]
        bias = np.concatenate([np.zeros(d * len(parts)), constants])
        self.own.append(np.zeros(len(bias), dtype=bool))
        return Stage.wires(_below(*parts, csr_array((len(constants), d))), bias)

    def _stage(self, stage: Stage, first: bool) -> Stage:
        """Return a stage that reads what the one before passes on, and passes the factor on itself."""
        matrix, bias = self._affine(stage.matrix, stage.bias, first)
        ends = np.ones(self._along)
        if self._along:
            matrix, bias = self._carried(matrix, first), np.concatenate([bias, 0 * ends])
        return Stage(matrix, bias, *(np.concatenate([slopes, ends]) for slopes in (stage.low, stage.high)))

    def _affine(self, matrix: Any, bias: Floats, first: bool) -> tuple[Any, Floats]:
        """Return the affine map of a stage, given its inputs and the constant wires behind them."""
        if not first:
            carried = np.tile(bias[:, None], self._along)
            return (_beside(matrix, carried), 0 * bias) if self._along else (matrix, bias)
        columns = matrix[:, self._free] if self._free else np.zeros((matrix.shape[0], 1))
        unread = np.zeros((len(bias), self._along))
        return _beside(*[columns] * len(self._factors), unread, self._further), self._bias

    def _carried(self, matrix: Any, first: bool) -> Any:
        """Put the rows of the wires that pass the factor on below the weight of a stage."""
        behind = len(self._sizes) if first else 0
        rows = np.zeros((self._along, matrix.shape[1]))
        start = matrix.shape[1] - behind - self._along
        rows[:, start : start + self._along] = np.eye(self._along)
        return _below(matrix, rows)


def _first(network: Network) -> tuple[Any, Floats]:
    """Return the first affine map of a network."""
    first = network.stages[0] if network.stages else network
    return first.matrix, first.bias


def _constants(matrix: Any, bias: Floats, fixed: Mapping[int, Fraction]) -> list[Fraction]:
    """Return W_f v + b."""
    from exactregions.exact.matrices import coordinates
    from exactregions.exact.numbers import dyadic_integers

    rows, places, weights = coordinates(matrix[:, list(fixed)])
    common = math.lcm(*(v.denominator for v in fixed.values()))
    values = [int(v * common) for v in fixed.values()]
    integers, exponent = dyadic_integers(weights)
    sums = [0] * len(bias)
    for row, place, integer in zip(rows.tolist(), places.tolist(), integers, strict=True):
        sums[row] += integer * values[place]
    return [Fraction(s, common << exponent) + Fraction(b) for s, b in zip(sums, bias.tolist(), strict=True)]


def _odd(number: int) -> int:
    """Return a positive integer without its factors of two."""
    return number >> ((number & -number).bit_length() - 1)


def _as_sum(value: Fraction, sizes: Sequence[float]) -> list[tuple[float, float]]:
    """Return pairs of floats, the second one of some sizes, whose products add up to a dyadic number."""
    found: list[tuple[float, float]] = []
    rest = value
    while rest:
        parts = ((nearest_float(rest / Fraction(size)), size) for size in sizes)
        part, size = next(((part, size) for part, size in parts if part and math.isfinite(part)), (0.0, 1.0))
        if not part:
            raise DomainError(
                "the values of the fixed inputs have too many digits, or are too large: what follows from them is no "
                "sum of floats; give values with fewer digits, as floats have"
            )
        found.append((part, size))
        rest -= Fraction(part) * Fraction(size)
    return found


def _table(rows: Sequence[Sequence[float]], least: int) -> Floats:
    """Return rows of different lengths as a matrix with some columns at least, zeros behind them."""
    widest = max(least, *map(len, rows))
    return np.array([[*row, *[0.0] * (widest - len(row))] for row in rows]).reshape(len(rows), widest)


def _beside(*blocks: Any) -> Any:
    if all(isinstance(block, np.ndarray) for block in blocks):
        return np.hstack(blocks)
    from scipy.sparse import hstack

    return hstack([_as_sparse(block) for block in blocks if block.shape[1]], format="csr")


def _below(*blocks: Any) -> Any:
    if all(isinstance(block, np.ndarray) for block in blocks):
        return np.vstack(blocks)
    from scipy.sparse import vstack

    return vstack([_as_sparse(block) for block in blocks], format="csr")


def _as_sparse(block: Any) -> Any:
    from scipy.sparse import csr_array

    return csr_array(block)
