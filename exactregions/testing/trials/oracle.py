"""What says what is true: the contract of oracles, and the one of the package, its rational engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, TypeAlias

from exactregions.cases.truths import reference
from exactregions.domain import Domain
from exactregions.errors import DomainError
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.witnesses import is_witness
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.regions import unpack_patterns

Pattern: TypeAlias = tuple[bool, ...]
Forms: TypeAlias = Sequence[Sequence[float | Fraction]]  # rows (a_1, .., a_k, b): an input as a.t + b


class Answer(Protocol):
    """What is true of a network in a domain; what an oracle does not know is left out.

    Attributes
    ----------
    patterns : frozenset of tuple of bool
    entries : mapping
        Entry radius of each pattern: squared in Euclidean balls, the factor of the half widths in boxes.
    areas : mapping
        Length or area of each pattern, None where it is infinite or has an arc.
    maps : mapping
        Affine map of each pattern: for each output a row (a_1, .., a_d, b), in the inputs that the domain leaves free.
    """

    @property
    def patterns(self) -> frozenset[Pattern]: ...  # noqa: D102
    @property
    def entries(self) -> Mapping[Pattern, Fraction | None]: ...  # noqa: D102
    @property
    def areas(self) -> Mapping[Pattern, Fraction | None]: ...  # noqa: D102
    @property
    def maps(self) -> Mapping[Pattern, tuple[tuple[Fraction, ...], ...]]: ...  # noqa: D102

    def neighbours(self) -> set[tuple[Pattern, Pattern]] | None:
        """Return the pairs, the smaller pattern first, that share a facet which meets the domain."""
        ...

    def count(self, radius: Fraction) -> int:
        """Return the number of regions in the ball of a smaller radius about the same centre."""
        ...

    def is_witness(self, pattern: Pattern, point: Sequence[Fraction]) -> bool:
        """Decide whether a point lies strictly inside the region of a pattern, and in the domain."""
        ...

    def affine_map(self, pattern: Pattern) -> tuple[tuple[Fraction, ...], ...] | None:
        """Return the affine map of a pattern in all inputs."""
        ...


class Oracle(Protocol):
    """Answers questions about networks, by other means than what is put to trial."""

    @property
    def name(self) -> str:
        """Name for reports."""
        ...

    def answer(self, network: Network, domain: Domain) -> Answer:
        """Return what is true; of an empty domain, that there is no pattern."""
        ...

    def on_slice(self, network: Network, inputs: Forms, sliced: Network, domain: Domain) -> Answer:
        """Return what is true of a network whose inputs are forms of the coordinates of a domain.

        `sliced` is what the package makes of them; an independent oracle does not look at it.
        """
        ...


@dataclass(frozen=True)
class _Reference:
    network: Network
    domain: Domain
    patterns: frozenset[Pattern]
    entries: Mapping[Pattern, Fraction | None] = field(default_factory=dict)
    areas: Mapping[Pattern, Fraction | None] = field(default_factory=dict)
    maps: Mapping[Pattern, tuple[tuple[Fraction, ...], ...]] = field(default_factory=dict)

    def neighbours(self) -> set[tuple[Pattern, Pattern]] | None:
        return None

    def count(self, radius: Fraction) -> int:
        return len(_patterns(self.network, self.domain.shrunk(radius))) if radius else 0

    def is_witness(self, pattern: Pattern, point: Sequence[Fraction]) -> bool:
        question = free_inputs(self.network, self.domain)
        if question.point(question.free_point(point)) != tuple(point):
            return False
        return is_witness(
            ExactNetwork(question.network), question.domain, as_point(question.free_point(point)), pattern
        )

    def affine_map(self, pattern: Pattern) -> tuple[tuple[Fraction, ...], ...] | None:
        return None


def _patterns(network: Network, domain: Domain) -> frozenset[Pattern]:
    import numpy as np

    try:
        packed = sorted(reference(network, domain))
    except DomainError:
        return frozenset()
    rows = np.array([np.frombuffer(row, dtype=np.uint8) for row in packed]).reshape(len(packed), -1)
    return frozenset(map(tuple, unpack_patterns(rows, network.units).tolist()))


class ReferenceOracle:
    """The rational engine of the package: another search, the same exact arithmetic."""

    name = "rational engine"

    def answer(self, network: Network, domain: Domain) -> Answer:
        """Return the patterns, and counts of smaller balls by searches of their own."""
        return _Reference(network, domain, _patterns(network, domain))

    def on_slice(self, network: Network, inputs: Forms, sliced: Network, domain: Domain) -> Answer:
        """Return what is true of the slice that the package made."""
        return self.answer(sliced, domain)
