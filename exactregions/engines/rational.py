"""The search tree in exact arithmetic: slow, plain, and the reference for every other engine (mathematics, 2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

import flint
import numpy as np

from exactregions.certificate.part import Part, PartBuilder, Proof
from exactregions.domain import Domain
from exactregions.engines.collecting import Found, collect
from exactregions.engines.contract import Goal, Limits, Prefix, Recording
from exactregions.errors import EngineError
from exactregions.exact.cells import BallCell, Cell, Refutation, root_cell
from exactregions.exact.forms import ExactNetwork, Forms, Inputs
from exactregions.exact.numbers import Rational, as_fractions
from exactregions.exact.shapes import shape_of
from exactregions.network import Network
from exactregions.progress import Observer, StopReason
from exactregions.regions import RegionSet
from exactregions.support.stopping import Stop, Stopped

Scales: TypeAlias = "list[Rational]"  # by which the integer form of each row exceeds the function it stands for


class RationalEngine:
    """Depth-first search over sign prefixes, every decision an exact linear program or nearest point."""

    name = "rational"

    def supports(self, network: Network, domain: Domain) -> str | None:
        """Return None: every network and domain is supported, though large ones take long."""
        return None

    def search(self, network: Network, domain: Domain, limits: Limits, observer: Observer | None) -> RegionSet:
        """Find the regions, with exact witnesses and, in Euclidean balls, exact squared entry radii."""
        return collect(self.name, network, domain, _Walk(network, domain, limits.goal).regions(), limits, observer)

    def search_recorded(
        self, network: Network, domain: Domain, limits: Limits, observer: Observer | None, recording: Recording
    ) -> RegionSet:
        """Find the regions, and write a certificate of one part.

        Raises
        ------
        EngineError
            If a part of the search is asked for: only the engine 'tree' begins at a prefix.
        """
        if any(len(prefix) for prefix in recording.prefixes):
            raise EngineError("engine 'rational' proves the whole only; use the engine 'tree' for a shard")
        builder = PartBuilder()
        walk = _Walk(network, domain, limits.goal, builder).regions()
        regions = collect(self.name, network, domain, walk, replace(limits, store=True), observer)
        witnesses = regions.witnesses if recording.witnesses else None
        recording.write(builder.finish("", regions.complete, witnesses, regions.exact_witnesses))
        return regions if limits.store else regions.without_regions()


def top_of_tree(
    network: Network, domain: Domain, splits: int, witnesses: bool = True, goal: Goal | None = None
) -> tuple[Part, list[Prefix], RegionSet]:
    """Walk the tree down to a depth and leave the rest to other parts.

    Parameters
    ----------
    splits : int
        Number of splits on a path, at least 1, after which a side is left to another part.
    witnesses : bool
    goal : Goal, optional

    Returns
    -------
    Part
        The walk.
    list of Prefix
        The prefixes left over, in the order of the walk.
    RegionSet
        The regions found above the depth.

    Raises
    ------
    Stopped
        If the scope around ends before.
    """
    builder = PartBuilder()
    walk = _Walk(network, domain, goal, builder, splits)
    regions = collect(RationalEngine.name, network, domain, walk.regions(), Limits(), None)
    if regions.stopped is not None:
        # the walk is not whole, and nobody can go on with what it left over
        raise Stopped(Stop(regions.stop_reason or StopReason.INTERRUPTED, regions.stopped))
    part = builder.finish("", True, regions.witnesses if witnesses else None, regions.exact_witnesses)
    return part, walk.left, regions


class _Walk:
    """One search, depth first.

    Parameters
    ----------
    network : Network
    domain : Domain
    goal : Goal, optional
        Regions that are looked for.
    builder : PartBuilder, optional
        Takes the walk down.
    depth : int, optional
        Number of splits on a path after which the rest is left over.

    Attributes
    ----------
    left : list of Prefix
        What was left over.
    """

    def __init__(
        self,
        network: Network,
        domain: Domain,
        goal: Goal | None = None,
        builder: PartBuilder | None = None,
        depth: int | None = None,
    ) -> None:
        self.exact = ExactNetwork(network)
        self.shape = shape_of(domain)
        self.goal, self.builder = goal, builder
        # the inequalities of a polytope are rows of every cell
        self.depth = None if depth is None else depth + len(self.shape.rows)
        self.left: list[Prefix] = []
        self.splits = [split for stage in self.exact.stages for split in stage.splits]

    def regions(self) -> Iterator[Found | None]:
        """Yield the regions as they are found, and None at every other node."""
        scales = [flint.fmpq(row.scale) for row in self.shape.rows]
        yield from self._stage(0, self.exact.identity, root_cell(self.shape), scales, [])

    def _stage(
        self, stage: int, values: Forms | Inputs, cell: Cell, scales: Scales, settled: list[bool]
    ) -> Iterator[Found | None]:
        """Search below a node at which a stage begins; `values` are the forms of the stage's inputs."""
        if stage == len(self.exact.stages):
            if self.builder is not None:
                self.builder.leaf()
            yield self._found(cell, settled)
            return
        forms = self.exact.pre_activations(stage, values)
        first = len(settled)
        for longer, leaf, rows in self._units(forms, first, cell, scales, settled):
            if leaf is None:
                yield None
                continue
            passed = self.exact.activations(stage, forms, longer[first:])
            yield from self._stage(stage + 1, passed, leaf, rows, longer)

    def _units(
        self, forms: Forms, first: int, cell: Cell, scales: Scales, settled: list[bool]
    ) -> Iterator[tuple[list[bool], Cell | None, Scales]]:
        """Yield each way to settle the stage, whose first unit is `first`: all signs, the cell, its rows' scales."""
        while len(settled) < first + forms.matrix.nrows() and not self.splits[len(settled)]:
            settled = [*settled, True]
        if self.goal is not None and self.goal.is_out_of_reach(settled):
            if self.builder is not None:
                self.builder.leaf()
            yield settled, None, scales
            return
        unit = len(settled)
        if unit == first + forms.matrix.nrows():
            yield settled, cell, scales
            return
        sides = cell.sides(forms.row(unit - first))
        yield settled, None, scales
        longer = [*scales, flint.fmpq(flint.fmpz(1) << forms.exponent)]
        if not any(isinstance(side, Refutation) for side in sides):
            if self.builder is not None:
                self.builder.split(unit, positive_first=True)
            for sign, part in zip((True, False), sides, strict=True):
                assert isinstance(part, Cell)
                if len(part.rows) == self.depth:
                    self._leave([*settled, sign])
                else:
                    yield from self._units(forms, first, part, longer, [*settled, sign])
            return
        # a form that vanishes identically is recorded as inactive, and nothing is cut
        sign = not isinstance(sides[0], Refutation)
        refutation = sides[sign]
        assert isinstance(refutation, Refutation)
        self._note_sign(unit, sign, refutation, longer)
        yield from self._units(forms, first, cell, scales, [*settled, sign])

    def _leave(self, signs: list[bool]) -> None:
        assert self.builder is not None
        self.builder.elsewhere()
        self.left.append(np.where(signs, 1, -1).astype(np.int8))

    def _note_sign(self, unit: int, sign: bool, refutation: Refutation, scales: Scales) -> None:
        """Note a proof, from multipliers of integer forms to those of the functions; the last scale is the unit's."""
        if self.builder is not None:
            rows = sorted(refutation.rows)
            weights = [refutation.rows[k] * scales[k] for k in rows]
            proof = Proof(rows, as_fractions([*weights, refutation.form * scales[-1]]))
            self.builder.sign(unit, sign, proof)

    def _found(self, cell: Cell, settled: list[bool]) -> Found:
        pattern = tuple(sign for sign, splits in zip(settled, self.splits, strict=True) if splits)
        entry = as_fractions([cell.entry_squared])[0] if isinstance(cell, BallCell) else None
        return Found(pattern, as_fractions(cell.witness), entry)
