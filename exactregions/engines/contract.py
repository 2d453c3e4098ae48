"""What an engine is, and what it is told while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.errors import EngineError
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.shortening import short

if TYPE_CHECKING:
    from exactregions.engines.certificate_folder import CertificateFolder, Filed

__all__ = ["Certifying", "Engine", "Goal", "Limits", "Prefix", "Recording", "Resumable", "SharingParts"]

Prefix: TypeAlias = NDArray[np.int8]  # signs of the first units, wires included, in {-1, 1}


@dataclass(frozen=True, slots=True)
class Goal:
    """Which regions a search looks for: those in which all units of some group are positive.

    A search leaves a node as soon as each group has a unit with the sign -. It records a leaf there, whose later units
    are not settled.

    Attributes
    ----------
    groups : tuple of tuple of int
        Places of units of the last stage among all units, wires included.
    prune : bool
        Leave nodes where relaxed units show that no such region lies below, for engines that can. Cells are then cut
        by coordinates too, so a region may be found in several pieces, and what is left of an unfinished search is
        all below the prefixes it was given.
    """

    groups: tuple[tuple[int, ...], ...]
    prune: bool = False

    def is_out_of_reach(self, signs: Sequence[bool]) -> bool:
        """Whether no region of the goal begins with these signs."""
        known = len(signs)
        return all(any(unit < known and not signs[unit] for unit in group) for group in self.groups)


def require_seconds(limit: float | None) -> None:
    """Raise `EngineError` for a time limit that is neither a number of seconds, zero or more, nor None."""
    if limit is not None and not (isinstance(limit, Real) and limit >= 0):
        raise EngineError(f"time_limit is {short(limit)}; give seconds, zero or more, or None")


def require_observer(progress: object) -> None:
    """Raise `EngineError` for what is neither a function nor None."""
    if progress is not None and not callable(progress):
        raise EngineError(f"progress is {short(progress)}; give a function that takes a Progress, or None")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a search must stop, and what it keeps; None is no limit.

    Attributes
    ----------
    seconds : float or None
    regions : int or None
    store : bool
        Keep the regions, not only their number.
    workers : int
        Threads that search disjoint parts, for engines that can.
    goal : Goal or None
        Find and count the regions of a goal only; for the engines 'tree' and 'rational'.
    entry_radii : bool
        Whether entry radii will be asked for: an engine that can find them on its way does so.

    Raises
    ------
    EngineError
        If a limit is negative or NaN, or workers is below one.
    """

    seconds: float | None = None
    regions: int | None = None
    store: bool = True
    workers: int = 1
    goal: Goal | None = None
    entry_radii: bool = False

    def __post_init__(self) -> None:
        require_seconds(self.seconds)
        if self.regions is not None and self.regions < 1:
            raise EngineError(f"max_regions is {self.regions}; give a positive number, or None")
        if self.workers < 1:
            raise EngineError(f"workers is {self.workers}; give one or more")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a certificate asks of a search.

    Attributes
    ----------
    write : callable
        Is given each part as it is finished, never two at a time.
    witnesses : bool
        Whether leaves need their witnesses.
    prefixes : sequence of Prefix
        Search below each of them, in a part of its own; the empty prefix is the whole search.
    folder : CertificateFolder, optional
        Where workers of an engine that has some write their parts, in place of giving them back.
    left, filed : callable, optional
        Are told then of the prefixes to which the search is left, and of each file.
    """

    write: Callable[[Part], None]
    witnesses: bool = True
    prefixes: Sequence[Prefix] = (np.zeros(0, dtype=np.int8),)
    folder: CertificateFolder | None = None
    left: Callable[[Sequence[Prefix]], None] | None = None
    filed: Callable[[Filed], None] | None = None


class Engine(Protocol):
    """A way to find all regions of a network in a domain.

    A search never guesses: a limit or an interrupt (KeyboardInterrupt) gives `complete=False` with the regions
    found so far, and what cannot be settled is counted in `undecided`. Every region it returns is proper and meets
    the domain, and its witness lies strictly inside both, exactly.

    A network with winner units (max-pooling, maxout) is given to it without `Network.winners`, as two-slope units
    alone, and what it finds is joined (mathematics, 2.3); unless its attribute `tells_winners` is true, and its
    patterns are those of winners.
    """

    @property
    def name(self) -> str:
        """Name under which the engine is asked for."""
        ...

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None when the engine can answer, else the reason why not."""
        ...

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """An engine that can search below given prefixes, and so go on where it stopped."""

    def search_below(
        self,
        network: Network,
        domain: Domain,
        prefixes: Sequence[Prefix],
        limits: Limits,
        observer: Observer | None,
    ) -> RegionSet:
        """Find the regions whose patterns begin with one of the prefixes, whose cells must be disjoint."""
        ...


@runtime_checkable
class Certifying(Protocol):
    """An engine that can take its search down, so that a certificate comes of it."""

    def search_recorded(
        self, network: Network, domain: Domain, limits: Limits, observer: Observer | None, recording: Recording
    ) -> RegionSet:
        """Find the regions, and write the parts of a certificate on the way."""
        ...


@runtime_checkable
class SharingParts(Protocol):
    """An engine whose workers can write the parts of a certificate themselves."""

    @property
    def executor(self) -> Executor:
        """Whose workers they are."""
        ...
