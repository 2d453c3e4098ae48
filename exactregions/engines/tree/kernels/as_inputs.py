"""Does the float input to which a witness is mapped lie in its cell? Told in scaled coordinates, without the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma
from exactregions.engines.tree.kernels.compiling import never_inline, reordered
from exactregions.engines.tree.kernels.proofs import RESERVE

__all__ = ["FAR", "holds_as_input", "positive_about"]

FAR = 1e250  # a coordinate this large may be no finite input


@reordered
def holds_as_input(state: Any) -> bool:
    """Prove that every point near the witness, as far as the map to inputs may round, is inside the cell.

    The map moves coordinate j by at most `input_errors[j]` times the growth at y, and a rounding of y_j (see
    `scaled_problem`). A row loses at most the sum of these moves times its coefficients. A domain holds with a point
    all those whose coordinates are no larger in magnitude, so one point tells for all. The cell is all that has to be
    shown: it is proved that a unit without a row keeps its sign there (mathematics, 3.6).
    """
    never_inline()
    p, y, moves, reach = state.p, state.witness, state.moves, state.reach
    growth = state.domain.growth(state, y)
    for j in range(p):
        moves[j] = (state.input_errors[j] * growth + UNIT * abs(y[j])) * RESERVE
        reach[j] = (abs(y[j]) + moves[j]) * RESERVE
        if not reach[j] < FAR:
            return False
    growth = state.domain.growth(state, reach)
    for k in range(state.depth - 1, -1, -1):
        if not positive_about(state.rows[k], state.row_errors[k] * growth, y, moves):
            return False
    return state.domain.contains(state, reach)


@reordered
def positive_about(row: np.ndarray, error: float, y: np.ndarray, moves: np.ndarray) -> bool:
    """Prove that a row is positive wherever coordinates are no further from y than their moves.

    As `positive_at`, with the p products of the moves more; the bounds hold for every order of the sums.
    """
    p = len(y)
    value, size, lost = row[p], abs(row[p]), 0.0
    for j in range(p):
        term = row[j] * y[j]
        value += term
        size += abs(term)
        lost += abs(row[j]) * moves[j]
    return value > (error + lost + gamma(p + 1) * size) * RESERVE + UNDERFLOW
