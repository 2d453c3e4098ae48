"""The end of the enumeration: whatever the cuts leave open is searched in exact arithmetic.

A solver's "infeasible" is no proof, so its enumeration is not believed to be complete. The walk follows the tree of
sign prefixes, unit by unit. Below a prefix that a cut covers there is no region that was not found; every other
prefix is decided exactly, by a point or by multipliers. A path that reaches its end is a region that the solver has
missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.milp.cuts import CutStore
from exactregions.engines.milp.forms import Halfspace, StageForms, Unfolding, UnitForm
from exactregions.engines.milp.oracle import CellOracle, Empty
from exactregions.exact.numbers import Point


@dataclass(frozen=True, slots=True, eq=False)
class Missed:
    """A region that no cut covers.

    Attributes
    ----------
    pattern : tuple of bool
    witness : list of fmpq
    """

    pattern: tuple[bool, ...]
    witness: Point


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A prefix with a full-dimensional cell, and the cuts that it does not contradict."""

    signs: tuple[bool, ...]
    stage: StageForms
    rows: tuple[Halfspace, ...]
    witness: Point
    cuts: NDArray[np.intp]


def walk(
    unfolding: Unfolding, oracle: CellOracle, cuts: CutStore, pinned: Sequence[bool | None]
) -> Iterator[Missed | None]:
    """Yield every region that the cuts do not cover, and None at each node.

    Parameters
    ----------
    pinned : sequence of bool or None, length units
        Signs that every region of the domain has.
    """
    if cuts.cover(cuts.every(), 0):
        return
    first = unfolding.stage(0, unfolding.start)
    waiting = [_Node((), first, (), oracle.witness, cuts.every())]
    while waiting:
        node = _at_next_unit(unfolding, waiting.pop())
        if len(node.signs) == len(pinned):
            yield Missed(node.signs, node.witness)
            continue
        yield None
        unit = node.stage.units[len(node.signs) - node.stage.units[0].unit]
        waiting += _children(node, unit, oracle, cuts, pinned[unit.unit])


def _at_next_unit(unfolding: Unfolding, node: _Node) -> _Node:
    """Enter further stages until one has a unit to decide, or all are done."""
    while True:
        units = node.stage.units
        done = not units or len(node.signs) > units[-1].unit
        if not done or node.stage.index + 1 == len(unfolding.exact.stages):
            return node
        signs = node.signs[units[0].unit :] if units else ()
        inputs = unfolding.through(node.stage, signs)
        node = replace(node, stage=unfolding.stage(node.stage.index + 1, inputs))


def _children(node: _Node, unit: UnitForm, oracle: CellOracle, cuts: CutStore, pinned: bool | None) -> Iterator[_Node]:
    """Yield the prefixes one unit longer that have a cell and no cut covers.

    The side of the witness has a cell. Where the other side has none, or a pinned sign says so, the unit adds no
    row: its halfspace holds the whole cell.
    """
    known = unit.forced if unit.forced is not None else pinned
    if known is not None:
        yield from _child(node, unit, known, cuts, node.rows, node.witness)
        return
    value = unit.form.at(node.witness)
    own = value >= 0  # on the hyperplane itself either side may be asked about first
    other = _decided(node, unit, not own, oracle, cuts)
    if not isinstance(other, Empty):
        yield from other
    rows = node.rows if isinstance(other, Empty) else (*node.rows, unit.side(own))
    if value:
        yield from _child(node, unit, own, cuts, rows, node.witness)
    else:
        mine = _decided(node, unit, own, oracle, cuts)
        if not isinstance(mine, Empty):
            yield from mine


def _decided(node: _Node, unit: UnitForm, sign: bool, oracle: CellOracle, cuts: CutStore) -> list[_Node] | Empty:
    """Return the child with a sign, as a list that is empty where a cut covers it; or the proof that it has no cell."""
    if cuts.cover(cuts.heeded(node.cuts, unit.unit, sign), unit.unit + 1):
        return []
    rows = (*node.rows, unit.side(sign))
    found = oracle.decide(rows)
    return found if isinstance(found, Empty) else list(_child(node, unit, sign, cuts, rows, found))


def _child(
    node: _Node, unit: UnitForm, sign: bool, cuts: CutStore, rows: tuple[Halfspace, ...], witness: Point
) -> Iterator[_Node]:
    heeded = cuts.heeded(node.cuts, unit.unit, sign)
    if not cuts.cover(heeded, unit.unit + 1):
        yield _Node((*node.signs, sign), node.stage, rows, witness, heeded)
