"""Several engines asked the same question: where they differ, exact arithmetic tells who is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.contract import Engine, Limits
from exactregions.engines.registry import AutoEngine, get_engine
from exactregions.enumeration import enumerate_regions
from exactregions.errors import DomainError, EngineError, NetworkError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.progress import Observer, Progress, StopReason
from exactregions.regions import RegionSet, unpack_patterns
from exactregions.support.screen_tables import ScreenTable, ShownAsTable
from exactregions.support.shortening import short
from exactregions.support.tables import counted, number_text

__all__ = ["ENGINES", "Agreement", "Dispute", "EngineOpinion", "agree", "pattern_text"]

ENGINES = ("tree", "facets", "rational")  # what is asked unless told otherwise: they share no search
TOLD_EVERY = 100  # verdicts between two reports: some tenths of a second
SHOWN = 20  # disputes on the screen; data has them all
HEADERS = ["engine", "verdict", "regions", "time [s]"]


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


@dataclass(frozen=True, slots=True)
class EngineOpinion:
    """What one engine says.

    Attributes
    ----------
    engine : str
    regions : RegionSet or None
    silence : str or None
        Why there is no answer: the engine does not support the question, failed, or was not asked any more.
    repeated : int
        How many regions it reported more than once.
    """

    engine: str
    regions: RegionSet | None = None
    silence: str | None = None
    repeated: int = 0

    @property
    def exact(self) -> bool:
        """Whether the engine says that its regions are all there are."""
        return self.regions is not None and self.regions.exact

    @property
    def verdict(self) -> str:
        """What the engine says, in a few words."""
        if self.regions is None:
            return f"no answer: {self.silence}"
        why = [f"cut short: {self.regions.stopped}"] if not self.regions.complete else []
        why += [f"{self.regions.undecided} undecided"] if self.regions.undecided else []
        why += [f"{counted(self.repeated)} reported twice"] if self.repeated else []
        return ", ".join(why or ["exact"])

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        answer = self.regions
        return {
            "engine": self.engine,
            "silence": self.silence,
            "regions": None if answer is None else answer.count,
            "exact": self.exact,
            "complete": answer is not None and answer.complete,
            "stopped": None if answer is None else answer.stopped,
            "undecided": None if answer is None else answer.undecided,
            "repeated": self.repeated,
            "seconds": None if answer is None else answer.seconds,
        }


@dataclass(frozen=True, slots=True)
class Dispute:
    """A pattern on which engines differ, with the exact verdict.

    Attributes
    ----------
    pattern : str
        Signs, layer by layer.
    found_by : tuple of str
        Engines that report the region.
    denied_by : tuple of str
        Engines that call their regions all there are, without this one.
    witness : tuple of Fraction or None
        An exact point inside the region and the domain; None where the pattern is no region there.
    """

    pattern: str
    found_by: tuple[str, ...]
    denied_by: tuple[str, ...]
    witness: tuple[Fraction, ...] | None

    @property
    def is_region(self) -> bool:
        """Whether the pattern is a proper region that meets the domain, decided in rationals."""
        return self.witness is not None

    @property
    def wrong(self) -> tuple[str, ...]:
        """The engines that the verdict proves wrong."""
        return self.denied_by if self.is_region else self.found_by

    def describe(self) -> dict[str, Any]:
        """Return plain data; the witness as exact fractions in text."""
        return {
            "pattern": self.pattern,
            "found_by": list(self.found_by),
            "denied_by": list(self.denied_by),
            "is_region": self.is_region,
            "witness": None if self.witness is None else [str(v) for v in self.witness],
            "wrong": list(self.wrong),
        }


@dataclass(frozen=True, slots=True)
class Agreement(ShownAsTable):
    """What several engines say of one question, and who is wrong where they differ.

    Attributes
    ----------
    network, domain : the question
    opinions : tuple of EngineOpinion
    disputes : tuple of Dispute
        Every pattern that some engine found and another, which calls its answer exact, did not.
    """

    network: Network
    domain: Domain
    opinions: tuple[EngineOpinion, ...]
    disputes: tuple[Dispute, ...]

    @property
    def exact(self) -> bool:
        """Whether every engine that was asked calls its answer exact."""
        return all(opinion.exact for opinion in self.opinions)

    @property
    def agreed(self) -> bool:
        """Whether nothing that was said contradicts anything else; `exact` tells whether all was said."""
        return not self.disputes and not any(opinion.repeated for opinion in self.opinions)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The engines that are proved wrong, in the order in which they were asked."""
        wrong = {name for dispute in self.disputes for name in dispute.wrong}
        return tuple(o.engine for o in self.opinions if o.engine in wrong or o.repeated)

    def warnings(self) -> list[str]:
        """Return what must not be overlooked."""
        found = []
        if not self.agreed:
            found.append(
                f"DISAGREEMENT on {counted(len(self.disputes), 'pattern')}; proved wrong: {', '.join(self.wrong)}."
            )
        silent = [opinion.engine for opinion in self.opinions if not opinion.exact]
        if silent:
            found.append(f"NOT EXACT: nothing final from {', '.join(silent)}.")
        return found

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions agree --json` prints it."""
        return {
            "agreed": self.agreed,
            "exact": self.exact,
            "wrong": list(self.wrong),
            "network": self.network.describe(),
            "domain": self.domain.describe(),
            "engines": [opinion.describe() for opinion in self.opinions],
            "disputes": [dispute.describe() for dispute in self.disputes],
        }

    def table(self) -> ScreenTable:
        """Return the engines as a table for `rich`."""
        styles = ["bold red" if o.engine in self.wrong else "" if o.exact else "yellow" for o in self.opinions]
        return ScreenTable(self._lines(), styles, text_columns=2)

    def __repr__(self) -> str:
        names = ", ".join(opinion.engine for opinion in self.opinions)
        if not self.agreed:
            return (
                f"<Agreement: NO, {counted(len(self.disputes), 'pattern')} in dispute, wrong: {', '.join(self.wrong)}>"
            )
        if not self.exact:
            return f"<Agreement: not exact, no contradiction between {names}>"
        answer = self.opinions[0].regions
        assert answer is not None
        return f"<Agreement: exactly {counted(answer.count)} by {names}>"

    def _lines(self) -> list[list[str]]:
        wrong = self.wrong
        verdicts = [f"{o.verdict}, proved wrong" if o.engine in wrong else o.verdict for o in self.opinions]
        lines = zip(self.opinions, verdicts, strict=True)
        return [HEADERS, *([o.engine, verdict, *_numbers(o.regions)] for o, verdict in lines)]

    def remarks(self) -> list[str]:
        """Return what the engines differ on."""
        shown = [_dispute_text(dispute) for dispute in self.disputes[:SHOWN]]
        more = len(self.disputes) - len(shown)
        return shown + ([f".. and {number_text(more)} patterns more"] if more else [])


def _numbers(regions: RegionSet | None) -> list[str]:
    return ["", ""] if regions is None else [number_text(regions.count), f"{regions.seconds:.3f}"]


def _dispute_text(dispute: Dispute) -> str:
    verdict = "is a region" if dispute.is_region else "is no region"
    return (
        f"{dispute.pattern or 'the empty pattern'} {verdict}: found by {', '.join(dispute.found_by)}, "
        f"not by {', '.join(dispute.denied_by)}; wrong: {', '.join(dispute.wrong)}"
    )


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
