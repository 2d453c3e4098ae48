"""The simplex dictionary of the current cell, in floats (theory, 3.1).

Variables: n structural ones, then (l1 ball only) the slack of its row, then one slack a row of the cell. The
structural variables are y itself, or y = u[:p] - u[p:] for an l1 ball. A nonbasic variable sits at a bound or, after
a start from an interior point, between. Nothing here is believed: `proofs` decides.
"""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.layout import (
    BASIC,
    BASIC_VALUES,
    CROSS,
    DEPTH,
    DIM,
    KIND,
    LOWERS,
    MINUS_ONE,
    NONBASIC,
    NONBASIC_STATES,
    NONBASIC_VALUES,
    OUTER,
    PLACES,
    REDUCED_COSTS,
    REG,
    ROWS,
    STOP,
    TABLE,
    TABLE_ROWS,
    UPPERS,
    VARS,
    WITNESS,
    copy,
    fill,
    floats,
    integers,
    matrix,
)

__all__ = ["add_row", "climb", "express", "restart"]

PIVOT = 1e-9  # smallest pivot: rows have coefficients of size one
REDUCED = 1e-11  # a reduced cost below it is taken for zero
CROSSED, OPTIMAL, STUCK = 0, 1, 2


@inner
def coefficient(row: np.ndarray, variable: int) -> float:
    """Return the coefficient of a row in a structural variable."""
    p = len(row) - 1
    return row[variable] if variable < p else -row[variable - p]


@inner
def restart(S: np.ndarray) -> None:
    """Set up the dictionary at the witness: structural variables nonbasic, every slack basic."""
    never_inline()
    witness = floats(S, WITNESS)
    nonbasic = integers(S, NONBASIC)
    nonbasic_values = floats(S, NONBASIC_VALUES)
    places = integers(S, PLACES)
    nonbasic_states = integers(S, NONBASIC_STATES)
    lowers = floats(S, LOWERS)
    table = matrix(S, TABLE)
    basic = integers(S, BASIC)
    basic_values = floats(S, BASIC_VALUES)
    outer = floats(S, OUTER)
    reg = integers(S, REG)
    rows = matrix(S, ROWS)
    p, n = reg[DIM], reg[VARS]
    count, taken = 0, 0.0
    for v in range(n):
        value = witness[v] if v < p else -witness[v - p]
        if reg[KIND] == CROSS:
            value = max(value, 0.0)
        nonbasic[v], nonbasic_values[v], places[v] = v, value, v
        taken += value
        nonbasic_states[v] = 0 if value <= lowers[v] else 2
    if reg[KIND] == CROSS:
        fill(table[0], -1.0)
        basic[0], basic_values[0] = n, outer[0] - taken
        count = 1
    for k in range(reg[DEPTH]):
        row = rows[k]
        value = row[p]
        for v in range(n):
            c = coefficient(row, v)
            table[count, v] = c
            value += c * nonbasic_values[v]
        basic[count], basic_values[count] = n + 1 + k, max(value, 0.0)
        count += 1
    reg[TABLE_ROWS] = count


@inner
def express(S: np.ndarray, row: np.ndarray) -> float:
    """Write a row over the nonbasic columns into REDUCED_COSTS; return its value at the current point."""
    never_inline()
    reduced = floats(S, REDUCED_COSTS)
    places = integers(S, PLACES)
    nonbasic_values = floats(S, NONBASIC_VALUES)
    basic_values = floats(S, BASIC_VALUES)
    table = matrix(S, TABLE)
    reg = integers(S, REG)
    n = reg[VARS]
    value = float(row[reg[DIM]])
    fill(reduced, 0.0)
    for v in range(n):
        c = coefficient(row, v)
        if c == 0.0:
            continue
        place = places[v]
        if place >= 0:
            reduced[place] += c
            value += c * nonbasic_values[place]
        else:
            r = -1 - place
            value += c * basic_values[r]
            for j in range(n):
                reduced[j] += c * table[r, j]
    return value


@inner
def add_row(S: np.ndarray, k: int) -> None:
    """Make the slack of row k a basic variable."""
    never_inline()
    reg = integers(S, REG)
    rows = matrix(S, ROWS)
    table = matrix(S, TABLE)
    reduced = floats(S, REDUCED_COSTS)
    basic = integers(S, BASIC)
    basic_values = floats(S, BASIC_VALUES)
    r = reg[TABLE_ROWS]
    value = express(S, rows[k])
    copy(table[r], reduced)
    basic[r], basic_values[r] = reg[VARS] + 1 + k, max(value, 0.0)
    reg[TABLE_ROWS] = r + 1


@once
def _entering(S: np.ndarray, bland: bool) -> int:
    """Return the column to move, or -1 at an optimum: the steepest, or the first where cycling threatens."""
    reduced = floats(S, REDUCED_COSTS)
    nonbasic_states = integers(S, NONBASIC_STATES)
    nonbasic = integers(S, NONBASIC)
    reg = integers(S, REG)
    best, best_size = MINUS_ONE, REDUCED
    for j in range(reg[VARS]):
        c, at = reduced[j], nonbasic_states[j]
        if (c > 0.0 and at == 1) or (c < 0.0 and at == 0):
            continue
        if abs(c) > best_size:
            if bland:
                if best < 0 or nonbasic[j] < nonbasic[best]:
                    best = j
            else:
                best, best_size = j, abs(c)
    return best


@once
def _blocking(S: np.ndarray, column: int, direction: float) -> tuple[float, int]:
    """Return the longest feasible step and the basic row that blocks it (-1: the variable's own bound)."""
    nonbasic = integers(S, NONBASIC)
    uppers = floats(S, UPPERS)
    lowers = floats(S, LOWERS)
    nonbasic_values = floats(S, NONBASIC_VALUES)
    reg = integers(S, REG)
    table = matrix(S, TABLE)
    basic = integers(S, BASIC)
    basic_values = floats(S, BASIC_VALUES)
    n = reg[VARS]
    variable = nonbasic[column]
    step = np.inf
    if variable < n:
        bound = uppers[variable] if direction > 0.0 else lowers[variable]
        step = abs(bound - nonbasic_values[column])
    elif direction < 0.0:
        step = nonbasic_values[column]
    best, best_size = MINUS_ONE, 0.0
    for r in range(reg[TABLE_ROWS]):
        rate = table[r, column] * direction
        if abs(rate) < PIVOT:
            continue
        v = basic[r]
        if rate < 0.0:
            room = basic_values[r] - (lowers[v] if v < n else 0.0)
        elif v < n:
            room = uppers[v] - basic_values[r]
        else:
            continue
        limit = max(room, 0.0) / abs(rate)
        if limit < step or (limit == step and abs(rate) > best_size):
            step, best, best_size = limit, r, abs(rate)
    return step, best


@once
def _move(S: np.ndarray, column: int, change: float) -> None:
    nonbasic_values = floats(S, NONBASIC_VALUES)
    reg = integers(S, REG)
    basic_values = floats(S, BASIC_VALUES)
    table = matrix(S, TABLE)
    nonbasic_values[column] += change
    for r in range(reg[TABLE_ROWS]):
        basic_values[r] += table[r, column] * change


@inner
def _pivot(S: np.ndarray, column: int, r: int, direction: float) -> None:
    """Exchange a nonbasic column with a basic row; the leaving variable comes to rest at the bound it met."""
    reg = integers(S, REG)
    basic = integers(S, BASIC)
    nonbasic = integers(S, NONBASIC)
    table = matrix(S, TABLE)
    nonbasic_values = floats(S, NONBASIC_VALUES)
    lowers = floats(S, LOWERS)
    uppers = floats(S, UPPERS)
    places = integers(S, PLACES)
    reduced = floats(S, REDUCED_COSTS)
    basic_values = floats(S, BASIC_VALUES)
    nonbasic_states = integers(S, NONBASIC_STATES)
    n, rows = reg[VARS], reg[TABLE_ROWS]
    leaving, entering = basic[r], nonbasic[column]
    falls = table[r, column] * direction < 0.0
    entering_value = nonbasic_values[column]
    bound = 0.0
    if leaving < n:
        bound = lowers[leaving] if falls else uppers[leaving]
        places[leaving] = column
    pivot_row = table[r]
    inverse = 1.0 / pivot_row[column]
    for j in range(n):
        pivot_row[j] *= -inverse
    pivot_row[column] = inverse
    for other in range(rows):
        if other == r:
            continue
        row = table[other]
        factor = row[column]
        if factor != 0.0:
            row[column] = 0.0
            for j in range(n):
                row[j] += factor * pivot_row[j]
    factor = reduced[column]
    reduced[column] = 0.0
    for j in range(n):
        reduced[j] += factor * pivot_row[j]
    basic[r], basic_values[r] = entering, entering_value
    if entering < n:
        places[entering] = -1 - r
    nonbasic[column], nonbasic_values[column] = leaving, bound
    nonbasic_states[column] = 0 if falls else 1


@inner
def climb(S: np.ndarray, value: float, target: float) -> tuple[int, float]:
    """Raise the expressed row until it exceeds the target, or to its maximum; return the status and the value."""
    never_inline()
    reduced = floats(S, REDUCED_COSTS)
    nonbasic_states = integers(S, NONBASIC_STATES)
    reg = integers(S, REG)
    n = reg[VARS]
    patience = 4 * (n + 10)
    for step_number in range(20 * patience):
        if value > target:
            return CROSSED, value
        if reg[STOP] != 0:
            return STUCK, value
        column = _entering(S, step_number > patience)
        if column < 0:
            return OPTIMAL, value
        c = reduced[column]
        direction = 1.0 if c > 0.0 else -1.0
        step, r = _blocking(S, column, direction)
        if step == np.inf:
            step, r = (2.0 * abs(target) + 1.0 - value) / abs(c), -2
        _move(S, column, direction * step)
        value += abs(c) * step
        if r >= 0:
            _pivot(S, column, r, direction)
        elif r == -1:
            nonbasic_states[column] = 1 if direction > 0.0 else 0
        else:
            nonbasic_states[column] = 2
    return STUCK, value
