"""Domains that fix some inputs: the same question in the inputs that are left free, and the answer carried back.

Whatever searches, measures or bounds sees a network of the free inputs and a domain with an interior. The first stage
becomes W' t + c with the columns W' of the free inputs t, and c = W_f v + b for the values v of the others. Where c is
no vector of floats it is written as a sum of them, each but the first carried by a constant wire; and where it has
denominators that are no powers of two, everything is multiplied by one positive number, which changes no sign: the free
inputs first, and by a constant wire that goes along each later bias. So nothing is rounded, and units, their order and
their signs stay what they were.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float
from exactregions.network import Network, Stage
from exactregions.regions import Region, RegionSet

__all__ = ["FreeInputs", "free_inputs", "in_free_inputs"]

Floats: TypeAlias = NDArray[np.float64]
Exact: TypeAlias = tuple[Fraction, ...]
Prefix: TypeAlias = tuple[int, ...]

SIZES = (1.0, 2.0**1000, 2.0**-1074)  # of constant wires: the last ones for numbers out of the range of floats
REMEMBERED = 8  # questions: a curve or a table of bounds asks about one domain many times


@dataclass(frozen=True, slots=True, eq=False)
class FreeInputs:
    """A question, and the same one in the inputs that its domain leaves free; both are one where none is fixed.

    Attributes
    ----------
    given : (Network, Domain)
    network, domain : Network, Domain
        In the free inputs; one input that nothing reads where all are fixed.
    free : tuple of int
        The inputs that are free.
    own : numpy.ndarray of bool, shape (units of `network`, wires included,)
        Which of them are those of the given network, in their order; the others are wires.
    factor : Fraction
        Pre-activations, outputs and inequalities are those of the given question times this positive number.
    """

    given: tuple[Network, Domain]
    network: Network
    domain: Domain
    free: tuple[int, ...]
    own: NDArray[np.bool_]
    factor: Fraction = Fraction(1)

    @property
    def is_given(self) -> bool:
        """Whether no input is fixed."""
        return self.network is self.given[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the free inputs."""
        return tuple(f"input {k}" for k in self.free)

    # ---- the answer

    def outward(self, regions: RegionSet) -> RegionSet:
        """Return an answer in the free inputs as one to the given question."""
        if self.is_given:
            return regions
        exact = {row: self.point(witness) for row, witness in regions.exact_witnesses.items()}
        frontier = tuple(tuple(np.array(p)[self.own[: len(p)]].tolist()) for p in regions.frontier)
        network, domain = self.given
        columns: dict[str, Any] = {"witnesses": lambda: self.points(regions.witnesses), "exact_witnesses": exact}
        return replace(regions, network=network, domain=domain, frontier=frontier, **columns)

    def inward(self, regions: RegionSet) -> RegionSet:
        """Return an answer to the given question as one in the free inputs."""
        if self.is_given:
            return regions
        columns: dict[str, Any] = {
            "witnesses": self._free_columns(regions.witnesses),
            "exact_witnesses": {row: self.free_point(w) for row, w in regions.exact_witnesses.items()},
            "frontier": tuple(map(self.prefix, regions.frontier)),
        }
        return replace(regions, network=self.network, domain=self.domain, **columns)

    def inward_region(self, region: Region) -> Region:
        """Return a region in the free inputs."""
        return replace(region, network=self.network, witness=self.free_point(region.witness))

    def part(self, part: Part) -> Part:
        """Return the part of a certificate as one of the given question; its witnesses are of the free inputs."""
        if self.free and self.own.all():
            return part
        columns = dict(part.columns)
        if "units.u2" in columns:
            columns["units.u2"] = (np.cumsum(self.own) - 1)[columns["units.u2"]].astype("<u2")
        if not self.free:
            columns.pop("witnesses.f8", None)  # of the input that nothing reads
        prefix = "".join(sign for sign, own in zip(part.prefix, self.own.tolist(), strict=False) if own)
        return replace(part, prefix=prefix, columns=columns)

    # ---- points and prefixes

    def points(self, points: Floats) -> Floats:
        """Return points of the free inputs, shape (n, k), as inputs, shape (n, d), fixed ones rounded to floats."""
        if self.is_given:
            return points
        network, domain = self.given
        found = np.zeros((len(points), network.inputs))
        for i, value in domain.fixed_inputs.items():
            found[:, i] = nearest_float(value)
        found[:, list(self.free)] = points[:, : len(self.free)]
        return found

    def point(self, point: Sequence[Fraction]) -> Exact:
        """Return an exact point of the free inputs as an input."""
        if self.is_given:
            return tuple(point)
        places = dict(zip(self.free, point, strict=False)) | self.given[1].fixed_inputs
        return tuple(places[i] for i in range(len(places)))

    def direction(self, direction: Sequence[int]) -> tuple[int, ...]:
        """Return a direction of the free inputs as one of all inputs."""
        if self.is_given:
            return tuple(direction)
        places = dict(zip(self.free, direction, strict=False))
        return tuple(places.get(i, 0) for i in range(self.given[0].inputs))

    def free_point(self, point: Sequence[Fraction]) -> Exact:
        """Return the free coordinates of an input."""
        if self.is_given:
            return tuple(point)
        return tuple(point[i] for i in self.free) or (Fraction(1, 2),)

    def _free_columns(self, points: Floats) -> Floats:
        return points[:, list(self.free)].copy() if self.free else np.full((len(points), 1), 0.5)

    def prefix(self, prefix: Iterable[int]) -> Prefix:
        """Return a sign prefix of the given network as one of `network`, wires with the sign +."""
        signs = np.array(list(prefix), dtype=np.int8)
        places = np.flatnonzero(self.own)[: len(signs)]
        found = np.ones(int(places[-1]) + 1 if len(places) else 0, dtype=np.int8)
        found[places] = signs
        return tuple(found.tolist())


def free_inputs(network: Network, domain: Domain) -> FreeInputs:
    """Return a question in the inputs that its domain leaves free.

    Parameters
    ----------
    network : Network
    domain : Domain
        Where its dimension is not that of the network, nothing is done: others refuse it.

    Raises
    ------
    DomainError
        If the values of fixed inputs have so many digits that sums of floats do not hold what follows from them.
    """
    if domain.fixed_inputs and domain.dim == network.inputs:
        # equal questions may differ in notes and shapes of inputs
        return replace(_on_slice(network, domain), given=(network, domain))
    own = np.ones(sum(len(stage.bias) for stage in network.stages), dtype=bool)
    return FreeInputs((network, domain), network, domain, tuple(range(network.inputs)), own)


@lru_cache(REMEMBERED)
def _on_slice(network: Network, domain: Domain) -> FreeInputs:
    fixed = domain.fixed_inputs
    free = tuple(i for i in range(network.inputs) if i not in fixed)
    made = _Slice(network, fixed, free)
    inner = made.network()
    own = np.concatenate([np.zeros(0, dtype=bool), *made.own])
    inside = domain.free_part().rows_times(made.factor)  # as the forms of the network are
    return FreeInputs((network, domain), inner, inside, free, own, made.factor)


Method = TypeVar("Method", bound=Callable[..., Any])


def in_free_inputs(method: Method) -> Method:
    """Let a method of a bound see the question in the inputs that the domain leaves free; see `free_inputs`."""

    @wraps(method)
    def asked(bound: Any, network: Network, domain: Domain, *rest: Any, **named: Any) -> Any:
        question = free_inputs(network, domain)
        return method(bound, question.network, question.domain, *rest, **named)

    return cast(Method, asked)


class _Slice:
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
