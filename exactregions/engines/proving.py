"""Searches that leave a certificate, whole or in shards."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from exactregions.certificate.part import Part
from exactregions.certificate.writer import CertificateWriter
from exactregions.domain import Domain
from exactregions.engines import lowered
from exactregions.engines.certificate_folder import TRUNK, CertificateFolder, Filed, is_folder
from exactregions.engines.collecting import nothing_found
from exactregions.engines.contract import Certifying, Engine, Limits, Prefix, Recording, SharingParts
from exactregions.engines.trunk import trunk
from exactregions.errors import CertificateError, EngineError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.regions.columns import witnesses_of
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, aside, reason_of
from exactregions.winner_patterns import has_contests, pairwise_lowering

Shard: TypeAlias = tuple[int, int]  # which of how many, from 1

PREFIXES_OF_A_SHARD = 4  # at least, on average: subtrees differ in size, and a few each even that out


def search_with_certificate(
    engine: Engine,
    network: Network,
    domain: Domain,
    limits: Limits,
    observer: Observer | None,
    path: str | os.PathLike[str],
    claim: str = "exact",
    shard: Shard | None = None,
) -> RegionSet:
    """Search, and write a certificate of what was found.

    Parameters
    ----------
    engine, network, domain, limits, observer
        As for `Engine.search`.
    path : path-like
    claim : {"exact", "upper", "lower"}
        "exact" becomes "lower" in the file if the search is cut short.
    shard : (int, int), optional
        Prove the k-th of n shards, k from 1 to n: the subtrees k, k + n, .. below a trunk, which is the same whoever
        computes it and belongs to the first shard.

    Returns
    -------
    RegionSet
        That of a shard is not complete, and says why. Where the scope around ends before the search begins, there
        is no certificate either.

    Raises
    ------
    EngineError
        If the engine writes no certificates.
    CertificateError
        If the shard or the claim does not exist, or the search is too large for the format.
    """
    if not isinstance(engine, Certifying):
        raise EngineError(f"engine {short(engine.name)} writes no certificates; use 'tree' or 'rational'")
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise CertificateError(f"there is no shard {shard[0]} of {shard[1]}; count from 1")
    start = time.perf_counter()
    try:
        return _written(engine, network, domain, limits, observer, path, claim, shard)
    except STOPS as error:
        return nothing_found(engine.name, network, domain, reason_of(error), start)


def _written(
    engine: Certifying,
    network: Network,
    domain: Domain,
    limits: Limits,
    observer: Observer | None,
    path: str | os.PathLike[str],
    claim: str,
    shard: Shard | None,
) -> RegionSet:
    asked = free_inputs(network, domain)
    plain, storing = pairwise_lowering(asked.network), lowered.storing(network, limits)
    if is_folder(path):
        regions = _searched_into(
            CertificateFolder(os.fspath(path), asked, claim), engine, plain, storing, observer, shard
        )
        return asked.outward(_told_by_winners(regions, asked.network, limits))
    with aside(lambda: CertificateWriter(path, network, domain, claim)) as writer:
        recording = Recording(lambda part: writer.add(asked.part(part)), witnesses=claim != "upper")
        if shard is None:
            regions = engine.search_recorded(plain, asked.domain, storing, observer, recording)
        else:
            regions = _search_shard(engine, plain, asked.domain, storing, observer, recording, shard)
        writer.close(complete=regions.exact)
    if shard is not None and regions.exact:
        text = f"shard {shard[0]} of {shard[1]}, complete"
        regions = replace(regions, witnesses=witnesses_of(regions), complete=False, stopped=text)
    return asked.outward(_told_by_winners(regions, asked.network, limits))


def _told_by_winners(regions: RegionSet, network: Network, limits: Limits) -> RegionSet:
    """Return the regions of a network from those of its lowering."""
    if not has_contests(network):
        return regions
    regions = regions.told_by_winners(network)
    text = f"max_regions {limits.regions} reached, of which several may be one"
    return lowered.kept(lowered.with_text(regions, text), limits)


def _searched_into(
    folder: CertificateFolder,
    engine: Certifying,
    network: Network,
    limits: Limits,
    observer: Observer | None,
    shard: Shard | None,
) -> RegionSet:
    """Return the regions; workers write their parts to files of a folder."""
    if not isinstance(engine, SharingParts) or shard is not None:
        raise EngineError("a folder takes the parts that workers write; give an executor and no shard, or name a file")
    folder.make()
    left, files, leaves = list[Prefix](), list[Filed](), list[int]()

    def search(write: Callable[[Part], None]) -> RegionSet:
        def note(part: Part) -> None:
            leaves.append(part.leaves)
            write(part)

        witnesses = folder.claim != "upper"
        recording = Recording(note, witnesses, folder=folder, left=left.extend, filed=files.append)
        return engine.search_recorded(network, folder.asked.domain, limits, observer, recording)

    regions, _ = folder.written(search, TRUNK)
    folder.finish(left, files, sum(leaves), regions.exact)
    return regions


def _search_shard(
    engine: Certifying,
    network: Network,
    domain: Domain,
    limits: Limits,
    observer: Observer | None,
    recording: Recording,
    shard: Shard,
) -> RegionSet:
    """Return the regions of one shard; complete when its own search came to its end."""
    number, shards = shard
    part, prefixes, above = trunk(network, domain, shards * PREFIXES_OF_A_SHARD, recording.witnesses)
    mine = prefixes[number - 1 :: shards]
    if number == 1:
        recording.write(part)
        if not mine:
            return above if limits.store else above.without_regions()
    elif not mine:
        raise CertificateError(
            f"the search has only {len(prefixes)} subtrees to share; ask for fewer shards than {shards}"
        )
    below = engine.search_recorded(network, domain, limits, observer, replace(recording, prefixes=mine))
    if number > 1 or not above.count:
        return below
    return (above if limits.store else above.without_regions()).joined(below)
