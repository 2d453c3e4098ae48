"""The search tree in exact arithmetic: slow, plain, and the reference for every other engine (theory, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

import flint
import numpy as np

from exactregions.certificate.part import PartBuilder, Proof
from exactregions.domain import Domain, Polytope
from exactregions.engines.collecting import Found, collect
from exactregions.engines.contract import Limits, Observer, Recording
from exactregions.exact.cells import BallCell, Cell, Refutation, polytope_scale, root_cell
from exactregions.exact.forms import ExactNetwork, Forms
from exactregions.exact.numbers import Rational, as_fractions
from exactregions.network import Network
from exactregions.regions import RegionSet

__all__ = ["RationalEngine"]

Scales: TypeAlias = "list[Rational]"  # by which the integer form of each row exceeds the function it stands for


class RationalEngine:
    """Depth-first search over sign prefixes, every decision an exact linear program or nearest point."""

    name = "rational"

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None: every network and domain is supported, though large ones take long."""
        return None

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions, with exact witnesses and, in Euclidean balls, exact squared entry radii."""
        return collect(self.name, network, domain, _Walk(network, domain).regions(), limits, observer)

    def search_recorded(
        self, network: Network, domain: Domain, limits: Limits, observer: Observer | None, recording: Recording
    ) -> RegionSet:
        """Find the regions, and write a certificate of one part."""
        builder = PartBuilder()
        walk = _Walk(network, domain, builder).regions()
        regions = collect(self.name, network, domain, walk, replace(limits, store=True), observer)
        witnesses = regions.witnesses if recording.witnesses else None
        recording.write(builder.finish("", regions.complete, witnesses, regions.exact_witnesses))
        return regions if limits.store else _counted(regions)


class _Walk:
    """One search, depth first.

    Parameters
    ----------
    network : Network
    domain : Domain
    builder : PartBuilder, optional
        Takes the walk down.
    """

    def __init__(self, network: Network, domain: Domain, builder: PartBuilder | None = None) -> None:
        self.exact = ExactNetwork(network)
        self.domain = domain
        self.builder = builder
        self.firsts = np.cumsum([0, *(len(stage.splits) for stage in self.exact.stages)]).tolist()

    def regions(self) -> Iterator[Found | None]:
        """Yield the regions as they are found, and None at every other node."""
        walls = self.domain if isinstance(self.domain, Polytope) else None
        scales = [] if walls is None else [polytope_scale(a, b) for a, b in zip(walls.A, walls.b, strict=True)]
        yield from self._stage(0, self.exact.identity, root_cell(self.domain), scales, [])

    def _stage(
        self, stage: int, values: Forms, cell: Cell, scales: Scales, pattern: list[bool]
    ) -> Iterator[Found | None]:
        """Search below a node at which a stage begins; `values` are the forms of the stage's inputs."""
        if stage == len(self.exact.stages):
            if self.builder is not None:
                self.builder.leaf()
            yield _found(cell, pattern)
            return
        forms = self.exact.pre_activations(stage, values)
        splits = self.exact.stages[stage].splits
        for signs, leaf, longer in self._units(stage, forms, 0, cell, scales, []):
            if leaf is None:
                yield None
                continue
            split_signs = [s for s, split in zip(signs, splits, strict=True) if split]
            passed = self.exact.activations(stage, forms, signs)
            yield from self._stage(stage + 1, passed, leaf, longer, pattern + split_signs)

    def _units(
        self, stage: int, forms: Forms, unit: int, cell: Cell, scales: Scales, signs: list[bool]
    ) -> Iterator[tuple[list[bool], Cell | None, Scales]]:
        """Yield each sign vector of the stage that has a full-dimensional cell, with that cell and its rows' scales."""
        splits = self.exact.stages[stage].splits
        while unit < len(splits) and not splits[unit]:
            signs, unit = [*signs, True], unit + 1
        if unit == len(splits):
            yield signs, cell, scales
            return
        sides = cell.sides(forms.row(unit))
        yield signs, None, scales
        scale = flint.fmpq(flint.fmpz(1) << forms.exponent)
        if not any(isinstance(side, Refutation) for side in sides):
            self._note_split(stage, unit)
            for sign, part in zip((True, False), sides, strict=True):
                assert isinstance(part, Cell)
                yield from self._units(stage, forms, unit + 1, part, [*scales, scale], [*signs, sign])
            return
        # a form that vanishes identically is recorded as inactive, and nothing is cut
        sign = not isinstance(sides[0], Refutation)
        refutation = sides[sign]
        assert isinstance(refutation, Refutation)
        self._note_sign(stage, unit, sign, refutation, [*scales, scale])
        yield from self._units(stage, forms, unit + 1, cell, scales, [*signs, sign])

    def _note_split(self, stage: int, unit: int) -> None:
        if self.builder is not None:
            self.builder.split(self.firsts[stage] + unit, positive_first=True)

    def _note_sign(self, stage: int, unit: int, sign: bool, refutation: Refutation, scales: Scales) -> None:
        """Note a proof, from multipliers of integer forms to those of the functions; the last scale is the unit's."""
        if self.builder is not None:
            rows = sorted(refutation.rows)
            weights = [refutation.rows[k] * scales[k] for k in rows]
            proof = Proof(rows, as_fractions([*weights, refutation.form * scales[-1]]))
            self.builder.sign(self.firsts[stage] + unit, sign, proof)


def _counted(regions: RegionSet) -> RegionSet:
    """Return the same answer without the regions."""
    return replace(
        regions,
        patterns=regions.patterns[:0],
        witnesses=regions.witnesses[:0],
        entry_radii=None,
        exact_witnesses={},
        exact_entries=None,
    )


def _found(cell: Cell, pattern: list[bool]) -> Found:
    entry = as_fractions([cell.entry_squared])[0] if isinstance(cell, BallCell) else None
    return Found(tuple(pattern), as_fractions(cell.witness), entry)
