"""Certificates of verdicts: the tree of a property's network whose leaves are all safe, or a counterexample."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from exactregions.certificate.part import BOUND, CUT, ELSEWHERE, Part, PartBuilder, cuts_text
from exactregions.certificate.writer import CertificateWriter, Property
from exactregions.network import Network
from exactregions.progress import StopReason
from exactregions.regions import RegionSet
from exactregions.support.stopping import Stop, aside
from exactregions.verification.boxes import BoxSearch
from exactregions.verification.recording import recorded
from exactregions.verification.search import Counterexample, Search

__all__ = ["write_counterexample", "write_safe", "write_safe_boxes"]

BOXES_OF_PART = 512  # at least, so that workers share the check of a large tree


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
    asked = search.question()[0]
    with aside(
        lambda: CertificateWriter(path, network, search.domain, told=Property(search.unsafe, asked.above))
    ) as file:
        regions = recorded(search, file.add)
        if regions.exact and not regions.count:
            file.close(complete=True)
    return regions


def write_safe_boxes(boxes: BoxSearch, network: Network, path: str | os.PathLike[str]) -> Stop | None:
    """Write the certificate of a question in a box: the tree of boxes, and trees of regions in those that were left.

    Parameters
    ----------
    boxes : BoxSearch
        At its end, without a counterexample, and with its proofs.
    network, path
        As for `write_safe`.
    """
    if list(boxes.searched) == [0]:
        return write_safe(boxes.search, network, path)
    while True:
        undone = _written_boxes(boxes, network, path)
        if undone is None:
            return None
        part, regions = undone
        for region in regions:
            found, _ = part.look_at(region)
            assert found is None, "a counterexample where none is: a proof is wrong"
        if not regions.count:
            return Stop(regions.stop_reason or StopReason.FAILED, regions.stopped or "something was left undecided")


def _written_boxes(boxes: BoxSearch, network: Network, path: str | os.PathLike[str]) -> tuple[Search, RegionSet] | None:
    """Return the first regions near the unsafe set, of a box that was left; where there is none, all is written."""
    above = boxes.search.question()[0].above
    told = Property(boxes.search.unsafe, above, boxes=True)
    with aside(lambda: CertificateWriter(path, network, boxes.search.domain, told=told)) as file:
        for part_of_boxes in _parts_of_boxes(boxes, network):
            file.add(part_of_boxes)
        for node, kept in boxes.searched.items():
            part, cuts = boxes.search.within(boxes.tree.box_at(node)), cuts_text(boxes.tree.path(node))
            if kept is not None and kept.room == part.room:
                for known in kept.parts():
                    file.add(replace(known, prefix=cuts + known.prefix))
                continue
            regions = recorded(part, lambda found, cuts=cuts: file.add(replace(found, prefix=cuts + found.prefix)))
            if regions.count or not regions.exact:
                return part, regions
        file.close(complete=True)
    return None


def _parts_of_boxes(boxes: BoxSearch, network: Network) -> Iterator[Part]:
    """Yield the tree of boxes in pieces, each from a root on; the rest, and what was searched, is in other parts."""
    tree = boxes.tree
    roots, places = tree.parts(BOXES_OF_PART), {node: place for place, node in enumerate(tree.proofs)}
    ends = set(roots)
    splits = np.concatenate([np.zeros(0, dtype=bool), *(stage.splits for stage in network.stages)])
    slopes = tree.slopes(list(places))[:, : len(splits)][:, splits] if places else np.zeros((0, 0), dtype=np.uint8)
    multipliers = tree.multipliers(list(places), sum(len(p.h) for p in boxes.search.unsafe.polyhedra))
    for root in roots:
        nodes, builder = list(tree.walk(root, ends)), PartBuilder()
        cut = {node for node in nodes if node in tree.cuts and (node == root or node not in ends)}
        rows = [places[node] for node in nodes if node in places]
        builder.boxes(
            [CUT if node in cut else BOUND if node in places else ELSEWHERE for node in nodes],
            [tree.cuts[node] for node in nodes if node in cut],
            slopes[rows],
            multipliers[rows],
        )
        yield builder.finish(cuts_text(tree.path(root)), True, None, {})


def write_counterexample(search: Search, network: Network, path: str | os.PathLike[str], found: Counterexample) -> Path:
    """Write a certificate that is a counterexample."""
    told = Property(search.unsafe, counterexample=found.point)
    with aside(lambda: CertificateWriter(path, network, search.domain, told=told)) as writer:
        writer.close(complete=True)
    return Path(path)
