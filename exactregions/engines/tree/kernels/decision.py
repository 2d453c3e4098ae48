"""One decision: does a unit split the current cell? Found by floats, settled by proofs, else left unsure."""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import entry_point, inner, never_inline, once
from exactregions.engines.tree.kernels.forms import load_row
from exactregions.engines.tree.kernels.layout import (
    ACTIVE,
    ACTIVE_ROWS,
    BASIC_VALUES,
    BROKEN,
    CHILDREN,
    CHILDREN_THIN,
    DEPTH,
    DIM,
    EUCLIDEAN,
    FORM_ERRORS,
    FORMS,
    KIND,
    MINUS,
    MINUS_ONE,
    NEAREST,
    NONBASIC,
    NONBASIC_VALUES,
    ONE,
    PLACES,
    PLUS,
    PROGRAMS,
    PROOF_MULTIPLIERS,
    PROOF_ROWS,
    PROOFS,
    REDUCED_COSTS,
    REFUTED,
    REFUTED_EXACTLY,
    REG,
    ROW_ERRORS,
    ROWS,
    SCRATCH,
    SIDE,
    SPLIT,
    STATS,
    THIN,
    TRIAL,
    TRIAL_POINT,
    TRIAL_ROWS,
    UNSURE,
    VARS,
    WITNESS,
    ZERO,
    copy,
    fill,
    fill_integers,
    floats,
    integers,
    matrix,
)
from exactregions.engines.tree.kernels.nearest import (
    EMPTY,
    REACHED,
    inward,
    inward_of_all,
    nearest_with_row,
    tangent_proof,
)
from exactregions.engines.tree.kernels.nearest import STUCK as NO_NEAREST
from exactregions.engines.tree.kernels.proofs import (
    SIMPLE_MULTIPLIERS,
    positive_at,
    refuted,
    refuted_by_simple_fractions,
    strictly_inside,
)
from exactregions.engines.tree.kernels.simplex import OPTIMAL, climb, express

__all__ = ["admit", "current_point", "decide", "row_at"]


BEYOND, NOTHING, UNKNOWN = 0, 1, 2  # a side of a row: has a proved point, is proved empty, or neither
CLEAR = 1e-14  # a value this far beyond a row is worth trying for a witness; rows and domain are of size one
FAR = 1e6  # further than any value in a bounded domain: climb to the optimum


@inner
def row_at(row: np.ndarray, y: np.ndarray) -> float:
    """Evaluate a row, unproved."""
    value = row[len(y)]
    for j in range(len(y)):
        value += row[j] * y[j]
    return value


@inner
def decide(S: np.ndarray, unit: int) -> int:
    """Decide a unit in the current cell; for SPLIT the children's witnesses are in CHILDREN."""
    never_inline()
    reg = integers(S, REG)
    children_thin = integers(S, CHILDREN_THIN)
    forms = matrix(S, FORMS)
    form_errors = floats(S, FORM_ERRORS)
    rows = matrix(S, ROWS)
    witness = floats(S, WITNESS)
    row_errors = floats(S, ROW_ERRORS)
    children = matrix(S, CHILDREN)
    p, k = reg[DIM], reg[DEPTH]
    fill_integers(children_thin, ZERO)
    constant = True
    for j in range(p):
        constant = constant and forms[unit, j] == 0.0
    if constant:
        value, error = forms[unit, p], form_errors[unit]
        reg[PROOFS] = 0  # multipliers of an earlier question prove nothing here
        if value > error:
            return PLUS
        return MINUS if value < -error or (value == 0.0 and error == 0.0) else UNSURE
    known = ZERO
    if reg[THIN] == 0:
        load_row(S, unit, ONE, k)
        sign = ONE if row_at(rows[k], witness) > 0.0 else MINUS_ONE
        if sign < 0:
            load_row(S, unit, MINUS_ONE, k)
        if positive_at(rows[k], row_errors[k], witness):
            copy(children[(sign + 1) // 2], witness)
            known = sign
    first = -known if known != 0 else ONE
    for attempt in range(2):
        side = first if attempt == 0 else MINUS_ONE
        found = _probe(S, unit, side)
        if found == UNKNOWN:
            return UNSURE
        if found == NOTHING:
            # a form that is not positive anywhere is negative, or vanishes identically: inactive in both cases
            return MINUS if side > 0 else PLUS
        if known != 0:
            break
    return SPLIT


@once
def _probe(S: np.ndarray, unit: int, side: int) -> int:
    """Look for a point of the cell on one side of a unit; a found one goes to CHILDREN."""
    reg = integers(S, REG)
    proof_rows = integers(S, PROOF_ROWS)
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    stats = integers(S, STATS)
    children = matrix(S, CHILDREN)
    load_row(S, unit, side, reg[DEPTH])
    reg[SIDE] = side
    proof_rows[0], proof_multipliers[0], reg[PROOFS] = reg[DEPTH], 1.0, 1
    if refuted(S, ONE):
        stats[REFUTED] += 1
        return NOTHING
    stats[PROGRAMS] += 1
    out = children[(side + 1) // 2]
    if reg[KIND] == EUCLIDEAN:
        return _probe_ball(S, out)
    return _probe_program(S, out)


@inner
def _settle(S: np.ndarray) -> int:
    """Turn stored multipliers into a proof that nothing is beyond the row."""
    never_inline()
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    stats = integers(S, STATS)
    reg = integers(S, REG)
    count = reg[PROOFS]
    if not proof_multipliers[count - 1] > 0.0:
        return UNKNOWN
    if refuted(S, count):
        stats[REFUTED] += 1
        return NOTHING
    if refuted_by_simple_fractions(S, count):
        stats[REFUTED_EXACTLY] += 1
        copy(proof_multipliers[:count], matrix(S, SCRATCH)[SIMPLE_MULTIPLIERS])
        return NOTHING
    return UNKNOWN


@inner
def current_point(S: np.ndarray, out: np.ndarray) -> None:
    """Write the point of the simplex dictionary in scaled coordinates."""
    places = integers(S, PLACES)
    nonbasic_values = floats(S, NONBASIC_VALUES)
    basic_values = floats(S, BASIC_VALUES)
    reg = integers(S, REG)
    p, n = reg[DIM], reg[VARS]
    fill(out, 0.0)
    for v in range(n):
        place = places[v]
        value = nonbasic_values[place] if place >= 0 else basic_values[-1 - place]
        if v < p:
            out[v] += value
        else:
            out[v - p] -= value


@once
def _probe_program(S: np.ndarray, out: np.ndarray) -> int:
    reg = integers(S, REG)
    rows = matrix(S, ROWS)
    row_errors = floats(S, ROW_ERRORS)
    k = reg[DEPTH]
    row = rows[k]
    value = express(S, row)
    clear = 16.0 * row_errors[k] + CLEAR
    for attempt in range(2):
        status, value = climb(S, value, clear if attempt == 0 else FAR)
        if value > clear:
            if _witness_towards_vertex(S, value, out):
                return BEYOND
        elif status == OPTIMAL:
            _store_reduced_costs(S, k)
            return _settle(S)
        else:
            return UNKNOWN
        if status == OPTIMAL:
            return UNKNOWN
    return UNKNOWN


@once
def _witness_towards_vertex(S: np.ndarray, value: float, out: np.ndarray) -> bool:
    """Go from the witness of the cell towards a vertex beyond the new row, halfway past the row; prove the result."""
    reg = integers(S, REG)
    scratch = matrix(S, SCRATCH)
    rows = matrix(S, ROWS)
    witness = floats(S, WITNESS)
    k, p = reg[DEPTH], reg[DIM]
    vertex = scratch[5, :p]
    current_point(S, vertex)
    at_witness = min(row_at(rows[k], witness), 0.0)
    crossing = -at_witness / (value - at_witness)
    t = 0.5 * (1.0 + crossing)
    for j in range(p):
        out[j] = witness[j] + t * (vertex[j] - witness[j])
    return strictly_inside(S, k + 1, out)


@once
def _store_reduced_costs(S: np.ndarray, k: int) -> None:
    """At an optimum the reduced costs of nonbasic slacks are the multipliers of their rows."""
    nonbasic = integers(S, NONBASIC)
    reduced = floats(S, REDUCED_COSTS)
    proof_rows = integers(S, PROOF_ROWS)
    proof_multipliers = floats(S, PROOF_MULTIPLIERS)
    reg = integers(S, REG)
    n, count = reg[VARS], ZERO
    for j in range(n):
        v, y = nonbasic[j], -reduced[j]
        if v > n and y > 0.0:
            proof_rows[count], proof_multipliers[count] = v - n - 1, y
            count += 1
    proof_rows[count], proof_multipliers[count] = k, 1.0
    reg[PROOFS] = count + 1


@once
def _probe_ball(S: np.ndarray, out: np.ndarray) -> int:
    reg = integers(S, REG)
    row_errors = floats(S, ROW_ERRORS)
    rows = matrix(S, ROWS)
    nearest = floats(S, NEAREST)
    active_rows = integers(S, ACTIVE_ROWS)
    trial = floats(S, TRIAL_POINT)
    trial_rows = integers(S, TRIAL_ROWS)
    k = reg[DEPTH]
    reg[TRIAL] = 0
    if reg[BROKEN] != 0:
        return UNKNOWN
    clear = 16.0 * row_errors[k] + CLEAR
    if row_at(rows[k], nearest) > clear:
        inward(S, k + 1, nearest, active_rows, reg[ACTIVE], out)
        return _witness_or_proof(S, nearest, out)
    status = nearest_with_row(S, k + 1)
    if status == NO_NEAREST:
        return UNKNOWN
    if status != REACHED:
        return _settle(S)
    reg[TRIAL] = reg[SIDE]
    inward(S, k + 1, trial, trial_rows[1:], trial_rows[0], out)
    return _witness_or_proof(S, trial, out)


@inner
def _witness_or_proof(S: np.ndarray, q: np.ndarray, out: np.ndarray) -> int:
    """Prove the proposed witness near q, or a better one, or that the rows tight at q leave nothing beyond."""
    never_inline()
    reg = integers(S, REG)
    k = reg[DEPTH]
    if strictly_inside(S, k + 1, out):
        return BEYOND
    if reg[TRIAL] != 0 and tangent_proof(S, k) and _settle(S) == NOTHING:
        return NOTHING
    status = inward_of_all(S, k + 1, q, out)
    if status == EMPTY:
        return _settle(S)
    return BEYOND if status == REACHED and strictly_inside(S, k + 1, out) else UNKNOWN


@entry_point
def admit(S: np.ndarray, unit: int) -> None:
    """Note which of the children's witnesses, given from outside, floats can prove."""
    reg = integers(S, REG)
    children = matrix(S, CHILDREN)
    children_thin = integers(S, CHILDREN_THIN)
    for i in range(2):
        load_row(S, unit, 2 * i - 1, reg[DEPTH])
        children_thin[i] = 0 if strictly_inside(S, reg[DEPTH] + 1, children[i]) else 1
