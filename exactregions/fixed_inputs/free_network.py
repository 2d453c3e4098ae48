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
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float
from exactregions.network import Network, Stage

Floats: TypeAlias = NDArray[np.float64]

SIZES = (1.0, 2.0**1000, 2.0**-1074)  # of constant wires: the last ones for numbers out of the range of floats


class FreeNetwork(NamedTuple):
    """The network of the free inputs.

    Attributes
    ----------
    network : Network
    own : numpy.ndarray of bool, shape (units of `network`, wires included,)
        Which of its units are those of the given network.
    factor : Fraction
        By which its pre-activations and outputs exceed those of the given network.
    """

    network: Network
    own: NDArray[np.bool_]
    factor: Fraction


def free_network(network: Network, fixed: Mapping[int, Fraction], free: Sequence[int]) -> FreeNetwork:
    """Return the network of the free inputs, given the values of the others.

    Raises
    ------
    DomainError
        If the values have so many digits that no sum of floats holds what follows from them.
    """
    wires = _constant_wires(network, fixed, list(free))
    stages = [wires.front()] if wires.along or len(wires.sizes) else []
    own = [np.zeros(len(stage.bias), dtype=bool) for stage in stages]
    for index, stage in enumerate(network.stages):
        stages.append(wires.stage(stage, index == 0) if wires.along or not index else stage)
        own.append(np.arange(len(stages[-1].bias)) < len(stage.bias))
    matrix, bias = wires.affine(network.matrix, network.bias, not network.stages)
    made = Network(tuple(stages), matrix, bias, network.winners, network.notes)
    return FreeNetwork(made, np.concatenate([np.zeros(0, dtype=bool), *own]), wires.factor)


@dataclass(frozen=True, slots=True, eq=False)
class _ConstantWires:
    """What the stages of the free inputs read beside values: the first bias, and constants that wires carry.

    `parts` are floats that add up to the factor, of which the wires `along` all stages carry as many; the columns
    `further` of the first weight read constants of the `sizes`.
    """

    free: list[int]
    factor: Fraction
    parts: list[float]
    along: int
    bias: Floats
    further: Floats
    sizes: Floats

    def front(self) -> Stage:
        """Return the stage in front: the free inputs times each part of the factor, these parts, and constants."""
        from scipy.sparse import csr_array, eye_array

        d = max(len(self.free), 1)
        constants = np.concatenate([self.parts[: self.along], self.sizes])
        parts = [part * eye_array(d) for part in self.parts]
        bias = np.concatenate([np.zeros(d * len(parts)), constants])
        return Stage.wires(_below(*parts, csr_array((len(constants), d))), bias)

    def stage(self, stage: Stage, first: bool) -> Stage:
        """Return a stage that reads what the one before passes on, and passes the factor on itself."""
        matrix, bias = self.affine(stage.matrix, stage.bias, first)
        ends = np.ones(self.along)
        if self.along:
            matrix, bias = self._carried(matrix, first), np.concatenate([bias, 0 * ends])
        return Stage(matrix, bias, *(np.concatenate([slopes, ends]) for slopes in (stage.low, stage.high)))

    def affine(self, matrix: Any, bias: Floats, first: bool) -> tuple[Any, Floats]:
        """Return the affine map of a stage, given its inputs and the constant wires behind them."""
        if not first:
            carried = np.tile(bias[:, None], self.along)
            return (_beside(matrix, carried), 0 * bias) if self.along else (matrix, bias)
        columns = matrix[:, self.free] if self.free else np.zeros((matrix.shape[0], 1))
        unread = np.zeros((len(bias), self.along))
        return _beside(*[columns] * len(self.parts), unread, self.further), self.bias

    def _carried(self, matrix: Any, first: bool) -> Any:
        """Put the rows of the wires that pass the factor on below the weight of a stage."""
        rows = np.zeros((self.along, matrix.shape[1]))
        start = matrix.shape[1] - (len(self.sizes) if first else 0) - self.along
        rows[:, start : start + self.along] = np.eye(self.along)
        return _below(matrix, rows)


def _constant_wires(network: Network, fixed: Mapping[int, Fraction], free: list[int]) -> _ConstantWires:
    first = network.stages[0] if network.stages else network
    constants = _constants(first.matrix, first.bias, fixed)
    odd = math.lcm(*(_odd(c.denominator) for c in constants))
    factor = Fraction(odd, 1 << (odd.bit_length() - 1))  # from 1 to 2, so that sizes stay what they were
    parts = [part for part, _ in _as_sum(factor, SIZES[:1])]
    sums = [_as_sum(factor * c, SIZES) for c in constants]
    tables = [_table([[part for part, of in s if of == size] for s in sums], int(size == 1)) for size in SIZES]
    tables = [tables[0][:, :1], tables[0][:, 1:], *tables[1:]]  # the bias, and the columns that read a constant
    sizes = np.repeat(SIZES, [table.shape[1] for table in tables[1:]])
    return _ConstantWires(
        free, factor, parts, len(parts) if odd > 1 else 0, tables[0][:, 0], np.hstack(tables[1:]), sizes
    )


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
