"""From a question in scaled coordinates to the state of a search at its root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.kernels.arithmetic import UNIT
from exactregions.engines.tree.kernels.codes import FAR_BALL, L1_BALL, PLANE, SPACE
from exactregions.engines.tree.kernels.curved import CurvedState
from exactregions.engines.tree.kernels.dictionary import DictionaryState
from exactregions.engines.tree.kernels.domains.far_ball import FarBallState
from exactregions.engines.tree.kernels.endless import EndlessState
from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.kernels.outward import OutwardState
from exactregions.engines.tree.kernels.pruned_states import PRUNED
from exactregions.engines.tree.kernels.pruning import MOST_CUTS
from exactregions.engines.tree.kernels.state import State

__all__ = ["FloatDomain", "FloatNetwork", "new_state", "within_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

THREE = 3
MOST_CORNERS = 128  # of a cell; what has more is decided by rationals at some units
RECORDED = 1 << 15  # events and multipliers after which a record is taken away


@dataclass(frozen=True, slots=True)
class FloatNetwork:
    """The units of a network as the kernels read them: affine in the scaled inputs and in units of earlier stages.

    Attributes
    ----------
    widths : sequence of int
        Units of each stage.
    bases : numpy.ndarray, shape (B, p + 1)
        Affine forms of the scaled inputs.
    base_places : numpy.ndarray of int64, shape (N,)
        Which of them each unit reads, -1 for none.
    base_errors : numpy.ndarray, shape (N,)
        Bounds, within reach, of what rounding changed of a unit as a function of the inputs and the units it reads.
    biases : numpy.ndarray, shape (N,)
        Of units without such a form.
    link_starts : numpy.ndarray of int64, shape (N + 1,)
    link_units : numpy.ndarray of int64, shape (links,)
    weights : numpy.ndarray, shape (links,)
        Earlier units that each unit reads, and with which weights.
    lows, highs : numpy.ndarray, shape (N,)
    few_digits : bool
        Weights of few digits: worth composing with computed errors, which are then mostly zero.
    by_columns : bool
        Each stage reads all units of the stage before and nothing else, and weights have many digits.
    """

    widths: Sequence[int]
    bases: Floats
    base_places: Integers
    base_errors: Floats
    biases: Floats
    link_starts: Integers
    link_units: Integers
    weights: Floats
    lows: Floats
    highs: Floats
    few_digits: bool
    by_columns: bool = False


@dataclass(frozen=True, slots=True)
class FloatDomain:
    """A domain in scaled coordinates.

    Attributes
    ----------
    kind : int
        A code of `codes`.
    outer, inner : numpy.ndarray, shape (p,)
        Half sides of the box, or the radius repeated; rounded outward and inward.
    rows : numpy.ndarray, shape (K, p + 1)
        Rows of a polytope, scaled to coefficients of size one.
    row_errors : numpy.ndarray, shape (K,)
    row_scales : numpy.ndarray, shape (K,)
        The powers of two by which b - A x was multiplied.
    input_errors : numpy.ndarray, shape (p,), or None
        How far the map to a float input may move a coordinate within reach, besides a rounding of it; None where
        nothing is known.
    norm : int
        Of a far ball, or one of few inputs: 1, 2, or 0 for the maximum.
    """

    kind: int
    outer: Floats
    inner: Floats
    rows: Floats
    row_errors: Floats
    row_scales: Floats
    input_errors: Floats | None = None
    norm: int = 0


def within_of(kind: int, outer: Floats) -> Floats:
    """Return how far out errors of forms are bounded: to the domain's end, or to one where that is infinite or far."""
    return np.ones_like(outer) if kind == FAR_BALL else np.where(np.isinf(outer), 1.0, outer)


def new_state(
    network: FloatNetwork,
    domain: FloatDomain,
    witness: Floats,
    recording: bool = False,
    goal: Sequence[Sequence[int]] | None = None,
    prune: bool = False,
) -> State:
    """Allocate a search at the root.

    Parameters
    ----------
    network : FloatNetwork
    domain : FloatDomain
    witness : numpy.ndarray, shape (p,)
        An interior point.
    recording : bool
    goal : sequence of sequence of int, optional
        Groups of units of the last stage; only regions are found in which all units of some group are positive.
    prune : bool
        Leave nodes where relaxed units show that no such region lies below: in bounded boxes of few inputs, and
        polytopes in them, where nothing is recorded.
    """
    sizes = _sizes(network, domain, recording)
    sizes |= {"groups": len(goal or ()), "members": sum(map(len, goal or ()))}
    prune = prune and goal is not None and not recording and domain.kind in PRUNED
    if prune:
        sizes["rows"] += MOST_CUTS
        sizes["columns"] = len(domain.outer) + 1 + int((network.lows != network.highs).sum())
    # what workers only read is not copied for each of them
    read = {"link_units": network.link_units, "weights": network.weights}
    state: Any = (PRUNED if prune else STATES)[domain.kind](sizes, read)
    if prune:
        state.walls, state.bounded_depth = len(domain.rows), -1
    _write_domain(state, domain)
    _write_network(state, network)
    if isinstance(state, DictionaryState):
        _write_bounds(state, sizes["variables"])
    if isinstance(state, (FarBallState, CurvedState)):
        state.norm = domain.norm
    if isinstance(state, OutwardState):
        _write_walls(state)
        _write_weights_by_input(state, network)
    state.recording, state.log_limit, state.values_limit = recording, RECORDED, RECORDED
    state.row_units[:], state.row_scales[len(domain.rows) :] = -1, 1.0
    state.most = state.most_leaves = -1
    state.goals = -1 if goal is None else len(goal)
    if goal:
        state.goal_starts[1:], state.goal_units[:] = np.cumsum([len(group) for group in goal]), np.concatenate(goal)
    state.witness[:] = witness
    return state


def _sizes(network: FloatNetwork, domain: FloatDomain, recording: bool) -> dict[str, int]:
    """Return the sizes that shapes of the state are made of; a record has room for what one step may add."""
    p, widest = len(domain.outer), max(network.widths)
    splits = int((network.lows != network.highs).sum())
    rows = len(domain.rows) + splits + 1
    coordinates = p + 1 if domain.kind in (PLANE, SPACE) else p
    variables = 2 * p if domain.kind == L1_BALL else p
    room = min(2 * (2 * p + rows), MOST_CORNERS)  # in space fewer than twice as many as faces
    return {
        "stages": len(network.widths),
        "units": len(network.lows),
        "links": len(network.weights),
        "terms": int(np.diff(network.link_starts).max(initial=widest)),
        "bases": len(network.bases),
        "widest": widest,
        "p": p,
        "rows": rows,
        "variables": variables,
        "lines": 2 * p + rows,
        "sides": 6 * room if p == THREE else room,
        "words": (widest + 63) // 64,
        "room": room,
        "places": coordinates * room,
        "basis": min(p + 1, rows) + 1,
        "events": RECORDED + rows + widest + 1 if recording else 0,
        "values": RECORDED + widest * (min(rows, variables + 1) + 2) if recording else 0,
    }


def _write_network(state: State, network: FloatNetwork) -> None:
    state.stages, state.units, state.few_digits = len(network.widths), len(network.lows), network.few_digits
    state.widths[:], state.firsts[1:] = network.widths, np.cumsum(network.widths)
    state.bases[:], state.base_places[:] = network.bases, network.base_places
    state.base_errors[:], state.biases[:] = network.base_errors, network.biases
    state.link_starts[:] = network.link_starts
    state.lows[:], state.highs[:] = network.lows, network.highs
    state.splits[:] = state.lows != state.highs
    constants = network.bases[:, -1].any() or network.base_errors.any() or network.biases.any()
    state.homogeneous = not (constants or state.depth)


def _write_domain(state: State, domain: FloatDomain) -> None:
    base = len(domain.rows)
    state.p, state.depth = len(domain.outer), base
    state.outer[:], state.inner[:], state.within[:] = domain.outer, domain.inner, within_of(domain.kind, domain.outer)
    state.input_errors[:] = np.inf if domain.input_errors is None else domain.input_errors
    state.rows[:base], state.row_errors[:base] = domain.rows, domain.row_errors
    state.row_scales[:base], state.row_signs[:base] = domain.row_scales, 1


def _write_bounds(state: DictionaryState, variables: int) -> None:
    """Bound y by the sides of a box; the two parts of a difference are only nonnegative."""
    state.variables = variables
    if variables == state.p:
        state.lowers[:], state.uppers[:] = -state.outer, state.outer
    else:
        state.uppers[:] = np.inf


def _write_walls(state: OutwardState) -> None:
    """Take the sides of an l1 ball in the plane, or of a box around the domain: in the plane one after the other."""
    p = state.p
    if isinstance(state, EndlessState):  # the hyperplane at infinity
        state.walls, state.room, state.given = 1, state.corners.shape[1] // (p + 1), state.depth
        state.lines[p, 0] = 1.0
        return
    state.walls, state.room = 2 * p, state.corners.shape[1] // p
    if isinstance(state, CurvedState) and state.norm == 1:
        state.lines[:2, :4] = [[-1, 1, 1, -1], [-1, -1, 1, 1]]
        state.lines[2, :4] = state.outer[0]
        state.line_tolerances[:4] = 16 * UNIT * state.outer[0]  # of a sum of three terms no larger than the radius
        return
    for i in range(2 * p):
        j, sign = i % p, 1.0 if i < p else -1.0
        state.lines[j, i], state.lines[p, i] = -sign, state.outer[j]


def _write_weights_by_input(state: OutwardState, network: FloatNetwork) -> None:
    """Transpose the weights of a network whose stages each read all units of the stage before and nothing else."""
    state.by_columns, begin = network.by_columns, 0
    for inputs, width in pairwise(network.widths) if network.by_columns else ():
        block = slice(begin, begin + inputs * width)
        state.weights_by_input[block].reshape(inputs, width)[:] = network.weights[block].reshape(width, inputs).T
        begin = block.stop
