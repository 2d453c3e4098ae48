"""The simplex dictionary of the current cell, in floats (mathematics, 3.2).

Variables: the structural ones, then (l1 ball only) the slack of its row, then one slack a row of the cell. The
structural variables are y itself, or y = u - v with u, v >= 0 for an l1 ball. A nonbasic variable sits at a bound or,
after a start from an interior point, between. Nothing here is believed: `proofs` decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import MINUS_ONE
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.vectors import copy, fill

__all__ = [
    "CROSSED",
    "OPTIMAL",
    "STUCK",
    "add_row",
    "along_column",
    "blocking",
    "climb",
    "current_point",
    "express",
    "restart",
]

PIVOT = 1e-9  # smallest pivot: rows have coefficients of size one
REDUCED = 1e-11  # a reduced cost below it is taken for zero
CROSSED, OPTIMAL, STUCK = 0, 1, 2


@inner
def coefficient(row: np.ndarray, variable: int) -> float:
    """Return the coefficient of a row in a structural variable."""
    p = len(row) - 1
    return row[variable] if variable < p else -row[variable - p]


@inner
def restart(state: Any) -> None:
    """Set up the dictionary at the witness: structural variables nonbasic, every slack basic."""
    never_inline()
    p, n = state.p, state.variables
    differences = n > p
    count, taken = 0, 0.0
    for v in range(n):
        value = state.witness[v] if v < p else -state.witness[v - p]
        if differences:
            value = max(value, 0.0)
        state.nonbasic[v], state.nonbasic_values[v], state.places[v] = v, value, v
        taken += value
        state.nonbasic_states[v] = 0 if value <= state.lowers[v] else 2
    if differences:
        fill(state.table[0], -1.0)
        state.basic[0], state.basic_values[0] = n, state.outer[0] - taken
        count = 1
    for k in range(state.depth):
        row = state.rows[k]
        value = row[p]
        for v in range(n):
            c = coefficient(row, v)
            state.table[count, v] = c
            value += c * state.nonbasic_values[v]
        state.basic[count], state.basic_values[count] = n + 1 + k, max(value, 0.0)
        count += 1
    state.table_rows = count


@inner
def express(state: Any, row: np.ndarray) -> float:
    """Write a row over the nonbasic columns into the reduced costs; return its value at the current point."""
    never_inline()
    n = state.variables
    value = float(row[state.p])
    fill(state.reduced_costs, 0.0)
    for v in range(n):
        c = coefficient(row, v)
        if c == 0.0:
            continue
        place = state.places[v]
        if place >= 0:
            state.reduced_costs[place] += c
            value += c * state.nonbasic_values[place]
        else:
            r = -1 - place
            value += c * state.basic_values[r]
            for j in range(n):
                state.reduced_costs[j] += c * state.table[r, j]
    return value


@inner
def current_point(state: Any, out: np.ndarray) -> None:
    """Write the point of the dictionary in scaled coordinates."""
    p = state.p
    fill(out, 0.0)
    for v in range(state.variables):
        place = state.places[v]
        value = state.nonbasic_values[place] if place >= 0 else state.basic_values[-1 - place]
        if v < p:
            out[v] += value
        else:
            out[v - p] -= value


@inner
def along_column(state: Any, column: int, change: float, out: np.ndarray) -> None:
    """Move a point in scaled coordinates as the nonbasic variable of a column changes."""
    p = state.p
    for v in range(state.variables):
        place = state.places[v]
        if place == column:
            moved = change
        elif place < 0:
            moved = change * state.table[-1 - place, column]
        else:
            continue
        if v < p:
            out[v] += moved
        else:
            out[v - p] -= moved


@inner
def add_row(state: Any, k: int) -> None:
    """Make the slack of row k a basic variable."""
    never_inline()
    r = state.table_rows
    value = express(state, state.rows[k])
    copy(state.table[r], state.reduced_costs)
    state.basic[r], state.basic_values[r] = state.variables + 1 + k, max(value, 0.0)
    state.table_rows = r + 1


@once
def _entering(state: Any, bland: bool) -> int:
    """Return the column to move, or -1 at an optimum: the steepest, or the first where cycling threatens."""
    best, best_size = MINUS_ONE, REDUCED
    for j in range(state.variables):
        c, at = state.reduced_costs[j], state.nonbasic_states[j]
        if (c > 0.0 and at == 1) or (c < 0.0 and at == 0):
            continue
        if abs(c) > best_size:
            if bland:
                if best < 0 or state.nonbasic[j] < state.nonbasic[best]:
                    best = j
            else:
                best, best_size = j, abs(c)
    return best


@inner
def blocking(state: Any, column: int, direction: float) -> tuple[float, int]:
    """Return the longest feasible step and the basic row that blocks it (-1: the variable's own bound)."""
    n = state.variables
    variable = state.nonbasic[column]
    step = np.inf
    if variable < n:
        bound = state.uppers[variable] if direction > 0.0 else state.lowers[variable]
        step = abs(bound - state.nonbasic_values[column])
    elif direction < 0.0:
        step = state.nonbasic_values[column]
    best, best_size = MINUS_ONE, 0.0
    for r in range(state.table_rows):
        rate = state.table[r, column] * direction
        if abs(rate) < PIVOT:
            continue
        v = state.basic[r]
        if rate < 0.0:
            room = state.basic_values[r] - (state.lowers[v] if v < n else 0.0)
        elif v < n:
            room = state.uppers[v] - state.basic_values[r]
        else:
            continue
        limit = max(room, 0.0) / abs(rate)
        if limit < step or (limit == step and abs(rate) > best_size):
            step, best, best_size = limit, r, abs(rate)
    return step, best


@once
def _move(state: Any, column: int, change: float) -> None:
    state.nonbasic_values[column] += change
    for r in range(state.table_rows):
        state.basic_values[r] += state.table[r, column] * change


@inner
def _pivot(state: Any, column: int, r: int, direction: float) -> None:
    """Exchange a nonbasic column with a basic row; the leaving variable comes to rest at the bound it met."""
    n, rows = state.variables, state.table_rows
    leaving, entering = state.basic[r], state.nonbasic[column]
    falls = state.table[r, column] * direction < 0.0
    entering_value = state.nonbasic_values[column]
    bound = 0.0
    if leaving < n:
        bound = state.lowers[leaving] if falls else state.uppers[leaving]
        state.places[leaving] = column
    pivot_row = state.table[r]
    inverse = 1.0 / pivot_row[column]
    for j in range(n):
        pivot_row[j] *= -inverse
    pivot_row[column] = inverse
    for other in range(rows):
        if other == r:
            continue
        row = state.table[other]
        factor = row[column]
        if factor != 0.0:
            row[column] = 0.0
            for j in range(n):
                row[j] += factor * pivot_row[j]
    factor = state.reduced_costs[column]
    state.reduced_costs[column] = 0.0
    for j in range(n):
        state.reduced_costs[j] += factor * pivot_row[j]
    state.basic[r], state.basic_values[r] = entering, entering_value
    if entering < n:
        state.places[entering] = -1 - r
    state.nonbasic[column], state.nonbasic_values[column] = leaving, bound
    state.nonbasic_states[column] = 0 if falls else 1


@inner
def climb(state: Any, value: float, target: float) -> tuple[int, float]:
    """Raise the expressed row until it exceeds the target, or to its maximum; return the status and the value."""
    never_inline()
    n = state.variables
    patience = 4 * (n + 10)
    for step_number in range(20 * patience):
        if value > target:
            return CROSSED, value
        if state.stop != 0:
            return STUCK, value
        column = _entering(state, step_number > patience)
        if column < 0:
            return OPTIMAL, value
        c = state.reduced_costs[column]
        direction = 1.0 if c > 0.0 else -1.0
        step, r = blocking(state, column, direction)
        if step == np.inf:
            step, r = (2.0 * abs(target) + 1.0 - value) / abs(c), -2
        _move(state, column, direction * step)
        value += abs(c) * step
        if r >= 0:
            _pivot(state, column, r, direction)
        elif r == -1:
            state.nonbasic_states[column] = 1 if direction > 0.0 else 0
        else:
            state.nonbasic_states[column] = 2
    return STUCK, value
