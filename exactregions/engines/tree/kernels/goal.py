"""Whether a region of the goal can still lie below a node: one in which all units of some group are positive."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import GO_BACK, LEAF, ZERO
from exactregions.engines.tree.kernels.compiling import inner, once
from exactregions.engines.tree.kernels.record import record_event

__all__ = ["forget_signs", "out_of_reach"]


@inner
def out_of_reach(state: Any) -> bool:
    """Whether each group has a unit with the sign -; then end the node as a leaf in which nothing is found."""
    if state.goals < 0:
        return False
    return _ended(state)


@once
def _ended(state: Any) -> bool:
    if state.goals > 0 and state.layer != state.stages - 1:
        return False  # the units of the groups are those of the last stage
    forget_signs(state)
    for group in range(state.goals):
        alive = True
        for i in range(state.goal_starts[group], state.goal_starts[group + 1]):
            alive = alive and state.signs[state.goal_units[i]] >= 0
        if alive:
            return False
    record_event(state, LEAF, ZERO)
    state.leaves += 1
    state.phase = GO_BACK
    return True


@inner
def forget_signs(state: Any) -> None:
    """Clear what another path has left in the signs of units that are yet to be decided."""
    begin = state.firsts[state.layer]
    for i in range(state.position, state.pending_counts[state.layer]):
        if state.kernel.is_open(state, i):
            state.signs[state.pending_units[begin + i]] = 0
