"""A question put to a bound, and what came of it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from fractions import Fraction

from exactregions.bounds.contract import Bound, NotApplicableError, checked_value, fault_message
from exactregions.domain import Domain
from exactregions.engines.contract import Engine
from exactregions.enumeration import enumerate_regions
from exactregions.network import Network

MOST_REGIONS = 2_000  # of a case: enough for networks of this size, and a slow engine ends in seconds


@dataclass(frozen=True, slots=True)
class AuditCase:
    """A network, a domain, and where they are from.

    Attributes
    ----------
    family : str
        The family of the network, or of the one it was made from.
    network : Network
    domain : Domain
    """

    family: str
    network: Network
    domain: Domain


@dataclass(frozen=True, slots=True)
class Fault:
    """What was wrong with the bound itself: it raised, or gave what no bound can be.

    Attributes
    ----------
    kind : str
        Name of the exception; two faults are alike when it is the same.
    message : str
    """

    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}" if self.message else self.kind


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the value of the bound, held against the number of regions.

    Attributes
    ----------
    case : AuditCase
    kind : {"upper", "lower"}
        Of the bound.
    value : int or None
        None where the bound has a fault.
    fault : Fault or None
    count : int or None
        Number of regions, at least 1; None where a fault made it needless.
    exact : bool
        Whether the count is exact; otherwise there are at least so many.
    """

    case: AuditCase
    kind: str
    value: int | None = None
    fault: Fault | None = None
    count: int | None = None
    exact: bool = False

    @property
    def broken(self) -> bool:
        """Whether the bound is wrong here: it has a fault, or the count proves that it does not hold."""
        if self.fault is not None:
            return True
        if self.value is None or self.count is None:
            return False
        return self.value < self.count if self.kind == "upper" else self.exact and self.value > self.count

    @property
    def ratio(self) -> Fraction | None:
        """The value over the count; None where there is none, or the count is not exact."""
        if self.value is None or not self.count or not self.exact:
            return None
        return Fraction(self.value, self.count)

    @property
    def slack(self) -> Fraction | float | None:
        """How far from broken: 1 where the bound is attained, larger the looser; None without a ratio."""
        ratio = self.ratio
        if ratio is None or self.kind == "upper":
            return ratio
        return 1 / ratio if ratio else math.inf

    def like(self, other: Judged) -> bool:
        """Whether both show the same thing to be wrong."""
        if not (self.broken and other.broken):
            return False
        kinds = [None if judged.fault is None else judged.fault.kind for judged in (self, other)]
        return kinds[0] == kinds[1]


class NotJudged(Exception):
    """A case that says nothing about the bound: the bound or the engine makes no claim about it."""


class CutShort(Exception):
    """The time is over, or somebody pressed Ctrl-C; the message says which."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How cases are judged.

    Attributes
    ----------
    bound : Bound
    engine : Engine
    ends : float
        Time of `time.perf_counter` at which the searches stop.
    most_regions : int or None
        At which the search in one case stops; None is never.
    """

    bound: Bound
    engine: Engine
    ends: float = math.inf
    most_regions: int | None = MOST_REGIONS


def value_of(bound: Bound, network: Network, domain: Domain) -> int | Fault:
    """Return what a bound of kind upper or lower gives, or what is wrong with it.

    Raises
    ------
    NotJudged
        If the bound makes no claim about this network and domain.
    """
    try:
        return int(checked_value(bound.evaluate(network, domain), bound.kind))
    except NotApplicableError as reason:
        raise NotJudged(str(reason)) from None
    except Exception as fault:  # noqa: BLE001 - a user's bound may raise anything, and that is what is looked for
        return Fault(type(fault).__name__, fault_message(fault))


def judge(asking: Asking, case: AuditCase) -> Judged:
    """Evaluate the bound on a case and count its regions.

    Raises
    ------
    NotJudged
        If the bound or the engine makes no claim about it.
    CutShort
        If the search was stopped, and what it had found proves nothing.
    """
    value = value_of(asking.bound, case.network, case.domain)
    if isinstance(value, Fault):
        return Judged(case, asking.bound.kind, fault=value)
    reason = asking.engine.supports(case.network, case.domain)
    if reason is not None:
        raise NotJudged(f"engine {asking.engine.name!r} cannot answer: {reason}")
    left = asking.ends - time.perf_counter()
    regions = enumerate_regions(
        case.network,
        case.domain,
        engine=asking.engine,
        time_limit=None if math.isinf(left) else max(left, 0.0),
        max_regions=asking.most_regions,
        store=False,
    )
    judged = Judged(case, asking.bound.kind, value, None, regions.count, regions.exact)
    capped = asking.most_regions is not None and regions.count >= asking.most_regions
    if not (regions.complete or judged.broken or capped):
        raise CutShort(str(regions.stopped))
    return judged
