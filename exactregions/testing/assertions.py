"""Assertions for test suites: that a network has so many regions, and that a bound holds.

They need no pytest; under it, the option `--exactregions-engine` chooses the engine that counts. A failure names the
network, the domain and the number that was found.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from operator import index
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeAlias

from exactregions.domain import Domain
from exactregions.network import Network
from exactregions.progress import StopReason
from exactregions.support.tables import counted, number_text

if TYPE_CHECKING:
    from exactregions.auditing.cases import Asking, AuditCase, Judged
    from exactregions.bounds.contract import Bound
    from exactregions.engines.contract import Engine

__all__ = ["ENGINE", "Question", "assert_bound_holds", "assert_exact_count"]

# the engine of assertions that name none; the pytest plugin sets it
ENGINE: ContextVar[str] = ContextVar("exactregions_engine", default="auto")

SHOWN = 3  # cases in a failure
GIVEN = "given"  # stands for the name of a case that has none


class Question(Protocol):
    """What has a network and a domain, as `Case`, `GoldenCase` and `AuditCase` have."""

    @property
    def network(self) -> Network:
        """The network."""
        ...

    @property
    def domain(self) -> Domain:
        """The domain."""
        ...


Pair: TypeAlias = "tuple[Network, Domain]"


def assert_exact_count(
    network: Network | str | os.PathLike[str],
    domain: Domain,
    expected: SupportsIndex,
    *,
    engine: str | Engine | None = None,
) -> None:
    """Assert that exactly so many regions of a network meet a domain.

    Parameters
    ----------
    network : Network or path-like
        A path is read by `exactregions.load`.
    domain : Domain
    expected : int
    engine : str or Engine, optional
        That of the option `--exactregions-engine` when left out, and "auto" without it.

    Raises
    ------
    AssertionError
        If there are more or fewer, or the engine gives no exact answer.
    ExactRegionsError
        If network and domain do not fit together, or the engine cannot answer.

    Examples
    --------
    >>> from exactregions import Ball
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> assert_exact_count(network, Ball([0.25], 0.5), 3, engine="rational")
    """
    __tracebackhide__ = True
    from exactregions.enumeration import enumerate_regions
    from exactregions.importers import load

    model = network if isinstance(network, Network) else load(network)
    wanted = index(expected)
    regions = enumerate_regions(model, domain, engine=engine or ENGINE.get(), store=False)
    if regions.stop_reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt  # the engine took it for its own; it was meant for the whole run
    if regions.exact and regions.count == wanted:
        return
    found = f"exactly {regions.count:,}" if regions.exact else f"at least {regions.count:,}, and no exact answer"
    said = f"expected {wanted:,} regions, found {found} (engine {regions.engine!r})"
    raise AssertionError(f"{said}\n{_at(model, domain)}")


def assert_bound_holds(
    bound: str | Bound | Callable[..., Any],
    cases: Iterable[Question | Pair],
    *,
    engine: str | Engine | None = None,
) -> None:
    """Assert that a bound contradicts none of the exact counts of some cases.

    Parameters
    ----------
    bound : str, Bound or callable
        Of kind upper or lower: a name, "module:attribute", an object, or a function of a network and a domain, which
        is taken for an upper bound.
    cases : iterable
        Pairs of a network and a domain, or objects that have both.
    engine : str or Engine, optional
        As for `assert_exact_count`.

    Raises
    ------
    AssertionError
        If the bound is wrong somewhere, raises, or gives what no bound can be; also if it makes no claim about any of
        the cases, because then nothing was tested.
    ExactRegionsError
        If there is no such bound, or its kind is expectation or attainable.

    Examples
    --------
    >>> from exactregions import Ball
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> assert_bound_holds("ball_profile", [(network, Ball([0.25], 0.5))], engine="rational")
    """
    __tracebackhide__ = True
    from exactregions.auditing.bound_under_test import falsifiable
    from exactregions.auditing.cases import Asking, NotJudged
    from exactregions.bounds.registry import get_bound
    from exactregions.engines.registry import get_engine

    asking = Asking(falsifiable(get_bound(bound)), get_engine(engine or ENGINE.get()), most_regions=None)
    given = [_as_case(case) for case in cases]
    broken, silent = [], []
    for case in given:
        try:
            judged = _judged(asking, case)
        except NotJudged as reason:
            silent.append(str(reason))
            continue
        if judged.broken:
            broken.append(judged)
        elif not judged.exact:
            silent.append("the engine left something undecided")
    if broken:
        raise AssertionError(_failure(asking.bound, broken, len(given) - len(silent)))
    if len(silent) == len(given):
        why = f": {silent[0]}" if silent else ""
        raise AssertionError(f"the bound {asking.bound.name!r} was held against none of {len(given)} cases{why}")


def _as_case(case: Question | Pair) -> AuditCase:
    from exactregions.auditing.cases import AuditCase

    if isinstance(case, tuple):
        network, domain = case
        return AuditCase(GIVEN, network, domain)
    return AuditCase(str(getattr(case, "name", GIVEN)), case.network, case.domain)


def _judged(asking: Asking, case: AuditCase) -> Judged:
    from exactregions.auditing.cases import CutShort, judge

    try:
        return judge(asking, case)
    except CutShort:
        raise KeyboardInterrupt from None  # without a time limit nothing else stops a search


def _failure(bound: Bound, broken: list[Judged], judged: int) -> str:
    lines = [f"the {bound.kind} bound {bound.name!r} is wrong in {len(broken)} of {judged} cases"]
    for wrong in broken[:SHOWN]:
        named = "" if wrong.case.family == GIVEN else f"{wrong.case.family}: "
        lines += [f"  {named}{_said(wrong)}", _at(wrong.case.network, wrong.case.domain)]
    more = len(broken) - SHOWN
    return "\n".join([*lines, *([f"  .. and {more} more"] if more > 0 else [])])


def _said(wrong: Judged) -> str:
    if wrong.fault is not None:
        return f"it gives no number that a bound can be: {wrong.fault}"
    are = "is" if wrong.count == 1 else "are"
    least = "exactly" if wrong.exact else "at least"
    return f"it gives {number_text(wrong.value)}, but there {are} {least} {counted(wrong.count)}"


def _at(network: Network, domain: Domain) -> str:
    from exactregions.auditing.case_text import case_lines
    from exactregions.auditing.cases import AuditCase

    return "\n".join(f"    {line}" for line in case_lines(AuditCase("", network, domain)))
