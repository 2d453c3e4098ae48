"""Trials one after another, each from a seed of its own."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from exactregions.errors import ExactRegionsError
from exactregions.support.tables import counted
from exactregions.testing.trials.hostile_domains import hostile_domain
from exactregions.testing.trials.hostile_networks import FAMILIES, random_network
from exactregions.testing.trials.operations import ENGINES, Engines, perform, random_operations
from exactregions.testing.trials.oracle import Oracle, ReferenceOracle
from exactregions.testing.trials.session import Session, Wrong
from exactregions.testing.trials.smallest import shrunk
from exactregions.testing.trials.trial import Trial

SHRINKING = 60.0  # seconds for one failure
ALIKE = 3  # failures of one kind that are shrunk


@dataclass(frozen=True, slots=True)
class Failed:
    """A trial that failed, as it was found and shrunk.

    Attributes
    ----------
    seed, number : int
        `run_trials(seed=seed, first=number, trials=1)` runs it again.
    kind : str
        What was asked.
    trial : Trial
        The smallest one.
    message, script : str
    """

    seed: int
    number: int
    kind: str
    trial: Trial
    message: str
    script: str


@dataclass(slots=True)
class Summary:
    """What came of trials.

    Attributes
    ----------
    trials : int
    questions : Counter
        Answers that were compared, by what was asked.
    families : Counter
        The same by the family of the network; `domains` by the kind of the domain.
    refused : Counter
        What was rightly refused, by the message.
    failed : list of Failed
        Of each kind the first few, shrunk.
    wrong : Counter
        All failures by what was asked.
    seconds : float
    """

    trials: int = 0
    questions: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: list[Failed] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [
            f"{self.trials:,} trials, {self.questions.total():,} questions in {self.seconds:.0f} s, "
            f"{self.wrong.total()} wrong"
        ]
        tables = {"family": self.families, "domain": self.domains, "question": self.questions, "refused": self.refused}
        tables["wrong"] = self.wrong
        for name, table in tables.items():
            lines += [f"  {name:8} {key:60} {n:10,}" for key, n in table.most_common()]
        return "\n".join(lines)


def random_trial(seed: int, number: int, family: str | None = None) -> Trial:
    """Return the trial of this number; seeds of different trials are independent."""
    rng = np.random.default_rng((seed, number))
    name = family or str(rng.choice(list(FAMILIES)))
    network = random_network(name, rng)
    return Trial(name, network, hostile_domain(network, rng), random_operations(rng))


@dataclass(slots=True)
class _Runner:
    oracle: Oracle
    engines: Engines
    names: Mapping[str, Any]

    def run(self, trial: Trial, summary: Summary | None = None) -> tuple[Wrong | None, Session]:
        with Session(trial, self.oracle, self.names) as session, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wrong = None
            try:
                for name, seed in trial.operations:
                    perform(session, name, seed, self.engines)
            except Wrong as found:
                wrong = found
            except Exception as fault:  # noqa: BLE001 - of the tester or its oracle: told as a failure, and the rest goes on
                text = f"{type(fault).__name__}: {fault}"
                wrong = Wrong(f"{type(fault).__name__} of the tester", session.lines, "None", "a judgement", text)
        if summary is not None:
            questions = session.asked.total()
            summary.questions += session.asked
            summary.refused += session.refused
            summary.families[trial.family] += questions
            summary.domains[_kind(trial)] += questions
        return wrong, session

    def fails(self, trial: Trial) -> Wrong | None:
        return self.run(trial)[0]


def _kind(trial: Trial) -> str:
    domain = trial.domain.describe()
    kind = f"{domain['kind']} {domain['norm']}" if "norm" in domain else domain["kind"]
    return f"{kind}, {counted(trial.network.inputs, 'input')}"


def run_trials(
    trials: int | None = None,
    *,
    questions: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    first: int = 0,
    family: str | None = None,
    oracle: Oracle | None = None,
    engines: Sequence[str] = ENGINES,
    names: Mapping[str, Any] | None = None,
    most_failures: int = 1,
    shrinking: float = SHRINKING,
    report: Callable[[Summary], None] | None = None,
) -> Summary:
    """Run trials until one of the limits is reached, or Ctrl-C.

    Parameters
    ----------
    trials, questions, seconds : optional
        Limits; without any there is no end.
    seed, first : int
        The trials are those of the numbers first, first + 1, .. of this seed.
    family : str, optional
        One of `hostile_networks.FAMILIES`; otherwise each trial draws one.
    oracle : Oracle, optional
        The rational engine when left out.
    engines : sequence of str
        Source of what searches get as `engine`, drawn from evenly.
    names : mapping, optional
        Names that this source uses.
    most_failures : int
        After which no more trials are run.
    shrinking : float
        Seconds for each failure.
    report : callable, optional
        Is given the summary after each trial.

    Raises
    ------
    ExactRegionsError
        If there is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise ExactRegionsError(f"there is no family {family!r}; choose from {', '.join(FAMILIES)}")
    runner = _Runner(oracle or ReferenceOracle(), engines, names or {})
    summary, start = Summary(), time.perf_counter()
    for number in count(first):
        summary.seconds = time.perf_counter() - start
        done = trials is not None and summary.trials >= trials
        done |= questions is not None and summary.questions.total() >= questions
        done |= seconds is not None and summary.seconds >= seconds
        if done or summary.wrong.total() >= most_failures:
            return summary
        trial = random_trial(seed, number, family)
        try:
            wrong, _ = runner.run(trial, summary)
        except KeyboardInterrupt:
            return summary
        summary.trials += 1
        if wrong is not None:
            summary.wrong[wrong.kind] += 1
        if wrong is not None and summary.wrong[wrong.kind] <= ALIKE:
            smallest, wrong = shrunk(trial, wrong, runner.fails, shrinking)
            script = Session(smallest, runner.oracle, {}).script(wrong)
            summary.failed.append(Failed(seed, number, wrong.kind, smallest, str(wrong), script))
        if report is not None:
            report(summary)
    raise AssertionError("numbers do not end")
