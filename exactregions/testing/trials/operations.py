"""What is done in a trial: searches, limits, files, resuming, proofs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from exactregions.errors import DomainError
from exactregions.testing.trials.judging import judge_regions
from exactregions.testing.trials.on_slices import restrict, through
from exactregions.testing.trials.questions import (
    affine_maps,
    compare_bounds,
    curve_at_radii,
    facets,
    linear,
    measure,
    study_points,
)
from exactregions.testing.trials.session import Session

Rng = np.random.Generator
Engines = Sequence[str]  # source of what `engine=` is given

ENGINES: Engines = ('"tree"',) * 12 + ('"facets"', '"rational"', '"milp"', '"auto"')


def _rows(rng: Rng) -> list[int]:
    return rng.integers(0, 2**20, size=4).tolist()


def _search(session: Session, rng: Rng, options: str) -> bool:
    """Search with these options; an empty domain is to be refused."""
    line = f"regions = enumerate_regions(network, domain{options})"
    if session.truth.patterns:
        session.run(line)
        return True
    if session.run(line, (DomainError,)):
        # a search that was cut short need not have come to it
        session.ask("refusal of an empty domain", "len(regions), regions.complete", (0, False))
        session.names["regions"] = None
    else:
        session.asked["refusal of an empty domain"] += 1
    return False


def enumerate_all(session: Session, rng: Rng, engine: str) -> None:
    """Search to the end, now and then with entry radii or two workers."""
    options = f", engine={engine}"
    if session.trial.domain.largest_entry is not None and rng.random() < 0.25:
        options += ", entry_radii=True"
    if rng.random() < 0.05:
        options += ", workers=2"
    if _search(session, rng, options):
        judge_regions(session, _rows(rng))


def count_only(session: Session, rng: Rng, engine: str) -> None:
    """Count without storing."""
    if session.truth.patterns:
        expression = f"count_regions(network, domain, engine={engine})"
        session.ask("count without storing", expression, len(session.truth.patterns))


def limit(session: Session, rng: Rng, engine: str) -> None:
    """Stop after some regions, at once, or at the first report."""
    most = int(rng.integers(1, max(len(session.truth.patterns), 1) + 2))
    end = str(rng.choice([f"max_regions={most}", "time_limit=0", "progress=interrupt"], p=[0.7, 0.1, 0.2]))
    store = ", store=False" if rng.random() < 0.2 else ""
    if _search(session, rng, f", engine={engine}, {end}{store}"):
        judge_regions(session, _rows(rng))
        if end.startswith("max"):
            session.judge("limit", "len(regions)", f"found <= {most}")


def limit_time(session: Session, rng: Rng, engine: str) -> None:
    """Stop at some moment; what is found then depends on the machine."""
    seconds = float(rng.choice([1e-5, 1e-4, 1e-3, 1e-2]))
    if _search(session, rng, f", engine={engine}, time_limit={seconds!r}"):
        judge_regions(session, _rows(rng))


def save_and_load(session: Session, rng: Rng, engine: str) -> None:
    """Write the answer and read it."""
    if session.regions is None:
        return
    session.run("before = regions")
    session.run('regions.save(f"{folder}/regions.npz")')
    session.run('regions = RegionSet.load(f"{folder}/regions.npz")')
    for name in ("network", "domain", "count", "complete", "stopped", "undecided", "frontier", "exact_entries"):
        session.ask("file", f"regions.{name} == before.{name}", True)
    session.ask("file", "dict(regions.exact_witnesses) == dict(before.exact_witnesses)", True)
    for name in ("patterns", "witnesses", "entry_radii", "entry_bounds"):
        session.ask("file", f"repr(regions.{name}) == repr(before.{name})", True)
    judge_regions(session, _rows(rng))


def resume(session: Session, rng: Rng, engine: str) -> None:
    """Go on with an unfinished search, to the end or to another limit."""
    regions = session.regions
    if regions is None or regions.engine != "tree" or not (regions.complete or regions.frontier):
        return
    more = f", max_regions={int(rng.integers(1, 4))}" if rng.random() < 0.4 else ""
    session.run(f"regions = resume_regions(regions{more})")
    judge_regions(session, _rows(rng))


def prove(session: Session, rng: Rng, engine: str) -> None:
    """Write a certificate, whole or cut short, and check it."""
    truth = len(session.truth.patterns)
    if engine not in ('"tree"', '"rational"', '"auto"') or not truth:
        return
    claim = str(rng.choice(["exact", "exact", "exact", "upper", "lower"]))
    cut = f", max_regions={int(rng.integers(1, truth + 1))}" if claim != "upper" and rng.random() < 0.2 else ""
    options = f'engine={engine}, certificate=f"{{folder}}/count.cert", claim="{claim}"{cut}'
    session.run(f"regions = enumerate_regions(network, domain, {options})")
    judge_regions(session, _rows(rng))
    if session.regions.exact:
        session.run('verdict = check(f"{folder}/count.cert", fingerprint=network.fingerprint)')
        session.ask("certificate", "verdict.claim, verdict.regions", (claim, truth))
    else:
        found = 'check(f"{folder}/count.cert", claim="lower").regions'
        session.ask("certificate of a part", found, len(session.regions))


Operation = Callable[[Session, Rng, str], None]

# what comes after what: most sequences are a search, a part of it, files, and questions to the answer
WEIGHTS: Mapping[Operation, float] = MappingProxyType(
    {
        enumerate_all: 5,
        count_only: 1,
        limit: 3,
        limit_time: 1,
        save_and_load: 2,
        resume: 3,
        prove: 2,
        curve_at_radii: 5,
        study_points: 1,
        compare_bounds: 1,
        facets: 1.5,
        measure: 1.5,
        linear: 0.7,
        affine_maps: 0.7,
        restrict: 1,
        through: 1,
    }
)
OPERATIONS: Mapping[str, Operation] = MappingProxyType({operation.__name__: operation for operation in WEIGHTS})


def random_operations(rng: Rng) -> tuple[tuple[str, int], ...]:
    """Return a sequence that begins with a search."""
    weights = np.array(list(WEIGHTS.values()))
    names = rng.choice(list(OPERATIONS), size=int(rng.integers(2, 6)), p=weights / weights.sum())
    first = str(rng.choice(["enumerate_all", "limit", "prove"], p=[0.6, 0.3, 0.1]))
    return tuple((str(name), int(rng.integers(2**31))) for name in (first, *names))


def perform(session: Session, name: str, seed: int, engines: Engines) -> None:
    """Perform an operation.

    Raises
    ------
    Wrong
        If an answer is not the true one.
    """
    rng = np.random.default_rng(seed)
    engine = engines[int(rng.integers(len(engines)))]
    if not session.supports(engine, session.trial.domain):
        engine = '"auto"'
    OPERATIONS[name](session, rng, engine)
