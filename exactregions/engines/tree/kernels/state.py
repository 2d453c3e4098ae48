"""The state of one search: the network, the domain, the path to the current node, and what still waits.

Coordinates are the scaled ones (`exactregions.engines.tree.scaled_problem`): y in R^p, with the domain of unit size
around the origin. A row is an affine form: p coefficients and a constant; a row of a cell is nonnegative on it.

Sizes in shapes: `stages`; `units`, wires included; `links` between units; `terms`, the most links of a unit, or units
of a stage; `bases`, units that read the inputs; `widest`, units of the widest stage; `p`; `rows`, the most that a cell
can have; `events` and `values` of the record, zero where none is kept; `groups` of the goal, with their `members`; and
those that a kernel adds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.kernels import no_pruning
from exactregions.engines.tree.kernels.fields import (
    Array,
    Number,
    constant,
    counter,
    declared,
    fields_of,
    floats,
    integers,
    number,
    shared,
)

__all__ = ["SEEN", "State"]

LINE = 8  # words of a cache line, at which arrays begin
SEEN = 8  # points of a cell remembered while a stage begins


@declared
class State:
    """What every kernel shares.

    A class of states names the modules of its functions: `kernel`, `flat` and `domain` (see `kinds`), and `pruning`.
    Python reads and writes the attributes below, compiled code does the same through `state_type`.
    """

    __slots__ = ("_arrays", "_block", "_places", "address", "memory")

    kernel: ClassVar[ModuleType]
    flat: ClassVar[ModuleType]
    domain: ClassVar[ModuleType]
    pruning: ClassVar[ModuleType] = no_pruning
    words: ClassVar[int] = 0  # of memory that the fields take

    # the question
    p = constant("Dimension of the scaled coordinates.")
    stages = constant("Stages of the network.")
    units = constant("Units of all stages, wires included.")
    few_digits = constant("Whether weights are worth composing with computed errors, which are then mostly zero.")
    homogeneous = constant("Whether neither a form nor a row of the domain has a constant.")
    recording = constant("Whether a record is kept for a certificate.")
    log_limit = constant("Events after which the record has to be taken away.")
    values_limit = constant("Multipliers after which the record has to be taken away.")
    stop = shared("Set by another thread while a kernel runs: return as soon as the state is whole.")
    most = number("Regions after which to stop, negative for no limit.")
    most_leaves = number("Leaves after which to stop, negative for no limit.")
    goals = constant("Groups of units of which one has to be positive throughout; negative where all regions count.")

    # where the search stands
    phase = number("AT_START, AT_LAYER, AT_UNIT, AT_LEAF, GO_BACK or AT_END.")
    layer = number("The stage whose units are being decided.")
    position = number("The place of the next unit in its stage's part of `pending_units`.")
    depth = number("Rows of the current cell.")
    found = number("Regions found.")
    leaves = number("Leaves come to: regions found, and nodes that no region of the goal lies below.")
    stored = number("Regions in the output since Python took them.")
    witness_unproved = number("Whether floats could not prove the witness of the current cell.")
    asked_unit = number("The unit that exact arithmetic has to decide.")
    answer = number("What it answered; NONE where nothing was asked.")
    side = number("The side that was last probed; zero where exact arithmetic answered.")
    proof_length = number("Rows of the last proof.")
    logged = number("Events of the record.")
    logged_values = number("Multipliers of the record.")

    # what settled the decisions
    stable_by_float = counter("Units that do not cut, by float multipliers and a bound of the rounding errors.")
    stable_by_simple_fractions = counter("Units that do not cut, by simple fractions, where nothing rounds.")
    split_by_float = counter("Splits with float witnesses on both sides.")
    settled_by_exact_basis = counter("Units that do not cut, by exact multipliers of the float basis.")
    settled_by_exact_pivots = counter("Units that do not cut, or split, by exact cells.")
    programs = counter("Sides for which a kernel was asked.")
    decisions = counter("Questions to floats whether a unit cuts a cell; a stage may ask again when its unit is next.")

    # the network, stage after stage; stage 0 in scaled coordinates
    widths = integers("stages", "Units of each stage, wires included.")
    firsts = integers("stages + 1", "The first unit of each stage among all units.")
    bases = floats("bases, p + 1", "Affine forms of the inputs, which some units read beside earlier units.")
    base_places = integers("units", "The row of `bases` that a unit reads, -1 for none: then it has a bias.")
    base_errors = floats("units", "Bounds, within reach, of the error of that form and of the weights.")
    biases = floats("units", "The biases of units without such a form.")
    link_starts = integers("units + 1", "Where the links of each unit begin.")
    link_units = integers("links", "Earlier units that a unit reads, in other stages than its own.")
    weights = floats("links", "The weights with which it reads them.")
    lows = floats("units", "Slopes below zero.")
    highs = floats("units", "Slopes above zero.")
    splits = integers("units", "Whether a unit can split a cell; zero for wires.")

    # the goal
    goal_starts = integers("groups + 1", "Where the members of each group begin.")
    goal_units = integers("members", "Units of the last stage.")

    # the domain
    outer = floats("p", "Half sides of the box, or the radius repeated; rounded outward, for refutations.")
    inner = floats("p", "The same rounded inward, for witnesses.")
    input_errors = floats("p", "How far the map to a float input may move a coordinate within reach, besides rounding.")
    within = floats("p", "The same as `outer`, one where that is infinite: errors are bounded for |y_j| <= within_j.")

    # affine forms on the current path
    forms = floats("units, p + 1", "Pre-activations.")
    form_errors = floats("units", "Bounds of their errors within reach.")
    passed = floats("units, p + 1", "Forms after the units, of all stages before the current one.")
    passed_errors = floats("units", "Bounds of their errors.")
    terms = integers("terms", "Scratch: units of earlier stages that a form is made of.")
    term_weights = floats("terms", "Scratch: their weights.")
    passed_sizes = floats("units", "Bounds of their magnitudes within reach.")
    composed = integers("stages", "How often each stage was composed.")
    composed_from = integers("stages", "Which composition of the stage before that was from.")
    composed_signs = integers("units", "Signs of the stage before, at that time.")
    changes = integers("stages", "How often a stage was changed since it was composed anew.")
    changed = integers("units", "Scratch: units whose sign has changed since.")
    changed_sizes = floats("units", "Scratch: bounds of the magnitudes of their forms.")

    # the path
    signs = integers("units", "Signs of the units settled so far, 1 or -1.")
    forced = integers("units", "Signs of the prefix below which to search, else 0.")
    pending_units = integers("units", "Undecided units of each stage, from the stage's first place on.")
    pending_counts = integers("stages", "How many of them each stage has.")
    rows = floats("rows, p + 1", "Rows of the current cell, scaled by powers of two to coefficients of size one.")
    row_errors = floats("rows", "Error bounds of the rows within reach.")
    row_scales = floats("rows", "The powers of two by which forms were multiplied.")
    row_units = integers("rows", "The unit that made the row; -1 for rows of the domain.")
    row_signs = integers("rows", "The side of that unit.")
    waiting = integers("rows", "Whether the other side of a row is still to be searched: 1, 0 or GIVEN_AWAY.")
    waiting_places = integers("rows, 2", "Stage and position of the split.")
    waiting_witnesses = floats("rows, p", "A witness of that side.")
    waiting_unproved = integers("rows", "Whether floats could not prove it.")
    witness = floats("p", "A point strictly inside the cell, proved unless `witness_unproved`.")
    children = floats("2, p", "Witnesses of the two sides of a split, minus first.")
    children_unproved = integers("2", "Whether floats could not prove them.")
    moves = floats("p", "Scratch: how far the map to a float input may move the witness.")
    reach = floats("p", "Scratch: how large its coordinates may become.")
    seen_points = floats(f"{SEEN}, p", "Points of the closed cell that the questions about earlier units turned up.")

    # a box around the cell, or around one that holds it
    enclosed = number("Whether it is up to date.")
    box_lows = floats("p", "Its lower ends.")
    box_highs = floats("p", "Its upper ends.")
    middles = floats("p", "Its middle.")
    halves = floats("p", "Half sides, rounded up.")

    # proofs
    proof_rows = integers("rows + 1", "The rows of the last proof, that to refute last.")
    proof_multipliers = floats("rows + 1", "Their multipliers.")
    combination = floats("p + 1", "Scratch: the sum of rows times multipliers.")
    combination_slack = floats("p", "Scratch: a bound of its error.")
    simple_multipliers = floats("rows + 1", "Multipliers rounded to simple fractions.")
    long_multipliers = floats("rows + 1", "Multipliers while shorter ones are tried for the record.")

    # the record of the search, for a certificate
    log = integers("events, 3", "Event, unit, number of multipliers (ON_REQUEST when rationals proved it).")
    log_rows = integers("values", "Rows of multipliers, ascending within a proof.")
    log_values = floats("values, 2", "Multipliers and the scales of their rows.")

    def __init__(self, sizes: Mapping[str, int], given: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Allocate a state, all zero.

        Parameters
        ----------
        sizes : dict of str to int
            That shapes are made of.
        given : dict of str to numpy.ndarray, optional
            Arrays of constants, contiguous and of the type of their field, which are used as they are.
        """
        self._arrays: dict[str, NDArray[Any]] = dict(given or {})
        self._places, taken, words, places = _layout(type(self), tuple(sizes.items()), tuple(self._arrays))
        self._block: NDArray[np.int64] = np.zeros(taken, dtype=np.int64)
        self.memory: NDArray[np.int64] = words.copy()
        self.memory[places] += self._block.ctypes.data
        for name, array in self._arrays.items():
            self.memory[getattr(type(self), name).word] = array.ctypes.data
        self.address: int = self.memory.ctypes.data

    def array(self, field: Array) -> NDArray[Any]:
        """Return an array of the state."""
        if field.name not in self._arrays:
            first, sides = self._places[field.name]
            part = self._block[first : first + math.prod(sides)]
            self._arrays[field.name] = part.view(field.type).reshape(sides)
        return self._arrays[field.name]

    @classmethod
    def counters(cls) -> list[Number]:
        """Return the fields that count."""
        return [field for field in fields_of(cls) if isinstance(field, Number) and field.counter]

    def counts(self) -> dict[str, int]:
        """Return what the counters have reached."""
        return {field.name: field.__get__(self, State) for field in self.counters()}


@lru_cache(maxsize=64)
def _layout(
    states: type[State], sizes: tuple[tuple[str, int], ...], given: tuple[str, ...]
) -> tuple[dict[str, tuple[int, list[int]]], int, NDArray[np.int64], list[int]]:
    """Lay out the arrays of a state in one block, but for those that are given.

    Returns
    -------
    places : dict of str to (int, list of int)
        Of each array in the block, in words, and the lengths of its sides.
    taken : int
        Words of the block.
    words : numpy.ndarray of int64
        The memory of the state, with addresses counted from where the block begins.
    addresses : list of int
        Which words these are.
    """
    words, known = np.zeros(states.words, dtype=np.int64), dict(sizes)
    places: dict[str, tuple[int, list[int]]] = {}
    addresses, taken = [], 0
    for field in fields_of(states):
        if isinstance(field, Array):
            sides = field.sides(known)
            words[field.word + 1 : field.word + 1 + len(sides)] = sides
            if field.name not in given:
                places[field.name], words[field.word] = (taken, sides), 8 * taken
                addresses.append(field.word)
                taken += -(-math.prod(sides) // LINE) * LINE
    return places, taken, words, addresses
