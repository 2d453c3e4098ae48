"""The kernel of domains with flat sides: a simplex dictionary that moves with the search (see `kinds`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import BEYOND, UNKNOWN, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.fields import constant, declared, floats, integers, number
from exactregions.engines.tree.kernels.proofs import strictly_inside
from exactregions.engines.tree.kernels.rungs import settle
from exactregions.engines.tree.kernels.simplex import (
    OPTIMAL,
    add_row,
    along_column,
    blocking,
    climb,
    current_point,
    express,
    restart,
)
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.kernels.vectors import row_at

CLEAR = 1e-14  # a value this far beyond a row is worth trying for a witness; rows and domain are of size one
FAR = 1e6  # further than any value in a bounded domain: climb to the optimum


@declared
class DictionaryState(State):
    """A state with a dictionary; `variables` is p, or 2 p where y is a difference of variables."""

    __slots__ = ()

    variables = constant("Structural variables of a program.")
    table_rows = number("Rows of the dictionary.")
    table = floats("rows + 1, variables", "Basic variables in terms of the nonbasic ones.")
    basic = integers("rows + 1", "The variable of each row.")
    basic_values = floats("rows + 1", "Its value.")
    nonbasic = integers("variables", "The variable of each column.")
    nonbasic_values = floats("variables", "Its value.")
    nonbasic_states = integers("variables", "0 at the lower bound, 1 at the upper, 2 between.")
    places = integers("variables", "The column of a nonbasic structural variable, -1 - row of a basic one.")
    lowers = floats("variables", "Lower bounds of the structural variables.")
    uppers = floats("variables", "Upper bounds.")
    reduced_costs = floats("variables", "The row in question in terms of the nonbasic variables.")
    vertex = floats("p", "Scratch: the point of the dictionary.")


@inner
def begin(state: Any) -> None:
    """Set the dictionary up at the root."""
    restart(state)


@inner
def probe(state: Any, out: np.ndarray) -> int:
    """Climb until the row at `depth` changes sign, or to its maximum, where the reduced costs are multipliers."""
    k = state.depth
    value = express(state, state.rows[k])
    clear = 16.0 * state.row_errors[k] + CLEAR
    for attempt in range(2):
        status, value = climb(state, value, clear if attempt == 0 else FAR)
        if value > clear:
            if _witness_towards_vertex(state, value, out):
                return BEYOND
            if status == OPTIMAL and _witness_at_vertex(state, value, out):
                return BEYOND
        elif status == OPTIMAL:
            _store_reduced_costs(state, k)
            return settle(state)
        else:
            return UNKNOWN
        if status == OPTIMAL:
            return UNKNOWN
    return UNKNOWN


@once
def _witness_towards_vertex(state: Any, value: float, out: np.ndarray) -> bool:
    """Go from the witness of the cell towards a vertex beyond the new row, halfway past the row; prove the result."""
    k = state.depth
    current_point(state, state.vertex)
    at_witness = min(row_at(state.rows[k], state.witness), 0.0)
    crossing = -at_witness / (value - at_witness)
    t = 0.5 * (1.0 + crossing)
    for j in range(state.p):
        out[j] = state.witness[j] + t * (state.vertex[j] - state.witness[j])
    return strictly_inside(state, k + 1, out)


@inner
def _witness_at_vertex(state: Any, value: float, out: np.ndarray) -> bool:
    """Take the centre of the corner that the new row cuts off at the optimal vertex; prove it.

    The corner has the vertex, and on each edge the point where the row vanishes, or where the cell ends before. Its
    centre is as far from the rows as the corner is large, also in a cell whose witness is close to some of them.
    """
    never_inline()
    n = state.variables
    current_point(state, out)
    for j in range(n):
        direction = -1.0 if state.nonbasic_states[j] == 1 else 1.0
        length, _ = blocking(state, j, direction)
        rate = abs(state.reduced_costs[j])
        if rate * length > value:
            length = value / rate
        along_column(state, j, direction * length / (n + 1.0), out)
    return strictly_inside(state, state.depth + 1, out)


@once
def _store_reduced_costs(state: Any, k: int) -> None:
    """At an optimum the reduced costs of nonbasic slacks are the multipliers of their rows."""
    n, count = state.variables, ZERO
    for j in range(n):
        v, y = state.nonbasic[j], -state.reduced_costs[j]
        if v > n and y > 0.0:
            state.proof_rows[count], state.proof_multipliers[count] = v - n - 1, y
            count += 1
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + 1


@inner
def point_found(state: Any, out: np.ndarray) -> None:
    """Write the point of the closed cell where the last probe ended."""
    current_point(state, out)


@inner
def enter(state: Any, k: int, warm: bool) -> None:
    """Add row k to the dictionary, which a probe of the same side left warm; else start anew at the witness."""
    if warm:
        add_row(state, k)
    else:
        restart(state)


@inner
def save(state: Any, k: int) -> None:
    """Keep nothing: the dictionary is made anew at the witness."""


@inner
def restore(state: Any, k: int) -> None:
    """Take nothing back."""


@inner
def measure(state: Any, at: int, entries: np.ndarray) -> None:
    """Leave entry radii open: they are programs of their own."""
