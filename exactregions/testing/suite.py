"""The conformance suite: does an engine keep the contract."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache

from exactregions.cases.case import Case
from exactregions.cases.closed_forms import closed_forms
from exactregions.cases.degenerate import degenerate
from exactregions.cases.random_nets import random_nets
from exactregions.engines.contract import Engine, Limits
from exactregions.engines.lowered import search
from exactregions.engines.registry import get_engine
from exactregions.fixed_inputs import free_inputs
from exactregions.progress import StopReason
from exactregions.regions import RegionSet
from exactregions.testing.answers import answer_failures
from exactregions.testing.conformance_report import Failure, Report, Skipped
from exactregions.testing.engine_behaviour import Behaviour, NotAsked, behaviours
from exactregions.winner_patterns import pairwise_lowering


@cache
def standard_cases() -> tuple[Case, ...]:
    """Return the cases of the suite with their truths, cheap ones first."""
    return tuple(sorted([*closed_forms(), *degenerate(), *random_nets()], key=lambda case: case.cost))


def check_engine(
    engine: str | Engine,
    *,
    largest: int = 2_000,
    time_limit: float | None = None,
    only: str = "*",
    accept_undecided: bool = False,
    stop_at_failure: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Put an engine to the test, in every domain that it supports.

    Every truth is known before the engine is asked: from a closed form, or from the exact reference. A right
    answer is exact, has the right number of distinct regions, a witness strictly inside each, and the right entry
    radii where it gives any. Limits, interrupts, counting and pickling are tried as well.

    Parameters
    ----------
    engine : str or Engine
        A name that `exactregions.engine_names` lists, or an object.
    largest : int
        Cases with more regions are skipped; for slow engines.
    time_limit : float, optional
        Seconds after which the remaining cases, dear ones, are skipped.
    only : str
        Names of the cases to run, with wildcards as in file names: ``"sliver*"``.
    accept_undecided : bool
        Let pass an answer that says it is undecided, when what it holds is right.
    stop_at_failure : bool
        Skip what comes after the first case that fails.
    progress : callable, optional
        Is given the name of each case before it runs.

    Returns
    -------
    Report
        `raise_for_failures()` makes a test of it.

    Raises
    ------
    EngineError
        If the name is unknown or the engine cannot be loaded.

    Examples
    --------
    >>> check_engine("rational", only="braid [23]").passed
    ('braid 2', 'braid 3')
    """
    run = _Run(get_engine(engine), largest, time_limit, accept_undecided, progress)
    items: list[Case | Behaviour] = [*standard_cases(), *behaviours()]
    for item in sorted((i for i in items if fnmatchcase(i.name, only)), key=lambda i: i.cost):
        if stop_at_failure and run.failures:
            run.skipped.append(Skipped(item.name, "something before it failed"))
        else:
            run.put(item)
    return run.report()


@dataclass(slots=True)
class _Run:
    """One run of the suite, case after case."""

    engine: Engine
    largest: int
    time_limit: float | None
    accept_undecided: bool
    progress: Callable[[str], None] | None
    start: float = field(default_factory=time.perf_counter)
    passed: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def seconds_left(self) -> float | None:
        """Time that is left of the limit; None without one."""
        return None if self.time_limit is None else self.time_limit - (time.perf_counter() - self.start)

    def put(self, item: Case | Behaviour) -> None:
        """Put one case to the engine, and note what came of it."""
        try:
            found = self._failures(item)
        except NotAsked as reason:
            self.skipped.append(Skipped(item.name, str(reason)))
            return
        except Exception as fault:  # noqa: BLE001 - an engine may raise anything, and that is a failure of this case
            found = [Failure(item.name, "an answer", f"{type(fault).__name__}: {fault}")]
        self.failures += found
        if not found:
            self.passed.append(item.name)

    def _failures(self, item: Case | Behaviour) -> list[Failure]:
        if isinstance(item, Case) and item.count > self.largest:
            raise NotAsked(f"more than {self.largest} regions")
        self._heed_time()
        if self.progress is not None:
            self.progress(item.name)
        return item.check(self.engine, item.name) if isinstance(item, Behaviour) else self._case_failures(item)

    def _case_failures(self, case: Case) -> list[Failure]:
        question = free_inputs(case.network, case.domain)
        reason = self.engine.supports(pairwise_lowering(question.network), question.domain)
        if reason is not None:
            if not isinstance(reason, str):
                return [Failure(case.name, "from `supports` None or a reason in text", repr(reason))]
            raise NotAsked(f"not supported: {reason}")
        found = search(self.engine, question.network, question.domain, Limits(self.seconds_left), None)
        if not isinstance(found, RegionSet):
            return [Failure(case.name, "a RegionSet", repr(found))]
        regions = question.outward(found)
        if regions.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt  # the engine took it for its own; it was meant for the whole run
        if not regions.complete:
            self._heed_time()
        return answer_failures(case, regions, self.accept_undecided)

    def _heed_time(self) -> None:
        left = self.seconds_left
        if left is not None and left <= 0:
            raise NotAsked(f"the time of {self.time_limit:g} s is over")

    def report(self) -> Report:
        """Return what was found."""
        seconds = time.perf_counter() - self.start
        return Report(self.engine.name, tuple(self.passed), tuple(self.skipped), tuple(self.failures), seconds)
