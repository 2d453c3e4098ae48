"""Certificates of verdicts: the tree of a property's network whose leaves are all safe, or a counterexample."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from exactregions.certificate.writer import CertificateWriter, Property
from exactregions.engines.contract import Certifying, Recording
from exactregions.network import Network
from exactregions.progress import StopReason
from exactregions.regions import RegionSet
from exactregions.support.stopping import Stop, aside
from exactregions.verification.search import Counterexample, Search

__all__ = ["write_counterexample", "write_safe"]


def write_safe(search: Search, network: Network, path: str | os.PathLike[str]) -> Stop | None:
    """Write the certificate of a question that is answered: from the root, with room that no region needs.

    A region that a search by relaxations has not come to may need a smaller one.

    Parameters
    ----------
    search : Search
        At its end, and without a counterexample.
    network : Network
        As it was given.
    path : path-like

    Returns
    -------
    Stop or None
        What stopped it; then there is no certificate.
    """
    while True:
        regions = _written(search, network, path)
        if regions.exact and not regions.count:
            return None
        for region in regions:
            found, _ = search.look_at(region)
            assert found is None, "a counterexample where none is: a proof is wrong"
        if not regions.count:
            return Stop(regions.stop_reason or StopReason.FAILED, regions.stopped or "something was left undecided")


def _written(search: Search, network: Network, path: str | os.PathLike[str]) -> RegionSet:
    """Return the first regions near the unsafe set; where there is none, and the search is whole, it is written."""
    asked, inner = search.question()
    # constants are no units of a certificate, which has rationals
    named = np.zeros(len(inner.own), dtype=bool)
    named[np.flatnonzero(inner.own)] = asked.own
    told, engine = replace(inner, own=named), search.engine
    assert isinstance(engine, Certifying)
    with aside(
        lambda: CertificateWriter(path, network, search.domain, told=Property(search.unsafe, asked.above))
    ) as file:
        recording = Recording(lambda part: file.add(told.part(part)), witnesses=False)
        limits = search.limits(asked, inner, regions=1)
        regions = engine.search_recorded(inner.network, inner.domain, limits, search.observer, recording)
        if regions.exact and not regions.count:
            file.close(complete=True)
    return inner.outward(regions)


def write_counterexample(search: Search, network: Network, path: str | os.PathLike[str], found: Counterexample) -> Path:
    """Write a certificate that is a counterexample."""
    told = Property(search.unsafe, counterexample=found.point)
    with aside(lambda: CertificateWriter(path, network, search.domain, told=told)) as writer:
        writer.close(complete=True)
    return Path(path)
