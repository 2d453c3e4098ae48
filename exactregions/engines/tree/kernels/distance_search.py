"""From the nearest point of a cell to that with one row more, by a dual simplex method, in boxes and l1 balls.

A norm has a file of its own, stacked on `least_distance` (see `kinds`), with these functions:

columns_of(m)
    The number of free columns of a basis with m active rows.
retry(state, level)
    Make the nearest point the trial, with the margins of a level; False where its basis is singular.
violation(state, k)
    By how much the trial violates a row, relative to its range; zero where that is to be tolerated.
most_violated(state, height, reach)
    The most violated row and -1, or -1 and the place of the most violated free column, or -1 and -1.
pivot(state, row, place, height)
    Go on to the next basis, and return WENT_ON; EMPTY with a proof, or STUCK.
gauge(state, y)
    A bound from above of the length of a point, the domain's own being one.
"""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import MINUS_ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.distance_trial import WIDE

__all__ = ["EMPTY", "OUTSIDE", "REACHED", "STUCK", "WENT_ON", "most_violated_row", "nearest", "reach_of", "store_proof"]

REACHED, OUTSIDE, EMPTY, STUCK, WENT_ON = 0, 1, 2, 3, 4
CLEARLY = 1.0 + 1e-10  # a distance beyond which multipliers refute in spite of rounding
ROOM = 1.0 - 1e-7  # the same for points that are to be inside with a wide margin
INSIDE = 1.0 - 1e-15  # and with a narrow one


@inner
def nearest(state: Any, height: int, level: int, reach: float) -> int:
    """Go from the nearest point of a cell to that of its first `height` rows, and leave it as the trial.

    The last row is the one in question. With OUTSIDE and EMPTY the state's last proof refutes it.
    """
    never_inline()
    if not state.kernel.retry(state, level):
        return STUCK
    row, place = height - 1, MINUS_ONE
    if not state.kernel.violation(state, row) > 0.0:
        row, place = state.kernel.most_violated(state, height, reach)
    for _ in range(20 * (height + 20)):
        if state.stop != 0:
            return STUCK
        if row < 0 and place < 0:
            break
        status = state.kernel.pivot(state, row, place, height)
        if status != WENT_ON:
            return status
        if _true_distance(state) >= CLEARLY:
            store_proof(state, height, state.kernel.columns_of(state.trial_active))
            return OUTSIDE
        row, place = state.kernel.most_violated(state, height, reach)
    if row >= 0 or place >= 0:
        return STUCK
    if state.trial_distance[0] < (reach if reach > 0.0 else 1.0):
        return REACHED
    store_proof(state, height, state.kernel.columns_of(state.trial_active))
    return OUTSIDE


@inner
def most_violated_row(state: Any, height: int) -> int:
    """Return the row that the trial violates most, of those that are not active; minus one for none."""
    worst, row = 0.0, MINUS_ONE
    for k in range(height):
        missing = state.kernel.violation(state, k)
        if missing > worst:
            known = False
            for i in range(state.trial_active):
                known = known or state.trial_rows[i] == k
            if not known:
                worst, row = missing, k
    return row


@inner
def reach_of(level: int) -> float:
    """Return how far from the centre free columns may be, where any point inside will do."""
    return ROOM if level == WIDE else INSIDE


@inner
def _true_distance(state: Any) -> float:
    """Return the distance that the multipliers prove, without margins."""
    total = 0.0
    for i in range(state.trial_active):
        total -= state.trial_multipliers[i] * state.rows[state.trial_rows[i], state.p]
    return total


@inner
def store_proof(state: Any, height: int, columns: int) -> None:
    """Make the multipliers of the trial the last proof, with so many of its columns."""
    never_inline()
    count, last = ZERO, 0.0
    for i in range(state.trial_active):
        if state.trial_rows[i] == height - 1:
            last = state.trial_multipliers[i]
        else:
            state.proof_rows[count] = state.trial_rows[i]
            state.proof_multipliers[count] = state.trial_multipliers[i]
            count += 1
    state.proof_rows[count], state.proof_multipliers[count], state.proof_length = height - 1, last, count + 1
    state.proof_columns_count = columns
    for f in range(columns):
        state.proof_columns[f] = state.trial_columns[f]
