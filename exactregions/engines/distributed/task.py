"""What a worker is given, prefixes of the tree and seconds, and what it gives back: regions, and what is left."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.engines.certificate_folder import CertificateFolder
from exactregions.engines.contract import Certifying, Engine, Goal, Limits, Prefix, Recording, Resumable
from exactregions.errors import EngineError
from exactregions.fixed_inputs import FreeInputs
from exactregions.network import Network
from exactregions.region_parts import Folder, write_part
from exactregions.regions import RegionSet
from exactregions.support.version import VERSION

Signs: TypeAlias = bytes  # of a prefix: one signed byte a unit, wires included
KEPT_QUESTIONS = 4  # of a worker: a driver asks one at a time


def signs_of(prefix: Prefix | Sequence[int]) -> Signs:
    """Return a prefix as bytes, which are small and can be compared."""
    return np.asarray(prefix, dtype=np.int8).tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class PartsFolder:
    """A folder for the regions of each task.

    Attributes
    ----------
    folder : Folder
    asked : FreeInputs
        Of the question: files hold what was asked for.
    """

    folder: Folder
    asked: FreeInputs

    def written(self, regions: RegionSet) -> str | None:
        """Write regions, and return the name of their file; None for none."""
        return write_part(self.folder, self.asked.outward(regions)) if regions.count else None


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What all tasks of one search have in common.

    Attributes
    ----------
    network, domain, engine
    store, entry_radii, goal
        Of the limits of the search.
    witnesses : bool or None
        Of a search that is recorded for a certificate: whether leaves need theirs. None is no recording.
    parts : PartsFolder or None
        Where the regions go, in place of going to the driver.
    certificates : CertificateFolder or None
        Where the parts of a certificate go, likewise.
    fingerprint : str
        Of the driver's network: a worker that reads another must not answer.
    """

    network: Network
    domain: Domain
    engine: Engine
    store: bool
    entry_radii: bool
    goal: Goal | None
    witnesses: bool | None
    parts: PartsFolder | None
    certificates: CertificateFolder | None
    fingerprint: str

    def packed(self) -> bytes:
        """Return what is sent to workers: the version of the package, a line, and the question."""
        return VERSION.encode() + b"\n" + pickle.dumps(self, pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one task found, and what it left.

    Attributes
    ----------
    count : int
    patterns, witnesses, entry_radii, entry_bounds, exact_witnesses
        Columns as in `RegionSet`; empty when only counting.
    left : tuple of bytes
        Prefixes whose cells are not searched yet.
    stats : mapping of str to int
    parts : tuple of Part
        Of a certificate.
    file : str or None
        The name of the file that holds the regions, or the parts.
    """

    count: int
    patterns: NDArray[np.uint8]
    witnesses: NDArray[np.float64]
    entry_radii: NDArray[np.float64] | None
    entry_bounds: NDArray[np.float64] | None
    exact_witnesses: Mapping[int, tuple[Fraction, ...]]
    left: tuple[Signs, ...]
    stats: Mapping[str, int]
    parts: tuple[Part, ...] = ()
    file: str | None = None

    @classmethod
    def of(cls, regions: RegionSet, parts: Sequence[Part] = (), file: str | None = None) -> Outcome:
        """Return what a search found without the question, which the driver has."""
        return cls(
            regions.count,
            regions.patterns,
            np.asarray(regions.witnesses),
            regions.entry_radii,
            regions.entry_bounds,
            regions.exact_witnesses,
            tuple(signs_of(prefix) for prefix in regions.frontier),
            regions.stats,
            tuple(parts),
            file,
        )


def answer(packed: bytes, signs: Sequence[Signs], seconds: float | None, most: int | None) -> Outcome:
    """Search below some prefixes: the whole of a task, a function of its arguments but for where the time ends it.

    Parameters
    ----------
    packed : bytes
        Of `Question.packed`.
    signs : sequence of bytes
        The prefixes, whose cells are disjoint.
    seconds : float or None
        After which the search gives back what it has not done.
    most : int or None
        Regions after which it does.

    Raises
    ------
    EngineError
        If this worker has another version of the package, or reads another network.
    """
    question = _ready(packed)
    prefixes = [np.frombuffer(text, dtype=np.int8) for text in signs]
    limits = Limits(seconds, most, question.store, goal=question.goal, entry_radii=question.entry_radii)
    if question.witnesses is not None:
        return _recorded(question, question.witnesses, prefixes, limits)
    below = cast(Resumable, question.engine)
    regions = below.search_below(question.network, question.domain, prefixes, limits, None)
    if question.parts is None:
        return Outcome.of(regions)
    return Outcome.of(regions.without_regions(), file=question.parts.written(regions))


def _recorded(question: Question, witnesses: bool, prefixes: Sequence[Prefix], limits: Limits) -> Outcome:
    engine, parts = cast(Certifying, question.engine), list[Part]()

    def search(write: Callable[[Part], None]) -> RegionSet:
        recording = Recording(write, witnesses, prefixes)
        return engine.search_recorded(question.network, question.domain, limits, None, recording)

    if question.certificates is None:
        return Outcome.of(search(parts.append), parts)
    regions, name = question.certificates.written(search)
    return Outcome.of(regions, file=name)


@lru_cache(KEPT_QUESTIONS)
def _ready(packed: bytes) -> Question:
    """Return the question, once a worker: kernels are loaded, or compiled, before the seconds of a task begin."""
    version, _, rest = packed.partition(b"\n")
    if version != VERSION.encode():
        raise EngineError(
            f"a worker has version {VERSION} of exactregions, and the driver {version.decode()}; install one on both"
        )
    question: Question = pickle.loads(rest)
    if question.network.fingerprint != question.fingerprint:
        raise EngineError("a worker reads another network than the driver; install one version of numpy on both")
    question.engine.search(question.network, question.domain, Limits(regions=1, store=False), None)
    return question
