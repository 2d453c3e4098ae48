"""The float rungs of the ladder on which a side of a unit is proved empty.

A rung takes the multipliers of the state's last proof, the row to refute last, and answers NOTHING when they prove that
the cell has no point beyond that row; what it then leaves there is the proof. UNKNOWN hands the question to the next
rung. Each has a counter. The rungs above, in rationals, keep the same contract in `exact_fallback`.
"""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import NOTHING, UNKNOWN
from exactregions.engines.tree.kernels.compiling import inner, never_inline
from exactregions.engines.tree.kernels.proofs import refuted, refuted_by_simple_fractions
from exactregions.engines.tree.kernels.vectors import copy

__all__ = ["settle"]


@inner
def settle(state: Any) -> int:
    """Turn stored multipliers into a proof that nothing is beyond the row."""
    never_inline()
    count = state.proof_length
    if not state.proof_multipliers[count - 1] > 0.0:
        return UNKNOWN  # without the row itself the proof would be about the cell alone
    if refuted(state, count) or (state.domain.without_noise(state, count) and refuted(state, count)):
        state.stable_by_float += 1
        return NOTHING
    if refuted_by_simple_fractions(state, count):
        state.stable_by_simple_fractions += 1
        copy(state.proof_multipliers[:count], state.simple_multipliers)
        return NOTHING
    return UNKNOWN
