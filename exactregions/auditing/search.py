"""`audit`: try to prove a bound wrong."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from exactregions.auditing.bound_under_test import falsifiable, reference
from exactregions.auditing.case_generator import Guide
from exactregions.auditing.cases import Asking, AuditCase, CutShort, Fault, Judged, NotJudged, judge, value_of
from exactregions.auditing.certified_count import proved
from exactregions.auditing.families import Family, named_families
from exactregions.auditing.findings import Audit, FamilyTally, Violation, tightness
from exactregions.auditing.reproducer import CERTIFICATE, empty_folder, write_reproducer
from exactregions.auditing.shrinking import shrink
from exactregions.bounds.contract import Bound
from exactregions.bounds.function_bound import BoundLike
from exactregions.bounds.registry import get_bound
from exactregions.engines.contract import Engine, Limits
from exactregions.engines.registry import get_engine
from exactregions.errors import ExactRegionsError
from exactregions.progress import StopReason

DEFAULT_CASES = 500
SHRINK_SECONDS = 60.0  # small networks need a few; without an end to it a slow bound would take hours


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """What an observer of an audit is told after each case.

    Attributes
    ----------
    tried, asked : int
        Cases.
    seconds : float
    ratio : Fraction or None
        The value over the count in the tightest case so far.
    note : str
        What is going on when it is not the plain search.
    """

    tried: int
    asked: int
    seconds: float
    ratio: Fraction | None = None
    note: str = ""


def audit(
    bound: BoundLike | Callable[[], Bound],
    *,
    cases: int = DEFAULT_CASES,
    seed: int = 0,
    time_limit: float | None = None,
    engine: str | Engine = "auto",
    families: Iterable[str | Path | Family] | None = None,
    output: str | os.PathLike[str] | None = None,
    progress: Callable[[AuditProgress], None] | None = None,
) -> Audit:
    """Try to prove a bound wrong by exact counts.

    Networks are drawn from several families, in balls of the three norms, boxes and, where small, the whole space.
    More than half of the cases are made from the tightest ones so far: weights moved, units repeated, added or taken
    out, radii at which the ball touches a hyperplane. The search ends at the first case that breaks the bound, shrinks
    it as far as it goes, every step counted anew, and proves the count by a certificate that is checked.

    A bound also breaks when it raises, or gives what no bound can be: NaN, a negative number, no integer. Where it
    makes no claim it should raise `exactregions.bounds.contract.NotApplicableError`.

    Parameters
    ----------
    bound : str, Bound or callable
        Of kind upper or lower: a name, "module:attribute", an object, or a function of a network and a domain, which
        is taken for an upper bound.
    cases : int
    seed : int
        The same seed gives the same cases, as long as no time limit ends the search.
    time_limit : float, optional
        Seconds for the search, not counting what a slow bound takes to return; shrinking may take as long again, a
        minute at most.
    engine : str or Engine
        Counts the regions.
    families : iterable, optional
        Names of `exactregions.auditing.FAMILIES`, paths of network files or folders of them, and functions that make a
        network from a `numpy.random.Generator`. All of `FAMILIES` when left out.
    output : path-like, optional
        A folder for the reproducer: network, domain, certificate, value of the bound and a test. It must be new or
        empty, and stays empty when nothing breaks.
    progress : callable, optional
        Is given an `AuditProgress` after each case.

    Returns
    -------
    Audit
        Ctrl-C ends it with what was found so far.

    Raises
    ------
    ExactRegionsError
        If there is no such bound, it is of kind expectation or attainable, an argument is out of range, or a family
        is unknown; an `EngineError` if the engine is unknown, or proves to be wrong itself.

    Examples
    --------
    >>> audit("naive", cases=20, engine="rational").falsified
    False
    """
    chosen = get_engine(engine)
    Limits(time_limit)  # refuses a negative one
    if cases < 1 or seed < 0:
        raise ExactRegionsError(f"cases is {cases} and seed {seed}; give at least one case, and a seed of 0 or more")
    start = time.perf_counter()
    asking = Asking(falsifiable(get_bound(bound)), chosen, math.inf if time_limit is None else start + time_limit)
    guide = Guide(named_families(families), np.random.default_rng(seed), chosen)
    folder = None if output is None else empty_folder(output)
    run = _Run(asking, guide, cases, start, progress)
    broken = run.until_broken()
    violation = None if broken is None else _settled(run, broken, folder)
    if violation is not None and folder is not None:
        write_reproducer(folder, violation, asking.bound.name, reference(bound, asking.bound), seed)
    found = Audit(asking.bound.name, asking.bound.kind, seed, cases, run.tallies(), violation, run.verdict(broken))
    place = str(folder) if folder is not None and violation is not None else None
    return replace(found, engine=chosen.name, seconds=time.perf_counter() - start, folder=place)


@dataclass(slots=True)
class _Run:
    """One audit, case after case."""

    asking: Asking
    guide: Guide
    asked: int
    start: float
    progress: Callable[[AuditProgress], None] | None
    tried: int = 0
    stopped: str | None = None
    _tallies: dict[str, FamilyTally] = field(default_factory=dict)
    _tightest: Judged | None = None

    def until_broken(self) -> Judged | None:
        """Try cases until one breaks the bound, all are tried, or the time is over."""
        try:
            while self.tried < self.asked:
                if time.perf_counter() > self.asking.ends:
                    raise CutShort(f"the time limit of {self.asking.ends - self.start:g} s is over")
                judged = self._try(self.guide.propose())
                if judged is not None and judged.broken:
                    return judged
        except CutShort as reason:
            self.stopped = str(reason)
        except KeyboardInterrupt:
            self.stopped = str(StopReason.INTERRUPTED)
        return None

    def _try(self, case: AuditCase) -> Judged | None:
        """Judge one case and learn from it."""
        self.tried += 1
        tally = self._tallies.get(case.family) or FamilyTally(case.family)
        try:
            judged = judge(self.asking, case)
        except NotJudged:
            judged = None
        if judged is None or not (judged.exact or judged.broken):
            self._tallies[case.family] = replace(tally, not_judged=tally.not_judged + 1)
            return None
        if judged.broken:
            self._tallies[case.family] = replace(tally, cases=tally.cases + 1)
            return judged
        self.guide.learn(judged)
        tightest = min((j for j in (tally.tightest, judged) if j is not None), key=tightness)
        self._tallies[case.family] = replace(tally, cases=tally.cases + 1, tightest=tightest)
        self._tightest = min((j for j in (self._tightest, judged) if j is not None), key=tightness)
        self.tell()
        return judged

    def tell(self, note: str = "") -> None:
        """Report to the observer."""
        if self.progress is None:
            return
        ratio = None if self._tightest is None else self._tightest.ratio
        seconds = time.perf_counter() - self.start
        self.progress(AuditProgress(self.tried, self.asked, seconds, ratio, note))

    def tallies(self) -> tuple[FamilyTally, ...]:
        """Return what became of each family, those without a case among them."""
        return tuple(self._tallies.get(name) or FamilyTally(name) for name in self.guide.families)

    def verdict(self, broken: Judged | None) -> str | None:
        """Return why the audit is not complete; None where it is, or something broke."""
        if broken is None and self.stopped is None and not any(t.cases for t in self._tallies.values()):
            return "neither the bound nor the engine makes a claim about any of the cases"
        return self.stopped if broken is None else None


def _settled(run: _Run, broken: Judged, folder: Path | None) -> Violation:
    """Shrink a case, prove its count, and ask the bound once more."""
    run.tell("shrinking")
    asking = run.asking
    seconds = SHRINK_SECONDS
    if not math.isinf(asking.ends):
        seconds = min(seconds, asking.ends - run.start)
    smallest = shrink(replace(asking, ends=time.perf_counter() + seconds), broken)
    run.tell("proving the count")
    with TemporaryDirectory() as scratch:
        judged, certified = proved(smallest.judged, asking.engine, (folder or Path(scratch)) / CERTIFICATE)
    return Violation(judged, broken, smallest.trials, certified, _same_again(asking, judged))


def _same_again(asking: Asking, judged: Judged) -> bool:
    try:
        value = value_of(asking.bound, judged.case.network, judged.case.domain)
    except NotJudged:
        return False
    if isinstance(value, Fault):
        return judged.fault is not None and value.kind == judged.fault.kind
    return value == judged.value
