"""The search tree in exact arithmetic: slow, plain, and the reference for every other engine (theory, section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exactregions.domain import Domain
from exactregions.engines.collecting import Found, collect
from exactregions.engines.contract import Limits, Observer
from exactregions.exact.cells import BallCell, Cell, root_cell
from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.exact.numbers import as_fractions
from exactregions.network import Network
from exactregions.regions import RegionSet

__all__ = ["RationalEngine"]


class RationalEngine:
    """Depth-first search over sign prefixes, every decision an exact linear program or nearest point."""

    name = "rational"

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None: every network and domain is supported, though large ones take long."""
        return None

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions, with exact witnesses and, in Euclidean balls, exact squared entry radii."""
        return collect(self.name, network, domain, self.iterate(network, domain), limits, observer)

    def iterate(self, network: Network, domain: Domain) -> Iterator[Found | None]:
        """Yield the regions as they are found, and None at every other node."""
        exact = ExactNetwork(network)
        cell = root_cell(domain)
        if not exact.stages:
            yield _found(cell, [])
            return
        yield from _stage(exact, 0, exact.identity, cell, [])


def _stage(
    exact: ExactNetwork, stage: int, values: Forms, cell: Cell, pattern: list[bool]
) -> Iterator[Found | None]:
    """Search below a node at which a stage begins; `values` are the forms of the stage's inputs."""
    forms = exact.pre_activations(stage, values)
    for signs, leaf in _units(exact.stages[stage].splits, forms, 0, cell, []):
        if leaf is None:
            yield None
            continue
        split_signs = [s for s, splits in zip(signs, exact.stages[stage].splits, strict=True) if splits]
        longer = pattern + split_signs
        if stage + 1 == len(exact.stages):
            yield _found(leaf, longer)
        else:
            yield from _stage(exact, stage + 1, exact.activations(stage, forms, signs), leaf, longer)


def _units(
    splits: Sequence[bool], forms: Forms, unit: int, cell: Cell, signs: list[bool]
) -> Iterator[tuple[list[bool], Cell | None]]:
    """Yield each sign vector of the stage that has a full-dimensional cell, with that cell."""
    while unit < len(splits) and not splits[unit]:
        signs, unit = [*signs, True], unit + 1
    if unit == len(splits):
        yield signs, cell
        return
    positive, negative = cell.halves(forms.row(unit))
    if positive is None and negative is None:
        negative = cell  # the form vanishes identically: recorded as inactive, nothing is cut
    yield signs, None
    for sign, part in ((True, positive), (False, negative)):
        if part is not None:
            yield from _units(splits, forms, unit + 1, part, [*signs, sign])


def _found(cell: Cell, pattern: list[bool]) -> Found:
    entry = as_fractions([cell.entry_squared])[0] if isinstance(cell, BallCell) else None
    return Found(tuple(pattern), as_fractions(cell.witness), entry)
