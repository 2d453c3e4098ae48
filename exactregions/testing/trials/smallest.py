"""From a trial that failed to a smallest one: fewer operations, then smaller networks, domains and numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from exactregions.auditing.case_size import size_of
from exactregions.auditing.cases import AuditCase
from exactregions.auditing.simplifying import simpler_cases
from exactregions.testing.trials.session import Wrong
from exactregions.testing.trials.trial import Trial

MOST_TRIALS = 3_000
# what depends on the clock is not seen again for sure, so something else is put in its place
TIMED, INSTEAD, OTHERS = "limit_time", "limit", 4


def shrunk(trial: Trial, wrong: Wrong, fails: Callable[[Trial], Wrong | None], seconds: float) -> tuple[Trial, Wrong]:
    """Return a smaller trial that fails in the same way, and how.

    Parameters
    ----------
    trial : Trial
    wrong : Wrong
    fails : callable
        Runs a trial, and returns what is wrong.
    seconds : float
        After which the smallest one so far is returned.
    """
    ends, tried = time.perf_counter() + seconds, 0
    improved = True
    while improved:
        improved = False
        for candidate in _smaller(trial):
            if time.perf_counter() > ends or tried == MOST_TRIALS:
                return trial, wrong
            if _size(candidate) >= _size(trial):
                continue
            tried += 1
            found = fails(candidate)
            if found is not None and found.kind == wrong.kind:
                trial, wrong, improved = candidate, found, True
                break
    return trial, wrong


def _size(trial: Trial) -> tuple[int, int, tuple[int, ...]]:
    names = [name for name, _ in trial.operations]
    return len(names), names.count(TIMED), size_of(AuditCase(trial.family, trial.network, trial.domain))


def _smaller(trial: Trial) -> Iterator[Trial]:
    steps = trial.operations
    for k in reversed(range(len(steps))):
        if len(steps) > 1:
            yield replace(trial, operations=steps[:k] + steps[k + 1 :])
    for k, (name, seed) in enumerate(steps):
        if name == TIMED:
            for other in range(seed, seed + OTHERS):
                yield replace(trial, operations=(*steps[:k], (INSTEAD, other), *steps[k + 1 :]))
    for case in simpler_cases(AuditCase(trial.family, trial.network, trial.domain)):
        if case.network.stages:
            yield replace(trial, network=case.network, domain=case.domain)
