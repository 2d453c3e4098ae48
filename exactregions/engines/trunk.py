"""The top of a search, whose subtrees are shared out: it is the same whoever makes it."""

from __future__ import annotations

from exactregions.certificate.part import Part
from exactregions.domain import Domain
from exactregions.engines.contract import Prefix
from exactregions.engines.rational import top_of_tree
from exactregions.network import Network
from exactregions.regions import RegionSet


def trunk(network: Network, domain: Domain, least: int, witnesses: bool) -> tuple[Part, list[Prefix], RegionSet]:
    """Return a trunk that leaves at least so many prefixes over, unless the whole tree has fewer."""
    splits = least.bit_length()
    while True:
        found = top_of_tree(network, domain, splits, witnesses)
        if len(found[1]) >= least or not found[1]:
            return found
        splits += 1
