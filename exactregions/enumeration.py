"""The one way in: pick an engine, run it, return the answer."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from exactregions.domain import Domain, require_fit
from exactregions.engines import lowered
from exactregions.engines.collecting import nothing_found
from exactregions.engines.contract import Engine, Limits, require_observer
from exactregions.engines.registry import engines_supporting, get_engine, sharing
from exactregions.errors import DomainError, EngineError, NetworkError, NotExactError
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.regions.columns import witnesses_of
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.winner_patterns import has_contests, pairwise_lowering

if TYPE_CHECKING:
    from exactregions.engines.distributed.task import PartsFolder

__all__ = ["count_regions", "enumerate_regions", "resume_regions"]


def enumerate_regions(
    network: Network,
    domain: Domain,
    *,
    engine: str | Engine = "auto",
    time_limit: float | None = None,
    max_regions: int | None = None,
    store: bool = True,
    workers: int | None = None,
    executor: Executor | None = None,
    journal: str | os.PathLike[str] | None = None,
    parts: str | os.PathLike[str] | None = None,
    entry_radii: bool = False,
    certificate: str | os.PathLike[str] | None = None,
    claim: str = "exact",
    shard: tuple[int, int] | None = None,
    progress: Observer | None = None,
) -> RegionSet:
    """Find all proper activation regions of a network that meet an open domain.

    The regions of winner units (max-pooling, maxout, min, max) are told by which value wins (mathematics, 2.3).

    Parameters
    ----------
    network : Network
    domain : Domain
        Of dimension `network.inputs`. Where it fixes inputs, as a box with sides of length zero, the regions are those
        of the function of the other inputs.
    engine : str or Engine
        "auto", or a name from `engine_names()`.
    time_limit : float, optional
        Seconds after which the search stops with what it has.
    max_regions : int, optional
        Number of regions after which it stops.
    store : bool
        Keep the regions; False keeps only their number.
    workers : int, optional
        Threads, for engines that can use them; with an executor, how many workers it has. One, or what the executor
        says.
    executor : concurrent.futures.Executor, optional
        Who searches: a pool of processes, Dask's, mpi4py's (docs/howto/many-machines.md). The engine is "tree".
    journal : path-like, optional
        With an executor: a folder in which every finished task is written down. After a crash, or a limit, the same
        call goes on from there, with whatever executor.
    parts : path-like, optional
        With an executor: a folder, or an address of fsspec ("s3://bucket/run"), to which workers write the regions they
        find, a file for each task. The answer has their number alone, so that the driver stays small;
        `exactregions.region_parts.RegionParts` reads them.
    entry_radii : bool
        Give every region its distance from the centre in balls of norm 1 and inf, and the factor to which a box
        may shrink before it loses the region. The engine `tree` finds them as it searches;
        else each is a linear program after the search, which may take the time limit once more. In Euclidean
        balls they come by themselves; here those that floats do not tell are computed in rationals too.
    certificate : path-like, optional
        Write a certificate of the count there, which `exactregions check` confirms without this package's search
        (docs/certificate.md). A search that is cut short leaves one that says it is incomplete. With an executor it may
        be a folder, one that is there or a name that ends in a slash: then workers write their parts to files there.
    claim : {"exact", "upper", "lower"}
        What the certificate is to prove; one for an upper bound alone needs no witnesses and is shorter.
    shard : (int, int), optional
        With a certificate: search the k-th of n shards only, k from 1 to n. The certificates of all shards are
        checked together; the answer of one is not complete.
    progress : callable, optional
        Is given a `Progress` a few times a second.

    Returns
    -------
    RegionSet
        `exact` tells whether its length is the proved number of regions. A limit or Ctrl-C ends the search with
        `complete=False` and all regions found so far.

    Raises
    ------
    NetworkError
        If something else than a `Network` is given, as a torch module.
    DomainError
        If the dimensions differ, the domain is empty, or something else than a domain is given.
    EngineError
        If the engine is unknown or does not support the question, or a limit is invalid, or a certificate is asked
        of an engine that writes none.
    CertificateError
        If the certificate cannot be written.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> from exactregions import Ball
    >>> enumerate_regions(network, Ball([0.25], 0.5), engine="rational")
    <RegionSet: exactly 3 regions of Network(inputs=1, widths=(2,), outputs=1) in a ball, engine 'rational'>
    """
    limits = Limits(time_limit, max_regions, store, 1 if workers is None else workers, entry_radii=entry_radii)
    require_question(network, domain)
    require_observer(progress)
    # the engine that "auto" prefers is one that can write a certificate, and be shared out
    chosen = get_engine("tree" if engine == "auto" and (certificate, executor) != (None, None) else engine)
    asked = free_inputs(network, domain)
    if executor is None and (journal, parts) != (None, None):
        raise EngineError("journals and parts are of the tasks of an executor; give one, or save and resume the answer")
    chosen = sharing(chosen, executor, workers, journal, None if parts is None else _folder(parts, asked))
    plain = pairwise_lowering(asked.network)
    reason = chosen.supports(plain, asked.domain)
    if reason is not None:
        others = ", ".join(engines_supporting(plain, asked.domain))
        raise EngineError(f"engine {chosen.name!r} cannot answer: {reason}; engines that can: {others}")
    if journal is not None and certificate is not None:
        raise EngineError("a certificate keeps what is proved; leave the journal out, or count without a certificate")
    if parts is not None and (certificate is not None or entry_radii or not store or has_contests(network)):
        raise EngineError(
            "parts hold regions as they are found: no certificate, entry_radii, store=False, nor winner units, whose "
            "regions are joined; leave parts out, or the other"
        )
    if shard is not None and certificate is None:
        raise EngineError("a shard is part of a proof; give the certificate it goes to")
    if entry_radii and not (store and domain.largest_entry is not None):
        raise EngineError("entry radii need a ball or a box, and store=True: they belong to regions about a centre")
    start = time.perf_counter()
    with limited(time_limit):
        try:
            if certificate is None:
                regions = asked.outward(lowered.search(chosen, asked.network, asked.domain, limits, progress))
            else:
                from exactregions.engines.proving import search_with_certificate

                regions = search_with_certificate(chosen, network, domain, limits, progress, certificate, claim, shard)
        except STOPS as error:  # the engine was not yet searching
            return nothing_found(chosen.name, network, domain, reason_of(error), start)
        return _with_entry_radii(regions, progress) if entry_radii else regions


def _folder(parts: str | os.PathLike[str], asked: FreeInputs) -> PartsFolder:
    from exactregions.engines.distributed.task import PartsFolder
    from exactregions.region_parts import Folder

    return PartsFolder(Folder(os.fspath(parts)), asked)


def _with_entry_radii(regions: RegionSet, progress: Observer | None) -> RegionSet:
    from exactregions.geometry.distances.entry_radii import EntryRadii

    try:
        measured, entries = EntryRadii.measured(regions, None, progress)
        return entries.told(measured)
    except STOPS as error:
        stop = reason_of(error)
        text = f"{stop.text}, before any entry radius"
        columns: dict[str, Any] = {"complete": False, "stopped": text, "stop_reason": stop.reason, "frontier": ()}
        return replace(regions, witnesses=witnesses_of(regions), **columns)


def require_question(network: Network, domain: Domain) -> None:
    """Refuse what is no network or no domain, and a domain that does not fit; errors as `enumerate_regions`."""
    if not isinstance(network, Network):
        raise NetworkError(
            f"the network is a {type(network).__name__}; give a Network: Network.from_torch(module), or load(path)"
        )
    if not isinstance(domain, Domain):
        raise DomainError(f"the domain is a {type(domain).__name__}; give a Ball, Box, Polytope or WholeSpace")
    require_fit(domain, network.inputs, network.input_shape)


def count_regions(network: Network, domain: Domain, *, engine: str | Engine = "auto", workers: int = 1) -> int:
    """Return the exact number of regions; keeps nothing else.

    Raises
    ------
    NotExactError
        If the search was interrupted or left something undecided; the error holds what was found.
    """
    regions = enumerate_regions(network, domain, engine=engine, store=False, workers=workers)
    if not regions.exact:
        raise NotExactError(f"the count is not exact: {regions!r}", regions)
    return regions.count


def resume_regions(
    regions: RegionSet,
    *,
    time_limit: float | None = None,
    max_regions: int | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Observer | None = None,
    check: bool = False,
) -> RegionSet:
    """Go on with a search that a limit or Ctrl-C ended, and return the whole answer.

    The count is exact as far as `regions` can be trusted: that its patterns are regions, and that a region that is not
    among them lies below its frontier. A file that was written by this package and kept safe can be; `check` proves
    it of any.

    Parameters
    ----------
    regions : RegionSet
        From the same session or from a file; a complete one is returned as it is.
    check : bool
        Prove `regions` again before anything else, in exact arithmetic: its witnesses, and that patterns and frontier
        cover the domain and do not overlap. This takes about as long as finding them with the engine `rational`.
    time_limit, max_regions, workers, executor, progress
        As for `enumerate_regions`, for this part of the search alone.

    Raises
    ------
    EngineError
        If the engine that began the search keeps no frontier, or the frontier is none of this network.
    FileFormatError
        If `check` finds something that does not hold, or the regions were not stored.

    Examples
    --------
    >>> from exactregions import Ball, Network
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> part = enumerate_regions(network, Ball([0.25], 0.5), max_regions=1)
    >>> part.exact, resume_regions(part).exact
    (False, True)
    """
    if check:
        from exactregions.engines.rechecking import recheck

        recheck(regions)
    if regions.complete:
        return regions
    measured = regions.entry_radii is not None
    limits = Limits(time_limit, max_regions, regions.stored, 1 if workers is None else workers, entry_radii=measured)
    asked = free_inputs(regions.network, regions.domain)
    engine = sharing(get_engine(regions.engine), executor, workers)
    with limited(time_limit):
        return asked.outward(lowered.resumed(engine, asked.inward(regions), limits, progress))
