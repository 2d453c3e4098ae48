"""Several engines asked the same question: where they differ, exact arithmetic tells who is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.crosscheck.engine_opinions import Agreement, Dispute, EngineOpinion
from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits
from exactregions.engines.registry import AutoEngine, get_engine
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError, EngineError, NetworkError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.progress import Observer, Progress, StopReason
from exactregions.regions import unpack_patterns
from exactregions.support.shortening import short

__all__ = ["ENGINES", "Agreement", "Dispute", "EngineOpinion", "agree", "pattern_text"]

ENGINES = ("tree", "facets", "rational")  # what is asked unless told otherwise: they share no search
TOLD_EVERY = 100  # verdicts between two reports: some tenths of a second


def pattern_text(network: Network, packed: bytes) -> str:
    """Return a packed pattern as signs, layer by layer.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [2.0]], [[1.0, 1.0]], [[1.0]]], [None] * 3)
    >>> pattern_text(network, bytes([0b101]))
    '+-|+'
    """
    layers = np.split(_unpacked(network, packed), np.cumsum(network.widths)[:-1]) if network.widths else []
    return "|".join("".join("+" if bit else "-" for bit in layer) for layer in layers)


def _unpacked(network: Network, packed: bytes) -> NDArray[np.bool_]:
    return unpack_patterns(np.frombuffer(packed, dtype=np.uint8)[None, :], network.units)[0]


def agree(
    network: Network,
    domain: Domain,
    engines: Sequence[str | Engine] = ENGINES,
    *,
    time_limit: float | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> Agreement:
    """Ask several engines the same question, and judge every pattern on which they differ in exact arithmetic.

    Parameters
    ----------
    network : Network
    domain : Domain
    engines : sequence of str or Engine
        Two or more, by name or as objects, each with a name of its own.
    time_limit : float, optional
        Seconds for each engine.
    workers : int
        Threads, for engines that can use them.
    progress : callable, optional
        Is given a `Progress` now and then, with the engine's name in its note.

    Returns
    -------
    Agreement
        An engine that does not support the question, fails, or is cut short says so there. After an interrupt the
        engines that wait are not asked any more.

    Raises
    ------
    EngineError
        If fewer than two engines are named, one is named twice or is unknown, or a limit is invalid.
    DomainError
        If the domain is empty or does not fit the network.

    Examples
    --------
    >>> from exactregions import Ball, Network
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> agree(network, Ball([0.25], 0.5), ["facets", "rational"])
    <Agreement: exactly 3 regions by facets, rational>
    """
    limits = {"time_limit": time_limit, "workers": workers}
    Limits(time_limit, workers=workers)  # a limit without a meaning is no engine's failure
    opinions: list[EngineOpinion] = []
    for engine in _chosen(engines):
        if any(o.regions is not None and o.regions.stop_reason is StopReason.INTERRUPTED for o in opinions):
            opinions.append(EngineOpinion(engine.name, silence="not asked any more after the interrupt"))
            continue
        opinions.append(_opinion(engine, network, domain, limits, progress))
    return Agreement(network, domain, tuple(opinions), tuple(_disputes(network, domain, opinions, progress)))


def _chosen(engines: Sequence[str | Engine]) -> list[Engine]:
    if isinstance(engines, str):
        raise EngineError(f"engines is {short(engines)}; give a list of names: {engines.split(',')}")
    chosen = [get_engine(engine) for engine in engines]
    names = [engine.name for engine in chosen]
    if len(names) < 2:
        raise EngineError(f"{names} is one engine or none; agreement needs two or more")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EngineError(f"{', '.join(twice)} is named more than once; give each engine once")
    if AutoEngine.name in names:
        raise EngineError(f"{AutoEngine.name!r} only passes the question on to one of the others; name the engines")
    return chosen


def _opinion(
    engine: Engine, network: Network, domain: Domain, limits: dict[str, Any], progress: Observer | None
) -> EngineOpinion:
    try:
        asked = free_inputs(network, domain)
        reason = engine.supports(asked.network, asked.domain)
        if reason is not None:
            return EngineOpinion(engine.name, silence=f"does not support the question: {reason}")
        regions = enumerate_regions(network, domain, engine=engine, progress=_naming(engine.name, progress), **limits)
    except (DomainError, NetworkError):
        raise  # the question itself is wrong
    except Exception as fault:  # noqa: BLE001 - an engine may come from anywhere, and only its opinion may suffer
        return EngineOpinion(engine.name, silence=f"failed with {type(fault).__name__}: {fault}")
    return EngineOpinion(engine.name, regions, repeated=len(regions) - len(regions.pattern_set()))


def _naming(name: str, progress: Observer | None) -> Observer | None:
    if progress is None:
        return None
    return lambda told: progress(replace(told, note=" ".join(filter(None, (name, told.note)))))


def _disputes(
    network: Network, domain: Domain, opinions: Sequence[EngineOpinion], progress: Observer | None
) -> Iterator[Dispute]:
    """Yield a dispute for each pattern that one engine found and another, which calls its answer exact, did not."""
    sets = {o.engine: o.regions.pattern_set() for o in opinions if o.regions is not None}
    final = [o.engine for o in opinions if o.exact]
    disputed = {pattern for name in final for found in sets.values() for pattern in found - sets[name]}
    if not disputed:
        return
    from exactregions.exact.forms import ExactNetwork
    from exactregions.exact.numbers import as_fractions
    from exactregions.exact.witnesses import cell_of_pattern

    asked = free_inputs(network, domain)
    exact, start = ExactNetwork(asked.network), time.perf_counter()
    for number, packed in enumerate(sorted(disputed)):
        if progress is not None and number % TOLD_EVERY == 0:
            progress(Progress(number, time.perf_counter() - start, f"of {len(disputed):,} in dispute judged"))
        cell = cell_of_pattern(exact, asked.domain, _unpacked(network, packed).tolist())
        yield Dispute(
            pattern_text(network, packed),
            tuple(name for name, found in sets.items() if packed in found),
            tuple(name for name in final if packed not in sets[name]),
            None if cell is None else asked.point(as_fractions(cell.witness)),
        )
