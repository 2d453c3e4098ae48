"""What a kernel answers that decides units one by one: nothing at a glance (see `kinds`)."""

from __future__ import annotations

from typing import Any

from exactregions.engines.tree.kernels.codes import NONE
from exactregions.engines.tree.kernels.compiling import inner


@inner
def begin_stage(state: Any) -> bool:
    """Leave the stage to the search."""
    return False


@inner
def glance(state: Any, unit: int) -> int:
    """Leave the unit to a probe."""
    return NONE


@inner
def open_from(state: Any, position: int) -> int:
    """Return the place itself: every pending unit is open."""
    return position


@inner
def is_open(state: Any, position: int) -> bool:
    """Return True."""
    return True
