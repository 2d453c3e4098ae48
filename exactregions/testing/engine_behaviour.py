"""What an answer must say of itself: limits, interrupts, counting only, copies of engine and answer."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from exactregions.cases import networks as nets
from exactregions.cases.case import Case
from exactregions.cases.domains import every_kind, polytope
from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits, Resumable
from exactregions.errors import DomainError
from exactregions.network import Network
from exactregions.progress import Observer, Progress
from exactregions.regions import RegionSet
from exactregions.testing.answers import answer_failures, part_failures
from exactregions.testing.conformance_report import Failure

LIMIT = 0.5  # seconds for a search that has millions of regions before it
PATIENCE = 60.0  # seconds it may take to heed that: a slow machine is no fault, a limit that is ignored is
SAMPLE = 100  # regions of such a search that are checked
TOLD = 20.0  # seconds in which an observer should hear of a region


class NotAsked(Exception):
    """Why a check does not apply to an engine."""


class _FromObserver(Exception):
    """What an observer raises, to see whether it comes out."""


Check = Callable[[Engine, str], list[Failure]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A check of what an engine does beyond finding regions.

    Attributes
    ----------
    name : str
    check : callable
        Is given the engine and the name; returns the failures, or raises `NotAsked`.
    cost : int
        As of a `Case`.
    """

    name: str
    check: Check
    cost: int = 500


def behaviours() -> list[Behaviour]:
    """Return the checks."""
    small = {
        "max_regions 1": partial(_max_regions, most=1),
        "max_regions 7": partial(_max_regions, most=7),
        "max_regions that is just enough": _just_enough,
        "max_regions beyond the count": _more_than_enough,
        "time limit of zero": _no_time,
        "counting only": _counting,
        "two workers": _two_workers,
        "asked twice": _asked_twice,
        "a pickled engine": _pickled_engine,
        "a pickled answer": _pickled_answer,
        "the verdict as plain data": _plain_data,
        "resumed from its frontier": _resumed,
    }
    other = {"the name": _name, "an empty polytope": _empty_polytope}
    long = {
        "time limit in a long search": _time_limit,
        "interrupted from the observer": _interrupted,
        "an error of the observer": _observer_error,
    }
    return [
        *(Behaviour(name, check) for name, check in other.items()),
        *(Behaviour(name, _on_small(check)) for name, check in small.items()),
        *(Behaviour(name, check, cost=10_000) for name, check in long.items()),
    ]


def _small() -> Network:
    """Return a network of some ten regions in every kind of domain: no engine is too slow for it."""
    return nets.generated(2, 3, 3, 1, seed=10)


def _on_small(check: Callable[[Engine, Case], list[Failure]]) -> Check:
    """Return a check that asks a small question, which the engine supports."""
    return lambda engine, name: check(engine, Case(name, _small(), _supported(engine, _small())))


def _supported(engine: Engine, network: Network) -> Domain:
    domains = every_kind(network.inputs)
    for domain in (domains.pop("a box"), *domains.values()):
        if engine.supports(network, domain) is None:
            return domain
    raise NotAsked("the engine supports no domain for this network")


def _search(engine: Engine, case: Case, limits: Limits | None = None, observer: Observer | None = None) -> RegionSet:
    return engine.search(case.network, case.domain, limits or Limits(), observer)


def _expect(holds: bool, name: str, expected: str, got: object) -> list[Failure]:
    return [] if holds else [Failure(name, expected, str(got))]


# ---- the small question


def _name(engine: Engine, name: str) -> list[Failure]:
    return _expect(isinstance(engine.name, str) and bool(engine.name), name, "a name", repr(engine.name))


def _max_regions(engine: Engine, case: Case, most: int) -> list[Failure]:
    regions = _search(engine, case, Limits(regions=most))
    kept = regions.count == most and not regions.complete
    wanted = f"{most} regions and a search that is not complete"
    return [*_expect(kept, case.name, wanted, regions), *part_failures(case, regions)]


def _just_enough(engine: Engine, case: Case) -> list[Failure]:
    """It may know that nothing is left, or not; it may lose nothing."""
    regions = _search(engine, case, Limits(regions=case.count))
    enough = _expect(regions.count == case.count, case.name, f"{case.count} regions", regions)
    return [*enough, *part_failures(case, regions)]


def _more_than_enough(engine: Engine, case: Case) -> list[Failure]:
    return answer_failures(case, _search(engine, case, Limits(regions=case.count + 1)))


def _no_time(engine: Engine, case: Case) -> list[Failure]:
    """A search may end all the same, but then with everything."""
    regions = _search(engine, case, Limits(seconds=0.0))
    return answer_failures(case, regions) if regions.exact else part_failures(case, regions)


def _counting(engine: Engine, case: Case) -> list[Failure]:
    regions = _search(engine, case, Limits(store=False))
    right = regions.exact and regions.count == case.count and len(regions.patterns) == 0
    return _expect(right, case.name, f"exactly {case.count} regions, none of them held", regions)


def _two_workers(engine: Engine, case: Case) -> list[Failure]:
    return answer_failures(case, _search(engine, case, Limits(workers=2)))


def _asked_twice(engine: Engine, case: Case) -> list[Failure]:
    return [failure for _ in range(2) for failure in answer_failures(case, _search(engine, case))]


def _pickled_engine(engine: Engine, case: Case) -> list[Failure]:
    return answer_failures(case, _search(pickle.loads(pickle.dumps(engine)), case))


def _pickled_answer(engine: Engine, case: Case) -> list[Failure]:
    return answer_failures(case, pickle.loads(pickle.dumps(_search(engine, case))))


def _plain_data(engine: Engine, case: Case) -> list[Failure]:
    regions = _search(engine, case)
    try:
        json.dumps(regions.describe(), allow_nan=False)
    except (TypeError, ValueError) as error:
        return [Failure(case.name, "a verdict that JSON can hold", str(error))]
    return []


def _resumed(engine: Engine, case: Case) -> list[Failure]:
    if not isinstance(engine, Resumable):
        raise NotAsked("the engine keeps no frontier")
    part = _search(engine, case, Limits(regions=5))
    prefixes = [np.array(prefix, dtype=np.int8) for prefix in part.frontier]
    return answer_failures(case, part.joined(engine.search_below(case.network, case.domain, prefixes, Limits(), None)))


def _empty_polytope(engine: Engine, name: str) -> list[Failure]:
    case = Case(name, _small(), polytope([[1, 0], [-1, 0]], [0, 0]), 0)
    if engine.supports(case.network, case.domain) is not None:
        raise NotAsked("the engine supports no polytopes")
    try:
        regions = _search(engine, case)
    except DomainError:
        return []
    return [Failure(name, "a DomainError", repr(regions))]


# ---- a question that no engine finishes


def _endless(engine: Engine, name: str) -> Case:
    network = nets.generated(8, 32, 32, 1)
    return Case(name, network, _supported(engine, network), known=5_000_000)


def _time_limit(engine: Engine, name: str) -> list[Failure]:
    case, start = _endless(engine, name), time.perf_counter()

    def lose_patience(progress: Progress) -> None:
        if time.perf_counter() - start > PATIENCE:
            raise KeyboardInterrupt

    regions = _search(engine, case, Limits(seconds=LIMIT), lose_patience)
    seconds = time.perf_counter() - start
    late = _expect(seconds < PATIENCE, name, f"an end soon after {LIMIT:g} s", f"one after {seconds:.1f} s")
    return [*late, *_unfinished(case, regions)]


def _interrupted(engine: Engine, name: str) -> list[Failure]:
    case, told = _endless(engine, name), []

    def interrupt(progress: Progress) -> None:
        if progress.regions:
            told.append(progress)
            raise KeyboardInterrupt

    try:
        regions = _search(engine, case, Limits(seconds=TOLD), interrupt)
    except KeyboardInterrupt:
        if not told:
            raise  # a real one
        return [Failure(name, "the regions found so far", "KeyboardInterrupt")]
    _was_told(told)
    kept = _expect(regions.count >= told[0].regions, name, f"{told[0].regions} regions or more", regions)
    return [*kept, *_unfinished(case, regions)]


def _observer_error(engine: Engine, name: str) -> list[Failure]:
    case, told = _endless(engine, name), []

    def fail(progress: Progress) -> None:
        told.append(progress)
        raise _FromObserver

    try:
        regions = _search(engine, case, Limits(seconds=LIMIT), fail)
    except _FromObserver:
        return []
    _was_told(told)
    return [Failure(name, "the observer's error", repr(regions))]


def _was_told(told: list[Progress]) -> None:
    if not told:
        raise NotAsked("the engine told its observer nothing in time")


def _unfinished(case: Case, regions: RegionSet) -> list[Failure]:
    cut_short = _expect(not regions.complete, case.name, "a search that is not complete", regions)
    return [*cut_short, *part_failures(case, regions, witnesses=SAMPLE, radii=0)]
