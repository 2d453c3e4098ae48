"""From a case that breaks a bound to a smallest one: fewer layers, units and inputs, and simple numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from exactregions.auditing.case_size import size_of
from exactregions.auditing.cases import Asking, AuditCase, CutShort, Judged, NotJudged, judge
from exactregions.auditing.simplifying import simpler_cases

MOST_TRIALS = 4_000


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A smallest case, and what it took.

    Attributes
    ----------
    judged : Judged
    trials : int
        Cases that were tried on the way.
    finished : bool
        Whether no single step makes it smaller; False where the time or the number of trials ran out.
    """

    judged: Judged
    trials: int
    finished: bool


def shrink(asking: Asking, broken: Judged) -> Shrunk:
    """Make a case smaller while it shows the same thing to be wrong; every step is counted anew.

    Parameters
    ----------
    asking : Asking
        Its `ends` limits the time.
    broken : Judged
    """
    best, trials, place, improved = broken, 0, 0, False
    candidates: Iterator[AuditCase] = simpler_cases(best.case)
    while True:
        candidate = next(candidates, None)
        if candidate is None:
            if not improved:
                return Shrunk(best, trials, True)
            candidates, place, improved = simpler_cases(best.case), 0, False
            continue
        place += 1
        if size_of(candidate) >= size_of(best.case):
            continue
        if trials == MOST_TRIALS or time.perf_counter() > asking.ends:
            return Shrunk(best, trials, False)
        trials += 1
        try:
            judged = judge(asking, candidate)
        except NotJudged:
            continue
        except (CutShort, KeyboardInterrupt):
            return Shrunk(best, trials, False)
        if judged.like(broken):
            # go on at about the same place: what comes before is tried again in the next pass
            best, improved = judged, True
            candidates = islice(simpler_cases(best.case), place, None)
