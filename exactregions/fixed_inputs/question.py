"""The question in the inputs that a domain leaves free, and the answer carried back.

Whatever searches, measures or bounds sees a network of the free inputs (`free_network`) and a domain with an interior.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.exact.floats import nearest_float
from exactregions.fixed_inputs.free_network import free_network
from exactregions.network import Network
from exactregions.regions import Region, RegionSet

Floats: TypeAlias = NDArray[np.float64]
Exact: TypeAlias = tuple[Fraction, ...]
Prefix: TypeAlias = tuple[int, ...]

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
    inner, own, factor = free_network(network, fixed, free)
    inside = domain.free_part().rows_times(factor)  # as the forms of the network are
    return FreeInputs((network, domain), inner, inside, free, own, factor)


Method = TypeVar("Method", bound=Callable[..., Any])


def in_free_inputs(method: Method) -> Method:
    """Let a method of a bound see the question in the inputs that the domain leaves free; see `free_inputs`."""

    @wraps(method)
    def asked(bound: Any, network: Network, domain: Domain, *rest: Any, **named: Any) -> Any:
        question = free_inputs(network, domain)
        return method(bound, question.network, question.domain, *rest, **named)

    return cast(Method, asked)
