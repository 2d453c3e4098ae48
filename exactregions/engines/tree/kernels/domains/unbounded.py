"""Boxes with infinite sides; the whole space is one. A proof's combination has to vanish exactly along such sides.

Coordinates with an infinite side are called free. An error bound of a form holds for |y_j| <= 1 there: it bounds the
sum of the errors of those coefficients, and of the constant. So at y it grows by max(1, |y_j|).

No float multipliers let a combination vanish exactly, but exact ones near them do (mathematics, 3.7). The rows of the
proof, the one to refute included, have coefficients at the free coordinates in a space of at most r dimensions, which
`_rank_bound` counts. Take r of them, without the last, and r free coordinates; let A be the r x r matrix of their
coefficients, a column a row, and rho those of the combination with the float multipliers. The exact changes d of the
multipliers of these rows solve A d = -rho, all exact. With any matrix R for which ||I - R A|| <= f < 1 in the maximum
norm, A is regular and |d_i| <= ||R rho|| / (1 - f) =: D. As A is regular, the rows are a basis of their space, and a
vector of it that vanishes at the r coordinates is zero. If no chosen multiplier is below D, the changed ones are
nonnegative; the constant has changed by at most D times the sum of the chosen rows' constants, and other coordinates
likewise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, gamma, raised
from exactregions.engines.tree.kernels.codes import MINUS_ONE
from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.dictionary import DictionaryState
from exactregions.engines.tree.kernels.fields import adding, floats, integers
from exactregions.engines.tree.kernels.proofs import RESERVE

CLOSE = 0.5  # how far R A may be from the identity
NOISE = 1e-8  # a multiplier that is smaller, relative to the largest, may be rounding


# room for the system of equations by which a combination vanishes
cancelling = adding(
    chosen=integers("p", "Places, among a proof's rows, of those whose multipliers may change."),
    chosen_columns=floats("p, p", "Their coefficients at the free coordinates, a column each: A."),
    eliminated=floats("p, p", "Scratch: what elimination makes of A."),
    inverse=floats("p, p", "An approximate inverse R of A."),
    free=integers("p", "The free coordinates."),
)


@cancelling
class CancellingState(DictionaryState):
    """A state with a dictionary in which a combination can be made to vanish."""

    __slots__ = ()


@inner
def growth(state: Any, y: np.ndarray) -> float:
    """Return the largest of one and the free coordinates, in absolute value."""
    largest = 1.0
    for j in range(len(y)):
        if state.outer[j] == np.inf:
            largest = max(largest, abs(y[j]))
    return largest


@inner
def largest_growth(state: Any) -> float:
    """Return infinity."""
    return np.inf


@inner
def cancel(state: Any, count: int, error: float) -> float:
    """Let the combination vanish at the free coordinates; return what that may add to its constant, inf without proof.

    Where nothing has a constant, the combination then is zero, which is told by minus infinity.

    A record keeps the multipliers themselves, of which nothing may be left: there rationals are asked.
    """
    never_inline()
    return cancel_at(state, count, _free_coordinates(state), error)


@inner
def cancel_at(state: Any, count: int, q: int, error: float) -> float:
    """Do so at the first q of the coordinates in `free`."""
    if _nothing_free(state, count, q):
        return 0.0
    r = min(q, _rank_bound(state, count))
    if state.recording != 0 or not _choose(state, count, q, r) or not _invert(state, r):
        return np.inf
    change = _largest_change(state, r, error)
    for i in range(r):
        if not state.proof_multipliers[state.chosen[i]] >= change:
            return np.inf
    constant = _changed(state, q, r, change)
    return -np.inf if state.homogeneous != 0 and q == state.p else constant


@inner
def without_noise(state: Any, count: int) -> bool:
    """Leave out rows whose multipliers are what rounding left of zero: they would add a dimension each."""
    largest, dropped = 0.0, False
    for i in range(count):
        largest = max(largest, state.proof_multipliers[i])
    for i in range(count - 1):
        if 0.0 < state.proof_multipliers[i] < NOISE * largest:
            state.proof_multipliers[i], dropped = 0.0, True
    return dropped


@once
def _free_coordinates(state: Any) -> int:
    q = 0
    for j in range(state.p):
        if state.outer[j] == np.inf:
            state.free[q] = j
            q += 1
    return q


@once
def _nothing_free(state: Any, count: int, q: int) -> bool:
    """Whether no row of the proof has a coefficient, or an error of one, at a free coordinate.

    The rows are asked, not their combination: a product may vanish by underflow.
    """
    for i in range(count):
        k = state.proof_rows[i]
        if state.proof_multipliers[i] == 0.0:
            continue
        if state.row_errors[k] != 0.0:
            return False
        for b in range(q):
            if state.rows[k, state.free[b]] != 0.0:
                return False
    return True


@once
def _rank_bound(state: Any, count: int) -> int:
    """Return a bound of the dimension of the space in which the linear parts of the proof's rows lie.

    Behind a stage, forms are combinations of those of its units with a slope. So the linear parts of all rows are in
    the span of these units and of the rows of that stage, earlier ones, and the domain: for every stage before the
    last one that has a row in the proof.
    """
    bound, stage, last = state.p, 0, MINUS_ONE
    for i in range(count):
        if state.proof_multipliers[i] > 0.0:
            last = max(last, state.row_units[state.proof_rows[i]])
    while state.firsts[stage + 1] <= last:
        begin, end = state.firsts[stage], state.firsts[stage + 1]
        dimensions = 0
        for unit in range(begin, end):
            if _slope(state, unit) != 0.0:
                dimensions += 1
        for i in range(count):
            unit, used = state.row_units[state.proof_rows[i]], state.proof_multipliers[i] > 0.0
            if used and (unit < begin or (unit < end and _slope(state, unit) == 0.0)):
                dimensions += 1
        bound = min(bound, dimensions)
        stage += 1
    return bound


@once
def _slope(state: Any, unit: int) -> float:
    return state.highs[unit] if state.signs[unit] > 0 else state.lows[unit]


@once
def _choose(state: Any, count: int, q: int, r: int) -> bool:
    """Choose the r rows of largest multipliers, without the last, which is the row to refute, and r coordinates."""
    if count - 1 < r:
        return False
    for i in range(r):
        best, size = -1, -1.0
        for place in range(count - 1):
            taken = False
            for before in range(i):
                taken = taken or state.chosen[before] == place
            if not taken and state.proof_multipliers[place] > size:
                best, size = place, state.proof_multipliers[place]
        if best < 0:
            return False
        state.chosen[i] = best
    if r < q:
        _choose_coordinates(state, q, r)
    for i in range(r):
        row = state.rows[state.proof_rows[state.chosen[i]]]
        for b in range(r):
            state.chosen_columns[b, i] = row[state.free[b]]
    return True


@once
def _choose_coordinates(state: Any, q: int, r: int) -> None:
    """Bring those free coordinates to the front at which elimination finds the largest pivots."""
    work = state.eliminated
    for i in range(r):
        row = state.rows[state.proof_rows[state.chosen[i]]]
        for b in range(q):
            work[b, i] = row[state.free[b]]
    for c in range(r):
        pivot = c
        for b in range(c + 1, q):
            if abs(work[b, c]) > abs(work[pivot, c]):
                pivot = b
        state.free[c], state.free[pivot] = state.free[pivot], state.free[c]
        for i in range(r):
            work[c, i], work[pivot, i] = work[pivot, i], work[c, i]
        if work[c, c] != 0.0:
            for b in range(c + 1, q):
                factor = work[b, c] / work[c, c]
                for i in range(c, r):
                    work[b, i] -= factor * work[c, i]


@once
def _invert(state: Any, r: int) -> bool:
    """Fill the inverse by elimination with row exchanges; nothing of it is believed."""
    work, inverse = state.eliminated, state.inverse
    for a in range(r):
        for b in range(r):
            work[a, b] = state.chosen_columns[a, b]
            inverse[a, b] = 1.0 if a == b else 0.0
    for c in range(r):
        pivot = c
        for a in range(c + 1, r):
            if abs(work[a, c]) > abs(work[pivot, c]):
                pivot = a
        if not abs(work[pivot, c]) > 0.0:
            return False
        for b in range(r):
            work[c, b], work[pivot, b] = work[pivot, b], work[c, b]
            inverse[c, b], inverse[pivot, b] = inverse[pivot, b], inverse[c, b]
        scale = 1.0 / work[c, c]
        for b in range(r):
            work[c, b] *= scale
            inverse[c, b] *= scale
        for a in range(r):
            factor = work[a, c]
            if a == c or factor == 0.0:
                continue
            for b in range(r):
                work[a, b] -= factor * work[c, b]
                inverse[a, b] -= factor * inverse[c, b]
    return True


@once
def _largest_change(state: Any, r: int, error: float) -> float:
    """Return D, or inf where R is no good inverse.

    A row's error bounds the sum of those of its coefficients, so that column i of A is off by vectors of that length,
    and rho, besides its rounding, by one of length `error`: each meets a row of R with its largest entry at most.
    """
    far, largest = 0.0, 0.0
    off = gamma(r + 2)
    for a in range(r):
        top, moved = 0.0, 0.0
        for b in range(r):
            size = abs(state.inverse[a, b])
            top = max(top, size)
            j = state.free[b]
            moved += size * (abs(state.combination[j]) + state.combination_slack[j] + UNDERFLOW)
        distance = 0.0
        for i in range(r):
            product, sizes = -1.0 if i == a else 0.0, 1.0
            for b in range(r):
                term = state.inverse[a, b] * state.chosen_columns[b, i]
                product += term
                sizes += abs(term)
            distance += abs(product) + off * sizes + top * state.row_errors[state.proof_rows[state.chosen[i]]]
        far = max(far, distance)
        largest = max(largest, moved + top * error)
        if not (distance <= CLOSE and moved < np.inf):
            return np.inf
    far *= RESERVE
    return largest / (1.0 - far) * RESERVE + UNDERFLOW if far < 1.0 else np.inf


@once
def _changed(state: Any, q: int, r: int, change: float) -> float:
    """Give the combination its exact zeros; return a bound of the change of its constant, errors of rows included."""
    p = state.p
    rho, slack = state.combination, state.combination_slack
    total = 0.0
    for i in range(r):
        k = state.proof_rows[state.chosen[i]]
        total += abs(state.rows[k, p]) + state.row_errors[k]
        for j in range(p):
            slack[j] += change * abs(state.rows[k, j])
    for j in range(p):
        slack[j] *= RESERVE
    for b in range(q):
        rho[state.free[b]], slack[state.free[b]] = 0.0, 0.0
    return raised(change * total, r + 3) + UNDERFLOW
