"""Volumes of classes and of unsafe outputs, and the mean of an output, over a bounded domain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from exactregions.domain import Domain
from exactregions.errors import PropertyError
from exactregions.exact.values import Value
from exactregions.network import Network
from exactregions.quantities.extremes import Direction, direction_of
from exactregions.quantities.integrals import integrated
from exactregions.quantities.integrands import ClassIndicators, OutputValue, UnsafeIndicator
from exactregions.support.answers import ending
from exactregions.unsafe import Halfspaces, Unsafe, unsafe_of

__all__ = ["ClassVolumes", "Measure", "class_volumes", "mean", "violation_volume"]

BOXES = 1000  # into which a box with many inputs is cut


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A volume within a domain, or a mean over it.

    Attributes
    ----------
    value : Value
        Exact where the regions were measured one by one; else a proved enclosure.
    total : Fraction
        The volume of the domain, in its free inputs.
    stopped : str or None
        What kept the answer from being exact.
    seconds : float
    """

    value: Value
    total: Fraction
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the value is exact."""
        return self.stopped is None

    def __repr__(self) -> str:
        return f"<Measure: {self.value}{_state(self.stopped)}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "value": self.value.describe(),
            "total": Value.of(self.total).describe(),
            **ending(self),
        }


@dataclass(frozen=True, slots=True, eq=False)
class ClassVolumes:
    """The volume of each class within a domain.

    Attributes
    ----------
    values : tuple of Value, one a class
        Exact where the regions were measured one by one, and then they add up to `total`; else proved enclosures.
    total : Fraction
        The volume of the domain, in its free inputs.
    stopped : str or None
        What kept the answer from being exact.
    seconds : float
    """

    values: tuple[Value, ...]
    total: Fraction
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether the values are exact."""
        return self.stopped is None

    @property
    def shares(self) -> tuple[float, ...]:
        """The part of the domain that each class has, in floats; of enclosures the middle."""
        return tuple(float(value) / float(self.total) for value in self.values)

    def __repr__(self) -> str:
        return f"<ClassVolumes: {', '.join(map(str, self.values))}{_state(self.stopped)}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "classes": [value.describe() for value in self.values],
            "total": Value.of(self.total).describe(),
            **ending(self),
        }


def _state(stopped: str | None) -> str:
    return "" if stopped is None else f" (NOT EXACT: {stopped})"


def class_volumes(network: Network, domain: Domain, *, boxes: int = BOXES, **options: Any) -> ClassVolumes:
    """Return the volume of each class of a network within a domain.

    The class is the largest output, the first one of equal ones; of a network with one output it is 1 where that is
    positive. In domains with flat sides and up to 6 free inputs the volumes are exact rationals, sums over the regions
    cut into their classes. Boxes with more inputs are cut in halves where the class is not proved by intervals, which
    leaves enclosures.

    Parameters
    ----------
    network : Network
    domain : Domain
        Bounded, with flat sides; with more than 6 free inputs a box.
    boxes : int
        Into how many a box with more inputs is cut at most.
    **options
        engine, time_limit, max_regions, workers and progress of `enumerate_regions`. A limit or Ctrl-C leaves
        enclosures.

    Raises
    ------
    DomainError
        If the domain is another, or as `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> absolute = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")
    >>> class_volumes(absolute, Box([-3], [3]))  # |x| - 1 against 1 - |x|
    <ClassVolumes: 4, 2>
    """
    found = integrated(ClassIndicators(network), network, domain, boxes, options)
    return ClassVolumes(found.values, found.total, found.stopped, found.seconds)


def violation_volume(
    network: Network,
    domain: Domain,
    unsafe: Unsafe | Halfspaces | Iterable[Halfspaces],
    *,
    boxes: int = BOXES,
    **options: Any,
) -> Measure:
    """Return the volume of the inputs of a domain whose outputs lie in an unsafe set.

    Parameters
    ----------
    network, domain, boxes, options
        As for `class_volumes`.
    unsafe : Unsafe, Halfspaces or sequence of Halfspaces
        As for `verify`. What polyhedra have in common counts once.

    Raises
    ------
    DomainError
        As `class_volumes`.
    PropertyError
        If the unsafe set has another number of outputs.

    Examples
    --------
    >>> from exactregions import Box
    >>> from exactregions.cases.networks import hat
    >>> violation_volume(hat(), Box([-1], [3]), Halfspaces([[-1]], [-0.5]))  # where the hat is at least 1/2
    <Measure: 1>
    """
    given = unsafe_of(unsafe)
    if given.outputs not in (None, network.outputs):
        raise PropertyError(f"the unsafe set has {given.outputs} outputs, and the network {network.outputs}")
    found = integrated(UnsafeIndicator(network, given), network, domain, boxes, options)
    return Measure(found.values[0], found.total, found.stopped, found.seconds)


def mean(
    network: Network, domain: Domain, direction: Direction | None = None, *, boxes: int = BOXES, **options: Any
) -> Measure:
    """Return the mean of an output, or of a combination direction . f(x), over a domain.

    Parameters
    ----------
    network, domain, boxes, options
        As for `class_volumes`.
    direction : sequence of float or Fraction, length outputs, optional
        May be left out for a network with one output.

    Raises
    ------
    DomainError
        As `class_volumes`.
    NetworkError, PropertyError
        As `maximize`.

    Examples
    --------
    >>> from exactregions import Box
    >>> from exactregions.cases.networks import hat
    >>> mean(hat(), Box([-1], [3]))
    <Measure: 0.25>
    """
    integrand = OutputValue(network, direction_of(network, direction))
    found = integrated(integrand, network, domain, boxes, options)
    lower, upper = (end / found.total for end in (found.values[0].lower, found.values[0].upper))
    return Measure(Value(lower, upper), found.total, found.stopped, found.seconds)
