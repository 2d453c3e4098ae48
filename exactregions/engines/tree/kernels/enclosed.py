"""What a box around the cell settles without programs: most units of later stages (see `kinds`)."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import MINUS, NONE, PLUS
from exactregions.engines.tree.kernels.compiling import inner
from exactregions.engines.tree.kernels.enclosure import enclose, range_of


@inner
def begin_stage(state: Any) -> bool:
    """Draw the box, and leave the stage to the search; a record needs multipliers, which boxes do not have.

    Cells of the first stage are asked by programs: their rows are those of its units, and few keep their sign there.
    """
    if state.recording == 0 and state.layer > 0:
        enclose(state)
        state.enclosed = 1
    return False


@inner
def glance(state: Any, unit: int) -> int:
    """Return the sign of a unit whose form does not change it on the box (mathematics, 8.1).

    Until the search turns back the cell only shrinks, so it stays within the box that was drawn when the stage began.
    """
    if state.enclosed == 0:
        return NONE
    low, high, _ = range_of(state, state.forms[unit], state.form_errors[unit])
    if high <= 0.0:  # as a form that vanishes does
        answer = MINUS
    elif low > 0.0:
        answer = PLUS
    else:
        return NONE
    state.stable_by_float += 1
    return answer


@inner
def restore(state: Any, k: int) -> None:
    """Forget the box, which is that of another cell; the dictionary is made anew at the witness."""
    state.enclosed = 0
