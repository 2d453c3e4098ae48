"""Questions about outputs: is an unsafe set reached from a closed domain?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

from exactregions.domain import Domain
from exactregions.engines.contract import Engine
from exactregions.engines.registry import get_engine, sharing
from exactregions.enumeration import require_question
from exactregions.errors import EngineError, PropertyError
from exactregions.exact.shapes import shape_of
from exactregions.network import Network
from exactregions.progress import Observer, StopReason
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, Stop, limited, reason_of
from exactregions.support.stopwatch import Stopwatch
from exactregions.unsafe import Halfspaces, Unsafe, unsafe_of
from exactregions.verification.boxes import BoxSearch, begun
from exactregions.verification.proving import write_counterexample, write_safe, write_safe_boxes
from exactregions.verification.search import Counterexample, Search
from exactregions.verification.verdict import Outcome, Verdict

__all__ = ["resume_verification", "verify"]

UNDECIDED = Stop(StopReason.FAILED, "the search left something undecided")

ENGINES = ("tree", "rational")  # that look for regions of a goal


def verify(
    network: Network,
    domain: Domain,
    unsafe: Unsafe | Halfspaces | Iterable[Halfspaces],
    *,
    engine: str | Engine = "auto",
    time_limit: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    certificate: str | os.PathLike[str] | None = None,
    progress: Observer | None = None,
) -> Verdict:
    """Decide whether a network maps a point of a closed domain into a closed unsafe set.

    The network is the real function of its weights, the domain is closed, and so is the unsafe set: a point on an edge
    counts, and there is no tolerance (mathematics, 8).

    Parameters
    ----------
    network : Network
    domain : Domain
        Its closure is meant. It needs an interior, inputs aside that a box fixes.
    unsafe : Unsafe, Halfspaces or sequence of Halfspaces
        A union of polyhedra { y : G y <= h } of outputs, every number at its exact value.
    engine : {"auto", "tree", "rational"}
        "rational" decides everything in rational arithmetic: slow, plain, and a second opinion.
    time_limit : float, optional
        Seconds after which the answer is "incomplete".
    workers : int, optional
        Threads, for the engine 'tree': they share the boxes, and the regions of what bounds leave open.
    executor : concurrent.futures.Executor, optional
        Who searches for the regions, as for `enumerate_regions`; a certificate's second search is done here.
    certificate : path-like, optional
        Write there what `exactregions check` confirms without this package's search (docs/certificate.md): the tree of
        a proof, or the counterexample. An incomplete verification leaves no file.
    progress : callable, optional
        Is given a `Progress` a few times a second; its regions are those near the unsafe set.

    Returns
    -------
    Verdict
        "safe", "unsafe" with an exact counterexample, or "incomplete" with what is left, which `resume_verification`
        takes.

    Raises
    ------
    NetworkError, DomainError
        As `enumerate_regions`; also if a polytope has no interior.
    PropertyError
        If the unsafe set has another number of outputs, or coefficients that floats cannot hold.
    EngineError
        If the engine is another, or a limit is invalid.
    CertificateError, FileWriteError
        If the certificate cannot be written.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from exactregions import Box
    >>> network = Network.from_layers([[[1.0], [-1.0]], [[1.0, 1.0]]], [[0.0, 0.0], [0.0]])
    >>> verify(network, Box([-1], [1]), Halfspaces([[-1]], [-1])).outcome
    <Outcome.UNSAFE: 'unsafe'>
    >>> verify(network, Box([-1], [1]), Halfspaces([[1]], [Fraction(-1, 10**30)])).outcome
    <Outcome.SAFE: 'safe'>
    """
    require_question(network, domain)
    question = network, domain, unsafe_of(unsafe), sharing(_engine(engine), executor, workers)
    return _verified(*question, time_limit, workers or 1, progress, None, certificate)


def resume_verification(
    verdict: Verdict,
    *,
    time_limit: float | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    certificate: str | os.PathLike[str] | None = None,
    progress: Observer | None = None,
) -> Verdict:
    """Go on with an incomplete verification; others are returned as they are.

    Parameters
    ----------
    verdict : Verdict
        Of this session: what it leaves open is trusted.
    time_limit, workers, executor, certificate, progress
        As for `verify`, the first for this part of the search alone.
    """
    if verdict.outcome is not Outcome.INCOMPLETE:
        return verdict
    engine = sharing(get_engine(verdict.engine), executor, workers)
    question = verdict.network, verdict.domain, verdict.unsafe, engine
    return _verified(*question, time_limit, workers or 1, progress, verdict, certificate)


def _engine(given: str | Engine) -> Engine:
    engine = get_engine("tree" if given == "auto" else given)
    if engine.name not in ENGINES:
        raise EngineError(f"engine {short(engine.name)} does not look for unsafe outputs; use 'tree' or 'rational'")
    return engine


def _in_floats(unsafe: Unsafe, network: Network) -> Unsafe:
    """Return an unsafe set as the search takes it: it has a polyhedron, be it empty."""
    if unsafe.outputs not in (None, network.outputs):
        raise PropertyError(f"the unsafe set has {unsafe.outputs} outputs, and the network {network.outputs}")
    return unsafe.in_floats() if unsafe.polyhedra else Unsafe([Halfspaces([[0] * network.outputs], [-1])])


def _verified(
    network: Network,
    domain: Domain,
    unsafe: Unsafe,
    engine: Engine,
    time_limit: float | None,
    workers: int,
    progress: Observer | None,
    before: Verdict | None,
    certificate: str | os.PathLike[str] | None,
) -> Verdict:
    watch, told = Stopwatch(), _in_floats(unsafe, network)
    verdict = Verdict(network, domain, unsafe, Outcome.INCOMPLETE, "", engine=engine.name)
    left: list[tuple[int, ...]] = [()] if before is None else list(before.open_prefixes)
    search: Search | None = None
    boxes = None if before is None else before.boxes
    with limited(time_limit):
        try:
            if not unsafe.polyhedra and certificate is None:
                return replace(verdict, outcome=Outcome.SAFE, reason="the unsafe set is empty")
            search = Search(replace(network, winners=()), domain, told, engine, workers, progress, left)
            if shape_of(domain).whole_box() is not None and engine.name == "tree":
                boxes = begun(search, certificate is not None, boxes)
            sampled = None if boxes or before else search.proposed()
            verdict, found = _answered(verdict, boxes or search, sampled)
            if certificate is not None:
                verdict = _certified(verdict, boxes or search, found, certificate)
        except STOPS as error:
            open_prefixes = left if search is None else search.open_prefixes
            verdict = _cut_short(verdict, open_prefixes, reason_of(error))
    stats = {} if search is None else dict((boxes.search if boxes else search).stats)
    if verdict.outcome is Outcome.INCOMPLETE:
        verdict = replace(verdict, boxes=boxes)
    return replace(verdict, seconds=watch.seconds, stats=stats)


def _answered(
    verdict: Verdict, search: Search | BoxSearch, found: Counterexample | None
) -> tuple[Verdict, Counterexample | None]:
    if not verdict.unsafe.polyhedra:
        return replace(verdict, outcome=Outcome.SAFE, reason="the unsafe set is empty"), None
    found = found or search.run()
    if found is not None:
        return _refuted(verdict, found), found
    if search.open_prefixes:
        return _cut_short(verdict, search.open_prefixes, search.stop), None
    return replace(verdict, outcome=Outcome.SAFE, reason="no region of the closed domain reaches the unsafe set"), None


def _certified(
    verdict: Verdict, search: Search | BoxSearch, found: Counterexample | None, path: str | os.PathLike[str]
) -> Verdict:
    """Write the certificate of a verdict that is one; a limit that is reached meanwhile leaves it without."""
    if found is not None:
        plain = search.search if isinstance(search, BoxSearch) else search
        return replace(verdict, certificate=write_counterexample(plain, verdict.network, path, found))
    if verdict.outcome is not Outcome.SAFE:
        return verdict
    try:
        if isinstance(search, BoxSearch):
            search.run()  # of an empty set nothing has been searched
            stop = search.stop or UNDECIDED if search.open_prefixes else write_safe_boxes(search, verdict.network, path)
        else:
            stop = write_safe(search, verdict.network, path)
    except STOPS as error:
        stop = reason_of(error)
    if stop is None:
        return replace(verdict, certificate=Path(path))
    return replace(verdict, reason=f"{verdict.reason}; no certificate: {stop.text}")


def _refuted(verdict: Verdict, found: Counterexample) -> Verdict:
    point: dict[str, Any] = {"exact_input": found.point, "exact_output": found.outputs}
    # rows may have been multiplied for the search
    margin = verdict.unsafe.margin(found.outputs)
    return replace(verdict, outcome=Outcome.UNSAFE, reason=f"counterexample {found.found}", margin=margin, **point)


def _cut_short(verdict: Verdict, prefixes: Iterable[tuple[int, ...]], stop: Stop | None) -> Verdict:
    text = UNDECIDED.text if stop is None else stop.text
    told: dict[str, Any] = {"open_prefixes": tuple(prefixes), "stop_reason": None if stop is None else stop.reason}
    return replace(verdict, outcome=Outcome.INCOMPLETE, reason=text, **told)
