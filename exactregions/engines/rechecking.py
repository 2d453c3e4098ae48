"""The regions of a finished or unfinished search proved again, exactly, from what a file brings alone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from exactregions.engines.contract import Limits
from exactregions.engines.rational import RationalEngine
from exactregions.errors import EngineError, FileFormatError
from exactregions.exact.cells import Cell, root_cell
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import as_point
from exactregions.exact.prefixes import as_bytes, checked_prefixes, full_signs, splitting_units
from exactregions.exact.witnesses import is_witness
from exactregions.fixed_inputs import free_inputs
from exactregions.progress import StopReason
from exactregions.regions import RegionSet
from exactregions.support.stopping import Stop, Stopped, check, current_scope
from exactregions.winner_patterns import distinct_rows, has_contests, pairwise_lowering

MINUS, PLUS = b"\0", b"\1"  # signs as `as_bytes` gives them


def recheck(regions: RegionSet) -> None:
    """Prove that the regions are regions, that none is there twice, and that only the frontier is still open.

    Every witness is evaluated exactly. Then the tree whose leaves are the patterns and the prefixes of the frontier is
    walked from the root, unit by unit: a node is the cell of its signs, and where one of the two children is missing
    from the tree, the missing cell is proved to be empty, in rational arithmetic. So a region is a leaf, or lies below
    the frontier: by induction, a region that begins with the signs of a node begins with those of one of its children.
    Patterns that are leaves of one tree differ, and none lies below the frontier.

    With winner units the tree of their contests is searched anew: several of its leaves may be one region.

    This takes about as long as a search by the engine `rational`.

    Raises
    ------
    FileFormatError
        If the regions are not stored, or something does not hold.
    """
    if not regions.stored:
        raise FileFormatError(
            f"only the number {regions.count} was kept, which cannot be proved again; search with store=True"
        )
    regions = free_inputs(regions.network, regions.domain).inward(regions)
    exact, network = ExactNetwork(regions.network), regions.network
    patterns = regions.pattern_array()
    for row, pattern in enumerate(patterns.tolist()):
        check()
        if not is_witness(exact, regions.domain, as_point(regions[row].witness), pattern):
            raise FileFormatError(f"region {row} is wrong: its witness does not have its pattern, or is not inside")
    try:
        frontier = [as_bytes(prefix) for prefix in checked_prefixes(network, regions.frontier)]
    except EngineError as error:
        raise FileFormatError(f"the frontier is wrong: {error}") from None
    if has_contests(network):
        _recheck_winners(regions, frontier)
        return
    found = [as_bytes(row) for row in full_signs(patterns, splitting_units(network))]
    leaves = sorted([*found, *frontier])
    for first, second in pairwise(leaves):
        if second.startswith(first):
            raise FileFormatError("a region is there twice, or lies below the frontier, and would be found again")
    _Tree(exact, leaves, set(frontier)).walk(root_cell(regions.domain))


def _recheck_winners(regions: RegionSet, frontier: Sequence[bytes]) -> None:
    """Prove that a region with winner units that is not there lies below the frontier.

    The tree of the pairwise lowering is searched as if nothing were known. A leaf that does not lie below the frontier
    must have a winner pattern of the set; one below it may.
    """
    known = regions.pattern_set()
    if len(known) < len(regions):
        raise FileFormatError("a region is there twice")
    lowered, splits = pairwise_lowering(regions.network), splitting_units(regions.network)
    leaves = RationalEngine().search(lowered, regions.domain, Limits(), None)
    if leaves.stop_reason is StopReason.INTERRUPTED and current_scope() is None:
        raise KeyboardInterrupt
    if leaves.stop_reason is not None:
        raise Stopped(Stop(leaves.stop_reason, leaves.stopped or ""))
    starts, signs = sorted(frontier), leaves.pattern_array()
    told, numbers = distinct_rows(regions.network, leaves.patterns)
    keys = [row.tobytes() for row in told]
    for leaf, number in zip(full_signs(signs, splits), numbers.tolist(), strict=True):
        check()
        text = as_bytes(leaf)
        place = bisect_right(starts, text)
        below = place > 0 and text.startswith(starts[place - 1])
        if not below and keys[number] not in known:
            raise FileFormatError(f"a region is missing: one has the signs {_text(text)}")


@dataclass(slots=True)
class _Node:
    """Signs of the first units, their cell, the leaves that begin with them, and the forms of the stage reached."""

    signs: bytes
    cell: Cell
    first: int
    last: int
    stage: int
    forms: Forms


class _Tree:
    """The tree that patterns and prefixes make, as the sorted list of its leaves."""

    def __init__(self, exact: ExactNetwork, leaves: Sequence[bytes], frontier: set[bytes]) -> None:
        self._exact, self._leaves, self._frontier = exact, leaves, frontier
        self._starts = [0]
        for stage in exact.stages:
            self._starts.append(self._starts[-1] + len(stage.splits))

    def walk(self, root: Cell) -> None:
        """Prove that every region is a leaf, or lies below one of the frontier.

        Raises
        ------
        FileFormatError
        """
        if not self._leaves:
            raise FileFormatError("it has neither regions nor a frontier, and an open domain has a region")
        if not self._exact.stages:
            return
        first = self._exact.pre_activations(0, self._exact.identity)
        waiting = [_Node(b"", root, 0, len(self._leaves), 0, first)]
        while waiting:
            check()
            node = waiting.pop()
            if node.signs not in self._frontier and len(node.signs) < self._starts[-1]:
                waiting += self._children(self._next_stage(node))

    def _next_stage(self, node: _Node) -> _Node:
        """Go on to the forms of the next stage where all units of this one have their signs."""
        begin, end = self._starts[node.stage], self._starts[node.stage + 1]
        if len(node.signs) < end:
            return node
        signs = [bool(sign) for sign in node.signs[begin:end]]
        values = self._exact.activations(node.stage, node.forms, signs)
        forms = self._exact.pre_activations(node.stage + 1, values)
        return _Node(node.signs, node.cell, node.first, node.last, node.stage + 1, forms)

    def _children(self, node: _Node) -> list[_Node]:
        unit = len(node.signs) - self._starts[node.stage]
        middle = bisect_left(self._leaves, node.signs + PLUS, node.first, node.last)
        spans = {MINUS: (node.first, middle), PLUS: (middle, node.last)}
        cells: dict[bytes, Cell | None] = {PLUS: node.cell, MINUS: None}
        if self._exact.stages[node.stage].splits[unit]:
            cells = self._halves(node.cell, node.forms.row(unit))
        children = []
        for sign, cell in cells.items():
            first, last = spans[sign]
            if cell is not None and first == last:
                raise FileFormatError(f"a region is missing: one begins with {_text(node.signs + sign)}")
            if cell is not None:
                children.append(_Node(node.signs + sign, cell, first, last, node.stage, node.forms))
            elif not all(leaf in self._frontier for leaf in self._leaves[first:last]):
                raise FileFormatError(f"a pattern is none of a region: none begins with {_text(node.signs + sign)}")
        return children

    @staticmethod
    def _halves(cell: Cell, form: Form) -> dict[bytes, Cell | None]:
        positive, negative = cell.halves(form)
        if positive is None and negative is None:  # a form that vanishes identically: an inactive unit
            negative = cell
        return {PLUS: positive, MINUS: negative}


def _text(signs: bytes) -> str:
    return "".join("-+"[sign] for sign in signs)
